"""On a terminal and off it: where there is colour, and what standard input can be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lint_rules.output.layout import cut, wrapped
from lint_rules.output.links import rule_url

Project = Callable[[dict[str, str]], Path]
Start = Callable[..., Any]

WRONG = """\
import keras
model = keras.models.load_model("model.keras")
model.predict([0]).numpy()
"""
HEAD = "a.py:3:1: KI403 [*] numpy-on-predict [error]: "
COLOURED = "\x1b[1ma.py:3:1\x1b[0m: \x1b[1;31mKI403\x1b[0m "


def without_links(text: str) -> str:
    return re.sub(r"\x1b\]8;;[^\x1b]*\x1b\\", "", text)


@pytest.mark.parametrize(
    ("terminal", "environment", "coloured"),
    [
        (["stdout"], {}, True),
        ([], {}, False),
        (["stderr"], {}, False),
        (["stdout"], {"NO_COLOR": "1"}, False),
        (["stdout"], {"NO_COLOR": ""}, True),
        (["stdout"], {"TERM": "dumb"}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": ""}, False),
        (["stdout"], {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (["stdout"], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colour_is_for_terminals_unless_the_environment_says_otherwise(
    project: Project, start: Start, terminal: list[str], environment: dict[str, str], coloured: bool
) -> None:
    project({"a.py": WRONG})
    run = start("check", "a.py", terminal=terminal, environment=environment)
    assert run.end() == 1
    text = run.texts["terminal" if "stdout" in terminal else "stdout"]
    assert without_links(text).startswith(COLOURED if coloured else HEAD)
    assert ("\x1b" in text) is coloured


@pytest.mark.parametrize("output_format", ["concise", "json", "sarif", "github"])
def test_what_machines_read_has_no_colour(project: Project, start: Start, output_format: str) -> None:
    project({"a.py": WRONG})
    run = start("check", "--output-format", output_format, environment={"FORCE_COLOR": "1"})
    assert run.end() == 1
    assert "KI403" in run.texts["stdout"]
    assert "\x1b" not in run.texts["stdout"]


def test_a_report_in_a_file_has_no_colour(project: Project, start: Start) -> None:
    root = project({"a.py": WRONG})
    run = start("check", "--output-file", "out.txt", terminal=["stdout"], environment={"FORCE_COLOR": "1"})
    assert (run.end(), run.texts["terminal"]) == (1, "")
    assert (root / "out.txt").read_text(encoding="utf-8").startswith(HEAD)


@pytest.mark.parametrize(("terminal", "coloured"), [("stderr", True), ("stdout", False)])
def test_what_is_left_of_standard_input_is_coloured_where_it_is_told(
    project: Project, start: Start, terminal: str, coloured: bool
) -> None:
    project({})
    run = start("check", "--fix", "--stdin-filename", "a.py", terminal=[terminal])
    run.type(WRONG)
    assert run.end() == 1
    told = run.texts["terminal" if terminal == "stderr" else "stderr"]
    assert "Fixed 1 finding in 1 file.\n" in told
    assert ("\x1b[1ma.py:3:1\x1b[0m: \x1b[1;33mKI404" in without_links(told)) is coloured
    assert ("\x1b" in told) is coloured


# Layout


SCORES = """\
import keras

model = keras.models.load_model("scores.keras")


def score_all(records):
    return [model.predict(record[None])[0] for record in records]


def nothing(x):
    return x
