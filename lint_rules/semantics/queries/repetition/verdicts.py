"""What is said of a call that repeats: how it repeats, for which reason, in which loop of which way."""

from __future__ import annotations

from enum import Enum, auto

from lint_rules.records import dataclass
from lint_rules.semantics.calls.contexts import Path, Region, RegionKind
from lint_rules.semantics.domains.array_readings import Rows


class Repeat(Enum):
    """How a call of predict repeats."""

    SAMPLE = auto()
    STEP = auto()
    BATCH = auto()
    INVARIANT = auto()


class Reason(Enum):
    """Why a call repeats as it does; of a STEP, why the steps cannot be batched."""

    LIVE = auto()  # inputs arrive from outside as the loop runs
    CARRIED = auto()  # the next input depends on this output
    SIZES = auto()  # each iteration gives its input a size of its own
    TRAINED = auto()  # the weights change between the iterations
    ONE_BY_ONE = auto()  # nothing shows how many there will be
    INDEPENDENT = auto()  # samples that do not depend on each other
    PIECES = auto()  # slices or batches of a larger whole
    UNCHANGED = auto()  # neither the model nor the input changes


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reason says of a loop: that it matters, or where to look instead."""

    repeat: Repeat | None = None
    reason: Reason | None = None
    outwards: bool = False
    """Whether a loop further out may matter where this one does not."""


OUTWARDS = Verdict(outwards=True)
"""This loop is no misuse; one further out may be."""

STOP = Verdict()
"""Neither this loop nor one further out is misuse."""


@dataclass(frozen=True, slots=True)
class LoopUse:
    """A loop that repeats a call on one of its ways.

    `frame` numbers the function of the way that holds the loop, `rows` are those of one input; `ragged` tells that
    samples may differ in length.
    """

    repeat: Repeat
    reason: Reason
    path: Path
    frame: int
    region: Region
    rows: frozenset[Rows] = frozenset()
    ragged: bool = False

    @property
    def inner(self) -> tuple[Region, ...]:
        """The loops between the call and this one."""
        way = list(self.path.regions())
        here = next((place for place, (_, region) in enumerate(way) if region is self.region), 0)
        return tuple(region for _, region in way[:here] if region.kind is RegionKind.LOOP)

    @property
    def lexical(self) -> bool:
        """Whether the loop stands in the function of the call."""
        return self.frame == 0

    @property
    def rank(self) -> tuple[int, int, int]:
        """The lower, the better the finding: what costs most first, then the nearest loop, which runs most often."""
        order = (Repeat.SAMPLE, Repeat.STEP, Repeat.INVARIANT, Repeat.BATCH)
        cost = max(order.index(self.repeat), 1)
        return (cost, self.frame, order.index(self.repeat))
