"""One line for the whole run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lint_rules.report import Report


def counted(number: int, noun: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def summary(report: Report) -> str:
    """How many findings of which severity in how many files, and what is kept from view."""
    hidden = [
        f"{number} {what}"
        for number, what in ((len(report.suppressed), "suppressed"), (len(report.known), "in the baseline"))
        if number
    ]
    aside = f" ({', '.join(hidden)})" if hidden else ""
    if not report.diagnostics:
        return f"No findings in {counted(report.checked, 'file')}{aside}.\n"
    severities = [found.severity.value for found in report.diagnostics]
    kinds = [
        f"{number} info" if severity == "info" else counted(number, severity)
        for severity in ("error", "warning", "info")
        if (number := severities.count(severity))
    ]
    files = len({found.location.filename for found in report.diagnostics})
    found = counted(len(report.diagnostics), "finding")
    return f"Found {found} ({', '.join(kinds)}) in {files} of {counted(report.checked, 'file')}{aside}.\n"
