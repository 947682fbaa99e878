"""Whether two runs of a command ended, printed and wrote the same.

Times, progress bars and the last digits of numbers are no difference. What differs between two runs of the program as
it is says nothing and is not compared.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from lint_rules.commands.verify.predictions import ABSOLUTE, RELATIVE
from lint_rules.commands.verify.trial import Trial
from lint_rules.regex import lazy_pattern

_NUMBER = lazy_pattern(r"(?<![\w.])[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]*\w)")
_TIME = lazy_pattern(
    r"\b\d+(?:\.\d+)?\s?(?:us|µs|ms|s|sec|secs|seconds|min|minutes)\b(?:/\w+)?|\b\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?\b"
)
_PROGRESS = lazy_pattern(r"^.*(?:\x08|[━\[][━=>.╸\s]*[━\]>=]).*$|^\s*\d+/\d+ .*\bstep\b.*$")
_FAILED = lazy_pattern(r"^(?:FAILED|ERROR)\s+(\S+)", re.MULTILINE)


def failure(before: Trial, after: Trial) -> str | None:
    """How the command ended otherwise than before; None where it ended the same."""
    if after.code == before.code:
        return None
    if after.code is None:
        return "the command ran out of time"
    failed = _FAILED.search(after.output)
    if failed is not None:
        return f"{failed[1]} failed"
    last = next((line for line in reversed(f"{after.output}\n{after.errors}".splitlines()) if line.strip()), "")
    return f"the command ended with exit code {after.code}" + (f": {last.strip()}" if last else "")


def other_results(before: Trial, again: Trial, after: Trial) -> str | None:
    """What the command printed or wrote otherwise than before; None without any.

    `again` is a second run of the program as it was: what differs between `before` and `again` is left out.
    """
    if same_text(before.output, again.output) and not same_text(before.output, after.output):
        line = next(_changed_lines(before.output, after.output), "")
        return f"the command prints something else: {line.strip()[:100]!r}"
    for name in sorted(before.written.keys() | after.written.keys()):
        if name not in after.written:
            return f"the command does not write {name} any more"
        if name not in before.written:
            if name not in again.written:
                return f"the command writes {name}, which it did not"
            continue
        steady = same_text(before.written[name], again.written.get(name, ""))
        if steady and not same_text(before.written[name], after.written[name]):
            return f"the command writes something else to {name}"
    return None


def same_text(one: str, other: str) -> bool:
    """Whether two texts say the same, but for times, progress and the last digits of numbers."""
    return one == other or next(_changed_lines(one, other), None) is None


def _changed_lines(one: str, other: str) -> Iterator[str]:
    """The lines of the second text that differ from those of the first at their places."""
    old, new = list(_lines(one)), list(_lines(other))
    for number in range(max(len(old), len(new))):
        mine = old[number] if number < len(old) else None
        theirs = new[number] if number < len(new) else None
        if mine is None or theirs is None or not _same_line(mine, theirs):
            yield theirs or mine or ""


def _lines(text: str) -> Iterator[str]:
    for line in text.replace("\r", "\n").splitlines():
        if line.strip() and not _PROGRESS.match(line):
            yield _TIME.sub("<time>", line)


def _same_line(one: str, other: str) -> bool:
    if one == other:
        return True
    if _NUMBER.sub("#", one).split() != _NUMBER.sub("#", other).split():
        return False
    return all(_same_number(*pair) for pair in zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True))


def _same_number(one: str, other: str) -> bool:
    """Whether two printed numbers are the same but for rounding; whole ones must be equal."""
    if one == other:
        return True
    if not any(mark in one + other for mark in ".eE"):
        return False
    digits = max(len(text.partition(".")[2].partition("e")[0]) for text in (one.lower(), other.lower()))
    unit = 0.0 if "e" in (one + other).lower() else 1.01 * 10.0**-digits
    return math.isclose(float(one), float(other), rel_tol=RELATIVE, abs_tol=max(ABSOLUTE, min(unit, 0.011)))
