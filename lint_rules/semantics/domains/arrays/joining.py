"""Calls that join, repeat or divide rows."""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.reshaping import dims_of_shape, library_of
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
)
from lint_rules.semantics.flow.answers import Answer, join, known, unknown


def stacked(call: LibraryCall) -> Answer[Array]:
    """`stack(parts, axis)`: one axis more, as long as there are parts."""
    axis = call.axis(1, 0)

    def of_parts(value: Array) -> Array | None:
        closed = has_no_more_axes(value)
        if axis == 0:
            return Array(call.kind, value.dims or (Extent.MANY,), closed)
        each = join(elements_of(value)).only
        if axis is None or each is None or not each.dims or value.rows is None:
            return None
        if axis > 0 or closed:
            at = axis % (len(each.dims) + 1) if closed else axis
            return Array(call.kind, (*each.dims[:at], value.rows, *each.dims[at:]), closed)
        return Array(call.kind, each.dims) if axis == -1 else None

    subject = call.subject
    if not subject.values:
        return Answer(frozenset([Array(call.kind, (Extent.MANY,))]), False) if axis == 0 else unknown()
    return subject.map(of_parts)


def taken(call: LibraryCall) -> Answer[Array]:
    """`np.take(x, [i], axis=0)`, `tf.gather(x, [i])`: rows by their numbers. A data set takes its first batches."""
    feed = call.feed()
    if feed is not None or not call.library.startswith(("numpy.", "tensorflow.", "jax.")):
        return known(feed) if feed is not None else unknown()
    axis = call.axis(2, 0 if call.name == "gather" else -1)
    index = call.value(call.argument(1, "indices"))
    if axis != 0 or index.only is None or index.only.kind is Kind.OTHER:
        return unknown()
    chosen = index.only.dims
    if not index.only.dims and index.only.kind is not Kind.NUMBER:
        return unknown()
    subject = call.subject
    if not subject.values:
        return known(Array(call.kind, chosen)).incomplete() if chosen else unknown()
    return subject.map(
        lambda value: (
            Array(call.kind, (*chosen, *value.dims[1:]), value.closed and bool(value.dims))
            if value.kind in ARRAYS
            else None
        )
    )


def joined(call: LibraryCall) -> Answer[Array]:
    """`concatenate(parts, axis)`, `vstack(parts)`: Keras's older functions join along the last axis."""
    axis = call.axis(1, -1 if call.library.startswith(("keras.backend.", "keras.layers.")) else 0)
    subject = call.subject
    if not subject.values:
        return Answer(frozenset([Array(call.kind, (Extent.MANY,))]), False) if axis == 0 else unknown()
    if axis is None:
        return unknown()
    if axis == 0:
        return subject.then(lambda value: _joined_in_front(call, value))
    return subject.then(lambda value: _rows_of_parts(call, value, axis))


def _joined_in_front(call: LibraryCall, value: Array) -> Answer[Array]:
    parts = elements_of(value)
    if value.rows != 1 and not (len(parts) == 1 and value.items is not None):
        return known(Array(call.kind, (Extent.SOME if value.rows is Extent.SOME else Extent.MANY,)))
    each = join(parts).only
    if each is None or not each.dims:
        return unknown()
    if call.name not in ("vstack", "row_stack") or len(each.dims) > 1:
        return known(Array(call.kind, each.dims, each.closed))
    if each.closed:
        return known(Array(call.kind, (1, *each.dims), True))
    # What may be a vector would become a row.
    made = known(Array(call.kind, each.dims))
    return made if each.rows == 1 else made.incomplete()


def _rows_of_parts(call: LibraryCall, value: Array, axis: int) -> Answer[Array]:
    """Parts that are joined along another axis than the first have the same rows."""
    parts = list(_parts(value))
    extents = {part.rows for part in parts if part.rows is not None}
    if len(extents) != 1:
        return unknown()
    made = known(Array(call.kind, (extents.pop(),)))
    if axis > 0 or any(len(part.dims) > -axis for part in parts):
        return made
    return unknown() if any(part.closed for part in parts) else made.incomplete()


def joined_behind(call: LibraryCall) -> Answer[Array]:
    """`hstack`, `column_stack`, `dstack`: the rows stay, but those of vectors."""

    def of_parts(value: Array) -> Answer[Array]:
        parts = [part for part in _parts(value) if part.rows is not None]
        if not parts:
            return unknown()
        extents = {part.rows for part in parts if part.rows is not None}
        made = join(known(Array(call.kind, (extent,))) for extent in extents)
        if len(extents) > 1:
            return made.incomplete()
        if call.name == "column_stack" or any(len(part.dims) > 1 for part in parts):
            return made
        if not all(part.closed for part in parts):
            return made.incomplete()
        return known(Array(call.kind, (1 if call.name == "dstack" else Extent.MANY,)))

    return call.subject.then(of_parts)


