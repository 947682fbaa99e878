"""Does a call leave everything as it is: what it is given, and what others can see?"""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External
from lint_rules.semantics.effects.arguments import runs_of
from lint_rules.semantics.effects.inplace import writes_of
from lint_rules.semantics.knowledge import library
from lint_rules.semantics.knowledge.array_calls import EFFECTS, Effect
from lint_rules.semantics.syntax.module_index import Function, Module

# Methods that give another array and leave theirs as it is.
_READING = frozenset({Effect.KEEP, Effect.RESHAPED, Effect.AXIS_ADDED, Effect.FLATTENED, Effect.SQUEEZED})
_OUTWARDS = (ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom, ast.Await, ast.Delete)


def is_pure(inference: Inference, module: Module, call: ast.Call) -> bool:
    """Whether a call leaves its arguments alone: NumPy functions, prints, functions of the project that do."""
    values = inference.values(module, call.func)
    if not values and isinstance(call.func, ast.Name):
        return call.func.id in library.HARMLESS_BUILTINS
    if values and all(isinstance(value, External) for value in values):
        keywords = frozenset(keyword.arg for keyword in call.keywords if keyword.arg is not None)
        names = [value.name for value in values if isinstance(value, External)]
        return all(library.changes_nothing(name, len(call.args), keywords) for name in names)
    if isinstance(call.func, ast.Attribute) and EFFECTS.get(call.func.attr) in _READING:
        return True
    runs = runs_of(inference, module, call)
    return bool(runs) and all(changes_nothing(inference, function) for _, function in runs)


def changes_nothing(inference: Inference, function: Function) -> bool:
    """Whether a run of a function changes nothing that outlives it, as far as its code shows."""
    return inference.project.memo.ask(
        ("changes nothing", function), lambda: _is_harmless(inference, function), unknown=False, cycle=True
    )


def _is_harmless(inference: Inference, function: Function) -> bool:
    module = function.module
    for node in ast.walk(function.node):
        if isinstance(node, _OUTWARDS) or (isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)):
            return False
        if any(True for _ in writes_of(inference, module, node)):
            return False
        if isinstance(node, ast.Call) and not is_pure(inference, module, node):
            return False
    return True
