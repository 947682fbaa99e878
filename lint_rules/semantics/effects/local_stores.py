"""Does a store into an object reach what the next iteration of a loop reads?

`sample.score = model.predict(sample.x)` in `for sample in samples` does not: the next one reads another sample. Nor
does `rows[i]["y"] = ...` after a read of `rows[i]`, or a mask painted over an image that is read from disk each time.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External, FunctionObject
from lint_rules.semantics.effects.arguments import uses_of_argument
from lint_rules.semantics.flow.iterators import step_of, walk_of
from lint_rules.semantics.flow.same_value import constant_of, same_value, written_out
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.iteration import GIVE_AGAIN
from lint_rules.semantics.knowledge.library import INDEXERS, VIEWS
from lint_rules.semantics.syntax.module_index import Module, last_name, start
from lint_rules.semantics.syntax.scopes import Binding

_FRESH = (ast.BinOp, ast.UnaryOp, ast.List, ast.Dict, ast.ListComp, ast.DictComp, ast.Compare)


def stays_in_round(
    inference: Inference,
    module: Module,
    region: ast.AST,
    inside: Callable[[ast.AST], bool],
    read: ast.expr,
    target: ast.expr,
) -> bool:
    """Whether `target`, an item or attribute stored to, is stored after `read`, in an object of this iteration alone.

    `read` and the base of `target` are the same name, or the same chain of attributes; `region` is the loop, and
    `inside` tells whether a node lies in it. A `target` that is no store is an object that a call is given and writes.
    """
    if not isinstance(region, ast.For | ast.AsyncFor | ast.While):
        return False
    stored = first_index(module, target)
    told = _is_other_cell(inference, module, region, read, stored)
    if told is not None:
        return told
    if not _stored_after(module, target, read):
        return False
    if is_own_cell(inference, module, region, read, stored):
        return True
    if not isinstance(read, ast.Name):
        return False
    bindings = bindings_of(module, read)
    return bool(bindings) and all(
        (_is_element(module, region, binding) and not _comes_back(inference, module, region))
        or (binding.effect < start(read) and inside(binding.node) and _is_fresh(inference, module, binding))
        for binding in bindings
    )


def is_own_cell(inference: Inference, module: Module, region: ast.AST, read: ast.expr, stored: ast.expr | None) -> bool:
    """Whether an object is read and stored at one index, `stored`, which is another one in each iteration of a loop.

    Or what is read is another key of it, or its length alone.
    """
    if stored is None or not isinstance(region, ast.For | ast.AsyncFor | ast.While):
        return False
    told = _is_other_cell(inference, module, region, read, stored)
    if told is not None:
        return told
    cell = _cell(module, read) or _cell_within(inference, module, read)
    return cell is not None and _is_counter(module, region, stored) and same_value(module, cell, stored)


def _is_other_cell(
    inference: Inference,
    module: Module,
    region: ast.For | ast.AsyncFor | ast.While,
    read: ast.expr,
    stored: ast.expr | None,
) -> bool | None:
    """Whether what is read of an object is never what is stored at an index; None where its place does not tell."""
    if _are_other_keys(module, stored, _cell(module, read) or _cell_within(inference, module, read)):
        return True
    walk = walk_of(module, region)
    if walk is not None and _holds(module, walk.iterable, read):
        counted = stored is not None and _is_counter(module, region, stored)
        return counted or _is_counted(module, read)
    return None


def _is_element(module: Module, region: ast.AST, binding: Binding) -> bool:
    """Whether a binding is what a loop gives in each iteration: `for x in xs`, or `x = next(items)` in a `while`."""
    return binding.node is region or (binding.value is not None and binding.value is step_of(module, region))


def _comes_back(inference: Inference, module: Module, region: ast.AST) -> bool:
    """Whether a loop is given the same objects several times: `for player in cycle(players)`."""
    walk = walk_of(module, region)
    return walk is not None and any(
        isinstance(value, External) and value.name in GIVE_AGAIN
        for call in ast.walk(walk.iterable)
        if isinstance(call, ast.Call)
        for value in inference.values(module, call.func)
    )


def _stored_after(module: Module, target: ast.expr, read: ast.expr) -> bool:
    """A store runs after the value of its own statement, and after what is further up in the iteration."""
    statement = next(parent for _, parent in module.ancestors(target) if isinstance(parent, ast.stmt))
    return start(statement) > start(read) or _holds(module, statement, read)


def _holds(module: Module, outer: ast.AST, node: ast.expr) -> bool:
    return node is outer or any(parent is outer for _, parent in module.ancestors(node))


def _is_fresh(inference: Inference, module: Module, binding: Binding) -> bool:
    """Whether a binding gives the name an object that nothing else holds: what a function made, not what an object
    keeps."""
    value = binding.value
    if not isinstance(value, ast.Call):
        return isinstance(value, _FRESH)
    name = last_name(value.func)
    made_by = inference.values(module, value.func)
    return name == "copy" or (
        name not in VIEWS
        and bool(made_by)
        and all(
            isinstance(maker, External) or (isinstance(maker, FunctionObject) and not maker.function.is_method)
            for maker in made_by
        )
    )


def _cell(module: Module, node: ast.expr) -> ast.expr | None:
    """The first index of `rows[i]`, `rows[i, 2]` or `frame.loc[i, "x"]`, of the object that is named."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.Attribute) and parent.attr in INDEXERS:
        node, parent = parent, module.parents.get(parent)
    if not isinstance(parent, ast.Subscript) or parent.value is not node:
        return None
    index = parent.slice
    return _of_one_row(index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index)


