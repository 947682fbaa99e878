"""`[tool.keras-inference]`: what each key means, which file holds where, and what every mistake is answered with."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules.config.keys import DEFAULT_EXCLUDE, KEYS, SettingsError
from lint_rules.config.settings import (
    Overrides,
    Selection,
    Settings,
    SettingsFinder,
    asked_for,
    read_settings,
    selected,
)
from pytest_keras_inference.vocabulary import TEXTS

Project = Callable[[dict[str, str]], Path]


def settings(project: Project, table: str) -> Settings:
    root = project({"pyproject.toml": f"[tool.keras-inference]\n{table}\n"})
    found = read_settings(str(root / "pyproject.toml"))
    assert found is not None
    return found


def complaint(project: Project, table: str) -> str:
    with pytest.raises(SettingsError) as caught:
        settings(project, table)
    file = str(Path.cwd() / "pyproject.toml")
    assert str(caught.value).startswith(file + ": ")
    return str(caught.value).removeprefix(file + ": ")


def test_every_key_is_read(project: Project) -> None:
    found = settings(
        project,
        """
select = ["KI1", "predict-per-sample", "all"]
extend-select = ["KI203"]
ignore = ["KI104"]
per-file-ignores = { "tests/*" = ["KI2"] }
exclude = ["old"]
extend-exclude = ["gen/*.py"]
min-confidence = "certain"
severity = "info"
model-factories = ["zoo.make"]
model-attributes = ["app.Agent.net"]
not-models = ["app.Robot"]
step-functions = ["app.act"]
traced-decorators = ["app.traced"]
keras-version = "3.15"
backend = "jax"
baseline = "known.json"
cache-dir = "../cache"
""",
    )
    root = Path.cwd()
    assert found == Settings(
        root=str(root),
        file=str(root / "pyproject.toml"),
        selections=(Selection(("KI1", "KI201", "ALL"), ("KI203",), ("KI104",)),),
        per_file_ignores=(("tests/*", ("KI2",)),),
        exclude=("old", "gen/*.py"),
        min_confidence="certain",
        severity="info",
        model_factories=("zoo.make",),
        model_attributes=("app.Agent.net",),
        not_models=("app.Robot",),
        step_functions=("app.act",),
        traced_decorators=("app.traced",),
        keras_version="3.15",
        backend="jax",
        baseline=str(root / "known.json"),
        cache_dir=str(root.parent / "cache"),
    )


def test_extend_exclude_adds_to_the_default(project: Project) -> None:
    assert settings(project, 'extend-exclude = ["gen"]').exclude == (*DEFAULT_EXCLUDE, "gen")


# Mistakes


def test_an_unknown_key(project: Project) -> None:
    assert complaint(project, 'selct = ["KI101"]') == (
        f'[tool.keras-inference]: unknown key "selct"; did you mean "select"? Known keys: {", ".join(KEYS)}.'
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ('select = "KI101"', 'select: expected a list of strings, got "KI101" (a string); write select = ["KI101"]'),
        ("select = [101]", 'select: expected a list of strings, got [101] (a list); write select = ["KI101"]'),
        ("exclude = true", 'exclude: expected a list of strings, got true (a boolean); write exclude = ["..."]'),
        ("backend = 3", 'backend: expected a string, got 3 (a number); write backend = "..."'),
        (
            'backend = "tensorfow"',
            'backend: "tensorfow" is not allowed; did you mean "tensorflow"? Allowed: "tensorflow", "jax", "torch".',
        ),
        ('severity = "high"', 'severity: "high" is not allowed. Allowed: "error", "warning", "info".'),
        ('keras-version = "three"', 'keras-version: "three" is not a version; write it as "3.15"'),
        (
            'per-file-ignores = ["KI1"]',
            "per-file-ignores: expected a table of patterns, got ['KI1'] (a list); "
            'write per-file-ignores = {"tests/*" = ["KI201"]}',
        ),
        (
            'per-file-ignores = {"tests/*" = "KI1"}',
            'per-file-ignores."tests/*": expected a list of strings, got "KI1" (a string); '
            'write per-file-ignores."tests/*" = ["KI101"]',
        ),
        (
            'ignore = ["KI2012"]',
            'ignore: unknown rule "KI2012"; KI2 has KI201, KI202, KI203, KI204, KI205, KI206. Allowed are '
            "codes (KI101), prefixes (KI2), names and ALL; `keras-inference rule --all` lists them.",
        ),
        (
            'ignore = ["predict-per-simple"]',
            'ignore: unknown rule "predict-per-simple"; did you mean "predict-per-sample"? Allowed are codes (KI101), '
            "prefixes (KI2), names and ALL; `keras-inference rule --all` lists them.",
        ),
    ],
)
def test_a_wrong_value(project: Project, table: str, message: str) -> None:
    assert complaint(project, table) == f"[tool.keras-inference] {message}"


def test_a_table_that_is_none(project: Project) -> None:
    root = project({"pyproject.toml": '[tool]\nkeras-inference = "on"\n'})
    with pytest.raises(SettingsError, match=r'\[tool.keras-inference\]: expected a table, got "on" \(a string\)'):
        read_settings(str(root / "pyproject.toml"))


def test_a_file_that_is_no_toml(project: Project) -> None:
    assert complaint(project, "select = [").startswith("not TOML: ")


# Which file


def test_the_nearest_file_with_a_table_holds(project: Project) -> None:
    root = project(
        {
            "pyproject.toml": "[tool.keras-inference]\nbackend = 'jax'",
            "a/pyproject.toml": "[project]\nname = 'keras-inference-user'",
            "a/b/pyproject.toml": "[tool.keras-inference]\nbackend = 'torch'",
            "a/b/c/x.py": "",
        }
    )
    finder = SettingsFinder()
    assert [finder.of_folder(str(root / name)).backend for name in (".", "a", "a/b", "a/b/c")] == [
        "jax", "jax", "torch", "torch",
    ]  # fmt: skip


def test_no_file_means_the_defaults(project: Project) -> None:
    assert SettingsFinder().of_folder(str(project({}))) == Settings()


def test_the_command_line_lies_over_the_file(project: Project) -> None:
    root = project({"pyproject.toml": "[tool.keras-inference]\nselect=['KI1']\nseverity='info'\nexclude=['a']"})
    override = Overrides(selection=Selection(None, ("KI2",)), severity="error", extend_exclude=("b",))
    found = SettingsFinder(override).of_folder(str(root))
    assert (found.severity, found.exclude) == ("error", ("a", "b"))
    assert [code for code in TEXTS if selected(found, code)] == [
        "KI000", *(code for code in TEXTS if code.startswith(("KI1", "KI2")))
    ]  # fmt: skip


# Selecting


def picks(*layers: Selection) -> set[str]:
    """The codes out of five that run; KI302 stands for a rule that is off by default."""
    found = Settings(selections=layers)
    return {
        code for code in ("KI000", "KI001", "KI101", "KI201", "KI302") if selected(found, code, default=code != "KI302")
    }


def test_by_default_the_default_rules_run() -> None:
    assert picks() == {"KI000", "KI101", "KI201"}


@pytest.mark.parametrize(
    ("layer", "codes"),
    [
        (Selection(("KI1",)), {"KI000", "KI101"}),
        (Selection(("ALL",)), {"KI000", "KI001", "KI101", "KI201", "KI302"}),
        (Selection(()), {"KI000"}),
        (Selection(None, ("KI302", "KI001")), {"KI000", "KI001", "KI101", "KI201", "KI302"}),
        (Selection(None, (), ("KI1", "KI000")), {"KI201"}),
        (Selection(("KI",), (), ("KI2",)), {"KI000", "KI001", "KI101", "KI302"}),
        (Selection(("KI201",), (), ("KI",)), {"KI201"}),
        (Selection(("KI201",), (), ("KI201",)), {"KI000"}),
    ],
)
def test_the_longer_prefix_wins_and_ignoring_wins_between_equals(layer: Selection, codes: set[str]) -> None:
    assert picks(layer) == codes


def test_a_later_layer_that_selects_starts_afresh() -> None:
    assert picks(Selection(("KI1",), (), ("KI2",)), Selection(("KI2",))) == {"KI000", "KI201"}


def test_a_later_layer_that_extends_keeps_the_one_below() -> None:
    assert picks(Selection(("KI1",)), Selection(None, ("KI2",), ("KI101",))) == {"KI000", "KI201"}


def test_only_a_rule_named_in_full_is_asked_for() -> None:
    assert asked_for(Settings(selections=(Selection(("KI203",)),)), "KI203")
    assert not asked_for(Settings(selections=(Selection(("KI2", "ALL")),)), "KI203")


# Wrong settings somewhere below

WRONG = '[tool.keras-inference]\nseverity = "loud"\n'
FOUND = "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\nfor x in data:\n    y = m.predict(x[None])\n"


def checked(capsys: pytest.CaptureFixture[str], *paths: str) -> tuple[int, list[str], str]:
    """Exit code, the files with findings, standard error."""
    from lint_rules.cli import main

    code = main(["check", "--output-format", "concise", *paths])
    captured = capsys.readouterr()
    return code, [line.split(":")[0].replace(os.sep, "/") for line in captured.out.splitlines()], captured.err


def test_wrong_settings_that_hold_for_no_file_are_not_read(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project({"m.py": FOUND, "fixtures/pyproject.toml": WRONG, "fixtures/deep/data.txt": ""})
    assert checked(capsys, ".") == (1, ["m.py"], "")
    assert checked(capsys, "m.py") == (1, ["m.py"], "")


@pytest.mark.parametrize("paths", [["."], ["m.py"], ["m.py", "sub/a.py"]], ids=" ".join)
def test_wrong_settings_below_are_named_and_the_rest_is_checked(
    project: Project, capsys: pytest.CaptureFixture[str], paths: list[str]
) -> None:
    files = {"sub/pyproject.toml": WRONG, "sub/a.py": FOUND, "sub/deep/b.py": FOUND}
    root = project({"m.py": FOUND, ".git/HEAD": "", "pyproject.toml": "", **files})
    code, found, err = checked(capsys, *paths)
    assert (code, found, err.count("\n")) == (2, ["m.py"], 1)
    assert err.startswith(
        f'keras-inference: error: {root / "sub" / "pyproject.toml"}: [tool.keras-inference] severity: "loud"'
    )
    assert err.endswith("; the files that it holds for were not checked\n")


@pytest.mark.parametrize("path", ["sub", "sub/a.py", "sub/deep"])
def test_wrong_settings_of_all_that_is_named_end_the_run(
    project: Project, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    project({"sub/pyproject.toml": WRONG, "sub/a.py": FOUND, "sub/deep/b.py": FOUND})
    code, found, err = checked(capsys, path)
    assert (code, found, err.count("\n")) == (2, [], 1)
    assert "not checked" not in err


@pytest.mark.parametrize("option", ["--add-noqa", "--write-baseline", "--diff", "--exit-zero"])
def test_wrong_settings_are_told_whatever_becomes_of_the_findings(
    project: Project, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    project({"m.py": FOUND, "sub/pyproject.toml": WRONG, "sub/a.py": FOUND})
    code, _, err = checked(capsys, option, ".")
    assert code == 2
    assert "the files that it holds for were not checked" in err


def test_settings_below_wrong_ones_hold(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    own = {"sub/own/pyproject.toml": "[tool.keras-inference]\n", "sub/own/b.py": FOUND}
    project({"m.py": FOUND, "sub/pyproject.toml": WRONG, "sub/a.py": FOUND, **own})
    code, found, _ = checked(capsys, ".")
    assert (code, found) == (2, ["m.py", "sub/own/b.py"])
