"""The standard streams of the command, of which any can be closed, full, or read by nobody any more."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress

from pytest_keras_inference.printable import printable_lines

_PIECE = 16_384


class StreamError(Exception):
    """A standard stream that is needed cannot be read or written; the message says which, and why."""


class _Closed(io.TextIOBase):
    """A standard stream that the process was started without: whoever needs it is told."""

    encoding = "utf-8"

    def __init__(self, name: str) -> None:
        self._name = name

    def _refuse(self) -> OSError:
        return OSError(errno.EBADF, "it is closed", self._name)

    def write(self, _text: str) -> int:
        raise self._refuse()

    def read(self, _size: int | None = -1) -> str:
        raise self._refuse()

    @property
    def buffer(self) -> io.TextIOBase:
        raise self._refuse()


def open_missing() -> None:
    """Put something in the place of the streams that the process was started without.

    Python has None there, and `print(file=None)` goes to standard output. The system gives their numbers to the next
    files that are opened, which then would get what is meant for the stream.
    """
    if None not in (sys.stdin, sys.stdout, sys.stderr):
        return
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    sys.stdin = sys.stdin or _Closed("standard input")
    sys.stdout = sys.stdout or _Closed("standard output")
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it lives as long as we do


def read_stdin() -> bytes:
    """All that standard input has.

    Raises:
        StreamError: it cannot be read.
    """
    try:
        return sys.stdin.buffer.read()
    except OSError as error:
        raise StreamError(f"standard input cannot be read: {error.strerror}") from error


def write_stdout(text: str | bytes) -> None:
    """Write to standard output, at once.

    Raises:
        BrokenPipeError: who read it has gone.
        StreamError: it cannot be written.
    """
    try:
        if isinstance(text, bytes):
            sys.stdout.flush()
            sys.stdout.buffer.write(text)
        else:
            # In pieces: of one long write to an unbuffered pipe, Python does not see that the reader went away.
            for start in range(0, len(text), _PIECE):
                sys.stdout.write(text[start : start + _PIECE])
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise StreamError(f"standard output cannot be written: {error.strerror}") from error


def tell(text: str) -> None:
    """Write lines to standard error, whatever they quote; if nobody can be told, that is no reason to end otherwise."""
    write_stderr(f"{printable_lines(text)}\n")


def write_stderr(report: str) -> None:
    """Write what is fit to be shown to standard error, with its colours; if nobody takes it, that is no error."""
    with suppress(OSError, ValueError):
        sys.stderr.write(report)
        sys.stderr.flush()


def let_go() -> None:
    """Let what Python would still write to the streams at its end go nowhere where it cannot be written: it would say
    so in lines of its own, and end with a code of its own."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
