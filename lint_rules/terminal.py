"""What a stream can show, and how people are told what is no part of the report."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from pytest_keras_inference.printable import printable, printable_lines


def is_screen(stream: TextIO) -> bool:
    """Whether a stream ends on a terminal that knows more than plain lines."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def takes_colour(stream: TextIO) -> bool:
    """Whether to colour what goes to a stream: on a screen, with FORCE_COLOR anywhere, with NO_COLOR nowhere."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_screen(stream)


def tell(message: str) -> None:
    """Say something on standard error, in the name of the command."""
    print(f"keras-inference: {printable_lines(message)}", file=sys.stderr)


def shown_diff(diff: str) -> str:
    """A unified diff to be looked at: tabs and both kinds of line ends stay, what else would act is escaped."""
    lines = []
    for line in diff.split("\n"):
        end = "\r" if line.endswith("\r") else ""
        lines.append(printable(line.removesuffix(end), keep="\t") + end)
    return "\n".join(lines)
