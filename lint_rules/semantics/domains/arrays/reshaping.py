"""Calls that give the same numbers other axes."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from math import prod

from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.typed import duck, is_duck_array
from lint_rules.semantics.domains.arrays.value import ARRAYS, MAX_AXES, Array, Dim, Extent, Kind, Unit, number
from lint_rules.semantics.flow.answers import Answer, known, unknown
from lint_rules.semantics.flow.same_value import same_value
from lint_rules.semantics.knowledge.array_calls import EFFECTS, Effect
from lint_rules.semantics.syntax.module_index import last_name

# New axes


def axis_added(call: LibraryCall) -> Answer[Array]:
    """`expand_dims(x, axis)`, `x.unsqueeze(dim)`: of Keras's own, the last axis is the default."""
    node = call.argument(1, "axis", "dim")
    if node is None:
        return _with_axes_of(call, (-1,)) if call.library.startswith("keras.") else unknown()
    # One of several axes, in a loop over them, say: any of them may be the one in front.
    return call.value(node).then(lambda axis: _with_axes_of(call, whole_numbers(axis)))


def _with_axes_of(call: LibraryCall, axes: tuple[int, ...] | None) -> Answer[Array]:
    if axes is None:
        return unknown()
    subject = call.subject
    if not subject.values and 0 in axes:
        return known(Array(call.kind, (1,)))
    return subject.map(lambda value: _with_axes(call, value, axes))


def _with_axes(call: LibraryCall, value: Array, axes: tuple[int, ...]) -> Array | None:
    made = call.converted(value) if value.kind is not Kind.OTHER else Array(call.kind)
    if made is None:
        return None
    if made.kind is Kind.NUMBER:
        made = Array(call.kind, (), True)
    if made.closed:
        rank = len(made.dims) + len(axes)
        new = {axis % rank for axis in axes if -rank <= axis < rank}
    elif axes == (-1,):
        return Array(made.kind, made.dims, False, made.unit)
    elif min(axes) < 0:
        return Array(made.kind)
    else:
        new = set(axes)
    dims: list[Dim] = []
    left = list(made.dims)
    while left or len(dims) in new:
        dims.append(1 if len(dims) in new else left.pop(0))
    # A sample has another axis in front of its own where the second is new.
    unit = None if new & {0, 1} else made.unit
    return _cut(Array(made.kind, tuple(dims), made.closed, unit))


def two_axes(call: LibraryCall) -> Answer[Array]:
    """`atleast_2d(x)`: a vector becomes one row."""
    subject = call.subject
    if not subject.values:
        return Answer(frozenset([Array(call.kind, (1,))]), False)
    return subject.then(lambda value: _raised(call, value))


def _raised(call: LibraryCall, value: Array) -> Answer[Array]:
    made = call.converted(value)
    if made is None:
        return unknown()
    if made.kind is Kind.NUMBER:
        return known(Array(call.kind, (1, 1), True))
    if len(made.dims) > 1:
        return known(Array(call.kind, made.dims, made.closed))
    if made.closed or value.kind in (Kind.LIST, Kind.TUPLE):
        raised = known(Array(call.kind, (1, *made.dims), made.closed))
        return raised if made.closed else raised.incomplete()
    rows = Array(call.kind, made.dims or (1,))
    # A vector of one, or one row: one row in any case.
    return known(rows) if made.rows == 1 else known(rows).incomplete()


# Other shapes


def reshaped(call: LibraryCall) -> Answer[Array]:
    """`reshape(x, shape)`, `x.reshape(1, -1)`."""
    nodes = [keyword.value for keyword in call.node.keywords if keyword.arg in ("newshape", "shape")]
    nodes = nodes or call.arguments[1:]
    if not nodes:
        return unknown()
    if _leaves_one_for_the_rows(call, nodes):
        return _to_shape(call, Array(Kind.TUPLE, (Extent.ANY,), items=(known(number(1)),)))
    shape = call.value(nodes[0])
    if not call.is_method or len(nodes) == 1 or (shape.only is not None and shape.only.kind is Kind.TUPLE):
        return shape.then(lambda value: _to_shape(call, value))
    stars = [index for index, node in enumerate(nodes) if isinstance(node, ast.Starred)]
    items = tuple(call.value(node) for node in nodes[: stars[0] if stars else None])
    return _to_shape(call, Array(Kind.TUPLE, (Extent.ANY if stars else len(items),), items=items))


def _leaves_one_for_the_rows(call: LibraryCall, nodes: Sequence[ast.expr]) -> bool:
    """`x.reshape(-1, *x.shape)`: beside all of its own axes, -1 stands for one."""
    only = nodes[0] if len(nodes) == 1 else None
    parts = only.elts if isinstance(only, ast.Tuple | ast.List) else nodes
    if isinstance(only, ast.BinOp) and isinstance(only.op, ast.Add) and isinstance(only.left, ast.Tuple):
        parts = [*only.left.elts, ast.Starred(only.right, ast.Load())]
    if len(parts) != 2 or not isinstance(parts[1], ast.Starred) or call.whole(parts[0]) != -1:
        return False
    rest = parts[1].value
    return isinstance(rest, ast.Attribute) and rest.attr == "shape" and _has_shape_of(call, rest.value)


