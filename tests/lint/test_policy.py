"""What a team decides: how severe a rule is, which fixes count, where settings come from and what lies over them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lint_rules.cli import main
from lint_rules.config.discovery import File
from lint_rules.config.settings import Settings, SettingsFinder, may_fix, severity_of, trusted
from lint_rules.findings.diagnostics import Applicability, Confidence, Diagnostic, Fix, Location, Position, Severity
from lint_rules.run.selection import Candidate

Project = Callable[[dict[str, str]], Path]
Run = Callable[..., str]

HIT = "import keras\nm.predict(x)\nloss.eval()\n"
TABLE = "[tool.keras-inference]\n"

pytestmark = pytest.mark.usefixtures("plain_rules")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Check the current folder; `CODE severity [fix]` of every finding, or what was wrong."""

    def check(*arguments: str) -> str:
        code = main(["check", "--no-cache", "--output-format", "json", *arguments])
        out, err = capsys.readouterr()
        if code == 2:
            return err.removeprefix("keras-inference: error: ").strip()
        return ", ".join(
            f"{found['code']} {found['severity']}" + (f" {found['fix']['applicability']}" if found["fix"] else "")
            for found in json.loads(out)
        )

    return check


def candidate(**settings: Any) -> Candidate:
    return Candidate(File("/p/a.py"), Settings(root="/p", **settings))


def test_without_settings(project: Project, run: Run) -> None:
    project({"a.py": HIT})
    assert run() == "KI201 warning safe, KI101 error safe"


# Severity


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('{ KI201 = "error" }', "KI201 error safe, KI101 error safe"),
        ('{ predict-per-sample = "info" }', "KI101 error safe"),
        ('{ ALL = "warning", KI1 = "error" }', "KI201 warning safe, KI101 error safe"),
        ('{ KI2 = "error", KI201 = "warning" }', "KI201 warning safe, KI101 error safe"),
        ('{ KI203 = "error" }', "KI201 warning safe, KI101 error safe"),
    ],
)
def test_the_severity_of_a_rule(project: Project, run: Run, table: str, told: str) -> None:
    project({"a.py": HIT, "pyproject.toml": f"{TABLE}rule-severity = {table}"})
    assert run() == told


def test_a_rule_that_is_made_severe_is_shown(project: Project, run: Run) -> None:
    text = "import keras\nm.evaluate(x)\n"
    project({"a.py": text, "pyproject.toml": f"{TABLE}rule-severity = {{ KI203 = 'error' }}"})
    assert run() == "KI203 error safe"
    assert run("--isolated") == ""


def test_the_severity_of_what_the_engine_itself_tells(project: Project, run: Run) -> None:
    project(
        {
            "a.py": "import keras\nx = 1  # noqa: KI999\n",
            "pyproject.toml": f"{TABLE}rule-severity = {{ KI0 = 'error' }}",
        }
    )
    assert run() == "KI002 error"
    assert run("--isolated") == "KI002 warning"


@pytest.mark.parametrize(
    ("given", "own", "graded"),
    [
        ("error", "warning", "error"),
        ("error", "info", "info"),
        ("info", "warning", "info"),
        ("info", "error", "info"),
        ("error", "error", "error"),
        ("warning", "error", "error"),
    ],
)
def test_what_a_rule_takes_less_seriously_than_itself_stays_below(given: str, own: str, graded: str) -> None:
    place = Location("/p/a.py", Position(1, 1), Position(1, 2))
    found = Diagnostic("KI201", "n", "m", Severity(own), Confidence.CERTAIN, place)
    assert candidate(rule_severity=(("KI201", given),)).graded(found).severity == graded


def test_the_longest_beginning_of_a_code_grades_it() -> None:
    settings = Settings(rule_severity=(("ALL", "info"), ("KI2", "warning"), ("KI201", "error")))
    assert [severity_of(settings, code) for code in ("KI101", "KI202", "KI201")] == ["info", "warning", "error"]
    assert severity_of(Settings(), "KI201") is None


# Fixes


@pytest.mark.parametrize(
    ("table", "fixable"),
    [
        ({}, True),
        ({"fixable": ("KI4",)}, False),
        ({"fixable": ("KI2",)}, True),
        ({"unfixable": ("KI2",)}, False),
        ({"fixable": ("KI201",), "unfixable": ("KI2",)}, True),
        ({"fixable": ("KI2",), "unfixable": ("KI2",)}, False),
        ({"fixable": ()}, False),
    ],
)
def test_which_fixes_are_offered(table: dict[str, Any], fixable: bool) -> None:
    assert may_fix(Settings(**table), "KI201") is fixable


