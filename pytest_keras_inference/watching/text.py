"""How calls and findings read: for a person in a hurry, the diagnosis first, the fix last."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from pytest_keras_inference.vocabulary import TEXTS
from pytest_keras_inference.watching.calls import DIRECT, PREDICT_FAMILY, SiteCalls
from pytest_keras_inference.watching.findings import Finding

_CODE_LINES = 4


def budget_report(
    sites: Sequence[SiteCalls],
    findings: Sequence[Finding],
    *,
    calls: int | None,
    min_rows: int | None,
    name: str,
) -> str:
    """What of a budget is exceeded and by which places; empty if nothing is."""
    counted = [one for one in sites if one.kind in PREDICT_FAMILY and one.calls > one.inside_fit]
    total = sum(one.calls - one.inside_fit for one in counted)
    small = [one for one in counted if min_rows is not None and one.min_rows is not None and one.min_rows < min_rows]
    heads: list[str] = []
    if calls is not None and total > calls:
        heads.append(f"{count(total, 'predict call')}, at most {calls:,} allowed")
    if small:
        least = min(one.min_rows for one in small if one.min_rows is not None)
        heads.append(f"calls with {count(least, 'row')}, at least {min_rows:,} wanted")
    if not heads:
        return ""
    shown = counted if calls is not None and total > calls else small
    limits = [f"calls={calls}"] * (calls is not None) + [f"min_rows={min_rows}"] * (min_rows is not None)
    return "\n".join([f"{'; '.join(heads)} ({name}({', '.join(limits)}))", *_site_blocks(shown, findings)])


def calls_table(sites: Sequence[SiteCalls], findings: Sequence[Finding]) -> str:
    """Every place that called a model, with what is to be said of it."""
    if not sites:
        return "no calls of Keras models"
    total = sum(one.calls for one in sites)
    head = f"{count(total, 'call')} of Keras models from {count(len(sites), 'place')}"
    return "\n".join([head, *_site_blocks(sites, findings)])


def finding_lines(finding: Finding) -> list[str]:
    """One finding: place and figures, the rule, the code, the fix."""
    text = TEXTS[finding.code]
    lines = [f"{finding.site.location} {_label(finding.kind)}: {figures(finding)}"]
    if finding.speedup is not None:
        lines[0] += f"; predict_on_batch measured {finding.speedup:.0f}x faster here"
    lines.append(f"    {text.code} {text.name}: {finding.evidence}")
    lines.extend(code_lines(finding.site.code))
    lines.append(f"    instead: {finding.instead}")
    return lines


def figures(calls: SiteCalls | Finding) -> str:
    """`1,200 calls of 1 row, 61.0 s`."""
    return f"{count(calls.calls, 'call')}{_rows(calls)}, {seconds(calls.seconds)}"


def count(number: int, noun: str) -> str:
    """`1 call`, `1,200 calls`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def seconds(value: float) -> str:
    """A time with three figures at most: `61.0 s`, `0.12 s`, `3.4 ms`."""
    if value >= 1:
        return f"{value:,.1f} s"
    if value >= 0.1:
        return f"{value:.2f} s"
    return f"{value * 1000:.1f} ms"


def code_lines(code: str) -> list[str]:
    """Source lines marked as such; a long call is cut."""
    lines = code.splitlines()
    if len(lines) > _CODE_LINES:
        lines = [*lines[: _CODE_LINES - 1], "..."]
    return [f"    > {line}" for line in lines]


def _site_blocks(sites: Iterable[SiteCalls], findings: Sequence[Finding]) -> list[str]:
    lines: list[str] = []
    for one in sites:
        first = f", the first {seconds(one.first_seconds)}" if one.first_calls and one.calls > one.first_calls else ""
        lines += ["", f"{one.site} {_label(one.kind)}: {figures(one)}{first}, {one.model}"]
        lines += code_lines(one.site.code)
        for finding in findings:
            if finding.site == one.site and finding.kind == one.kind:
                lines.append(f"    {finding.code} {finding.name}: {finding.evidence}")
                lines += textwrap.wrap(
                    f"instead: {finding.instead}", 110, initial_indent="    ", subsequent_indent="      "
                )
                break
    return lines


def _rows(calls: SiteCalls | Finding) -> str:
    if calls.min_rows is None or calls.max_rows is None:
        return ""
    if calls.calls == 1:
        return f" of {count(calls.max_rows, 'row')}"
    if calls.min_rows == calls.max_rows:
        return f" of {count(calls.max_rows, 'row')}"
    return f" of {calls.min_rows:,} to {count(calls.max_rows, 'row')}"


def _label(kind: str) -> str:
    return "model(x)" if kind == DIRECT else kind
