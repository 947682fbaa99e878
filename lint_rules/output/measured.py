"""What a run measured at a finding, in words and as data, and the order that follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lint_rules.findings.diagnostics import Diagnostic, Observed


def worst_first(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """What was seen at run time, most seconds first, then the others; equal ones keep their order."""
    return sorted(diagnostics, key=lambda found: -found.observed.seconds if found.observed is not None else 1.0)


def seen(observed: Observed) -> str:
    """`seen at run time: 1,200 calls of 1 row, 61.0 s`; with the test where nothing but the run shows the finding."""
    where = " only" if observed.only else ""
    text = f"seen{where} at run time: {_count(observed.calls, 'call')}{_rows(observed)}, {_time(observed.seconds)}"
    if observed.speedup is not None:
        text += f"; predict_on_batch measured {observed.speedup:.0f}x faster"
    if observed.only and observed.loop:
        text += f"; in this loop: {observed.loop}"
    if observed.only and observed.tests:
        more = f" and {len(observed.tests) - 1:,} more" if len(observed.tests) > 1 else ""
        text += f"; in {observed.tests[0]}{more}"
    return text


def with_seen(found: Diagnostic) -> str:
    """The message of a finding, with what was measured in brackets behind it."""
    return found.message if found.observed is None else f"{found.message} ({seen(found.observed)})"


def as_object(observed: Observed) -> dict[str, Any]:
    """As plain data, with sorted keys."""
    return {
        "calls": observed.calls,
        "max_rows": observed.max_rows,
        "min_rows": observed.min_rows,
        "only_at_run_time": observed.only,
        "seconds": round(observed.seconds, 6),
        "share": round(observed.share, 4),
        "speedup": observed.speedup,
        "tests": list(observed.tests),
    }


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _rows(observed: Observed) -> str:
    least, most = observed.min_rows, observed.max_rows
    if least is None or most is None:
        return ""
    return f" of {_count(most, 'row')}" if least == most else f" of {least:,} to {_count(most, 'row')}"


def _time(seconds: float) -> str:
    """A time with three figures at most, as the plugin tells it."""
    if seconds >= 1:
        return f"{seconds:,.1f} s"
    return f"{seconds:.2f} s" if seconds >= 0.1 else f"{seconds * 1000:.1f} ms"
