"""The settings: `[tool.keras-inference]` of the nearest pyproject.toml, typed, every error with file, key and way out.

`Settings` is a NamedTuple rather than a dataclass and nothing heavy is imported at the top: this module is on the way
of every run, and importing `dataclasses` alone costs more than reading the settings.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from lint_rules.source.files import SETTINGS_BYTES, read_bytes
from pytest_keras_inference.vocabulary import TEXTS

TABLE = "keras-inference"
SETTINGS_NAMES = ("pyproject.toml",)
"""The files that may hold settings."""

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


class SettingsError(Exception):
    """The settings or the arguments cannot be used; the message names file, key, value and what is allowed."""


class Selection(NamedTuple):
    """One layer of rule selection. `select` None keeps what the layer below has; later layers win."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Settings(NamedTuple):
    """What a run follows. Paths are absolute; `root` is the folder of the pyproject.toml that says so, if any.

    `selections` are layers, the later ones (the command line) stronger. `per_file_ignores` maps patterns, relative to
    `root`, to selectors. `mistake` is what is wrong with a nearer pyproject.toml than `file`. What `Options` of the
    analysis wants has the same names here.
    """

    root: str | None = None
    file: str | None = None
    selections: tuple[Selection, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    min_confidence: str = "likely"
    severity: str = "warning"
    model_factories: tuple[str, ...] = ()
    model_attributes: tuple[str, ...] = ()
    not_models: tuple[str, ...] = ()
    step_functions: tuple[str, ...] = ()
    traced_decorators: tuple[str, ...] = ()
    keras_version: str | None = None
    backend: str | None = None
    baseline: str | None = None
    cache_dir: str | None = None
    mistake: str | None = None


class Key(NamedTuple):
    """How one key is written: its `kind` (list, codes, table, text, path), what is allowed, and what it is for."""

    kind: str
    help: str
    allowed: tuple[str, ...] = ()


KEYS: dict[str, Key] = {
    "select": Key("codes", "the rules that run: codes, prefixes of codes, names, or ALL"),
    "extend-select": Key("codes", "rules that run besides those selected"),
    "ignore": Key("codes", "rules that do not run"),
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
    "keras-version": Key("text", 'the version of Keras that the code runs on, such as "3.15"'),
    "backend": Key("text", "the backend that Keras runs on", BACKENDS),
    "baseline": Key("path", "a file of known findings that are not reported again"),
    "cache-dir": Key("path", "the folder of the cache"),
}


def closest(word: str, known: Iterable[str]) -> str:
    """What follows a mistyped word: `; did you mean "..."?`, or a full stop where nothing is near."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{near[0]}"?' if near else "."


# Selecting rules


def check_selector(selector: str, where: str) -> str:
    """A selector as it is used: a code or a prefix of codes in capitals, or ALL.

    Raises:
        SettingsError: no rule has that code, prefix or name; `where` names file and key.
    """
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


def _strength(selectors: Iterable[str], code: str) -> int:
    """How exactly the selectors name a code: 0 not at all, 1 by ALL, else the length of the longest prefix."""
    return max((1 if s == "ALL" else len(s) if code.startswith(s) else 0 for s in selectors), default=0)


def selected(settings: Settings, code: str, default: bool = True) -> bool:
    """Whether a rule runs; `default` is whether it does when nothing selects it.

    Within a layer the longer prefix wins, and ignoring wins between equals.
    """
    state = default and code != "KI001"
    for layer in settings.selections:
        chosen = _strength([*(layer.select or ()), *layer.extend_select], code)
        ignored = _strength(layer.ignore, code)
        if layer.select is not None or chosen or ignored:
            # The files that cannot be read are told whatever is selected, unless they are ignored by name.
            fallback = state if layer.select is None or code == "KI000" else False
            state = chosen > ignored if (chosen or ignored) else fallback
    return state


def asked_for(settings: Settings, code: str) -> bool:
    """Whether a rule is selected by its own code or name: then its `info` findings are shown whatever `severity`."""
    return any(code in (*(layer.select or ()), *layer.extend_select) for layer in settings.selections)


# Reading


def read_settings(file: str) -> Settings | None:
    """The settings of one pyproject.toml, None where it has no `[tool.keras-inference]`.

    Raises:
        SettingsError: the file is no TOML, or a key or value of the table is wrong.
    """
    try:
        data = read_bytes(file, SETTINGS_BYTES)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from error
    if TABLE.encode() not in data:
        return None
    import tomllib

    try:
        document = tomllib.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise SettingsError(f"{file}: not TOML that can be read: it nests too deeply") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: not TOML: {error}") from None
    except ValueError:
        raise SettingsError(f"{file}: not TOML that can be read: a number has too many digits") from None
    tool = document.get("tool")
    if not isinstance(tool, dict) or TABLE not in tool:
        return None
    table = tool[TABLE]
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: [tool.{TABLE}]: expected a table, got {_shown(table)}")
    return _settings(file, table)


def _settings(file: str, table: Mapping[str, Any]) -> Settings:
    where = f"{file}: [tool.{TABLE}]"
    root = os.path.dirname(os.path.abspath(file))
    values: dict[str, Any] = {}
    for key, value in table.items():
        spec = KEYS.get(key)
        if spec is None:
            raise SettingsError(f'{where}: unknown key "{key}"{closest(key, KEYS)} Known keys: {", ".join(KEYS)}.')
        values[key] = checked(f"{where} {key}", spec, value)
    selection = Selection(values.pop("select", None), values.pop("extend-select", ()), values.pop("ignore", ()))
    exclude = (*values.pop("exclude", DEFAULT_EXCLUDE), *values.pop("extend-exclude", ()))
    for key in ("baseline", "cache-dir"):
        if key in values:
            values[key] = os.path.normpath(os.path.join(root, values[key]))
    if version := values.get("keras-version"):
        parts = version.split(".")
        if not parts[0].isdigit() or not all(part.isalnum() for part in parts):
            raise SettingsError(f'{where} keras-version: "{version}" is not a version; write it as "3.15"')
    fields = {key.replace("-", "_"): value for key, value in values.items()}
    return Settings(root=root, file=file, selections=(selection,), exclude=exclude, **fields)


def checked(where: str, spec: Key, value: Any) -> Any:
    """The value of a key, checked; lists become tuples."""
    name = where.rsplit(" ", 1)[1]
    if spec.kind in ("list", "codes"):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            example = '["KI101"]' if spec.kind == "codes" else '["..."]'
            raise SettingsError(f"{where}: expected a list of strings, got {_shown(value)}; write {name} = {example}")
        return tuple(check_selector(item, where) for item in value) if spec.kind == "codes" else tuple(value)
    if spec.kind == "table":
        if not isinstance(value, dict):
            raise SettingsError(f"{where}: expected a table of patterns, got {_shown(value)}; write "
                                f'{name} = {{"tests/*" = ["KI201"]}}')  # fmt: skip
        codes = Key("codes", "")
        return tuple((pattern, checked(f'{where}."{pattern}"', codes, item)) for pattern, item in value.items())
    if not isinstance(value, str):
        raise SettingsError(f'{where}: expected a string, got {_shown(value)}; write {name} = "..."')
    if spec.kind == "path" and "\0" in value:
        raise SettingsError(f'{where}: {value!a} holds a NUL character, which no path can; write {name} = "..."')
    if spec.allowed and value not in spec.allowed:
        allowed = ", ".join(f'"{word}"' for word in spec.allowed)
        raise SettingsError(f'{where}: "{value}" is not allowed{closest(value, spec.allowed)} Allowed: {allowed}.')
    return value


def _shown(value: Any) -> str:
    kinds = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a table"}
    shown = str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else repr(value)
    return f"{shown} ({kinds.get(type(value), 'a date')})"


class SettingsFinder:
    """The settings of each folder: those of the nearest pyproject.toml that has the table, under the command line's.

    `override` lays what the command line says over the settings of a file. `mistakes` are those that have kept files
    from being checked; who walks through folders adds to them.
    """

    def __init__(self, override: Overrides | None = None) -> None:
        self.override = override or Overrides()
        self.mistakes: set[str] = set()
        self._known: dict[str, Settings] = {}
        self._default = self.override.over(Settings())

    def of_folder(self, folder: str) -> Settings:
        """The settings that hold in a folder (an absolute path).

        Raises:
            SettingsError: the pyproject.toml that holds there is wrong.
        """
        settings = self.or_mistake(folder)
        if settings.mistake is not None:
            raise SettingsError(settings.mistake)
        return settings

    def or_mistake(self, folder: str) -> Settings:
        """The same, but where the pyproject.toml is wrong, the settings of the folder above with that `mistake`: wrong
        settings somewhere below must not end a run."""
        known = self._known.get(folder)
        if known is None:
            known = self._known[folder] = self._read(folder)
        return known

    def _read(self, folder: str) -> Settings:
        file, parent = os.path.join(folder, "pyproject.toml"), os.path.dirname(folder)
        mistake = None
        if os.path.isfile(file):
            try:
                found = read_settings(file)
            except SettingsError as error:
                mistake = str(error)
            else:
                if found is not None:
                    return self.override.over(found)
        outer = self._default if parent == folder else self.or_mistake(parent)
        return outer if mistake is None else outer._replace(mistake=mistake)


class Overrides(NamedTuple):
    """What the command line sets; None or empty leaves what the file says."""

    selection: Selection | None = None
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    min_confidence: str | None = None
    severity: str | None = None
    baseline: str | None = None
    cache_dir: str | None = None

    def over(self, settings: Settings) -> Settings:
        """The settings with these laid over."""
        exclude = settings.exclude if self.exclude is None else self.exclude
        return settings._replace(
            selections=(*settings.selections, self.selection) if self.selection else settings.selections,
            per_file_ignores=(*settings.per_file_ignores, *self.per_file_ignores),
            exclude=(*exclude, *self.extend_exclude),
            min_confidence=self.min_confidence or settings.min_confidence,
            severity=self.severity or settings.severity,
            baseline=self.baseline or settings.baseline,
            cache_dir=self.cache_dir or settings.cache_dir,
        )
