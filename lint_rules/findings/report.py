"""What a run came to: the findings, and what was kept from view."""

from __future__ import annotations

from lint_rules.records import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic


class Failure(NamedTuple):
    """An error of our own: `what` failed (a rule, the reader), on which file, and the traceback."""

    what: str
    path: str
    trace: str


class Outcome(NamedTuple):
    """What came of one file. `passing` tells one that rests on the time or memory at hand, `unproven` one of a file
    of which nobody has looked yet whether it is Python at all, `late` one of a file that was given up for its time."""

    diagnostics: tuple[Diagnostic, ...] = ()
    suppressed: tuple[Diagnostic, ...] = ()
    failures: tuple[Failure, ...] = ()
    passing: bool = False
    unproven: bool = False
    late: bool = False

    def without_fixes(self) -> Outcome:
        """The same as a run that asks for no fixes has it."""
        if not self.diagnostics and not self.suppressed:
            return self
        from lint_rules.records import replace

        shown, suppressed = (
            tuple(replace(found, fix=None) for found in group) for group in (self.diagnostics, self.suppressed)
        )
        return self._replace(diagnostics=shown, suppressed=suppressed)


class Report(NamedTuple):
    """The outcome of one run, every list sorted by file, cell, row and column.

    `diagnostics` are shown and make the exit code 1; `suppressed` were silenced by a comment; `known` stand in the
    baseline, or are where `known_as` says. `failures` tell of errors of our own, one text for each rule that failed;
    they make the exit code 2.
    `mistakes` tell which settings were wrong, so that the files under them were not checked; they make it 2 as well.
    `baselined` tells whether there was a baseline to compare with. `notes` are for the reader, and change no exit code.
    A NamedTuple, because a run without findings must not pay for importing `dataclasses`.
    """

    diagnostics: tuple[Diagnostic, ...] = ()
    suppressed: tuple[Diagnostic, ...] = ()
    known: tuple[Diagnostic, ...] = ()
    checked: int = 0
    failures: tuple[str, ...] = ()
    baselined: bool = False
    notes: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()
    known_as: str = "in the baseline"
