"""Findings as JSON and back. Paths are written relative to the project, so that a cache can move with it."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from lint_rules.findings.report import Outcome
from pytest_keras_inference.vocabulary import TEXTS

if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic, Edit, Fix, Location, Position


def encoded(outcome: Outcome, root: str) -> list[Any]:
    """What came of one file as lists, texts and numbers."""
    return [[_diagnostic(found, root) for found in group] for group in (outcome.diagnostics, outcome.suppressed)]


def decoded(data: list[Any], root: str, files: Collection[str]) -> Outcome:
    """What `encoded` was given; ValueError, TypeError, KeyError or IndexError for anything else, and for findings that
    speak of other files than these."""
    if data == [[], []]:
        return Outcome()
    reader = _Reader(root, files)
    shown, suppressed = (tuple(map(reader.diagnostic, _list(group))) for group in _list(data))
    return Outcome(shown, suppressed)


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
        [_fix(each, root) for each in fix.chain] if fix is not None else [],
        found.noqa_row,
        None if found.anchor is None else [found.anchor.row, found.anchor.column],
    ]


def _fix(fix: Fix, root: str) -> list[Any]:
    return [str(fix.applicability), fix.message, [_edit(edit, root) for edit in fix.edits]]


def _edit(edit: Edit, root: str) -> list[Any]:
    start, end = edit.start, edit.end
    other = edit.filename
    name = os.path.relpath(other, root) if isinstance(other, str) and other else other
    return [start.row, start.column, end.row, end.column, edit.content, edit.cell, name]


def _location(place: Location, root: str) -> list[Any]:
    start, end = place.start, place.end
    return [os.path.relpath(place.filename, root), start.row, start.column, end.row, end.column, place.cell]


class _Reader:
    """Findings of one file, made of what is written; every value is checked before it is believed."""

    def __init__(self, root: str, files: Collection[str]) -> None:
        self._root = root
        self._files = files

    def diagnostic(self, data: list[Any]) -> Diagnostic:
        from lint_rules.findings.diagnostics import Confidence, Diagnostic, Severity, TraceStep, chained

        code, name, message, severity, confidence, place, trace, fixes, noqa_row, anchor = data
        if TEXTS[code].name != name:
            raise ValueError(f"{code} has another name")
        return Diagnostic(
            code,
            name,
            _text(message),
            Severity(severity),
            Confidence(confidence),
            self._location(place),
            tuple(TraceStep(self._location(at), _text(text)) for at, text in _list(trace)),
            chained(self._fix(*each) for each in _list(fixes)),
            _number(noqa_row),
            None if anchor is None else _position(*anchor),
        )

    def _fix(self, applicability: str, message: str, edits: list[list[Any]]) -> Fix:
        from lint_rules.findings.diagnostics import Applicability, Fix

        return Fix(Applicability(applicability), _text(message), tuple(self._edit(*edit) for edit in _list(edits)))

    def _edit(self, a: int, b: int, c: int, d: int, text: str, cell: int | None, name: str | None) -> Edit:
        from lint_rules.findings.diagnostics import Edit

        return Edit(_position(a, b), _position(c, d), _text(text), _cell(cell), name and self._path(name))

    def _location(self, data: list[Any]) -> Location:
        from lint_rules.findings.diagnostics import Location

        name, row, column, end_row, end_column, cell = data
        return Location(self._path(name), _position(row, column), _position(end_row, end_column), _cell(cell))

    def _path(self, name: str) -> str:
        if name not in self._files:
            raise ValueError("a file that was not looked at")
        return os.path.normpath(os.path.join(self._root, name))


def _position(row: int, column: int) -> Position:
    from lint_rules.findings.diagnostics import Position

    return Position(_number(row), _number(column))


def _cell(value: int | None) -> int | None:
    return None if value is None else _number(value)


def _list(value: list[Any]) -> list[Any]:
    if type(value) is not list:
        raise TypeError("expected a list")
    return value


def _number(value: int) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("expected a whole number that is not negative")
    return value


def _text(value: str) -> str:
    if type(value) is not str:
        raise TypeError("expected a text")
    return value
