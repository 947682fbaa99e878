"""The linter as `--keras-lint` runs it: the command, once, in a process of its own.

This process belongs to the tests: it may hold a `lint_rules` of theirs, and nothing of what it has imported, or
changed, matters to the command.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from pytest_keras_inference.printable import printable

PROGRAM = Path(__file__).resolve().parents[2] / "keras_inference_command.py"
"""The command's own file, which stands beside this package."""
SETTINGS = ("keras-inference.toml", "pyproject.toml")
"""The files that may hold settings."""
COMMAND = (sys.executable, "-P", str(PROGRAM))
"""`-P`: neither the current folder nor that of the program is searched for what the linter imports."""
OPTIONS = ("check", "--no-cache", "--no-progress", "--output-format", "json", "--files-from", "-")
"""The cache stays out: who runs tests does not expect files in the project."""

Finding = dict[str, Any]
"""One object of the command's JSON report, which writes bytes of a name that are no UTF-8 as escapes."""


class LintRunError(Exception):
    """The command did not get as far as a report on a file; the message is its own."""


class Result(NamedTuple):
    """What the command came to: its findings by file, and what it said of errors, empty if there were none."""

    found: dict[str, list[Finding]]
    error: str


class LintRun:
    """The run over some files, made when the first of them is asked for."""

    def __init__(self, paths: Sequence[Path], shared: Path | None = None) -> None:
        """`shared` is a file in which other processes find, or leave, the result of a run over the same files."""
        self._paths = tuple(map(str, paths))
        self._shared = shared
        self._result: Result | None = None

    def findings(self, path: Path) -> list[Finding]:
        """The findings in one of the files.

        Raises:
            LintRunError: the command failed, on this file or before it came to any.
        """
        if self._result is None:
            self._result = _lint(self._paths) if self._shared is None else _shared(self._paths, self._shared)
        name, (found, error) = os.fsencode(path).decode("utf-8", "backslashreplace"), self._result
        if error and (_concerns(error, name) or not any(_concerns(error, each) for each in self._paths)):
            raise LintRunError("\n".join(map(printable, error.splitlines())))
        return found.get(name, [])


def _concerns(error: str, path: str) -> bool:
    """Whether an error names a file, or the settings that hold for it."""
    return path in error or any(
        f" {folder / settings}:" in error for folder in Path(path).parents for settings in SETTINGS
    )


def _lint(paths: Sequence[str]) -> Result:
    """Run the command."""
    done = subprocess.run(
        [*COMMAND, *OPTIONS],
        input=b"".join(os.fsencode(path) + b"\0" for path in paths),
        capture_output=True,
        check=False,
    )
    errors = done.stderr.decode("utf-8", "replace").strip()
    found: dict[str, list[Finding]] = {}
    try:
        for finding in json.loads(done.stdout):
            found.setdefault(finding["filename"], []).append(finding)
    except ValueError:
        return Result({}, errors or f"the linter ended with exit code {done.returncode} and without a report")
    return Result(found, errors if done.returncode not in (0, 1) else "")


def _shared(paths: Sequence[str], file: Path) -> Result:
    """The result that another process has left in a file, or is about to; else that of an own run, left there."""
    with _locked(file.with_suffix(".lock")) as alone:
        if file.exists():
            return Result(**json.loads(file.read_text("ascii")))
        result = _lint(paths)
        if alone:
            file.write_text(json.dumps(result._asdict()), "ascii")
        return result


@contextmanager
def _locked(file: Path) -> Iterator[bool]:
    """Hold a lock that ends with its process; where there are none of that kind, everyone works for themselves."""
    try:
        from fcntl import LOCK_EX, flock
    except ImportError:
        yield False
        return
    with file.open("w") as stream:
        flock(stream, LOCK_EX)
        yield True
