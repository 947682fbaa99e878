"""What a stream can show: colour, and text that takes the place of other text."""

from __future__ import annotations

import os
from typing import TextIO


def is_screen(stream: TextIO) -> bool:
    """Whether a stream ends on a terminal that knows more than plain lines."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def takes_colour(stream: TextIO) -> bool:
    """Whether to colour what goes to a stream: on a screen, with FORCE_COLOR anywhere, with NO_COLOR nowhere."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_screen(stream)
