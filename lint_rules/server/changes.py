"""The changes of a text as an editor sends them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lsprotocol import types

from lint_rules.fixes.tree.text import line_starts


def changed(text: str, changes: Iterable[types.TextDocumentContentChangeEvent], width: Callable[[str], int]) -> str:
    """The text after the changes, made one after the other; `width` counts a character as the editor does.

    Lines end where the protocol ends them, which is where Python does: a form feed, for one, ends none.
    """
    for change in changes:
        place = getattr(change, "range", None)
        if place is None:
            text = change.text
        else:
            start, end = _offset(text, place.start, width), _offset(text, place.end, width)
            text = text[:start] + change.text + text[end:]
    return text


def _offset(text: str, position: types.Position, width: Callable[[str], int]) -> int:
    """The offset of a position; one behind the end of its line is the end of the line."""
    starts = line_starts(text)
    if position.line >= len(starts):
        return len(text)
    offset: int = starts[position.line]
    units = 0
    stop = starts[position.line + 1] if position.line + 1 < len(starts) else len(text)
    while units < position.character and offset < stop and text[offset] not in "\r\n":
        units += width(text[offset])
        offset += 1
    return offset
