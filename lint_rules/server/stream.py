"""The editor's messages as they come in: a header that says how long a message is, then the message.

After a header that says no length there is no telling where the next message begins, so the stream ends there.
"""

from __future__ import annotations

import sys
from typing import BinaryIO

from lint_rules.regex import lazy_pattern

LONGEST_HEADER = 8_192
"""How long one line of a header may be: it holds a name and a short value."""
LONGEST_MESSAGE = 64 * 1024 * 1024
"""How long a message may be, in bytes: more than any text that a person edits."""

_FIELD = lazy_pattern(rb"(?P<name>[!-9;-~]+)[ \t]*:[ \t]*(?P<value>[^\r\n]*?)[ \t]*\r?\n")
_LENGTH = lazy_pattern(rb"[0-9]{1,12}")


class Messages:
    """A stream that gives whole messages, each with the one header that matters, and ends where they do."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._lines: list[bytes] = []

    def readline(self) -> bytes:
        """The next line of a header; nothing at the end."""
        if not self._lines:
            try:
                length = self._length()
            except _BrokenStreamError as error:
                print(f"keras-inference: the stream of messages is broken: {error}", file=sys.stderr)
                length = None
            if length is None:
                return b""
            self._lines = [b"Content-Length: %d\r\n" % length, b"\r\n"]
        return self._lines.pop(0)

    def read(self, size: int) -> bytes:
        """The message itself."""
        return self._stream.read(size)

    def _length(self) -> int | None:
        """The length of the next message that is not empty; None at the end."""
        while True:
            length: int | None = None
            begun = False
            while (line := self._stream.readline(LONGEST_HEADER)).strip():
                begun = True
                length = _length_in(line, length)
            if not line:
                return None
            if begun and length is None:
                raise _BrokenStreamError("a header has no Content-Length")
            if length:
                return length


class _BrokenStreamError(Exception):
    """No further message can be found."""


def _length_in(line: bytes, known: int | None) -> int | None:
    """The length that a message has after one more line of its header."""
    field = _FIELD.fullmatch(line)
    if field is None:
        raise _BrokenStreamError(f"{line[:60]!r} is no line of a header")
    if field["name"].lower() != b"content-length":
        return known
    value = field["value"]
    if not _LENGTH.fullmatch(value) or (length := int(value)) > LONGEST_MESSAGE:
        raise _BrokenStreamError(f"Content-Length is {value[:60]!r}: it must be a number from 0 to {LONGEST_MESSAGE}")
    if known is not None and known != length:
        raise _BrokenStreamError(f"Content-Length is {known} and {length}")
    return length
