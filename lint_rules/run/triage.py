"""Which files can hold a finding at all, told from their bytes.

A file needs one of the words that a selected rule looks for, and its project must speak of Keras somewhere.
"""

from __future__ import annotations

import os
import sys
import warnings
from functools import lru_cache

from lint_rules.cache.facts import Facts
from lint_rules.regex import lazy_pattern
from lint_rules.source.files import read_start
from lint_rules.source.words import split_words, without_escapes

KERAS_WORDS = (b"keras", b"tensorflow", b"segmentation_models", b"TFAuto", b"efficientnet", b"deepface")
"""What a project that uses Keras holds somewhere: every package of TensorFlow's and Keras's has one of the first two
in its name; the others return Keras models without anybody importing Keras by name."""


def speaks_of_keras(data: bytes) -> bool:
    """Whether a file mentions Keras or a library that builds on it."""
    return any(word in data for word in KERAS_WORDS)


_ANY_RULE = (
    "GradientTape Model Sequential applications backward call eval evaluate evaluate_generator from_pretrained "
    "load_model model numpy predict predict_classes predict_generator predict_on_batch predict_proba "
    "set_learning_phase stateless_call test_on_batch training value_and_grad"
)
ANY_RULE = frozenset(_ANY_RULE.split(" "))
"""The words that any rule of the catalogue looks for: a file without them is done before the rules are imported."""
IN_A_GRADIENT = frozenset({"numpy"})
"""Those of them that matter only in a project that takes gradients."""
TAKES_GRADIENT = frozenset({"GradientTape", "gradient", "value_and_grad", "grad", "backward"})
"""What every project holds somewhere that takes a gradient."""

_HOLDS, _IN_A_GRADIENT, _TAKES_GRADIENT = (
    frozenset(word.encode() for word in words) for words in (ANY_RULE - IN_A_GRADIENT, IN_A_GRADIENT, TAKES_GRADIENT)
)
_LOOKED_FOR = _HOLDS | _IN_A_GRADIENT | _TAKES_GRADIENT
_IMPORTED = lazy_pattern(rb"import(?<!\wimport)[\s\\]*\(")


def facts_of(data: bytes, notebook: bool = False) -> Facts:
    """What the bytes of a file show."""
    shown = without_escapes(data) if notebook else data
    found = _LOOKED_FOR.intersection(split_words(shown))
    judged = notebook or _has_brackets(data)
    return Facts(
        holds=judged and not found.isdisjoint(_HOLDS),
        in_a_gradient=judged and not found.isdisjoint(_IN_A_GRADIENT),
        takes_gradient=not found.isdisjoint(_TAKES_GRADIENT),
        keras=speaks_of_keras(shown),
        comments=may_name_rules(shown),
    )


def _has_brackets(data: bytes) -> bool:
    """Whether a file holds other round brackets than those of imports: one without calls and defines nothing."""
    return data.count(b"(") > (len(_IMPORTED.findall(data)) if b"import" in data else 0)


def may_name_rules(data: bytes) -> bool:
    """Whether the bytes of a file may hold a comment that names rules of ours, in any of the forms."""
    if b"keras-inference" in data:
        return True
    if not any(mark in data for mark in (b"noqa", b"NOQA", b"ruff:")):
        return False
    import re

    return re.search(rb"(?i)noqa[^\n]*\bki[0-9]|ruff:\s*(?:file-)?ignore\[", data) is not None


def parses(data: bytes, path: str, on_disk: bool = True) -> bool:
    """Whether a file that holds no candidate is Python (or a notebook) at all. False may be a false alarm.

    The compiler's symbol table costs two thirds of `ast.parse`; nothing is needed where Python has compiled the file
    before. `on_disk` is whether the data are what the file at `path` holds.
    """
    if path.endswith(".ipynb"):
        return _reads(data, path)
    if on_disk and _is_compiled(path):
        return True
    if not data.isascii() and not _reads(data, path):
        # In comments the compiler takes any bytes when it is given bytes; in a file that it runs it does not.
        return False
    import symtable

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            symtable.symtable(data, path, "exec")  # type: ignore[arg-type] # bytes are decoded as PEP 263 says
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _is_compiled(path: str) -> bool:
    """Whether this Python's bytecode cache has the file as it is now, by the time and size that an import goes by."""
    if not _may_hold_bytecode(os.path.dirname(path)):
        return False
    from importlib.util import MAGIC_NUMBER, cache_from_source

    try:
        now = os.stat(path)
        header = read_start(cache_from_source(path), 16)
    except (OSError, NotImplementedError):
        return False
    wanted = MAGIC_NUMBER + b"".join(
        (number & 0xFFFFFFFF).to_bytes(4, "little") for number in (0, int(now.st_mtime), now.st_size)
    )
    return header == wanted


@lru_cache(maxsize=16)
def _may_hold_bytecode(folder: str) -> bool:
    """Whether Python may have compiled anything in a folder: mostly it has not, and each file need not be asked."""
    return sys.pycache_prefix is not None or os.path.isdir(os.path.join(folder, "__pycache__"))


def _reads(data: bytes, path: str) -> bool:
    from pathlib import Path

    from lint_rules.source.reader import read_source
    from lint_rules.source.text import UnreadableSource

    try:
        return not read_source(Path(path), data).skipped
    except UnreadableSource:
        return False
