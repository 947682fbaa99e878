"""One JSON array of the objects that `jsonl` writes one a line."""

from __future__ import annotations

from lint_rules.findings.report import Report
from lint_rules.findings.view import View
from lint_rules.output.json_text import to_json
from lint_rules.output.jsonl import as_object


def render(report: Report, view: View) -> str:
    """An array, empty when there is nothing to say."""
    return to_json([as_object(found) for found in report.diagnostics], indent=2) + "\n"
