"""A statement -> the same statement under `with torch.no_grad():`."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import call_at, statement_of
from lint_rules.fixes.tree.text import Change, edits, line_starts, position_of


def under_no_grad(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Run the statement that holds the call at `at` without recording a graph.

    None for a statement with a body of its own, for one that shares its row, and for one with a string over several
    rows, whose text would change.
    """
    found = call_at(text, at, end=end)
    if found is None:
        return None
    tree, call = found
    statement = statement_of(tree, call)
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    start, stop = tree.span(statement)
    if '"""' in text[start:stop] or "'''" in text[start:stop]:
        return None
    torch, imported = bring_in(text, "torch")
    first = tree.line_start(start)
    indent = tree.indentation(first)
    deeper = indent + _step(text)
    starts = line_starts(text)
    rows = range(position_of(text, start).row, position_of(text, stop).row + 1)
    changes: list[Change] = [(first, start, f"{indent}with {torch}.no_grad():\n{deeper}")]
    for row in list(rows)[1:]:
        if text[starts[row - 1] :].lstrip(" \t")[:1] not in ("\n", "\r"):
            changes.append((starts[row - 1], starts[row - 1], _step(text)))
    return (*imported, *edits(text, changes))


def _step(text: str) -> str:
    """One level of indentation, as the file writes it first."""
    for line in text.splitlines():
        stripped = line.lstrip(" \t")
        if stripped and stripped != line and not stripped.startswith("#"):
            return "\t" if line.startswith("\t") else line[: min(len(line) - len(stripped), 4)]
    return "    "
