"""Pieces of a larger whole: a buffer that is filled again, slices of a file, batches that a consumer asks for."""

from __future__ import annotations

import ast

from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.queries.repetition.loop_syntax import body_of
from lint_rules.semantics.queries.repetition.repetition import Repetition
from lint_rules.semantics.syntax.module_index import Module, last_name

_ON_DISK = frozenset(
    {"memmap", "open_memmap", "File", "HDFStore", "open_dataset", "open_array", "open_group", "open_zarr"}
)


def is_refilled(repetition: Repetition) -> bool:
    """Whether the input is a buffer made before the loop and filled by index in it."""
    module, loop = repetition.module, repetition.loop
    body = body_of(loop)
    filled = module.once(
        ("filled", loop),
        lambda: {
            item.value.id
            for part in body
            for item in module.order.within(part, ast.Subscript)
            if isinstance(item.ctx, ast.Store) and isinstance(item.value, ast.Name)
        },
    )
    return any(
        isinstance(argument, ast.Name)
        and argument.id in filled
        and not any(
            module.order.holds(part, binding.node) for binding in bindings_of(module, argument) for part in body
        )
        for argument in repetition.arguments
    )


def moves_on(repetition: Repetition) -> bool:
    """Whether each iteration gets another piece."""
    calls = repetition.reach.argument.calls()
    return repetition.varies or any(last_name(call.func) in ("next", "__next__") for call in calls)


def are_on_disk(repetition: Repetition) -> bool:
    """Whether what a slice is cut from lies on disk: a memmap, an HDF5 or zarr file."""
    return any(_is_on_disk(repetition.module, argument) for argument in repetition.arguments)


def _is_on_disk(module: Module, node: ast.expr) -> bool:
    todo: list[ast.expr] = [node]
    for _ in range(8):
        if not todo:
            break
        node = todo.pop()
        while isinstance(node, ast.Subscript | ast.Attribute):
            node = node.value
        if isinstance(node, ast.Name):
            todo.extend(binding.value for binding in bindings_of(module, node) if binding.value is not None)
        elif isinstance(node, ast.Call):
            if last_name(node.func) in _ON_DISK or any(keyword.arg == "mmap_mode" for keyword in node.keywords):
                return True
            todo.extend(node.args[:1])
    return False


def serve_a_consumer(repetition: Repetition) -> bool:
    """Whether an endless generator predicts a batch whenever its consumer asks for the next one."""
    loop, order = repetition.loop, repetition.region.module.order
    return (
        isinstance(loop, ast.While)
        and isinstance(loop.test, ast.Constant)
        and any(order.within(part, ast.Yield) or order.within(part, ast.YieldFrom) for part in loop.body)
    )
