"""What a stream can show: colour, text that takes the place of other text, and code as it may be looked at."""

from __future__ import annotations

import os

from pytest_keras_inference.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

NARROWEST, WIDEST = 40, 200
"""A terminal is taken to be as wide as it is, within these bounds."""


def is_screen(stream: TextIO) -> bool:
    """Whether a stream ends on a terminal that knows more than plain lines."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def takes_colour(stream: TextIO, when: str = "auto") -> bool:
    """Whether to colour what goes to a stream: `always`, `never`, or by the stream and the environment.

    By these, on a screen, with FORCE_COLOR anywhere, with NO_COLOR nowhere.
    """
    if when != "auto":
        return when == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_screen(stream)


def width_of(stream: TextIO) -> int | None:
    """How many columns a screen has, within what is sensible; None for what is no screen.

    COLUMNS counts over what the system says, as everywhere.
    """
    if not is_screen(stream):
        return None
    named = os.environ.get("COLUMNS", "")
    try:
        columns = int(named) if named.isdigit() and int(named) else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 80
    return max(NARROWEST, min(columns or 80, WIDEST))


def takes_links(stream: TextIO) -> bool:
    """Whether names may be links: on a screen, unless FORCE_HYPERLINK is 0; anywhere where it is something else."""
    forced = os.environ.get("FORCE_HYPERLINK", "")
    return forced != "0" if forced else is_screen(stream)


def shown_diff(diff: str, colour: bool = False) -> str:
    """A unified diff to be looked at: tabs and both kinds of line ends stay, what else would act is escaped."""
    lines = []
    for line in diff.split("\n"):
        end = "\r" if line.endswith("\r") else ""
        text = printable(line.removesuffix(end), keep="\t")
        style = _diff_style(line) if colour else None
        lines.append((f"\x1b[{style}m{text}\x1b[0m" if style else text) + end)
    return "\n".join(lines)


def _diff_style(line: str) -> str | None:
    """The style of a line of a unified diff: bold names, cyan places, green and red for what comes and goes."""
    if line.startswith(("--- ", "+++ ")):
        return "1"
    return {"@": "36", "+": "32", "-": "31"}.get(line[:1])
