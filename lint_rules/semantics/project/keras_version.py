"""Which Keras does the code run on?

The setting decides. Else the code that imports or asks for the old Keras by its name, whatever TensorFlow it is; then
the bounds that the project's requirement and lock files put on keras and tensorflow; then what the code itself uses:
names that only Keras 2 has mean Keras 2. Without any evidence it is the newest.
"""

from __future__ import annotations

import re

from lint_rules.regex import lazy_pattern
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.source.pins import texts_that_pin

NEWEST = (3, 15)

_PIN = lazy_pattern(
    r"""(?<![\w-])["']?(tensorflow|tensorflow[-_]gpu|tensorflow[-_]cpu|tf[-_]nightly|keras|tf[-_]keras)["']?
    (?:\[[\w,-]+\])?\s*["']?\s*(version\s*=\s*["'])?[=:{\s"']*?(?:>=?\s*[\d.]+\s*,\s*)?
    (==|~=|<=|<|>=|=|\^)?\s*["']?(\d+)(?:\.(\d+))?""",
    re.IGNORECASE | re.VERBOSE,
)
_OLD = lazy_pattern(
    r"keras\.engine|keras\.layers\.(?:core|convolutional|recurrent|normalization|merge|embeddings|advanced_activations|"
    r"pooling|wrappers|noise)\b|keras\.utils\.np_utils|np_utils|\.fit_generator\(|\.predict_generator\(|tf\.Session|"
    r"set_session|get_session|tensorflow\.contrib|tf\.contrib|tf\.placeholder|disable_v2_behavior|disable_eager_execution|"
    r"keras\.wrappers\.scikit_learn|keras\.backend\.tensorflow_backend|nb_epoch|K\.image_dim_ordering|"
    r"\.(?:predict_classes|predict_proba)\(|K\.learning_phase\(\)|keras\.preprocessing\.text|tf\.compat\.v1|"
    r"from keras import backend as K|keras\.initializers\.(?:normal|uniform)|set_learning_phase|"
    r"keras\.experimental\b|layers\.experimental\b|mixed_precision\.experimental|optimizers\.legacy\.\w|"
    r"\bModel\(\s*input\s*=|multi_gpu_model|tensorflow\.python\.keras"
)
_LEGACY = lazy_pattern(r"^[ \t]*(?:import|from)[ \t](?:[\w., \t]+,)?[ \t]*tf_keras\b|TF_USE_LEGACY_KERAS", re.MULTILINE)
_ONLY_OLD_IF_ALONE = lazy_pattern(
    r"from keras import backend as K|\.(?:predict_classes|predict_proba|predict_generator)\(|set_learning_phase"
)


def keras_version(project: Project, module: Module) -> tuple[int, int]:
    """(major, minor) of the Keras that a module runs on; the newest if nothing shows it."""
    if project.options.keras_version is not None:
        numbers = [int(part) for part in re.findall(r"\d+", project.options.keras_version)[:2]]
        return (numbers[0], numbers[1] if len(numbers) > 1 else 99)
    if _LEGACY.search(module.text):
        return (2, 15)
    bound = _bound(project)
    if bound is not None:
        return bound
    return project.memo.ask(("keras version", module.path), lambda: _from_code(module), NEWEST)


def is_keras_3(project: Project, module: Module) -> bool:
    """Whether a module runs on Keras 3, as far as the project shows."""
    return keras_version(project, module)[0] >= 3


def _bound(project: Project) -> tuple[int, int] | None:
    return project.memo.ask("keras bound", lambda: _read_bound(project), None)


def _read_bound(project: Project) -> tuple[int, int] | None:
    """The version that an exact pin or an upper bound in the project's files means."""
    return next((found for text in texts_that_pin(str(project.root)) if (found := _version_in(text)) is not None), None)


def _version_in(text: str) -> tuple[int, int] | None:
    for package, locked, operator, major, minor in _PIN.findall(text):
        version = (int(major), int(minor or 0))
        if not locked and operator in (">=", "") and not (operator == ">=" and version[0] >= 3):
            continue
        if package.lower().replace("_", "-") in ("keras",):
            if operator == "<":
                return (version[0] - 1, 99) if version[1] == 0 else (version[0], version[1] - 1)
            return version
        if package.lower().startswith("tf") and "keras" in package.lower():
            return (2, 15)
        below = version if operator != "<" else (version[0], version[1] - 1)
        return (3, 0) if below >= (2, 16) else (2, min(below[1], 15))
    return None


def _from_code(module: Module) -> tuple[int, int]:
    if "keras.ops" in module.text or "keras.random" in module.text or "KERAS_BACKEND" in module.text:
        return NEWEST
    old = [found for found in _OLD.findall(module.text) if not _ONLY_OLD_IF_ALONE.fullmatch(found)]
    return (2, 15) if old else NEWEST
