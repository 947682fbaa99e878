"""Whether a changed program predicts what it predicted before, row by row."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence

from lint_rules.commands.verify.records import SiteRecord
from lint_rules.records import dataclass

RELATIVE, ABSOLUTE = 1e-4, 1e-5
"""How far two values may lie apart: one call over all rows adds up floats in another order than a call for each."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two sequences of rows part: which row, from 0, how many rows differ, and by how much at most."""

    first: int
    count: int
    most: float

    def told(self, of: int) -> str:
        """For a person."""
        rows = f"{of:,} row{'' if of == 1 else 's'} {'differs' if self.count == 1 else 'differ'}"
        return f"{self.count:,} of {rows} by up to {self.most:.2g} (row {self.first} first)"


@dataclass(frozen=True, slots=True)
class Leeway:
    """What a fix may change about the predictions of a line.

    tensor: a tensor may stand where an array was; by_shape: the rows of each shape of inputs may come together
    """

    tensor: bool = False
    by_shape: bool = False


NO_LEEWAY = Leeway()


def difference(before: Sequence[array[float]], after: Sequence[array[float]]) -> Difference | None:
    """How two sequences of as many rows differ; None where they do not."""
    apart = [(number, _apart(*rows)) for number, rows in enumerate(zip(before, after, strict=True))]
    wrong = [(number, most) for number, most in apart if most > 0]
    return Difference(wrong[0][0], len(wrong), max(most for _, most in wrong)) if wrong else None


def _apart(one: array[float], other: array[float]) -> float:
    """The largest distance between values that is more than rounding, 0 without any."""
    if one == other:
        return 0.0
    if len(one) != len(other):
        return math.inf
    return max((_distance(a, b) for a, b in zip(one, other, strict=True)), default=0.0)


def _distance(a: float, b: float) -> float:
    if math.isclose(a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE) or (math.isnan(a) and math.isnan(b)):
        return 0.0
    distance = abs(a - b)
    return math.inf if math.isnan(distance) else distance


def unlike(before: SiteRecord, after: SiteRecord, leeway: Leeway = NO_LEEWAY) -> str | None:
    """Why what a line predicts is not what a line predicted; None where it is.

    A prediction that was the same in each round may be made once, and further rows may be predicted between those that
    were: those of samples that a branch of the loop left out.
    """
    if after.failed > before.failed:
        return "the call fails"
    if after.forms != before.forms:
        return f"the output was {_listed(before.forms)} and is {_listed(after.forms)}"
    if not leeway.tensor and after.types != before.types:
        return f"the result was {_listed(before.types)} and is {_listed(after.types)}"
    count, left = len(before.rows), len(after.rows)
    if count == left:
        found = difference(before.rows, after.rows)
        if found is None or (leeway.by_shape and _is_regrouped(before, after)):
            return None
        return found.told(count)
    if left > count and _are_among(before.rows, after.rows):
        return None
    if left and count % left == 0 and difference(before.rows, [*after.rows] * (count // left)) is None:
        return None
    return f"{count:,} rows were predicted, and {left:,} are"


def _are_among(rows: Sequence[array[float]], more: Sequence[array[float]]) -> bool:
    """Whether all rows are among others, in their order."""
    others = iter(more)
    return all(any(_apart(row, other) == 0 for other in others) for row in rows)


def _is_regrouped(before: SiteRecord, after: SiteRecord) -> bool:
    """Whether two records of as many rows hold the same ones in the same order for each shape of inputs."""
    one, other = (
        sorted(zip(site.shapes, site.rows, strict=True), key=lambda each: each[0]) for site in (before, after)
    )
    if [shape for shape, _ in one] != [shape for shape, _ in other]:
        return False
    return difference([row for _, row in one], [row for _, row in other]) is None


def are_shared(before: SiteRecord, after: Sequence[SiteRecord]) -> bool:
    """Whether several lines together predict what one line predicted: each of its rows is the next one of one of them.

    So it is where a copy of a helper predicts for the loops, and the helper for who calls it otherwise.
    """
    lines = [site for site in after if site.rows]
    if len(lines) < 2 or sum(len(site.rows) for site in lines) != len(before.rows):
        return False
    if any(site.forms != before.forms or site.types != before.types or site.failed for site in lines):
        return False
    waiting = [list(reversed(site.rows)) for site in lines]
    for row in before.rows:
        place = next((rows for rows in waiting if rows and _apart(row, rows[-1]) == 0), None)
        if place is None:
            return False
        place.pop()
    return True


def _listed(words: set[str]) -> str:
    return " or ".join(sorted(words)) or "nothing"
