"""The user's source as a tree, read while the program runs."""

from __future__ import annotations

import ast
import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@functools.lru_cache(maxsize=32)
def parsed(source: str) -> ast.Module | None:
    """The tree of a source; None if it does not parse, as a cell with magics."""
    try:
        with _unwarned():
            return ast.parse(source)
    except (SyntaxError, ValueError):
        return None


@contextmanager
def _unwarned() -> Iterator[None]:
    """Python has warned of an invalid escape when it compiled the file.

    The filters of `warnings` are left alone: a change of them, even one that is undone, makes Python forget which
    warnings of the program it has shown.
    """
    show = warnings.showwarning
    warnings.showwarning = lambda *_args, **_kwargs: None
    try:
        yield
    finally:
        warnings.showwarning = show
