"""What docs/terminal.md shows happens: the watch with its two screens, and standard input."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lint_rules.run.progress import DELAY

PROJECT = Path(__file__).parents[2]
PAGE = (PROJECT / "docs" / "terminal.md").read_text(encoding="utf-8")

Start = Callable[..., Any]


@pytest.fixture
def scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the page, in a folder of its own."""
    (text,) = re.findall(r'```python title="scores.py"\n(.*?)```', PAGE, re.DOTALL)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "scores.py"
    path.write_text(text, encoding="utf-8")
    return path


def shown(command: str) -> tuple[list[str], str]:
    """The arguments of the command of the page that begins so, and what the page shows below it."""
    ((rest, output),) = re.findall(rf"```console\n\$ {re.escape(command)}(.*)\n((?:.*\n)*?)```", PAGE)
    _, *arguments = f"{command}{rest}".partition("<")[0].split()
    return arguments, output


def at_any_time(text: str) -> str:
    return re.sub(r"\d\d:\d\d:\d\d", "00:00:00", text)


def test_the_watch_shows_one_report_and_then_the_other(scores: Path, start: Start) -> None:
    pytest.importorskip("watchfiles")
    arguments, first = shown("keras-inference check --watch")
    (second,) = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    run = start(*arguments, terminal=["stdout", "stderr"], columns=120, environment={"NO_COLOR": "1", "CI": "1"})
    for report in (first, second):
        run.until(re.escape("\x1b[2J\x1b[H"), "terminal")
        assert at_any_time(run.until("Ctrl-C ends\\.\n", "terminal")) == at_any_time(report)
        scores.write_text(scores.read_text(encoding="utf-8").replace(".numpy()", ""), encoding="utf-8")
    assert run.interrupt() == 130


def test_standard_input_is_the_file_that_it_is_said_to_be(scores: Path, start: Start) -> None:
    arguments, output = shown("keras-inference check - ")
    run = start(*arguments)
    run.type(scores.read_bytes())
    assert (run.end(), run.texts["stdout"], run.texts["stderr"]) == (1, output, "")


def test_the_extras_that_the_page_names_bring_what_is_needed() -> None:
    extras = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    named = re.findall(r"pytest-keras-inference\[(\w+)\]", PAGE)
    assert named == ["watch", "completion"]
    for extra, package in zip(named, ("watchfiles", "shtab"), strict=True):
        (need,) = extras[extra]
        assert need.startswith(package)
        assert need in extras["test"]


def test_the_page_says_when_progress_is_shown() -> None:
    assert DELAY == 0.5
    assert "more than half a second" in PAGE
