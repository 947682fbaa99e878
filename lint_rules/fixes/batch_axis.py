"""`model.predict(x[i])` -> `model.predict(x[i:i + 1])`: one sample with its batch axis."""

from __future__ import annotations

import libcst as cst

from lint_rules.diagnostics import Edit, Position
from lint_rules.fixes.locate import call_at
from lint_rules.fixes.text import edits


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
