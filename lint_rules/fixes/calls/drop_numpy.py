"""`.numpy()` and `float()` off a value that has none, or that must stay a tensor."""

from __future__ import annotations

from collections.abc import Collection

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import keyword_of
from lint_rules.fixes.tree.locate import call_at, called_name
from lint_rules.fixes.tree.text import edits


def drop_method(text: str, at: Position, method: str, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """`value.method()` -> `value`, for a method called without arguments at `at` (where the value starts)."""
    found = call_at(text, at, end=end, named={method})
    if found is None:
        return None
    tree, call = found
    if call.args or not isinstance(call.func, cst.Attribute):
        return None
    return edits(text, [(tree.full_span(call.func.value)[1], tree.span(call)[1], "")])


def drop_numpy(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """`value.numpy()` -> `value`."""
    return drop_method(text, at, "numpy", end=end)


def unwrap(text: str, at: Position, names: Collection[str], *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """`float(value)` -> `value`, for a call of one of `names` with one positional argument."""
    found = call_at(text, at, end=end, named=names)
    if found is None:
        return None
    tree, call = found
    if len(call.args) != 1 or call.args[0].star or keyword_of(call.args[0]) or called_name(call) not in names:
        return None
    value = call.args[0].value
    bare = isinstance(value, (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.List, cst.Integer, cst.Float)) or (
        value.lpar and tree.text[tree.full_span(value)[0]] == "("
    )
    content = tree.code(value)
    return edits(text, [(*tree.span(call), content if bare else f"({content})")])
