"""Fixes that change several files: applied to all of them or to none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from lint_rules.findings.diagnostics import Applicability, Diagnostic
from lint_rules.fixes.apply.apply import Dropped, parses
from lint_rules.fixes.tree.text import apply_edits
from lint_rules.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class Spanned:
    """What one round of such fixes came to: the texts that changed, by file, and what was applied and dropped."""

    texts: Mapping[str, str]
    applied: tuple[Diagnostic, ...] = ()
    dropped: tuple[Dropped, ...] = ()


def files_of(found: Diagnostic) -> frozenset[str]:
    """The files that the fix of a finding changes, that of the finding among them; none where it has no fix."""
    return frozenset({found.location.filename, *found.fix.elsewhere}) if found.fix is not None else frozenset()


def apply_spanning(found: Iterable[Diagnostic], texts: Mapping[str, str], allowed: frozenset[Applicability]) -> Spanned:
    """Apply the fixes that change several files, as far as no two of them change one file: the others wait.

    `texts` are the files that may be changed, as they were when they were judged. A fix of another file, or one after
    which a file would not parse, is dropped.
    """
    changed: dict[str, str] = {}
    applied: list[Diagnostic] = []
    dropped: list[Dropped] = []
    for each in sorted(found, key=lambda one: one.sort_key):
        fix = each.fix
        if fix is None or not fix.elsewhere or fix.applicability not in allowed or files_of(each) & changed.keys():
            continue
        missing = sorted(files_of(each) - texts.keys())
        if missing:
            reason = f"it changes {missing[0]} too, which is not to be changed here: name that file as well"
            dropped.append(Dropped(each, reason))
            continue
        try:
            after = _rewritten(each, texts)
        except ValueError as error:
            dropped.append(Dropped(each, f"the edits do not fit the files: {error}"))
            continue
        if not all(parses(Path(name), text) for name, text in after.items()):
            dropped.append(Dropped(each, "the code would not parse after it"))
            continue
        changed |= after
        applied.append(each)
    return Spanned(changed, tuple(applied), tuple(dropped))


def _rewritten(found: Diagnostic, texts: Mapping[str, str]) -> dict[str, str]:
    """The files with the fix of a finding applied.

    Raises:
        ValueError: an edit lies outside its file, or two of them overlap.
    """
    assert found.fix is not None
    after: dict[str, str] = {}
    for name in files_of(found):
        own = None if name == found.location.filename else name
        edits = [replace(edit, filename=None) for edit in found.fix.edits if edit.filename == own]
        after[name] = apply_edits(texts[name], edits)
    return after
