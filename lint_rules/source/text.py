"""The text of one Python file as Python itself reads it, and how it was stored."""

from __future__ import annotations

from bisect import bisect_right
from pathlib import Path

from lint_rules.records import dataclass
from lint_rules.regex import lazy_pattern

BOM = b"\xef\xbb\xbf"
_HEAD = lazy_pattern(rb"[^\r\n]*(?:\r\n?|\n)?[^\r\n]*")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class UnreadableSource(Exception):  # noqa: N818 - it names what the file is, not an error of ours
    """A file, or one cell of a notebook, that cannot be read as Python.

    `row` and `column` count from 1 and say where; `cell` counts from 1 over all cells of a notebook.
    """

    def __init__(self, message: str, row: int = 1, column: int = 1, cell: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.row = row
        self.column = column
        self.cell = cell


@dataclass(frozen=True, slots=True)
class Cell:
    """One code cell: its `number` over all cells of the notebook, and the rows that it has in the joined module."""

    number: int
    first_row: int
    rows: int


@dataclass(frozen=True, slots=True)
class Source:
    """What a file says. `text` has no byte-order mark and ends every line with a line feed.

    `newline` is the line end that the file uses most. `cells` is empty for a Python file; `skipped` tells which
    cells of a notebook are no Python: their rows are blank in `text`. `unparsed` is the text with those rows, None
    where no cell is left out that could be read in part.
    """

    path: Path
    text: str
    encoding: str = "utf-8"
    newline: str = "\n"
    bom: bool = False
    cells: tuple[Cell, ...] = ()
    skipped: tuple[UnreadableSource, ...] = ()
    unparsed: str | None = None

    @property
    def breaks(self) -> tuple[int, ...]:
        """The rows of the module that no statement goes across: where one cell has ended."""
        return tuple(cell.first_row + cell.rows for cell in self.cells)

    def locate(self, row: int) -> tuple[int | None, int]:
        """(cell, row within it) of a row of the module; (None, row) in a Python file."""
        if not self.cells:
            return None, row
        cell = self.cells[max(0, bisect_right(self.cells, row, key=lambda cell: cell.first_row) - 1)]
        return cell.number, row - cell.first_row + 1

    def module_row(self, cell: int | None, row: int) -> int:
        """The row of the module for a row of a cell: what `locate` undoes."""
        if cell is None:
            return row
        return next((known.first_row + row - 1 for known in self.cells if known.number == cell), row)


def read_python(path: Path, data: bytes) -> Source:
    """Decode the bytes of a Python file as PEP 263 says.

    Raises:
        UnreadableSource: NUL bytes, an unknown encoding, or bytes that the encoding does not have.
    """
    bom = data.startswith(BOM)
    if data.startswith(_UTF_16):
        raise UnreadableSource("the file is UTF-16, which Python does not read: save it as UTF-8")
    if (offset := data.find(b"\0")) >= 0:
        raise UnreadableSource("the file holds a NUL byte, which no Python text does", *_place(data, offset))
    encoding = encoding_of(data)
    body = data[len(BOM) :] if bom else data
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        row, column = _place(body, error.start)
        found = f"byte 0x{body[error.start]:02x} is not {encoding}"
        raise UnreadableSource(
            f"{found}: save the file as UTF-8, or name its encoding in the first line (# -*- coding: latin-1 -*-)",
            row,
            column,
        ) from None
    except UnicodeError as error:
        raise UnreadableSource(f"the file is not {encoding}: {error}: save it as UTF-8") from None
    return Source(path, unify(text), encoding, newline_of(text), bom)


def unify(text: str) -> str:
    """The text with a line feed at every line end, which is how Python counts rows."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def newline_of(text: str) -> str:
    """The line end that a text uses most; a line feed where it has none."""
    if "\r" not in text:
        return "\n"
    windows = text.count("\r\n")
    counts = {"\n": text.count("\n") - windows, "\r\n": windows, "\r": text.count("\r") - windows}
    return max(counts, key=lambda newline: counts[newline])


def encoding_of(data: bytes) -> str:
    """The encoding that a declaration in the first two lines of a Python file names, else UTF-8.

    Raises:
        UnreadableSource: it names none that Python knows, or another one than the byte-order mark.
    """
    head = _HEAD.match(data)
    if head is None or b"coding" not in head[0]:
        return "utf-8"
    import tokenize

    # The lines end where the compiler ends them; `detect_encoding` knows line feeds only.
    lines = iter([line + b"\n" for line in head[0].splitlines()])
    try:
        name = tokenize.detect_encoding(lambda: next(lines, b""))[0].removesuffix("-sig")
        declares = "coding".encode(name) == b"coding"
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise UnreadableSource(f"{error}: name an encoding that Python knows, such as utf-8") from None
    if not declares:
        # UTF-16 and the like: the declaration itself is not written in it.
        raise UnreadableSource(f"a file cannot declare that it is {name}: name an encoding such as utf-8")
    return name


def _place(data: bytes, offset: int) -> tuple[int, int]:
    """(row, column) of a byte, both from 1; what cannot be decoded counts as one character each."""
    before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1, len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
