"""What the tests of the pipeline share: rules that are simple enough to see through."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from lint_rules.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    Edit,
    Fix,
    Severity,
    TraceStep,
)
from lint_rules.rules.base import Finding, Rule
from lint_rules.semantics.modules import Module
from lint_rules.semantics.project import Project

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
        f"Finds {word}.",
        lambda module, _project: finding(module, code, word, severity=severity, confidence=confidence),
        frozenset({word}),
        default,
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
        rule("KI101", "backward", Severity.ERROR),
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
