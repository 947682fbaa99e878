"""Does the code take an output for that of one row?

Where nothing shows how many rows an input has, what becomes of the output may: `np.argmax(model.predict(x))` mixes the
rows of a batch, `model.predict(x)[0]` leaves all but the first, and `if model.predict(x) > 0.5` fails for several.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Instance, KerasModel
from lint_rules.semantics.flow.same_value import constant_of
from lint_rules.semantics.knowledge.array_calls import POSITIONS
from lint_rules.semantics.knowledge.gradient_calls import NUMBERS
from lint_rules.semantics.knowledge.iteration import GO_THROUGH
from lint_rules.semantics.knowledge.row_order import FLATTENS
from lint_rules.semantics.models.outputs import has_several_outputs
from lint_rules.semantics.queries.repetition.outputs import outputs
from lint_rules.semantics.syntax.module_index import Module, dotted, last_name


def taken_as_one(inference: Inference, path: Path, receiver: ast.expr) -> bool:
    """Whether each use of an output, on a way from the call outwards, is one of a single row's, and there are some."""
    call = path.frames[0].node
    models = inference.values(path.frames[0].module, receiver)
    lists = any(
        isinstance(model, KerasModel | Instance)
        and (has_several_outputs(model) or (isinstance(model, KerasModel) and model.maker.startswith("transformers.")))
        for model in models
    )
    found = {_use(module, node) for module, node, apart in outputs(path, call) if apart or not lists}
    return True in found and False not in found


def _use(module: Module, node: ast.expr) -> bool | None:
    """Whether a use of an output is one of a single row's (True), of many rows' (False), or tells nothing."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.Subscript) and parent.value is node:
        index = parent.slice.elts[0] if isinstance(parent.slice, ast.Tuple) and parent.slice.elts else parent.slice
        number = constant_of(module, index)
        return number is not None and number.value == 0
    if isinstance(parent, ast.For | ast.AsyncFor | ast.comprehension):
        return False
    if isinstance(parent, ast.Attribute):
        outer = module.parents.get(parent)
        if not isinstance(outer, ast.Call) or outer.func is not parent or outer.args or outer.keywords:
            return None
        whole = parent.attr in POSITIONS or parent.attr == "item"
        return True if whole or (parent.attr in FLATTENS and _fills_a_row(module, outer)) else None
    if isinstance(parent, ast.Call):
        return _as_argument(parent, node)
    return _decides(module, node) or None


def _as_argument(call: ast.Call, node: ast.expr) -> bool | None:
    if node not in call.args:
        return None
    name = last_name(call.func)
    if name in GO_THROUGH and isinstance(call.func, ast.Name):
        return False
    alone = len(call.args) == 1 and not call.keywords
    whole = name in POSITIONS and isinstance(call.func, ast.Attribute) and dotted(call.func.value) in ("np", "numpy")
    return True if alone and (whole or (name in NUMBERS and isinstance(call.func, ast.Name))) else None


def _fills_a_row(module: Module, node: ast.expr) -> bool:
    """Whether a value becomes one row of an array: `features[i, :] = model.predict(image).ravel()`."""
    statement = module.parents.get(node)
    target = statement.targets[0] if isinstance(statement, ast.Assign) and len(statement.targets) == 1 else None
    if not isinstance(target, ast.Subscript):
        return False
    index = target.slice.elts[0] if isinstance(target.slice, ast.Tuple) and target.slice.elts else target.slice
    return isinstance(index, ast.Name)


def _decides(module: Module, node: ast.expr) -> bool:
    """Whether a comparison with an output is a condition: that of an array of several numbers has no truth."""
    compare = module.parents.get(node)
    if not isinstance(compare, ast.Compare) or not all(
        isinstance(op, ast.Lt | ast.Gt | ast.LtE | ast.GtE) for op in compare.ops
    ):
        return False
    child: ast.AST = compare
    parent = module.parents.get(compare)
    while isinstance(parent, ast.BoolOp | ast.UnaryOp):
        child, parent = parent, module.parents.get(parent)
    return isinstance(parent, ast.If | ast.While | ast.IfExp) and parent.test is child
