"""Does a function that calls itself go deeper by what it predicts, or would it do so anyway?

A tree search does; a function that walks through folders, or the parts of a whole, only predicts on its way.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.call_graph import Callers
from lint_rules.semantics.calls.contexts import Frame
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.syntax.module_index import Function


def calls_itself(callers: Callers, function: Function | None) -> bool:
    """Whether a function calls itself."""
    return function is not None and bool(_own_calls(callers, function))


def goes_deeper_by_its_result(callers: Callers, frame: Frame) -> bool:
    """Whether the function of a frame calls itself, and what `frame.node` gives decides how, or whether at all."""
    function = frame.function
    again = _own_calls(callers, function) if function is not None else []
    if function is None or not again:
        return False
    asked: list[ast.expr] = []
    for call in again:
        if not isinstance(call, ast.Call):
            return True
        asked += [*call.args, *(keyword.value for keyword in call.keywords)]
        if isinstance(call.func, ast.Attribute):
            asked.append(call.func.value)
    order = frame.module.order
    tests = [node.test for node in order.within(function.node, ast.If)]
    tests += [node.test for node in order.within(function.node, ast.While)]
    tests += [node.test for node in order.within(function.node, ast.IfExp)]
    asked += [test for test in tests if frame.module.function_of(test) is function]
    found = Slicer(callers.inference, frame.module, function.node).of(*asked)
    return found.reaches(frame.node) or any(found.reaches(call) for call in again)


def _own_calls(callers: Callers, function: Function) -> list[ast.expr]:
    return [edge.node for edge in callers.edges(function) if edge.module.function_of(edge.node) is function]
