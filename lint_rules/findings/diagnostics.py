"""What a run reports: plain frozen data, the same for every rule, every output and the editor.

Rows and columns count from 1; a column counts characters, not bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from lint_rules.records import dataclass, replace


class Severity(StrEnum):
    """How bad a finding is; the values are what the outputs print."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """2 for an error, 1 for a warning, 0 for info."""
        return ("info", "warning", "error").index(self.value)


class Confidence(StrEnum):
    """How sure a finding is: `certain` is proven from the code, or by a run; `likely` rests on weak evidence only."""

    CERTAIN = "certain"
    LIKELY = "likely"


class Applicability(StrEnum):
    """Whether a fix may be applied unasked, as Ruff has it; one for display where a run of the program proves it."""

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"

    @property
    def told(self) -> str:
        """For a person."""
        return "with --verify only" if self is Applicability.DISPLAY else self.value


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a text: `row` and `column`, both from 1."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Location:
    """A stretch of one file; `end` is exclusive. `cell` counts from 1 over all cells of a notebook, else None."""

    filename: str
    start: Position
    end: Position
    cell: int | None = None


@dataclass(frozen=True, slots=True)
class TraceStep:
    """One step of how a call gets into its loop, tape or trace; the outermost step comes last."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the text from `start` up to `end` by `content`; positions are those of the file as it was read.

    `filename` is None for the file of the finding, else another one that the fix has to change with it.
    """

    start: Position
    end: Position
    content: str
    cell: int | None = None
    filename: str | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """A rewrite that resolves a finding. `message` says what is rewritten and, if unsafe, what may change."""

    applicability: Applicability
    message: str
    edits: tuple[Edit, ...]
    otherwise: Fix | None = None
    """A weaker fix, for where a run of the program shows that this one does not hold."""

    @property
    def chain(self) -> tuple[Fix, ...]:
        """The fix and the weaker ones, the strongest first."""
        return (self, *(self.otherwise.chain if self.otherwise is not None else ()))

    @property
    def elsewhere(self) -> frozenset[str]:
        """The other files that it changes."""
        return frozenset(edit.filename for edit in self.edits if edit.filename is not None)


def chained(fixes: Iterable[Fix]) -> Fix | None:
    """The first of the fixes, with the others as what to try instead, in order; None where there is none."""
    weaker: Fix | None = None
    for fix in reversed(tuple(fixes)):
        weaker = replace(fix, otherwise=weaker)
    return weaker


@dataclass(frozen=True, slots=True)
class Observed:
    """What a run of tests or of a program saw at the place of a finding: calls, their rows, and the seconds they took.

    `share` is the part, from 0 to 1, of the time that the run spent in Keras's models. Rows are None where the run
    could not count them. `speedup` is how many times faster predict_on_batch was measured there, if it was. `tests`
    are pytest's node ids. `loop` says which loop made the calls repeat, if the run knew. `only` tells that the finding
    rests on the run: the code alone does not show it.
    """

    calls: int
    min_rows: int | None
    max_rows: int | None
    seconds: float
    share: float
    tests: tuple[str, ...] = ()
    speedup: float | None = None
    loop: str = ""
    only: bool = False


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding.

    `noqa_row` is the row whose `# noqa` comment suppresses it. `anchor` is where the judged call starts:
    findings with the same anchor compete, and one of a family is kept. `observed` is what a test run saw there.
    """

    code: str
    name: str
    message: str
    severity: Severity
    confidence: Confidence
    location: Location
    trace: tuple[TraceStep, ...] = ()
    fix: Fix | None = None
    noqa_row: int = 0
    anchor: Position | None = None
    observed: Observed | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, int, str, str]:
        """By file, cell, row, column, then code."""
        place = self.location
        return (place.filename, place.cell or 0, place.start.row, place.start.column, self.code, self.message)
