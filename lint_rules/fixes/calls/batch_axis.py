"""The input of predict with its batch axis: `x[i]` -> `x[i:i + 1]`, `image` -> `image[None]`, a list -> an array."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import keyword_of
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import Tree, call_at
from lint_rules.fixes.tree.text import edits


def keep_batch_axis(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Slice where the first argument of the call at `at` indexes; None where it indexes by anything but one name or
    number."""
    found = call_at(text, at, end=end)
    if found is None or not found[1].args:
        return None
    tree, call = found
    sample = call.args[0].value
    if not isinstance(sample, cst.Subscript) or len(sample.slice) != 1:
        return None
    element = sample.slice[0].slice
    if not isinstance(element, cst.Index) or element.star:
        return None
    index = element.value
    match index:
        case cst.Name(value=name):
            content = f"{name}:{name} + 1"
        case cst.Integer(value=digits):
            content = f"{digits}:{index.evaluated_value + 1}"
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer(value="1")):
            content = "-1:"
        case cst.UnaryOperation(operator=cst.Minus(), expression=cst.Integer() as number):
            content = f"-{number.value}:-{number.evaluated_value - 1}"
        case _:
            return None
    if content.endswith(":-0") or content.startswith("-0"):
        return None
    return edits(text, [(*tree.full_span(index), content)])


def add_batch_axis(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Put `[None]` behind the input of the call at `at`."""
    found = _input_of(text, at, end)
    if found is None:
        return None
    tree, sample = found
    start, stop = tree.full_span(sample)
    if isinstance(sample, (cst.Name, cst.Attribute, cst.Call, cst.Subscript)) or sample.lpar:
        return edits(text, [(stop, stop, "[None]")])
    return edits(text, [(start, start, "("), (stop, stop, ")[None]")])


def as_array(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Make a NumPy array of the input of the call at `at`."""
    found = _input_of(text, at, end)
    if found is None:
        return None
    tree, sample = found
    start, stop = tree.full_span(sample)
    numpy, imported = bring_in(text, "numpy", alias="np")
    return (*imported, *edits(text, [(start, start, f"{numpy}.array("), (stop, stop, ")")]))


def _input_of(text: str, at: Position, end: Position | None) -> tuple[Tree, cst.BaseExpression] | None:
    found = call_at(text, at, end=end)
    if found is None or not found[1].args:
        return None
    tree, call = found
    first = next((it for it in call.args if keyword_of(it) == "x"), call.args[0])
    if first.star or keyword_of(first) not in (None, "x"):
        return None
    return tree, first.value
