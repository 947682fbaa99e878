"""Functions that are made of others: `g = partial(f, 1)`, `g = tf.function(f)`."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import FunctionObject
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import Module, last_name


def wrapping_of(types: Inference, module: Module, function: ast.expr) -> ast.Call | None:
    """The call that made a function of another, where the code calls what it made."""
    if isinstance(function, ast.Call):
        return function if _is_given_a_function(types, module, function) else None
    for value in _bound(module, function):
        if isinstance(value, ast.Call) and _is_given_a_function(types, module, value):
            return value
    return None


def _bound(module: Module, function: ast.expr) -> list[ast.expr | None]:
    if isinstance(function, ast.Name):
        return [binding.value for binding in bindings_of(module, function)]
    if isinstance(function, ast.Attribute):
        return [store.value for store in module.stores.get(function.attr, ())]
    return []


def _is_given_a_function(types: Inference, module: Module, call: ast.Call) -> bool:
    return any(
        isinstance(value, FunctionObject) for argument in call.args[:1] for value in types.values(module, argument)
    ) and not any(isinstance(value, FunctionObject) for value in types.values(module, call.func))


def is_partial(call: ast.Call) -> bool:
    """Whether a call is `functools.partial(f, ...)`."""
    return last_name(call.func) == "partial"
