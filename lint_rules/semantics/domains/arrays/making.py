"""Calls that make an array of a shape, or of an image, or of a table."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.reshaping import dims_of_shape
from lint_rules.semantics.domains.arrays.slices import slice_extent
from lint_rules.semantics.domains.arrays.value import Array, Dim, Extent, Kind, Unit, number
from lint_rules.semantics.flow.evaluator import Answer, known, unknown
from lint_rules.semantics.knowledge.array_calls import SIZE_FIRST, SIZE_LAST


def filled(call: LibraryCall) -> Answer[Array]:
    nodes: list[ast.expr] = [k.value for k in call.node.keywords if k.arg in ("size", "shape")]
    if not nodes:
        if call.name in SIZE_FIRST and len(call.node.args) > 1:
            items = tuple(call.value(node) for node in call.node.args)
            shape: Answer[Array] = known(Array(Kind.TUPLE, (len(items),), items=items))
            return shape.map(lambda value: Array(call.kind, _sizes(value), True))
        position = SIZE_LAST.get(call.name, 0)
        arguments = call.node.args
        if call.name in SIZE_LAST and arguments and isinstance(arguments[0], ast.Tuple | ast.List):
            position = 0
        nodes = list(arguments[position : position + 1])
    if not nodes:
        return known(number()) if call.name in SIZE_LAST or call.name in SIZE_FIRST else unknown()
    shape = call.value(nodes[0])
    if not shape.values:
        return known(Array(call.kind, (Extent.MANY,)))
    return shape.map(
        lambda value: Array(call.kind, _sizes(value), value.items is not None or value.kind is Kind.NUMBER)
    )


def _sizes(shape: Array) -> tuple[Dim, ...]:
    """The axes of a new array: what is not known of the first is many."""
    dims = dims_of_shape(shape) or (Extent.MANY,)
    return (Extent.MANY if dims[0] in (Extent.ANY, -1) else dims[0], *dims[1:])


def one_image(call: LibraryCall) -> Answer[Array]:
    return known(Array(call.kind, (Extent.ANY, Extent.ANY), unit=Unit.IMAGE))


def image_batch(call: LibraryCall) -> Answer[Array]:
    return known(Array(Kind.NUMPY, (1,)))


def padded(call: LibraryCall) -> Answer[Array]:
    given = call.value(call.argument(1 if call.is_method else 0, "sequences", "inputs", "texts"))
    kind = Kind.NUMPY if call.library.startswith("keras.") else Kind.ARRAY
    if call.name == "texts_to_sequences":
        kind = Kind.LIST
    return given.map(lambda value: Array(kind, value.dims[:1]) if value.dims else None)


def table(call: LibraryCall) -> Answer[Array]:
    return call.value(call.argument(0, "data")).map(
        lambda value: Array(Kind.TABLE, value.dims[:2]) if value.dims and value.kind is not Kind.DICT else None
    )


def slice_made(call: LibraryCall) -> Answer[Array]:
    bounds = call.node.args[:2]
    if len(bounds) < 2:
        return unknown()
    written = ast.Slice(lower=bounds[0], upper=bounds[1])
    return known(Array(Kind.SLICE, number=slice_extent(call.evaluator, call.place, written)))


def length(call: LibraryCall) -> Answer[Array]:
    found = call.subject.map(lambda value: number(value.rows))
    return found if found.values else Answer(frozenset([number(Extent.MANY)]), False)
