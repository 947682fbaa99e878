"""The JSON schema of `[tool.keras-inference]`, for editors: completion, help and errors while one types.

Made from the keys of `lint_rules.config.keys`: what the schema accepts, the command does too (which also takes
codes in small letters). `python -m lint_rules.config.settings_schema` prints it; `docs/settings.schema.json` holds it.
With `--own` it is that of a keras-inference.toml, in `docs/keras-inference.schema.json`.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from lint_rules.config.keys import KEYS, TABLE, Key
from lint_rules.config.settings import Settings
from pytest_keras_inference.vocabulary import TEXTS

DRAFT = "http://json-schema.org/draft-07/schema#"
"""The draft that editors' TOML extensions and SchemaStore know."""


def schema() -> dict[str, Any]:
    """The schema of a whole pyproject.toml, since that is what editors ask for: of all else it says nothing."""
    return {
        "$schema": DRAFT,
        "title": f"pyproject.toml with [tool.{TABLE}]",
        "type": "object",
        "properties": {"tool": {"type": "object", "properties": {TABLE: _table(f"[tool.{TABLE}]")}}},
        "definitions": {"rules": _rules()},
    }


def own_schema() -> dict[str, Any]:
    """The schema of a keras-inference.toml, whose keys stand at the top."""
    return {"$schema": DRAFT, **_table(f"{TABLE}.toml"), "definitions": {"rules": _rules()}}


def _table(title: str) -> dict[str, Any]:
    return {
        "title": title,
        "description": "Settings of keras-inference, which finds wrong uses of model(x) and model.predict(x).",
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _property(name, key) for name, key in KEYS.items()},
    }


def text(schema: dict[str, Any]) -> str:
    """A schema as its file has it."""
    return json.dumps(schema, indent=2) + "\n"


def _property(name: str, key: Key) -> dict[str, Any]:
    shown: dict[str, Any] = {"description": f"{key.help[0].upper()}{key.help[1:]}."}
    rules = {"$ref": "#/definitions/rules"}
    if key.kind == "codes":
        return shown | {"type": "array", "items": rules} | _default(name)
    if key.kind == "list":
        return shown | {"type": "array", "items": {"type": "string"}} | _default(name)
    if key.kind == "table":
        return shown | {"type": "object", "additionalProperties": {"type": "array", "items": rules}}
    if key.kind == "severities":
        severities = {"enum": list(key.allowed)}
        return shown | {"type": "object", "propertyNames": rules, "additionalProperties": severities}
    if key.kind == "flag":
        return shown | {"type": "boolean", "default": False}
    shown |= {"type": "string"}
    if key.allowed:
        shown["enum"] = list(key.allowed)
    if key.kind == "version":
        shown["pattern"] = r"^[0-9]+(\.[0-9A-Za-z]+)*$"
    return shown | _default(name)


def _default(name: str) -> dict[str, Any]:
    """The default of a key, where there is one other than nothing."""
    value = Settings._field_defaults.get(name.replace("-", "_"))
    return {"default": list(value) if isinstance(value, tuple) else value} if value else {}


def _rules() -> dict[str, Any]:
    """What stands for one rule or several, in the usual spelling: a code, the beginning of one, a name, or ALL."""
    beginnings = sorted({code[:length] for code in TEXTS for length in range(2, len(code))})
    codes = [{"const": text.code, "description": f"{text.name}: {text.summary}"} for text in TEXTS.values()]
    names = [{"const": text.name, "description": f"{text.code}: {text.summary}"} for text in TEXTS.values()]
    return {"type": "string", "anyOf": [{"enum": ["ALL", *beginnings]}, *codes, *names]}


if __name__ == "__main__":
    print(text(own_schema() if "--own" in sys.argv else schema()), end="")
