"""Calls that give the same numbers other axes."""

from __future__ import annotations

import ast
from dataclasses import replace

from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.typed import is_duck_array
from lint_rules.semantics.domains.arrays.value import ARRAYS, MAX_AXES, Array, Dim, Extent, Kind, Unit, elements_of
from lint_rules.semantics.domains.values import KerasModel, ModelMethod
from lint_rules.semantics.flow.evaluator import Answer, join, known, unknown


def axis_added(call: LibraryCall) -> Answer[Array]:
    node = call.argument(1, "axis", "dim")
    axes = list(node.elts) if isinstance(node, ast.Tuple | ast.List) else [node]
    if node is None or any(call.whole(item) == 0 for item in axes if item is not None):
        return _in_front(call)
    # One of several axes, in a loop over them, say: any of them may be the one in front.
    return call.value(node).then(lambda axis: _axis_at(call, axis))


def _in_front(call: LibraryCall) -> Answer[Array]:
    subject = call.subject
    return subject.map(lambda value: _with_axis(call, value, 0)) if subject.values else known(Array(call.kind, (1,)))


def _axis_at(call: LibraryCall, axis: Array) -> Answer[Array]:
    if axis.number == 0:
        return _in_front(call)
    return call.subject.map(
        lambda value: _with_axis(call, value, axis.number if isinstance(axis.number, int) else None)
    )


def _with_axis(call: LibraryCall, value: Array, axis: int | None) -> Array | None:
    made = call.converted(value) if value.kind is not Kind.OTHER else Array(call.kind)
    if made is None:
        return None
    if axis == 0:
        return Array(made.kind, (1, *made.dims)[:MAX_AXES], made.closed)
    if axis is None:
        return None
    if axis < 0 and made.closed and axis == -1:
        return replace(made, dims=(*made.dims, 1), literal=False)
    dims = made.dims
    if 0 < axis <= len(dims):
        dims = (*dims[:axis], 1, *dims[axis:])
    if axis == 1:
        made = replace(made, unit=None)  # each sample has an axis in front of its own
    return replace(made, dims=dims[:MAX_AXES], closed=False if axis < 0 else made.closed, literal=False)


def reshaped(call: LibraryCall) -> Answer[Array]:
    nodes = [keyword.value for keyword in call.node.keywords if keyword.arg in ("newshape", "shape")]
    nodes = nodes or call.arguments[1:]
    if not nodes:
        return unknown()
    subject = call.subject
    if len(nodes) == 1:
        shape = call.value(nodes[0])
        if not shape.values:
            return unknown()
        return shape.then(lambda value: _to_shape(call, subject, value))
    items = tuple(call.value(node) for node in nodes)
    return _to_shape(call, subject, Array(Kind.TUPLE, (len(items),), items=items))


def _to_shape(call: LibraryCall, subject: Answer[Array], shape: Array) -> Answer[Array]:
    dims = dims_of_shape(shape)
    if not dims:
        return unknown()
    closed = shape.kind is Kind.NUMBER or isinstance(shape.rows, int)
    if dims[0] == -1:
        return _flattened_rows(call, subject, dims, closed)
    if dims[0] is Extent.ANY:
        return unknown()
    made = Array(call.kind if not call.is_method else Kind.ARRAY, dims, closed)
    if not subject.values:
        duck = is_duck_array(call.evaluator, call.place.at(call.arguments[0])) if call.arguments else False
        return Answer(frozenset([made]), duck)
    return subject.map(lambda value: _in_shape(call, value, made))


def _in_shape(call: LibraryCall, value: Array, made: Array) -> Array | None:
    if value.kind is Kind.OTHER:
        return None
    unit = _unit_of_rows(value, made.dims)
    kept = unit is not Unit.SAMPLES or made.rows == value.rows or (isinstance(made.rows, int) and made.rows >= 1000)
    return replace(made, kind=_library_of(call, value), unit=unit if kept else None)


def _library_of(call: LibraryCall, value: Array) -> Kind:
    if not call.is_method and call.kind is not Kind.ARRAY:
        return call.kind
    return value.kind if value.kind in ARRAYS else Kind.ARRAY


def _flattened_rows(call: LibraryCall, subject: Answer[Array], dims: tuple[Dim, ...], closed: bool) -> Answer[Array]:
    """`reshape(-1, ...)`: as many rows as before, unless one image or a vector is given its batch axis."""

    def rows(value: Array) -> Array | None:
        head: Dim | None = value.rows
        if value.unit is Unit.IMAGE and len(dims) == 4:
            head = 1
        elif value.kind is Kind.BATCH:
            head = Extent.SOME
        if head is None:
            return None
        return Array(_library_of(call, value), (head, *dims[1:]), closed, _unit_of_rows(value, dims))

    return subject.map(rows)


def _unit_of_rows(value: Array, dims: tuple[Dim, ...]) -> Unit | None:
    """What the rows are behind a reshape that keeps them: samples, if it gives them no axis of one in front."""
    if value.unit is Unit.SAMPLES and len(dims) > 1 and isinstance(dims[1], int) and dims[1] > 1:
        return Unit.SAMPLES
    return Unit.COPIES if value.unit is Unit.COPIES else None


def two_axes(call: LibraryCall) -> Answer[Array]:
    subject = call.subject
    if not subject.values:
        return Answer(frozenset([Array(call.kind, (1,))]), False)

    def raised(value: Array) -> Array | None:
        if value.kind in (Kind.LIST, Kind.TUPLE):
            return Array(call.kind, value.dims) if len(value.dims) > 1 else Array(call.kind, (1, *value.dims))
        return Array(call.kind, value.dims) if value.dims else Array(call.kind, (1,))

    return subject.map(raised)


def squeezed(call: LibraryCall) -> Answer[Array]:
    return unknown()


def flattened(call: LibraryCall) -> Answer[Array]:
    return unknown()


def first_axis_kept(call: LibraryCall) -> Answer[Array]:
    if call.name in ("transpose", "swapaxes", "permute") and len(call.arguments) > 1:
        return unknown()
    takes_argument = call.is_method and call.name not in ("transpose", "swapaxes", "permute", "cumsum")
    given = call.argument(1, "x", "X", "y") if takes_argument else call.argument(0, "x", "X", "y")
    kind = call.kind
    predicts = any(isinstance(value, ModelMethod) for value in call.callees) or any(
        isinstance(value, KerasModel) for value in call.callees
    )
    if predicts or call.library.startswith("sklearn."):
        kind = Kind.NUMPY
    found = call.value(given).map(lambda value: Array(kind, value.dims[:1]) if value.dims else None)
    if predicts and isinstance(given, ast.List | ast.Tuple | ast.Dict):
        inputs = join(item for value in call.value(given).values for item in elements_of(value))
        found = inputs.map(lambda value: Array(kind, value.dims[:1]) if value.dims else None)
    return found


def dims_of_shape(shape: Array) -> tuple[Dim, ...]:
    if shape.kind is Kind.NUMBER:
        return (shape.number if shape.number is not None else Extent.ANY,)
    if shape.items is None:
        return ()
    found: list[Dim] = []
    for item in shape.items[:MAX_AXES]:
        only = item.only
        found.append(only.number if only is not None and only.number is not None else Extent.ANY)
    return tuple(found)
