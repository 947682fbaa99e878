"""Are the outputs of a loop put together as the rows of one whole, or those of its inputs counted up?

Then the inputs are pieces of one whole, whatever hands them out: `preds.extend(output)`, a list of outputs that is
concatenated, `whole[start:end] = output`, `seen += len(batch)`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.flow.use_def import uses_of
from lint_rules.semantics.knowledge.row_order import JOINS, STAYS_IN_ORDER
from lint_rules.semantics.queries.repetition.outputs import outputs, with_the_same_rows
from lint_rules.semantics.syntax.module_index import Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind


def are_gathered(path: Path, call: ast.expr) -> bool:
    """Whether an output becomes some rows of something larger, in the function of its call."""
    module = path.frames[0].module
    return any(_is_gathered(module, node) for where, node, _ in outputs(path, call) if where is module)


def are_counted(module: Module, arguments: list[ast.expr]) -> bool:
    """Whether the rows of an input are added to a count: `seen += len(batch)`, `seen += batch.shape[0]`."""
    names = [node for node in arguments if isinstance(node, ast.Name)]
    counts = [count for name in names for use in _other_uses(module, name) if (count := _count(module, use))]
    return any(_is_added(module, count) for count in counts)


def _count(module: Module, use: ast.expr) -> ast.expr | None:
    """The expression that counts the rows of what is used."""
    parent = module.parents.get(use)
    if isinstance(parent, ast.Call):
        return parent if isinstance(parent.func, ast.Name) and parent.func.id == "len" else None
    index = module.parents.get(parent) if isinstance(parent, ast.Attribute) and parent.attr == "shape" else None
    first = isinstance(index, ast.Subscript) and isinstance(index.slice, ast.Constant) and index.slice.value == 0
    return index if first and isinstance(index, ast.Subscript) else None


def _is_added(module: Module, count: ast.expr) -> bool:
    """Whether a number, by itself or by its name, is added to another."""
    parent = module.parents.get(count)
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        return any(_is_summand(module, use) for use in _other_uses(module, parent.targets[0]))
    return _is_summand(module, count)


def _is_summand(module: Module, node: ast.expr) -> bool:
    parent = module.parents.get(node)
    return isinstance(parent, ast.AugAssign) and isinstance(parent.op, ast.Add) and parent.value is node


def _is_gathered(module: Module, node: ast.expr) -> bool:
    node = _of_all_rows(module, node)
    parent = module.parents.get(node)
    if isinstance(parent, ast.Assign):
        return any(isinstance(target, ast.Subscript) and _is_stretch(target.slice) for target in parent.targets)
    if isinstance(parent, ast.AugAssign) and isinstance(parent.op, ast.Add) and isinstance(parent.target, ast.Name):
        return _is_list(module, parent.target)
    if isinstance(parent, ast.List | ast.Tuple):
        # np.concatenate([whole, output])
        around = module.parents.get(parent)
        return isinstance(around, ast.Call) and len(parent.elts) > 1 and _joins(around)
    if not isinstance(parent, ast.Call) or not isinstance(parent.func, ast.Attribute) or node not in parent.args:
        return False
    owner = parent.func.value
    if parent.func.attr == "extend":
        return True
    if len(parent.args) > 1 or not isinstance(owner, ast.Name):
        return len(parent.args) > 1 and node is not parent.args[0] and _joins(parent)
    if parent.func.attr != "append":
        return False
    return any(_is_joined(module, use) for use in _other_uses(module, owner))


def _of_all_rows(module: Module, node: ast.expr) -> ast.expr:
    """What is made of an output, further out, and still has something for each of its rows in their order."""
    while True:
        parent = module.parents.get(node)
        further: ast.expr | None = with_the_same_rows(module, node)
        if further is None and isinstance(parent, ast.Attribute):
            around = module.parents.get(parent)
            if isinstance(around, ast.Call) and around.func is parent and parent.attr in STAYS_IN_ORDER:
                further = around
        elif further is None and isinstance(parent, ast.Call) and last_name(parent.func) in STAYS_IN_ORDER:
            further = parent if node in parent.args else None
        elif (
            further is None and isinstance(parent, ast.Subscript) and parent.value is node and _is_column(parent.slice)
        ) or (further is None and isinstance(parent, ast.BinOp | ast.Compare)):
            further = parent
        if further is None:
            return node
        node = further


def _is_column(index: ast.expr) -> bool:
    """Whether an index takes all rows: `[:, 1]`."""
    first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
    return isinstance(first, ast.Slice) and first.lower is None and first.upper is None and first.step is None


def _is_stretch(index: ast.expr) -> bool:
    """Whether an index names some rows from one on to another: `[start:end]`, `[start:end, 0]`."""
    first = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
    return isinstance(first, ast.Slice) and first.lower is not None and first.upper is not None


def _is_joined(module: Module, use: ast.expr) -> bool:
    """Whether a list of outputs is given to what puts them one behind the other, by itself or spread."""
    parent = module.parents.get(use)
    if isinstance(parent, ast.Starred):
        parent = module.parents.get(parent)
    return isinstance(parent, ast.Call) and use is not parent.func and _joins(parent)


def _joins(call: ast.Call) -> bool:
    """Whether a call puts arrays one behind the other, along the axis of the rows."""
    axes = [keyword.value for keyword in call.keywords if keyword.arg == "axis"]
    along_rows = all(isinstance(axis, ast.Constant) and axis.value in (0, None) for axis in axes)
    return last_name(call.func) in JOINS and along_rows


def _other_uses(module: Module, name: ast.Name) -> Iterator[ast.expr]:
    """Where else what a name is bound to is read."""
    scope = module.scopes[name].find(name.id)
    for binding in scope.bindings[name.id] if scope is not None else ():
        yield from (use for use in uses_of(module, binding) if use is not name)


def _is_list(module: Module, name: ast.Name) -> bool:
    """Whether a name begins as a list."""
    scope = module.scopes[name].find(name.id)
    bindings = scope.bindings[name.id] if scope is not None else []
    return any(
        isinstance(binding.value, ast.List | ast.ListComp)
        or (isinstance(binding.value, ast.Call) and last_name(binding.value.func) == "list")
        for binding in bindings
        if binding.kind is BindingKind.ASSIGN
    )
