"""Edits in the cells of a notebook, made in its JSON text: what is not an edited source line stays byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from json import JSONDecodeError

from lint_rules.fixes.tree.text import Change, apply_changes, lines_of
from lint_rules.records import dataclass
from lint_rules.regex import lazy_pattern

_SPACE = lazy_pattern(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class _Piece:
    """One JSON string of a cell's source: where its literal stands in the file, and its value."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class CellSource:
    """The source of one cell; `listed` where the file keeps it as a list of lines."""

    number: int
    code: bool
    pieces: tuple[_Piece, ...]
    listed: bool

    @property
    def text(self) -> str:
        return "".join(piece.value for piece in self.pieces)


def cell_sources(raw: str) -> tuple[CellSource, ...]:
    """The cells of a notebook (format 4), numbered from 1 over all of them.

    Raises:
        ValueError: the text is no JSON, or no notebook with cells.
    """
    cells: list[CellSource] = []
    for key, start in _members(raw, _skip(raw, 0)):
        if key == "cells":
            # Of a key that is there twice JSON takes the last.
            cells = [_cell(raw, cell, number) for number, cell in enumerate(_elements(raw, start), start=1)]
    return tuple(cells)


def _cell(raw: str, start: int, number: int) -> CellSource:
    kind, pieces, listed = "", list[_Piece](), False
    for key, value in _members(raw, start) if raw[start] == "{" else ():
        if key == "cell_type":
            kind = _DECODER.raw_decode(raw, value)[0]
        elif key == "source":
            listed = raw[value] == "["
            places = list(_elements(raw, value)) if listed else [value]
            found = [(place, *_DECODER.raw_decode(raw, place)) for place in places]
            # What is no text has no place for an edit.
            whole = all(isinstance(text, str) for _, text, _ in found)
            pieces = [_Piece(place, end, text) for place, text, end in found] if whole else []
    return CellSource(number, kind == "code", tuple(pieces), listed)


def _skip(raw: str, place: int) -> int:
    match = _SPACE.match(raw, place)
    return match.end() if match else place


def _members(raw: str, start: int) -> Iterator[tuple[str, int]]:
    """The keys of the object that starts at `start`, and where their values start."""
    yield from _walk(raw, start, "{", "}", lambda place: _key(raw, place))


def _elements(raw: str, start: int) -> Iterator[int]:
    """Where the elements of the array that starts at `start` start."""
    for _, place in _walk(raw, start, "[", "]", lambda place: ("", place)):
        yield place


def _key(raw: str, place: int) -> tuple[str, int]:
    if raw[place : place + 1] != '"':
        raise JSONDecodeError("a key was expected", raw, place)
    key, end = _DECODER.raw_decode(raw, place)
    colon = _skip(raw, end)
    if raw[colon : colon + 1] != ":":
        raise JSONDecodeError("a colon was expected", raw, colon)
    return key, _skip(raw, colon + 1)


def _walk(
    raw: str, start: int, opening: str, closing: str, head: Callable[[int], tuple[str, int]]
) -> Iterator[tuple[str, int]]:
    if raw[start : start + 1] != opening:
        raise JSONDecodeError(f"{opening} was expected", raw, start)
    place = _skip(raw, start + 1)
    while raw[place : place + 1] != closing:
        key, value = head(place)
        yield key, value
        place = _skip(raw, _DECODER.raw_decode(raw, value)[1])
        if raw[place : place + 1] == ",":
            place = _skip(raw, place + 1)
        elif raw[place : place + 1] != closing:
            raise JSONDecodeError(f"a comma or {closing} was expected", raw, place)


def rewrite_cells(raw: str, changes: Mapping[int, Sequence[Change]]) -> str:
    """The notebook with the changes made, each list given by cell number, offsets within that cell's source.

    Raises:
        ValueError: a cell is not there, or two changes overlap.
    """
    cells = {cell.number: cell for cell in cell_sources(raw)}
    rewritten: list[Change] = []
    for number, wanted in changes.items():
        if number not in cells:
            raise ValueError(f"the notebook has no cell {number}")
        rewritten += _raw_changes(raw, cells[number], sorted(wanted))
    return _spliced(raw, rewritten)


