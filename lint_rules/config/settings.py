"""The settings that hold for a file: those of the nearest keras-inference.toml or pyproject.toml above it.

`Settings` is a NamedTuple rather than a dataclass and nothing heavy is imported at the top: this module is on the way
of every run, and importing `dataclasses` alone costs more than reading the settings.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from lint_rules.config.keys import (
    DEFAULT_EXCLUDE,
    SETTINGS_NAMES,
    TABLE,
    SettingsError,
    checked_values,
    shown_value,
)
from lint_rules.records import NamedTuple
from lint_rules.source.files import SETTINGS_BYTES, read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lint_rules.config.keys import Values


class Selection(NamedTuple):
    """One layer of rule selection. `select` None keeps what the layer below has; later layers win."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


class Settings(NamedTuple):
    """What a run follows. Paths are absolute; `root` is the folder of the file that says so, if any.

    `selections` are layers, the later ones (the command line) stronger. `per_file_ignores` maps patterns, relative to
    `root`, to selectors. `mistake` is what is wrong with a nearer file than `file`. What `Options` of the
    analysis wants has the same names here.
    """

    root: str | None = None
    file: str | None = None
    selections: tuple[Selection, ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    rule_severity: tuple[tuple[str, str], ...] = ()
    fixable: tuple[str, ...] = ("ALL",)
    unfixable: tuple[str, ...] = ()
    extend_safe_fixes: tuple[str, ...] = ()
    extend_unsafe_fixes: tuple[str, ...] = ()
    unsafe_fixes: bool = False
    min_confidence: str = "likely"
    severity: str = "warning"
    model_factories: tuple[str, ...] = ()
    model_attributes: tuple[str, ...] = ()
    not_models: tuple[str, ...] = ()
    step_functions: tuple[str, ...] = ()
    traced_decorators: tuple[str, ...] = ()
    keras_version: str | None = None
    backend: str | None = None
    output_format: str = "text"
    fail_on: str | None = None
    baseline: str | None = None
    cache_dir: str | None = None
    mistake: str | None = None


# Selecting rules


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


# Fixing and grading


def may_fix(settings: Settings, code: str) -> bool:
    """Whether the fixes of a rule are offered; the longer prefix wins, and `unfixable` between equals."""
    return _strength(settings.fixable, code) > _strength(settings.unfixable, code)


def trusted(settings: Settings, code: str) -> bool | None:
    """Whether the settings call the fixes of a rule safe (True) or unsafe (False); None: they say nothing of it."""
    safe, unsafe = _strength(settings.extend_safe_fixes, code), _strength(settings.extend_unsafe_fixes, code)
    return None if not safe and not unsafe else safe > unsafe


def severity_of(settings: Settings, code: str) -> str | None:
    """The severity that the settings give a rule, by the longest prefix that names it; None: its own."""
    named = [selector for selector, _ in settings.rule_severity if _strength([selector], code)]
    return dict(settings.rule_severity)[max(named, key=lambda selector: _strength([selector], code))] if named else None


# Reading


def read_settings(file: str) -> Settings | None:
    """The settings of one file, None for a pyproject.toml without `[tool.keras-inference]`.

    Raises:
        SettingsError: the file is no TOML, or a key or value of the table is wrong.
    """
    layers = _layers(file, ())
    if layers is None:
        return None
    file = os.path.abspath(file)
    settings = Settings(root=os.path.dirname(file), file=file)
    for values in layers:
        settings = with_values(settings, values)
    return settings


def with_values(settings: Settings, values: Values) -> Settings:
    """The settings with the values of some keys laid over: rules are selected on top, what extends is added."""
    fields = dict(values)
    fields.pop("extend", None)
    selection = Selection(fields.pop("select", None), fields.pop("extend-select", ()), fields.pop("ignore", ()))
    exclude = (*fields.pop("exclude", settings.exclude), *fields.pop("extend-exclude", ()))
    selections = settings.selections if selection == Selection() else (*settings.selections, selection)
    named = {key.replace("-", "_"): value for key, value in fields.items()}
    return settings._replace(selections=selections, exclude=exclude, **named)


def _layers(file: str, inner: tuple[str, ...]) -> list[Values] | None:
    """The tables that settings rest on, the one that is extended first; None where there is no table.

    `inner` are the files that this one is extended by.
    """
    table = _table(file)
    if table is None:
        return None
    folder = os.path.dirname(os.path.abspath(file))
    where, sep = (f"{file}: [tool.{TABLE}]", " ") if _is_pyproject(file) else (file, ": ")
    values = checked_values(where, table, folder, sep)
    if "extend" not in values:
        return [values]
    outer, where = values["extend"], f"{where}{sep}extend"
    if outer in (*inner, os.path.abspath(file)):
        raise SettingsError(f"{where}: {outer} is extended by itself")
    if not os.path.isfile(outer):
        raise SettingsError(f"{where}: {outer} is no file")
    below = _layers(outer, (*inner, os.path.abspath(file)))
    if below is None:
        raise SettingsError(f"{where}: {outer} has no [tool.{TABLE}]")
    return [*below, values]


def _is_pyproject(file: str) -> bool:
    return os.path.basename(file) == "pyproject.toml"


def _table(file: str) -> dict[str, Any] | None:
    """The table of settings in a file."""
    try:
        data = read_bytes(file, SETTINGS_BYTES)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be read: {error.strerror}") from error
    if _is_pyproject(file) and TABLE.encode() not in data:
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
    if not _is_pyproject(file):
        return document
    tool = document.get("tool")
    if not isinstance(tool, dict) or TABLE not in tool:
        return None
    table = tool[TABLE]
    if not isinstance(table, dict):
        raise SettingsError(f"{file}: [tool.{TABLE}]: expected a table, got {shown_value(table)}")
    return table


class SettingsFinder:
    """The settings of each folder: those of the nearest file that has some, under what the command line says.

    `override` lays what the command line says over the settings of a file. `mistakes` are those that have kept files
    from being checked; who walks through folders adds to them.
    """

    def __init__(self, override: Overrides | None = None) -> None:
        self.override = override or Overrides()
        self.mistakes: set[str] = set()
        self._known: dict[str, Settings] = {}
        self._default = self.override.over(Settings())
        self._everywhere = self._of_all_files()

    def _of_all_files(self) -> Settings | None:
        """The settings that hold everywhere, whatever files there are; None where the files count.

        Raises:
            SettingsError: the file that the command line names is wrong.
        """
        if self.override.config is None:
            return self._default if self.override.isolated else None
        if not os.path.isfile(self.override.config):
            raise SettingsError(f"--config {self.override.config}: no such file")
        found = read_settings(self.override.config)
        if found is None:
            raise SettingsError(f"--config {self.override.config}: has no [tool.{TABLE}]")
        # Its patterns count from the current folder, and the border of the project is where it would be without it.
        return self.override.over(found._replace(root=None))

    def of_folder(self, folder: str) -> Settings:
        """The settings that hold in a folder (an absolute path).

        Raises:
            SettingsError: the file that holds there is wrong.
        """
        settings = self.or_mistake(folder)
        if settings.mistake is not None:
            raise SettingsError(settings.mistake)
        return settings

    def or_mistake(self, folder: str) -> Settings:
        """The same, but where that file is wrong, the settings of the folder above with that `mistake`: wrong
        settings somewhere below must not end a run."""
        if self._everywhere is not None:
            return self._everywhere
        known = self._known.get(folder)
        if known is None:
            known = self._known[folder] = self._read(folder)
        return known

    def _read(self, folder: str) -> Settings:
        parent, mistake = os.path.dirname(folder), None
        for name in SETTINGS_NAMES:
            file = os.path.join(folder, name)
            if os.path.isfile(file):
                try:
                    found = read_settings(file)
                except SettingsError as error:
                    mistake = str(error)
                    break
                if found is not None:
                    return self.override.over(found)
        outer = self._default if parent == folder else self.or_mistake(parent)
        return outer if mistake is None else outer._replace(mistake=mistake)


class Overrides(NamedTuple):
    """What the command line sets; None or empty leaves what the file says.

    `config` is a file whose settings hold instead of those of all others, `isolated` passes over all. `below` lies over
    the file and under the rest: what the environment says, and `--config KEY=VALUE`.
    """

    selection: Selection | None = None
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    exclude: tuple[str, ...] | None = None
    extend_exclude: tuple[str, ...] = ()
    min_confidence: str | None = None
    severity: str | None = None
    baseline: str | None = None
    cache_dir: str | None = None
    config: str | None = None
    isolated: bool = False
    below: tuple[Values, ...] = ()

    def over(self, settings: Settings) -> Settings:
        """The settings with these laid over."""
        for values in self.below:
            settings = with_values(settings, values)
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
