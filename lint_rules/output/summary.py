"""One line for the whole run, and one for what can be fixed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic
    from lint_rules.findings.report import Report


def counted(number: int, noun: str) -> str:
    """`1 finding`, `2 findings`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def is_applied(found: Diagnostic, unsafe_fixes: bool) -> bool:
    """Whether `--fix` applies the fix of a finding, with or without `--unsafe-fixes`."""
    return found.fix is not None and (found.fix.applicability == "safe" or (_is_unsafe(found) and unsafe_fixes))


def _is_unsafe(found: Diagnostic) -> bool:
    return found.fix is not None and found.fix.applicability == "unsafe"


def fixable(report: Report, unsafe_fixes: bool) -> str:
    """How many of the findings can be fixed, by which options; nothing where none can."""
    now = sum(is_applied(found, unsafe_fixes) for found in report.diagnostics)
    more = 0 if unsafe_fixes else sum(map(_is_unsafe, report.diagnostics))
    parts = [f"{now} fixable with --fix{' --unsafe-fixes' if unsafe_fixes else ''}"] if now else []
    if more:
        parts.append(f"{more} {'more' if now else 'fixable'} with --fix --unsafe-fixes")
    return f"[*] {', '.join(parts)}.\n" if parts else ""


def summary(report: Report, *, unsafe_fixes: bool = False) -> str:
    """How many findings of which severity in how many files, what is kept from view, what a test run has seen, and what
    can be fixed."""
    hidden = [
        f"{number} {what}"
        for number, what in ((len(report.suppressed), "suppressed"), (len(report.known), report.known_as))
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
    fixes = fixable(report, unsafe_fixes)
    measured = sum(each.observed is not None for each in report.diagnostics)
    order = f"{measured} seen at run time, worst time first.\n" if measured else ""
    head = f"Found {found} ({', '.join(kinds)}) in {files} of {counted(report.checked, 'file')}{aside}.\n"
    return f"{head}{order}{fixes}"
