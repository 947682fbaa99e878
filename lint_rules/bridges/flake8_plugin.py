"""The plugin of flake8: findings of this linter among those of flake8, one file at a time with the project in view.

flake8 finds it by its entry point, `KI`. It has no options: `[tool.keras-inference]` holds, and flake8's own `select`,
`ignore` and `# noqa` count besides. https://flake8.pycqa.org/en/latest/plugin-development/index.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from typing import ClassVar

from lint_rules.api import Session
from lint_rules.config.keys import SettingsError
from pytest_keras_inference.printable import printable
from pytest_keras_inference.version import VERSION

Told = tuple[int, int, str, type]


class Plugin:
    """One file, as flake8 hands it out."""

    name: ClassVar[str] = "keras-inference"
    version: ClassVar[str] = VERSION

    def __init__(self, tree: ast.AST, filename: str, lines: Sequence[str]) -> None:
        """`tree` is what tells flake8 to call the plugin once a file; `lines` are those of a file or of stdin."""
        self._filename = filename
        self._text = "".join(lines)

    def run(self) -> Iterator[Told]:
        """(row from 1, column from 0, `CODE name: message`, this class) of every finding; KI000 for wrong settings."""
        try:
            found = _session().findings(self._filename, self._text)
        except SettingsError as error:
            yield 1, 0, f"KI000 unreadable-file: not judged: {printable(str(error))}", type(self)
            return
        for each in found:
            start = each.location.start
            yield start.row, start.column - 1, f"{each.code} {each.name}: {printable(each.message)}", type(self)


@cache
def _session() -> Session:
    """One for all files that this process of flake8 looks at."""
    return Session()
