"""How what was seen of a program reads: what it costs first, then place by place what happens and what to write."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_keras_inference.gradients.applied import described
from pytest_keras_inference.printable import printable_lines
from pytest_keras_inference.program.cost import Cost
from pytest_keras_inference.program.watch import ProgramWatch
from pytest_keras_inference.vocabulary import TEXTS
from pytest_keras_inference.watching.calls import DIRECT
from pytest_keras_inference.watching.callsite import short_path
from pytest_keras_inference.watching.findings import Finding
from pytest_keras_inference.watching.text import code_lines, count, figures, seconds

_WASTE = ("KI201", "KI202", "KI204", "KI205")
_MOST = 10
"""Places that are shown; the others are counted."""


def told(watch: ProgramWatch) -> list[str]:
    """The report; empty when there is nothing to say."""
    lines = list(_all_lines(watch))
    return [printable_lines(line) for line in lines]


def report(watch: ProgramWatch) -> str:
    """The report of a program that has ended, with what to do next; empty when there is nothing to say."""
    lines = told(watch)
    if not lines:
        return ""
    files = sorted({short_path(one.site.filename) for one in watch.misuse if one.site.filename.endswith(".py")})
    files += [
        name
        for broken in watch.gradients
        if broken.cause is not None and broken.cause.site is not None and broken.cause.code
        if (name := short_path(broken.cause.site.filename)) not in files
    ]
    shown = " ".join(printable_lines(name) for name in dict.fromkeys(files))
    ending = ["", f"See what fixes them: keras-inference check --diff --unsafe-fixes {shown}"] if files else []
    return "\n".join([f"keras-inference: {lines[0]}", *lines[1:], *ending]) + "\n"


def _all_lines(watch: ProgramWatch) -> Iterator[str]:
    misuse = watch.misuse
    broken = described(watch.gradients, {finding.site for finding in misuse if finding.code == "KI101"})
    remarks = [str(one) for one in (*watch.retracings, *([] if watch.growth is None else [watch.growth]))]
    trouble = watch.trouble
    if not (misuse or broken or remarks or trouble):
        return
    yield _head(watch, misuse)
    for finding in misuse[:_MOST]:
        yield ""
        yield from finding_block(watch, finding)
    if len(misuse) > _MOST:
        yield ""
        yield f"and {count(len(misuse) - _MOST, 'more place')}"
    for block in (broken, remarks):
        if block:
            yield ""
            yield from block
    if trouble:
        yield ""
        yield f"the watch switched itself off: {trouble}"


def _head(watch: ProgramWatch, misuse: list[Finding]) -> str:
    waste = [finding for finding in misuse if finding.code in _WASTE]
    head = f"watched {seconds(watch.seconds)}" if watch.seconds else "seen so far"
    if not waste:
        return head
    kinds = sorted({finding.kind for finding in waste})
    calls = sum(finding.calls for finding in waste)
    spent = seconds(sum(finding.seconds for finding in waste))
    return (
        f"{head}, {spent} of it in {count(calls, 'call')} of {' and '.join(kinds)} that fewer or other calls would do"
    )


def finding_block(watch: ProgramWatch, finding: Finding) -> list[str]:
    """One finding: place and figures, the rule, the loop, the code, what to write."""
    text = TEXTS[finding.code]
    label = "model(x)" if finding.kind == DIRECT else finding.kind
    lines = [f"{finding.site.location} {label}: {figures(finding)}{_otherwise(watch.costs.get(finding.site))}"]
    lines.append(f"    {text.code} {text.name}: {finding.evidence}")
    loop = watch.loop(finding)
    if loop is not None:
        lines.append(f"    in this loop: {loop}")
    lines.extend(code_lines(finding.site.code))
    lines.append(f"    instead: {finding.instead}")
    return lines


def _otherwise(cost: Cost | None) -> str:
    if cost is None:
        return ""
    at_once = "" if cost.at_once is None else f", all rows in one predict {seconds(cost.at_once)}"
    return f"; measured here: predict_on_batch {seconds(cost.on_batch)}{at_once}"
