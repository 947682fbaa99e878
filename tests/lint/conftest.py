"""What the tests share: rules that are simple enough to see through, and code whose findings stand beside its lines."""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from rule_modules import Written

import lint_rules
from lint_rules.findings.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    Edit,
    Fix,
    Severity,
    TraceStep,
)
from lint_rules.rules.base import Finding, Rule
from lint_rules.semantics.project.options import Options
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import call_sites
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.source.reader import read_source

if TYPE_CHECKING:
    from language_client import Editor

os.environ.setdefault("KERAS_INFERENCE_CACHE_KEY", "tests")  # tests write nothing into the user's own folder

Check = Callable[[Module, Project], Iterator[Finding]]


def finding(
    module: Module, code: str, word: str, *, severity: Severity, confidence: Confidence = Confidence.CERTAIN
) -> Iterator[Finding]:
    """A finding for every call of `word`, told at the call, with the statement as its trace."""
    for call in module.calls.get(word, []):
        place = module.location(call)

        def fix(place=place) -> Fix:  # type: ignore[no-untyped-def]
            return Fix(Applicability.SAFE, f"remove {word}", (Edit(place.start, place.end, "pass", place.cell),))

        yield Finding(
            Diagnostic(
                code,
                f"{word}-called",
                f"{word} is called",
                severity,
                confidence,
                place,
                (TraceStep(module.header(module.statement_of(call)), "in this statement"),),
                noqa_row=module.location(module.statement_of(call)).start.row,
                anchor=place.start,
            ),
            fix,
        )


def rule(
    code: str, word: str, severity: Severity, confidence: Confidence = Confidence.CERTAIN, default: bool = True
) -> Rule:
    """A rule that reports every call of a function or method called `word`."""
    return Rule(
        code,
        frozenset({word}),
        default=default,
        written=Written(
            f"Finds {word}.",
            lambda module, _project: finding(module, code, word, severity=severity, confidence=confidence),
        ),
    )