def _has_shape_of(call: LibraryCall, other: ast.expr) -> bool:
    """Whether the subject of a call is another expression, or a copy of it with the same axes."""
    subject = call.argument(0, "a", "x")
    while isinstance(subject, ast.Call) and EFFECTS.get(last_name(subject.func) or "") in (Effect.KEEP, Effect.CONVERT):
        subject = LibraryCall(call.evaluator, call.place, subject).argument(0, "a", "x", "object")
    return subject is not None and same_value(call.place.module, subject, other)


def _to_shape(call: LibraryCall, shape: Array) -> Answer[Array]:
    dims = dims_of_shape(shape)
    if not dims or dims[0] is Extent.ANY:
        return unknown()
    closed = shape.kind is Kind.NUMBER or (isinstance(shape.rows, int) and len(dims) == shape.rows)
    subject = call.subject
    if subject.values:
        return subject.then(lambda value: _in_shape(call, value, dims, closed))
    if dims[0] == -1:
        return unknown()
    place = call.place.at(call.arguments[0]) if call.arguments else call.place
    kind = call.kind if not call.is_method else duck(call.evaluator, place).kind
    made = Array(kind, tuple(Extent.ANY if dim == -1 else dim for dim in dims), closed)
    return Answer(frozenset([made]), not call.is_method or is_duck_array(call.evaluator, place))


def _in_shape(call: LibraryCall, value: Array, dims: tuple[Dim, ...], closed: bool) -> Answer[Array]:
    if value.kind is Kind.OTHER:
        return unknown()
    inferred = _inferred(value, dims) if closed else None
    given = tuple((inferred if inferred is not None else Extent.ANY) if dim == -1 else dim for dim in dims)
    unit = _unit_of_rows(value, given)
    if dims[0] != -1 or inferred is not None:
        kept = unit is not Unit.SAMPLES or given[0] == value.rows or (isinstance(given[0], int) and given[0] >= 1000)
        return known(Array(library_of(call, value), given, closed, unit if kept else None))
    # `reshape(-1, ...)` is taken to leave the rows, or to give one image, or a vector, its batch axis.
    whole = value.unit is Unit.IMAGE and (len(dims) == 4 or _is_size_of_image(dims[1:]))
    rows = 1 if whole else Extent.SOME if value.kind is Kind.BATCH else value.rows
    if rows is None:
        return unknown()
    made = known(Array(library_of(call, value), (rows, *given[1:]), closed, unit))
    return made.incomplete() if isinstance(rows, int) else made


def _is_size_of_image(dims: tuple[Dim, ...]) -> bool:
    """Whether axes are those of an image, or their product, and not of a list of pixels: 28 x 28, or 784."""
    least = 8 if len(dims) == 2 else 64
    return len(dims) in (1, 2) and all(isinstance(dim, int) and dim >= least for dim in dims)


def _inferred(value: Array, dims: tuple[Dim, ...]) -> int | None:
    """What -1 stands for in a shape."""
    sizes = whole_axes(value)
    given = [dim for dim in dims if dim != -1]
    if sizes is None or len(given) != len(dims) - 1:
        return None
    known_sizes = [dim for dim in given if isinstance(dim, int)]
    if len(known_sizes) != len(given) or prod(known_sizes) == 0:
        return None
    return prod(sizes) // prod(known_sizes)


def _unit_of_rows(value: Array, dims: tuple[Dim, ...]) -> Unit | None:
    """What the rows are behind a reshape that keeps them: samples, if it gives them no axis of one in front."""
    if value.unit is Unit.SAMPLES and len(dims) > 1 and isinstance(dims[1], int) and dims[1] > 1:
        return Unit.SAMPLES
    return Unit.COPIES if value.unit is Unit.COPIES else None


def flattened(call: LibraryCall) -> Answer[Array]:
    """`ravel`, `flatten`: one axis."""

    def of_all(value: Array) -> Array | None:
        sizes = whole_axes(value)
        return Array(library_of(call, value), (prod(sizes),), True) if sizes is not None else None

    return call.subject.map(of_all)


def squeezed(call: LibraryCall) -> Answer[Array]:
    """`squeeze(x)`, `squeeze(x, axis)`: without axes of one."""
    node = call.argument(1, "axis", "dim")
    axes = None if node is None else call.value(node).only

    def without(value: Array) -> Array | None:
        if value.kind not in ARRAYS:
            return None
        kind = library_of(call, value)
        if node is None:
            sizes = whole_axes(value)
            return Array(kind, tuple(dim for dim in sizes if dim != 1), True) if sizes is not None else None
        away = whole_numbers(axes) if axes is not None else None
        if away is None or not (value.closed or min(away) >= 0):
            return None
        gone = {axis % len(value.dims) if value.closed and value.dims else axis for axis in away}
        return Array(kind, tuple(dim for at, dim in enumerate(value.dims) if at not in gone), value.closed)

    return call.subject.map(without)


