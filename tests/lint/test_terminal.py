"""On a terminal and off it: where there is colour, and what standard input can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Project = Callable[[dict[str, str]], Path]
Start = Callable[..., Any]

WRONG = """\
import keras
model = keras.models.load_model("model.keras")
model.predict([0]).numpy()
"""
HEAD = "a.py:3:1: KI403 [*] numpy-on-predict [error]: "
COLOURED = "\x1b[1ma.py:3:1\x1b[0m: \x1b[1;31mKI403\x1b[0m "


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
    assert text.startswith(COLOURED if coloured else HEAD)
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
    assert ("\x1b[1ma.py:3:1\x1b[0m: \x1b[1;33mKI404" in told) is coloured
    assert ("\x1b" in told) is coloured


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
