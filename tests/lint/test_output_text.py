"""`text` and `concise`: findings as a person reads them."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

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
from lint_rules.output import render, render_empty

AGENT = "/work dir/agent.py"
TRAIN = "/work dir/train.py"
TEXTS = {
    AGENT: b"class Agent:\n    def act(self, state):\n        return self.model.predict(state, verbose=0)\n",
    TRAIN: b"while not done:\n\taction = agent.act(state)\n",
}


def at(filename: str, row: int, column: int, end: int, end_row: int | None = None, cell: int | None = None) -> Location:
    return Location(filename, Position(row, column), Position(end_row or row, end), cell)


STEP = Diagnostic(
    "KI202",
    "predict-per-step",
    "predict() runs once per step: write self.model.predict_on_batch(state)",
    Severity.WARNING,
    Confidence.LIKELY,
    at(AGENT, 3, 16, 52),
    (
        TraceStep(at(TRAIN, 2, 11, 27), "Agent.act is called here"),
        TraceStep(at(TRAIN, 1, 1, 16), "in this while loop"),
    ),
    Fix(Applicability.SAFE, "use predict_on_batch", (Edit(Position(3, 16), Position(3, 52), "x"),)),
    noqa_row=3,
)


def view(texts: dict[str, bytes] = TEXTS, colour: bool = False) -> View:
    return View(cwd="/work dir", colour=colour, texts=texts)


def test_a_finding_with_its_line_its_trace_and_its_fix() -> None:
    assert render("text", Report((STEP,), checked=2), view()) == (
        "agent.py:3:16: KI202 [*] predict-per-step [warning] (likely): "
        "predict() runs once per step: write self.model.predict_on_batch(state)\n"
        "3 |         return self.model.predict(state, verbose=0)\n"
        "  |                ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "  = train.py:2:11: Agent.act is called here\n"
        "  = train.py:1:1: in this while loop\n"
        "  = fix (safe): use predict_on_batch\n"
        "\n"
        "Found 1 finding (1 warning) in 1 of 2 files.\n"
        "[*] 1 fixable with --fix.\n"
    )


@pytest.mark.parametrize(
    ("applicability", "unsafe_fixes", "marked", "counted"),
    [
        (Applicability.SAFE, False, True, "[*] 1 fixable with --fix.\n"),
        (Applicability.SAFE, True, True, "[*] 1 fixable with --fix --unsafe-fixes.\n"),
        (Applicability.UNSAFE, False, False, "[*] 1 fixable with --fix --unsafe-fixes.\n"),
        (Applicability.UNSAFE, True, True, "[*] 1 fixable with --fix --unsafe-fixes.\n"),
        (Applicability.DISPLAY, True, False, ""),
    ],
)
def test_what_the_options_at_hand_would_fix(
    applicability: Applicability, unsafe_fixes: bool, marked: bool, counted: str
) -> None:
    assert STEP.fix is not None
    found = replace(STEP, fix=replace(STEP.fix, applicability=applicability))
    text = render("text", Report((found,), checked=1), replace(view(), unsafe_fixes=unsafe_fixes))
    assert ("KI202 [*] predict-per-step" in text) is marked
    assert text.endswith(f"in 1 of 1 file.\n{counted}")


def test_one_line_each() -> None:
    assert render("concise", Report((STEP, STEP)), view()) == 2 * (
        "agent.py:3:16: KI202 predict() runs once per step: write self.model.predict_on_batch(state)\n"
    )


def test_colour() -> None:
    text = render("text", Report((STEP,)), view(colour=True))
    assert text.startswith(
        "\x1b[1magent.py:3:16\x1b[0m: \x1b[1;33mKI202\x1b[0m [\x1b[36m*\x1b[0m] predict-per-step [warning] (likely): "
    )
    assert f"                \x1b[33m{'^' * 36}\x1b[0m\n" in text


def excerpt(line: str, start: int, end: int, end_row: int = 1, cell: int | None = None) -> list[str]:
    """The source line and the caret line of a finding in a one-line file."""
    found = Diagnostic("KI101", "n", "m", Severity.ERROR, Confidence.CERTAIN, at("/a.py", 1, start, end, end_row, cell))
    return render("text", Report((found,)), view({"/a.py": f"{line}\n".encode()})).splitlines()[1:3]


@pytest.mark.parametrize(
    ("line", "span", "shown"),
    [
        ("\tm.predict(x)", (2, 14), ["1 |     m.predict(x)", "  |     ^^^^^^^^^^^^"]),
        ("日本 = m(x)", (6, 10), ["1 | 日本 = m(x)", "  |        ^^^^"]),
        ("m('é')", (1, 7), ["1 | m('é')", "  | ^^^^^^"]),
        ("m(x", (1, 99), ["1 | m(x", "  | ^^^"]),
        ("m(x", (4, 4), ["1 | m(x", "  |    ^"]),
        ("a\x1b[31m(x)", (1, 2), ["1 | a?[31m(x)", "  | ^"]),
    ],
    ids=["tab", "wide characters", "accents", "beyond the line", "behind the line", "no control characters"],
)
def test_the_caret_stands_under_the_call(line: str, span: tuple[int, int], shown: list[str]) -> None:
    assert excerpt(line, *span) == shown


def test_a_call_over_several_lines_is_marked_to_the_end_of_its_first() -> None:
    assert excerpt("y = m.predict(", 5, 2, end_row=3) == ["1 | y = m.predict(", "  |     ^^^^^^^^^^"]


def test_a_long_line_is_cut_around_the_call() -> None:
    line, caret = excerpt("a" * 300 + "m.predict(x)" + "b" * 300, 301, 313)
    assert len(line) == len("1 | ") + 160
    assert line[caret.index("^") : caret.rindex("^") + 1] == "m.predict(x)"
    assert (line[4], line[-1]) == ("…", "…")


def test_a_notebook_is_told_by_cell() -> None:
    notebook = {"cells": [{"cell_type": "markdown", "source": ""}, {"cell_type": "code", "source": "x\nm.predict(x)"}]}
    found = Diagnostic("KI101", "n", "m", Severity.ERROR, Confidence.CERTAIN, at("/work dir/a.ipynb", 2, 1, 13, cell=2))
    shown = render("text", Report((found,)), view({"/work dir/a.ipynb": json.dumps(notebook).encode()}))
    assert shown.splitlines()[:3] == [
        "a.ipynb:cell 2:2:1: KI101 n [error]: m",
        "2 | m.predict(x)",
        "  | ^^^^^^^^^^^^",
    ]


def test_a_file_that_cannot_be_read_has_no_excerpt_and_one_elsewhere_its_whole_name() -> None:
    found = Diagnostic("KI000", "n", "gone", Severity.ERROR, Confidence.CERTAIN, at("/else/gone.py", 1, 1, 2))
    assert render("text", Report((found,), checked=1), view()) == (
        "/else/gone.py:1:1: KI000 n [error]: gone\n\nFound 1 finding (1 error) in 1 of 1 file.\n"
    )


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (Report(checked=1), "No findings in 1 file.\n"),
        (
            Report(suppressed=(STEP,), known=(STEP, STEP), checked=3),
            "No findings in 3 files (1 suppressed, 2 in the baseline).\n",
        ),
    ],
)
def test_no_findings(report: Report, line: str) -> None:
    assert render("text", report, view()) == line


def test_empty_reports_need_no_view() -> None:
    assert {name: render_empty(name, Report()) for name in ("text", "concise", "json", "jsonl", "github", "sarif")} == {
        "text": "No findings in 0 files.\n",
        "concise": "",
        "json": "[]\n",
        "jsonl": "",
        "github": "",
        "sarif": None,
    }
    assert render_empty("json", Report((STEP,))) is None
