"""`sarif`: valid SARIF 2.1.0, with nothing dropped that a reader would take for repaired.

The schema below is the part of the standard's that our reports use, and stricter: what is not listed is refused.
Written down after sections 3.13 to 3.58 of
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lint_rules.cli import main
from lint_rules.findings.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    Edit,
    Fix,
    Location,
    Observed,
    Position,
    Severity,
    TraceStep,
)
from lint_rules.findings.report import Report
from lint_rules.findings.view import View
from lint_rules.output import render
from lint_rules.rules.pages import page
from pytest_keras_inference.vocabulary import TEXTS


def _object(required: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


def _array(items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


TEXT = {"type": "string"}
URI = {"type": "string", "format": "uri"}
URI = {"type": "string", "format": "uri-reference", "pattern": r"^[^\s\\]+$"}
COUNT = {"type": "integer", "minimum": 1}
INDEX = {"type": "integer", "minimum": 0}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = _object("text", text={"type": "string", "minLength": 1})
BAG = {"type": "object", "properties": {"tags": _array(TEXT, uniqueItems=True)}}
ARTIFACT = _object("uri", uri=URI, uriBaseId=TEXT)
REGION = _object("startLine", startLine=COUNT, startColumn=COUNT, endLine=COUNT, endColumn=COUNT)
LOCATION = _object(
    "physicalLocation",
    physicalLocation=_object("artifactLocation region", artifactLocation=ARTIFACT, region=REGION),
    logicalLocations=_array(_object("name kind", name=TEXT, kind=TEXT), uniqueItems=True),
    message=MESSAGE,
)
RULE = _object(
    "id name shortDescription fullDescription help defaultConfiguration properties",
    id=TEXT,
    name=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=_object("text markdown", text=TEXT, markdown=TEXT),
    helpUri=URI,
    defaultConfiguration=_object("level", level=LEVEL),
    properties=BAG,
)
FLOW = _array(_object("location", location=LOCATION), minItems=1)
FIX = _object(
    "description artifactChanges",
    description=MESSAGE,
    artifactChanges=_array(
        _object(
            "artifactLocation replacements",
            artifactLocation=ARTIFACT,
            replacements=_array(
                _object(
                    "deletedRegion insertedContent", deletedRegion=REGION, insertedContent=_object("text", text=TEXT)
                ),
                minItems=1,
            ),
        ),
        minItems=1,
        uniqueItems=True,
    ),
)
RESULT = _object(
    "ruleId ruleIndex level message locations partialFingerprints suppressions",
    ruleId=TEXT,
    ruleIndex=INDEX,
    level=LEVEL,
    message=MESSAGE,
    locations=_array(LOCATION),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    codeFlows=_array(
        _object("threadFlows", threadFlows=_array(_object("locations", locations=FLOW), minItems=1)), minItems=1
    ),
    fixes=_array(FIX, uniqueItems=True),
    suppressions=_array(_object("kind", kind={"enum": ["inSource", "external"]}), uniqueItems=True),
    baselineState={"enum": ["new", "unchanged", "updated", "absent"]},
    rank={"type": "number", "minimum": -1.0, "maximum": 100.0},
    properties=BAG,
)
RUN = _object(
    "tool automationDetails results",
    tool=_object(
        "driver",
        driver=_object(
            "name rules", name=TEXT, semanticVersion=TEXT, informationUri=URI, rules=_array(RULE, uniqueItems=True)
        ),
    ),
    automationDetails=_object("id", id=TEXT),
    originalUriBaseIds={"type": "object", "additionalProperties": ARTIFACT},
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations=_array(
        _object(
            "executionSuccessful",
            executionSuccessful={"type": "boolean"},
            toolExecutionNotifications=_array(_object("message", level=LEVEL, message=MESSAGE)),
        )
    ),
    results=_array(RESULT),
)
SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    **_object(
        "version runs",
        **{"$schema": {"type": "string", "format": "uri"}, "version": {"enum": ["2.1.0"]}, "runs": _array(RUN)},
    ),
}


NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": ["hi\n"]},
        {"cell_type": "code", "source": ["import keras\n", "m.predict(x)"]},
    ]
}
VIEW = View(
    cwd="/work dir",
    texts={
        "/work dir/agent.py": b"class A:\n def act(self, s):\n  return self.m.predict(s)\n",
        "/work dir/n.ipynb": json.dumps(NOTEBOOK, indent=1).encode(),
        "/else/b.py": b"m.predict(x)\n",
    },
)


def at(filename: str, row: int, column: int, end: int, cell: int | None = None) -> Location:
    return Location(filename, Position(row, column), Position(row, end), cell)


STEP = Diagnostic(
    "KI202",
    "predict-per-step",
    "once per step",
    Severity.WARNING,
    Confidence.LIKELY,
    at("/work dir/agent.py", 3, 10, 27),
    (
        TraceStep(at("/work dir/a b/train.py", 2, 11, 27), "act() is run here"),
        TraceStep(at("/work dir/a b/train.py", 1, 1, 16), "in this loop"),
    ),
    Fix(
        Applicability.UNSAFE,
        "use predict_on_batch",
        (
            Edit(Position(3, 26), Position(3, 26), "y"),
            Edit(Position(3, 17), Position(3, 24), "predict_on_batch"),
            Edit(Position(3, 26), Position(3, 26), "y"),
        ),
    ),
)
CELL = Diagnostic(
    "KI101", "n", "no gradient", Severity.ERROR, Confidence.CERTAIN, at("/work dir/n.ipynb", 2, 1, 13, cell=2)
)
ELSEWHERE = Diagnostic("KI203", "n", "by hand", Severity.INFO, Confidence.CERTAIN, at("/else/b.py", 1, 1, 13))


def sarif(report: Report) -> dict[str, Any]:
    """The report, found valid."""
    document: dict[str, Any] = json.loads(render("sarif", report, VIEW))
    jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(document)
    return document


def run_of(*diagnostics: Diagnostic, **more: Any) -> dict[str, Any]:
    run: dict[str, Any] = sarif(Report(diagnostics, **more))["runs"][0]
    return run


def test_an_empty_report() -> None:
    assert sarif(Report(checked=3)) == {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": run_of()["tool"]["driver"]},
                "automationDetails": {"id": "keras-inference/"},
                "originalUriBaseIds": {"%SRCROOT%": {"uri": "file:///work%20dir/"}},
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True}],
                "results": [],
            }
        ],
    }


def test_a_result_with_its_flow_and_its_fix() -> None:
    (result,) = run_of(STEP)["results"]
    digest = hashlib.sha256(b"KI202\0returnself.m.predict(s)").hexdigest()
    agent = {"uri": "agent.py", "uriBaseId": "%SRCROOT%"}
    train = {"uri": "a%20b/train.py", "uriBaseId": "%SRCROOT%"}

    def region(row: int, column: int, end: int) -> dict[str, int]:
        return {"startLine": row, "startColumn": column, "endLine": row, "endColumn": end}

    def step(artifact: dict[str, str], row: int, column: int, end: int, text: str) -> dict[str, Any]:
        place = {"artifactLocation": artifact, "region": region(row, column, end)}
        return {"location": {"physicalLocation": place, "message": {"text": text}}}

    assert result == {
        "ruleId": "KI202",
        "ruleIndex": sorted(TEXTS).index("KI202"),
        "level": "warning",
        "message": {"text": "once per step"},
        "locations": [{"physicalLocation": {"artifactLocation": agent, "region": region(3, 10, 27)}}],
        "partialFingerprints": {"kerasInference/v1": f"{digest[:32]}:1"},
        "properties": {"confidence": "likely", "precision": "medium"},
        "codeFlows": [
            {
                "threadFlows": [
                    {
                        "locations": [
                            step(train, 1, 1, 16, "in this loop"),
                            step(train, 2, 11, 27, "act() is run here"),
                            step(agent, 3, 10, 27, "predict-per-step"),
                        ]
                    }
                ]
            }
        ],
        "fixes": [
            {
                "description": {"text": "use predict_on_batch (unsafe)"},
                "artifactChanges": [
                    {
                        "artifactLocation": agent,
                        "replacements": [
                            {"deletedRegion": region(3, 17, 24), "insertedContent": {"text": "predict_on_batch"}},
                            {"deletedRegion": region(3, 26, 26), "insertedContent": {"text": "y"}},
                        ],
                    }
                ],
            }
        ],
        "suppressions": [],
    }


def test_a_cell_is_the_logical_place_and_the_line_is_that_of_the_file() -> None:
    (result,) = run_of(CELL)["results"]
    assert result["message"] == {"text": "cell 2, row 2: no gradient"}
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "n.ipynb", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 13},
            },
            "logicalLocations": [{"name": "cell 2", "kind": "module"}],
        }
    ]


def test_a_file_outside_the_root_has_its_whole_address() -> None:
    (result,) = run_of(ELSEWHERE)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///else/b.py"}
    assert result["level"] == "note"


def test_all_rules_come_with_their_help_and_results_point_at_them() -> None:
    run = run_of(ELSEWHERE, STEP, CELL)
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert list(rules) == sorted(TEXTS)
    assert [list(rules)[result["ruleIndex"]] for result in run["results"]] == ["KI203", "KI202", "KI101"]
    step = rules["KI202"]
    assert step["name"] == "PredictPerStep"
    assert step["shortDescription"] == {"text": "predict() runs once per step of a loop"}
    assert step["help"]["markdown"] == page("KI202")
    assert step["helpUri"].endswith("/rules/predict-per-step/")
    assert step["properties"] == {
        "tags": ["keras", "performance"],
        "precision": "very-high",
        "problem.severity": "warning",
    }
    assert [rules[code]["defaultConfiguration"]["level"] for code in ("KI101", "KI202", "KI203")] == [
        "error",
        "warning",
        "note",
    ]


def test_names_are_relative_to_the_top_of_the_repository() -> None:
    view = replace(VIEW, cwd="/work dir/sub", root="/work dir")
    run = json.loads(render("sarif", Report((STEP,)), view))["runs"][0]
    assert run["originalUriBaseIds"] == {"%SRCROOT%": {"uri": "file:///work%20dir/"}}
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "agent.py", "uriBaseId": "%SRCROOT%"}


def test_what_is_suppressed_or_known_is_marked() -> None:
    results = run_of(ELSEWHERE, suppressed=(STEP,), known=(CELL,), baselined=True)["results"]
    assert [(each["ruleId"], each["suppressions"], each["baselineState"]) for each in results] == [
        ("KI203", [], "new"),
        ("KI202", [{"kind": "inSource"}], "new"),
        ("KI101", [], "unchanged"),
    ]


def test_equal_lines_of_a_file_have_fingerprints_of_their_own() -> None:
    texts = {"/work dir/a.py": b"m.predict(x)\nm.predict(x)\n"}
    twice = tuple(
        Diagnostic("KI201", "n", "m", Severity.WARNING, Confidence.CERTAIN, at("/work dir/a.py", row, 1, 13))
        for row in (1, 2)
    )
    document = json.loads(render("sarif", Report(twice), View(cwd="/work dir", texts=texts)))
    prints = [result["partialFingerprints"]["kerasInference/v1"] for result in document["runs"][0]["results"]]
    assert [text.partition(":")[2] for text in prints] == ["1", "2"]
    assert prints[0].partition(":")[0] == prints[1].partition(":")[0]


def test_the_rank_of_what_a_run_has_seen_is_its_share_of_the_time() -> None:
    slow = Observed(1200, 1, 1, 61.0, 0.87654, ("t.py::test",), 70.25)
    ranked, unseen = run_of(replace(STEP, observed=slow), ELSEWHERE)["results"][::-1]
    assert ranked["rank"] == 87.65
    assert ranked["properties"] == {
        "confidence": "likely",
        "precision": "medium",
        "observed": {
            "calls": 1200,
            "max_rows": 1,
            "min_rows": 1,
            "only_at_run_time": False,
            "seconds": 61.0,
            "share": 0.8765,
            "speedup": 70.25,
            "tests": ["t.py::test"],
        },
    }
    assert "rank" not in unseen
    assert "observed" not in unseen["properties"]


def test_a_failure_of_ours_is_told() -> None:
    assert run_of(failures=("KI201 failed",))["invocations"] == [
        {
            "executionSuccessful": False,
            "toolExecutionNotifications": [{"level": "error", "message": {"text": "KI201 failed"}}],
        }
    ]


@pytest.mark.usefixtures("plain_rules")
def test_parts_of_a_run_merge_to_the_whole(
    project: Callable[[dict[str, str]], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    """Results of the parts, put together, are those of the whole, fingerprints included."""
    project(dict.fromkeys(("a.py", "b.py", "p/c.py"), "import keras\nm.predict(x)\nm.predict(x)  # noqa\n"))

    def results(*paths: str) -> list[dict[str, Any]]:
        main(["check", "--output-format", "sarif", *paths])
        document = json.loads(capsys.readouterr().out)
        jsonschema.validate(document, SCHEMA)
        return list(document["runs"][0]["results"])

    assert results("a.py") + results("b.py", "p") == results(".")
    assert len(results(".")) == 6
