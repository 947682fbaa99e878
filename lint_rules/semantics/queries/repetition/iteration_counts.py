"""Is it known before a loop how often it runs? Of `while not done` it is not; of one that uses up a list it is."""

from __future__ import annotations

import ast

from lint_rules.semantics.flow.iterators import step_of
from lint_rules.semantics.knowledge.containers import USES_UP
from lint_rules.semantics.queries.repetition.loop_syntax import body_of
from lint_rules.semantics.syntax.module_index import Module, dotted


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


def used_up(module: Module, loop: ast.AST) -> str | None:
    """The dotted name of the list or deque from which a `while` loop takes until nothing is left; None for others.

    `while waiting: batch = [waiting.popleft() for _ in range(min(8, len(waiting)))]`
    """
    if not isinstance(loop, ast.While):
        return None
    asked = loop.test.left if isinstance(loop.test, ast.Compare) else loop.test
    text = dotted(asked.args[0]) if isinstance(asked, ast.Call) and _is_length(asked) else dotted(asked)
    return text if text is not None and module.once(("used up", loop), lambda: _only_takes(loop, text)) else None


def takes_from(node: ast.AST, text: str) -> bool:
    """Whether an expression takes items out of the list or deque of a dotted name, or cuts some off."""
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Slice) and dotted(node.value) == text
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in USES_UP
        and dotted(node.func.value) == text
    )


def _uses_up(loop: ast.AST, test: ast.expr) -> bool:
    """`while paths: path = paths.pop()`: a list that the loop only takes from has all its items from the start."""
    text = dotted(test)
    return text is not None and _only_takes(loop, text)


def _only_takes(loop: ast.AST, text: str) -> bool:
    """Whether a loop takes items out of a list, asks how many are left, and does nothing else to it."""
    parts = [node for part in body_of(loop) for node in ast.walk(part)]
    uses = {node for node in parts if isinstance(node, ast.Name | ast.Attribute) and dotted(node) == text}
    cut = [node for node in parts if isinstance(node, ast.Subscript) and takes_from(node, text)]
    calls = [node for node in parts if isinstance(node, ast.Call)]
    taken = {call.func.value for call in calls if isinstance(call.func, ast.Attribute) and takes_from(call, text)}
    taken |= {node.value for node in cut}
    for step in parts:
        # rest = rest[8:]
        if isinstance(step, ast.Assign) and any(part in cut for part in ast.walk(step.value)):
            taken |= {name for target in step.targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    asked = {argument for call in calls if _is_length(call) for argument in call.args}
    asked |= {test for node in parts if isinstance(node, ast.If | ast.While) for test in _tested(node.test)}
    return bool(taken & uses) and uses <= taken | asked


def _tested(test: ast.expr) -> list[ast.expr]:
    """The parts of a test that are asked for by themselves: `waiting` of `waiting and len(batch) < 8`."""
    return test.values if isinstance(test, ast.BoolOp) else [test]


def _is_length(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "len" and len(call.args) == 1
