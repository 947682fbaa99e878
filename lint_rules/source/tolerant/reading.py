"""Reads a text around the statements that do not parse.

Rows stay what they are, and the tree has the columns of the text as it is written, whatever was put in to parse it.
"""

from __future__ import annotations

import ast
import sys
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from lint_rules.records import NamedTuple, dataclass, field
from lint_rules.source.reading import Broken, Reading
from lint_rules.source.tolerant import placeholders
from lint_rules.source.tolerant.dialects import BLOCKS, Change, forms, is_newer
from lint_rules.source.tolerant.layout import Placed, depths
from lint_rules.source.tolerant.lines import Line, Token, ends_block_header, line_at, row_starts, tokens

ROUNDS = 10
"""How many statements may be left out because of what stands around them; each costs a parse of the whole text."""
EFFORT = 40
"""How many times the length of the text may be looked at in pieces: what needs more is no program."""
ASKED = 20
"""How many statements another parser is asked about."""

_BEFORE = {
    "else": "if 1: pass\n",
    "elif": "if 1: pass\n",
    "except": "try: pass\n",
    "finally": "try: pass\n",
    "case": "match 1:\n ",
}
_AFTER = {"try": "\n pass\nfinally: pass", "match": "\n case _: pass", "case": "\n  pass"}


@dataclass(slots=True)
class _Piece:
    """One logical line, and what is read in its place."""

    line: Line
    found: list[Token]
    changes: tuple[Change, ...] = ()
    placeholder: str | None = None
    reason: str | None = None
    newer: bool = False

    @property
    def word(self) -> str:
        return self.found[0].text


@dataclass(slots=True)
class _Edits:
    """Changes of a text that keep its rows, and the way back from the columns of the changed text."""

    text: str
    made: list[Change] = field(default_factory=list)

    def apply(self) -> str:
        parts: list[str] = []
        position = 0
        for start, end, new, _ in self.made:
            parts += (self.text[position:start], new)
            position = end
        return "".join([*parts, self.text[position:]])

    def restore(self, tree: ast.Module) -> None:
        """Give the nodes of the changed text's tree the columns that they have in the text."""
        starts = [0, *(index + 1 for index, character in enumerate(self.text) if character == "\n")]
        shifts = self._shifts(starts)
        widths = self._widths_of_placeholders(starts)
        for node in ast.walk(tree):
            if not hasattr(node, "lineno"):
                continue
            for row, column in (("lineno", "col_offset"), ("end_lineno", "end_col_offset")):
                known, offset = getattr(node, row), getattr(node, column)
                if known in shifts:
                    offset = _column_before(shifts[known], offset)
                setattr(node, column, min(offset, widths.get(known, offset)))

    def _widths_of_placeholders(self, starts: Sequence[int]) -> dict[int, int]:
        """How wide the rows are, in bytes, of which something else was read altogether."""
        rows = self.text.split("\n")
        replaced = (bisect_right(starts, change.start) for change in self.made if change.replaces_all)
        return {row: len(rows[row - 1].encode()) for row in replaced}

    def _shifts(self, starts: Sequence[int]) -> dict[int, list[_Shift]]:
        """By row, the changes that alter its columns, from left to right."""
        shifts: dict[int, list[_Shift]] = {}
        position, column = 0, 0
        for start, end, new, replaces_all in self.made:
            row = bisect_right(starts, start)
            if position < starts[row - 1]:
                position, column = starts[row - 1], 0
            column += len(self.text[position:start].encode())
            before, after = len(self.text[start:end].encode()), len(new.encode())
            if before != after and not replaces_all:
                known = shifts.setdefault(row, [])
                moved = known[-1].moved + known[-1].after - known[-1].before if known else 0
                known.append(_Shift(column + moved, after, before, moved))
            position, column = end, column + before
        return shifts


class _Shift(NamedTuple):
    """A change of one row, in bytes as trees count: where it is in the changed row, its width there and before, and by
    how much the changes to its left have moved it."""

    at: int
    after: int
    before: int
    moved: int


def _column_before(shifts: Sequence[_Shift], column: int) -> int:
    index = bisect_right(shifts, column, key=lambda shift: shift.at) - 1
    if index < 0:
        return column
    shift = shifts[index]
    if column < shift.at + shift.after:
        return shift.at - shift.moved
    return column - shift.moved - shift.after + shift.before


