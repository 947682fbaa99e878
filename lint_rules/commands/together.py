"""Files that are fixed together: fixes that change several of them, and writing all of them or none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from lint_rules.commands.judged import Judged, encoded
from lint_rules.findings.diagnostics import Applicability, Diagnostic
from lint_rules.findings.view import View
from lint_rules.fixes.apply.apply import MAX_ROUNDS, Dropped, FixedFile, applied_by, fix_text
from lint_rules.fixes.apply.files import FileError, FileText, read_file, write_file
from lint_rules.fixes.apply.spanning import apply_spanning, files_of
from lint_rules.records import dataclass, replace
from lint_rules.run.session import Rerun
from lint_rules.source.files import read_source_bytes
from lint_rules.writing import write_whole

Found: TypeAlias = Mapping[str, Sequence[Diagnostic]]
"""Findings by file."""

Keep: TypeAlias = Callable[[str, str, Sequence[Diagnostic]], Sequence[Diagnostic]]
"""Given a file, a text of it and what was found in that: the findings whose fixes are wanted."""


def sources_of_spanning(
    rerun: Rerun, found: Iterable[Diagnostic], allowed: frozenset[Applicability]
) -> dict[str, FileText]:
    """The files that fixes of several files are to change, as far as they may be changed and can be read."""
    sources: dict[str, FileText] = {}
    for each in found:
        if each.fix is None or not each.fix.elsewhere or each.fix.applicability not in allowed:
            continue
        for path in sorted(files_of(each) - sources.keys()):
            if rerun.covers(path) and rerun.may_change(path):
                with suppress(FileError):
                    sources[path] = read_file(Path(path))
    return sources


def fix_together(
    rerun: Rerun,
    found: Found,
    sources: Mapping[str, FileText],
    *,
    unsafe: bool,
    proven: bool = False,
    keep: Keep = lambda _path, _text, found: found,
) -> dict[str, FixedFile]:
    """Some files of a run with their fixes applied, those of several files first; nothing is written.

    `found` is what the run found, in these files and in others. The run goes on holding the fixed texts. `proven`: a
    run of the program decides what becomes of them.
    """
    allowed = applied_by(unsafe, proven=proven)
    spanned = _spanned(rerun, found, {path: source.text for path, source in sources.items()}, allowed, keep)
    fixed = {}
    for path, source in sources.items():
        judged = Judged(rerun, Path(path), spanned.found[path])

        def check(name: Path, text: str, path: str = path, judged: Judged = judged) -> Sequence[Diagnostic]:
            return keep(path, text, judged(name, text))

        file = fix_text(Path(View().name(path)), spanned.texts[path], check, unsafe=unsafe, proven=proven)
        applied = [each for each in spanned.applied if each.location.filename == path]
        dropped = [each for each in spanned.dropped if each.diagnostic.location.filename == path]
        fixed[path] = replace(
            file, before=source.text, applied=(*applied, *file.applied), dropped=(*dropped, *file.dropped)
        )
    return fixed


@dataclass(frozen=True, slots=True)
class _Spanned:
    """Files after the fixes that change several of them, with what is found in their texts now."""

    texts: Mapping[str, str]
    found: Found
    applied: Sequence[Diagnostic]
    dropped: Sequence[Dropped]


def _spanned(
    rerun: Rerun, found: Found, texts: dict[str, str], allowed: frozenset[Applicability], keep: Keep
) -> _Spanned:
    """Apply the fixes that change several files, round by round until none is left."""
    now = {path: keep(path, text, found.get(path, ())) for path, text in texts.items()}
    applied: list[Diagnostic] = []
    dropped: tuple[Dropped, ...] = ()
    for _ in range(MAX_ROUNDS):
        spanning = [each for path in texts for each in now[path] if each.fix is not None and each.fix.elsewhere]
        if not spanning:
            break
        stale = {path for path, text in texts.items() if not rerun.judged(path, encoded(Path(path), text))}
        if stale:
            # Edits are for the texts that the run has seen, all of them: in these files, and in others that change too.
            for path in stale:
                rerun.hold(path, encoded(Path(path), texts[path]))
            for path in sorted(stale | {each.location.filename for each in spanning}):
                now[path] = keep(path, texts[path], rerun.changed(path, encoded(Path(path), texts[path])))
            continue
        done = apply_spanning(spanning, texts, allowed)
        dropped = done.dropped
        if not done.applied:
            break
        applied += done.applied
        texts |= done.texts
    return _Spanned(texts, now, applied, dropped)


def write_together(files: Sequence[FixedFile]) -> tuple[FixedFile, ...]:
    """Write the files that have changed: all of them, or none where one has changed meanwhile or cannot be written, or
    where an interrupt comes."""
    sources: list[tuple[FixedFile, FileText]] = []
    begun: list[FileText] = []
    notes: dict[Path, str | None] = {}
    try:
        for file in (each for each in files if each.changed):
            source = read_file(file.path)
            if source.text != file.before:
                raise FileError(f"{file.path}: changed on disk while it was being fixed; nothing was written")
            sources.append((file, source))
        for file, source in sources:
            begun.append(source)
            notes[file.path] = write_file(source, file.after)
    except BaseException as error:
        for source in begun:
            _take_back(source)
        if not isinstance(error, FileError):
            raise
        return tuple(replace(file, after=file.before, applied=(), problem=str(error)) for file in files)
    return tuple(replace(file, note=notes.get(file.path)) for file in files)


def _take_back(source: FileText) -> None:
    """Let a file hold again what it held, if it has been written."""
    path = os.path.realpath(source.path)
    if read_source_bytes(path) != source.data:
        write_whole(path, source.data, like=os.stat(path))
