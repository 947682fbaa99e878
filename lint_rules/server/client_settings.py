"""The settings that a person makes in the editor: like options of the command, they count over the project's."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from lint_rules.config.keys import KEYS, SettingsError, checked, closest
from lint_rules.config.settings import Overrides, Selection

SECTION = "keras-inference"
TAKEN = (
    "select",
    "extend-select",
    "ignore",
    "rule-severity",
    "fixable",
    "unfixable",
    "extend-safe-fixes",
    "extend-unsafe-fixes",
    "per-file-ignores",
    "exclude",
    "extend-exclude",
    "min-confidence",
    "severity",
    "baseline",
)
"""What an editor may set; the other keys say what the code means, and belong to the project."""
_WHERE = f"settings of the editor, {SECTION}"


def overrides(given: object, folder: str | None) -> Overrides:
    """What the settings of an editor lay over those of the project.

    `given` is an object with the keys of `[tool.keras-inference]`, written so or as `minConfidence`; null leaves what
    the project says. A path is relative to `folder`, the first one that the editor works in.

    Raises:
        SettingsError: a key is not known or belongs to the project, or a value is wrong.
    """
    if given is None:
        return Overrides()
    if not isinstance(given, Mapping):
        raise SettingsError(f"{_WHERE}: expected an object, got {given!r}")
    values: dict[str, Any] = {}
    for name, value in given.items():
        key = _dashed(str(name))
        if key not in TAKEN:
            hint = "; write it into pyproject.toml." if key in KEYS else closest(key, TAKEN)
            raise SettingsError(f'{_WHERE}: "{name}" cannot be set here{hint} What can: {", ".join(TAKEN)}.')
        if value is not None:
            values[key] = checked(f"{_WHERE} {key}", KEYS[key], value)
    if "baseline" in values:
        values["baseline"] = os.path.normpath(os.path.join(folder or os.getcwd(), values["baseline"]))
    chosen = Selection(values.pop("select", None), values.pop("extend-select", ()), values.pop("ignore", ()))
    named = {key: key.replace("-", "_") for key in values}
    fields = {name: values[key] for key, name in named.items() if name in Overrides._fields}
    others = {key: values[key] for key, name in named.items() if name not in Overrides._fields}
    selection = chosen if any(chosen) or chosen.select is not None else None
    return Overrides(selection=selection, below=(others,) if others else (), **fields)


def section(settings: object) -> object:
    """The section of ours in what an editor sends, which may be the section itself."""
    if isinstance(settings, Mapping) and SECTION in settings:
        return settings[SECTION]
    return settings


def _dashed(name: str) -> str:
    """`minConfidence` as `min-confidence`."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
