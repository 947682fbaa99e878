"""A method left out of a chain: `.numpy()` off a value that has none, `.shuffle(n)` off a data set."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.tree.locate import call_at
from lint_rules.fixes.tree.text import edits


def drop_method(text: str, at: Position, method: str, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """`value.method(...)` -> `value`, for the call at `at` (where the value starts)."""
    found = call_at(text, at, end=end, named={method})
    if found is None:
        return None
    tree, call = found
    if not isinstance(call.func, cst.Attribute):
        return None
    value, behind = tree.full_span(call.func.value)[1], tree.span(call)[1]
    return edits(text, [(value, behind, "")]) if not tree.comments(value, behind) else None


def drop_numpy(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """`value.numpy()` -> `value`."""
    return drop_method(text, at, "numpy", end=end)


def drop_shuffle(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """`data.shuffle(n)` -> `data`."""
    return drop_method(text, at, "shuffle", end=end)
