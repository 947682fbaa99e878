"""`--statistics`: how often each rule has something to say."""

from __future__ import annotations

from collections import Counter

from lint_rules.findings.report import Report
from lint_rules.output.json_text import to_json
from pytest_keras_inference.vocabulary import TEXTS


def render(report: Report, as_json: bool) -> str:
    """One line for each rule, the most frequent first: number, code, name; or the same as a JSON array."""
    counts = Counter(found.code for found in report.diagnostics)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if as_json:
        rows = [{"code": code, "name": TEXTS[code].name, "count": count} for code, count in ordered]
        return to_json(rows, indent=2) + "\n"
    width = len(str(ordered[0][1])) if ordered else 0
    return "".join(f"{count:>{width}}  {code}  {TEXTS[code].name}\n" for code, count in ordered)
