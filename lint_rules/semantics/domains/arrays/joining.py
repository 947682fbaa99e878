"""Calls that join, repeat or divide rows."""

from __future__ import annotations

from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.reshaping import dims_of_shape
from lint_rules.semantics.domains.arrays.value import MAX_AXES, Array, Extent, Kind, Unit, common_axes, elements_of
from lint_rules.semantics.flow.evaluator import Answer, join, known, unknown


def stacked(call: LibraryCall) -> Answer[Array]:
    axis = call.axis(1, 0)
    subject = call.subject

    def of_parts(value: Array) -> Array | None:
        if axis == 0:
            return Array(call.kind, value.dims[:MAX_AXES] if value.dims else (Extent.MANY,))
        each = join(elements_of(value)).only
        return Array(call.kind, each.dims) if each is not None and each.dims else None

    if not subject.values:
        return Answer(frozenset([Array(call.kind, (Extent.MANY,))]), False) if axis == 0 else unknown()
    return subject.map(of_parts)


def joined(call: LibraryCall) -> Answer[Array]:
    axis = call.axis(1, 0)
    subject = call.subject

    def of_parts(value: Array) -> Array | None:
        parts = elements_of(value)
        if axis == 0:
            if value.rows == 1 or (len(parts) == 1 and value.items is not None):
                each = join(parts).only
                if each is not None and not each.dims:
                    return None
                rows = each.rows if each is not None else None
                return Array(call.kind, (rows, *(each.dims[1:] if each is not None else ()))) if rows else None
            return Array(call.kind, (Extent.SOME if value.rows is Extent.SOME else Extent.MANY,))
        extents = {part.rows for answer in parts for part in answer.values if part.rows is not None}
        if len(extents) != 1:
            return None
        kind = call.kind if all(answer.complete for answer in parts) else Kind.ARRAY
        return Array(kind, (extents.pop(),))

    if not subject.values:
        return Answer(frozenset([Array(call.kind, (Extent.MANY,))]), False) if axis == 0 else unknown()
    return subject.map(of_parts)


def joined_behind(call: LibraryCall) -> Answer[Array]:
    def of_parts(value: Array) -> Array | None:
        rows = [part.rows for answer in elements_of(value) for part in answer.values if part.rows is not None]
        return Array(call.kind, (rows[0],)) if rows else None

    return call.subject.map(of_parts)


def appended(call: LibraryCall) -> Answer[Array]:
    """`np.append(x, y, axis)`: more rows, or more columns. The method of lists gives nothing."""
    if not call.library.startswith("numpy."):
        return unknown()
    if call.axis(2, 0) == 0:
        return known(Array(call.kind, (Extent.MANY,)))
    return call.subject.map(lambda value: Array(call.kind, value.dims[:1]) if value.dims else None)


def tiled(call: LibraryCall) -> Answer[Array]:
    counts = call.value(call.argument(1, "reps", "multiples")).only
    if counts is None:
        return Answer(frozenset([Array(call.kind, (Extent.MANY,))]), False)
    dims = dims_of_shape(counts)
    if dims and dims[0] == 1 and counts.kind is not Kind.NUMBER:
        return call.subject.map(call.converted)
    return _copies(call)


def _copies(call: LibraryCall) -> Answer[Array]:
    """Rows made of one row, again and again; of several, many."""
    single = {value.rows for value in call.subject.values} == {1}
    return known(Array(call.kind, (Extent.MANY,), unit=Unit.COPIES if single else None))


def repeated(call: LibraryCall) -> Answer[Array]:
    if call.axis(2, 0) == 0 and call.whole(call.argument(1, "repeats")) == 1:
        return call.subject.map(call.converted)
    return _copies(call)


def pieces(call: LibraryCall) -> Answer[Array]:
    return known(Array(Kind.LIST, (Extent.MANY, Extent.SOME), each=known(Array(call.kind, (Extent.SOME,)))))


def drawn(call: LibraryCall) -> Answer[Array]:
    pool = call.argument(1, "population") if call.is_method else call.argument(0, "population")
    each = call.evaluator.element(call.place.at(pool)) if pool is not None else unknown()
    return known(Array(Kind.LIST, (Extent.MANY, *common_axes(each)), each=each))
