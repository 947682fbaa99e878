"""Positions in a text, both ways, and the edits made of them.

Rows end where Python ends them: at a line feed, a carriage return, or both (not at the further separators that
`str.splitlines` knows). Everything here counts characters; offsets count from 0, rows and columns from 1.
"""

from __future__ import annotations

import difflib
import io
import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TypeAlias

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.regex import lazy_pattern

_NEWLINE = lazy_pattern(r"\r\n?|\n")

Change: TypeAlias = tuple[int, int, str]
"""Replace the characters from the first offset up to the second by the text."""


@lru_cache(maxsize=8)
def line_starts(text: str) -> tuple[int, ...]:
    """The offset at which each row starts."""
    behind = itertools.accumulate(map(len, io.StringIO(text, newline="")))
    starts = (0, *behind)
    return starts if text.endswith(("\n", "\r")) else starts[:-1] or starts


def offset_of(text: str, position: Position) -> int:
    """The offset of `position`.

    Raises:
        ValueError: the text has no such row or column.
    """
    starts = line_starts(text)
    if not 1 <= position.row <= len(starts):
        raise ValueError(f"row {position.row} is outside a text of {len(starts)} rows")
    start = starts[position.row - 1]
    limit = starts[position.row] if position.row < len(starts) else len(text)
    if not 0 <= position.column - 1 <= limit - start:
        raise ValueError(f"column {position.column} is outside row {position.row} of {limit - start} characters")
    return start + position.column - 1


def position_of(text: str, offset: int) -> Position:
    """The row and column of `offset`."""
    starts = line_starts(text)
    row = bisect_right(starts, offset)
    return Position(row, offset - starts[row - 1] + 1)


def newline_of(text: str) -> str:
    """The line end the text uses first; a line feed where it has none."""
    match = _NEWLINE.search(text)
    return match.group() if match else "\n"


def lines_of(text: str) -> list[str]:
    """The rows of the text, each with its line end."""
    starts = (*line_starts(text), len(text))
    return [text[start:end] for start, end in itertools.pairwise(starts) if start < end]


def edits(text: str, changes: Iterable[Change]) -> tuple[Edit, ...]:
    """The changes as edits of `text`, in order of place; a change that changes nothing is left out."""
    return tuple(
        Edit(position_of(text, start), position_of(text, end), content)
        for start, end, content in sorted(changes)
        if text[start:end] != content
    )


def changes_of(text: str, rewrites: Sequence[Edit]) -> list[Change]:
    """The edits as changes of `text`, in order of place.

    Raises:
        ValueError: an edit lies outside the text.
    """
    return sorted((offset_of(text, edit.start), offset_of(text, edit.end), edit.content) for edit in rewrites)


def apply_changes(text: str, changes: Iterable[Change]) -> str:
    """The text with the changes made; line ends of what is put in follow the text.

    Raises:
        ValueError: two changes overlap.
    """
    newline = newline_of(text)
    parts: list[str] = []
    done = 0
    for start, end, content in sorted(changes):
        if start < done:
            raise ValueError(f"two edits overlap at {position_of(text, start)}")
        parts += (text[done:start], _NEWLINE.sub(newline, content))
        done = end
    return "".join((*parts, text[done:]))


def apply_edits(text: str, rewrites: Sequence[Edit]) -> str:
    """The text with the edits made.

    Raises:
        ValueError: two edits overlap, or one lies outside the text.
    """
    return apply_changes(text, changes_of(text, rewrites))


def replacement(before: str, after: str) -> tuple[Edit, ...]:
    """The edits that turn `before` into `after`, one for each stretch of rows that differs."""
    limit = min(len(before), len(after))
    start = _longest(limit, lambda n: before.startswith(after[:n]))
    tail = _longest(limit - start, lambda n: before.endswith(after[len(after) - n :]))
    if start == len(before) - tail or start == len(after) - tail:
        return edits(before, [(start, len(before) - tail, after[start : len(after) - tail])])
    first = before.rfind("\n", 0, start) + 1
    last = before.find("\n", len(before) - tail - 1) + 1 or len(before)
    tail = len(before) - last
    old, new = lines_of(before[first:last]), lines_of(after[first : len(after) - tail])
    starts = (0, *itertools.accumulate(map(len, old)))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return edits(
        before,
        [
            (first + starts[a], first + starts[b], "".join(new[c:d]))
            for kind, a, b, c, d in matcher.get_opcodes()
            if kind != "equal"
        ],
    )


def _longest(limit: int, holds: Callable[[int], bool]) -> int:
    """The greatest number up to a limit for which something holds that holds for all smaller ones."""
    return bisect_left(range(1, limit + 1), True, key=lambda n: not holds(n))
