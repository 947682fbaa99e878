"""What a loop is made of: its body, and the calls in it, by their names."""

from __future__ import annotations

import ast

from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Module

WALKS = frozenset(
    {"enumerate", "zip", "items", "values", "reversed", "sorted", "list", "tuple", "range", "len", "iter", "next"}
)
"""Calls that walk through what there is, and make nothing."""


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
