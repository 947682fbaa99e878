"""Does a call leave everything as it is: what it is given, and what others can see?"""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.effects.arguments import runs_of
from lint_rules.semantics.effects.inplace import writes_of
from lint_rules.semantics.knowledge.array_calls import EFFECTS, Effect
from lint_rules.semantics.syntax.module_index import Function, Module, dotted

# Methods that give another array and leave theirs as it is.
_READING = frozenset({Effect.KEEP, Effect.RESHAPED, Effect.AXIS_ADDED, Effect.FLATTENED, Effect.SQUEEZED})
_BUILTINS = ("print", "len", "range", "float", "int", "str", "list", "tuple", "zip", "enumerate")
_LIBRARIES = ("np.", "numpy.", "plt.", "tf.", "math.")
_WRITING = (".shuffle", ".copyto", ".fill")
_OUTWARDS = (ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom, ast.Await, ast.Delete)


def is_pure(inference: Inference, module: Module, call: ast.Call) -> bool:
    """Whether a call leaves its arguments alone: NumPy functions, prints, functions of the project that do."""
    if isinstance(call.func, ast.Name) and call.func.id in _BUILTINS:
        return True
    if isinstance(call.func, ast.Attribute) and EFFECTS.get(call.func.attr) in _READING:
        return True
    root = dotted(call.func) or ""
    if root.startswith(_LIBRARIES) and not root.endswith(_WRITING):
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