def read_around(text: str, error: SyntaxError, breaks: Iterable[int] = ()) -> Reading:
    """What can be read of a text that does not parse as a whole. `breaks` are rows that no statement goes across.

    Raises:
        SyntaxError: the error itself, where nothing or no more than half can be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _Reader(text, error, breaks).reading()
        except _TooMuchError:
            raise error from None


def _is_inside(offset: int, stretches: Sequence[tuple[int, int]]) -> bool:
    index = bisect_right(stretches, (offset, 0)) - 1
    return index >= 0 and stretches[index][0] < offset < stretches[index][1]


class _TooMuchError(Exception):
    """Looking for what can be read takes too long."""


class _Reader:
    """One tolerant reading of one text."""

    def __init__(self, text: str, error: SyntaxError, breaks: Iterable[int]) -> None:
        self._text = text
        self._error = error
        self._effort = EFFORT * len(text) + 100_000
        self._asked = 0
        self._rows = [0, *(index + 1 for index, character in enumerate(text) if character == "\n")]
        bounds = [0, *(self._rows[row - 1] for row in breaks if 1 < row <= len(self._rows)), len(text)]
        self._parts = [list(self._pieces(start, end)) for start, end in pairwise(bounds)]

    def reading(self) -> Reading:
        pieces = [piece for part in self._parts for piece in part]
        for part in self._parts:
            self._stand_in(part)
            self._close_tries(part)
        for _ in range(ROUNDS):
            edits, odd = self._edits()
            code = edits.apply()
            try:
                tree = self._parse(code)
            except SyntaxError as error:
                self._leave_out_at(pieces, error)
                continue
            self._prove(pieces)
            edits.restore(tree)
            return Reading(self._text, code, tree, self._broken(pieces, odd))
        raise self._error

    # Statement by statement

    def _pieces(self, start: int, end: int) -> Iterator[_Piece]:
        position = start
        while position < end:
            line = line_at(self._text, position, end)
            if line is None:
                position = next(row_starts(self._text, position, end), end)
                continue
            piece = self._piece(line) or self._unreadable(self._cut(line, end))
            yield piece
            position = piece.line.end + 1

    def _piece(self, line: Line) -> _Piece | None:
        """A logical line that can be read, as it is or as another Python reads it."""
        found = tokens(self._text, line.start, line.end)
        if not found:
            return None
        code = self._text[found[0].start : found[-1].end]
        if self._says_no(code, found) is None:
            return _Piece(line, found)
        mended = list(forms(self._text, found))
        changes = tuple(sorted({change for form in mended for change in form.changes}))
        if not mended or any(one.end > other.start for one, other in pairwise(changes)):
            return None
        shifted = [Change(start - found[0].start, end - found[0].start, new) for start, end, new, _ in changes]
        code = _Edits(code, shifted).apply()
        if self._says_no(code, tokens(code, 0, len(code))) is not None:
            return None
        return _Piece(line, found, changes, None, mended[0].name, mended[0].newer)

    def _unreadable(self, line: Line) -> _Piece:
        found = tokens(self._text, line.start, line.end) or [Token("other", "?", line.start, line.end)]
        code = self._text[found[0].start : found[-1].end]
        reason = self._says_no(code, found) or "invalid syntax"
        if found[0].text in ("!", "%"):
            reason = "a command of a notebook"
        self._asked += 1
        return _Piece(line, found, (), "", reason, self._asked <= ASKED and is_newer(self._text, found))

    def _cut(self, line: Line, end: int) -> Line:
        """The rows of a broken line up to one that begins a statement: a bracket may only lack its other half."""
        found = tokens(self._text, line.start, line.end)
        strings = [(token.start, token.end) for token in found if token.kind == "string" and "\n" in token.text]
        ends = [token.end for token in found]
        indent = line.indent(self._text)
        for start in row_starts(self._text, line.row_start, line.end):
            begun = line_at(self._text, start, end)
            if begun is None or _is_inside(start, strings):
                continue
            self._spend(begun.end - begun.row_start)
            above = found[: bisect_right(ends, start)][-1:]
            if (begun.indent(self._text) <= indent or ends_block_header(above)) and self._piece(begun) is not None:
                return Line(line.row_start, line.start, start - 1)
        return line

    def _says_no(self, code: str, found: list[Token]) -> str | None:
        """What Python says against a statement on its own; None where nothing is wrong with it."""
        word = found[0].text
        begins = ends_block_header(found)
        if word in ("match", "case") and not begins:
            word = ""
        after = _AFTER.get(word, "\n pass") if begins else "\ndef f(): pass" if word == "@" else ""
        try:
            self._parse(f"{_BEFORE.get(word, '')}{code}{after}\n")
        except SyntaxError as error:
            return error.msg
        except (ValueError, RecursionError, MemoryError) as error:
            return str(error) or "it nests too deeply"
        return None

    def _parse(self, code: str) -> ast.Module:
        self._spend(len(code))
        return ast.parse(code)

    def _spend(self, effort: int) -> None:
        self._effort -= effort
        if self._effort < 0:
            raise _TooMuchError

    # Together

    def _stand_in(self, part: Sequence[_Piece]) -> None:
        """Put something in place of each statement that cannot be read."""
        indents = [piece.line.indent(self._text) for piece in part]
        for index, piece in enumerate(part):
            if piece.placeholder is None:
                continue
            deeper = index + 1 < len(part) and indents[index + 1] > indents[index]
            piece.placeholder = self._placeholder(piece, begins=ends_block_header(piece.found) or deeper)

    def _placeholder(self, piece: _Piece, *, begins: bool, alone: bool = False) -> str:
        found = piece.found
        if piece.word == "@":
            return placeholders.decorator()
        if not begins and (piece.word not in BLOCKS or piece.word in ("def", "class")):
            made, last = placeholders.simple(found), f"{placeholders.UNKNOWN}()"
        else:
            body = "" if begins else placeholders.empty_block(found)
            made = ("" if alone else placeholders.header(found)) + body
            last = f"if {placeholders.UNKNOWN}():{body}"
        made_tokens = tokens(made, 0, len(made))
        return made if made_tokens and self._says_no(made, made_tokens) is None else last

    def _close_tries(self, part: Sequence[_Piece]) -> None:
        """A `try` without what has to follow it becomes another block."""
        placed = self._places(part)
        for index, piece in enumerate(part):
            if piece.word != "try" or not self._begins(piece):
                continue
            after = next((at for at in range(index + 1, len(part)) if placed[at].depth <= placed[index].depth), None)
            if (
                after is None
                or part[after].word not in ("except", "finally")
                or placed[after].depth != placed[index].depth
            ):
                piece.placeholder = f"if {placeholders.UNKNOWN}():"
                piece.reason = piece.reason or "expected 'except' or 'finally' block"

    def _begins(self, piece: _Piece) -> bool:
        """Whether a block begins with a line, as it is read."""
        if piece.placeholder is not None:
            return piece.placeholder.endswith(":")
        return ends_block_header(piece.found) or any(change.text == ":" for change in piece.changes)

    def _places(self, part: Sequence[_Piece]) -> list[Placed]:
        return depths([(piece.line.indent(self._text), self._begins(piece)) for piece in part])

    def _edits(self) -> tuple[_Edits, dict[int, str]]:
        """What to change of the text, and what is wrong with the place of a line, by the line's start."""
        edits, odd = _Edits(self._text), {}
        for part in self._parts:
            for piece, place in zip(part, self._places(part), strict=True):
                line, indent = piece.line, " " * place.depth
                if self._text[line.row_start : line.start] != indent:
                    edits.made.append(Change(line.row_start, line.start, indent))
                block = placeholders.empty_block(piece.found) if place.hollow else ""
                if piece.placeholder is not None:
                    rows = "\n" * self._text.count("\n", line.start, line.end)
                    edits.made.append(Change(line.start, line.end, f"{piece.placeholder}{block}{rows}", True))
                else:
                    edits.made += piece.changes
                    if block:
                        edits.made.append(Change(piece.found[-1].end, piece.found[-1].end, block))
                if place.odd or place.hollow:
                    odd[line.start] = "the indentation fits no block" if place.odd else "expected an indented block"
        return edits, odd

    def _leave_out_at(self, pieces: Sequence[_Piece], error: SyntaxError) -> None:
        """Leave out the statement that does not fit where it stands.

        Raises:
            SyntaxError: there is none left to leave out.
        """
        starts = [self._row(piece.line.start) for piece in pieces]
        index = bisect_right(starts, error.lineno or 1) - 1
        piece = pieces[index] if index >= 0 else None
        if piece is None or (piece.placeholder is not None and piece.word not in BLOCKS):
            raise self._error
        piece.placeholder = self._placeholder(piece, begins=self._begins(piece), alone=True)
        piece.reason = piece.reason or error.msg

    def _prove(self, pieces: Sequence[_Piece]) -> None:
        """Raise the error where too little is read to speak of the rest.

        Raises:
            SyntaxError: no statement is read as it is written, or no more are read than are left out.
        """
        left_out = sum(piece.placeholder is not None for piece in pieces)
        exact = sum(piece.reason is None for piece in pieces)
        if exact == 0 or left_out >= len(pieces) - left_out:
            if all(piece.newer for piece in pieces if piece.reason is not None):
                raise self._needs_newer()
            raise self._error

    def _needs_newer(self) -> SyntaxError:
        version = ".".join(map(str, sys.version_info[:2]))
        message = f"{self._error.msg} (this needs a newer Python than {version})"
        return SyntaxError(message, ("", self._error.lineno, self._error.offset, None))

    def _broken(self, pieces: Sequence[_Piece], odd: dict[int, str]) -> tuple[Broken, ...]:
        broken = [
            Broken(
                self._row(piece.line.start),
                piece.line.start - piece.line.row_start + 1,
                self._row(piece.line.start + len(self._text[piece.line.start : piece.line.end].rstrip()) - 1),
                piece.reason or odd[piece.line.start],
                piece.newer,
                piece.placeholder is not None,
            )
            for piece in pieces
            if piece.reason is not None or piece.line.start in odd
        ]
        if not broken:
            error = self._error
            row = max(error.lineno or 1, 1)
            broken = [Broken(row, max(error.offset or 1, 1), row, error.msg, False, False)]
        return tuple(broken)

    def _row(self, offset: int) -> int:
        return bisect_right(self._rows, offset)
