"""Logical lines and tokens of a text that need not be Python: where Python's own tokenizer gives up, this goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lint_rules.records import NamedTuple, dataclass
from lint_rules.regex import lazy_pattern

_TOKEN = lazy_pattern(
    r"""
    (?P<comment>\#[^\n]*)
  | (?P<string>(?:[rRbBuUfFtT]{0,3})(?:
        \"{3}(?:\\.|[^\\])*?(?:\"{3}|\Z) | '{3}(?:\\.|[^\\])*?(?:'{3}|\Z)
      | "(?:\\.|[^\\\n"])*(?:"|(?=\n)|\Z) | '(?:\\.|[^\\\n'])*(?:'|(?=\n)|\Z)))
  | (?P<name>[^\W\d]\w*)
  | (?P<number>\d[\w.]*|\.\d[\w.]*)
  | (?P<join>\\\n)
  | (?P<newline>\n)
  | (?P<blank>[ \t\f]+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_INDENT = lazy_pattern(r"[ \t\f]*")
_TAB = 8
"""How wide Python 2 takes a tab to be; Python 3 does not mix tabs with spaces where it matters."""


class Token(NamedTuple):
    """A token that means something: no blank, no comment."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line: its row starts at `row_start`, its statement goes from `start` to `end`, comment included."""

    row_start: int
    start: int
    end: int

    def indent(self, text: str) -> int:
        """How far the statement is indented."""
        return len(text[self.row_start : self.start].rpartition("\f")[2].expandtabs(_TAB))


def tokens(text: str, start: int, end: int) -> list[Token]:
    """The tokens of a stretch of the text."""
    found = _TOKEN.finditer(text, start, end)
    kinds = ((match.lastgroup or "", match) for match in found)
    return [
        Token(kind, match.group(), match.start(), match.end())
        for kind, match in kinds
        if kind not in ("comment", "join", "newline", "blank")
    ]


def logical_lines(text: str, start: int, end: int) -> Iterator[Line]:
    """The logical lines of a stretch that begins at a row; empty rows and comments are none."""
    position = start
    while position < end:
        line = line_at(text, position, end)
        if line is None:
            position = _next_row(text, position, end)
        else:
            yield line
            position = line.end + 1


def line_at(text: str, row_start: int, end: int) -> Line | None:
    """The logical line that begins in a row; None for an empty row and a comment."""
    indent = _INDENT.match(text, row_start, end)
    begin = indent.end() if indent is not None else row_start
    if begin >= end or text[begin] in "#\n":
        return None
    depth = 0
    for match in _TOKEN.finditer(text, begin, end):
        kind, token = match.lastgroup, match.group()
        if kind == "newline" and depth == 0:
            return Line(row_start, begin, match.start())
        if kind == "other" and token in "([{":
            depth += 1
        elif kind == "other" and token in ")]}":
            depth = max(0, depth - 1)
    return Line(row_start, begin, end)


def row_starts(text: str, start: int, end: int) -> Iterator[int]:
    """Where the rows begin that follow the first one of a stretch."""
    position = _next_row(text, start, end)
    while position < end:
        yield position
        position = _next_row(text, position, end)


def _next_row(text: str, position: int, end: int) -> int:
    found = text.find("\n", position, end)
    return end if found < 0 else found + 1


def top_level(found: list[Token]) -> Iterator[tuple[int, Token]]:
    """The tokens outside of all brackets, with their places."""
    depth = 0
    for index, token in enumerate(found):
        if token.kind == "other" and token.text in ")]}":
            depth = max(0, depth - 1)
        if depth == 0:
            yield index, token
        if token.kind == "other" and token.text in "([{":
            depth += 1


def ends_block_header(found: list[Token]) -> bool:
    """Whether a statement ends with the colon after which a block begins."""
    return bool(found) and found[-1].text == ":"
