"""A report beside what a run of tests or a program saw: which findings were measured, and what only the run found.

Places of the run are matched with findings by file and place, never by name. A place whose lines are not what they
were when the tests ran proves nothing any more, and is left out and told.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePath, PurePosixPath

from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Observed, Position, Severity
from lint_rules.findings.observations import Observations, Place, Verdict
from lint_rules.findings.report import Report
from lint_rules.findings.view import View
from lint_rules.records import NamedTuple, replace
from lint_rules.semantics.syntax.testcode import is_named_as_test
from pytest_keras_inference.vocabulary import TEXTS

SHOWN = 3
"""How many places that are out of date are named; the others are counted."""

Places = dict[str, list[Place]]


class Compared(NamedTuple):
    """The report with what was measured at its findings, and the findings that only the run has, sorted."""

    report: Report
    only: tuple[Diagnostic, ...]


def compare(
    report: Report, observations: Observations, files: AbstractSet[str], roots: Sequence[str], view: View
) -> Compared:
    """Lay the observations beside a report over these files (absolute paths).

    `roots` are folders that the root of the run may be here, if it is not where it was.
    """
    places, notes = _here(observations, files, roots, view)
    whole = sum(place.seconds for place in observations.places) or 1.0
    only = sorted(_only(report, places, view, whole), key=lambda found: found.sort_key)
    marked = report._replace(
        diagnostics=_marked(report.diagnostics, places, whole),
        suppressed=_marked(report.suppressed, places, whole),
        notes=(*report.notes, *notes),
    )
    return Compared(marked, tuple(only))


# Finding the places again


def _here(
    observations: Observations, files: AbstractSet[str], roots: Sequence[str], view: View
) -> tuple[Places, tuple[str, ...]]:
    """The places in these files whose lines are as they were, by file, and what is to be told of the others."""
    root = _root(observations, files, roots)
    places: Places = defaultdict(list)
    stale: list[str] = []
    for place in observations.places:
        path = _path(place, observations.root, root)
        if path in files and _is_unchanged(place, path, view):
            places[path].append(place)
        elif path in files or (place.path is not None and not os.path.exists(path)):
            stale.append(f"{view.name(path)}:{place.start.row}")
    if not stale:
        return places, ()
    more = f" and {len(stale) - SHOWN} more" if len(stale) > SHOWN else ""
    return places, (
        f"--observations {observations.file}: changed since the run and left out: {', '.join(stale[:SHOWN])}{more} "
        f"({len(stale)} of {len(observations.places)} places); run the program or its tests again",
    )


def _root(observations: Observations, files: AbstractSet[str], roots: Sequence[str]) -> str:
    """The folder here that was the root of the run there: the one that has most of its files among those checked, or
    else on disk; between equals the root as it is recorded, then each of `roots`, then a folder below one of them that
    lies there as the recorded root lay (`packages/a` of a monorepo)."""
    recorded = PurePosixPath(observations.root).parts[1:]
    below = [os.path.join(root, *recorded[count:]) for root in roots for count in reversed(range(len(recorded)))]
    candidates = list(dict.fromkeys([observations.root, *roots, *below]))
    paths = {place.path for place in observations.places if place.path is not None}

    def hits(root: str) -> int:
        return sum(_joined(root, path) in files for path in paths)

    def is_there(root: str) -> bool:
        return any(os.path.exists(_joined(root, path)) for path in paths)

    best = max(candidates, key=hits)
    return best if hits(best) else next(filter(is_there, candidates), best)


def _path(place: Place, recorded: str, root: str) -> str:
    """Where the file of a place is here. What lay outside the root is looked for where it was, then beside the root."""
    if place.path is not None:
        return _joined(root, place.path)
    recorded_here = (
        PurePath(place.filename).is_absolute() and PurePath(place.filename).drive == PurePath(recorded).drive
    )
    if os.path.exists(place.filename) or not recorded_here:
        return place.filename
    return _joined(root, os.path.relpath(place.filename, recorded))


def _joined(root: str, path: str) -> str:
    return os.path.normpath(os.path.join(root, path))


def _is_unchanged(place: Place, path: str, view: View) -> bool:
    """Whether the rows of a place hold what they held in the run."""
    first, count = place.start.row, place.code.count("\n") + 1
    if path.endswith(".ipynb") or not place.code or place.end.row != first + count - 1:
        return False
    rows = [_row(path, row, view) for row in range(first, first + count)]
    return rows[0].rstrip() == place.line and _bare("".join(rows)) == _bare(place.code)


def _row(path: str, row: int, view: View) -> str:
    return view.line(Location(path, Position(row, 1), Position(row, 1))) or ""


def _bare(text: str) -> str:
    return "".join(text.split())


# Measured findings


def _marked(diagnostics: Iterable[Diagnostic], places: Places, whole: float) -> tuple[Diagnostic, ...]:
    """The findings, those that the run has seen with what it measured; a run's own (KI0) are about no call."""
    marked = []
    for found in diagnostics:
        seen = [] if found.code.startswith("KI0") else _seen(found, places.get(found.location.filename, ()))
        marked.append(replace(found, observed=_observed(seen, whole)) if seen else found)
    return tuple(marked)


