"""What is said of files, statements and cells that cannot be read, and what their being left out costs the rest."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic, Severity
    from lint_rules.rules.base import Finding
    from lint_rules.run.selection import Candidate
    from lint_rules.source.reading import Broken
    from lint_rules.source.text import Source, UnreadableSource

Told = tuple[str, int, int, int | None]
"""A message with its row, column and cell."""

_PYTHON_2 = (
    "Missing parentheses in call to",
    "multiple exception types must be parenthesized",
    "leading zeros in decimal integer",
    "invalid decimal literal",
)
"""How Python 3 begins to speak of what only Python 2 has: print and exec statements, `except A, b`, 0777, 10L."""


def syntax_error(message: str) -> str:
    """What Python says of a text, and that it is Python 2 where that shows."""
    hint = " (is this Python 2?)" if message.startswith(_PYTHON_2) and "newer Python" not in message else ""
    return f"syntax error: {message}{hint}"


def unreadable(
    candidate: Candidate,
    message: str,
    row: int = 1,
    column: int = 1,
    cell: int | None = None,
    severity: Severity | None = None,
) -> tuple[Diagnostic, ...]:
    """KI000 for a file that cannot be judged, or not all of it, unless the settings ignore that."""
    from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Position, Severity

    if not candidate.runs("KI000"):
        return ()
    place = Location(candidate.path, Position(row, column), Position(row, column + 1), cell)
    severity = candidate.grade("KI000", severity or Severity.ERROR)
    return (Diagnostic("KI000", "unreadable-file", message, severity, Confidence.CERTAIN, place, noqa_row=row),)


def told(candidate: Candidate, source: Source, broken: Sequence[Broken]) -> tuple[Diagnostic, ...]:
    """KI000 for what of a file was not read, while the rest was judged; as an information, if that is shown."""
    from lint_rules.findings.diagnostics import Severity

    if not broken and not source.skipped:
        return ()
    what = statements(source, broken) if broken else cells(source.skipped)
    partly = bool(broken or source.text.strip())
    severity = Severity.INFO if partly else Severity.ERROR
    if candidate.grade("KI000", severity).rank < candidate.least_shown("KI000").rank:
        return ()
    return unreadable(candidate, *what, severity=severity)


def statements(source: Source, broken: Sequence[Broken]) -> Told:
    """One message for all statements of a file that do not parse, at the first of them."""
    first, others = broken[0], len(broken) - 1
    cell, row = source.locate(first.row)
    where = f"line {row}" if cell is None else f"line {row} of cell {cell}"
    if others:
        where += f" and {others} more statement{'s' if others > 1 else ''}"
    version = ".".join(map(str, sys.version_info[:2]))
    if all(each.newer for each in broken):
        what = f"{'need' if others else 'needs'} a newer Python than {version} ({first.reason})"
    else:
        reason = f"{first.reason}?" if first.reason.startswith("Python 2") else first.reason
        what = f"{'do' if others else 'does'} not parse with Python {version} ({reason})"
    rest = "file" if cell is None else "notebook"
    return f"{where} {what}: the rest of the {rest} was judged", row, first.column, cell


def cells(skipped: Sequence[UnreadableSource]) -> Told:
    """One message for all cells of a notebook that are no Python, at the first of them."""
    first = skipped[0]
    more = f"; {len(skipped) - 1} more cells are left out too" if len(skipped) > 1 else "; the cell is left out"
    return f"{syntax_error(first.message)}{more}", first.row, first.column, first.cell


def apart(findings: Sequence[Finding], source: Source, broken: Sequence[Broken]) -> list[Finding]:
    """The findings in what was read, with a fix only where that can be proven.

    What was not read may use any name that a fix changes: a Python file then has no fix. In a notebook a cell that
    parses is rewritten and proven by itself.
    """
    from lint_rules.records import replace

    cells = _cells(source, broken)
    kept = [each for each in findings if not _is_in(each.diagnostic, source, broken)]
    return [each if each.diagnostic.location.cell not in cells else replace(each, fix=None) for each in kept]


def without_reach(diagnostics: Sequence[Diagnostic], source: Source, broken: Sequence[Broken]) -> list[Diagnostic]:
    """The findings, without the fixes that would change a cell with a broken statement as well."""
    from lint_rules.records import replace

    cells = _cells(source, broken)
    return [
        replace(found, fix=None) if found.fix and any(edit.cell in cells for edit in found.fix.edits) else found
        for found in diagnostics
    ]


def _cells(source: Source, broken: Sequence[Broken]) -> frozenset[int | None]:
    """The cells with broken statements; of a Python file None, which is where all of it is."""
    return frozenset(source.locate(each.row)[0] for each in broken)


def _is_in(found: Diagnostic, source: Source, broken: Sequence[Broken]) -> bool:
    """Whether a finding stands where something else was read than is written there."""
    row = source.module_row(found.location.cell, found.location.start.row)
    return any(each.left_out and each.row <= row <= each.end_row for each in broken)
