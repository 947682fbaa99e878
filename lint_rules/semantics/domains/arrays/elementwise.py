"""Calls that keep the shape of what they are given."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.operators import operate
from lint_rules.semantics.domains.arrays.value import ARRAYS, OTHER, Array, Kind
from lint_rules.semantics.flow.evaluator import Answer, unknown


def kept(call: LibraryCall) -> Answer[Array]:
    if call.is_method and call.name in ("to_numpy", "numpy") and not call.subject.values:
        return unknown()
    return call.subject.map(lambda value: call.converted(value) if value.kind is not Kind.LIST else value)


def converted(call: LibraryCall) -> Answer[Array]:
    return call.value(
        call.arguments[-1]
        if call.is_method and len(call.arguments) > 1
        else call.argument(0, "object", "value", "a", "data")
    ).map(call.converted)


def broadcasting(call: LibraryCall) -> Answer[Array]:
    other = call.value(call.argument(1, "x2", "y"))
    return call.subject.then(lambda value: operate(ast.Add(), call.converted(value) or OTHER, other))


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
