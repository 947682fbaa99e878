"""The pages that walk through something are walked through here: their files written, their commands run.

A fenced block with `title="NAME"` is a file; it is written when the page gets there. A `console` block is commands,
each after `$ `, and what they print. The linter's output has to be what the page shows, letter by letter; pytest's,
and the linter's where it tells what pytest measured, the same but for figures, spacing and the length of rules. A line
`...` stands for any lines.

`UPDATE_DOCS=1 python -m pytest tests/test_docs_walkthroughs.py` writes what the commands print now into the pages.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
UPDATE = os.environ.get("UPDATE_DOCS") == "1"
_BLOCK = re.compile(
    r'^```(?P<language>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL
)
_FIGURE = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?(?:\s*(?:ms|us|s|x)\b)?")
COMMANDS = {"keras-inference": "lint_rules", "pytest": "pytest"}


@dataclass(frozen=True)
class Step:
    """One thing that a page does: a file that it writes, or a command with what it prints."""

    line: int
    file: str | None
    text: str
    """The text of the file, or the output of the command, both with a line end at the end."""
    command: str = ""
    end: int = field(default=0, compare=False)
    """Where `text` ends in the page."""


def steps(page: str) -> list[Step]:
    """What a page does, in order."""
    found: list[Step] = []
    for block in _BLOCK.finditer(page):
        line = page.count("\n", 0, block.start()) + 2
        if block["title"]:
            found.append(Step(line, block["title"], block["text"]))
        elif block["language"] == "console":
            end = block.start("text")
            for part in re.split(r"^(?=\$ )", block["text"], flags=re.MULTILINE):
                command, _, output = part.partition("\n")
                end += len(part)
                if part:
                    found.append(Step(line, None, output, command.removeprefix("$ "), end))
    return found


def run(command: str, folder: Path) -> str:
    """What a command prints: the console commands of this project and pytest, run by this Python."""
    name, *arguments = shlex.split(command)
    extra = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist"] if name == "pytest" else []
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "COLUMNS": "80",
    }
    for variable in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "GITHUB_ACTIONS"):
        environment.pop(variable, None)
    done = subprocess.run(
        [sys.executable, "-m", COMMANDS[name], *extra, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode in (0, 1), f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + (done.stderr if name == "keras-inference" else "")


def plain(line: str) -> str:
    """A line without figures, spacing and the length of rules."""
    short = re.sub(r"([=_-])\1{3,}", r"\1\1\1", re.sub(r" \(\d+:\d\d:\d\d\)", "", line))
    return " ".join(_FIGURE.sub("#", short).split())


def first_difference(shown: str, printed: str, *, exact: bool) -> str | None:
    """The first line of the page that is not in the output where it should be; None where the page is right."""
    as_is = str.rstrip if exact else plain
    lines = [as_is(line) for line in printed.splitlines()]
    position, anywhere = 0, False
    for line in shown.splitlines():
        if line.strip() == "...":
            anywhere = True
            continue
        wanted = as_is(line)
        while anywhere and position < len(lines) and lines[position] != wanted:
            position += 1
        if position == len(lines) or lines[position] != wanted:
            return line
        position, anywhere = position + 1, False
    return None if anywhere or position == len(lines) else f"(the end; then came: {lines[position]})"


def is_exact(command: str) -> bool:
    """Whether a command prints the same whenever it is run."""
    return command.startswith("keras-inference") and "--observations" not in command


@pytest.mark.sampled(3)
@pytest.mark.parametrize("page", ["index", "quick-start", "tutorial", "plugin/observations"])
def test_what_the_page_shows_happens(page: str, tmp_path: Path) -> None:
    path = DOCS / f"{page}.md"
    text = path.read_text(encoding="utf-8")
    updates: list[tuple[Step, str]] = []
    for step in steps(text):
        if step.file:
            (tmp_path / step.file).write_text(step.text, encoding="utf-8")
            continue
        printed = run(step.command, tmp_path)
        difference = first_difference(step.text, printed, exact=is_exact(step.command))
        if difference is not None and UPDATE and "..." not in step.text.splitlines():
            updates.append((step, printed))
            continue
        where = f"{path.name}:{step.line}: $ {step.command}"
        assert difference is None, f"{where}\nnot as shown: {difference}\n\n{printed}"
    for step, printed in reversed(updates):
        text = text[: step.end - len(step.text)] + printed + text[step.end :]
    if updates:
        path.write_text(text, encoding="utf-8")


def test_a_page_is_read_as_files_and_commands() -> None:
    files = 'Text\n```python title="a.py"\nx = 1\n```\n```python\ny\n```\n'
    page = f"{files}\n```console\n$ pytest -q\n1 passed\n$ pytest\n```\n"
    assert steps(page) == [
        Step(3, "a.py", "x = 1\n"),
        Step(10, None, "1 passed\n", "pytest -q"),
        Step(10, None, "", "pytest"),
    ]


@pytest.mark.parametrize(
    ("shown", "exact", "difference"),
    [
        ("a\nb 1 s\nc\n", True, None),
        ("a\n...\nc\n", True, None),
        ("a\n...\n", True, None),
        ("a\nb 2 s\nc\n", True, "b 2 s"),
        ("a\nb  2.5 s\nc\n", False, None),
        ("a\nb 1 s\n", True, "(the end; then came: c)"),
        ("...\nc\nd\n", True, "d"),
    ],
)
def test_outputs_are_compared_in_order(shown: str, exact: bool, difference: str | None) -> None:
    assert first_difference(shown, "a\nb 1 s\nc\n", exact=exact) == difference
