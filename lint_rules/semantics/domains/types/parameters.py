"""What a parameter is: what those who run its function pass for it, and its default."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types import decorated, spread_arguments
from lint_rules.semantics.domains.types.calls import Calls
from lint_rules.semantics.domains.values import (
    Basic,
    ClassObject,
    Instance,
    Values,
)
from lint_rules.semantics.syntax.module_index import Function


class Parameters(Calls):
    """What a parameter is: what those who run its function pass for it, and its default."""

    def of_parameter(self, function: Function, node: ast.arg) -> Iterator[Values]:
        parameters = function.parameters
        if function.is_method and parameters and parameters[0] is node and function.owner is not None:
            if function.has_decorator("classmethod") or function.name == "__new__":
                yield (ClassObject(function.owner),)
            else:
                yield (Instance(function.owner),)
            return
        if node.annotation is not None:
            yield self.annotated(function.module, node.annotation)
        default = function.default_of(node)
        if default is not None:
            yield tuple(value for value in self.values(function.module, default) if value is not Basic.NONE)
        arguments = function.node.args
        if node is arguments.vararg or node is arguments.kwarg:
            yield from spread_arguments.collected(self, function, node)
            return
        if parameters[1 if function.is_method else 0 :][:1] == [node]:
            yield decorated.given(self, function)
        for edge in self.runs(function):
            argument = edge.argument(function, node)
            if argument is not None:
                yield tuple(v for v in self.values(edge.module, argument) if v is not Basic.NONE)
            elif (element := edge.element(function, node)) is not None:
                collection, path = element
                yield self.unpack(self.elements(edge.module, collection), path)
            else:
                yield spread_arguments.spread(self, edge, function, node)
