"""What comments silence, and which of them silence nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from lint_rules.records import NamedTuple

if TYPE_CHECKING:
    from lint_rules.findings.comments import Comment
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
    chain = found.fix.chain if found.fix is not None else ()
    apart = [fix for fix in chain if not any(_overlap(edit, place) for edit in fix.edits for place in silenced)]
    if len(apart) == len(chain):
        return found
    from lint_rules.findings.diagnostics import chained
    from lint_rules.records import replace

    return replace(found, fix=chained(apart))


def _overlap(edit: Edit, place: Location) -> bool:
    """Whether an edit changes one of the rows of a place; what it puts in above or below leaves them alone."""
    if edit.cell != place.cell or edit.filename is not None:
        return False
    last = edit.end.row - (edit.end.column == 1)
    return edit.start.row <= place.end.row and place.start.row <= last


def unused_suppressions(
    path: str, source: Source, suppressions: Suppressions, enabled: frozenset[str]
) -> Iterator[Finding]:
    """KI001 for every comment that silences nothing, with the fix that takes it away."""
    from functools import partial

    from lint_rules.findings.suppression import removal
    from lint_rules.records import replace
    from lint_rules.rules.base import Finding

    for comment, words in suppressions.unused(enabled):
        what = replace(comment, words=words).shown if words else comment.shown
        message = f"`{what}` silences nothing: remove {'these codes' if len(words) > 1 else 'it'}"
        yield Finding(_at_comment("KI001", path, source, comment, message), partial(removal, source, comment, words))


def wrong_comments(path: str, source: Source, suppressions: Suppressions) -> Iterator[Finding]:
    """KI002 for every comment that names what is no rule, or no rule at all where it has to."""
    from lint_rules.findings.comments import corrected
    from lint_rules.rules.base import Finding

    for comment in suppressions.comments:
        for word in comment.wrong_words():
            message = f'`{comment.shown}`: no rule is called "{word}"{corrected(word)}'
            message += "" if message.endswith("?") else ": `keras-inference rule --all` lists them"
            yield Finding(_at_comment("KI002", path, source, comment, message))
        if comment.words == ():
            message = f"`{comment.shown}` names no rule and silences nothing: write `{comment.form.written('KI201')}`"
            yield Finding(_at_comment("KI002", path, source, comment, message))


def _at_comment(code: str, path: str, source: Source, comment: Comment, message: str) -> Diagnostic:
    from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Position, Severity
    from pytest_keras_inference.vocabulary import TEXTS

    cell, row = source.locate(comment.row)
    place = Location(path, Position(row, comment.column), Position(row, comment.end_column), cell)
    return Diagnostic(code, TEXTS[code].name, message, Severity.WARNING, Confidence.CERTAIN, place, noqa_row=row)
