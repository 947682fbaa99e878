"""Operators: sequences join or repeat, numbers compute, arrays broadcast."""

from __future__ import annotations

import ast

from lint_rules.records import replace
from lint_rules.semantics.domains.arrays.value import (
    ARRAYS,
    Array,
    Dim,
    Extent,
    Kind,
    Unit,
    common_axes,
    elements_of,
    has_no_more_axes,
    number,
)
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, join, known
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import Module


def binary(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.BinOp)
    left, right = evaluator.evaluate(place.at(node.left)), evaluator.evaluate(place.at(node.right))
    if not left.values:
        # An unknown operand may broadcast; what is known of the other is what there is to go by.
        return Answer(right.map(_no_sequence).values, False)
    again = _is_of_itself(place.module, node)
    return left.then(lambda value: operate(node.op, value, right, again))


def _is_of_itself(module: Module, node: ast.BinOp) -> bool:
    """Whether the first operand may be what was computed here before: `xs = xs + [x]` in a loop."""
    return isinstance(node.left, ast.Name) and any(binding.value is node for binding in bindings_of(module, node.left))


def _no_sequence(value: Array) -> Array | None:
    return value if value.kind in ARRAYS else None


def operate(op: ast.operator, left: Array, right: Answer[Array], again: bool = False) -> Answer[Array]:
    """An operator: sequences join or repeat, numbers compute, arrays broadcast: the one with more axes decides.

    With `again` the result takes the place of the left operand: a list that grows so may have any length.
    """
    if again and left.kind is Kind.LIST and isinstance(op, ast.Add):
        added = [elements_of(value) for value in right.values if value.kind in (Kind.LIST, Kind.TUPLE)]
        each = join([*elements_of(left), *(item for items in added for item in items)])
        return known(Array(Kind.LIST, (Extent.MANY, *common_axes(each)), each=each))
    if not right.values:
        if left.kind in (Kind.LIST, Kind.TUPLE) and left.items and isinstance(op, ast.Add):
            # (1,) + x.shape: how it begins is known.
            return known(Array(left.kind, (Extent.ANY,), items=left.items))
        return Answer(frozenset([left] if left.kind in ARRAYS else []), False)
    return right.then(lambda other: _of_two(op, left, other))


def _of_two(op: ast.operator, left: Array, right: Array) -> Answer[Array]:
    if left.kind in ARRAYS and right.kind in (Kind.LIST, Kind.TUPLE) and left.unit is not Unit.OUTPUTS:
        right = Array(left.kind, right.dims, has_no_more_axes(right))
    if left.kind in ARRAYS and right.kind in ARRAYS:
        return _broadcast(left, right)
    return known(_operated(op, left, right))


def _operated(op: ast.operator, left: Array, right: Array) -> Array | None:
    sequences = (Kind.LIST, Kind.TUPLE)
    if left.kind in sequences and right.kind in sequences and isinstance(op, ast.Add):
        if left.items is not None and right.items is not None:
            if not left.is_whole:
                return Array(left.kind, (Extent.ANY,), items=left.items)
            items = left.items + right.items
            if not right.is_whole:
                return Array(left.kind, (Extent.ANY,), items=items)
            return Array(left.kind, (len(items), *common_axes(join(items))), items=items, literal=len(items) > 1)
        each = join(elements_of(left) + elements_of(right))
        return Array(left.kind, (_rows_of_both(left, right), *common_axes(each)), items=None, each=each)
    if Unit.OUTPUTS in (left.unit, right.unit) and Kind.LIST in (left.kind, right.kind) and isinstance(op, ast.Add):
        # [x] + encoder.predict(x): what is joined with a list is one.
        return Array(Kind.LIST, (Extent.MANY,), each=join(_joined_inputs(left) + _joined_inputs(right)))
    if left.kind in sequences and right.kind is Kind.NUMBER and isinstance(op, ast.Mult):
        rows = right.number if right.number is not None and left.rows == 1 else Extent.MANY
        return replace(left, dims=(rows, *left.dims[1:]), items=None, each=join(elements_of(left)), literal=False)
    if left.kind is Kind.NUMBER and right.kind is Kind.NUMBER:
        return number(_computed(op, left.number, right.number))
    if right.kind is Kind.NUMBER:
        return left if left.kind in ARRAYS else None
    if left.kind is Kind.NUMBER:
        return right if right.kind in ARRAYS else None
    return None


def _rows_of_both(left: Array, right: Array) -> Dim:
    """The length of two lists, one behind the other: what is put behind an empty one keeps its own."""
    for one, other in ((left, right), (right, left)):
        if one.items == () and other.rows is not None:
            return other.rows
    if isinstance(left.rows, int) and isinstance(right.rows, int):
        return left.rows + right.rows
    return Extent.MANY


def _joined_inputs(value: Array) -> tuple[Answer[Array], ...]:
    return (known(value),) if value.unit is Unit.OUTPUTS else elements_of(value)


def _broadcast(left: Array, right: Array) -> Answer[Array]:
    """Arrays are aligned at their last axes, and an axis of one takes the length of the other."""
    kind = _kind_of_both(left.kind, right.kind)
    if left.closed and right.closed:
        long, short = (left, right) if len(left.dims) >= len(right.dims) else (right, left)
        ahead = len(long.dims) - len(short.dims)
        dims = (*long.dims[:ahead], *map(_stretched, long.dims[ahead:], short.dims))
        unit = next((value.unit for value in (left, right) if value.dims == dims), None)
        return known(Array(kind, dims, True, unit))
    decides = right if (not left.dims or left.rows == 1) and right.dims else left
    made = known(replace(decides, kind=kind, closed=False))
    closed, other = (left, right) if left.closed else (right, left)
    if closed.closed and len(other.dims) > len(closed.dims):
        # However many axes follow, the first ones have no partner.
        return known(Array(kind, other.dims[: len(other.dims) - len(closed.dims)], False, other.unit))
    return known(Array(kind, (1,))) if left.rows == right.rows == 1 else made.incomplete()


def _stretched(one: Dim, other: Dim) -> Dim:
    if one == 1 or one == other:
        return other
    if other == 1:
        return one
    return next((dim for dim in (one, other) if isinstance(dim, int)), Extent.ANY)


def _kind_of_both(left: Kind, right: Kind) -> Kind:
    if left is right:
        return left
    return next((kind for kind in (Kind.TABLE, Kind.TENSOR) if kind in (left, right)), Kind.ARRAY)


def _computed(op: ast.operator, left: Dim | None, right: Dim | None) -> Dim | None:
    if isinstance(left, int) and isinstance(right, int):
        if isinstance(op, ast.Add):
            return left + right
        if isinstance(op, ast.Sub):
            return left - right
        if isinstance(op, ast.Mult):
            return left * right
        if isinstance(op, ast.FloorDiv) and right > 0:
            return left // right
        return None
    if isinstance(op, ast.Mult) and 1 in (left, right):
        return right if left == 1 else left
    return Extent.ANY if Extent.MANY in (left, right) or Extent.SET in (left, right) else None


def unary(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.UnaryOp)
    operand = evaluator.evaluate(place.at(node.operand))
    if isinstance(node.op, ast.USub):
        return operand.map(lambda value: number(-value.number) if isinstance(value.number, int) else _numeric(value))
    return operand.map(_numeric)


def _numeric(value: Array) -> Array | None:
    if value.kind is Kind.NUMBER:
        return number()
    return value if value.kind in ARRAYS else None