@pytest.fixture
def use_rules(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replace the registry by the given rules."""

    def use(*rules: Rule) -> None:
        registry = ModuleType("lint_rules.rules.registry")
        registry.RULES = rules  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, registry.__name__, registry)

    return use


@pytest.fixture
def plain_rules(use_rules: Callable[..., None]) -> None:
    """Four rules that look at the name of a call and nothing else."""
    use_rules(
        rule("KI101", "eval", Severity.ERROR),
        rule("KI201", "predict", Severity.WARNING),
        rule("KI202", "predict_on_batch", Severity.WARNING, Confidence.LIKELY),
        rule("KI203", "evaluate", Severity.INFO),
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], Path]:
    """Write files (name to text, dedented) into an empty folder and work there."""
    monkeypatch.chdir(tmp_path)

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def lines_of(project: Callable[[dict[str, str]], Path]) -> Callable[..., list[str]]:
    """The source lines (stripped) at which one rule has a finding of warning or error level in `a.py`."""

    def judge(code: str, text: str, **files: str) -> list[str]:
        from lint_rules import check_source

        text = textwrap.dedent(text).lstrip("\n")
        project({"pyproject.toml": "", "a.py": text} | {f"{name}.py": body for name, body in files.items()})
        found = check_source(text, "a.py", select=[code])
        lines = text.split("\n")
        return [lines[each.location.start.row - 1].strip() for each in found if each.severity is not Severity.INFO]

    return judge


# Code whose findings stand beside its lines

PRELUDE = """\
import keras
import numpy as np
import tensorflow as tf
model = keras.models.load_model("model.keras")
"""
MISUSE = ("KI101", "KI102", "KI104", "KI201", "KI202", "KI203", "KI204", "KI401", "KI402", "KI403")
_CODES = re.compile(r"#.*?\b(KI\d{3}(?:[ ,]+KI\d{3})*)")
_OK = re.compile(r"#.*\bok\b")

Files = str | Mapping[str, str]


def files_of(code: Files) -> dict[str, str]:
    """Name to text; a text on its own becomes `code.py` below the prelude, which makes `model`."""
    if isinstance(code, str):
        return {"code.py": PRELUDE + textwrap.dedent(code)}
    return {name: textwrap.dedent(text).lstrip("\n") for name, text in code.items()}


def marked(files: Mapping[str, str], mark: re.Pattern[str]) -> list[tuple[str, int, str]]:
    """(file, row, what the mark says) of every marked line, in order."""
    return sorted(
        (name, row, word)
        for name, text in files.items()
        for row, line in enumerate(text.splitlines(), 1)
        for found in mark.finditer(line)
        for word in (re.split(r"[ ,]+", found.group(1)) if found.groups() else [""])
    )


@pytest.fixture
def view(tmp_path: Path) -> Callable[[Files], Project]:
    """Write code into an empty folder and look at it as a project."""

    def look(code: Files) -> Project:
        for name, text in files_of(code).items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        paths = sorted(tmp_path.rglob("*.py"))
        return Project(tmp_path, paths, lambda path: read_source(path, path.read_bytes()), Options())

    return look


@pytest.fixture
def judge(tmp_path: Path, view: Callable[[Files], Project]) -> Callable[..., list[Diagnostic]]:
    """Check code and compare with the marks on its lines: `# KI201` where that code is reported, and nowhere else.

    `# ok` marks a line that holds a predict call of a Keras model which no rule may report: the test then knows that
    the silence is not one about the receiver. The findings are returned, for what else there is to say of them.
    """

    def run(code: Files, select: tuple[str, ...] = MISUSE) -> list[Diagnostic]:
        files = files_of(code)
        project = view(code)
        seen = {
            (str(path.relative_to(tmp_path)), site.call.lineno)
            for path in project.files
            if (module := project.try_module(path)) is not None
            for site in call_sites(module, project)
        }
        fine = [(name, row) for name, row, _ in marked(files, _OK)]
        assert [place for place in fine if place not in seen] == [], "a line marked ok holds no call of a Keras model"
        found = lint_rules.check_paths([tmp_path], select=select)
        told = sorted(
            (str(Path(d.location.filename).relative_to(tmp_path)), d.location.start.row, d.code) for d in found
        )
        assert told == [mark for mark in marked(files, _CODES) if mark[2] in select]
        return found

    return run


# The real command, in a process of its own

PATIENCE = 60.0
"""Seconds to wait for what is sure to come; only a failing test ever waits so long."""


class Running:
    """A started command. What is on a `terminal` is read as one text, `terminal`; the other streams are pipes.

    What the terminal is told is kept as it came, with carriage returns and escape codes.
    """

    def __init__(
        self,
        *arguments: str,
        terminal: Collection[str] = (),
        columns: int = 80,
        before: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.texts = {"stdout": "", "stderr": "", "terminal": ""}
        self._told = dict.fromkeys(self.texts, 0)
        self._news = threading.Condition()
        way = ["-c", f"{before}\nfrom lint_rules.cli import main\nraise SystemExit(main())"] if before else []
        self._master = None
        pipes: dict[str, int] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        if terminal:
            pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
            self._master, slave = pty.openpty()
            termios.tcsetwinsize(slave, (24, columns))
            pipes.update(dict.fromkeys(terminal, slave))
        self.process = subprocess.Popen(
            [sys.executable, *(way or ["-m", "lint_rules"]), *arguments],
            env={"PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm", **(environment or {})},
            **pipes,  # type: ignore[call-overload]
            # Whoever started the tests may have told them to ignore interrupts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        sources = {"stdout": self.process.stdout, "stderr": self.process.stderr}
        read = {name: pipe.fileno() for name, pipe in sources.items() if pipe is not None}
        if self._master is not None:
            os.close(slave)
            read["terminal"] = self._master
        self._readers = [threading.Thread(target=self._read, args=each, daemon=True) for each in read.items()]
        for reader in self._readers:
            reader.start()

    def _read(self, stream: str, file: int) -> None:
        while True:
            try:
                data = os.read(file, 65536)
            except OSError:  # how a terminal ends
                return
            if not data:
                return
            with self._news:
                self.texts[stream] += data.decode("utf-8", "replace").replace("\r\n", "\n")
                self._news.notify_all()

    def until(self, pattern: str, stream: str = "stdout") -> str:
        """Wait until a stream shows this; what it told since the last time, up to the end of what was waited for."""

        def shown() -> re.Match[str] | None:
            return re.compile(pattern).search(self.texts[stream], self._told[stream])

        with self._news:
            assert self._news.wait_for(shown, PATIENCE), f"{pattern!r} is not in {self.texts}"
            found = shown()
            assert found is not None
            start, self._told[stream] = self._told[stream], found.end()
            return self.texts[stream][start : found.end()]

    def type(self, text: str | bytes) -> None:
        """Send this to standard input, and say on a pipe that it was all."""
        data = text if isinstance(text, bytes) else text.encode()
        if self.process.stdin is None:
            assert self._master is not None
            os.write(self._master, data)
        else:
            self.process.stdin.write(data)
            self.process.stdin.close()

    def interrupt(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """Wait for the end; the exit code. All that was told has been read then."""
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        return code

    def close(self) -> None:
        """Leave nothing behind, whatever became of the test."""
        self.process.kill()
        self.end()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        if self._master is not None:
            os.close(self._master)


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Start the command as `Running` says; it is ended with the test."""
    running: list[Running] = []

    def begin(*arguments: str, **options: object) -> Running:
        running.append(Running(*arguments, **options))  # type: ignore[arg-type]
        return running[-1]

    yield begin
    for each in running:
        each.close()


# What a test run saw


@pytest.fixture
def place_of() -> Callable[..., dict[str, Any]]:
    """The call in a row of a file of this folder as a run records it: 20 calls with one row each, 2 s.

    `found` are the codes of what the run found wrong there; other keywords replace what differs.
    """

    def record(name: str, row: int, *, found: tuple[str, ...] = (), **more: Any) -> dict[str, Any]:
        file = Path(name).absolute()
        text = file.read_text(encoding="utf-8")
        call = next(
            node
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.lineno == row
        )
        end_row, end_column = call.end_lineno or row, call.end_col_offset or 0
        lines = text.splitlines()[row - 1 : end_row]
        findings = [
            {"code": code, "message": "seen so", "instead": "do better", "speedup": None, "allowed": False}
            for code in found
        ]
        return {
            "filename": str(file),
            "path": name,
            "location": {"row": row, "column": call.col_offset + 1},
            "end_location": {"row": end_row, "column": end_column + 1},
            "function": "module level",
            "line": lines[0].rstrip(),
            "code": textwrap.dedent("\n".join(lines)).rstrip(),
            "calls": 20,
            "min_rows": 1,
            "max_rows": 1,
            "seconds": 2.0,
            "tests": ["test_a.py::test_one"],
            "findings": findings,
            **more,
        }

    return record


@pytest.fixture
def write_run() -> Callable[..., None]:
    """Write places to `seen.json` as a run in this folder would have; `root` is another folder that it was in."""

    def write(*places: dict[str, Any], root: str | None = None) -> None:
        document = {
            "version": 1,
            "tool": "pytest-keras-inference",
            "root": Path.cwd().as_posix() if root is None else root,
            "observations": list(places),
        }
        Path("seen.json").write_text(json.dumps(document), encoding="utf-8")

    return write


@pytest.fixture
def edit(tmp_path: Path) -> Iterator[Callable[..., Editor]]:
    """Start an editor on files (name to text); none of its servers outlives the test."""
    from language_client import Editor

    editors = []

    def start(files: dict[str, str], capabilities: dict[str, Any] | None = None, **options: bool) -> Editor:
        for name, text in files.items():
            (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
        editors.append(Editor(tmp_path, capabilities, **options))
        return editors[-1]

    yield start
    for editor in editors:
        editor.process.kill()
        editor.process.wait()
        for stream in (editor.process.stdin, editor.process.stderr):
            assert stream is not None
            stream.close()
