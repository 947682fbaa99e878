"""Text on a terminal: how many columns it takes, wrapped by word, cut around a stretch, and linked."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator


def expanded(character: str) -> str:
    """A character as it may be printed: tabs are four blanks, what would move the cursor is a question mark."""
    if character == "\t":
        return "    "
    return character if character.isprintable() else "?"


def columns(text: str) -> int:
    """Terminal columns that a text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def wrapped(text: str, width: int | None, first: int, indent: int) -> str:
    """A text in lines of at most `width` columns, broken between words; a longer word has a line of its own.

    `first` columns of the first line are taken, and the others are indented. Without a width it is one line.
    """
    if width is None:
        return text
    return f"\n{' ' * indent}".join(_lines(text.split(" "), width, first, indent))


def _lines(words: list[str], width: int, first: int, indent: int) -> Iterator[str]:
    line, taken = "", first
    for number, word in enumerate(words):
        more = columns(word) + bool(line)
        if taken + more > width and (line or (number == 0 and first > indent)):
            yield line
            line, taken, more = "", indent, columns(word)
        line = f"{line} {word}" if line else word
        taken += more
    yield line


def cut(line: str, first: int, last: int, room: int) -> tuple[str, int, int]:
    """The part of a line around the stretch from `first` to `last` that has room, with the stretch's place in it."""
    if columns(line) <= room:
        return line, first, last
    if columns(line) > len(line):
        room //= 2  # some characters are two columns wide
    begin = max(0, min(first - room // 4, len(line) - room))
    end = min(len(line), begin + room)
    head, tail = "…" if begin else "", "…" if end < len(line) else ""
    begin, end = begin + len(head), end - len(tail)
    return f"{head}{line[begin:end]}{tail}", first - begin + len(head), min(last, end) - begin + len(head)


def linked(text: str, address: str) -> str:
    """A text that leads to an address on terminals that know links, and is the plain text on others.

    https://gist.github.com/egmontkob/eb114294efbcd5adb1944c9f3cb5feda
    """
    return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"
