"""Every page about programs is followed: its files are written, its commands are run, and they say what it shows.

A block with a title is a file. In a console block a line that begins with `$ ` is a command, and what follows is all
that it writes. Numbers and times may differ; a line `...` stands for any lines, and `...` in
a line for any characters. Blocks of one page share a folder.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs" / "program").glob("*.md"))
_BLOCK = re.compile(r'^```(?P<kind>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```', re.MULTILINE | re.DOTALL)
_NUMBER = re.compile(r"[0-9][0-9,]*(?:\.[0-9]+)?(?:\s*(?:ms|s|KB|MB|GB)\b)?")
_NOISE = re.compile(r"^(?:[IWE]0000|WARNING: All log messages|[0-9-]+ [0-9:.]+: [IWE] )")


def commands(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a console block, each with the lines that it is to write."""
    parts = re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2].splitlines()) for part in parts]


def steady(line: str) -> str:
    return _NUMBER.sub("N", line).rstrip()


def shown_as(pattern: list[str], lines: list[str]) -> bool:
    """Whether the lines are those of the pattern, in which `...` stands for any."""
    if not pattern:
        return not lines
    if pattern[0] == "...":
        return any(shown_as(pattern[1:], lines[start:]) for start in range(len(lines) + 1))
    return bool(lines) and is_like(pattern[0], lines[0]) and shown_as(pattern[1:], lines[1:])


def is_like(pattern: str, line: str) -> bool:
    """Whether a line is that of the pattern, in which `...` stands for any characters, but not at its end."""
    parts = pattern.split("...") if not pattern.endswith("...") else [pattern]
    return re.fullmatch(".*".join(map(re.escape, parts)), line) is not None


def test_there_are_pages() -> None:
    assert {page.name for page in PAGES} >= {"run.md", "slow-loop.md", "none-gradients.md", "memory.md"}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page(page: Path, programs) -> None:
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["title"]:
            programs.write(block["title"], block["text"])
        elif block["kind"] == "console":
            for command, wanted in commands(block["text"]):
                lines = run(command, programs)
                assert shown_as([steady(line) for line in wanted], [steady(line) for line in lines]), "\n".join(lines)


def test_the_readme(programs) -> None:
    """The block of Python above the command is the program."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, after = readme.partition("```console\n$ keras-inference run play.py\n")
    programs.write("play.py", before.rpartition("```python\n")[2].partition("```")[0])
    wanted = [steady(line) for line in after.partition("```")[0].splitlines()]
    assert [steady(line) for line in run("keras-inference run play.py", programs)] == wanted


def run(command: str, programs) -> list[str]:
    """What a command writes, to both streams, but for what TensorFlow logs."""
    words = shlex.split(command)
    module = {"keras-inference": ["-m", "keras_inference_command"], "python": []}[words[0]]
    done = subprocess.run(
        [sys.executable, *module, *words[1:]],
        cwd=programs.folder,
        env=programs.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )
    return [line for line in done.stdout.splitlines() if not _NOISE.match(line)]
