"""SARIF 2.1.0, for GitHub code scanning and every other reader of static analysis results.

What is suppressed by a comment or known from the baseline is marked, not left out: a reader would take its absence
for a repair and its return for a new finding. The `rank` of what a test run has seen is its share of the measured time.
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lint_rules.findings.diagnostics import Diagnostic, Edit, Fix, Location, Severity
from lint_rules.findings.fingerprints import numbered
from lint_rules.findings.report import Report
from lint_rules.findings.view import View, in_cell
from lint_rules.output import measured
from lint_rules.output.json_text import to_json
from lint_rules.output.links import DOCS, rule_url
from lint_rules.records import replace
from pytest_keras_inference.printable import printable_lines
from pytest_keras_inference.version import VERSION
from pytest_keras_inference.vocabulary import TEXTS

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"

_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PRECISION = {"certain": "very-high", "likely": "medium"}
_INDEX = {code: number for number, code in enumerate(sorted(TEXTS))}
"""Every rule has its place in the report, found or not: parts of a run then agree, and a reader sees what was asked."""

RULE_PRECISION = "very-high"
"""How precise a rule is to a service that filters by it: docs/accuracy.md has what was measured."""

CATEGORY = "keras-inference/"
"""What the run is one of: a service compares it with the last run of the same id."""

TAGS = {
    "KI0": ("maintainability",),
    "KI1": ("correctness", "gradients"),
    "KI2": ("performance",),
    "KI3": ("correctness", "training-mode"),
    "KI4": ("correctness",),
}


def render(report: Report, view: View) -> str:
    """One run with all findings, the suppressed and the known ones marked."""
    everything = sorted([*report.diagnostics, *report.suppressed, *report.known], key=lambda found: found.sort_key)
    suppressed, known = set(map(id, report.suppressed)), set(map(id, report.known))
    results = []
    for found, own in zip(everything, numbered(everything, view), strict=True):
        result = _result(found, _INDEX[found.code], own, view)
        result["suppressions"] = [{"kind": "inSource"}] if id(found) in suppressed else []
        if report.baselined:
            result["baselineState"] = "unchanged" if id(found) in known else "new"
        results.append(result)
    run = {
        "tool": {"driver": _driver()},
        "originalUriBaseIds": {ROOT: {"uri": Path(view.top).as_uri().rstrip("/") + "/"}},
        "automationDetails": {"id": CATEGORY},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": results,
    }
    return to_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver() -> dict[str, Any]:
    rules = [_rule(code) for code in _INDEX]
    return {"name": "keras-inference", "semanticVersion": VERSION, "informationUri": DOCS, "rules": rules}


def _rule(code: str) -> dict[str, Any]:
    """The description of a rule with its whole page as help."""
    from lint_rules.rules.pages import class_name, page

    text = TEXTS[code]
    level = _LEVEL[Severity(text.severity)]
    return {
        "id": code,
        "name": class_name(code),
        "shortDescription": {"text": text.summary},
        "fullDescription": {"text": f"{text.summary}. Instead: {text.instead}."},
        "help": {"text": page(code), "markdown": page(code)},
        "helpUri": rule_url(text.name),
        "defaultConfiguration": {"level": level},
        "properties": {
            "tags": ["keras", *TAGS[code[:3]]],
            "precision": RULE_PRECISION,
            "problem.severity": level.replace("note", "recommendation"),
        },
    }


def _invocation(report: Report) -> dict[str, Any]:
    """Whether the run went to its end, with what went wrong on our side."""
    wrong = (*report.mistakes, *report.failures)
    notes = [{"level": "error", "message": {"text": printable_lines(each)}} for each in wrong]
    return {"executionSuccessful": not notes, **({"toolExecutionNotifications": notes} if notes else {})}


def _result(found: Diagnostic, index: int, own: str, view: View) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": found.code,
        "ruleIndex": index,
        "level": _LEVEL[found.severity],
        "message": {"text": in_cell(found.location) + printable_lines(found.message)},
        "locations": [_location(found.location, view)],
        "partialFingerprints": {"kerasInference/v1": own},
        "properties": {"confidence": found.confidence.value, "precision": _PRECISION[found.confidence.value]},
    }
    if found.observed is not None:
        result["properties"]["observed"] = measured.as_object(found.observed)
        result["rank"] = round(100 * found.observed.share, 2)
    if found.trace:
        steps = [
            {"location": {**_location(step.location, view), "message": {"text": printable_lines(step.message)}}}
            for step in found.trace
        ]
        # A code flow runs from the outermost step inwards, to the call itself.
        steps = [*reversed(steps), {"location": {**_location(found.location, view), "message": {"text": found.name}}}]
        result["codeFlows"] = [{"threadFlows": [{"locations": steps}]}]
    if found.fix is not None and found.location.cell is None:
        result["fixes"] = [_fix(found.fix, found.location, view)]
    return result


def _location(location: Location, view: View) -> dict[str, Any]:
    """A place in a file; in a notebook the line of its JSON text, with the cell as the logical place."""
    if location.cell is None:
        return {"physicalLocation": {"artifactLocation": _artifact(location, view), "region": _region(location)}}
    region = {"startLine": view.file_row(location, location.start.row)}
    cell = {"name": f"cell {location.cell}", "kind": "module"}
    return {
        "physicalLocation": {"artifactLocation": _artifact(location, view), "region": region},
        "logicalLocations": [cell],
    }


def _artifact(location: Location, view: View) -> dict[str, Any]:
    """The file, relative to the top of the repository where it lies below it."""
    name = view.repository_name(location.filename)
    if Path(name).is_absolute():
        return {"uri": Path(location.filename).as_uri()}
    return {"uri": quote(os.fsencode(name)), "uriBaseId": ROOT}


def _region(place: Location | Edit) -> dict[str, int]:
    return {
        "startLine": place.start.row,
        "startColumn": place.start.column,
        "endLine": place.end.row,
        "endColumn": place.end.column,
    }


def _fix(fix: Fix, location: Location, view: View) -> dict[str, Any]:
    """The edits of a fix as replacements in its file, and in the others that it changes."""
    ordered = sorted(dict.fromkeys(fix.edits), key=lambda edit: (edit.start, edit.end))
    changes = []
    for name in (None, *sorted(fix.elsewhere)):
        place = location if name is None else replace(location, filename=name)
        replacements = [
            {"deletedRegion": _region(edit), "insertedContent": {"text": edit.content}}
            for edit in ordered
            if edit.filename == name
        ]
        if replacements:
            changes.append({"artifactLocation": _artifact(place, view), "replacements": replacements})
    return {
        "description": {"text": f"{printable_lines(fix.message)} ({fix.applicability.value})"},
        "artifactChanges": changes,
    }