"""


def on_screen(start: Start, columns: int, *arguments: str, **environment: str) -> str:
    """What the command shows on a terminal of so many columns."""
    run = start("check", *arguments, terminal=["stdout"], columns=columns, environment=environment)
    run.end()
    text: str = run.texts["terminal"]
    return text


def unpainted(text: str) -> str:
    """A text without its colours and links."""
    return re.sub(r"\x1b\[[0-9;]*m|\x1b\]8;;[^\x1b]*\x1b\\", "", text)


def test_a_message_is_wrapped_by_word_and_the_lines_around_the_call_are_shown(project: Project, start: Start) -> None:
    project({"scores.py": SCORES})
    shown = unpainted(on_screen(start, 72, "--select", "KI201")).splitlines()
    assert shown[:8] == [
        "scores.py:7:13: KI201 predict-per-sample [warning]: predict() runs once",
        "  per sample of `for record in records`: 1,000 such calls cost 500-600",
        "  times one call for all on TensorFlow. Collect the samples and predict",
        "  them in one call.",
        "6 | def score_all(records):",
        "7 |     return [model.predict(record[None])[0] for record in records]",
        "  |             ^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "  = scores.py:7:12: in this loop: for record in records",
    ]
    assert max(map(len, shown)) <= 72


@pytest.mark.parametrize(("columns", "widest"), [(30, 40), (60, 60), (300, 200)])
def test_the_width_is_that_of_the_terminal_within_bounds(
    project: Project, start: Start, columns: int, widest: int
) -> None:
    long = SCORES.replace("in records]", f"in records]  # {'why ' * 80}")
    project({"s.py": long})
    shown = unpainted(on_screen(start, columns, "--select", "KI201")).splitlines()
    excerpt = next(line for line in shown if line.startswith("7 | "))
    assert (len(excerpt), excerpt[-1]) == (widest, "…")
    assert all(len(line) <= widest for line in shown[1:] if not line.startswith(("Found", "[*]")))


def test_off_a_terminal_nothing_is_wrapped(project: Project, start: Start) -> None:
    project({"scores.py": SCORES})
    run = start("check", "--select", "KI201", environment={"FORCE_COLOR": "1", "COLUMNS": "50"})
    run.end()
    first, second = unpainted(run.texts["stdout"]).splitlines()[:2]
    assert first.endswith("Collect the samples and predict them in one call.")
    assert second.startswith("7 |     return")
    assert "\x1b]8" not in run.texts["stdout"]


@pytest.mark.parametrize(
    ("environment", "links"),
    [({}, True), ({"FORCE_HYPERLINK": "0"}, False), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_names_lead_to_the_file_and_to_the_page(
    project: Project, start: Start, environment: dict[str, str], links: bool
) -> None:
    root = project({"scores.py": SCORES})
    shown = on_screen(start, 100, "--select", "KI201", **environment)
    file, page = (root / "scores.py").as_uri(), rule_url("predict-per-sample")
    assert (f"\x1b]8;;{file}\x1b\\scores.py:7:13\x1b]8;;\x1b\\" in shown) is links
    assert (f"\x1b]8;;{page}\x1b\\predict-per-sample\x1b]8;;\x1b\\ [warning]" in shown) is links


def test_a_diff_is_coloured(project: Project, start: Start) -> None:
    project({"a.py": WRONG})
    shown = on_screen(start, 80, "--diff")
    assert "\x1b[1m--- a.py\x1b[0m\n" in shown
    assert "\x1b[36m@@ " in shown
    assert "\x1b[31m-model.predict([0]).numpy()\x1b[0m\n\x1b[32m+model.predict([0])\x1b[0m\n" in shown


def test_one_line_for_each_finding_and_one_that_counts_them(project: Project, start: Start) -> None:
    project({"a.py": WRONG})
    shown = unpainted(on_screen(start, 60, "--output-format", "concise", "--select", "KI403"))
    assert shown == (
        "a.py:3:1: KI403 [*] predict() returns NumPy arrays, which have no .numpy(). Drop it.\n"
        "Found 1 finding (1 error) in 1 of 1 file.\n[*] 1 fixable with --fix.\n"
    )
    assert (
        unpainted(on_screen(start, 60, "--output-format", "concise", "--select", "KI1")) == "No findings in 1 file.\n"
    )


@pytest.mark.parametrize(
    ("text", "first", "lines"),
    [
        ("one two three", 0, ["one two", "  three"]),
        ("one two three", 5, ["one", "  two", "  three"]),
        ("one two three", 9, ["", "  one two", "  three"]),
        ("a-very-long-word b", 0, ["a-very-long-word", "  b"]),
        ("日本語 日本", 0, ["日本語", "  日本"]),
        ("", 0, [""]),
    ],
)
def test_words_are_kept_whole(text: str, first: int, lines: list[str]) -> None:
    assert wrapped(text, 9, first, 2).split("\n") == lines
    assert wrapped(text, None, first, 2) == text


def test_a_line_is_cut_around_what_is_marked() -> None:
    line = "a" * 50 + "m.predict(x)" + "b" * 50
    text, first, last = cut(line, 50, 62, 40)
    assert (len(text), text[0], text[-1], text[first:last]) == (40, "…", "…", "m.predict(x)")
    assert cut(line, 50, 62, 112) == (line, 50, 62)


# Standard input


@pytest.mark.parametrize(("arguments", "name"), [(["-"], "<stdin>"), (["-", "--stdin-filename", "b.py"], "b.py")])
def test_standard_input_through_a_pipe(project: Project, start: Start, arguments: list[str], name: str) -> None:
    project({})
    run = start("check", *arguments, "--output-format", "concise")
    run.type(WRONG)
    assert run.end() == 1
    assert run.texts["stdout"].startswith(f"{name}:3:1: KI403 ")
    assert run.texts["stderr"] == ""


def test_standard_input_typed_on_a_terminal_up_to_ctrl_d(project: Project, start: Start) -> None:
    project({})
    run = start("check", "-", "--output-format", "concise", terminal=["stdin"])
    run.type(f"{WRONG}\x04")
    assert run.end() == 1
    assert run.texts["stdout"].startswith("<stdin>:3:1: KI403 ")


def test_an_empty_standard_input_is_clean(project: Project, start: Start) -> None:
    project({})
    run = start("check", "-")
    run.type("")
    assert (run.end(), run.texts["stdout"]) == (0, "No findings in 1 file.\n")
