"""`--add-noqa` and `--add-ignore`: the comments that silence today's findings.

Each stands where Python allows a comment and where it counts.
"""

from __future__ import annotations

import io
import tokenize
from collections import defaultdict
from collections.abc import Iterable, Sequence

from lint_rules.findings.comments import Comment, Form, find_comments
from lint_rules.findings.diagnostics import Applicability, Diagnostic, Edit, Fix, Position
from lint_rules.records import replace
from lint_rules.source.text import Source

NOT_SILENCED = ("KI000", "KI001", "KI002")
"""What no comment silences: a file that cannot be read, a comment too many, and one that says nothing."""


def with_comments(source: Source, diagnostics: Iterable[Diagnostic], form: Form = Form.NOQA) -> list[Diagnostic]:
    """The findings that a comment can silence, those of one line together in one fix.

    A comment stands on the first row of the call, or on its last where the first ends within a string or goes on with
    a backslash; a finding with no such row is left out. Codes join a comment of the form that is there already, and a
    `# keras-inference: ignore[...]` whatever the form.
    """
    lines = source.text.split("\n")
    taken = _rows_without_room(source.text)
    # Of a cell that does not parse as a whole the text has empty rows: what is written there is not at hand.
    taken |= {row for row, line in enumerate(lines, start=1) if not line.strip()}
    rows: defaultdict[int, list[Diagnostic]] = defaultdict(list)
    for found in diagnostics:
        if found.code in NOT_SILENCED:
            continue
        place = found.location
        candidates = (found.noqa_row or place.start.row, place.start.row, place.end.row)
        row = next(
            (row for row in (source.module_row(place.cell, row) for row in candidates) if row not in taken), None
        )
        if row is not None:
            rows[row].append(found)
    comments = {comment.row: comment for comment in find_comments(source.text) if _takes_more(comment, form)}
    planned = []
    for row, findings in sorted(rows.items()):
        codes = ", ".join(sorted({found.code for found in findings}))
        comment = comments.get(row)
        line = lines[row - 1]
        if comment is None:
            edit = _edit(source, row, len(line.rstrip()), len(line), f"  {form.written(codes)}")
        else:
            edit = _edit(source, row, comment.words_end - 1, comment.words_end - 1, f", {codes}")
        planned.append(replace(findings[0], fix=Fix(Applicability.SAFE, f"add {form.written(codes)}", (edit,))))
    return planned


def _takes_more(comment: Comment, form: Form) -> bool:
    """Whether more codes may join a comment that is there."""
    return bool(comment.words) and comment.row == comment.target and comment.form in (form, Form.IGNORE)


def _edit(source: Source, row: int, start: int, end: int, content: str) -> Edit:
    """An edit from one offset of a row of the module to another, told by cell in a notebook."""
    cell, own_row = source.locate(row)
    return Edit(Position(own_row, start + 1), Position(own_row, end + 1), content, cell)


def _rows_without_room(text: str) -> set[int]:
    """The rows whose end is inside a string, or a backslash: no comment can stand there."""
    rows: set[int] = set()
    opened: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            name = tokenize.tok_name[token.type]
            if name == "STRING":
                rows.update(range(token.start[0], token.end[0]))
            elif name.endswith("STRING_START"):
                opened.append(token.start[0])
            elif name.endswith("STRING_END"):
                rows.update(range(opened.pop(), token.end[0]))
    except (tokenize.TokenError, SyntaxError):
        return set(range(1, text.count("\n") + 2))
    return rows | _continued(text.split("\n"))


def _continued(lines: Sequence[str]) -> set[int]:
    """The rows that end with a backslash; in a comment that is no continuation, but then nothing is lost."""
    return {row for row, line in enumerate(lines, start=1) if line.endswith("\\")}
