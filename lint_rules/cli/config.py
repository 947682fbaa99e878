"""`config`: list the keys of the settings, or explain one."""

from __future__ import annotations

import argparse
from typing import Any

from lint_rules.cli.exit_codes import CLEAN
from lint_rules.cli.printing import write
from lint_rules.config.keys import KEYS, SettingsError, closest
from lint_rules.config.overlays import variable
from lint_rules.config.settings import Settings

KINDS = {
    "codes": ("a list of rules", '["KI201"]'),
    "list": ("a list of strings", '["..."]'),
    "table": ("a table of patterns with rules", '{ "tests/*" = ["KI201"] }'),
    "severities": ("a table of rules with severities", '{ KI201 = "error" }'),
    "path": ("a path, from the folder of the file", '"..."'),
    "version": ("a version", '"3.15"'),
    "flag": ("true or false", "true"),
    "text": ("a string", '"..."'),
}
"""What a key of each kind takes, and how that is written."""


def run(arguments: argparse.Namespace) -> int:
    """Print what is asked for; the exit code.

    Raises:
        SettingsError: there is no such key.
    """
    key = arguments.key
    if key is not None and key not in KEYS:
        raise SettingsError(f'config: unknown key "{key}"{closest(key, KEYS)} `keras-inference config` lists them.')
    if arguments.output_format == "json":
        from lint_rules.output.json_text import to_json

        told = {name: as_object(name) for name in KEYS} if key is None else as_object(key)
        write(to_json(told, indent=2) + "\n", None, "json")
    else:
        write(listed() if key is None else explained(key), None)
    return CLEAN


def as_object(name: str) -> dict[str, Any]:
    """A key as plain data."""
    key = KEYS[name]
    kind, _ = KINDS[key.kind]
    default = Settings._field_defaults.get(name.replace("-", "_"))
    return {
        "description": key.help,
        "type": kind,
        "allowed": list(key.allowed),
        "default": list(default) if isinstance(default, tuple) else default,
        "variable": None if name == "extend" else variable(name),
    }


def listed() -> str:
    """One line for each key."""
    width = max(map(len, KEYS))
    return "".join(f"{name:<{width}}  {key.help}\n" for name, key in KEYS.items())


def explained(name: str) -> str:
    """What one key is for and how it is written."""
    from lint_rules.output.json_text import to_json

    key, about = KEYS[name], as_object(name)
    kind, example = KINDS[key.kind]
    example = to_json(key.allowed[0]) if key.allowed and key.kind == "text" else example
    lines = [f"{name}: {key.help}", "", f"Type: {kind}"]
    if key.allowed:
        lines.append(f"Allowed: {', '.join(key.allowed)}")
    if about["default"] not in (None, [], False):
        lines.append(f"Default: {to_json(about['default'])}")
    if about["variable"] is not None:
        lines.append(f"Variable: {about['variable']}")
    return "\n".join([*lines, "", "[tool.keras-inference]", f"{name} = {example}", ""])
