"""What rules look for in the text of a file before it is parsed, and before they are imported.

Each may say yes in vain, never no.
"""

from __future__ import annotations

import re

from lint_rules.rules import words
from lint_rules.rules.base import Glance
from lint_rules.semantics.knowledge.awake_layers import AWAKE_LAYERS
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY, REMOVED


def has_call_site(glance: Glance) -> bool:
    """Whether a method of the predict family is called on anything, or `predict` is handed on as a value."""
    called = r"(?:predict|evaluate|test_on_batch)\w*\s*\("
    handed_on = "|".join(sorted(GIVES_NUMPY))
    return re.search(rf"\.[\s\\]*(?:{called}|(?:{handed_on})\b)", glance.text) is not None


def is_differentiated(glance: Glance) -> bool:
    """Whether a gradient is taken here. What breaks it can stand in a module without a tape: a loss that a training
    loop elsewhere runs."""
    if not words.TAKES_GRADIENT.isdisjoint(glance.words):
        return True
    from lint_rules.semantics.project.prefilter import imported_by_users

    return glance.path in imported_by_users(glance.project, words.TAKES_GRADIENT)


def predicts_or_makes(glance: Glance) -> bool:
    """Whether a model predicts, or is made."""
    return has_call_site(glance) or not glance.words.isdisjoint(words.MAKERS)


def loads_data(glance: Glance) -> bool:
    """Whether anything is called whose name says that it loads or splits a data set."""
    from lint_rules.semantics.knowledge.data_sources import LOADERS

    names = glance.words & LOADERS
    return any(re.search(rf"\b{name}\s*\(", glance.text) for name in names)


def trains(glance: Glance) -> bool:
    """Whether a model may be trained. Its call can stand in a module without a tape: a loss that a training loop
    elsewhere runs, or a loop that takes its tape from elsewhere."""
    if not glance.words.isdisjoint(("backward", "minimize", "stateless_call")):
        return True
    from lint_rules.semantics.project.prefilter import imported_by_users, uses_or_imports

    tape = frozenset({"GradientTape"})
    if glance.path in imported_by_users(glance.project, tape):
        return True
    return uses_or_imports(glance.project, glance.path, glance.text, tape)


def uses_awake_layers(glance: Glance) -> bool:
    """Whether a layer may be used that trains when it is called without saying so."""
    from lint_rules.semantics.project.prefilter import uses_or_imports

    return uses_or_imports(glance.project, glance.path, glance.text, AWAKE_LAYERS)


def has_flag(glance: Glance) -> bool:
    """Whether training is a constant, other than the default of a parameter."""
    flag = re.compile(r"training\s*=\s*(?:True|False|\d)")
    if flag.search(glance.text) is None:
        return False
    return flag.search(re.sub(r"def\s+\w+\s*\([^()]*\)", "", glance.text)) is not None


def defines_call_without_training(glance: Glance) -> bool:
    """Whether a model may have a `call` that does not name `training`."""
    if all("training" in parameters for parameters in re.findall(r"def\s+call\s*\(([^)]*)", glance.text)):
        return False
    from lint_rules.semantics.project.prefilter import may_define_a_model

    return may_define_a_model(glance.project, glance.text)


def defines_call_on_jax(glance: Glance) -> bool:
    """Whether a `call` is defined, and JAX runs it: on other backends the finding is an information."""
    if re.search(r"def\s+call\b", glance.text) is None:
        return False
    from lint_rules.findings.diagnostics import Severity

    return glance.shown is Severity.INFO or _backend(glance) == "jax"


def is_on_torch(glance: Glance) -> bool:
    """Whether Keras runs on torch."""
    return _backend(glance) == "torch"


def _backend(glance: Glance) -> str | None:
    from lint_rules.semantics.project.backend import backend_in

    return backend_in(glance.project, glance.text)


def says_true(glance: Glance) -> bool:
    """Whether training may be True, by keyword, or as the second argument of a call."""
    return re.search(r"training\s*=\s*True|,\s*True\s*[,)]", glance.text) is not None


def calls_call(glance: Glance) -> bool:
    """Whether the method `call` is called on anything but the value of a call, such as super()."""
    text = glance.text
    return any(not text[: found.start()].rstrip().endswith(")") for found in re.finditer(r"\.\s*call\s*\(", text))


def calls_what_was_removed(glance: Glance) -> bool:
    """Whether a method is named that Keras 3 removed, or a tensor is evaluated."""
    removed = REMOVED | {"set_learning_phase"}
    return not glance.words.isdisjoint(removed) or re.search(r"\.\s*eval\s*\(\s*\)", glance.text) is not None
