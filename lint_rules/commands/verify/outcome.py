"""Whether two runs of a command ended, printed and wrote the same.

Times, progress bars and the last digits of numbers are no difference. What differs between two runs of the program as
it is says nothing and is not compared.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Set
from itertools import zip_longest

from lint_rules.commands.verify.predictions import ABSOLUTE, RELATIVE
from lint_rules.commands.verify.trial import Trial
from lint_rules.regex import lazy_pattern

_NUMBER = lazy_pattern(r"(?<![\w.])[-+]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]*\w)")
_TIME = lazy_pattern(
    r"\b\d+(?:\.\d+)?\s?(?:us|µs|ms|s|sec|secs|seconds|min|minutes)\b(?:/\w+)?"
    r"|\b\d+(?:\.\d+)?\s?\w+/(?:s|sec|second|min|minute)\b"
    r"|\b(?:\d{4}-\d\d-\d\d[T ])?\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?\b"
    r"|(?i:\b(?:time|elapsed|took|duration|latency|speed|throughput|fps)\b)[^\d\n]{0,16}\d+(?:\.\d+)?"
)
_PROGRESS = lazy_pattern(r"^.*(?:\x08|━{3}|\[[=>.]{8,}\]).*$|^\s*\d+/\d+ .*\bstep\b.*$")
_BESIDE = lazy_pattern(r"\s*([\[\](),])\s*")
_FAILED = lazy_pattern(r"^(?:FAILED|ERROR)\s+(\S+)", re.MULTILINE)


def failure(before: Trial, after: Trial) -> str | None:
    """How the command ended otherwise than before; None where it ended the same."""
    if after.code == before.code:
        return None
    if after.code is None:
        return f"the command ran out of time after {after.seconds:.0f} s; --verify-timeout sets another limit"
    failed = _FAILED.search(after.output)
    if failed is not None:
        return f"{failed[1]} failed"
    last = next((line for line in reversed(f"{after.output}\n{after.errors}".splitlines()) if line.strip()), "")
    return f"the command ended with exit code {after.code}" + (f": {last.strip()}" if last else "")


def other_results(before: Trial, again: Trial, after: Trial) -> str | None:
    """What the command printed or wrote otherwise than before; None without any.

    `again` is a second run of the program as it was: what differs between `before` and `again` is left out.
    """
    line = changed_line(before.output, again.output, after.output)
    if line is not None:
        return f"the command prints something else: {line.strip()[:100]!r}"
    steady = before.written.keys() & again.written.keys()
    for name in sorted(steady):
        if name not in after.written:
            return f"the command does not write {name} any more"
        if changed_line(before.written[name], again.written[name], after.written[name]) is not None:
            return f"the command writes something else to {name}"
    return _other_new_files(*(_without(trial.written, steady) for trial in (before, again, after)))


def _without(written: Mapping[str, str], names: Set[str]) -> dict[str, str]:
    return {name: text for name, text in written.items() if name not in names}


def _other_new_files(before: Mapping[str, str], again: Mapping[str, str], after: Mapping[str, str]) -> str | None:
    """What is otherwise in files that each run calls by another name, after the time say; None without any.

    Where the names of the first two runs differ in numbers only, those of the third must, and hold the same. Of other
    names, such as random ones, only their number is compared, and that where it is the same in the first two runs.
    """
    fresh = sorted(after.keys() - before.keys() - again.keys())
    if not fresh:
        return None
    orders = [sorted(written, key=lambda name: (_name_form(name), name)) for written in (before, again, after)]
    forms = [[_name_form(name) for name in order] for order in orders]
    if len(before) != len(again):
        return None
    if len(after) != len(before) or (forms[0] == forms[1] and forms[2] != forms[0]):
        return f"the command writes {fresh[0]}, which it did not"
    if forms[0] == forms[1]:
        for old, twice, new in zip(*orders, strict=True):
            if changed_line(before[old], again[twice], after[new]) is not None:
                return f"the command writes something else to {new}"
    return None


def _name_form(name: str) -> str:
    """The name of a file, numbers left out."""
    return re.sub(r"\d+", "#", name)


def changed_line(before: str, again: str, after: str) -> str | None:
    """The first line of `after` that does not say what its line in `before` says; None without any.

    Times, progress and the last digits of numbers are no difference, nor where an array is broken into lines, which
    depends on its digits. What differs between `before` and `again` is not compared: numbers, whole lines, or
    everything where even the number of lines is another.
    """
    if after in (before, again):
        return None
    old, twice, new = list(_lines(before)), list(_lines(again)), list(_lines(after))
    if len(old) != len(twice):
        return None
    for mine, other, theirs in zip_longest(old, twice, new):
        if mine is None or other is None or theirs is None or not _same_line(mine, other, theirs):
            whole = [" ".join(lines) for lines in (old, twice, new)]
            return None if _form(whole[0]) == _form(whole[1]) and _same_line(*whole) else theirs or mine or ""
    return None


def _lines(text: str) -> Iterator[str]:
    for line in text.replace("\r", "\n").splitlines():
        if line.strip() and not _PROGRESS.match(line):
            yield _TIME.sub("<time>", line)


def _same_line(before: str, again: str, after: str) -> bool:
    """Whether a line says what it said before, but for what differs between the two lines of before."""
    if after in (before, again):
        return True
    form = _form(before)
    if form != _form(again):
        return True
    if form != _form(after):
        return False
    numbers = zip(*(_NUMBER.findall(line) for line in (before, again, after)), strict=True)
    return all(_same_number(one, three) or not _same_number(one, two) for one, two, three in numbers)


def _form(line: str) -> list[str]:
    """The words of a line, numbers left out, without the white space that NumPy puts beside them."""
    return _BESIDE.sub(r"\1", _NUMBER.sub("#", line)).split()


def _same_number(one: str, other: str) -> bool:
    """Whether two printed numbers are the same but for rounding; whole ones must be equal."""
    if one == other:
        return True
    if not any(mark in one + other for mark in ".eE"):
        return False
    digits = max(len(text.partition(".")[2].partition("e")[0]) for text in (one.lower(), other.lower()))
    unit = 0.0 if "e" in (one + other).lower() else 1.01 * 10.0**-digits
    return math.isclose(float(one), float(other), rel_tol=RELATIVE, abs_tol=max(ABSOLUTE, min(unit, 0.011)))
