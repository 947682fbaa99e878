"""What the type of an expression says of an array whose value is out of sight."""

from __future__ import annotations

from lint_rules.semantics.domains.arrays.value import Array, Dim, Kind
from lint_rules.semantics.domains.values import Basic, Collection, Instance, Result
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.knowledge.array_calls import FEEDERS


def is_feeder(evaluator: Evaluator[Array], place: Place) -> bool:
    """Whether an expression is, by its type, what feeds models batch by batch: a data set, an iterator, a Sequence."""
    types = evaluator.types
    return any(
        value is Basic.DATASET
        or (isinstance(value, Result) and value.name.removesuffix("()").endswith(FEEDERS))
        or (isinstance(value, Instance) and any(name.endswith(FEEDERS) for name in types.external_bases(value.cls)))
        for value in types.values(place.module, place.node)
    )


def is_duck_array(evaluator: Evaluator[Array], place: Place) -> bool:
    """Whether nothing speaks against an array: no list, text, data set or table is known to stand here."""
    return not any(
        isinstance(value, Collection)
        or value in (Basic.DATASET, Basic.TEXT, Basic.NONE)
        or (isinstance(value, Result) and value.name.startswith("pandas."))
        for value in evaluator.types.values(place.module, place.node)
    )


def duck(evaluator: Evaluator[Array], place: Place, *dims: Dim) -> Array:
    values = evaluator.types.values(place.module, place.node)
    kind = Kind.TENSOR if Basic.TENSOR in values else Kind.NUMPY if values == (Basic.ARRAY,) else Kind.ARRAY
    return Array(kind, dims)
