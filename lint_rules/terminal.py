"""What a stream can show: colour, text that takes the place of other text, and code as it may be looked at."""

from __future__ import annotations

import os
from typing import TextIO

from pytest_keras_inference.printable import printable


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


def shown_diff(diff: str) -> str:
    """A unified diff to be looked at: tabs and both kinds of line ends stay, what else would act is escaped."""
    lines = []
    for line in diff.split("\n"):
        end = "\r" if line.endswith("\r") else ""
        lines.append(printable(line.removesuffix(end), keep="\t") + end)
    return "\n".join(lines)
