"""For a person: each finding with its source line, a caret under the call, and how the call gets there.

`[*]` marks what `--fix` would resolve with the options at hand. What a test run has seen comes first, worst time first.
"""

from __future__ import annotations

import unicodedata

from lint_rules.findings.diagnostics import Diagnostic, Severity
from lint_rules.findings.report import Report
from lint_rules.findings.view import View, place
from lint_rules.output.measured import seen, worst_first
from lint_rules.output.summary import is_applied, summary
from pytest_keras_inference.printable import IN_LINE, printable

WIDTH = 160
"""Columns of a source line that are shown; longer ones are cut around the caret."""

_COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


def render(report: Report, view: View) -> str:
    """The findings, then one line that counts them."""
    parts = [_finding(found, view) for found in worst_first(report.diagnostics)]
    return "\n".join([*parts, summary(report, unsafe_fixes=view.unsafe_fixes)])


def _finding(found: Diagnostic, view: View) -> str:
    colour = _COLOUR[found.severity]
    sure = "" if found.confidence == "certain" else f" ({found.confidence.value})"
    mark = f"[{view.paint('*', 'cyan')}] " if is_applied(found, view.unsafe_fixes) else ""
    head = (
        f"{view.paint(place(found.location, view), 'bold')}: {view.paint(found.code, 'bold', colour)} "
        f"{mark}{found.name} [{found.severity.value}]{sure}: {printable(found.message)}"
    )
    number = str(found.location.start.row)
    gutter = " " * len(number)
    lines = [head, *_excerpt(found, number, view)]
    if found.observed is not None:
        lines.append(f"{gutter} {view.paint('=', 'cyan')} {view.paint(printable(seen(found.observed)), 'bold')}")
    for step in found.trace:
        lines.append(f"{gutter} {view.paint('=', 'cyan')} {place(step.location, view)}: {printable(step.message)}")
    if found.fix is not None:
        fix = f"fix ({found.fix.applicability.value}): {printable(found.fix.message)}"
        lines.append(f"{gutter} {view.paint('=', 'cyan')} {fix}")
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _excerpt(found: Diagnostic, number: str, view: View) -> list[str]:
    """The source line and the caret line; nothing where there is nothing to see."""
    line = view.line(found.location)
    if line is None or not line.strip():
        return []
    for mark in IN_LINE:
        line = line.replace(mark, f"?{mark[1:]}")  # as wide as before, for the caret
    location = found.location
    first = location.start.column - 1
    last = location.end.column - 1 if location.end.row == location.start.row else len(line)
    last = max(min(last, len(line)), first + 1)
    text, first, last = _cut(line, first, last)
    bar = view.paint("|", "cyan")
    before = "".join(_expanded(character) for character in text[:first])
    marked = "".join(_expanded(character) for character in text[first:last])
    after = "".join(_expanded(character) for character in text[last:])
    caret = " " * _width(before) + view.paint("^" * max(1, _width(marked)), _COLOUR[found.severity])
    return [f"{number} {bar} {before}{marked}{after}", f"{' ' * len(number)} {bar} {caret}"]


def _cut(line: str, first: int, last: int) -> tuple[str, int, int]:
    """The part of a long line around the marked stretch, with the stretch's place in it."""
    if len(line) <= WIDTH:
        return line, first, last
    begin = max(0, min(first - WIDTH // 4, len(line) - WIDTH))
    end = min(len(line), begin + WIDTH)
    head, tail = "…" if begin else "", "…" if end < len(line) else ""
    return f"{head}{line[begin:end]}{tail}", first - begin + len(head), min(last, end) - begin + len(head)


def _expanded(character: str) -> str:
    """A character as it may be printed: tabs are four blanks, what would move the cursor is a question mark."""
    if character == "\t":
        return "    "
    return character if character.isprintable() else "?"


def _width(text: str) -> int:
    """Terminal columns that a text takes."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )
