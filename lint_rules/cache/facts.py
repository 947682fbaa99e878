"""What one look at the bytes of a file shows."""

from __future__ import annotations

from lint_rules.records import NamedTuple


class Facts(NamedTuple):
    """What the bytes of one file show.

    `holds` tells that they hold a word of a rule; `in_a_gradient` that they hold one that matters where the project
    takes gradients, `takes_gradient` that they may take one; `keras` that they speak of Keras, `comments` that they may
    hold a comment that names rules, and `parses` that they are Python at all (None: nobody has asked).
    """

    holds: bool
    in_a_gradient: bool
    takes_gradient: bool
    keras: bool
    comments: bool
    parses: bool | None = None
