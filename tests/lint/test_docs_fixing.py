"""Everything that docs/fixing.md shows is run: its commands, in order, on its file, by the real command."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

from lint_rules.rules import registry

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "fixing.md"


def blocks() -> list[tuple[str, str]]:
    """(language, text) of every block of the page."""
    return re.findall(r"```(python|console)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def told(command: str, folder: Path) -> str:
    """What a command prints on both channels, in the order it does."""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1", "COLUMNS": "120"}
    line = command.replace("keras-inference", f"{sys.executable} -m lint_rules")
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode in (0, 1), done.stdout
    return done.stdout


def test_the_page_shows_what_the_command_does(tmp_path: Path) -> None:
    agent = tmp_path / "agent.py"
    shown = blocks()
    assert [language for language, _ in shown].count("console") == 7
    for language, text in shown:
        if language == "console":
            command, _, expected = text.removeprefix("$ ").partition("\n")
            assert told(command, tmp_path) == expected, command
        elif text.startswith("# agent.py, fixed\n"):
            assert agent.read_text() == text.partition("\n")[2]
        else:
            agent.write_text(text.partition("\n")[2])


def test_the_table_names_the_rules_that_have_fixes() -> None:
    rows = re.findall(r"^\| (KI[\dKI, ]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    named = [code for row in rows for code in row.split(", ")]
    fixing = [
        rule.code for rule in registry.RULES if "fix=" in inspect.getsource(inspect.getmodule(rule.check) or registry)
    ]
    assert named == fixing
