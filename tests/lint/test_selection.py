"""What the settings of a file say: which rules run on it, and which of their findings are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from rule_modules import Written

from lint_rules.config.discovery import File
from lint_rules.config.settings import Selection, Settings, SettingsFinder
from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Position, Severity
from lint_rules.rules.base import Finding, Rule
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.run.selection import Candidate

PLACE = Location("/p/a.py", Position(1, 1), Position(1, 2))


def candidate(path: str = "/p/a.py", **values: Any) -> Candidate:
    return Candidate(File(path), Settings(root="/p", **values))


def found(code: str, severity: Severity, confidence: Confidence = Confidence.CERTAIN) -> Diagnostic:
    return Diagnostic(code, "n", "m", severity, confidence, PLACE)


def nothing(*_: object) -> Iterator[Finding]:
    return iter(())


@pytest.fixture
def catalogue(use_rules: Callable[..., None]) -> None:
    use_rules(
        Rule("KI101", frozenset({"GradientTape"}), written=Written("", nothing)),
        Rule("KI201", frozenset({"predict", "evaluate"}), written=Written("", nothing)),
        Rule("KI203", frozenset({"predict"}), worst=Severity.INFO, written=Written("", nothing)),
        Rule("KI204", frozenset({"predict"}), default=False, written=Written("", nothing)),
    )


# Which rules run


@pytest.mark.usefixtures("catalogue")
@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({}, ["KI101", "KI201", "KI203"]),
        ({"selections": (Selection(("KI2",)),)}, ["KI201", "KI203", "KI204"]),
        ({"selections": (Selection(ignore=("KI2",)), Selection(extend_select=("KI201",)))}, ["KI101", "KI201"]),
        ({"per_file_ignores": (("a.py", ("KI2",)),)}, ["KI101"]),
        ({"per_file_ignores": (("b.py", ("KI2",)), ("*.py", ("KI101",)))}, ["KI201", "KI203"]),
        ({"per_file_ignores": (("a.py", ("ALL",)),)}, []),
        ({"per_file_ignores": (("b.py", ("ALL",)),)}, ["KI101", "KI201", "KI203"]),
    ],
    ids=["default", "selected", "later layers win", "family", "several patterns", "all", "another file"],
)
def test_the_rules_of_a_file(values: dict[str, Any], codes: list[str]) -> None:
    assert [rule.code for rule in candidate(**values).rules] == codes
    assert candidate(**values).codes == set(codes)


def test_what_is_no_rule_of_the_catalogue() -> None:
    assert candidate().runs("KI000")
    assert not candidate(per_file_ignores=(("a.py", ("KI0",)),)).runs("KI000")
    assert not candidate().runs("KI001")
    assert candidate(selections=(Selection(extend_select=("KI001",)),)).runs("KI001")


@pytest.mark.usefixtures("catalogue")
def test_a_rule_needs_one_of_its_words_and_something_to_show() -> None:
    words = frozenset({"evaluate", "predict"})
    assert [rule.code for rule in candidate().triggered_by(words)] == ["KI201"]
    assert [rule.code for rule in candidate(severity="info").triggered_by(words)] == ["KI201", "KI203"]
    assert candidate().triggered_by(frozenset({"fit"})) == []


# What is shown


@pytest.mark.parametrize(
    ("values", "diagnostic", "shown"),
    [
        ({}, found("KI201", Severity.WARNING), True),
        ({}, found("KI201", Severity.INFO), False),
        ({"severity": "info"}, found("KI201", Severity.INFO), True),
        ({"severity": "error"}, found("KI201", Severity.WARNING), False),
        ({"selections": (Selection(("KI201",)),)}, found("KI201", Severity.INFO), True),
        ({"selections": (Selection(("KI2",)),)}, found("KI201", Severity.INFO), False),
        ({"min_confidence": "certain"}, found("KI201", Severity.ERROR, Confidence.LIKELY), False),
        ({"min_confidence": "certain"}, found("KI201", Severity.ERROR), True),
    ],
)
def test_what_is_shown(values: dict[str, Any], diagnostic: Diagnostic, shown: bool) -> None:
    assert candidate(**values).shows(diagnostic) is shown


# Once a file


def asked(root: Path, files: int, monkeypatch: pytest.MonkeyPatch) -> int:
    """How often a run over so many files asks for the settings that hold in their folder."""
    (root / "package").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[tool.keras-inference]\nper-file-ignores = { 'b.py' = ['ALL'] }\n")
    for number in range(files):
        text = "import keras\nkeras.Sequential([]).predict(x).numpy()  # noqa: KI201\n"
        (root / "package" / f"m{number}.py").write_text(text)
    count = 0
    inner = SettingsFinder.or_mistake

    def counted(finder: SettingsFinder, folder: str) -> Settings:
        nonlocal count
        count += folder == str(root / "package")
        return inner(finder, folder)

    with monkeypatch.context() as patch:
        patch.setattr(SettingsFinder, "or_mistake", counted)
        report = check(Request((str(root),), fixes=True))
    assert [each.code for each in report.diagnostics] == ["KI403"] * files
    return count


def test_the_settings_of_a_file_are_asked_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few, many = asked(tmp_path / "few", 2, monkeypatch), asked(tmp_path / "many", 9, monkeypatch)
    assert many - few == 7
