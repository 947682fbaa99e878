"""Does a loop fill one whole by the parts that it hands out: `whole[start:end] = output`, `whole[chunk] = output`?

Then its inputs are parts of one whole too, however they are made of what the loop hands out.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.array_readings import array
from lint_rules.semantics.domains.arrays.slices import most_rows
from lint_rules.semantics.domains.arrays.value import Array, Kind, elements_of
from lint_rules.semantics.effects.slicing import Slice, Slicer
from lint_rules.semantics.flow.answers import join
from lint_rules.semantics.queries.repetition.loop_syntax import body_of
from lint_rules.semantics.queries.repetition.repetition import Repetition
from lint_rules.semantics.syntax.module_index import last_name

_BOUNDS = frozenset({"min", "max", "int"})
"""What keeps the end of a part within its whole."""


def fills_parts(repetition: Repetition, *, counted: bool = False) -> bool:
    """Whether the loop writes what comes of an output into some rows of a whole, which rows the loop hands out.

    Or, with `counted`, goes on from where it was in the iteration before: `whole[done:done + len(output)]`.
    """
    frame, loop = repetition.frame, repetition.loop
    if not isinstance(loop, ast.For | ast.AsyncFor) or repetition.region.module is not frame.module:
        return False
    rows = Slicer(repetition.inference, frame.module, loop, mutations=False)
    kept = Slicer(repetition.inference, frame.module, loop, frame.node)
    return any(
        (_are_handed_out(rows, which) or (counted and which.changes))
        and not rows.of(target.value).changes
        and kept.of(value).reaches(frame.node)
        for target, value in _stores(repetition)
        if (parts := _several(repetition, target))
        for which in [rows.of(*parts)]
    )


def _are_handed_out(rows: Slicer, which: Slice) -> bool:
    """Whether rows are said by what the loop goes over, and by nothing that it finds out or counts."""
    inner = (call for call in which.calls() if rows.inside(call))
    return which.element and all(last_name(call.func) in _BOUNDS for call in inner)


def _stores(repetition: Repetition) -> Iterator[tuple[ast.Subscript, ast.expr]]:
    """What the loop writes under an index, and where."""
    for part in body_of(repetition.loop):
        for statement in repetition.frame.module.order.within(part, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Subscript):
                    yield target, statement.value


def _several(repetition: Repetition, target: ast.Subscript) -> list[ast.expr]:
    """The bounds, or the indices, that name several rows of what is written to; none for one row or all of them."""
    module = repetition.frame.module
    first = target.slice.elts[0] if isinstance(target.slice, ast.Tuple) and target.slice.elts else target.slice
    if isinstance(first, ast.Slice):
        bounds = [bound for bound in (first.lower, first.upper) if bound is not None]
        return bounds if len(bounds) == 2 and most_rows(module, target) != 1 else []
    found = array(repetition.inference.project, module, first, repetition.path, repetition.number).values
    return [first] if found and all(_are_rows(value) for value in found) else []


def _are_rows(value: Array) -> bool:
    """Whether an index names several rows: no tuple does, which has an index for each axis, as that of a tile."""
    numbers = value.is_array or (
        value.kind is Kind.LIST
        and bool(each := join(elements_of(value)).values)
        and all(item.kind is Kind.NUMBER for item in each)
    )
    return numbers and bool(value.dims) and value.rows != 1
