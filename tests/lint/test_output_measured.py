"""What a test run has seen, in every format: people read the worst first, machines keep the order of places."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Observed, Position, Severity, TraceStep
from lint_rules.findings.report import Report
from lint_rules.findings.view import View
from lint_rules.output import render, statistics
from lint_rules.output.measured import seen


def found(row: int, observed: Observed | None = None) -> Diagnostic:
    place = Location("/w/a.py", Position(row, 1), Position(row, 13))
    loop = TraceStep(Location("/w/a.py", Position(1, 1), Position(1, 3)), "in this loop")
    return Diagnostic(
        "KI201", "a-name", "costly", Severity.WARNING, Confidence.CERTAIN, place, (loop,), observed=observed
    )


SLOW = Observed(1200, 1, 1, 61.04, 0.9, ("test_a.py::test_one",), 70.25)
QUICK = Observed(1, None, None, 0.0034, 0.1, ("test_a.py::test_one", "test_a.py::test_two"), only=True)
REPORT = Report((found(2), found(3, QUICK), found(4), found(5, SLOW)), checked=1)
VIEW = View(cwd="/w", texts={"/w/a.py": b"for\nm.predict(a)\nm.predict(b)\nm.predict(c)\nm.predict(d)\n"})
SLOW_TEXT = "seen at run time: 1,200 calls of 1 row, 61.0 s; predict_on_batch measured 70x faster"
QUICK_TEXT = "seen only at run time: 1 call, 3.4 ms; in test_a.py::test_one and 1 more"


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        (SLOW, SLOW_TEXT),
        (QUICK, QUICK_TEXT),
        (Observed(2, 1, 2048, 0.119, 1.0), "seen at run time: 2 calls of 1 to 2,048 rows, 0.12 s"),
        (Observed(2, 32, 32, 3600, 1.0, only=True), "seen only at run time: 2 calls of 32 rows, 3,600.0 s"),
    ],
)
def test_in_words(observed: Observed, words: str) -> None:
    assert seen(observed) == words


def test_text() -> None:
    lines = render("text", REPORT, VIEW).splitlines()
    assert lines[:10] == [
        "a.py:5:1: KI201 a-name [warning]: costly",
        "5 | m.predict(d)",
        "  | ^^^^^^^^^^^^",
        f"  = {SLOW_TEXT}",
        "  = a.py:1:1: in this loop",
        "",
        "a.py:3:1: KI201 a-name [warning]: costly",
        "3 | m.predict(b)",
        "  | ^^^^^^^^^^^^",
        f"  = {QUICK_TEXT}",
    ]
    assert [line for line in lines if line.startswith("a.py:")][2:] == [
        "a.py:2:1: KI201 a-name [warning]: costly",
        "a.py:4:1: KI201 a-name [warning]: costly",
    ]
    assert lines[-2:] == ["Found 4 findings (4 warnings) in 1 of 1 file.", "2 seen at run time, worst time first."]


def test_text_on_a_terminal() -> None:
    colour = replace(VIEW, colour=True)
    assert f"\x1b[36m=\x1b[0m \x1b[1m{SLOW_TEXT}\x1b[0m\n" in render("text", REPORT, colour)


def test_concise() -> None:
    assert render("concise", REPORT, VIEW).splitlines() == [
        f"a.py:5:1: KI201 costly ({SLOW_TEXT})",
        f"a.py:3:1: KI201 costly ({QUICK_TEXT})",
        "a.py:2:1: KI201 costly",
        "a.py:4:1: KI201 costly",
    ]


def test_equal_times_keep_the_order_of_places() -> None:
    twice = Report((found(2, SLOW), found(3, SLOW)))
    assert [line[:6] for line in render("concise", twice, VIEW).splitlines()] == ["a.py:2", "a.py:3"]


def test_github() -> None:
    messages = [line.split("::", 2)[2] for line in render("github", REPORT, VIEW).splitlines()]
    assert messages == ["costly", f"costly ({QUICK_TEXT})", "costly", f"costly ({SLOW_TEXT})"]


def test_gitlab() -> None:
    issues = json.loads(render("gitlab", REPORT, VIEW))
    assert [issue["description"] for issue in issues] == [
        "KI201 a-name: costly",
        f"KI201 a-name: costly ({QUICK_TEXT})",
        "KI201 a-name: costly",
        f"KI201 a-name: costly ({SLOW_TEXT})",
    ]
    unseen = Report(tuple(replace(each, observed=None) for each in REPORT.diagnostics))
    plain = json.loads(render("gitlab", unseen, VIEW))
    assert [issue["fingerprint"] for issue in issues] == [issue["fingerprint"] for issue in plain]


def test_junit() -> None:
    failures = ET.fromstring(render("junit", REPORT, VIEW).encode()).findall(".//failure")
    texts = [(failure.text or "").strip().splitlines() for failure in failures]
    assert texts == [
        ["a.py:2:1: costly", "a.py:1:1: in this loop"],
        ["a.py:3:1: costly", QUICK_TEXT, "a.py:1:1: in this loop"],
        ["a.py:4:1: costly", "a.py:1:1: in this loop"],
        ["a.py:5:1: costly", SLOW_TEXT, "a.py:1:1: in this loop"],
    ]


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_json_and_jsonl(name: str) -> None:
    text = render(name, REPORT, VIEW)
    objects = json.loads(text) if name == "json" else [json.loads(line) for line in text.splitlines()]
    assert [("observed" in each) for each in objects] == [False, True, False, True]
    assert objects[1]["observed"] == {
        "calls": 1,
        "max_rows": None,
        "min_rows": None,
        "only_at_run_time": True,
        "seconds": 0.0034,
        "share": 0.1,
        "speedup": None,
        "tests": ["test_a.py::test_one", "test_a.py::test_two"],
    }
    assert list(objects[1]) == sorted(objects[1])
    assert list(objects[1]["observed"]) == sorted(objects[1]["observed"])


def test_statistics_count_as_ever() -> None:
    assert statistics.render(REPORT, as_json=False) == "4  KI201  predict-per-sample\n"
