"""What a loop is made of: its body, and the calls in it, by their names."""

from __future__ import annotations

import ast

from lint_rules.semantics.knowledge.array_calls import EFFECTS, Effect
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Module, dotted

WALKS = frozenset({"enumerate", "zip", "items", "values", "reversed", "sorted", "list", "tuple", "range", "len"})
"""Calls that walk through what there is, and make nothing."""

# Methods that give another array and leave theirs as it is.
_READING = frozenset({Effect.KEEP, Effect.RESHAPED, Effect.AXIS_ADDED, Effect.FLATTENED, Effect.SQUEEZED})


def body_of(loop: ast.AST) -> list[ast.AST]:
    """What runs in each iteration: not what `map(f, xs)` and the like are given."""
    if isinstance(loop, ast.For | ast.AsyncFor | ast.While):
        return list(loop.body)
    if isinstance(loop, ast.Call):
        return []
    return [loop]


def calls_in(module: Module, loop: ast.AST) -> list[ast.Call]:
    """The calls in the body of a loop."""
    return [call for part in body_of(loop) for call in module.order.within(part, ast.Call)]


def is_each(loop: ast.AST) -> bool:
    """Whether a loop is no statement and no comprehension but `map(f, xs)` or the like."""
    return isinstance(loop, ast.expr) and not isinstance(loop, COMPREHENSIONS)


def is_pure(call: ast.Call) -> bool:
    """Whether a call leaves its arguments alone, by its name: NumPy functions, prints, predictions."""
    if isinstance(call.func, ast.Name):
        return call.func.id in ("print", "len", "range", "float", "int", "str", "list", "tuple", "zip", "enumerate")
    root = dotted(call.func) or ""
    if isinstance(call.func, ast.Attribute) and EFFECTS.get(call.func.attr) in _READING:
        return True
    return root.startswith(("np.", "numpy.", "plt.", "tf.", "math.")) and not root.endswith(
        (".shuffle", ".copyto", ".fill")
    )