def _raw_changes(raw: str, cell: CellSource, wanted: Sequence[Change]) -> Iterator[Change]:
    """The changes of the file's text that make the changes of one cell."""
    if not cell.listed:
        yield from _inside_string(raw, cell.pieces[0], wanted)
        return
    starts = [0]
    for piece in cell.pieces:
        starts.append(starts[-1] + len(piece.value))
    last = len(cell.pieces) - 1
    groups: list[tuple[int, int, list[Change]]] = []
    for start, end, content in wanted:
        first = next((place for place in range(last, -1, -1) if starts[place] <= start), 0)
        # A change that ends where a line starts has that line joined to what it puts in.
        stop = next((place for place in range(last + 1) if end < starts[place + 1]), last)
        stop = max(first, stop)
        if groups and first <= groups[-1][1]:
            groups[-1] = (groups[-1][0], max(stop, groups[-1][1]), [*groups[-1][2], (start, end, content)])
        else:
            groups.append((first, stop, [(start, end, content)]))
    for first, stop, inside in groups:
        base = starts[first]
        old = cell.text[base : starts[stop + 1]]
        new = apply_changes(old, [(start - base, end - base, content) for start, end, content in inside])
        yield from _lines_replaced(raw, cell, first, stop, new)


def _lines_replaced(raw: str, cell: CellSource, first: int, stop: int, new: str) -> Iterator[Change]:
    pieces = cell.pieces[first : stop + 1]
    old_lines, lines = [piece.value for piece in pieces], lines_of(new)
    head = 0
    while head < min(len(old_lines), len(lines)) and old_lines[head] == lines[head]:
        head += 1
    tail = 0
    while tail < min(len(old_lines), len(lines)) - head and old_lines[-1 - tail] == lines[-1 - tail]:
        tail += 1
    separator = (
        raw[cell.pieces[0].end : cell.pieces[1].start] if len(cell.pieces) > 1 else _separator(raw, cell.pieces[0])
    )
    plain = "\\u" not in raw[cell.pieces[0].start : cell.pieces[-1].end] or not raw.isascii()
    literals = [json.dumps(line, ensure_ascii=not plain) for line in lines[head : len(lines) - tail]]
    removed = pieces[head : len(pieces) - tail]
    if removed and literals:
        yield removed[0].start, removed[-1].end, separator.join(literals)
    elif literals:
        if head < len(pieces):
            place = pieces[head].start
            yield place, place, separator.join(literals) + separator
        else:
            place = pieces[-1].end
            yield place, place, separator + separator.join(literals)
    elif removed:
        following = first + head + len(removed)
        if following < len(cell.pieces):
            yield removed[0].start, cell.pieces[following].start, ""
        elif first + head:
            yield cell.pieces[first + head - 1].end, removed[-1].end, ""
        else:
            yield removed[0].start, removed[-1].end, '""'


def _separator(raw: str, piece: _Piece) -> str:
    """What would stand between this line, the only one, and a second."""
    before = raw[: piece.start]
    return "," + before[len(before.rstrip(" \t\r\n")) :]


def _inside_string(raw: str, piece: _Piece, wanted: Sequence[Change]) -> Iterator[Change]:
    """The changes inside one literal, where each character of the value is one character or one escape."""
    places = [piece.start + 1]
    place = piece.start + 1
    for character in piece.value:
        if raw[place] != "\\":
            place += 1
        elif raw[place + 1] != "u":
            place += 2
        else:
            place += 12 if ord(character) > 0xFFFF else 6
        places.append(place)
    plain = not raw.isascii()
    newline = "\r\n" if "\r\n" in piece.value else "\n"
    for start, end, content in wanted:
        body = content.replace("\r\n", "\n").replace("\n", newline)
        yield places[start], places[end], json.dumps(body, ensure_ascii=not plain)[1:-1]


def _spliced(raw: str, changes: Sequence[Change]) -> str:
    parts: list[str] = []
    done = 0
    for start, end, content in sorted(changes):
        if start < done:
            raise ValueError("two edits of a notebook overlap")
        parts += (raw[done:start], content)
        done = end
    return "".join((*parts, raw[done:]))
