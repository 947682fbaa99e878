"""What an output needs besides the findings: source lines, names as the reader sees them, colour or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lint_rules.findings.diagnostics import Location
from lint_rules.records import dataclass, field
from lint_rules.source.files import read_source_bytes, working_folder
from lint_rules.source.reader import read_source
from lint_rules.source.text import Source, UnreadableSource
from pytest_keras_inference.printable import printable

STYLES = {"bold": "1", "red": "31", "yellow": "33", "blue": "34", "cyan": "36", "dim": "2"}


@dataclass(frozen=True)
class View:
    """How a report is looked at.

    `cwd` is what names are shown relative to, and `root` what services are told them relative to (None: the same), the
    top of the repository. `texts` holds the bytes of files that are not on disk, by name. `width` is that of the
    terminal in columns (None: there is none), and `links` tells whether it takes hyperlinks. `unsafe_fixes` tells
    whether unsafe fixes count as fixes that will be applied.
    """

    cwd: str = field(default_factory=working_folder)
    root: str | None = None
    colour: bool = False
    width: int | None = None
    links: bool = False
    texts: Mapping[str, bytes] = field(default_factory=dict)
    unsafe_fixes: bool = False
    _rows: dict[str, dict[tuple[int, int], int]] = field(default_factory=dict, repr=False)
    _sources: dict[str, tuple[Source, list[str]] | None] = field(default_factory=dict, repr=False)

    def name(self, filename: str) -> str:
        """A file as the reader would type it: relative below the working directory, else absolute."""
        return _relative(filename, self.cwd)

    def uri(self, filename: str) -> str:
        """As `name`, with slashes whatever the system, for formats that machines read."""
        return readable(self.name(filename).replace(os.sep, "/"))

    @property
    def top(self) -> str:
        """The folder that services are told names relative to."""
        return self.cwd if self.root is None else self.root

    def repository_name(self, filename: str) -> str:
        """A file as services know it: relative below the top of the repository, else absolute; with slashes."""
        return _relative(filename, self.top).replace(os.sep, "/")

    def file_row(self, location: Location, row: int) -> int:
        """The row of the file itself; in a notebook that is a row of its JSON text, 1 where it cannot be told."""
        if location.cell is None:
            return row
        filename = location.filename
        if filename not in self._rows:
            from lint_rules.source.notebook_rows import file_rows

            try:
                data = self.texts.get(filename) or read_source_bytes(filename)
            except OSError:
                data = b""
            self._rows[filename] = file_rows(data)
        return self._rows[filename].get((location.cell, row), 1)

    def line(self, location: Location, row: int | None = None) -> str | None:
        """The text of a row (the first of the location), None where the file cannot be read or has no such row."""
        if location.filename not in self._sources:
            try:
                source = read_source(Path(location.filename), self.texts.get(location.filename))
                self._sources[location.filename] = source, source.text.split("\n")
            except UnreadableSource:
                self._sources[location.filename] = None
        known = self._sources[location.filename]
        if known is None:
            return None
        source, lines = known
        row = location.start.row if row is None else row
        number = source.module_row(location.cell, row)
        if not 0 < number <= len(lines) or source.locate(number) != (location.cell, row):
            return None
        return lines[number - 1]

    def paint(self, text: str, *styles: str) -> str:
        """The text in a style, on a terminal."""
        if not self.colour or not text:
            return text
        codes = ";".join(STYLES[style] for style in styles)
        return f"\x1b[{codes}m{text}\x1b[0m"


def _relative(filename: str, folder: str) -> str:
    inside = filename.startswith(folder.rstrip(os.sep) + os.sep)
    return os.path.relpath(filename, folder) if inside else filename


def readable(filename: str) -> str:
    """The name of a file as text that can be written anywhere: its bytes that are no UTF-8 as `\\xff`."""
    try:
        filename.encode()
    except UnicodeEncodeError:
        return os.fsencode(filename).decode("utf-8", "backslashreplace")
    return filename


def place(location: Location, view: View) -> str:
    """`file:row:column` for people, with the cell in a notebook: `file:cell 3:row:column`."""
    cell = f"cell {location.cell}:" if location.cell is not None else ""
    return f"{printable(view.name(location.filename))}:{cell}{location.start.row}:{location.start.column}"


def in_cell(found: Location) -> str:
    """What a format without cells puts before a message: `cell 3, row 2: ` in a notebook, else nothing."""
    return f"cell {found.cell}, row {found.start.row}: " if found.cell is not None else ""