# The order of axes


def transposed(call: LibraryCall) -> Answer[Array]:
    """`transpose`, `permute`: the axes in another order, the reverse one if none is given."""
    nodes = [keyword.value for keyword in call.node.keywords if keyword.arg in ("axes", "perm", "dims")]
    nodes = nodes or call.arguments[1:]
    values = [call.value(node).only for node in nodes]
    if len(values) == 1 and values[0] is not None and values[0].kind is not Kind.OTHER:
        order = whole_numbers(values[0])
    else:
        numbers = [value.number if value is not None else None for value in values]
        order = tuple(value for value in numbers if isinstance(value, int)) if nodes else None
        order = None if order is not None and len(order) != len(nodes) else order
    if nodes and order is None:
        return unknown()
    if len(nodes) == 2:
        # Two numbers are an order of axes to NumPy, and the two to be swapped to PyTorch.
        return call.subject.map(lambda value: _permuted(call, value, order) if value.kind is Kind.NUMPY else None)
    return call.subject.map(lambda value: _permuted(call, value, order))


def _permuted(call: LibraryCall, value: Array, order: Sequence[int] | None) -> Array | None:
    if value.kind not in ARRAYS:
        return None
    kind = library_of(call, value)
    if order is None:
        return Array(kind, value.dims[::-1], True) if value.closed else None
    rank = len(order)
    dims = tuple(value.dims[at] if 0 <= at < len(value.dims) else Extent.ANY for at in (at % rank for at in order))
    # An order that leaves the first axis leaves what the rows are.
    unit = value.unit if order[:2] == (0, 1) else None
    return Array(kind, dims, True, unit)


def swapped(call: LibraryCall) -> Answer[Array]:
    """`swapaxes(x, a, b)`."""
    first, second = call.whole(call.argument(1, "axis1")), call.whole(call.argument(2, "axis2"))

    def exchanged(value: Array) -> Array | None:
        if first is None or second is None or value.kind not in ARRAYS:
            return None
        if not value.closed and min(first, second) < 0:
            return None
        dims = list(value.dims)
        one, other = (at % len(dims) if value.closed and dims else at for at in (first, second))
        if max(one, other) >= len(dims):
            # Of axes out of sight, only what stands before them is known.
            return Array(library_of(call, value), tuple(dims[: min(one, other)]))
        dims[one], dims[other] = dims[other], dims[one]
        return Array(library_of(call, value), tuple(dims), value.closed)

    return call.subject.map(exchanged)


def moved(call: LibraryCall) -> Answer[Array]:
    """`moveaxis(x, from, to)`."""
    source, target = call.whole(call.argument(1, "source")), call.whole(call.argument(2, "destination"))

    def other_order(value: Array) -> Array | None:
        if source is None or target is None or not value.closed or not value.dims:
            return None
        dims = list(value.dims)
        axis = dims.pop(source % len(value.dims))
        dims.insert(target % len(value.dims), axis)
        return Array(library_of(call, value), tuple(dims), True)

    return call.subject.map(other_order)


# What transfers share


def library_of(call: LibraryCall, value: Array) -> Kind:
    """What kind of array a call gives that is a function of one library, or a method of the array."""
    if not call.is_method and call.kind is not Kind.ARRAY:
        return call.kind
    return value.kind if value.kind in ARRAYS else Kind.ARRAY


def dims_of_shape(shape: Array) -> tuple[Dim, ...]:
    """The axes that a shape says; () where it does not tell."""
    if shape.kind is Kind.NUMBER:
        return (shape.number if shape.number is not None else Extent.ANY,)
    if shape.items is None:
        return ()
    found: list[Dim] = []
    for item in shape.items[:MAX_AXES]:
        only = item.only
        found.append(only.number if only is not None and only.number is not None else Extent.ANY)
    return tuple(found)


def whole_axes(value: Array) -> tuple[int, ...] | None:
    """The sizes of all axes, where all are known."""
    sizes = tuple(dim for dim in value.dims if isinstance(dim, int))
    return sizes if value.closed and len(sizes) == len(value.dims) else None


def whole_numbers(value: Array) -> tuple[int, ...] | None:
    """A whole number, or a list or tuple of such."""
    if value.kind is Kind.NUMBER:
        return (value.number,) if isinstance(value.number, int) else None
    if not value.items or not value.is_whole:
        return None
    numbers = [item.only.number if item.only is not None else None for item in value.items]
    found = tuple(at for at in numbers if isinstance(at, int))
    return found if len(found) == len(numbers) else None


def _cut(value: Array) -> Array:
    """An array with no more axes than are looked at."""
    if len(value.dims) <= MAX_AXES:
        return value
    return Array(value.kind, value.dims[:MAX_AXES], False, value.unit)
