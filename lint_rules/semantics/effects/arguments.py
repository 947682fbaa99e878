"""What a function of the project does with an argument: where it uses the parameter that gets it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import FunctionObject
from lint_rules.semantics.flow.use_def import uses_of
from lint_rules.semantics.syntax.module_index import Function, Module


def runs_of(inference: Inference, module: Module, call: ast.Call) -> list[tuple[Edge, Function]]:
    """The functions of the project that a call may run, each with the edge; empty if it may run anything else."""
    found: list[tuple[Edge, Function]] = []
    for value in inference.values(module, call.func):
        if not isinstance(value, FunctionObject):
            return []
        skip = 1 if value.receiver is not None and value.function.is_method else 0
        found += [(Edge(module, call, skip=skip), each) for each in inference.implementations(value.function)]
    return found


def call_given(module: Module, node: ast.expr) -> ast.Call | None:
    """The call that an expression is an argument of."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.keyword):
        parent = module.parents.get(parent)
    return parent if isinstance(parent, ast.Call) and parent.func is not node else None


def uses_of_argument(
    inference: Inference, module: Module, node: ast.expr
) -> list[tuple[Edge, Function, ast.Name]] | None:
    """Where functions of the project use what a call gives them as `node`; None if somebody else may get it."""
    call = call_given(module, node)
    runs = runs_of(inference, module, call) if call is not None else []
    found: list[tuple[Edge, Function, ast.Name]] = []
    for edge, function in runs:
        taken = [p for p in parameters_of(function) if edge.argument(function, p) is node]
        if not taken:
            return None
        found += [(edge, function, use) for parameter in taken for use in _uses(function, parameter)]
    return found if runs else None


def parameters_of(function: Function) -> list[ast.arg]:
    """The parameters of a function that a call can fill one by one, those for keywords only last."""
    return [*function.parameters, *function.node.args.kwonlyargs]


def _uses(function: Function, parameter: ast.arg) -> Iterator[ast.Name]:
    for binding in function.scope.bindings.get(parameter.arg, ()):
        if binding.node is parameter:
            yield from uses_of(function.module, binding)
