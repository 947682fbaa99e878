"""For a person: each finding with its source line, a caret under the call, and how the call gets there.

`[*]` marks what `--fix` would resolve with the options at hand. What a test run has seen comes first, worst time first.
On a terminal messages are wrapped at its width, the source lines around the call are shown too, and names are links.
"""

from __future__ import annotations

from pathlib import Path

from lint_rules.findings.diagnostics import Diagnostic, Location, Severity
from lint_rules.findings.report import Report
from lint_rules.findings.view import View, place
from lint_rules.output.layout import columns, cut, expanded, linked, wrapped
from lint_rules.output.links import rule_url
from lint_rules.output.measured import seen, worst_first
from lint_rules.output.summary import is_applied, summary
from pytest_keras_inference.printable import IN_LINE, printable

WIDTH = 160
"""Columns of a source line that are shown off a terminal; longer ones are cut around the caret."""
CONTEXT = 2
"""Source lines that a terminal shows above and below a call."""

_COLOUR = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}


def render(report: Report, view: View) -> str:
    """The findings, then one line that counts them."""
    parts = [_finding(found, view) for found in worst_first(report.diagnostics)]
    return "\n".join([*parts, summary(report, unsafe_fixes=view.unsafe_fixes)])


def heading(found: Diagnostic, view: View) -> tuple[str, str]:
    """Where a finding is and what it is called, and the same as it is painted."""
    where, mark = place(found.location, view), "[*] " if is_applied(found, view.unsafe_fixes) else ""
    painted = mark.replace("*", view.paint("*", "cyan"))
    code = view.paint(found.code, "bold", _COLOUR[found.severity])
    there = _link(where, found.location, view)
    return f"{where}: {found.code} {mark}", f"{view.paint(there, 'bold')}: {code} {painted}"


def _finding(found: Diagnostic, view: View) -> str:
    plain, painted = heading(found, view)
    name = linked(found.name, rule_url(found.name)) if view.links else found.name
    sure = "" if found.confidence == "certain" else f" ({found.confidence.value})"
    rest = f" [{found.severity.value}]{sure}: "
    message = wrapped(printable(found.message), view.width, columns(plain + found.name + rest), 2)
    rows = _rows(found, view)
    gutter = " " * len(str(max(rows, default=found.location.start.row)))
    lines = [f"{painted}{name}{rest}{message}", *_excerpt(found, rows, len(gutter), view)]

    def note(text: str, before: str = "", shown: str | None = None) -> str:
        start = len(gutter) + 3
        told = wrapped(text, view.width, start + columns(before), start)
        return f"{gutter} {view.paint('=', 'cyan')} {before if shown is None else shown}{told}"

    if found.observed is not None:
        lines.append(note(view.paint(printable(seen(found.observed)), "bold")))
    for step in found.trace:
        where = place(step.location, view)
        lines.append(note(printable(step.message), f"{where}: ", f"{_link(where, step.location, view)}: "))
    if found.fix is not None:
        lines.append(note(printable(found.fix.message), f"fix ({found.fix.applicability.told}): "))
    text = "\n".join(lines)
    return "".join(f"{line.rstrip()}\n" for line in text.split("\n"))


def _link(text: str, location: Location, view: View) -> str:
    """The place of a finding, which leads to the file."""
    name = location.filename
    return linked(text, Path(name).as_uri()) if view.links and Path(name).is_absolute() else text


def _rows(found: Diagnostic, view: View) -> dict[int, str]:
    """The source lines to show by their rows: that of the finding, and on a terminal those around it."""
    row = found.location.start.row
    line = view.line(found.location)
    if line is None or not line.strip():
        return {}
    if view.width is None:
        return {row: line}
    around = range(max(1, row - CONTEXT), row + CONTEXT + 1)
    rows = {each: text for each in around if (text := view.line(found.location, each)) is not None}
    for blank in (*around, *reversed(around)):
        # Blank lines at the edges show nothing.
        if rows.get(blank, "").strip():
            continue
        if blank in (min(rows), max(rows)):
            del rows[blank]
    return rows


def _excerpt(found: Diagnostic, rows: dict[int, str], gutter: int, view: View) -> list[str]:
    """The source lines, with a line of carets below that of the finding."""
    location, bar = found.location, view.paint("|", "cyan")
    room = WIDTH if view.width is None else view.width - gutter - 3
    shown = []
    for row, line in rows.items():
        for mark in IN_LINE:
            line = line.replace(mark, f"?{mark[1:]}")  # as wide as before, for the caret
        first = last = 0
        if row == location.start.row:
            first = location.start.column - 1
            last = location.end.column - 1 if location.end.row == row else len(line)
            last = max(min(last, len(line)), first + 1)
        before, marked, after = ("".join(map(expanded, part)) for part in (line[:first], line[first:last], line[last:]))
        text, first, last = cut(before + marked + after, len(before), len(before) + len(marked), room)
        shown.append(f"{row:>{gutter}} {bar} {text}")
        if row == location.start.row:
            caret = "^" * max(1, columns(text[first:last]))
            blank = " " * columns(text[:first])
            shown.append(f"{' ' * gutter} {bar} {blank}{view.paint(caret, _COLOUR[found.severity])}")
    return shown
