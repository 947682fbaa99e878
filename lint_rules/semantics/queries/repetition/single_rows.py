"""Does the code send single rows elsewhere? `if len(x) == 1: return ...` before a call, or the `else` of that."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lint_rules.semantics.flow.feasibility import leaving
from lint_rules.semantics.syntax.blocks import place_of
from lint_rules.semantics.syntax.module_index import Module, last_name


def sent_elsewhere(module: Module, node: ast.expr) -> bool:
    """Whether a single row does not get to a node: the `else` of `if x.shape[0] == 1`."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            break
        place = place_of(module, child)
        if place is None:
            continue
        if isinstance(parent, ast.If) and place.field == "orelse" and _tests_single(parent.test):
            return True
        if place.field == "body":
            first = _first_guard(module, parent, place.block)
            if first is not None and first < place.number:
                return True
    return False


def _first_guard(module: Module, parent: ast.AST, block: Sequence[ast.stmt]) -> int | None:
    """The first place of a block at which an `if` sends a single sample elsewhere."""
    guards = (
        number
        for number, statement in enumerate(block)
        if isinstance(statement, ast.If) and _tests_single(statement.test) and leaving(statement.body)
    )
    return module.once(("guard", parent), lambda: next(guards, None))


def _tests_single(test: ast.expr) -> bool:
    """Whether a test asks for one row: `len(x) == 1`, `x.shape[0] == 1`."""
    if isinstance(test, ast.BoolOp):
        return any(_tests_single(item) for item in test.values)
    if not isinstance(test, ast.Compare) or len(test.ops) != 1 or not isinstance(test.ops[0], ast.Eq):
        return False
    other = test.comparators[0]
    if not (isinstance(other, ast.Constant) and other.value == 1):
        return False
    left = test.left
    if isinstance(left, ast.Call):
        return last_name(left.func) == "len"
    return isinstance(left, ast.Subscript) and last_name(left.value) == "shape"
