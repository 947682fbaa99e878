"""Where a helper is called, for a fix of it; without LibCST, so that rules can say it before they need a fix."""

from __future__ import annotations

from lint_rules.findings.diagnostics import Position
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Calling:
    """A call of a helper, in a loop; or a call of pandas that applies the helper.

    `filename` and `text` are those of the file that it stands in, None and empty for the file of the helper. `imported`
    tells that the name that is called comes from the helper's own module by `from module import name`. `rows` is None
    where the helper is called; it tells of one that is applied whether that is to each row of a table, or to each
    element of a column. `steady` is the code of what the loop goes over that gives the same elements whenever it is
    gone over.
    """

    start: Position
    end: Position
    filename: str | None = None
    text: str = ""
    imported: bool = False
    rows: bool | None = None
    steady: frozenset[str] = frozenset()
