"""What a call of the predict family passes."""

from __future__ import annotations

import libcst as cst

from lint_rules.fixes.calls.arguments import bound_arguments

PARAMETERS = {
    # keras.Model's signatures, the same in Keras 2.x and 3.x up to what comes behind `callbacks`
    "predict": ("x", "batch_size", "verbose", "steps", "callbacks"),
    "predict_on_batch": ("x",),
}
_NO_EFFECT_ON_ONE_BATCH = ("batch_size", "verbose")


def lone_input(call: cst.Call) -> cst.Arg | None:
    """The input of a predict call of which nothing else matters when it is one batch.

    `verbose` and `batch_size` do not, nor does an argument given as None; anything else does, and so does an argument
    whose value is computed by a call.
    """
    if not isinstance(call.func, cst.Attribute) or call.func.attr.value not in PARAMETERS:
        return None
    bound = bound_arguments(call, PARAMETERS[call.func.attr.value])
    if bound is None or "x" not in bound:
        return None
    for name, argument in bound.items():
        value = argument.value
        if name == "x" or (isinstance(value, cst.Name) and value.value == "None"):
            continue
        if name not in _NO_EFFECT_ON_ONE_BATCH or not isinstance(
            value, (cst.Name, cst.Attribute, cst.Integer, cst.SimpleString, cst.UnaryOperation)
        ):
            return None
    return bound["x"]


def batch_size_of(call: cst.Call) -> cst.BaseExpression | None:
    """What a predict call passes for `batch_size`."""
    name = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
    bound = bound_arguments(call, PARAMETERS.get(name, ())) or {}
    return bound["batch_size"].value if "batch_size" in bound else None
