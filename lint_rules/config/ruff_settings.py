"""Whether Ruff keeps its hands off our comments: what its settings say of codes that are not its own.

Ruff takes `# noqa: KI201` for a mistake (RUF100, RUF102) unless `lint.external` names the code or a beginning of it.
https://docs.astral.sh/ruff/settings/#lint_external
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from typing import Any

from lint_rules.source.files import SETTINGS_BYTES, read_bytes

NAMES = (".ruff.toml", "ruff.toml", "pyproject.toml")
"""In the order in which Ruff looks for them; a pyproject.toml counts if it has a `[tool.ruff]`."""

LINE = 'external = ["KI"]'


def unaware(files: Iterable[str]) -> list[str]:
    """The settings of Ruff that hold for some of these files and do not name our codes, sorted."""
    folders = {os.path.dirname(os.path.abspath(file)) for file in files}
    found = {settings for folder in folders if (settings := _nearest(folder)) is not None}
    return sorted(path for path in found if not _knows_us(path))


def _nearest(folder: str) -> str | None:
    """The settings of Ruff that hold in a folder."""
    while True:
        for name in NAMES:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and _table(path) is not None:
                return path
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _table(path: str) -> dict[str, Any] | None:
    """The settings of Ruff in one file, None where it has none that can be read."""
    try:
        document = tomllib.loads(read_bytes(path, SETTINGS_BYTES).decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
    if os.path.basename(path) == "pyproject.toml":
        tool = document.get("tool")
        document = tool.get("ruff") if isinstance(tool, dict) else None  # type: ignore[assignment]
    return document if isinstance(document, dict) else None


def _knows_us(path: str) -> bool:
    """Whether settings, or those that they extend, name the codes of ours; the inner ones replace the outer ones."""
    seen: set[str] = set()
    while path not in seen and (table := _table(path)) is not None:
        seen.add(path)
        lint = table.get("lint")
        external = (lint if isinstance(lint, dict) else {}).get("external", table.get("external"))
        if external is not None:
            return isinstance(external, list) and any(code in ("K", "KI") for code in external)
        extended = table.get("extend")
        if not isinstance(extended, str):
            return False
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.path.expanduser(os.path.expandvars(extended))))
    return False
