"""One JSON object for each finding, one a line: Ruff's keys, and severity, confidence and trace besides.

Findings that a test run has seen have the key `observed` too.
"""

from __future__ import annotations

from typing import Any

from lint_rules.findings.diagnostics import Diagnostic, Edit, Fix, Location, Position
from lint_rules.findings.report import Report
from lint_rules.findings.view import View, readable
from lint_rules.output import measured
from lint_rules.output.json_text import to_json
from lint_rules.output.links import rule_url


def render(report: Report, view: View) -> str:
    """One line each, nothing when there is nothing to say."""
    return "".join(to_json(as_object(found)) + "\n" for found in report.diagnostics)


def as_object(found: Diagnostic) -> dict[str, Any]:
    """A finding as plain data; rows and columns count from 1, within the cell in a notebook."""
    return {
        "cell": found.location.cell,
        "code": found.code,
        "confidence": found.confidence.value,
        "end_location": _position(found.location.end),
        "filename": readable(found.location.filename),
        "fix": None if found.fix is None else _fix(found.fix),
        "location": _position(found.location.start),
        "message": found.message,
        "name": found.name,
        "noqa_row": found.noqa_row or found.location.start.row,
        **({} if found.observed is None else {"observed": measured.as_object(found.observed)}),
        "severity": found.severity.value,
        "trace": [{**_location(step.location), "message": step.message} for step in found.trace],
        "url": rule_url(found.name),
    }


def _position(position: Position) -> dict[str, int]:
    return {"column": position.column, "row": position.row}


def _location(location: Location) -> dict[str, Any]:
    cell = {} if location.cell is None else {"cell": location.cell}
    return {**cell, "filename": readable(location.filename), "location": _position(location.start)}


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "applicability": fix.applicability.value,
        "edits": [_edit(edit) for edit in fix.edits],
        "message": fix.message,
    }


def _edit(edit: Edit) -> dict[str, Any]:
    where: dict[str, Any] = {} if edit.cell is None else {"cell": edit.cell}
    if edit.filename is not None:
        where["filename"] = readable(edit.filename)
    return {**where, "content": edit.content, "end_location": _position(edit.end), "location": _position(edit.start)}
