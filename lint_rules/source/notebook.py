"""A Jupyter notebook as one Python module: its code cells in order, magics and shell lines out of the way.

Rows and columns within a cell stay what they are, so a finding in the module is a finding in the cell.
What counts as a magic follows IPython's "Input transformation"
(https://ipython.readthedocs.io/en/stable/config/inputtransforms.html).
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lint_rules.regex import lazy_pattern
from lint_rules.source.text import BOM, Cell, Source, UnreadableSource, newline_of, unify

#: Cell magics whose body runs as Python in the notebook's own namespace. `%%timeit` is not among them: what it times
#: is run again and again on purpose.
PYTHON_CELL_MAGICS = frozenset({"time", "capture", "prun", "memit", "mprun", "lprun", "snakeviz", "scalene", "heat"})

_ASSIGNED = lazy_pattern(r"(?P<target>[\w.,\s\[\]*'\"()]+?=\s*)[!%](?!=)")
_HELP = lazy_pattern(r"\s*[%!]{0,2}[A-Za-z_*][\w.*\[\]'\"]*\?{1,2}\s*;?\s*$")
# What IPython takes for a magic even without the per cent sign; only where the line is no Python otherwise.
_COMMAND = lazy_pattern(
    r"\s*(?:pip3?|conda|mamba|cd|ls|ll|mkdir|rm|rmdir|cp|mv|cat|pushd|run|matplotlib)\s+[^\s=(\[,:]"
)
_TIMED = lazy_pattern(r"(?P<indent>\s*)%time (?P<statement>.*\S.*)")
_LEXEME = lazy_pattern(r"""#.*|\"{3}|'{3}|"(?:\\.|[^"\\])*"?|'(?:\\.|[^'\\])*'?|[(\[{]|[)\]}]|\\$""")


def read_notebook(path: Path, data: bytes) -> Source:
    """Join the code cells of a notebook (nbformat 3 or 4) to one module.

    A cell that is no Python is left blank and told in `Source.skipped`; a notebook in another language has no text.

    Raises:
        UnreadableSource: the file is not JSON in UTF-8, or not a notebook.
    """
    bom = data.startswith(BOM)
    try:
        raw = data.decode("utf-8-sig")
        notebook = json.loads(raw)
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise UnreadableSource(f"the notebook is not UTF-8: byte 0x{data[error.start]:02x}", row) from None
    except json.JSONDecodeError as error:
        raise UnreadableSource(f"the notebook is not JSON: {error.msg}", error.lineno, error.colno) from None
    except ValueError:
        raise UnreadableSource("the notebook is not JSON that can be read: a number has too many digits") from None
    except RecursionError:
        raise UnreadableSource("the notebook is not JSON that can be read: it nests too deeply") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _joined(path, notebook, newline_of(raw), bom)


def _joined(path: Path, notebook: Any, newline: str, bom: bool) -> Source:
    """The code cells of a notebook as one module.

    Raises:
        UnreadableSource: the JSON lacks what makes it a notebook.
    """
    texts: list[str] = []
    unparsed: list[str] = []
    cells: list[Cell] = []
    skipped: list[UnreadableSource] = []
    row = 1
    for number, code in _code_cells(notebook):
        text = unify(code)
        lines = text.split("\n")
        written = kept = [""] * len(lines)
        try:
            if _is_plain_python(text):
                written = lines
            else:
                written = _harmless_cell(lines)
                ast.parse("\n".join(written))
            kept = written
        except SyntaxError as error:
            above = len(written) - len(lines)
            skipped.append(UnreadableSource(error.msg, (error.lineno or 1) - above, error.offset or 1, cell=number))
            written = kept if "\0" in text else written[above:]
        except (ValueError, RecursionError, MemoryError) as error:
            skipped.append(UnreadableSource(str(error) or "it nests too deeply", cell=number))
            written = kept
        cells.append(Cell(number, row + len(kept) - len(lines), len(lines)))
        texts += kept
        unparsed += written
        row += len(kept)
    text = "\n".join(texts) + "\n" if texts else ""
    whole = "\n".join(unparsed) + "\n" if unparsed != texts else None
    return Source(path, text, "utf-8", newline, bom, tuple(cells), tuple(skipped), whole)


