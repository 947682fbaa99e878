"""Which lines of a file a fix touches, before and after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

from lint_rules.findings.diagnostics import Diagnostic
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Lines:
    """How the lines of two texts correspond; lines count from 1."""

    same: dict[int, int]
    """Lines of the text before that stand in the text after, and where."""
    last: int
    """One more than the lines of the text after."""

    def rows_now(self, line: int) -> Iterable[int]:
        """Where a line stands, or may stand if it has changed."""
        return (self.same[line],) if line in self.same else self.image(line, line)

    def image(self, first: int, last: int) -> range:
        """The lines of the text after that stand where `first` to `last` stood."""
        above = max((line for line in self.same if line < first), default=0)
        below = min((line for line in self.same if line > last), default=0)
        return range(self.same.get(above, 0) + 1, self.same.get(below, self.last))


def lines_between(before: str, after: str) -> Lines:
    """Which lines of two texts are the same ones."""
    old, new = before.splitlines(), after.splitlines()
    blocks = SequenceMatcher(a=old, b=new, autojunk=False).get_matching_blocks()
    same = {a + n + 1: b + n + 1 for a, b, size in blocks for n in range(size)}
    return Lines(same, len(new) + 1)


def rows_of(found: Diagnostic) -> tuple[int, int]:
    """The first and the last row that a finding and its fix touch; an import that the fix puts in is none of them."""
    rows = [found.location.start.row, found.location.end.row]
    for edit in found.fix.edits if found.fix is not None else ():
        if not edit.content.lstrip().startswith(("import ", "from ")):
            rows += [edit.start.row, edit.end.row]
    return min(rows), max(rows)


def groups(found: Iterable[Diagnostic]) -> list[list[Diagnostic]]:
    """Findings whose fixes meet, together: what one of them changes another one moves."""
    grouped: list[list[Diagnostic]] = []
    end = -1
    for each in sorted(found, key=lambda one: rows_of(one)):
        first, last = rows_of(each)
        if grouped and first <= end:
            grouped[-1].append(each)
        else:
            grouped.append([each])
            end = -1
        end = max(end, last)
    return grouped


def stretch_of(group: Sequence[Diagnostic]) -> tuple[int, int]:
    """The first and the last row that the fixes of a group touch."""
    rows = [rows_of(each) for each in group]
    return min(first for first, _ in rows), max(last for _, last in rows)
