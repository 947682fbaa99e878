"""The progress bar: when it shows, what it shows, and that nothing is left of it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_rules.run.pipeline import check
from lint_rules.run.progress import DELAY, Bar, line
from lint_rules.run.request import Request

Project = Callable[[dict[str, str]], Path]
Start = Callable[..., Any]

WRONG = 'import keras\nmodel = keras.models.load_model("model.keras")\nmodel.predict([0]).numpy()\n'
AT_ONCE = "from lint_rules.run import progress; progress.DELAY = 0"


class Screen(io.StringIO):
    """A terminal that is 80 columns wide, because it does not say how wide it is."""

    def isatty(self) -> bool:
        return True


class Clock:
    """Stands still until it is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def seen(text: str) -> list[str]:
    """The lines of a terminal that was told this: what is written later stands over what was there."""
    lines = []
    for told in text.split("\n"):
        shown = ""
        for part in told.split("\r"):
            shown = part + shown[len(part) :]
        lines.append(shown.rstrip())
    return lines


# What the line says


def test_the_line_has_numbers_a_bar_and_a_name() -> None:
    assert line(0, 8, "a.py", 79) == "0/8 [                    ] a.py"
    assert line(12, 40, "models/agent.py", 79) == "12/40 [======              ] models/agent.py"
    assert line(7, 40, "a.py", 79) == " 7/40 [===                 ] a.py"


def test_a_narrow_terminal_has_no_bar_and_the_end_of_the_name() -> None:
    assert line(12, 40, "models/agent.py", 40) == "12/40 models/agent.py"
    assert line(12, 40, "models/agent.py", 17) == "12/40 ...agent.py"
    assert line(12, 40, "models/agent.py", 4) == "12/4"


def test_what_moves_the_cursor_is_not_shown() -> None:
    assert line(0, 1, "a\nb\x1b[2J.py", 79).endswith(" a?b?[2J.py")


@given(
    total=st.integers(1, 10**6),
    judged=st.floats(0, 1, exclude_max=True),
    name=st.text(max_size=200),
    width=st.integers(0, 300),
)
def test_the_line_fits(total: int, judged: float, name: str, width: int) -> None:
    text = line(int(total * judged), total, name, width)
    assert sum(1 if character.isascii() else 2 for character in text) <= width
    assert text.isprintable()


# When it shows


def test_a_short_run_shows_nothing() -> None:
    screen, clock = Screen(), Clock()
    with Bar(stream=screen, clock=clock) as bar:
        bar("a.py", 2)
        clock.now += DELAY - 0.01
        bar("b.py", 1)
    assert screen.getvalue() == ""


def test_a_long_run_shows_how_far_it_is_and_leaves_nothing(project: Project) -> None:
    root = project({})
    screen, clock = Screen(), Clock()
    with Bar(stream=screen, clock=clock) as bar:
        bar(str(root / "pkg/first_of_all.py"), 3)
        clock.now += DELAY
        bar(str(root / "pkg/second.py"), 2)
        assert seen(screen.getvalue()) == ["1/3 [======              ] pkg/second.py"]
        bar("/elsewhere/c.py", 1)
        assert seen(screen.getvalue()) == ["2/3 [=============       ] /elsewhere/c.py"]
        bar("d.py", 4)  # the first file of the next project
        assert seen(screen.getvalue()) == ["3/7 [========            ] d.py"]
    assert seen(screen.getvalue()) == [""]
    assert screen.getvalue().endswith("\r")


def test_nothing_is_left_of_it_when_the_run_fails() -> None:
    screen, clock = Screen(), Clock()

    def fail() -> None:
        with Bar(stream=screen, clock=clock) as bar:
            clock.now += DELAY
            bar("a.py", 1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert "0/1" in screen.getvalue()
    assert seen(screen.getvalue()) == [""]


# A run


def test_a_run_tells_of_every_file_that_it_judges(project: Project) -> None:
    root = project({"b.py": WRONG, "a.py": WRONG, "c.py": "x = 1\n"})
    told: list[tuple[str, int]] = []
    report = check(Request(paths=(".",)), lambda path, left: told.append((path, left)))
    assert told == [(str(root / "a.py"), 2), (str(root / "b.py"), 1)]
    assert report == check(Request(paths=(".",)))


# The command


def test_a_terminal_shows_it_above_nothing(project: Project, start: Start) -> None:
    project({"a.py": WRONG, "models/b.py": WRONG})
    both = ["stdout", "stderr"]
    plain = start("check", "--output-format", "concise", "--no-progress", terminal=both)
    assert plain.end() == 1
    run = start("check", "--output-format", "concise", before=AT_ONCE, terminal=both)
    assert run.end() == 1
    told = run.texts["terminal"]
    assert "\r0/2 [                    ] a.py" in told
    assert "\r1/2 [==========          ] models/b.py" in told
    assert seen(told) == seen(plain.texts["terminal"])


def test_it_fits_the_terminal(project: Project, start: Start) -> None:
    project({"a_folder_with_a_name/and_a_module_with_a_longer_one.py": WRONG})
    run = start("check", before=AT_ONCE, terminal=["stderr"], columns=40)
    assert run.end() == 1
    assert run.texts["terminal"].split("\r")[1] == "0/1 ...nd_a_module_with_a_longer_one.py"


def test_the_report_may_go_elsewhere_meanwhile(project: Project, start: Start) -> None:
    project({"a.py": WRONG})
    run = start("check", "--output-format", "jsonl", before=AT_ONCE, terminal=["stderr"])
    assert run.end() == 1
    assert "0/1" in run.texts["terminal"]
    assert seen(run.texts["terminal"]) == [""]
    assert run.texts["stdout"].startswith('{"')


@pytest.mark.parametrize(
    ("terminal", "arguments", "environment"),
    [
        ([], [], {}),
        (["stdout"], [], {}),
        (["stderr"], ["--no-progress"], {}),
        (["stderr"], [], {"CI": "true"}),
        (["stderr"], [], {"TERM": "dumb"}),
    ],
)
def test_it_is_shown_nowhere_else(
    project: Project, start: Start, terminal: list[str], arguments: list[str], environment: dict[str, str]
) -> None:
    project({"a.py": WRONG})
    run = start("check", *arguments, before=AT_ONCE, terminal=terminal, environment=environment)
    assert run.end() == 1
    assert "".join(run.texts.values()).count("KI403") == 1
    assert "0/1" not in "".join(run.texts.values())
    assert run.texts["terminal" if "stderr" in terminal else "stderr"] == ""
