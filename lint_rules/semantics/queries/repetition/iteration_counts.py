"""Is it known before a loop how often it runs? Of `while not done` it is not; of one that uses up a list it is."""

from __future__ import annotations

import ast

from lint_rules.semantics.flow.iterators import step_of
from lint_rules.semantics.queries.repetition.loop_syntax import body_of
from lint_rules.semantics.syntax.module_index import Module, dotted

# Methods that take one item out of a list or deque.
_TAKES = ("pop", "popleft")


def is_open_ended(module: Module, loop: ast.AST) -> bool:
    """`while True`, `while not done`: no count of iterations is known before."""
    if not isinstance(loop, ast.While) or step_of(module, loop) is not None or isinstance(loop.test, ast.Compare):
        return False
    test = loop.test
    return not module.once(("uses up", loop), lambda: _uses_up(loop, test))


def counts_up(module: Module, loop: ast.AST) -> bool:
    """`while i < n: ...; i += 1`: a `for` over numbers, written out."""
    if not isinstance(loop, ast.While) or not isinstance(loop.test, ast.Compare):
        return False
    counters = {side.id for side in (loop.test.left, *loop.test.comparators) if isinstance(side, ast.Name)}
    return any(
        isinstance(step, ast.AugAssign)
        and isinstance(step.target, ast.Name)
        and step.target.id in counters
        and isinstance(step.value, ast.Constant)
        for step in loop.body
    )


def _uses_up(loop: ast.AST, test: ast.expr) -> bool:
    """`while paths: path = paths.pop()`: a list that the loop only takes from has all its items from the start."""
    text = dotted(test)
    if text is None:
        return False
    uses = [
        node
        for part in body_of(loop)
        for node in ast.walk(part)
        if isinstance(node, ast.Name | ast.Attribute) and dotted(node) == text
    ]
    taken = {
        call.func.value
        for part in body_of(loop)
        for call in ast.walk(part)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in _TAKES
    }
    return bool(uses) and taken.issuperset(uses)
