"""Calls that keep the shape, or the rows, of what they are given."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.operators import operate
from lint_rules.semantics.domains.arrays.value import ARRAYS, OTHER, Array, Extent, Kind, Unit, elements_of, number
from lint_rules.semantics.domains.values import KerasModel, ModelMethod
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.knowledge.array_calls import DENSE_TRANSFORMERS


def kept(call: LibraryCall) -> Answer[Array]:
    """`x.astype(...)`, `np.clip(x, 0, 1)`, `copy.copy(x)`: the shape stays, and a list stays one."""
    if call.is_method and call.name in ("to_numpy", "numpy") and not call.subject.values:
        return unknown()
    if call.name == "float" and not call.is_method:
        return known(number())

    def same(value: Array) -> Array | None:
        if value.kind is Kind.NUMBER and call.name == "identity":
            return None  # a matrix of that size
        if value.kind is Kind.LIST and call.kind is not Kind.NUMPY:
            return value
        made = call.converted(value)
        if made is not None and call.name == "dropna" and isinstance(made.rows, int):
            return Array(made.kind, (Extent.MANY,))
        return made

    return call.subject.map(same)


def converted(call: LibraryCall) -> Answer[Array]:
    """`np.array(x)`: an array of what is given, lists included."""
    if any(keyword.arg == "shape" for keyword in call.node.keywords):
        return unknown()
    given = call.arguments[-1] if call.is_method and len(call.arguments) > 1 else None
    values = call.value(given or call.argument(0, "object", "value", "a", "data"))
    # A batch, or what a model predicts, may be several arrays.
    some = (
        values.incomplete()
        if any(value.kind is Kind.BATCH or value.unit is Unit.OUTPUTS for value in values.values)
        else values
    )
    axes = next((keyword.value for keyword in call.node.keywords if keyword.arg == "ndmin"), None)
    return some.map(call.converted) if axes is None else _with_axes(call, some, call.whole(axes))


def _with_axes(call: LibraryCall, given: Answer[Array], axes: int | None) -> Answer[Array]:
    """`np.array(x, ndmin=4)`: new axes in front, which is what it is written for.

    With two it rather stands guard: rows mostly come as a table, and are left as they are.
    """
    if axes is None:
        return unknown()
    guess = known(Array(Kind.NUMPY, (1,) if axes > 2 else ())).incomplete()
    if not given.values:
        return guess

    def raised(value: Array) -> Answer[Array]:
        made = call.converted(value)
        if made is None:
            return unknown()
        if not made.closed:
            return known(Array(Kind.NUMPY, made.dims)).incomplete() if made.rows == 1 else guess
        return known(Array(Kind.NUMPY, (*[1] * (axes - len(made.dims)), *made.dims), True))

    return given.then(raised)


def broadcasting(call: LibraryCall) -> Answer[Array]:
    """`np.divide(x, 255)`: as the operator does."""
    other = call.value(call.argument(1, "x2", "y"))
    return call.subject.then(lambda value: operate(ast.Add(), call.converted(value) or OTHER, other))


def first_axis_kept(call: LibraryCall) -> Answer[Array]:
    """`model.predict(x)`, `scaler.transform(x)`, `to_categorical(y)`: as many rows, whatever they are."""
    given = call.argument(1 if call.is_method else 0, "x", "X", "y")
    predicts = any(isinstance(value, ModelMethod | KerasModel) for value in call.callees)
    if call.axis(len(call.arguments), -1) != -1:
        return unknown()
    owner = next((value.name for value in call.callees if hasattr(value, "name")), "").rpartition(".")[0]
    dense = owner.rpartition(".")[2] in DENSE_TRANSFORMERS and owner.startswith("sklearn.")
    kind = Kind.NUMPY if predicts or dense or call.library.startswith("keras.utils.") else call.kind
    found = call.value(given)
    if predicts:
        # A list is one of inputs, which have the same rows.
        found = found.then(
            lambda value: (
                join(elements_of(value))
                if value.kind in (Kind.LIST, Kind.TUPLE, Kind.DICT) and value.unit is not Unit.NUMBERS
                else known(value)
            )
        )
    unit = Unit.OUTPUTS if predicts else None
    rows = found.map(lambda value: Array(kind, value.dims[:1], unit=unit) if value.dims else None)
    return rows if predicts or dense or call.library else rows.incomplete()


def renamed(call: LibraryCall) -> Answer[Array]:
    """`x = prepare(x)`: what takes the place of a batch is taken to have its rows, though nobody knows what it is."""
    statement = call.place.module.parents.get(call.node)
    given = call.node.args[0] if len(call.node.args) == 1 else None
    if not isinstance(statement, ast.Assign) or not isinstance(given, ast.Name):
        return unknown()
    if not any(isinstance(target, ast.Name) and target.id == given.id for target in statement.targets):
        return unknown()
    batches = [value for value in call.value(given).values if value.rows == 1 and value.kind in ARRAYS]
    return Answer(frozenset(Array(Kind.ARRAY, value.dims[:1]) for value in batches), False)
