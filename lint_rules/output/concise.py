"""One line for each finding: `file:row:column: CODE message`. What a test run has seen comes first.

On a terminal `[*]` marks what `--fix` would resolve, and a last line counts the findings; what reads a pipe gets the
lines of the findings alone.
"""

from __future__ import annotations

from lint_rules.findings.report import Report
from lint_rules.findings.view import View, place
from lint_rules.output.measured import with_seen, worst_first
from lint_rules.output.summary import summary
from lint_rules.output.text import heading
from pytest_keras_inference.printable import printable


def render(report: Report, view: View) -> str:
    """One line each, and off a terminal nothing when there is nothing to say."""
    if view.width is None:
        return "".join(
            f"{place(found.location, view)}: {found.code} {printable(with_seen(found))}\n"
            for found in worst_first(report.diagnostics)
        )
    lines = [f"{heading(found, view)[1]}{printable(with_seen(found))}\n" for found in worst_first(report.diagnostics)]
    return "".join([*lines, summary(report, unsafe_fixes=view.unsafe_fixes)])
