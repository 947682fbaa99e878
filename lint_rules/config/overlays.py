"""What lies over the files of settings: environment variables, and `--config`.

`KERAS_INFERENCE_SELECT=KI1,KI2` sets `select` as `--config select=KI1,KI2` does; the option counts over the variable,
and both over the file. Where a value is written as TOML it is read so.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from lint_rules.config.keys import KEYS, VARIABLES, SettingsError, checked, closest, placed, read_text
from lint_rules.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lint_rules.config.keys import Values

_NOT_OVER_FILES = ("extend",)


class Overlays(NamedTuple):
    """A file that replaces all files of settings, if one is named, and the values that lie over it or them."""

    file: str | None
    layers: tuple[Values, ...]

    def path(self, key: str) -> str | None:
        """The path that the strongest layer gives a key."""
        named = [layer[key] for layer in self.layers if key in layer]
        return named[-1] if named else None


def overlays(options: Iterable[str], environment: Mapping[str, str], folder: str) -> Overlays:
    """What `--config` options and the environment say; paths count from a folder.

    Raises:
        SettingsError: a key is unknown, a value is none of its key's, or two files are named.
    """
    files = [environment[f"{VARIABLES}CONFIG"]] if environment.get(f"{VARIABLES}CONFIG") else []
    values: dict[str, Any] = {}
    named = []
    for option in options:
        key, equals, text = option.partition("=")
        if equals and not os.path.isfile(option):
            values |= _pair("--config", key.strip(), text, folder)
        else:
            named.append(option)
    if len(named) > 1:
        raise SettingsError(f"--config: {named[0]} and {named[1]} are two files of settings; name one")
    file = next(iter(named or files), None)
    layers = (_from_environment(environment, folder), values)
    return Overlays(None if file is None else os.path.normpath(os.path.join(folder, file)), tuple(filter(None, layers)))


def variable(key: str) -> str:
    """The environment variable that sets a key."""
    return VARIABLES + key.upper().replace("-", "_")


def _from_environment(environment: Mapping[str, str], folder: str) -> dict[str, Any]:
    """The values of the variables that name keys; what else begins so is somebody else's."""
    values: dict[str, Any] = {}
    for key, spec in KEYS.items():
        text = environment.get(variable(key))
        if text and key not in _NOT_OVER_FILES:
            values[key] = placed(spec, read_text(variable(key), spec, text), folder)
    return values


def _pair(where: str, key: str, text: str, folder: str) -> dict[str, Any]:
    """One `KEY=VALUE`."""
    known = [name for name in KEYS if name not in _NOT_OVER_FILES]
    if key not in known:
        raise SettingsError(f'{where}: unknown key "{key}"{closest(key, known)} Known keys: {", ".join(known)}.')
    spec, where = KEYS[key], f"{where} {key}"
    try:
        import tomllib

        value = checked(where, spec, tomllib.loads(f"value = {text}")["value"])
    except (ValueError, RecursionError):
        value = read_text(where, spec, text.strip())
    return {key: placed(spec, value, folder)}
