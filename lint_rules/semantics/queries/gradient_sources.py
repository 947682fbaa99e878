"""What is a gradient taken of: the weights of which models, and which values?

`model.trainable_variables`, a list of such, a name under which they were collected, `x` of `tape.gradient(y, x)`.
Models and values are told by the object that they are, whatever name the function has for it (`domains.references`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import dataclass
from lint_rules.semantics.calls.contexts import Contexts
from lint_rules.semantics.domains.references import Reference, references_of
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Activation, Place
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.gradient_calls import WEIGHTS
from lint_rules.semantics.syntax.module_index import Function, dotted
from lint_rules.semantics.syntax.scopes import BindingKind


@dataclass(frozen=True, slots=True)
class GradientSources:
    """The models whose weights are meant, and the values; `whole` tells that nothing else is."""

    models: frozenset[Reference] = frozenset()
    inputs: frozenset[Reference] = frozenset()
    whole: bool = True


def sources_of(contexts: Contexts, place: Place) -> GradientSources:
    """What the `sources` of a gradient name."""
    reader = _Reader(contexts)
    whole = reader.of(place)
    return GradientSources(frozenset(reader.models), frozenset(reader.inputs), whole)


class _Reader:
    """Collects models and values from an expression and what it is bound to."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self.references = references_of(contexts.project)
        self.models: set[Reference] = set()
        self.inputs: set[Reference] = set()

    def of(self, place: Place, depth: int = 0) -> bool:
        """Add what an expression names; False where that cannot be read."""
        node = place.node
        if depth > limits.MAX_CHAIN:
            return False
        if isinstance(node, ast.List | ast.Tuple):
            return self._each([place.at(item) for item in node.elts], depth)
        if isinstance(node, ast.BinOp):
            return self._each([place.at(node.left), place.at(node.right)], depth)
        if isinstance(node, ast.Subscript):
            return self.of(place.at(node.value), depth + 1)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("list", "tuple"):
            return len(node.args) == 1 and self.of(place.at(node.args[0]), depth + 1)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
            node = node.func
        if isinstance(node, ast.Attribute) and node.attr in WEIGHTS:
            return self._weights_of(place.at(node.value))
        if isinstance(node, ast.Name | ast.Attribute) and node is place.node:
            return self._named(place, node, depth)
        return False

    def _each(self, places: list[Place], depth: int) -> bool:
        """Add what each of some expressions names, also where one of them cannot be read."""
        readable = [self.of(place, depth + 1) for place in places]
        return all(readable)

    def _weights_of(self, place: Place) -> bool:
        node, module = _whole_model(place.node), place.module
        if isinstance(node, ast.Name) and any(b.kind is BindingKind.ITERATION for b in bindings_of(module, node)):
            return False
        reference = self.references.of(place.at(node))
        if reference is not None:
            self.models.add(reference)
        return reference is not None

    def _named(self, place: Place, node: ast.Name | ast.Attribute, depth: int) -> bool:
        """A name: of weights that were collected before, or of a value by which is differentiated."""
        values = self._bound(place, node)
        collected = [value for value in values if _mentions_weights(value.node)]
        if collected:
            return self._each(values, depth)
        reference = self.references.of(place)
        if reference is not None:
            self.inputs.add(reference)
        return reference is not None

    def _bound(self, place: Place, node: ast.Name | ast.Attribute) -> list[Place]:
        """What a name or attribute is bound to, what is added to it, and what callers pass for it."""
        module, found = place.module, list[Place]()
        text = dotted(node)
        if isinstance(node, ast.Name):
            for binding in bindings_of(module, node):
                function = binding.scope.function
                if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg) and function is not None:
                    found.extend(self._passed(place, function, binding.node))
                elif binding.value is not None and not binding.path:
                    found.append(place.at(binding.value))
        else:
            stores = module.stores.get(node.attr, ())
            found.extend(
                Place(module, store.value)
                for store in stores
                if store.value is not None and not store.path and dotted(store.target) == text
            )
        for method in ("extend", "append"):
            for call in module.calls.get(method, ()):
                if isinstance(call.func, ast.Attribute) and dotted(call.func.value) == text:
                    found.extend(place.at(argument) for argument in call.args)
        return found

    def _passed(self, place: Place, function: Function, parameter: ast.arg) -> Iterator[Place]:
        run = place.run.of(function) if place.run is not None else None
        runs = [run] if run is not None else [Activation(function, e) for e in self.contexts.callers.edges(function)]
        for one_run in runs[: limits.MAX_CALLERS]:
            edge = one_run.edge
            given = edge.argument(function, parameter) if edge is not None else None
            if edge is not None and given is not None and (run is not None or _mentions_weights(given)):
                yield Place(edge.module, given, one_run.outer)


def _whole_model(node: ast.expr) -> ast.expr:
    """The model of `model.layers[-1]` and `model.get_layer("scores")`."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "layers":
        return node.value.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_layer":
        return node.func.value
    return node


def _mentions_weights(node: ast.expr) -> bool:
    return any(isinstance(item, ast.Attribute) and item.attr in WEIGHTS for item in ast.walk(node))
