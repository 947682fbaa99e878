"""Is a branch taken? What the tests around a node say where the value of what they ask is known.

`def values(x, target=False)` with `if target: return target_model.predict(x)`: a caller that says nothing of `target`
does not run that call.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_rules.semantics.flow.use_def import is_cut_off
from lint_rules.semantics.syntax.module_index import Module

UNKNOWN = object()

Known = Callable[[ast.Name], object]
"""Gives the value of a name, UNKNOWN where the code does not show it."""


def skipped(module: Module, node: ast.expr, known: Known) -> bool:
    """Whether the tests of a unit keep a node from running: those of `if`, and of the expressions around it."""
    return _is_passed_over(module, node, known) or is_cut_off(module, node, lambda test: _truth(test, known))


def _is_passed_over(module: Module, node: ast.expr, known: Known) -> bool:
    """Whether an expression around a node evaluates another part: `other if target else node`."""
    for child, parent in module.ancestors(node):
        if isinstance(child, ast.stmt | ast.Lambda):
            break
        if isinstance(parent, ast.IfExp) and child is not parent.test:
            truth = _truth(parent.test, known)
            if truth is not None and truth is not (child is parent.body):
                return True
    return False


def _truth(test: ast.expr, known: Known) -> bool | None:
    """What a test says: `flag`, `not flag`, `flag is None`, `mode == "train"`; None where it is not known."""
    if isinstance(test, ast.Name):
        value = known(test)
        return None if value is UNKNOWN else bool(value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        truth = _truth(test.operand, known)
        return None if truth is None else not truth
    if isinstance(test, ast.BoolOp):
        parts = {_truth(part, known) for part in test.values}
        deciding = isinstance(test.op, ast.Or)
        return deciding if deciding in parts else None if None in parts else not deciding
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Name):
        other, value = test.comparators[0], known(test.left)
        if value is UNKNOWN or not isinstance(other, ast.Constant):
            return None
        same = value == other.value and type(value) is type(other.value)
        if isinstance(test.ops[0], ast.Is | ast.Eq):
            return same
        if isinstance(test.ops[0], ast.IsNot | ast.NotEq):
            return not same
    return None
