"""`model.predict(x, verbose=0)` -> `model(x, training=...)`, and what else becomes a direct call or stops being one."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import addition, keyword_of, removal
from lint_rules.fixes.calls.predict_call import lone_input
from lint_rules.fixes.tree.locate import Tree, call_at
from lint_rules.fixes.tree.text import Change, edits
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY


def to_direct_call(text: str, at: Position, training: str, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Call the model itself. `training` is the code of the flag: `True`, `False`, or `training` to pass it on.

    None where predict or predict_on_batch is passed more than its input, `verbose` and `batch_size`, or is called on
    `super()`.
    """
    found = call_at(text, at, end=end, named=GIVES_NUMPY)
    if found is None:
        return None
    tree, call = found
    sample = lone_input(call)
    if sample is None or not isinstance(call.func, cst.Attribute) or _is_super(call.func.value):
        return None
    changes = [_without_attribute(tree, call.func), *removal(tree, call, lambda argument: argument is not sample)]
    if keyword_of(sample):
        changes.append((tree.full_span(sample)[0], tree.full_span(sample.value)[0], ""))
    flag = _flag_after(tree, call, sample, f"training={training}")
    return edits(text, [*changes, flag]) if flag else None


def call_model(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """`model.call(x)` -> `model(x)`; None on `super().call`."""
    found = call_at(text, at, end=end, named={"call"})
    if found is None:
        return None
    tree, call = found
    if not isinstance(call.func, cst.Attribute) or _is_super(call.func.value):
        return None
    return edits(text, [_without_attribute(tree, call.func)])


def to_predict(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """`model(x, training=False)` -> `model.predict(x)`; `model.predict_on_batch(x)` too.

    A `.numpy()` behind it goes: what predict returns is NumPy already.
    None where the call passes more than one input and `training=False`.
    """
    found = call_at(text, at, end=end)
    if found is None:
        return None
    tree, call = found
    positional = [argument for argument in call.args if keyword_of(argument) is None]
    if len(positional) != 1 or positional[0].star:
        return None
    for argument in call.args:
        if argument is not positional[0] and (
            keyword_of(argument) != "training" or tree.code(argument.value) not in ("False", "None")
        ):
            return None
    changes = removal(tree, call, lambda argument: argument is not positional[0])
    if isinstance(call.func, cst.Attribute) and call.func.attr.value == "predict_on_batch":
        return edits(text, [*changes, (*tree.full_span(call.func.attr), "predict")])
    behind = tree.full_span(call.func)[1]
    return edits(text, [*changes, (behind, behind, ".predict"), *_without_numpy(tree, call)])


def _without_numpy(tree: Tree, call: cst.Call) -> list[Change]:
    """The change that takes `.numpy()` off the value of a call."""
    attribute = tree.parent(call)
    around = tree.parent(attribute) if isinstance(attribute, cst.Attribute) else None
    if isinstance(around, cst.Call) and isinstance(attribute, cst.Attribute) and around.func is attribute:
        if attribute.attr.value == "numpy" and not around.args:
            return [(tree.full_span(call)[1], tree.span(around)[1], "")]
    return []


def _is_super(receiver: cst.BaseExpression) -> bool:
    return isinstance(receiver, cst.Call) and isinstance(receiver.func, cst.Name) and receiver.func.value == "super"


def _without_attribute(tree: Tree, attribute: cst.Attribute) -> Change:
    """The change that takes the attribute off its value: `model.predict` -> `model`."""
    return tree.full_span(attribute.value)[1], tree.full_span(attribute.attr)[1], ""


def _flag_after(tree: Tree, call: cst.Call, sample: cst.Arg, flag: str) -> Change | None:
    """The change that passes `flag` behind `sample`, the one argument that stays."""
    if len(call.args) == 1:
        return addition(tree, call, flag)
    end = tree.full_span(sample.value)[1]
    start = tree.full_span(sample)[0]
    before = tree.text[tree.line_start(start) : start]
    return end, end, f", {flag}" if before.strip() else f",\n{before}{flag}"
