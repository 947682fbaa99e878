"""What is fuzzed: functions that take bytes, and raise where a promise of the reading half of the linter is broken."""

from __future__ import annotations

import ast
import json
import warnings
from collections.abc import Callable
from importlib.util import decode_source
from pathlib import Path

from lint_rules.findings.suppression import find_suppressions, removal
from lint_rules.fixes.apply.files import FileError, text_of
from lint_rules.fixes.apply.notebook_text import cell_sources, rewrite_cells
from lint_rules.run import triage
from lint_rules.source.notebook import read_notebook
from lint_rules.source.notebook_rows import file_rows
from lint_rules.source.reader import read_source
from lint_rules.source.text import Source, UnreadableSource, unify

MODULE, NOTEBOOK = Path("a.py"), Path("a.ipynb")
CELL = b"\x1e"
"""What stands between the cells of a notebook in the input of `cells`: no text has it."""


def loader(data: bytes) -> None:
    """The text of a module: read as Python reads it, or refused; written back as it was."""
    triaged = triage.parses(data, str(MODULE), on_disk=False)
    python = _parsed(data) if _decodes(data) else None
    try:
        source = read_source(MODULE, data)
    except UnreadableSource as error:
        _check_place(error)
        assert not triaged, "what cannot be read has no finding"
        assert python is None, "Python reads this"
        return
    tree = _parsed(source.text)
    assert not triaged or tree is not None, "what does not parse has no finding"
    if python is not None:
        assert tree is not None, "Python reads this"
        assert ast.dump(tree) == ast.dump(python), "Python reads this in another way"
    assert "\r" not in source.text
    _check_comments(source)
    try:
        file = text_of(MODULE, data)
    except FileError:
        assert python is None, "what Python reads can be fixed"
        return
    try:
        again = file.encoded(file.text)
    except FileError:
        return
    assert text_of(MODULE, again).text == file.text


def notebook(data: bytes) -> None:
    """A notebook: refused, or one module that parses, in which every row of a cell has a place."""
    file_rows(data)
    try:
        source = read_notebook(NOTEBOOK, data)
    except UnreadableSource as error:
        _check_place(error)
        return
    assert _parsed(source.text) is not None, source.text
    _check_rows(source, data)
    _check_comments(source)
    _check_edits(data)


def cells(data: bytes) -> None:
    """The cells of a notebook: what is no Python is made harmless or left out, and no other cell suffers."""
    texts = data.decode("utf-8", "replace").split(CELL.decode())
    written = [{"cell_type": "code", "metadata": {}, "source": text.splitlines(keepends=True)} for text in texts]
    notebook(json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1).encode())


TARGETS: dict[str, Callable[[bytes], None]] = {"loader": loader, "notebook": notebook, "cells": cells}


def _parsed(text: str | bytes) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def _decodes(data: bytes) -> bool:
    try:
        decode_source(data)
    except (SyntaxError, ValueError, LookupError):
        return False
    return True


def _check_place(error: UnreadableSource) -> None:
    assert error.message
    assert min(error.row, error.column) >= 1


def _check_comments(source: Source) -> None:
    """Every comment stands where it says; taking one out leaves the rows above it alone."""
    rows = source.text.split("\n")
    for comment in find_suppressions(source.text).comments:
        assert rows[comment.row - 1][comment.column - 1] == "#"
        assert comment.column < comment.end_column <= len(rows[comment.row - 1]) + 1
        for edit in removal(source, comment, comment.words or ()).edits:
            assert edit.start <= edit.end
            assert source.module_row(edit.cell, edit.start.row) == comment.row


def _check_rows(source: Source, data: bytes) -> None:
    """The rows of a module are those of its cells, both ways, and every cell stands within the file."""
    count = len(source.text.split("\n")) - 1
    last = 0
    for cell in source.cells:
        assert cell.first_row > last
        last = cell.first_row + cell.rows - 1
        for row in (1, cell.rows):
            assert source.locate(source.module_row(cell.number, row)) == (cell.number, row)
    assert last == count
    lines = data.count(b"\n") + 1
    assert all(1 <= row <= lines for row in file_rows(data).values())
    assert {skipped.cell for skipped in source.skipped} <= {cell.number for cell in source.cells}


def _check_edits(data: bytes) -> None:
    """An edit of one cell changes that cell, and nothing else in the file."""
    raw = text_of(NOTEBOOK, data).text
    try:
        before = cell_sources(raw)
    except ValueError:
        return
    assert rewrite_cells(raw, {}) == raw
    for cell in [cell for cell in before if cell.pieces][-2:]:
        middle = len(cell.text) // 2
        middle -= cell.text[:middle].endswith("\r")
        after = cell_sources(rewrite_cells(raw, {cell.number: [(middle, middle, "é\n")]}))
        assert [other.text for other in after if other.number != cell.number] == [
            other.text for other in before if other.number != cell.number
        ]
        wanted = f"{cell.text[:middle]}é{cell.text[middle:]}"
        assert unify(after[cell.number - 1].text).replace("\n", "") == unify(wanted).replace("\n", "")
