"""For a job summary or a comment on a pull request: a table of findings, each with the page of its rule.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#adding-a-job-summary
"""

from __future__ import annotations

from lint_rules.findings.diagnostics import Diagnostic, Severity
from lint_rules.findings.report import Report
from lint_rules.findings.view import View, readable
from lint_rules.output.links import rule_url
from lint_rules.output.measured import with_seen, worst_first
from lint_rules.output.summary import summary
from lint_rules.regex import lazy_pattern
from pytest_keras_inference.printable import printable

MOST = 200
"""Findings that are listed: a summary may have one megabyte, and nobody reads so many."""

_MARK = {Severity.ERROR: "❌ error", Severity.WARNING: "⚠️ warning", Severity.INFO: "info"}
_SPECIAL = lazy_pattern(r"[\\`*_\[\]<>|~#&]")


def render(report: Report, view: View) -> str:
    """A heading, the table, and the line that counts; without findings the heading and the line."""
    found = worst_first(report.diagnostics)
    lines = ["### keras-inference", ""]
    if found:
        lines += ["| severity | where | finding |", "|---|---|---|"]
        lines += [_row(each, view) for each in found[:MOST]]
        if len(found) > MOST:
            lines.append(f"| | | and {len(found) - MOST} more |")
        lines.append("")
    counts = summary(report, unsafe_fixes=view.unsafe_fixes).splitlines()
    return "\n".join([*lines, "\\\n".join(map(_text, counts)), ""])


def _row(found: Diagnostic, view: View) -> str:
    place = found.location
    cell = f":cell {place.cell}" if place.cell is not None else ""
    where = f"{_text(readable(view.repository_name(place.filename)))}{cell}:{place.start.row}:{place.start.column}"
    link = f"[{found.code} {found.name}]({rule_url(found.name)})"
    return f"| {_MARK[found.severity]} | {where} | {link}: {_message(with_seen(found))} |"


def _message(text: str) -> str:
    """A message, in which code between backticks is shown as code where the backticks come in pairs."""
    text = printable(text)
    parts = text.split("`")
    if len(parts) % 2 == 0 or "``" in text:
        return _text(text)
    return "".join(
        _text(part) if number % 2 == 0 else f"`{part.replace('|', chr(92) + '|')}`" for number, part in enumerate(parts)
    )


def _text(text: str) -> str:
    """A text that Markdown shows as it is, in one cell of a table."""
    return _SPECIAL.sub(r"\\\g<0>", printable(text))
