"""Backward slices along which a gradient could flow: they end at stop_gradient, and at what only picks."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.effects.arguments import parameters_of, runs_of
from lint_rules.semantics.effects.slicing import Filling, Slicer
from lint_rules.semantics.knowledge.gradient_calls import PICKS
from lint_rules.semantics.syntax.module_index import Function, Module


class GradientSlicer(Slicer):
    """A slicer that ends at calls of some names, and at arguments which the function that gets them lets end.

    With `PICKS` among the `ends` an index is no part either: x[i] is no function of i.
    """

    def __init__(
        self,
        inference: Inference,
        module: Module,
        region: ast.AST,
        ends: frozenset[str],
        *,
        stop: ast.AST | None = None,
        barriers: frozenset[ast.AST] = frozenset(),
        filled: Mapping[str, Sequence[Filling]] | None = None,
    ) -> None:
        nothing: frozenset[ast.AST] = frozenset()
        ending = inference.project.memo.ask(
            ("gradient barriers", module.path, ends), lambda: _barriers(module, ends), nothing
        )
        super().__init__(inference, module, region, stop, ending | barriers, filled=filled or {})
        self.ends = ends

    def parts(self, node: ast.AST) -> Iterable[ast.AST]:
        parts = super().parts(node)
        if not isinstance(node, ast.Call):
            return parts
        kept_out = set(self._kept_out(node))
        return [part for part in parts if part not in kept_out] if kept_out else parts

    def _kept_out(self, call: ast.Call) -> Iterator[ast.AST]:
        """The arguments of a call whose gradient the functions of the project that get them let end."""
        runs = runs_of(self.inference, self.module, call)
        given: list[tuple[ast.AST, ast.expr]] = [(argument, argument) for argument in call.args]
        given += [(keyword, keyword.value) for keyword in call.keywords]
        for part, argument in given if runs else ():
            if not any(self._passes(edge, function, argument) for edge, function in runs):
                yield part

    def _passes(self, edge: Edge, function: Function, argument: ast.expr) -> bool:
        """Whether a gradient could flow through a function to an argument of it, or that cannot be told."""
        names = {
            parameter.arg for parameter in parameters_of(function) if edge.argument(function, parameter) is argument
        }
        return not names or bool(names & self._passing(function))

    def _passing(self, function: Function) -> frozenset[str]:
        """The parameters of a function from which a gradient could flow to what it gives; what is too far, all."""
        every = frozenset(parameter.arg for parameter in parameters_of(function))

        def found() -> frozenset[str]:
            given = [*function.returns, *function.yields]
            if not given or function.is_generator:
                return every
            slicer = GradientSlicer(self.inference, function.module, function.node, self.ends)
            return frozenset(slicer.of(*given).parameters)

        return self.inference.project.memo.ask(
            ("passes gradients", function, self.ends), found, unknown=every, cycle=frozenset[str]()
        )


def _barriers(module: Module, ends: frozenset[str]) -> frozenset[ast.AST]:
    nodes: set[ast.AST] = {node for name in ends for node in module.calls.get(name, ())}
    if ends & PICKS:
        nodes.update(node.slice for node in module.scopes if isinstance(node, ast.Subscript))
    return frozenset(nodes)
