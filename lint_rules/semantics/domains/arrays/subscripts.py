"""Indices, slices and new axes between brackets."""

from __future__ import annotations

import ast
from dataclasses import replace

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
from lint_rules.semantics.flow.evaluator import Answer, Evaluator, Place, join, known, unknown


def subscript(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.Subscript)
    base = evaluator.evaluate(place.at(node.value))
    parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if is_newaxis(parts[0]) and not base.values:
        # What takes `[None]` is an array or a tensor.
        return Answer(
            frozenset([duck(evaluator, place.at(node.value), 1)]), base.complete or _may_index(evaluator, place)
        )
    if not base.values:
        cut = _cut_of_unknown(evaluator, place, node, parts)
        return Answer(frozenset([cut]), base.complete) if cut is not None else unknown()
    return base.then(lambda value: _indexed(evaluator, place, value, parts))


def _may_index(evaluator: Evaluator[Array], place: Place) -> bool:
    """Whether nothing speaks against an array where `[None]` stands behind an expression."""
    assert isinstance(place.node, ast.Subscript)
    return is_duck_array(evaluator, place.at(place.node.value))


def _cut_of_unknown(
    evaluator: Evaluator[Array], place: Place, node: ast.Subscript, parts: list[ast.expr]
) -> Array | None:
    """A slice of who knows what has the rows that the slice says."""
    first = parts[0]
    if isinstance(first, ast.Slice):
        if first.lower is None and first.upper is None:
            return None
        whole = [slice_extent(evaluator, place, part) for part in parts if isinstance(part, ast.Slice)]
        image = len(parts) >= 2 and all(
            isinstance(part, ast.Slice) and part.lower is not None and part.upper is not None for part in parts[:2]
        )
        made = duck(evaluator, place.at(node.value), *(whole if len(whole) == len(parts) else whole[:1]))
        return replace(made, unit=Unit.IMAGE if image else None)
    index = evaluator.evaluate(place.at(first)).only if not isinstance(first, ast.Constant) else None
    if index is not None and index.kind is Kind.SLICE and index.number is not None:
        return duck(evaluator, place.at(node.value), index.number)
    if index is not None and index.kind in (Kind.LIST, Kind.NUMPY, Kind.ARRAY) and index.dims and len(parts) == 1:
        return duck(evaluator, place.at(node.value), index.dims[0])
    return None


def _indexed(evaluator: Evaluator[Array], place: Place, value: Array, parts: list[ast.expr]) -> Answer[Array]:
    first = parts[0]
    if value.kind in (Kind.LIST, Kind.TUPLE) and len(parts) == 1:
        return _picked(evaluator, place, value, first)
    if value.kind is Kind.DICT:
        return join(value.items) if value.items else unknown()
    if value.kind is Kind.FEED:
        return known(Array(Kind.BATCH, (Extent.SOME,)))
    if value.kind is Kind.BATCH:
        return known(
            value if isinstance(first, ast.Constant) else Array(Kind.ARRAY, _axes(evaluator, place, value, parts))
        )
    if value.kind is Kind.TABLE:
        return _of_table(evaluator, place, value, parts)
    if value.kind not in ARRAYS:
        return unknown()
    if not all(_is_readable(evaluator, place, part) for part in parts):
        # A mask, or a list of numbers, picks who knows how many.
        return known(Array(value.kind))
    dims = _axes(evaluator, place, value, parts)
    unit = None
    if value.unit is Unit.SAMPLES and len(parts) == 1 and not isinstance(first, ast.Slice) and not is_newaxis(first):
        chosen = evaluator.evaluate(place.at(first)).only
        unit = Unit.SAMPLE if chosen is not None and chosen.kind is Kind.NUMBER else None
    elif value.unit is Unit.IMAGE and all(isinstance(part, ast.Slice) for part in parts):
        unit = Unit.IMAGE
    elif value.unit is Unit.SAMPLES and isinstance(first, ast.Slice):
        unit = Unit.SAMPLES
    if len(parts) >= 2 and all(_bounded(part) for part in parts[:2]) and not value.closed and len(value.dims) <= 1:
        unit = Unit.IMAGE
    return known(Array(value.kind, dims, value.closed, unit))


def _is_readable(evaluator: Evaluator[Array], place: Place, part: ast.expr) -> bool:
    if isinstance(part, ast.Slice) or is_newaxis(part) or (isinstance(part, ast.Constant) and part.value is Ellipsis):
        return True
    return evaluator.evaluate(place.at(part)).only is not None


def _bounded(part: ast.expr) -> bool:
    return isinstance(part, ast.Slice) and part.lower is not None and part.upper is not None


def _picked(evaluator: Evaluator[Array], place: Place, value: Array, index: ast.expr) -> Answer[Array]:
    if isinstance(index, ast.Slice):
        if index.lower is None and index.upper is None:
            return known(value)
        each = join(elements_of(value))
        rows = slice_extent(evaluator, place, index)
        if value.items is not None and (items := _written_slice(evaluator, place, value.items, index)) is not None:
            return known(Array(value.kind, (len(items), *common_axes(join(items))), items=items, each=value.each))
        return known(Array(value.kind, (rows, *value.dims[1:]), each=each))
    at = whole(evaluator, place, index)
    if at is not None and value.items is not None and -len(value.items) <= at < len(value.items):
        return value.items[at]
    return join(elements_of(value))


def _written_slice(
    evaluator: Evaluator[Array], place: Place, items: tuple[Answer[Array], ...], index: ast.Slice
) -> tuple[Answer[Array], ...] | None:
    lower = whole(evaluator, place, index.lower) if index.lower is not None else 0
    upper = whole(evaluator, place, index.upper) if index.upper is not None else len(items)
    if lower is None or upper is None or index.step is not None:
        return None
    return items[lower:upper]


def _of_table(evaluator: Evaluator[Array], place: Place, value: Array, parts: list[ast.expr]) -> Answer[Array]:
    """Columns of a table keep its rows, `iloc[i]` is one row, `iloc[i:i+1]` a table of one."""
    node = place.node
    assert isinstance(node, ast.Subscript)
    located = isinstance(node.value, ast.Attribute) and node.value.attr in ("iloc", "loc", "values")
    first = parts[0]
    if not located:
        if isinstance(first, ast.Slice):
            return known(Array(Kind.TABLE, _axes(evaluator, place, value, parts)))
        return known(value)
    return known(Array(Kind.TABLE, _axes(evaluator, place, value, parts), value.closed))


def _axes(evaluator: Evaluator[Array], place: Place, value: Array, parts: list[ast.expr]) -> tuple[Dim, ...]:
    """The axes of an array under an index."""
    left = list(value.dims)
    dims: list[Dim] = []
    for part in parts:
        if is_newaxis(part):
            dims.append(1)
        elif isinstance(part, ast.Constant) and part.value is Ellipsis:
            return tuple(dims + left)[:MAX_AXES]
        elif isinstance(part, ast.Slice):
            axis: Dim = left.pop(0) if left else Extent.ANY
            dims.append(axis if part.lower is None and part.upper is None else slice_extent(evaluator, place, part))
        else:
            chosen = evaluator.evaluate(place.at(part)).only
            if left:
                left.pop(0)
            if chosen is not None and chosen.kind is Kind.SLICE:
                dims.append(chosen.number if chosen.number is not None else Extent.SOME)
            elif chosen is not None and chosen.kind in (Kind.LIST, Kind.NUMPY, Kind.ARRAY) and chosen.dims:
                dims.append(chosen.dims[0])
    return tuple(dims + left)[:MAX_AXES]
