"""Indices, slices and new axes between brackets."""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.records import dataclass, replace
from lint_rules.semantics.domains.arrays.literals import is_newaxis
from lint_rules.semantics.domains.arrays.slices import slice_extent, whole
from lint_rules.semantics.domains.arrays.typed import duck, is_duck_array
from lint_rules.semantics.domains.arrays.value import (
    ARRAYS,
    MAX_AXES,
    Array,
    Dim,
    Extent,
    Kind,
    Unit,
    common_axes,
    elements_of,
)
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.same_value import written_out


def subscript(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    """`x[...]`, by what x is."""
    node = place.node
    assert isinstance(node, ast.Subscript)
    written = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    parts = [written_out(place.module, part) for part in written]
    base = evaluator.evaluate(place.at(node.value))
    if base.values:
        return base.then(lambda value: _indexed(evaluator, place, value, parts))
    owner = place.at(node.value)
    if parts and is_newaxis(parts[0]):
        # What takes `[None]` is an array or a tensor.
        return Answer(frozenset([duck(evaluator, owner, 1)]), base.complete or is_duck_array(evaluator, owner))
    cut = _cut_of_unknown(evaluator, owner, parts)
    return Answer(frozenset([cut]), base.complete) if cut is not None else unknown()


def _cut_of_unknown(evaluator: Evaluator[Array], owner: Place, parts: list[ast.expr]) -> Array | None:
    """A slice of who knows what has the rows that the slice says."""
    if not parts:
        return None
    first = parts[0]
    if isinstance(first, ast.Slice):
        if first.lower is None and first.upper is None:
            return None
        extents = [slice_extent(evaluator, owner, part) for part in parts if isinstance(part, ast.Slice)]
        image = len(parts) >= 2 and all(_is_bounded(part) for part in parts[:2])
        made = duck(evaluator, owner, *(extents if len(extents) == len(parts) else extents[:1]))
        return replace(made, unit=Unit.IMAGE if image else None)
    part = _read(evaluator, owner, first)
    if len(parts) == 1 and part.what in (_What.SLICE, _What.ROWS, _What.PERHAPS_ROWS) and part.extent is not None:
        return duck(evaluator, owner, part.extent)
    return None


def _is_bounded(part: ast.expr) -> bool:
    return isinstance(part, ast.Slice) and part.lower is not None and part.upper is not None


def _indexed(evaluator: Evaluator[Array], place: Place, value: Array, parts: list[ast.expr]) -> Answer[Array]:
    if value.kind in (Kind.LIST, Kind.TUPLE) and len(parts) == 1:
        return _picked(evaluator, place, value, parts[0])
    if value.kind is Kind.DICT:
        return join(elements_of(value)) if value.items or value.each else unknown()
    if value.kind is Kind.FEED:
        return value.each or known(Array(Kind.BATCH, (Extent.SOME,)))
    if value.kind is Kind.BATCH:
        if parts and isinstance(parts[0], ast.Constant) and not is_newaxis(parts[0]):
            return known(value)
        # Of an array its rows, if it is none of several.
        return _axes(evaluator, place, replace(value, kind=Kind.ARRAY), parts).incomplete()
    if value.kind is Kind.TABLE:
        return _of_table(evaluator, place, value, parts)
    if value.kind not in ARRAYS:
        return unknown()
    unit = _unit_under(evaluator, place, value, parts)
    found = _axes(evaluator, place, value, parts).map(lambda found: replace(found, unit=unit))
    # One row of what a model predicts, or one of its outputs.
    picks = parts and not isinstance(parts[0], ast.Slice) and not is_newaxis(parts[0])
    return found.incomplete() if value.unit is Unit.OUTPUTS and picks else found


def _unit_under(evaluator: Evaluator[Array], place: Place, value: Array, parts: list[ast.expr]) -> Unit | None:
    """What a part of samples, or of an image, is."""
    if value.unit is Unit.SAMPLES and parts:
        if isinstance(parts[0], ast.Slice):
            return Unit.SAMPLES
        if len(parts) == 1 and _read(evaluator, place, parts[0]).what is _What.NUMBER:
            return Unit.SAMPLE
    if value.unit is Unit.IMAGE and all(isinstance(part, ast.Slice) for part in parts):
        return Unit.IMAGE
    return None


# Lists and tuples


def _picked(evaluator: Evaluator[Array], place: Place, value: Array, index: ast.expr) -> Answer[Array]:
    if isinstance(index, ast.Slice):
        return _sliced(evaluator, place, value, index)
    at = whole(evaluator, place, index)
    if at is None or value.items is None:
        return join(elements_of(value))
    if 0 <= at < len(value.items) or (value.is_whole and -len(value.items) <= at < 0):
        return value.items[at]
    return join(elements_of(value)) if not value.is_whole else unknown()


def _sliced(evaluator: Evaluator[Array], place: Place, value: Array, index: ast.Slice) -> Answer[Array]:
    if index.lower is None and index.upper is None and index.step is None:
        return known(value)
    bounds = [whole(evaluator, place, bound) if bound is not None else None for bound in (index.lower, index.upper)]
    readable = index.step is None and all(
        number is not None or bound is None for number, bound in zip(bounds, (index.lower, index.upper), strict=True)
    )
    if readable and value.items is not None:
        lower, upper = bounds
        items = value.items[lower:upper]
        if value.is_whole:
            return known(Array(value.kind, (len(items), *common_axes(join(items))), items=items, each=value.each))
        if upper is None and (lower or 0) >= 0:
            return known(Array(value.kind, (Extent.ANY,), items=items))
    rows = slice_extent(evaluator, place, index)
    return known(Array(value.kind, (rows, *value.dims[1:]), each=join(elements_of(value))))


# Arrays and tables


class _What(Enum):
    """What stands between the brackets for one axis."""

    NEW = auto()
    REST = auto()  # ...
    SLICE = auto()
    NUMBER = auto()
    ROWS = auto()  # a list of numbers
    PERHAPS_ROWS = auto()  # an array of numbers, or a mask
    UNREADABLE = auto()


@dataclass(frozen=True, slots=True)
class _Part:
    what: _What
    extent: Dim | None = None
    more: tuple[Dim, ...] = ()
    node: ast.Slice | None = None


def _read(evaluator: Evaluator[Array], place: Place, part: ast.expr) -> _Part:
    """One part of an index."""
    if is_newaxis(part):
        return _Part(_What.NEW)
    if isinstance(part, ast.Constant) and part.value is Ellipsis:
        return _Part(_What.REST)
    if isinstance(part, ast.Slice):
        return _Part(_What.SLICE, node=part)
    chosen = evaluator.evaluate(place.at(part)).only
    if chosen is None:
        return _Part(_What.UNREADABLE)
    if chosen.kind is Kind.NUMBER:
        return _Part(_What.NUMBER)
    if chosen.kind is Kind.SLICE:
        return _Part(_What.SLICE, chosen.number if chosen.number is not None else Extent.SOME)
    if chosen.kind is Kind.LIST and chosen.dims and len(chosen.dims) == 1:
        each = join(elements_of(chosen)).values
        if each and all(item.kind is Kind.NUMBER for item in each):
            return _Part(_What.ROWS, chosen.dims[0])
        return _Part(_What.PERHAPS_ROWS if not each else _What.UNREADABLE, chosen.dims[0])
    if chosen.kind in (Kind.NUMPY, Kind.ARRAY, Kind.TENSOR) and len(chosen.dims) == 1:
        return _Part(_What.PERHAPS_ROWS, chosen.dims[0])
    return _Part(_What.UNREADABLE)


def _axes(evaluator: Evaluator[Array], place: Place, value: Array, nodes: list[ast.expr]) -> Answer[Array]:
    """An array under an index. A mask, or an index that cannot be read, picks who knows how many."""
    parts = [_read(evaluator, place, node) for node in nodes]
    picking = [part for part in parts if part.what in (_What.ROWS, _What.PERHAPS_ROWS)]
    if any(part.what is _What.UNREADABLE for part in parts) or len(picking) > 1:
        return known(Array(value.kind))
    consuming = sum(part.what not in (_What.NEW, _What.REST) for part in parts)
    left = list(value.dims)
    dims: list[Dim] = []
    certain = not any(part.what is _What.PERHAPS_ROWS for part in parts)
    open_from: int | None = None
    for number, part in enumerate(parts):
        if part.what is _What.NEW:
            dims.append(1)
        elif part.what is _What.REST:
            behind = sum(other.what not in (_What.NEW, _What.REST) for other in parts[number + 1 :])
            if not value.closed:
                # How many axes are behind is not known: those in sight are taken to stand before them.
                dims += left
                certain = certain and (not behind or len(left) > behind)
                open_from = len(dims)
                break
            spared = max(len(value.dims) - consuming, 0)
            dims += left[:spared]
            left = left[spared:]
        else:
            axis: Dim = left.pop(0) if left else Extent.ANY
            if part.node is not None:
                dims.append(slice_extent(evaluator, place, part.node, axis))
            elif part.what is not _What.NUMBER:
                dims.append(part.extent if part.extent is not None else Extent.ANY)
    found = (dims if open_from is not None else dims + left)[:MAX_AXES]
    closed = value.closed and open_from is None and len(dims + left) <= MAX_AXES
    made = known(Array(value.kind, tuple(found), closed))
    return made if certain else made.incomplete()


def _of_table(evaluator: Evaluator[Array], place: Place, value: Array, parts: list[ast.expr]) -> Answer[Array]:
    """Columns of a table keep its rows, `iloc[i]` is one row, `iloc[i:i+1]` a table of one."""
    node = place.node
    assert isinstance(node, ast.Subscript)
    by = node.value.attr if isinstance(node.value, ast.Attribute) else ""
    first = parts[0] if parts else node.slice
    if by == "iloc":
        return _axes(evaluator, place, value, parts)
    if isinstance(first, ast.Slice):
        if by != "loc":
            return _axes(evaluator, place, value, parts[:1])
        # Labels: both ends are within.
        rows = value.rows if first.lower is None and first.upper is None else Extent.SOME
        return known(Array(Kind.TABLE, (rows,) if rows is not None else ()))
    chosen = evaluator.evaluate(place.at(first))
    kept = Array(Kind.TABLE, value.dims[:1])
    if by == "loc":
        one = chosen.only is not None and chosen.only.kind in (Kind.NUMBER, Kind.OTHER)
        return known(Array(Kind.TABLE, value.dims[1:])) if one else known(kept).incomplete()
    columns = chosen.only is not None and chosen.only.kind in (Kind.OTHER, Kind.LIST)
    # What is no name of columns may be a mask.
    return known(kept) if columns else known(kept).incomplete()
