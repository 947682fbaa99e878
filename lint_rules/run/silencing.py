"""What comments silence, and which of them silence nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic, Edit, Location
    from lint_rules.findings.suppression import Suppressions
    from lint_rules.rules.base import Finding
    from lint_rules.source.text import Source


class Silenced(NamedTuple):
    """The findings of one file that are told, and those that its comments silence."""

    told: tuple[Diagnostic, ...]
    suppressed: tuple[Diagnostic, ...]


def silence(diagnostics: Sequence[Diagnostic], source: Source, suppressions: Suppressions) -> Silenced:
    """Divide the findings of a file; those that are told lose a fix that reaches into the lines of a silenced one."""
    suppressed = {index for index, found in enumerate(diagnostics) if is_silenced(found, source, suppressions)}
    places = [diagnostics[index].location for index in suppressed]
    return Silenced(
        tuple(drop_overlapping_fix(each, places) for index, each in enumerate(diagnostics) if index not in suppressed),
        tuple(diagnostics[index] for index in sorted(suppressed)),
    )


def is_silenced(found: Diagnostic, source: Source, suppressions: Suppressions) -> bool:
    """Whether a comment silences a finding; the comment then counts as used."""
    place = found.location
    rows = (found.noqa_row or place.start.row, place.start.row, place.end.row)
    return suppressions.silences(found.code, [source.module_row(place.cell, row) for row in rows])


def drop_overlapping_fix(found: Diagnostic, silenced: Sequence[Location]) -> Diagnostic:
    """The finding, without its fix where that would change lines on which a comment silences another."""
    if found.fix is None or not any(_overlap(edit, place) for edit in found.fix.edits for place in silenced):
        return found
    from dataclasses import replace

    return replace(found, fix=None)


def _overlap(edit: Edit, place: Location) -> bool:
    """Whether an edit changes one of the rows of a place; what it puts in above or below leaves them alone."""
    if edit.cell != place.cell:
        return False
    last = edit.end.row - (edit.end.column == 1)
    return edit.start.row <= place.end.row and place.start.row <= last


def unused_suppressions(
    path: str, source: Source, suppressions: Suppressions, enabled: frozenset[str]
) -> Iterator[Finding]:
    """KI001 for every comment that silences nothing, with the fix that takes it away."""
    from functools import partial

    from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Position, Severity
    from lint_rules.findings.suppression import removal
    from lint_rules.rules.base import Finding

    for comment, codes in suppressions.unused(enabled):
        cell, row = source.locate(comment.row)
        place = Location(path, Position(row, comment.column), Position(row, comment.end_column), cell)
        what = "keras-inference: noqa" if comment.whole_file else "noqa"
        what = f"{what}: {', '.join(codes)}" if codes else what
        message = f"`# {what}` silences nothing: remove {'these codes' if len(codes) > 1 else 'it'}"
        yield Finding(
            Diagnostic("KI001", "unused-noqa", message, Severity.WARNING, Confidence.CERTAIN, place, noqa_row=row),
            partial(removal, source, comment, codes),
        )
