"""GitLab: a code quality report.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from typing import Any

from lint_rules.findings.diagnostics import Diagnostic, Severity
from lint_rules.findings.fingerprints import numbered
from lint_rules.findings.report import Report
from lint_rules.findings.view import View, in_cell, readable
from lint_rules.output.json_text import to_json
from lint_rules.output.measured import with_seen
from pytest_keras_inference.printable import printable_lines

_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.INFO: "info"}


def render(report: Report, view: View) -> str:
    """A JSON array, empty when there is nothing to say."""
    prints = numbered(report.diagnostics, view)
    issues = [_issue(found, own, view) for found, own in zip(report.diagnostics, prints, strict=True)]
    return to_json(issues, indent=2) + "\n"


def _issue(found: Diagnostic, own: str, view: View) -> dict[str, Any]:
    place = found.location
    path = readable(view.repository_name(place.filename))
    begin = {"line": view.file_row(place, place.start.row), "column": place.start.column}
    end = {"line": view.file_row(place, place.end.row), "column": place.end.column}
    return {
        "description": f"{found.code} {found.name}: {in_cell(place)}{printable_lines(with_seen(found))}",
        "check_name": found.code,
        # Unique in a report, as GitLab asks: equal lines of two files differ by their path.
        "fingerprint": hashlib.sha256(f"{path}\0{own}".encode(errors="surrogatepass")).hexdigest()[:32],
        "severity": _SEVERITY[found.severity],
        "location": {"path": path, "positions": {"begin": begin, "end": end}},
    }
