"""Is this expression a whole data set, as a loader or a split gave it?"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.call_graph import Callers
from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.array_readings import is_whole_set
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.effects.slicing import Slice, Slicer
from lint_rules.semantics.flow import limits
from lint_rules.semantics.knowledge.data_sources import LOADERS, LOADS_ANYTHING, SMALL_SET_MODULES, SMALL_SETS
from lint_rules.semantics.syntax.module_index import Function, Module, last_name


class WholeSets:
    """The question `is this a whole data set` over one module."""

    def __init__(self, inference: Inference, module: Module) -> None:
        self.inference = inference
        self.module = module

    def holds(self, node: ast.expr) -> bool:
        """Whether an expression is all rows of a data set on every way, and the set is not known to be small."""
        return self.may_hold(node) and self.counts(node)

    def counts(self, node: ast.expr) -> bool:
        """Whether an expression has the rows of a set on every way: the dear half of the question."""
        return is_whole_set(self.inference.project, self.module, node)

    def may_hold(self, node: ast.expr, hands: int = limits.MAX_HANDS) -> bool:
        """Whether an expression is made of what a loader or a split gave, unless that is known to be small."""
        shown = self.shown(node)
        function = self.module.function_of(node)
        if shown is not None or function is None:
            return shown is True
        return hands > 0 and self._is_passed(function, self._made_of(node).parameters, hands - 1)

    def shown(self, node: ast.expr) -> bool | None:
        """The same as far as the function around shows it, at a fraction of the cost; None where its callers know."""
        if isinstance(node, ast.Constant):
            return False
        module, found = self.module, self._made_of(node)
        names = {name for call in found.calls() if (name := last_name(call.func)) is not None}
        if names & SMALL_SETS or any(
            last_name(item) in SMALL_SET_MODULES for item in found.nodes if isinstance(item, ast.expr)
        ):
            return False
        if names & (LOADERS - LOADS_ANYTHING):
            return True
        if found.parameters and not names and module.function_of(node) is not None:
            return None
        return bool(names & LOADS_ANYTHING) and isinstance(node, ast.Name) and _is_trained_on(module, node.id)

    def _made_of(self, node: ast.expr) -> Slice:
        """What an expression is made of in its function."""
        function = self.module.function_of(node)
        scope: ast.AST = function.node if function is not None else self.module.tree
        return Slicer(self.inference, self.module, scope, mutations=False).of(node)

    def _is_passed(self, function: Function, names: set[str], hands: int) -> bool:
        """Whether every call of a function that is seen passes it for one of some parameters."""
        edges = Callers.of(self.inference.project).edges(function)
        taken = [parameter for parameter in function.parameters if parameter.arg in names]
        return bool(edges) and all(
            any(
                WholeSets(self.inference, module).may_hold(node, hands)
                for parameter in taken
                for module, node in [_given(edge, function, parameter)]
                if node is not None
            )
            for edge in edges
        )


def _given(edge: Edge, function: Function, parameter: ast.arg) -> tuple[Module, ast.expr | None]:
    """What a call passes for a parameter, with its module: the default where it passes nothing."""
    given = edge.argument(function, parameter)
    if given is None and edge.is_plain():
        return function.module, function.default_of(parameter)
    return edge.module, given


def _is_trained_on(module: Module, name: str) -> bool:
    return any(
        isinstance(given, ast.Name) and given.id == name for call in module.calls.get("fit", ()) for given in call.args
    )
