"""What became of a fix that was tried, and what it gained."""

from __future__ import annotations

from lint_rules.findings.diagnostics import Diagnostic
from lint_rules.findings.view import View
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of fixes that were tried together.

    found: the findings; reason: why they are not kept, empty for those that are
    before, after: the calls at their lines, and the seconds that they took
    instead_of: why a stronger fix is not kept, empty where none was tried before
    """

    found: tuple[Diagnostic, ...]
    reason: str = ""
    before: tuple[int, float] = (0, 0.0)
    after: tuple[int, float] = (0, 0.0)
    instead_of: str = ""

    def __str__(self) -> str:
        first = self.found[0]
        where = f"{View().name(first.location.filename)}:{first.location.start.row}"
        codes = ", ".join(dict.fromkeys(each.code for each in self.found))
        if self.reason:
            return f"{where}: {codes} not verified: {self.reason}"
        (calls, seconds), (left, rest) = self.before, self.after
        gained = f"{_calls(calls)} -> {left:,}; {_time(seconds)} -> {_time(rest)}"
        weaker = f" (a weaker fix; of the first: {self.instead_of})" if self.instead_of else ""
        return f"{where}: {codes} verified: {gained}{weaker}"


def _time(seconds: float) -> str:
    """Two digits, and all that stand before the point: `137 s`, `37.6 s`, `0.35 s`."""
    if seconds < 0.001:
        return "0.001 s" if seconds else "0 s"
    return f"{seconds:,.0f} s" if seconds >= 100 else f"{seconds:.1f} s" if seconds >= 10 else f"{seconds:.2g} s"


def _calls(number: int) -> str:
    return f"{number:,} call{'' if number == 1 else 's'}"
