"""Calls that make an array of a shape, or of a table, or of sequences; and what is measured and marked with numbers."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.reshaping import dims_of_shape
from lint_rules.semantics.domains.arrays.slices import slice_extent
from lint_rules.semantics.domains.arrays.value import ARRAYS, Array, Dim, Extent, Kind, number
from lint_rules.semantics.flow.answers import Answer, known, unknown
from lint_rules.semantics.knowledge.array_calls import SIZE_FIRST, SIZE_LAST, SIZES_ONE_BY_ONE


def filled(call: LibraryCall) -> Answer[Array]:
    """`np.zeros((1, 28))`, `np.random.normal(0, 1, size=(1, 100))`, `np.random.rand(1, 100)`."""
    shape = _shape_given(call)
    if shape is None:
        return known(number()) if call.name in (*SIZE_LAST, *SIZE_FIRST) else unknown()
    if not shape.values:
        return known(Array(call.kind, (Extent.MANY,)))
    return shape.map(lambda value: _of_shape(call.kind, value))


def _shape_given(call: LibraryCall) -> Answer[Array] | None:
    """The shape that a call names."""
    named = next((keyword.value for keyword in call.node.keywords if keyword.arg in ("size", "shape")), None)
    if named is not None:
        return call.value(named)
    arguments = call.node.args
    one_by_one = call.name in SIZE_FIRST or call.library.startswith(SIZES_ONE_BY_ONE)
    if one_by_one and len(arguments) > 1 and call.name not in SIZE_LAST:
        items = tuple(call.value(node) for node in arguments)
        return known(Array(Kind.TUPLE, (len(items),), items=items))
    position = SIZE_LAST.get(call.name, 0)
    if call.library.startswith("jax.random."):
        position = 1
    elif call.library.startswith(("tensorflow.", "keras.")) or isinstance(
        next(iter(arguments), None), ast.Tuple | ast.List
    ):
        position = 0
    return call.value(arguments[position]) if position < len(arguments) else None


def _of_shape(kind: Kind, shape: Array) -> Array:
    """A new array: what is not known of its first axis is many."""
    dims = dims_of_shape(shape)
    closed = shape.kind is Kind.NUMBER or (shape.is_whole and len(dims) == shape.rows)
    if shape.kind is Kind.TUPLE and not dims and closed:
        return Array(kind, (), True)
    sizes: tuple[Dim, ...] = dims or (Extent.MANY,)
    return Array(kind, (Extent.MANY if sizes[0] in (Extent.ANY, -1) else sizes[0], *sizes[1:]), closed)


def padded(call: LibraryCall) -> Answer[Array]:
    """`pad_sequences(sequences)`: as many rows."""
    given = call.value(call.argument(1 if call.is_method else 0, "sequences", "inputs", "texts"))
    kind = Kind.NUMPY if call.library.startswith("keras.") else Kind.ARRAY
    if call.name == "texts_to_sequences":
        kind = Kind.LIST
    return given.map(lambda value: Array(kind, value.dims[:1]) if value.dims else None)


def table(call: LibraryCall) -> Answer[Array]:
    """`pd.DataFrame(data)`, `pd.DataFrame({"age": [age]})`, `pd.Series([x])`."""

    def of_data(value: Array) -> Array | None:
        if value.kind is Kind.DICT:
            return _of_columns(value) if call.name == "DataFrame" and call.argument(1, "index") is None else None
        if not value.dims:
            return None
        return Array(Kind.TABLE, value.dims[:2] if value.kind in ARRAYS else value.dims[:1])

    return call.value(call.argument(0, "data")).map(of_data)


def _of_columns(columns: Array) -> Array | None:
    """A table of columns, which all have as many rows; a number stands in each of them."""
    rows = {item.rows for column in columns.items or () for item in column.values if item.kind is not Kind.NUMBER}
    one = rows.pop() if len(rows) == 1 else None
    return Array(Kind.TABLE, (one,)) if one is not None else None


def slice_made(call: LibraryCall) -> Answer[Array]:
    """`slice(a, b)`."""
    bounds = call.node.args[:2]
    if len(bounds) < 2:
        return unknown()
    written = ast.Slice(lower=bounds[0], upper=bounds[1])
    return known(Array(Kind.SLICE, number=slice_extent(call.evaluator, call.place, written)))


def length(call: LibraryCall) -> Answer[Array]:
    """`len(x)`."""
    found = call.subject.map(lambda value: number(value.rows))
    return found if found.values else Answer(frozenset([number(Extent.MANY)]), False)


def least(call: LibraryCall) -> Answer[Array] | None:
    """`min(size, len(x) - start)`: the size of a piece, the last of which is shorter. None for any other call."""
    func, given = call.node.func, call.node.args
    if not isinstance(func, ast.Name) or func.id != "min" or call.callees or len(given) != 2:
        return None
    rest = any(isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) for node in given)
    return known(number(Extent.SOME if rest else None))
