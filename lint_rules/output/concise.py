"""One line for each finding: `file:row:column: CODE message`."""

from __future__ import annotations

from lint_rules.output.view import View, place
from lint_rules.report import Report


def render(report: Report, view: View) -> str:
    """One line each, nothing when there is nothing to say."""
    return "".join(f"{place(found.location, view)}: {found.code} {found.message}\n" for found in report.diagnostics)
