"""One line on the terminal while a long run goes on: how far it is, and with which file.

It is drawn over itself with carriage returns and blanks, so that any terminal shows it and nothing need be imported.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

from lint_rules.source.files import working_folder
from lint_rules.terminal import is_screen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

DELAY = 0.5
"""Seconds that a run lasts before anything is shown: most are over by then."""

_BAR = 20
_WIDE_ENOUGH = 60
"""Columns from which on there is room for a bar of `_BAR` signs beside the numbers and a file's name."""


class Bar:
    """The progress of one run on standard error, to be told of each file before it is judged; wiped away at the end.

    Nothing is shown where nobody looks (no terminal, or CI), and nothing when it is not `wanted`.
    """

    def __init__(
        self, wanted: bool = True, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._shown = wanted and not os.environ.get("CI") and is_screen(self._stream)
        self._due = clock() + DELAY
        self._folder = working_folder().rstrip(os.sep) + os.sep
        self._judged = 0
        self._columns = 0

    def __enter__(self) -> Bar:
        return self

    def __call__(self, path: str, left: int) -> None:
        """A file will be judged now; `left` are still to be judged with it, as far as is known."""
        if self._shown and self._clock() >= self._due:
            self._draw(line(self._judged, self._judged + left, path.removeprefix(self._folder), self._width()))
        self._judged += 1

    def __exit__(self, *_: object) -> None:
        if self._columns:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()

    def _draw(self, text: str) -> None:
        """Put a text in the place of the one before."""
        columns = _columns(text)
        self._stream.write(f"\r{text}{' ' * (self._columns - columns)}")
        self._stream.flush()
        self._columns = columns

    def _width(self) -> int:
        """The columns to be used: all but the last, in which some terminals begin a new line."""
        try:
            return (os.get_terminal_size(self._stream.fileno()).columns or 80) - 1
        except OSError:
            return 79


def line(judged: int, total: int, name: str, width: int) -> str:
    """`12/40 [======              ] models/agent.py` in at most `width` columns; names lose their beginning first."""
    head = f"{judged:>{len(str(total))}}/{total} "
    if width >= _WIDE_ENOUGH:
        filled = _BAR * judged // total
        head += f"[{'=' * filled}{' ' * (_BAR - filled)}] "
    plain = "".join(character if character.isprintable() else "?" for character in name)
    return f"{head}{_end(plain, width - len(head))}"[: max(width, 0)]


def _end(text: str, room: int) -> str:
    """A text, or what fits of its end behind three dots."""
    if _columns(text) <= room:
        return text
    while text and _columns(text) > room - 3:
        text = text[1:]
    return f"...{text}"


def _columns(text: str) -> int:
    """How many columns a text takes at most: two for what is not ASCII."""
    return sum(1 if character.isascii() else 2 for character in text)
