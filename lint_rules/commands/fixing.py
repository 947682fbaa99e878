"""`--fix`, `--diff`, `--add-noqa` and `--add-ignore`: from the findings of a run to changed files.

What changes a text is in `lint_rules.fixes`; here each change is judged again by the run.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from lint_rules.commands.judged import Judged, by_file, encoded
from lint_rules.commands.together import fix_together, sources_of_spanning, write_together
from lint_rules.findings.add_noqa import with_comments
from lint_rules.findings.comments import Form
from lint_rules.findings.diagnostics import Diagnostic, Fix
from lint_rules.findings.report import Report
from lint_rules.findings.view import View
from lint_rules.fixes.apply.apply import Check, FixedFile, applied_by, fix_file, fix_text
from lint_rules.fixes.apply.files import FileError, text_of
from lint_rules.records import dataclass
from lint_rules.run.session import Rerun
from lint_rules.source.reader import read_source
from lint_rules.source.text import UnreadableSource


@dataclass(frozen=True, slots=True)
class Fixing:
    """What became of the files that had something to fix, in order."""

    files: tuple[FixedFile, ...] = ()

    @property
    def changes(self) -> int:
        """How many findings were fixed."""
        return sum(len(file.applied) for file in self.files)

    @property
    def changed(self) -> tuple[FixedFile, ...]:
        """The files that are others now, or would be."""
        return tuple(file for file in self.files if file.changed)

    @property
    def failed(self) -> bool:
        """Whether a file was left alone that something was to be written to."""
        return any(file.problem is not None for file in self.files)

    @property
    def notes(self) -> list[str]:
        """What went otherwise than asked: files left alone, fixes dropped."""
        notes = [note for file in self.files for note in (file.problem, file.note) if note is not None]
        for file in self.files:
            for dropped in file.dropped:
                place = dropped.diagnostic.location
                where = f"{file.path}:{place.start.row}:{place.start.column}"
                notes.append(f"{where}: the fix of {dropped.diagnostic.code} was not applied: {dropped.reason}")
        return notes

    def diff(self) -> str:
        """All changes as one unified diff."""
        return "".join(file.diff() for file in self.files)


def fix(rerun: Rerun, report: Report, *, unsafe: bool, write: bool) -> Fixing:
    """Apply the fixes of a report whose fixes were computed, file by file, until each has none left; first those that
    change several files.

    Only what is shown is fixed: a finding that a comment or the baseline silences stays as it is. `rerun` is the run
    that gave the report.
    """
    allowed = applied_by(unsafe)
    found = dict(by_file(report.diagnostics))
    sources = sources_of_spanning(rerun, report.diagnostics, allowed)
    together = fix_together(rerun, {str(path): each for path, each in found.items()}, sources, unsafe=unsafe)
    fixed = [file for file in together.values() if file.changed or file.dropped]
    if write:
        fixed = list(write_together(fixed))
    done = {path for path, file in together.items() if file.changed}
    for path, here in found.items():
        if str(path) not in done and any(each.fix is not None and each.fix.applicability in allowed for each in here):
            fixed.append(_fixed(rerun, path, Judged(rerun, path, here), unsafe=unsafe, write=write))
    return Fixing(tuple(sorted(fixed, key=lambda file: str(file.path))))


def _fixed(rerun: Rerun, path: Path, check: Check, *, unsafe: bool = False, write: bool = True) -> FixedFile:
    """One file with its fixes applied; what a link in the project leads to elsewhere is left alone."""
    name = Path(View().name(str(path)))
    if rerun.may_change(str(path)):
        return fix_file(name, check, unsafe=unsafe, write=write)
    target = os.path.realpath(path)
    problem = f"{name}: leads to {target}, which is not to be checked here; left alone (name that file to change it)"
    return FixedFile(name, "", "", problem=problem)


@dataclass(frozen=True, slots=True)
class FixedInput:
    """What became of standard input. `data` is the fixed text in the encoding and with the mark it came in."""

    fixing: Fixing
    data: bytes
    remaining: tuple[Diagnostic, ...]

    @property
    def changed(self) -> bool:
        return bool(self.fixing.changed)


def fix_stdin(rerun: Rerun, report: Report, stdin: tuple[str, bytes], *, unsafe: bool) -> FixedInput:
    """The text of standard input with its fixes applied; nothing is written. What is no text stays as it is."""
    name, data = stdin
    path = Path(name).absolute()
    try:
        source = text_of(Path(name), data)
        fixed = fix_text(Path(name), source.text, Judged(rerun, path, report.diagnostics), unsafe=unsafe)
        return FixedInput(Fixing((fixed,)), source.encoded(fixed.after), fixed.remaining)
    except FileError as error:
        problem = FixedFile(Path(name), "", "", problem=str(error))
        return FixedInput(Fixing((problem,)), data, report.diagnostics)


def add_comments(rerun: Rerun, report: Report, form: Form) -> Fixing:
    """Write a comment for each finding that one can silence. `rerun` is the run that gave the report."""
    changed = []
    for path, found in by_file(report.diagnostics):
        changed.append(_fixed(rerun, path, _commented(path, Judged(rerun, path, found), form)))
    return Fixing(tuple(file for file in changed if file.changed or file.problem is not None))


def _commented(path: Path, again: Judged, form: Form) -> Check:
    """A check whose findings are fixed by comments, and which finds nothing in what comes of them."""
    texts: list[str] = []

    def check(_path: Path, text: str) -> Sequence[Diagnostic]:
        if texts:
            return ()
        texts.append(text)
        try:
            return with_comments(read_source(path, encoded(path, text)), again(path, text), form)
        except UnreadableSource:
            return ()

    return check


def silenced(path: Path, data: bytes, found: Diagnostic) -> Fix | None:
    """The fix that writes a noqa comment for one finding, None where no comment can stand."""
    try:
        commented = with_comments(read_source(path, data), [found])
    except UnreadableSource:
        return None
    return commented[0].fix if commented else None


def fix_held(rerun: Rerun, path: Path, text: str) -> FixedFile:
    """A text that an editor holds, with its safe fixes applied; the run goes on holding the fixed one."""
    rerun.hold(str(path), encoded(path, text))
    found = rerun.judge(str(path)).diagnostics
    return fix_text(path, text, Judged(rerun, path, found))
