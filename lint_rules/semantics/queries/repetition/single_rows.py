"""Does the code send single rows elsewhere? `if len(x) == 1: return ...` before a call, or the `else` of that."""

from __future__ import annotations

import ast

from lint_rules.semantics.flow.use_def import is_cut_off, left_open
from lint_rules.semantics.syntax.module_index import Module, last_name


def sent_elsewhere(module: Module, node: ast.expr) -> bool:
    """Whether a single row does not get to a node: no way leads there on which all such tests hold."""
    function = module.function_of(node)
    others = module.once(
        ("more than one row", function), lambda: left_open(module, node, lambda test: _tests_single(test) or None)
    )
    return is_cut_off(module, node, others)


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