@pytest.mark.parametrize(
    ("safe", "unsafe", "trust"),
    [
        ((), (), None),
        (("KI2",), (), True),
        ((), ("KI201",), False),
        (("KI201",), ("KI2",), True),
        (("KI2",), ("KI2",), False),
    ],
)
def test_whether_a_fix_is_trusted(safe: tuple[str, ...], unsafe: tuple[str, ...], trust: bool | None) -> None:
    assert trusted(Settings(extend_safe_fixes=safe, extend_unsafe_fixes=unsafe), "KI201") is trust


def test_settings_decide_what_fix_applies(project: Project, run: Run) -> None:
    root = project({"a.py": HIT, "pyproject.toml": f"{TABLE}extend-unsafe-fixes = ['KI201']\nunfixable = ['KI1']"})
    assert run() == "KI201 warning unsafe, KI101 error"
    assert run("--fix") == "KI201 warning unsafe, KI101 error"
    (root / "pyproject.toml").write_text(f"{TABLE}extend-unsafe-fixes = ['KI201']\nunsafe-fixes = true", "utf-8")
    assert run("--fix", "--no-unsafe-fixes") == "KI201 warning unsafe"
    assert run("--fix") == ""
    assert (root / "a.py").read_text("utf-8") == "import keras\npass\npass\n"


def test_what_needs_its_authors_judgement_is_never_made_safe() -> None:
    shown = Fix(Applicability.DISPLAY, "m", ())
    assert candidate(extend_safe_fixes=("ALL",)).offered("KI201", shown) == shown


# Options of a run


def test_the_format_and_what_fails_are_settings_too(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = f"{TABLE}output-format = 'concise'\nfail-on = 'error'"
    root = project({"sub/a.py": "import keras\nm.predict(x)\n", "pyproject.toml": table})
    assert main(["check"]) == 0
    assert capsys.readouterr().out.replace("\\", "/").startswith("sub/a.py:2:1: KI201 ")
    assert main(["check", "--fail-on", "warning", "--output-format", "github"]) == 1
    assert capsys.readouterr().out.startswith("::warning ")
    assert main(["check", "--statistics", "--exit-zero"]) == 0
    assert capsys.readouterr().out == "1  KI201  predict-per-sample\n"
    monkeypatch.chdir(root / "sub")
    assert main(["check"]) == 0


# Where settings come from


def test_a_file_of_our_own_counts_before_pyproject(project: Project) -> None:
    root = project({"keras-inference.toml": "backend = 'jax'", "pyproject.toml": f"{TABLE}backend = 'torch'"})
    found = SettingsFinder().of_folder(str(root))
    assert (found.backend, found.root, found.file) == ("jax", str(root), str(root / "keras-inference.toml"))


def test_an_empty_file_of_our_own_marks_a_project(project: Project) -> None:
    root = project({"pyproject.toml": f"{TABLE}backend = 'torch'", "sub/keras-inference.toml": "", "sub/a.py": ""})
    own = root / "sub" / "keras-inference.toml"
    assert SettingsFinder().of_folder(str(own.parent)) == Settings(root=str(own.parent), file=str(own))


def test_a_mistake_in_a_file_of_our_own_names_it(project: Project, run: Run) -> None:
    root = project({"keras-inference.toml": "severity = 'high'", "a.py": HIT})
    assert run() == (
        f'{root / "keras-inference.toml"}: severity: "high" is not allowed. Allowed: "error", "warning", "info".'
    )
    project({"keras-inference.toml": "sevrity = 'high'"})
    assert run().startswith(f'{root / "keras-inference.toml"}: unknown key "sevrity"; did you mean "severity"?')


SHARED = "select = ['KI1']\nextend-exclude = ['gen']\nbackend = 'jax'\nbaseline = 'known.json'"
OWN = f"{TABLE}extend = '../shared/keras-inference.toml'\nextend-select = ['KI2']\nbackend = 'torch'"


def test_settings_may_start_from_others(project: Project) -> None:
    root = project({"shared/keras-inference.toml": SHARED, "app/pyproject.toml": OWN, "app/a.py": HIT})
    found = SettingsFinder().of_folder(str(root / "app"))
    assert (found.backend, found.root) == ("torch", str(root / "app"))
    assert found.exclude == (*Settings().exclude, "gen")
    assert found.baseline == str(root / "shared" / "known.json")
    assert [(layer.select, layer.extend_select) for layer in found.selections] == [(("KI1",), ()), (None, ("KI2",))]


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("../nowhere.toml", "is no file"),
        ("../other/pyproject.toml", "has no [tool.keras-inference]"),
        ("pyproject.toml", "is extended by itself"),
        ("../circle/pyproject.toml", "is extended by itself"),
    ],
)
def test_what_cannot_be_extended_is_told(project: Project, run: Run, target: str, why: str) -> None:
    project(
        {
            "app/pyproject.toml": f"{TABLE}extend = '{target}'",
            "app/a.py": HIT,
            "other/pyproject.toml": "[project]",
            "circle/pyproject.toml": f"{TABLE}extend = '../app/pyproject.toml'",
        }
    )
    assert re.fullmatch(rf".*pyproject\.toml: \[tool\.keras-inference\] extend: .* {re.escape(why)}", run("app"))


