"""The keys of the settings: how each is written, what is allowed, what it is for; and the checks of their values.

Every error names the place, the key, the value and the way out. Nothing heavy is imported: this is on the way of every
run.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from lint_rules.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Values = Mapping[str, Any]
    """The checked values of some keys: lists and tables are tuples, paths absolute."""

TABLE = "keras-inference"
SETTINGS_NAMES = ("keras-inference.toml", "pyproject.toml")
"""The files that may hold settings, the stronger one of a folder first: the whole of the first is the table."""
VARIABLES = "KERAS_INFERENCE_"
"""How the names of the environment variables begin that set a key."""

DEFAULT_EXCLUDE = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".ipynb_checkpoints",
    ".keras_inference_cache",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "__pycache__",
    "__pypackages__",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)
"""Names that are not walked into. A folder that holds a `pyvenv.cfg` is passed over too, whatever its name."""

SEVERITIES = ("error", "warning", "info")
FAIL_ON = (*SEVERITIES, "never")
CONFIDENCES = ("certain", "likely")
BACKENDS = ("tensorflow", "jax", "torch")
FORMATS = ("text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "markdown")


class SettingsError(Exception):
    """The settings or the arguments cannot be used; the message names file, key, value and what is allowed."""


class Key(NamedTuple):
    """How one key is written: its `kind` (list, codes, table, severities, text, version, path, flag), what it is for,
    and what is allowed. `option` tells one that is about a whole run: of all settings, those of the current folder
    count."""

    kind: str
    help: str
    allowed: tuple[str, ...] = ()
    option: bool = False


KEYS: dict[str, Key] = {
    "extend": Key("path", "settings to start from: another keras-inference.toml or pyproject.toml"),
    "select": Key("codes", "the rules that run: codes, prefixes of codes, names, or ALL"),
    "extend-select": Key("codes", "rules that run besides those selected"),
    "ignore": Key("codes", "rules that do not run"),
    "rule-severity": Key("severities", "rules, each with the severity that its findings get", SEVERITIES),
    "fixable": Key("codes", "the rules whose fixes are offered and applied"),
    "unfixable": Key("codes", "rules whose fixes are neither offered nor applied"),
    "extend-safe-fixes": Key("codes", "rules whose unsafe fixes count as safe"),
    "extend-unsafe-fixes": Key("codes", "rules whose safe fixes count as unsafe"),
    "unsafe-fixes": Key("flag", "whether unsafe fixes count as fixes too", option=True),
    "per-file-ignores": Key("table", "patterns of files, each with the rules that do not run there"),
    "exclude": Key("list", "patterns of files and folders to skip; replaces the default ones"),
    "extend-exclude": Key("list", "patterns of files and folders to skip besides the default ones"),
    "min-confidence": Key("text", "how sure a finding must be", CONFIDENCES),
    "severity": Key("text", "the lowest severity that is shown", SEVERITIES),
    "model-factories": Key("list", "qualified names of functions that return a Keras model"),
    "model-attributes": Key("list", "qualified names of attributes that hold a Keras model"),
    "not-models": Key("list", "qualified names of classes and functions whose objects are no Keras models"),
    "step-functions": Key("list", "qualified names of functions that a loop you do not see calls once per step"),
    "traced-decorators": Key("list", "qualified names of decorators that trace the function, as tf.function does"),
    "keras-version": Key("version", 'the version of Keras that the code runs on, such as "3.15"'),
    "backend": Key("text", "the backend that Keras runs on", BACKENDS),
    "output-format": Key("text", "how findings are reported", FORMATS, option=True),
    "fail-on": Key("text", "the lowest severity that makes the exit code 1", FAIL_ON, option=True),
    "baseline": Key("path", "a file of known findings that are not reported again"),
    "cache-dir": Key("path", "the folder of the cache"),
}


def closest(word: str, known: Iterable[str]) -> str:
    """What follows a mistyped word: `; did you mean "..."?`, or a full stop where nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else "."


def check_selector(selector: str, where: str) -> str:
    """A selector as it is used: a code or a prefix of codes in capitals, or ALL.

    Raises:
        SettingsError: no rule has that code, prefix or name; `where` names file and key.
    """
    from pytest_keras_inference.vocabulary import TEXTS

    upper = selector.strip().upper()
    if upper in ("ALL", "KI") or (upper.startswith("KI") and any(code.startswith(upper) for code in TEXTS)):
        return upper
    for code, text in TEXTS.items():
        if text.name == selector.strip().lower():
            return code
    names = [text.name for text in TEXTS.values()]
    family = [code for code in TEXTS if code.startswith(upper[:3])] if upper.startswith("KI") else []
    hint = f"; {upper[:3]} has {', '.join(family)}." if family else closest(selector.lower(), names)
    raise SettingsError(
        f'{where}: unknown rule "{selector}"{hint} Allowed are codes (KI101), prefixes (KI2), names and ALL; '
        f"`keras-inference rule --all` lists them."
    )


