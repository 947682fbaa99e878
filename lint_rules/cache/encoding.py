"""Findings as JSON and back. Paths are written relative to the project, so that a cache can move with it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from lint_rules.findings.report import Outcome

if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic, Location


def encoded(outcome: Outcome, root: str) -> list[Any]:
    """What came of one file as lists, texts and numbers."""
    return [[_diagnostic(found, root) for found in group] for group in (outcome.diagnostics, outcome.suppressed)]


def decoded(data: list[Any], root: str) -> Outcome:
    """What `encoded` was given; ValueError, TypeError or IndexError for anything else."""
    shown, suppressed = data
    if not shown and not suppressed:
        return Outcome()
    return Outcome(
        tuple(_as_diagnostic(found, root) for found in shown),
        tuple(_as_diagnostic(found, root) for found in suppressed),
    )


def _diagnostic(found: Diagnostic, root: str) -> list[Any]:
    fix = found.fix
    return [
        found.code,
        found.name,
        found.message,
        str(found.severity),
        str(found.confidence),
        _location(found.location, root),
        [[_location(step.location, root), step.message] for step in found.trace],
        None
        if fix is None
        else [
            str(fix.applicability),
            fix.message,
            [[e.start.row, e.start.column, e.end.row, e.end.column, e.content, e.cell] for e in fix.edits],
        ],
        found.noqa_row,
        None if found.anchor is None else [found.anchor.row, found.anchor.column],
    ]


def _location(place: Location, root: str) -> list[Any]:
    start, end = place.start, place.end
    return [os.path.relpath(place.filename, root), start.row, start.column, end.row, end.column, place.cell]


def _as_diagnostic(data: list[Any], root: str) -> Diagnostic:
    from lint_rules.findings.diagnostics import (
        Applicability,
        Confidence,
        Diagnostic,
        Edit,
        Fix,
        Position,
        Severity,
        TraceStep,
    )

    code, name, message, severity, confidence, place, trace, fix, noqa_row, anchor = data
    return Diagnostic(
        code,
        name,
        message,
        Severity(severity),
        Confidence(confidence),
        _as_location(place, root),
        tuple(TraceStep(_as_location(at, root), text) for at, text in trace),
        None
        if fix is None
        else Fix(
            Applicability(fix[0]),
            fix[1],
            tuple(Edit(Position(a, b), Position(c, d), content, cell) for a, b, c, d, content, cell in fix[2]),
        ),
        noqa_row,
        None if anchor is None else Position(*anchor),
    )


def _as_location(data: list[Any], root: str) -> Location:
    from lint_rules.findings.diagnostics import Location, Position

    name, row, column, end_row, end_column, cell = data
    path = os.path.normpath(os.path.join(root, name))
    return Location(path, Position(row, column), Position(end_row, end_column), cell)
