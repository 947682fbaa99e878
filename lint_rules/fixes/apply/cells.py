"""Edits of the module a notebook was joined to -> edits of its cells."""

from __future__ import annotations

from collections.abc import Callable

from lint_rules.findings.diagnostics import Edit, Fix, Position
from lint_rules.records import replace


def fix_in_cells(fix: Fix, text: str, locate: Callable[[int], tuple[int | None, int]]) -> Fix | None:
    """The fix with the rows of its edits in this file counted within cells; None where an edit spans two cells.

    `text` is the joined module, `locate` gives (cell, row within it) of one of its rows; for a Python file the cell is
    None and the fix stays as it is.
    """
    if locate(1)[0] is None:
        return fix
    rows = text.split("\n")
    edits: list[Edit] = []
    for edit in fix.edits:
        if edit.filename is not None:
            edits.append(edit)
            continue
        start, end, content = edit.start, edit.end, edit.content
        put_in = start == end and start.column == 1 and start.row > 1 and content.endswith("\n")
        if put_in and locate(start.row)[0] != locate(start.row - 1)[0]:
            # What is put in between two cells belongs to the end of the first: the second may be no Python.
            start = end = Position(start.row - 1, len(rows[start.row - 2]) + 1)
            content = "\n" + content.removesuffix("\n")
        first, last = locate(start.row), locate(end.row)
        if first[0] != last[0]:
            if end.column != 1 or locate(end.row - 1)[0] != first[0]:
                return None
            # The line end before the next cell is not in the cell.
            end = Position(end.row - 1, len(rows[end.row - 2]) + 1)
            last = locate(end.row)
        edits.append(Edit(Position(first[1], start.column), Position(last[1], end.column), content, cell=first[0]))
    return replace(fix, edits=tuple(edits))
