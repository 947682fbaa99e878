"""The JSON schema of the settings accepts what the command accepts, and the file in the documentation is up to date."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_rules.config.keys import KEYS, TABLE, SettingsError
from lint_rules.config.settings import read_settings
from lint_rules.config.settings_schema import own_schema, schema, text
from pytest_keras_inference.vocabulary import TEXTS

FILE = Path(__file__).parents[2] / "docs" / "settings.schema.json"
OWN = FILE.with_name("keras-inference.schema.json")
UPDATE_OWN = "python -m lint_rules.config.settings_schema --own > docs/keras-inference.schema.json"
UPDATE = "python -m lint_rules.config.settings_schema > docs/settings.schema.json"

RULES = ("ALL", "KI", "KI2", "KI20", "KI201", "KI9", "predict-per-sample", "predict-per-simple")
WORDS = st.sampled_from((*RULES, "error", "likely", "jax", "3.15", "3.x.", "tests/*", ""))
VALUES = st.one_of(
    WORDS, st.booleans(), st.integers(0, 3), st.lists(WORDS | st.integers(0, 3), max_size=2),
    st.dictionaries(WORDS, st.lists(WORDS, max_size=2) | WORDS, max_size=2),
)  # fmt: skip


def valid(table: object) -> bool:
    """Whether the schema accepts a table of settings."""
    validator = jsonschema.Draft7Validator(schema())
    return bool(validator.is_valid({"project": {"name": "x"}, "tool": {"other": 1, TABLE: table}}))


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value)


def accepted(table: dict[str, Any], folder: Path) -> bool:
    """Whether the command accepts it."""
    file = folder / "pyproject.toml"
    lines = [f"{key} = {toml(value)}" for key, value in table.items()]
    file.write_text("\n".join([f"[tool.{TABLE}]", *lines, ""]), encoding="utf-8")
    try:
        read_settings(str(file))
    except SettingsError:
        return False
    return True


def test_the_files_are_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == text(schema()), f"run: {UPDATE}"
    assert OWN.read_text(encoding="utf-8") == text(own_schema()), f"run: {UPDATE_OWN}"


def test_a_file_of_our_own_has_the_same_keys() -> None:
    validator = jsonschema.Draft7Validator(own_schema())
    assert validator.is_valid({"select": ["KI201"], "rule-severity": {"KI2": "error"}})
    assert not validator.is_valid({"tool": {TABLE: {}}})


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(schema())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of its own: a pyproject.toml further up would hold for other tests too."""
    return tmp_path_factory.mktemp("settings")


@given(table=st.dictionaries(st.sampled_from(sorted({*KEYS, "selekt"} - {"extend"})), VALUES, max_size=2))
def test_schema_and_command_accept_the_same(table: dict[str, Any], folder: Path) -> None:
    assert valid(table) == accepted(table, folder)


@pytest.mark.parametrize("code", TEXTS)
def test_every_rule_may_be_selected_by_code_and_by_name(code: str) -> None:
    assert valid({"select": [code, TEXTS[code].name]})


def test_every_key_is_described() -> None:
    table = schema()["properties"]["tool"]["properties"][TABLE]
    assert list(table["properties"]) == list(KEYS)
    assert all(entry["description"].endswith(".") for entry in table["properties"].values())
