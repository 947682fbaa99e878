"""Which lines of a file a fix touches, before and after it."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from lint_rules.findings.diagnostics import Diagnostic
from lint_rules.records import dataclass, replace


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


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows of a file, the last one among them."""

    path: str
    first: int
    last: int

    @property
    def rows(self) -> range:
        return range(self.first, self.last + 1)

    def meets(self, other: Stretch) -> bool:
        """Whether they share a row."""
        return self.path == other.path and self.first <= other.last and other.first <= self.last


@dataclass(frozen=True, slots=True)
class Group:
    """Findings whose fixes meet: what one of them changes another one moves."""

    found: tuple[Diagnostic, ...]
    stretches: tuple[Stretch, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that the fixes change."""
        return tuple(dict.fromkeys(stretch.path for stretch in self.stretches))


def stretches_of(found: Diagnostic) -> list[Stretch]:
    """The rows that a finding and its fix touch, a stretch in each file; an import that the fix puts in is none."""
    own = found.location.filename
    rows = {own: [found.location.start.row, found.location.end.row]}
    for edit in found.fix.edits if found.fix is not None else ():
        if not edit.content.lstrip(" ,").startswith(("import ", "from ")):
            whole = edit.end.column == 1 and edit.end.row > edit.start.row
            rows.setdefault(edit.filename or own, []).extend((edit.start.row, edit.end.row - whole))
    return [Stretch(path, min(here), max(here)) for path, here in rows.items()]


def groups(found: Iterable[Diagnostic]) -> list[Group]:
    """The findings by fixes that meet, in order."""
    grouped: list[Group] = []
    for each in sorted(found, key=lambda one: one.sort_key):
        here = stretches_of(each)
        met = [group for group in grouped if any(one.meets(other) for one in group.stretches for other in here)]
        together = [*(one for group in met for one in group.found), each]
        grouped = [group for group in grouped if group not in met]
        grouped.append(
            Group(tuple(together), tuple(_joined([*(one for group in met for one in group.stretches), *here])))
        )
    return grouped


def weaker(group: Group) -> list[Group]:
    """The same findings with the next weaker fix of those that have one, by fixes that meet; none where none has."""
    fixes = [each.fix.otherwise if each.fix is not None else None for each in group.found]
    if not any(fixes):
        return []
    return groups(replace(each, fix=fix or each.fix) for each, fix in zip(group.found, fixes, strict=True))


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """The stretches, those that meet as one."""
    joined: list[Stretch] = []
    for each in sorted(stretches, key=lambda one: (one.path, one.first)):
        if joined and joined[-1].meets(each):
            joined[-1] = Stretch(each.path, joined[-1].first, max(joined[-1].last, each.last))
        else:
            joined.append(each)
    return joined
