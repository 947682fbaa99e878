"""Where a helper is called, for a fix of it; without LibCST, so that rules can say it before they need a fix."""

from __future__ import annotations

from enum import Enum, auto

from lint_rules.findings.diagnostics import Position
from lint_rules.records import dataclass


class Runner(Enum):
    """What runs a function once for each sample."""

    LOOP = auto()  # a loop or a comprehension, which calls it
    ROWS = auto()  # `frame.apply(f, axis=1)`
    ELEMENTS = auto()  # `series.apply(f)`
    KEY = auto()  # `max(xs, key=f)`, `sorted(xs, key=f)`
    MAP = auto()  # `map(f, xs)`


@dataclass(frozen=True, slots=True)
class Calling:
    """A call of a helper in a loop, or the call of a library that runs the helper for each sample.

    `filename` and `text` are those of the file that it stands in, None and empty for the file of the helper. `imported`
    tells that the name that is called comes from the helper's own module by `from module import name`. `steady` is the
    code of what is gone over that gives the same elements whenever it is gone over.
    """

    start: Position
    end: Position
    filename: str | None = None
    text: str = ""
    imported: bool = False
    runner: Runner = Runner.LOOP
    steady: frozenset[str] = frozenset()