def _code_cells(notebook: Any) -> Iterator[tuple[int, str]]:
    """(number, text) of each code cell; numbers count all cells, from 1.

    Raises:
        UnreadableSource: the JSON lacks what makes it a notebook.
    """
    if not isinstance(notebook, dict):
        raise UnreadableSource("the file is JSON, but no notebook: it has no cells")
    if not _speaks_python(notebook.get("metadata")):
        return
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets if isinstance(sheet.get("cells"), list) for cell in sheet["cells"]]
    if not isinstance(cells, list):
        raise UnreadableSource("the file is JSON, but no notebook: it has no cells")
    for number, cell in enumerate(cells, start=1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code" or not _speaks_python(cell.get("metadata")):
            continue
        source = cell.get("source", cell.get("input", ""))
        text = "".join(map(str, source)) if isinstance(source, list) else str(source)
        if text.strip():
            yield number, text


def _speaks_python(metadata: Any) -> bool:
    """Whether the metadata of a notebook or a cell name Python, or no language at all."""
    if not isinstance(metadata, dict):
        return True
    for key, name in (("kernelspec", "language"), ("language_info", "name"), ("vscode", "languageId")):
        part = metadata.get(key)
        language = part.get(name) if isinstance(part, dict) else None
        if isinstance(language, str):
            return language.lower() in ("python", "ipython", "python3")
    return True


def _is_plain_python(text: str) -> bool:
    """Whether a cell is Python as it is written."""
    return not text.lstrip().startswith("%%") and _is_python(text)


def _harmless_cell(lines: list[str]) -> list[str]:
    """The cell with magics made harmless, one line for each of its lines.

    IPython takes off the indentation that a cell starts with; here a line `if True:` above the cell makes it right,
    because taking it off would shift the columns. What is left need not be Python.
    """
    harmless = _without_magics(lines)
    first = next((line for line in harmless if line.strip()), "")
    if first.startswith((" ", "\t")):
        harmless = ["if True:", *harmless]
    return harmless


def _without_magics(lines: list[str]) -> list[str]:
    """Replace every magic, shell and help line that stands where a statement starts."""
    first = next((index for index, line in enumerate(lines) if line.strip()), 0)
    harmless = list(lines)
    begin = 0
    if lines[first].lstrip().startswith("%%"):
        name = (lines[first].lstrip()[2:].split() or [""])[0]
        if name not in PYTHON_CELL_MAGICS:
            return [""] * len(lines)
        harmless[first] = "pass"
        begin = first + 1
    lexer = _Lexer()
    continues = False
    for index in range(begin, len(lines)):
        line = lines[index]
        if continues:
            harmless[index] = ""
            continues = line.rstrip().endswith("\\")
            continue
        if lexer.at_statement and (other := _harmless(line)) is not None:
            harmless[index] = other
            continues = line.rstrip().endswith("\\") and not _TIMED.match(line)
            continue
        lexer.feed(line)
    return harmless


def _harmless(line: str) -> str | None:
    """What to read instead of a magic line; None when it is not one."""
    stripped = line.lstrip()
    indent = line[: len(line) - len(stripped)]
    if timed := _TIMED.match(line):
        statement = f"pass; {timed['statement']}"
        return timed["indent"] + statement if _is_python(statement) else f"{indent}pass"
    if stripped.startswith(("%", "!", "?", "/", ",", ";")) or _HELP.match(line):
        return f"{indent}pass"
    if _COMMAND.match(line) and not _is_python(stripped):
        return f"{indent}pass"
    assigned = _ASSIGNED.match(line)
    return f"{assigned['target']}None" if assigned else None


def _is_python(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


class _Lexer:
    """Just enough of Python's lexer to know whether a line starts a statement."""

    def __init__(self) -> None:
        self.depth = 0
        self.quote: str | None = None
        self.continued = False

    @property
    def at_statement(self) -> bool:
        return self.depth == 0 and self.quote is None and not self.continued

    def feed(self, line: str) -> None:
        self.continued = False
        position = 0
        while position < len(line):
            if self.quote is not None:
                # One way only to read a backslash: with two, a row of them would take for ever.
                found = re.compile(rf"(?:\\.|(?!{self.quote})[^\\])*{self.quote}").match(line, position)
                if found is None:
                    return
                self.quote, position = None, found.end()
                continue
            lexeme = _LEXEME.search(line, position)
            if lexeme is None:
                return
            position = lexeme.end()
            self._take(lexeme.group())

    def _take(self, lexeme: str) -> None:
        if lexeme in ('"""', "'''"):
            self.quote = lexeme
        elif lexeme in "([{":
            self.depth += 1
        elif lexeme in ")]}":
            self.depth = max(0, self.depth - 1)
        elif lexeme == "\\":
            self.continued = True
