"""Pieces of a larger whole: a buffer that is filled again, slices of a file, batches that a consumer asks for."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.endings import never_ends
from lint_rules.semantics.domains.storage import is_on_disk
from lint_rules.semantics.flow.activations import Place, activation
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.data_sources import NEXT_BATCH
from lint_rules.semantics.queries.repetition.iteration_counts import takes_from, used_up
from lint_rules.semantics.queries.repetition.loop_syntax import body_of
from lint_rules.semantics.queries.repetition.reach import Reach, reach_of
from lint_rules.semantics.queries.repetition.repetition import Repetition
from lint_rules.semantics.syntax.module_index import Module, last_name


def is_refilled(repetition: Repetition) -> bool:
    """Whether the input is a buffer made before the loop, of which the loop fills the rows by index."""
    module, loop = repetition.module, repetition.loop
    body = body_of(loop)
    filled = module.once(
        ("filled", loop),
        lambda: {
            item.value.id
            for part in body
            for item in module.order.within(part, ast.Subscript)
            if isinstance(item.ctx, ast.Store) and isinstance(item.value, ast.Name) and _picks_rows(item)
        },
    )
    names = [
        item
        for argument in repetition.arguments
        for item in ast.walk(argument)
        if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load) and item.id in filled
    ]
    return any(
        not any(module.order.holds(part, binding.node) for binding in bindings_of(module, name) for part in body)
        for name in names
    )


def _picks_rows(node: ast.Subscript) -> bool:
    """Whether an index picks some rows, and not a part of each: `batch[i]`, not `volume[:, :, :, channel]`."""
    first = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
    whole = isinstance(first, ast.Slice) and first.lower is None and first.upper is None and first.step is None
    return not whole and not (isinstance(first, ast.Constant) and first.value is Ellipsis)


def moves_on(repetition: Repetition) -> bool:
    """Whether each iteration gets another piece."""
    calls = repetition.reach.argument.calls()
    return repetition.varies or any(last_name(call.func) in {"next", "__next__", *NEXT_BATCH} for call in calls)


def are_cut_alike(repetition: Repetition) -> bool:
    """Whether each iteration makes the same cut, of another array then: `for x, y in sets: predict(x[skipped:])`."""
    cuts = [node.slice for node in repetition.arguments if isinstance(node, ast.Subscript)]
    if len(cuts) < len(repetition.arguments) or not all(isinstance(cut, ast.Slice) for cut in cuts):
        return False
    bounds = [
        bound
        for cut in cuts
        if isinstance(cut, ast.Slice)
        for bound in (cut.lower, cut.upper, cut.step)
        if bound is not None
    ]
    reach = _reach(repetition, bounds).argument
    return not reach.element and not reach.changes


def _reach(repetition: Repetition, expressions: list[ast.expr]) -> Reach:
    """What the loop can change of some expressions that stand beside the call."""
    it = repetition
    return reach_of(it.inference, it.path, it.number, it.region, it.receiver, expressions)


def are_taken_out_of_a_whole(repetition: Repetition) -> bool:
    """Whether the loop takes its rows out of a list or deque until that is empty, and nobody puts any in meanwhile.

    What an object keeps, others may fill as the loop runs.
    """
    module, loop = repetition.region.module, repetition.loop
    text = used_up(module, loop)
    if text is None or "." in text:
        return False
    return any(takes_from(node, text) for node in repetition.reach.argument.nodes)


def are_on_disk(repetition: Repetition) -> bool:
    """Whether what a slice is cut from lies on disk: a memmap, an HDF5 or zarr file."""
    project, run = repetition.inference.project, activation(repetition.path)
    return any(is_on_disk(project, Place(repetition.module, argument, run)) for argument in repetition.arguments)


def serve_a_consumer(repetition: Repetition) -> bool:
    """Whether an endless generator predicts a batch whenever its consumer asks for the next one."""
    loop, order = repetition.loop, repetition.region.module.order
    if not isinstance(loop, ast.While | ast.For) or not any(
        order.within(part, ast.Yield) or order.within(part, ast.YieldFrom) for part in loop.body
    ):
        return False
    if isinstance(loop, ast.While):
        return isinstance(loop.test, ast.Constant)
    leaves = any(order.within(part, ast.Break) or order.within(part, ast.Return) for part in loop.body)
    return not leaves and never_ends(repetition.inference.project, repetition.region.module, loop.iter)


def pairs_one_with_several(repetition: Repetition) -> bool:
    """Whether each iteration pairs a value with the few that go with it: `[np.full(len(items), user), items]`."""
    module = repetition.module
    inputs = [item for argument in repetition.arguments for item in _items(module, argument)]
    counted = [items for node in inputs for items in _repeated_for(node)]
    reaches = (_reach(repetition, [items]).argument for items in counted)
    return any(reach.element or reach.changes for reach in reaches)


def _items(module: Module, argument: ast.expr) -> list[ast.expr]:
    """The inputs of a list of several, as they are made."""
    argument = _made(module, argument)
    given = argument.elts if isinstance(argument, ast.List | ast.Tuple) and len(argument.elts) > 1 else []
    return [_made(module, node) for node in given]


def _made(module: Module, node: ast.expr) -> ast.expr:
    """What a name was given last, where that is one thing."""
    bindings = bindings_of(module, node) if isinstance(node, ast.Name) else []
    value = bindings[0].value if len(bindings) == 1 and not bindings[0].path else None
    return value if value is not None else node


def _repeated_for(node: ast.expr) -> list[ast.expr]:
    """The items of which each gets one and the same value: `items` of `np.full(len(items), user)`."""
    if not isinstance(node, ast.Call) or len(node.args) < 1:
        return []
    name, value, times = last_name(node.func), None, None
    if name == "full" and len(node.args) > 1:
        times, value = node.args[:2]
    elif name in ("repeat", "tile") and len(node.args) > 1:
        value, times = node.args[:2]
    elif name in ("array", "asarray") and isinstance(node.args[0], ast.BinOp) and isinstance(node.args[0].op, ast.Mult):
        sides = [node.args[0].left, node.args[0].right]
        value = next((side for side in sides if isinstance(side, ast.List) and len(side.elts) == 1), None)
        times = next((side for side in sides if side is not value), None)
    if value is None or times is None or isinstance(value, ast.Constant):
        return []
    return [call.args[0] for call in ast.walk(times) if isinstance(call, ast.Call) and _is_len(call)]


def _is_len(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "len" and len(call.args) == 1
