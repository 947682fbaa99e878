"""What one look at the bytes of a file shows."""

from __future__ import annotations

from typing import NamedTuple


class Facts(NamedTuple):
    """What the bytes of one file show: whether they hold a word of a rule, speak of Keras, may hold a
    comment that names rules, and are Python at all (None: nobody has asked)."""

    holds: bool
    keras: bool
    comments: bool
    parses: bool | None = None
