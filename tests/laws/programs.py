"""All programs of the specification, collected from the tests of the rules, and what the linter finds in them.

A test of a rule hands its program to `judge` or `lines_of`. Here those are stand-ins that keep the program and end the
test there, so that what is collected are the very programs that the tests speak of.
"""

from __future__ import annotations

import importlib.util
import inspect
import itertools
import os
import sys
import tempfile
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

import lint_rules

EVERY_PROGRAM = os.environ.get("EVERY_PROGRAM", "").lower() in {"1", "true"}
TESTS = Path(__file__).parents[1] / "lint"


@dataclass(frozen=True, eq=False)
class Program:
    """The files of a program (name to text), and the test that it comes from."""

    name: str
    files: Mapping[str, str]

    def __str__(self) -> str:
        return self.name


Findings = Counter[tuple[str, str, str]]
"""How often there is a finding of (code, file, line as it is written)."""


class _CollectedError(Exception):
    def __init__(self, files: Mapping[str, str]) -> None:
        self.files = files


def collect() -> list[Program]:
    """Every program that the tests of the rules judge, each once."""
    found: dict[str, Program] = {}
    for path in sorted(TESTS.glob("test_rule_ki*.py")):
        for program in _programs_of(_load(path)):
            found.setdefault(repr(sorted(program.files.items())), program)
    return list(found.values())


@cache
def _load(path: Path) -> ModuleType:
    name = f"specification_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _programs_of(module: ModuleType) -> Iterator[Program]:
    files_of = _load(TESTS / "conftest.py").files_of

    def judge(code: str | Mapping[str, str], *_: object, **__: object) -> NoReturn:
        raise _CollectedError(files_of(code))

    def lines_of(_code: str, text: str, **files: str) -> NoReturn:
        texts = {"a.py": text} | {f"{name}.py": body for name, body in files.items()}
        raise _CollectedError({name: textwrap.dedent(body).lstrip("\n") for name, body in texts.items()})

    stand_ins = {"judge": judge, "lines_of": lines_of}
    for name, test in list(vars(module).items()):
        if not name.startswith("test_") or not inspect.isfunction(test):
            continue
        for number, arguments in enumerate(_cases(test)):
            needed = [parameter for parameter in inspect.signature(test).parameters if parameter not in arguments]
            if not needed or not set(needed) <= set(stand_ins):
                continue
            try:
                test(**arguments, **{parameter: stand_ins[parameter] for parameter in needed})
            except _CollectedError as collected:
                yield Program(f"{module.__name__.removeprefix('specification_')}::{name}[{number}]", collected.files)


def _cases(test: Any) -> Iterator[dict[str, Any]]:
    """The arguments of each case of a parametrised test, as pytest would give them."""
    tables = []
    for mark in getattr(test, "pytestmark", ()):
        if mark.name != "parametrize":
            continue
        names, rows = mark.args[:2]
        names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
        table = []
        for row in rows:
            values = getattr(row, "values", row) if type(row).__name__ == "ParameterSet" else row
            whole = len(names) == 1 and type(row).__name__ != "ParameterSet"
            table.append(dict(zip(names, [values] if whole else values, strict=True)))
        tables.append(table)
    for chosen in itertools.product(*tables):
        yield {name: value for arguments in chosen for name, value in arguments.items()}


# What the linter finds


def findings(
    files: Mapping[str, str], *, select: Sequence[str] | None = None, only: Sequence[str] | None = None
) -> Findings:
    """The findings in a folder that holds these files: of some rules or all, in some files (in this order) or all."""
    lines = {name: text.splitlines() for name, text in files.items()}
    return Counter(
        (code, name, lines[name][row - 1].strip()) for code, name, row in found_rows(files, select=select, only=only)
    )


def found_rows(
    files: Mapping[str, str], *, select: Sequence[str] | None = None, only: Sequence[str] | None = None
) -> list[tuple[str, str, int]]:
    """The code, file and row of each finding in a folder that holds these files."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"pyproject.toml": "", **files}.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        paths = [folder] if only is None else [Path(folder, name) for name in only]
        return [
            (each.code, Path(each.location.filename).relative_to(folder).as_posix(), each.location.start.row)
            for each in lint_rules.check_paths(paths, select=select)
        ]


@cache
def expected(program: Program) -> Findings:
    """What is found in a program as it is written."""
    return findings(program.files)
