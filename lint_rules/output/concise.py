"""One line for each finding: `file:row:column: CODE message`. What a test run has seen comes first."""

from __future__ import annotations

from lint_rules.findings.report import Report
from lint_rules.findings.view import View, place
from lint_rules.output.measured import with_seen, worst_first
from pytest_keras_inference.printable import printable


def render(report: Report, view: View) -> str:
    """One line each, nothing when there is nothing to say."""
    return "".join(
        f"{place(found.location, view)}: {found.code} {printable(with_seen(found))}\n"
        for found in worst_first(report.diagnostics)
    )