def _parts(value: Array) -> Iterator[Array]:
    return (part for answer in elements_of(value) for part in answer.values if part.kind in (*ARRAYS, Kind.BATCH))


def appended(call: LibraryCall) -> Answer[Array]:
    """`np.append(x, y, axis)`: more rows, or more columns. The method of lists gives nothing."""
    if not call.library.startswith("numpy."):
        return unknown()
    axis = call.axis(2, 0)
    if axis == 0:
        return known(Array(call.kind, (Extent.MANY,)))
    return call.subject.map(
        lambda value: Array(call.kind, value.dims[:1]) if axis is not None and axis > 0 and value.dims else None
    )


def tiled(call: LibraryCall) -> Answer[Array]:
    """`tile(x, counts)`: the counts are those of the last axes."""
    counts = call.value(call.argument(1, "reps", "multiples")).only
    if counts is None:
        return Answer(frozenset([Array(call.kind, (Extent.MANY,))]), False)
    factors = dims_of_shape(counts)
    if not factors or not (counts.kind is Kind.NUMBER or isinstance(counts.rows, int)):
        return _copies(call).incomplete()
    subject = call.subject
    if not subject.values:
        return _copies(call).incomplete()
    return subject.then(lambda value: _tiled(call, value, factors))


def _tiled(call: LibraryCall, value: Array, factors: tuple[Dim, ...]) -> Answer[Array]:
    made = call.converted(value)
    if made is None:
        return unknown()
    unit = Unit.COPIES if made.rows == 1 and factors[0] != 1 else made.unit if factors[0] == 1 else None
    if made.closed:
        rank = max(len(made.dims), len(factors))
        dims: tuple[Dim, ...] = (*(1,) * (rank - len(made.dims)), *made.dims)
        times: tuple[Dim, ...] = (*(1,) * (rank - len(factors)), *factors)
        kept = Unit.COPIES if dims[:1] == (1,) and times[:1] != (1,) else made.unit if times[:1] == (1,) else None
        return known(Array(library_of(call, value), tuple(map(_times, dims, times)), True, kept))
    if factors[0] == 1 and (len(made.dims) >= len(factors) or made.rows == 1):
        return known(Array(library_of(call, value), made.dims[:1], False, unit))
    if factors[0] == 1 and made.dims:
        return known(Array(library_of(call, value), made.dims[:1], False, unit)).incomplete()
    return known(Array(library_of(call, value), (Extent.MANY,), unit=unit)).incomplete()


def _times(one: Dim, other: Dim) -> Dim:
    if isinstance(one, int) and isinstance(other, int):
        return one * other
    return one if other == 1 else Extent.MANY


def _copies(call: LibraryCall) -> Answer[Array]:
    """Rows made of one row, again and again; of several, many."""
    single = {value.rows for value in call.subject.values} == {1}
    return known(Array(call.kind, (Extent.MANY,), unit=Unit.COPIES if single else None))


def repeated(call: LibraryCall) -> Answer[Array]:
    """`np.repeat(x, n, axis)`; without an axis, of all numbers one by one. The method of tensors tiles."""
    if call.library.startswith("itertools."):
        return unknown()
    if len(call.arguments) > 2 and call.is_method and call.argument(2, "axis") is not None:
        numpy_like = all(value.kind is Kind.NUMPY for value in call.subject.values)
        if not numpy_like:
            return _copies(call).incomplete()
    if call.library == "keras.backend.repeat":
        return call.subject.map(lambda value: Array(call.kind, value.dims[:1]) if value.dims else None)
    axis = call.axis(2, 0)
    times = call.whole(call.argument(1, "repeats"))
    if axis == 0:
        explicit = call.argument(2, "axis") is not None
        if times == 1 and explicit:
            return call.subject.map(call.converted)
        return _copies(call)
    if axis is None:
        return unknown()

    def behind(value: Array) -> Array | None:
        if axis < 0 and not len(value.dims) > -axis:
            return None
        return Array(library_of(call, value), value.dims[:1]) if value.dims else None

    found = call.subject.map(behind)
    # What is repeated along the last axis has most likely others.
    return found if found.values else call.subject.map(_first_axis).incomplete()


def _first_axis(value: Array) -> Array | None:
    return Array(value.kind, value.dims[:1]) if value.dims and value.kind in ARRAYS and not value.closed else None


def pieces(call: LibraryCall) -> Answer[Array]:
    """`np.array_split(x, n)`: a list of slices."""
    if call.axis(2, 0) != 0:
        return unknown()
    return known(Array(Kind.LIST, (Extent.MANY, Extent.SOME), each=known(Array(call.kind, (Extent.SOME,)))))


def drawn(call: LibraryCall) -> Answer[Array]:
    """`random.sample(memory, 32)`: a list of elements."""
    pool = call.argument(1, "population") if call.is_method else call.argument(0, "population")
    each = call.evaluator.element(call.place.at(pool)) if pool is not None else unknown()
    return known(Array(Kind.LIST, (Extent.MANY, *common_axes(each)), each=each))
