"""What a function reads of the scopes around it: a lambda the variables of the function that it stands in.

Nobody passes that, so a way on which the function runs loses it, unless it is kept until the way comes to that scope.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import dataclass
from lint_rules.semantics.calls.contexts import Frame
from lint_rules.semantics.effects.slicing import Slice
from lint_rules.semantics.flow.expressions import is_called
from lint_rules.semantics.syntax.module_index import Function, Module


@dataclass(frozen=True, slots=True)
class Enclosed:
    """An expression that reads the variables of a scope around it: those of a function, or of its module for None."""

    module: Module
    function: Function | None
    node: ast.expr


def read_around(module: Module, function: Function, found: Slice, outer: Frame) -> list[Enclosed]:
    """What a slice in a function reads of the scopes around it, by itself or in a default that a frame leaves to it."""
    around = list(_around(function))
    read = [
        Enclosed(module, scope.function, _whole(module, node, found))
        for node in found.nodes
        if isinstance(node, ast.Name)
        and module.order.holds(function.node, node)
        and (scope := module.scopes[node].find(node.id)) is not None
        and scope.function in around
    ]
    return [*read, *(Enclosed(module, around[0], node) for node in _left_to_defaults(function, found, outer))]


def _around(function: Function) -> Iterator[Function | None]:
    """The functions around one, the nearest first, and None for the module."""
    scope = function.scope.parent
    while scope is not None and scope.function is not None:
        if scope.function is not function:
            yield scope.function
        scope = scope.function.scope.parent
    yield None


def _whole(module: Module, name: ast.Name, found: Slice) -> ast.expr:
    """The attribute that is read of a name: `self.row`."""
    node: ast.expr = name
    while isinstance(above := module.parents.get(node), ast.Attribute) and above in found.nodes:
        if is_called(module, above):
            break
        node = above
    return node


def _left_to_defaults(function: Function, found: Slice, outer: Frame) -> Iterator[ast.expr]:
    """The defaults that a frame leaves to parameters: `x` of `def score(x=x)`, as it was when the function was made."""
    edge = outer.edge
    if edge is None or not edge.is_plain():
        return
    for parameter in (*function.parameters, *function.node.args.kwonlyargs):
        if parameter.arg in found.parameters and edge.argument(function, parameter) is None:
            default = function.default_of(parameter)
            if default is not None and not isinstance(default, ast.Constant):
                yield default


def reached(read: list[Enclosed], outer: Frame) -> Iterator[ast.expr]:
    """Takes out of what is read around those parts whose scope a frame is."""
    for item in list(read):
        if item.module is outer.module and item.function is outer.function:
            read.remove(item)
            yield item.node