def _seen(found: Diagnostic, places: Iterable[Place]) -> list[Place]:
    """The places of the run that a finding speaks of: those of its very call, else those within it or around it."""
    near = [place for place in places if _meet(place, found.location)]
    starts = (found.location.start, found.anchor)
    exact = [place for place in near if place.start in starts or place.end == found.location.end]
    return exact or near


def _meet(place: Place, location: Location) -> bool:
    """Whether a place and a finding have text in common; of a place without columns its rows count."""
    if place.start.column == 0:
        return location.start.row <= place.end.row and place.start.row <= location.end.row
    return location.start < place.end and place.start < location.end


def _observed(places: Sequence[Place], whole: float, *, only: bool = False) -> Observed:
    """What was measured at places, added up."""
    seconds = sum(place.seconds for place in places)
    return Observed(
        calls=sum(place.calls for place in places),
        min_rows=min((place.min_rows for place in places if place.min_rows is not None), default=None),
        max_rows=max((place.max_rows for place in places if place.max_rows is not None), default=None),
        seconds=seconds,
        share=seconds / whole,
        tests=tuple(sorted({test for place in places for test in place.tests})),
        loop=next((place.loop for place in places if place.loop), ""),
        speedup=max((place.speedup for place in places if place.speedup is not None), default=None),
        only=only,
    )


# Findings of the run


def _only(report: Report, places: Places, view: View, whole: float) -> Iterator[Diagnostic]:
    """What the run found at places where the report has nothing of that kind, whether shown or silenced."""
    known: defaultdict[str, list[Diagnostic]] = defaultdict(list)
    for found in (*report.diagnostics, *report.suppressed):
        known[found.location.filename].append(found)
    for path, here in places.items():
        for place in here:
            for verdict in place.verdicts:
                if not _is_known(place, verdict, known[path]) and not _is_cost_of_a_test(place, verdict, path):
                    yield _finding(place, verdict, path, view, _observed([place], whole, only=True))


def _is_known(place: Place, verdict: Verdict, known: Iterable[Diagnostic]) -> bool:
    """Whether the line has a finding of the same family already, or one that silences it as findings of KI1 do."""
    return any(
        found.code.startswith((verdict.code[:3], "KI1"))
        and (found.location.start.row == place.start.row or _meet(place, found.location))
        for found in known
    )


def _is_cost_of_a_test(place: Place, verdict: Verdict, path: str) -> bool:
    """Whether a test itself calls in a loop: the rules on cost leave tests alone, and the run has told it."""
    in_a_test = any(name.startswith("test_") for name in place.function.split("."))
    return verdict.code.startswith("KI2") and (in_a_test or is_named_as_test(Path(path)))


def _finding(place: Place, verdict: Verdict, path: str, view: View, observed: Observed) -> Diagnostic:
    text = TEXTS[verdict.code]
    start, end = place.start, place.end
    if start.column == 0:
        line, last = (_row(path, row, view).rstrip() for row in (start.row, end.row))
        start = Position(start.row, len(line) - len(line.lstrip()) + 1)
        end = Position(end.row, len(last) + 1)
    return Diagnostic(
        code=text.code,
        name=text.name,
        message=f"{text.summary}: {verdict.evidence}. Instead: {verdict.instead}.",
        severity=Severity(text.severity),
        confidence=Confidence.CERTAIN,
        location=Location(path, start, end),
        noqa_row=start.row,
        anchor=start,
        observed=observed,
    )
