"""What an editor offers at a finding: its fix, all safe fixes of the file, a noqa comment; and its rule's page."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from textwrap import shorten

from lsprotocol import types

from lint_rules.commands.fixing import silenced
from lint_rules.findings.diagnostics import Applicability, Diagnostic, Edit, Fix
from lint_rules.fixes.apply.notebook_text import cell_sources
from lint_rules.fixes.tree.text import replacement
from lint_rules.rules.pages import page
from lint_rules.server.documents import OpenFile
from lint_rules.server.judge import Judgement
from lint_rules.server.messages import Speaker
from lint_rules.source.text import UnreadableSource

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.keras-inference"
FIX_ALL_TITLE = "Fix all safe keras-inference findings"
LONGEST_TITLE = 60
"""Characters that the menus of editors show whole."""


def wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Whether an editor that asked for these kinds wants an action; kinds are paths, and name all below them."""
    return only is None or any(kind == asked or kind.startswith(f"{asked}.") for asked in only)


def at(
    judgement: Judgement, uri: str, speaker: Speaker, place: types.Range
) -> Iterator[tuple[Diagnostic, types.Range]]:
    """The findings in one document that touch a range."""
    cell = judgement.file.cell_of(uri)
    for found in judgement.diagnostics:
        if found.location.cell != cell:
            continue
        where = speaker.location(found.location).range
        if _key(where.start) <= _key(place.end) and _key(place.start) <= _key(where.end):
            yield found, where


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def quick_fixes(
    judgement: Judgement, found: Diagnostic, speaker: Speaker, *, versioned: bool
) -> Iterator[types.CodeAction]:
    """The fix of a finding, the safe ones marked as what to take, and the comment that silences it."""
    told = speaker.diagnostic(found)
    if found.fix is not None and found.fix.applicability is not Applicability.DISPLAY:
        safe = found.fix.applicability is Applicability.SAFE
        shown = title(found.code, found.fix.message, safe=safe)
        with suppress(UnreadableSource):  # another file that the fix changes is gone
            yield _action(judgement.file, shown, found.fix, speaker, told, versioned, preferred=safe)
    comment = silenced(Path(judgement.file.path), judgement.file.data, found)
    if comment is not None:
        shown = title(found.code, "Silence it on this line with # noqa", safe=True)
        yield _action(judgement.file, shown, comment, speaker, told, versioned, preferred=False)


def title(code: str, message: str, *, safe: bool) -> str:
    """A title that a menu shows whole: what the fix does. What may change with it is told over the finding."""
    mark = "" if safe else " (unsafe)"
    words = re.split("[:;,] ", message)[0]
    return f"{code}: {shorten(words, LONGEST_TITLE - len(f'{code}: {mark}'), placeholder='…')}{mark}"


def _action(
    file: OpenFile,
    title: str,
    fix: Fix,
    speaker: Speaker,
    told: types.Diagnostic,
    versioned: bool,
    *,
    preferred: bool,
) -> types.CodeAction:
    return types.CodeAction(
        title=title,
        kind=types.CodeActionKind.QuickFix,
        diagnostics=[told],
        is_preferred=preferred or None,
        edit=speaker.workspace_edit(file, speaker.edits(file, fix.edits), versioned=versioned),
    )


def fix_all(file: OpenFile, after: str, speaker: Speaker, *, versioned: bool) -> types.CodeAction | None:
    """One action that makes a file hold another text; None where it does already."""
    changes = speaker.edits(file, _differences(file, after))
    if not changes:
        return None
    return types.CodeAction(
        title=FIX_ALL_TITLE,
        kind=FIX_ALL,
        edit=speaker.workspace_edit(file, changes, versioned=versioned),
    )


def cannot_fix_all(mistake: str) -> types.CodeAction:
    """The same action under wrong settings, which cannot be taken and says why."""
    return types.CodeAction(title=FIX_ALL_TITLE, kind=FIX_ALL, disabled=types.CodeActionDisabled(reason=mistake))


def _differences(file: OpenFile, after: str) -> Iterator[Edit]:
    """The edits, as short as can be, that turn each document into what it is to be."""
    if not file.is_notebook:
        yield from replacement(file.text, after)
        return
    from lint_rules.records import replace

    for document, cell in zip(file.documents, cell_sources(after), strict=True):
        if document.code:
            yield from (replace(edit, cell=cell.number) for edit in replacement(document.text, cell.text))


def _fix_of(found: Diagnostic) -> str:
    """What the fix does and what may change with it, which the title of the action has no room for."""
    if found.fix is None:
        return ""
    return f"\n\nFix ({found.fix.applicability.value}): {found.fix.message}"


def hover(findings: Sequence[tuple[Diagnostic, types.Range]], markdown: bool) -> types.Hover | None:
    """The message and the page of the rule of each finding; a rule that is met twice is explained once."""
    if not findings:
        return None
    pages = {found.code: page(found.code) for found, _ in findings}
    parts = [f"**{found.code}** {found.message}{_fix_of(found)}" for found, _ in findings]
    kind = types.MarkupKind.Markdown if markdown else types.MarkupKind.PlainText
    text = "\n\n".join(dict.fromkeys(parts)) + "\n\n---\n\n" + "\n\n---\n\n".join(pages.values())
    return types.Hover(contents=types.MarkupContent(kind=kind, value=text), range=findings[0][1])