def _of_one_row(index: ast.expr) -> ast.expr:
    """The index of the one row that a list of one index picks, `[i]`, or a slice of one, `i : i + 1`."""
    if isinstance(index, ast.List) and len(index.elts) == 1:
        return index.elts[0]
    if isinstance(index, ast.Slice) and index.lower is not None and index.step is None:
        above = index.upper
        if isinstance(above, ast.BinOp) and isinstance(above.op, ast.Add) and isinstance(above.right, ast.Constant):
            if above.right.value == 1 and ast.dump(above.left) == ast.dump(index.lower):
                return index.lower
    return index


def _cell_within(inference: Inference, module: Module, node: ast.expr) -> ast.expr | None:
    """The first index that functions read of an object that they are given: `i` for `rows` of `row_of(rows, i)`."""
    found: list[ast.expr] = []
    for edge, function, use in uses_of_argument(inference, module, node) or ():
        cell = _cell(function.module, use)
        bindings = bindings_of(function.module, cell) if isinstance(cell, ast.Name) else []
        parameter = bindings[0].node if len(bindings) == 1 else None
        given = edge.argument(function, parameter) if isinstance(parameter, ast.arg) else None
        index = given if given is not None else cell
        if index is None or (not isinstance(index, ast.Constant) and index is not given):
            return None
        found.append(index)
    first = found[0] if found else None
    return first if first is not None and all(same_value(module, first, index) for index in found) else None


def first_index(module: Module, target: ast.expr) -> ast.expr | None:
    """The first index under which is stored: `i` of `rows[i, 2] = ...`, of the object that is named."""
    return _cell(module, _base(target))


def _base(target: ast.expr) -> ast.expr:
    """The object under the indexes and indexers of a store."""
    node = target
    while isinstance(node, ast.Subscript) or (isinstance(node, ast.Attribute) and node.attr in INDEXERS):
        node = node.value
    return node


def _is_counted(module: Module, node: ast.expr) -> bool:
    """Whether all that is asked of an object is its length, as in `range(len(rows))`, which is asked once."""
    parent = module.parents.get(node)
    return isinstance(parent, ast.Call) and last_name(parent.func) == "len"


def _are_other_keys(module: Module, stored: ast.expr | None, read: ast.expr | None) -> bool:
    """Whether two first indexes are different texts: keys of a dict, columns of a frame."""
    cells = [constant_of(module, cell) for cell in (stored, read) if cell is not None]
    return len({cell.value for cell in cells if cell is not None and isinstance(cell.value, str)}) == 2


def _is_counter(module: Module, region: ast.AST, index: ast.expr) -> bool:
    """Whether an index is what the loop itself counts through: another cell in each iteration.

    `row.Index` is that for the rows of `frame.itertuples()`.
    """
    if isinstance(index, ast.Attribute) and index.attr == "Index":
        index = index.value
    index = written_out(module, index)
    if not isinstance(index, ast.Name):
        return False
    bindings = bindings_of(module, index)
    return bool(bindings) and all(_is_element(module, region, binding) for binding in bindings)
