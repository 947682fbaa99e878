"""GitHub Actions: one annotation for each finding.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from lint_rules.findings.diagnostics import Diagnostic, Severity
from lint_rules.findings.report import Report
from lint_rules.findings.view import View, in_cell, readable
from lint_rules.output.measured import with_seen
from pytest_keras_inference.printable import printable

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: Report, view: View) -> str:
    """One line each, nothing when there is nothing to say."""
    return "".join(_annotation(found, view) for found in report.diagnostics)


def _annotation(found: Diagnostic, view: View) -> str:
    place = found.location
    properties = {
        "title": f"keras-inference {found.code} {found.name}",
        "file": readable(view.repository_name(place.filename)),
    }
    properties["line"] = str(view.file_row(place, place.start.row))
    if place.cell is None:
        properties["endLine"] = str(place.end.row)
        # GitHub knows columns within one line only.
        if place.end.row == place.start.row:
            properties |= {"col": str(place.start.column), "endColumn": str(place.end.column)}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{_LEVEL[found.severity]} {listed}::{_data(in_cell(place) + with_seen(found))}\n"


def _data(text: str) -> str:
    """A text as GitHub reads it back; what it knows no escape for stands as people are shown it."""
    return printable(text, keep="\r\n").replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
