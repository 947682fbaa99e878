"""What is run elsewhere and handed out later: the results of executors, pools and event loops."""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.edges import function_of
from lint_rules.semantics.domains.types.questions import Questions
from lint_rules.semantics.domains.values import Collection, External, Origin, Result, Values
from lint_rules.semantics.knowledge import higher_order
from lint_rules.semantics.syntax.module_index import Module

_PROMISE = "a promise"
"""What stands for the name of what `submit` gives, whatever the library calls it."""


def run(inference: Questions, module: Module, call: ast.Call, callee: External | Result) -> Values | None:
    """What a call of a library gives that runs a function for us, or hands out what it gave; None for all others."""
    before, _, name = callee.name.rpartition(".")
    if before == _PROMISE and isinstance(callee, Result):
        made = callee.origin
        if made is None or name not in higher_order.COLLECTS or not isinstance(made.node, ast.Call):
            return None
        return _result(inference, made.module, made.node)
    if name in higher_order.PROMISES and _row(call, callee) is not None:
        return (Result(_PROMISE, Origin(module, call)),)
    if name in higher_order.WAITS and _row(call, callee) is not None:
        return _result(inference, module, call)
    if name in higher_order.MAPS and isinstance(callee, Result) and call.args:
        return (Collection(None, inference.call_of(module, call, call.args[0])),)
    return None


def _row(call: ast.Call, callee: External | Result) -> higher_order.HigherOrder | None:
    return higher_order.row(callee.name.rpartition(".")[2], [callee.name])


def _result(inference: Questions, module: Module, call: ast.Call) -> Values:
    """What the function gives that a call has run elsewhere."""
    callee = call.func
    name = callee.attr if isinstance(callee, ast.Attribute) else callee.id if isinstance(callee, ast.Name) else ""
    for row in higher_order.ROWS.get(name, ()):
        function = function_of(row, call)
        if function is not None:
            return inference.call_of(module, call, function)
    return ()