_TABLES = {"table": ("patterns", '{"tests/*" = ["KI201"]}'), "severities": ("rules", '{KI201 = "error"}')}
_YES, _NO = ("1", "true", "yes", "on"), ("0", "false", "no", "off", "")


def checked_values(where: str, table: Mapping[str, Any], folder: str, sep: str = " ") -> dict[str, Any]:
    """The values of a table of settings; `where`, and `sep` before the key, name it in errors.

    Paths count from `folder`.

    Raises:
        SettingsError: a key is unknown, or a value is none of its key's.
    """
    values: dict[str, Any] = {}
    for key, value in table.items():
        spec = KEYS.get(key)
        if spec is None:
            raise SettingsError(f'{where}: unknown key "{key}"{closest(key, KEYS)} Known keys: {", ".join(KEYS)}.')
        values[key] = placed(spec, checked(f"{where}{sep}{key}", spec, value), folder)
    return values


def placed(spec: Key, value: Any, folder: str) -> Any:
    """A checked value, a path counted from a folder."""
    return os.path.normpath(os.path.join(folder, os.path.expanduser(value))) if spec.kind == "path" else value


def checked(where: str, spec: Key, value: Any) -> Any:
    """The value of a key, checked; lists become tuples."""
    name = where.rpartition(" ")[2]
    if spec.kind in ("list", "codes"):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            example = '["KI101"]' if spec.kind == "codes" else '["..."]'
            raise SettingsError(
                f"{where}: expected a list of strings, got {shown_value(value)}; write {name} = {example}"
            )
        return tuple(check_selector(item, where) for item in value) if spec.kind == "codes" else tuple(value)
    if spec.kind in ("table", "severities"):
        if not isinstance(value, dict):
            what, entry = _TABLES[spec.kind]
            raise SettingsError(
                f"{where}: expected a table of {what}, got {shown_value(value)}; write {name} = {entry}"
            )
        return tuple(_entry(where, spec, pair) for pair in value.items())
    if spec.kind == "flag":
        if not isinstance(value, bool):
            raise SettingsError(f"{where}: expected true or false, got {shown_value(value)}; write {name} = true")
        return value
    if not isinstance(value, str):
        raise SettingsError(f'{where}: expected a string, got {shown_value(value)}; write {name} = "..."')
    if spec.kind == "path" and "\0" in value:
        raise SettingsError(f'{where}: {value!a} holds a NUL character, which no path can; write {name} = "..."')
    if spec.allowed and value not in spec.allowed:
        allowed = ", ".join(f'"{word}"' for word in spec.allowed)
        raise SettingsError(f'{where}: "{value}" is not allowed{closest(value, spec.allowed)} Allowed: {allowed}.')
    if spec.kind == "version":
        parts = value.split(".")
        if not parts[0].isdigit() or not all(part.isalnum() for part in parts):
            raise SettingsError(f'{where}: "{value}" is not a version; write it as "3.15"')
    return value


def _entry(where: str, spec: Key, pair: tuple[str, Any]) -> tuple[str, Any]:
    """An entry of a table: a pattern with its rules, or a rule with its severity."""
    key, value = pair
    if spec.kind == "table":
        return key, checked(f'{where}."{key}"', Key("codes", ""), value)
    selector = check_selector(key, where)
    return selector, checked(f"{where}.{key}", Key("text", "", spec.allowed), value)


def read_text(where: str, spec: Key, text: str) -> Any:
    """The value that a text means where no TOML can be written: lists are parted by commas.

    Raises:
        SettingsError: it is no value of the key's.
    """
    if spec.kind in ("list", "codes"):
        return checked(where, spec, [part.strip() for part in text.split(",") if part.strip()])
    if spec.kind == "flag":
        word = text.strip().lower()
        return checked(where, spec, True if word in _YES else False if word in _NO else text)
    if spec.kind in ("table", "severities"):
        pairs = [part.partition("=")[::2] for part in text.split(",") if part.strip()]
        table = {key.strip(): value.strip() for key, value in pairs}
        return checked(where, spec, table if spec.kind == "severities" else text)
    return checked(where, spec, text)


def shown_value(value: Any) -> str:
    """A value as an error quotes it, with its type."""
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a table"}
    shown = str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else repr(value)
    return f"{shown} ({kinds.get(type(value), 'a date')})"
