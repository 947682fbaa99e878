"""Where an output of predict goes: the names that hold it, and what still has a row for each of its rows."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.flow.use_def import uses_of
from lint_rules.semantics.knowledge.array_calls import REDUCTIONS
from lint_rules.semantics.knowledge.row_order import KEEPS_ROWS
from lint_rules.semantics.syntax.module_index import Module, last_name
from lint_rules.semantics.syntax.scopes import Binding

_MOST = 60
"""How many uses are looked at; what has more is no output of one row, and no piece of a whole."""


def outputs(path: Path, call: ast.expr) -> Iterator[tuple[Module, ast.expr, bool]]:
    """The expressions that are an output: the call, the uses of its names, and so in the caller that gets it.

    With each goes whether the outputs of a model with several have been told apart before.
    """
    waiting: list[tuple[Module, ast.expr, bool]] = [(path.frames[0].module, call, False)]
    returned = False
    for _ in range(_MOST):
        if not waiting:
            break
        module, node, apart = waiting.pop()
        yield module, node, apart
        parent = module.parents.get(node)
        if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr) and parent.value is node:
            for binding in _bound_by(module, parent, node):
                waiting += [(module, use, apart or bool(binding.path)) for use in uses_of(module, binding)]
        elif (same := with_the_same_rows(module, node)) is not None:
            waiting.append((module, same, apart))
        elif isinstance(parent, ast.Return | ast.Lambda) and not returned and len(path.frames) > 1:
            returned = True
            frame = path.frames[1]
            if frame.edge is not None and frame.node is frame.edge.node and isinstance(frame.node, ast.Call):
                waiting.append((frame.module, frame.node, apart))


def with_the_same_rows(module: Module, node: ast.expr) -> ast.Call | None:
    """The call, by function or method, that gives something for each row of a value: `pred.argmax(axis=1)`."""
    parent = module.parents.get(node)
    method = isinstance(parent, ast.Attribute)
    call = module.parents.get(parent) if isinstance(parent, ast.Attribute) else parent
    if not isinstance(call, ast.Call) or (call.func is not parent if method else node not in call.args):
        return None
    name = last_name(call.func)
    if name in KEEPS_ROWS:
        return call
    axes = [keyword.value for keyword in call.keywords if keyword.arg == "axis"] or call.args[0 if method else 1 :][:1]
    # One number, or position, for each row, where the axis is another than that of the rows.
    return call if name in REDUCTIONS and any(_is_later_axis(axis) for axis in axes) else None


def _is_later_axis(axis: ast.expr) -> bool:
    """Whether an axis is another than the first, that of the rows: an output has two at least."""
    if isinstance(axis, ast.UnaryOp) and isinstance(axis.op, ast.USub):
        return isinstance(axis.operand, ast.Constant) and axis.operand.value == 1
    return isinstance(axis, ast.Constant) and axis.value in (1, 2, 3)


def _bound_by(module: Module, statement: ast.AST, value: ast.expr) -> Iterator[Binding]:
    """The names that an assignment gives a value, or an item of it."""
    for name in module.order.within(statement, ast.Name):
        if isinstance(name.ctx, ast.Store):
            scope = module.scopes[name].find(name.id)
            yield from (b for b in (scope.bindings[name.id] if scope is not None else ()) if b.value is value)