# What lies over the files


def test_a_file_instead_of_all_others(project: Project, run: Run) -> None:
    project({"a.py": HIT, "pyproject.toml": f"{TABLE}select = ['KI1']", "ci/strict.toml": "select = ['KI2']"})
    assert run() == "KI101 error safe"
    assert run("--config", "ci/strict.toml") == "KI201 warning safe"
    assert run("--isolated") == "KI201 warning safe, KI101 error safe"


def test_its_patterns_count_from_the_current_folder(project: Project, run: Run) -> None:
    project({"sub/a.py": HIT, "ci/strict.toml": "per-file-ignores = { 'sub/a.py' = ['KI2'] }"})
    assert run("--config", "ci/strict.toml") == "KI101 error safe"


@pytest.mark.parametrize(
    ("option", "told"),
    [
        ("select=KI1", "KI101 error safe"),
        ('select = ["KI1"]', "KI101 error safe"),
        ("severity=error", "KI101 error safe"),
        ('severity="error"', "KI101 error safe"),
        ("rule-severity=KI2=error,KI1=info", "KI201 error safe"),
        ('rule-severity={KI2="error"}', "KI201 error safe, KI101 error safe"),
        ("unfixable=KI1,KI2", "KI201 warning, KI101 error"),
        ("selct=KI1", '--config: unknown key "selct"; did you mean "select"? Known keys:'),
        ("severity=high", '--config severity: "high" is not allowed. Allowed: "error", "warning", "info".'),
        ("unsafe-fixes=perhaps", '--config unsafe-fixes: expected true or false, got "perhaps" (a string); write'),
        ("nowhere.toml", "--config "),
    ],
)
def test_one_key_over_the_files(project: Project, run: Run, option: str, told: str) -> None:
    project({"a.py": HIT, "pyproject.toml": f"{TABLE}severity = 'warning'"})
    assert run("--config", option).startswith(told)


def test_two_files_are_one_too_many(project: Project, run: Run) -> None:
    project({"a.py": HIT, "b.toml": "", "c.toml": ""})
    told = run("--config", "b.toml", "--config", "c.toml")
    assert told == "--config: b.toml and c.toml are two files of settings; name one"


def test_variables_lie_over_the_files_and_under_the_options(
    project: Project, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    project({"a.py": HIT, "pyproject.toml": f"{TABLE}select = ['KI1']"})
    monkeypatch.setenv("KERAS_INFERENCE_SELECT", "KI2,")
    monkeypatch.setenv("KERAS_INFERENCE_SOMETHING_ELSE", "x")
    assert run() == "KI201 warning safe"
    assert run("--config", "select=KI1") == "KI101 error safe"
    assert run("--select", "KI1") == "KI101 error safe"
    monkeypatch.setenv("KERAS_INFERENCE_SEVERITY", "loud")
    assert run() == 'KERAS_INFERENCE_SEVERITY: "loud" is not allowed. Allowed: "error", "warning", "info".'


def test_variables_for_a_file_and_for_the_cache(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    root = project({"a.py": "import keras\nm.predict(x)\n", "strict.toml": "select = ['KI2']\nfail-on = 'error'"})
    monkeypatch.setenv("KERAS_INFERENCE_CONFIG", "strict.toml")
    monkeypatch.setenv("KERAS_INFERENCE_CACHE_DIR", "kept")
    monkeypatch.setenv("KERAS_INFERENCE_OUTPUT_FORMAT", "concise")
    assert main(["check"]) == 0
    assert (root / "kept").is_dir()
