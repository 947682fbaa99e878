"""From the text of a source to its tree, around the statements that do not parse."""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass
from typing import Protocol


class Text(Protocol):
    """What is to be parsed: see `Source`."""

    @property
    def text(self) -> str: ...

    @property
    def unparsed(self) -> str | None: ...

    @property
    def breaks(self) -> tuple[int, ...]: ...


@dataclass(frozen=True, slots=True)
class Broken:
    """A statement that does not parse, from its place to its last row.

    `reason` is what another Python has there, or what this one says. `newer` tells that a newer Python reads it;
    `left_out` that nothing of it was judged, not even in other words.
    """

    row: int
    column: int
    end_row: int
    reason: str
    newer: bool
    left_out: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a text: `text` as it is written, `code` as it was parsed, row by row the same.

    The places in the tree are those of `text`.
    """

    text: str
    code: str
    tree: ast.Module
    broken: tuple[Broken, ...] = ()


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
