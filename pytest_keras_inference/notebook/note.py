"""What is said of a cell, for eyes in a browser and in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from html import escape

from pytest_keras_inference.printable import printable
from pytest_keras_inference.program.watch import ProgramWatch
from pytest_keras_inference.vocabulary import TEXTS
from pytest_keras_inference.watching.calls import DIRECT, SiteCalls
from pytest_keras_inference.watching.callsite import CallSite, short_path
from pytest_keras_inference.watching.findings import Finding
from pytest_keras_inference.watching.text import count, figures, seconds

Named = Callable[[str], str | None]
"""The name of the cell that a file name stands for, `In[3]`; None for a file."""

_COLOURS = {"error": "#c43d3d", "warning": "#b7791f", "info": "#667085"}
_MOST = 4
"""Places that a note names; the others are counted."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a note says: what it is called, where it is, what happens, what to write instead."""

    severity: str
    title: str
    where: str
    what: str
    instead: str = ""


class Note:
    """A short note under a cell: HTML in a notebook, text in a terminal."""

    def __init__(self, items: Sequence[Item], trouble: str | None = None) -> None:
        shown, more = list(items[:_MOST]), len(items) - _MOST
        if more > 0:
            shown.append(Item("info", f"and {count(more, 'more place')}", "", ""))
        if trouble is not None:
            shown.append(Item("info", "the watch switched itself off", "", trouble))
        self.items = tuple(shown)

    def __bool__(self) -> bool:
        return bool(self.items)

    def __repr__(self) -> str:
        lines: list[str] = []
        for item in self.items:
            where = f", {item.where}" if item.where else ""
            what = f": {item.what}" if item.what else ""
            lines.append(printable(f"keras-inference: {item.title}{where}{what}"))
            if item.instead:
                lines.append(printable(f"    instead: {item.instead}"))
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return "\n".join(map(_block, self.items))


def _block(item: Item) -> str:
    where = f" <code>{escape(item.where)}</code>" if item.where else ""
    instead = f"<br>Instead: <code>{escape(item.instead)}</code>" if item.instead else ""
    return (
        f'<div class="keras-inference" style="border-left:4px solid {_COLOURS[item.severity]};margin:.4em 0;'
        f'padding:.1em .7em;font-size:90%"><strong>{escape(item.title)}</strong>{where} '
        f"{escape(item.what)}{instead}</div>"
    )


class CallsTable:
    """The places of a cell that called models, as a table, above what is to be said of them."""

    def __init__(self, watch: ProgramWatch, named: Named) -> None:
        found = {(one.site, one.kind): one for one in watch.findings}
        self.rows = [_row(one, found.get((one.site, one.kind)), named) for one in watch.sites]
        self.note = note_of(watch, named)

    def __repr__(self) -> str:
        if not self.rows:
            return "no calls of Keras models"
        table = [_HEAD, *self.rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(_HEAD))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
        ]
        return "\n".join([*lines, *([repr(self.note)] if self.note else [])])

    def _repr_html_(self) -> str:
        if not self.rows:
            return "<p>no calls of Keras models</p>"
        head = "".join(f"<th>{escape(text)}</th>" for text in _HEAD)
        body = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows)
        note = self.note._repr_html_() if self.note else ""
        table = f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>"
        return f'<table class="keras-inference">\n{table}\n</table>\n{note}'


_HEAD = ("place", "call", "calls", "rows", "time", "rule")


def note_of(watch: ProgramWatch, named: Named) -> Note:
    """The note on what a cell did; without items if there is nothing to say."""
    return Note(list(_items(watch, named)), watch.trouble)


def place_name(site: CallSite, named: Named) -> str:
    """`In[3], line 4`, or `agent.py:12`."""
    return _line_name(site.filename, site.line, named)


def _line_name(filename: str, line: int, named: Named) -> str:
    cell = named(filename)
    return f"{short_path(filename)}:{line}" if cell is None else f"{cell}, line {line}"


def _items(watch: ProgramWatch, named: Named) -> Iterator[Item]:
    told = set()
    for finding in watch.misuse:
        text = TEXTS[finding.code]
        loop = watch.loop(finding)
        inside = f", in this loop: {_line_name(loop.filename, loop.line, named)}, {loop.text}" if loop else ""
        what = f"{figures(finding)}: {finding.evidence}{inside}"
        yield Item(text.severity, f"{text.code} {text.name}", place_name(finding.site, named), what, finding.instead)
        told.add((finding.code, finding.site))
    for broken in watch.gradients:
        cause = broken.cause
        title = f"{cause.code} {TEXTS[cause.code].name}" if cause and cause.code else "gradients"
        where = place_name(broken.site, named)
        what = broken.summary
        if cause is not None and cause.site is not None:
            what += f": {cause.what}, {place_name(cause.site, named)}"
        elif cause is not None:
            what += f": {cause.what}"
        is_told = cause is not None and (cause.code, cause.site) in told
        yield Item(broken.severity, title, where, what, "" if cause is None or is_told else cause.instead)
    for retracing in watch.retracings:
        yield Item("info", "retracing", place_name(retracing.site, named), retracing.what)
    if watch.growth is not None:
        yield Item("info", "memory", "", str(watch.growth))


def _row(calls: SiteCalls, finding: Finding | None, named: Named) -> tuple[str, ...]:
    return (
        printable(place_name(calls.site, named)),
        "model(x)" if calls.kind == DIRECT else calls.kind,
        f"{calls.calls:,}",
        "" if calls.min_rows is None else f"{calls.rows:,}",
        seconds(calls.seconds),
        "" if finding is None else f"{finding.code} {finding.name}",
    )
