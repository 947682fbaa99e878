"""`json` and `jsonl`: Ruff's keys, and severity, confidence and trace besides."""

from __future__ import annotations

import json

from lint_rules.findings.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    Edit,
    Fix,
    Location,
    Position,
    Severity,
    TraceStep,
)
from lint_rules.findings.report import Report
from lint_rules.findings.view import View
from lint_rules.output import render

FOUND = Diagnostic(
    "KI202",
    "predict-per-step",
    "predict() runs once per step – costly",
    Severity.WARNING,
    Confidence.LIKELY,
    Location("/p/n.ipynb", Position(3, 16), Position(4, 2), 5),
    (TraceStep(Location("/p/train.py", Position(2, 11), Position(2, 27)), "called here"),),
    Fix(Applicability.UNSAFE, "use predict_on_batch", (Edit(Position(3, 20), Position(3, 27), "m", 5),)),
    noqa_row=2,
    anchor=Position(3, 16),
)
OBJECT = {
    "cell": 5,
    "code": "KI202",
    "confidence": "likely",
    "end_location": {"column": 2, "row": 4},
    "filename": "/p/n.ipynb",
    "fix": {
        "applicability": "unsafe",
        "edits": [
            {"cell": 5, "content": "m", "end_location": {"column": 27, "row": 3}, "location": {"column": 20, "row": 3}}
        ],
        "message": "use predict_on_batch",
    },
    "location": {"column": 16, "row": 3},
    "message": "predict() runs once per step – costly",
    "name": "predict-per-step",
    "noqa_row": 2,
    "severity": "warning",
    "trace": [{"filename": "/p/train.py", "location": {"column": 11, "row": 2}, "message": "called here"}],
    "url": "https://pytest-keras-inference.github.io/pytest-keras-inference/rules/predict-per-step/",
}
PLAIN = Diagnostic(
    "KI000", "n", "m", Severity.ERROR, Confidence.CERTAIN, Location("/p/a.py", Position(1, 1), Position(1, 2))
)


def test_json_is_one_array() -> None:
    text = render("json", Report((FOUND, PLAIN)), View())
    assert text.endswith("\n]\n")
    assert json.loads(text)[0] == OBJECT


def test_jsonl_is_the_same_objects_one_a_line() -> None:
    report = Report((FOUND, PLAIN))
    lines = render("jsonl", report, View()).splitlines()
    assert [json.loads(line) for line in lines] == json.loads(render("json", report, View()))


def test_what_is_not_there_is_null_and_a_missing_noqa_row_is_the_first() -> None:
    found = json.loads(render("json", Report((PLAIN,)), View()))[0]
    assert (found["cell"], found["fix"], found["trace"], found["noqa_row"]) == (None, None, [], 1)


def test_keys_are_sorted() -> None:
    assert list(json.loads(render("jsonl", Report((FOUND,)), View()))) == sorted(OBJECT)
