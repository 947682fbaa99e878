"""What was read of a text, and which of its statements could not be."""

from __future__ import annotations

import ast

from lint_rules.records import dataclass


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
