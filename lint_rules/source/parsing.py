"""From the text of a source to its tree, around the statements that do not parse."""

from __future__ import annotations

import ast
import warnings
from typing import Protocol

from lint_rules.source.reading import Reading


class Text(Protocol):
    """What is to be parsed: see `Source`."""

    @property
    def text(self) -> str: ...

    @property
    def unparsed(self) -> str | None: ...

    @property
    def breaks(self) -> tuple[int, ...]: ...


def parse(text: str) -> ast.Module:
    """`ast.parse` without its warnings (an invalid escape in the user's code is not ours to tell)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def read(source: Text) -> Reading:
    """The tree of a source. What does not parse costs its statement, as long as most of the others can be read.

    Raises what parsing raises: SyntaxError, ValueError (NUL bytes), RecursionError, MemoryError.
    """
    text = source.text if source.unparsed is None else source.unparsed
    try:
        return Reading(text, text, parse(text))
    except SyntaxError as error:
        from lint_rules.source.tolerant.reading import read_around

        try:
            return read_around(text, error, source.breaks)
        except SyntaxError:
            if source.unparsed is None:
                raise
    return Reading(source.text, source.text, parse(source.text))
