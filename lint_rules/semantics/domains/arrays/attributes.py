"""Attributes of arrays and tables: their shape, and views of the same data."""

from __future__ import annotations

import ast

from lint_rules.records import replace
from lint_rules.semantics.domains.arrays.value import ARRAYS, Array, Extent, Kind, number
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, known, unknown
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.knowledge.keras_names import MODEL_SHAPE_CALLS, MODEL_SHAPES

_ANY_SHAPE = Array(Kind.TUPLE, (Extent.ANY,), items=())


def attribute(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.Attribute)
    if node.attr == "values":
        # Of a table, its numbers.
        return evaluator.evaluate(place.at(node.value)).map(
            lambda value: replace(value, kind=Kind.NUMPY) if value.kind is Kind.TABLE else value
        )
    if node.attr in ("iloc", "loc", "real", "data"):
        return evaluator.evaluate(place.at(node.value))
    if node.attr == "T":
        return evaluator.evaluate(place.at(node.value)).map(_reversed)
    if node.attr == "shape":
        found = evaluator.evaluate(place.at(node.value)).then(_shape)
        return found if found.values else known(Array(Kind.TUPLE, (Extent.ANY,), items=()))
    if node.attr in MODEL_SHAPES:
        return known(_ANY_SHAPE)
    if node.attr == "size":
        return known(number())
    return unknown()


def shape_of_model(name: str) -> Array | None:
    """What a method or function gives that tells a shape of a model: `model.get_input_shape_at(0)`."""
    return _ANY_SHAPE if name in MODEL_SHAPE_CALLS else None


def _reversed(value: Array) -> Array | None:
    return replace(value, dims=value.dims[::-1], unit=None) if value.kind in ARRAYS and value.closed else None


def _shape(value: Array) -> Answer[Array]:
    if value.kind is Kind.NUMBER and isinstance(value.number, int):
        return Answer()  # The 0 of `return 0, False`, say: whoever asks it for a shape does not get on.
    if value.kind not in ARRAYS and value.kind is not Kind.BATCH:
        return unknown()
    items: tuple[Answer[Array], ...] = tuple(known(number(dim)) for dim in value.dims)
    return known(Array(Kind.TUPLE, (len(items) if value.closed else Extent.ANY,), items=items, each=known(number())))
