"""Apply the fixes of a file, all together and until nothing changes.

`check` judges a file: it is given a path and the text that file would hold, and returns what it finds there,
fixes computed, suppressed findings left out. Rows of a Python file are those of the text; in a notebook they are those
of the cell that an edit names, and the text is the notebook's JSON.
"""

from __future__ import annotations

import ast
import difflib
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from lint_rules.findings.diagnostics import Applicability, Diagnostic, Fix
from lint_rules.fixes.apply.files import FileError, read_file, write_file
from lint_rules.fixes.apply.notebook_text import cell_sources, rewrite_cells
from lint_rules.fixes.tree.text import Change, apply_changes, changes_of, lines_of
from lint_rules.records import dataclass, replace
from lint_rules.regex import lazy_pattern
from pytest_keras_inference.printable import printable

Check: TypeAlias = Callable[[Path, str], Sequence[Diagnostic]]

MAX_ROUNDS = 25
"""Far more than nested fixes need: each round applies every fix that does not overlap another."""

_IMPORT = lazy_pattern(r"\s*(?:import|from)\s[^\n]*\s*")


@dataclass(frozen=True, slots=True)
class Dropped:
    """A fix that was not applied although it was asked for, and why."""

    diagnostic: Diagnostic
    reason: str


@dataclass(frozen=True, slots=True)
class FixedFile:
    """What fixing did to one file.

    `remaining` is what the last check still found. `problem` is why the file was left alone, or None; `note` is what
    else the user should know.
    """

    path: Path
    before: str
    after: str
    applied: tuple[Diagnostic, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    remaining: tuple[Diagnostic, ...] = ()
    problem: str | None = None
    note: str | None = None

    @property
    def changed(self) -> bool:
        return self.before != self.after

    def diff(self) -> str:
        """The change as a unified diff; of a notebook, cell by cell."""
        return "".join(_diff(str(self.path), self.before, self.after))


def fix_files(paths: Iterable[Path], check: Check, *, unsafe: bool = False, write: bool = True) -> Iterator[FixedFile]:
    """Fix the files, in order; with `write` false nothing is written, for a diff."""
    for path in paths:
        yield fix_file(path, check, unsafe=unsafe, write=write)


def fix_file(path: Path, check: Check, *, unsafe: bool = False, write: bool = True) -> FixedFile:
    """Fix one file. What goes wrong with the file itself is the result's `problem`, and nothing is written."""
    try:
        source = read_file(path)
    except FileError as error:
        return FixedFile(path, "", "", problem=str(error))
    fixed = fix_text(path, source.text, check, unsafe=unsafe)
    if write and fixed.changed:
        try:
            return replace(fixed, note=write_file(source, fixed.after))
        except FileError as error:
            return FixedFile(
                path, fixed.before, fixed.before, (), fixed.dropped, (*fixed.applied, *fixed.remaining), str(error)
            )
    return fixed


def fix_text(path: Path, text: str, check: Check, *, unsafe: bool = False, proven: bool = False) -> FixedFile:
    """Apply the safe fixes, and the unsafe ones if asked, round by round until none is left; if `proven`, those too
    that a run has to prove.

    Within a round, fixes whose stretches of code meet take turns, by place. A fix after which the code would not parse
    is dropped, and the others go on. A fix that changes other files as well is none of these.
    """
    allowed = applied_by(unsafe, proven=proven)
    before, seen = text, {text}
    applied: list[Diagnostic] = []
    dropped: dict[tuple[object, ...], Dropped] = {}
    found = check(path, text)
    for _ in range(MAX_ROUNDS):
        wanted = [
            finding
            for finding in sorted(found, key=lambda finding: finding.sort_key)
            if finding.fix and finding.fix.edits and finding.fix.applicability in allowed
            if not finding.fix.elsewhere
            if _identity(finding) not in dropped
        ]
        chosen = _apart(path, text, wanted, dropped)
        after, done = _applied(path, text, chosen, dropped)
        if after in seen:
            break
        seen.add(after)
        text = after
        applied += done
        found = check(path, text)
    return FixedFile(path, before, text, tuple(applied), tuple(dropped.values()), tuple(found))


def applied_by(unsafe: bool, *, proven: bool = False) -> frozenset[Applicability]:
    """What is applied: safe fixes, and the unsafe ones if asked; with them those for display, if a run proves them."""
    if not unsafe:
        return frozenset({Applicability.SAFE})
    return frozenset(Applicability) if proven else frozenset({Applicability.SAFE, Applicability.UNSAFE})


def _identity(finding: Diagnostic) -> tuple[object, ...]:
    """What makes a fix the same one after code above it has moved it."""
    edits = finding.fix.edits if finding.fix else ()
    return (
        finding.code,
        finding.message,
        tuple((edit.cell, edit.start.column, edit.end.column, edit.content) for edit in edits),
    )


_Placed: TypeAlias = Mapping[int, Sequence[Change]]


def _cells(path: Path, text: str) -> dict[int, str]:
    """The code by cell number; a Python file is cell 0."""
    if path.suffix != ".ipynb":
        return {0: text}
    return {cell.number: cell.text for cell in cell_sources(text)}


def _placed(fix: Fix, cells: Mapping[int, str]) -> _Placed:
    """The changes of a fix, by cell.

    Raises:
        ValueError: an edit lies outside the file, or two of them overlap.
        KeyError: an edit names a cell that is not there.
    """
    placed: dict[int, Sequence[Change]] = {}
    for number in {edit.cell or 0 for edit in fix.edits}:
        placed[number] = changes_of(cells[number], [edit for edit in fix.edits if (edit.cell or 0) == number])
        apply_changes(cells[number], placed[number])
    return placed


def _stretches(placed: _Placed) -> Iterator[tuple[int, int, int]]:
    """What a fix lays claim to: per cell, from its first change to its last.

    All between is claimed too, since names a fix introduces live there. An import is a claim of its own.
    """
    for number, changes in placed.items():
        imports = [change for change in changes if change[0] == change[1] and _IMPORT.fullmatch(change[2])]
        others = [change for change in changes if change not in imports]
        yield from ((number, start, end) for start, end, _ in imports)
        if others:
            yield number, min(start for start, _, _ in others), max(end for _, end, _ in others)


def _apart(
    path: Path, text: str, wanted: Sequence[Diagnostic], dropped: dict[tuple[object, ...], Dropped]
) -> list[tuple[Diagnostic, _Placed]]:
    """The fixes that can be applied together, first come first served; the others wait for the next round."""
    cells = _cells(path, text) if wanted else {}
    chosen: list[tuple[Diagnostic, _Placed]] = []
    claimed: dict[tuple[int, int, int], _Placed] = {}
    for finding in wanted:
        assert finding.fix is not None
        try:
            placed = _placed(finding.fix, cells)
        except (ValueError, KeyError) as error:
            dropped[_identity(finding)] = Dropped(finding, f"the edits do not fit the file: {error}")
            continue
        stretches = list(_stretches(placed))
        if path.suffix == ".ipynb" and any(_holds_magic(cells[number], *span) for number, *span in stretches):
            dropped[_identity(finding)] = Dropped(finding, "a command of the notebook stands in what it would change")
            continue
        if any(
            _meet(mine, other) and not _same_insertion(mine, placed, other, theirs)
            for mine in stretches
            for other, theirs in claimed.items()
        ):
            continue
        claimed.update((stretch, placed) for stretch in stretches)
        chosen.append((finding, placed))
    return chosen


def _meet(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    """Whether two stretches overlap or touch: what is put in between them would have no order."""
    return one[0] == other[0] and one[1] <= other[2] and other[1] <= one[2]


def _same_insertion(mine: tuple[int, int, int], placed: _Placed, other: tuple[int, int, int], theirs: _Placed) -> bool:
    """Whether both fixes put the same text in at the same place (an import both need)."""
    if mine != other or mine[1] != mine[2]:
        return False
    number, place, _ = mine
    return [change for change in placed[number] if change[:2] == (place, place)] == [
        change for change in theirs[number] if change[:2] == (place, place)
    ]


def _applied(
    path: Path,
    text: str,
    chosen: Sequence[tuple[Diagnostic, _Placed]],
    dropped: dict[tuple[object, ...], Dropped],
) -> tuple[str, list[Diagnostic]]:
    """The text with the fixes applied, and those that were; one that breaks the syntax is dropped."""
    after = _rewritten(path, text, [placed for _, placed in chosen])
    if _still_parses(path, text, after):
        return after, [finding for finding, _ in chosen]
    kept: list[tuple[Diagnostic, _Placed]] = []
    for finding, placed in chosen:
        if _still_parses(path, text, _rewritten(path, text, [*(other for _, other in kept), placed])):
            kept.append((finding, placed))
        else:
            dropped[_identity(finding)] = Dropped(finding, "the code would not parse after it")
    return _rewritten(path, text, [placed for _, placed in kept]), [finding for finding, _ in kept]


def _rewritten(path: Path, text: str, fixes: Sequence[_Placed]) -> str:
    changes: dict[int, dict[Change, None]] = {}
    for placed in fixes:
        for number, wanted in placed.items():
            changes.setdefault(number, {}).update(dict.fromkeys(wanted))
    if not changes:
        return text
    if path.suffix == ".ipynb":
        return rewrite_cells(text, {number: list(wanted) for number, wanted in changes.items()})
    return apply_changes(text, changes[0])


def _still_parses(path: Path, before: str, after: str) -> bool:
    """Whether every changed cell is Python, unless it was none before."""
    if before == after:
        return True
    old = _cells(path, before)
    for number, code in _cells(path, after).items():
        if code != old.get(number) and not parses(path, code) and parses(path, old[number]):
            return False
    return True


_MAGIC = lazy_pattern(r"^([ \t]*)(?:[%!][^\n]*|[^\n#'\"]*\?\??[ \t]*)$", re.MULTILINE)


def _holds_magic(cell: str, start: int, end: int) -> bool:
    """Whether a stretch of a cell touches a row that is no Python, which the analysis did not see as it is."""
    if start == end:
        # What is put in shares no row with the command, but may not come before that of the whole cell.
        return start == 0 and cell.startswith("%%")
    first = max(cell.rfind("\n", 0, start), cell.rfind("\r", 0, start)) + 1
    last = cell.find("\n", end)
    return _MAGIC.search(cell[first : len(cell) if last < 0 else last]) is not None


def parses(path: Path, code: str) -> bool:
    """Whether the code of a file, or of one cell of a notebook, is Python."""
    if path.suffix == ".ipynb":
        code = _MAGIC.sub(r"\1pass", code)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _diff(name: str, before: str, after: str) -> Iterator[str]:
    if before == after:
        return
    path = Path(name)
    old, new = _cells(path, before), _cells(path, after)
    for number, code in new.items():
        title = printable(f"{name}:cell {number}" if number else name)
        for line in difflib.unified_diff(lines_of(old.get(number, "")), lines_of(code), title, title):
            yield line if line.endswith(("\n", "\r")) else f"{line}\n\\ No newline at end of file\n"
