"""One JSON array of the objects that `jsonl` writes one a line."""

from __future__ import annotations

import json

from lint_rules.output.jsonl import as_object
from lint_rules.output.view import View
from lint_rules.report import Report


def render(report: Report, view: View) -> str:
    """An array, empty when there is nothing to say."""
    return json.dumps([as_object(found) for found in report.diagnostics], indent=2, ensure_ascii=False) + "\n"
