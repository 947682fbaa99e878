"""Which expressions make a value: what its name is bound to, and what the functions of the project return for it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import FunctionObject
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.scopes import BindingKind

Maker = tuple[Module, ast.expr | None]
"""An expression with its module, None for what cannot be read."""


def makers_of(project: Project, module: Module, node: ast.expr, hands: int = limits.MAX_CHAIN) -> list[Maker]:
    """What makes a value, or the one that it is an item of."""
    while isinstance(node, ast.Subscript):
        node = node.value
    if hands == 0:
        return [(module, node)]
    if isinstance(node, ast.Name):
        bindings = bindings_of(module, node)
        bound = [b.value if b.kind is BindingKind.ASSIGN and not b.path else None for b in bindings]
        found = [maker for value in bound for maker in _further(project, module, value, hands)]
        return found or [(module, None)]
    return [(module, node)] if not isinstance(node, ast.Call) else list(_of_call(project, module, node, hands))


def _further(project: Project, module: Module, node: ast.expr | None, hands: int) -> list[Maker]:
    return [(module, None)] if node is None else makers_of(project, module, node, hands - 1)


def _of_call(project: Project, module: Module, call: ast.Call, hands: int) -> Iterator[Maker]:
    """What the plain functions return that a call runs; the call itself where it runs anything else."""
    values = inference_of(project).values(module, call.func)
    functions = [value.function for value in values if isinstance(value, FunctionObject)]
    if not functions or len(functions) < len(values) or any(f.decorators or f.is_generator for f in functions):
        yield module, call
        return
    for function in functions:
        if not function.returns:
            yield function.module, None
        for result in function.returns:
            yield from _further(project, function.module, result, hands)
