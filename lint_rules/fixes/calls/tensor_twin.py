"""`np.mean(x)` -> `tf.reduce_mean(x)` or `keras.ops.mean(x)`: the same function, through which gradients flow."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import keyword_of, unpacks
from lint_rules.fixes.tree.imports import bring_in
from lint_rules.fixes.tree.locate import call_at
from lint_rules.fixes.tree.text import edits

_SAME_NAME = frozenset(
    {"abs", "ceil", "cos", "cosh", "exp", "expand_dims", "floor", "maximum", "minimum", "reshape", "round", "sign"}
    | {"sin", "sinh", "sqrt", "square", "squeeze", "stack", "tanh", "transpose", "where"}
)
_OTHER_NAME = {
    "absolute": "abs",
    "add": "add",
    "amax": "reduce_max",
    "amin": "reduce_min",
    "clip": "clip_by_value",
    "divide": "divide",
    "log": "math.log",
    "log1p": "math.log1p",
    "matmul": "matmul",
    "max": "reduce_max",
    "mean": "reduce_mean",
    "min": "reduce_min",
    "multiply": "multiply",
    "power": "pow",
    "prod": "reduce_prod",
    "std": "math.reduce_std",
    "subtract": "subtract",
    "sum": "reduce_sum",
    "var": "math.reduce_variance",
}
TENSORFLOW = {name: name for name in _SAME_NAME} | _OTHER_NAME
"""What TensorFlow calls the NumPy functions that it has with the same meaning of the arguments passed on."""

KERAS = {name: name for name in _SAME_NAME | set(_OTHER_NAME) - {"absolute"}} | {
    "absolute": "absolute",
    "amax": "amax",
    "amin": "amin",
}
"""The same for `keras.ops`, which follows NumPy's names."""

_KEYWORDS = {"axis", "keepdims"}
# With fewer arguments NumPy means something that TensorFlow does not do.
_MINIMUM = {"where": 3, "clip": 3, "reshape": 2, "expand_dims": 2}


def to_tensor_function(
    text: str, at: Position, *, end: Position | None = None, backend: str = "tensorflow"
) -> tuple[Edit, ...] | None:
    """Call TensorFlow's function (or that of `keras.ops` where `backend` is anything else) instead of NumPy's.

    None for a function without a twin, and for arguments whose meaning differs (`dtype=`, `out=`, ...).
    """
    twins = TENSORFLOW if backend == "tensorflow" else KERAS
    found = call_at(text, at, end=end, named=twins)
    if found is None:
        return None
    tree, call = found
    if not isinstance(call.func, cst.Attribute) or unpacks(call):
        return None
    name = call.func.attr.value
    keywords = {keyword_of(argument) for argument in call.args} - {None}
    if keywords - _KEYWORDS or len(call.args) < _MINIMUM.get(name, 1):
        return None
    library, imported = (
        bring_in(text, "tensorflow", alias="tf") if backend == "tensorflow" else bring_in(text, "keras.ops")
    )
    return (*imported, *edits(text, [(*tree.full_span(call.func), f"{library}.{twins[name]}")]))
