"""Where a gradient ends in NumPy or in whole numbers.

The target of a gradient is a sum of terms. A term that depends on the sources only through calls that no gradient
passes adds nothing to the gradient. A term that depends on them in another way too is not judged: a value without a
gradient that weights or indexes a differentiable one is common and right. What is differentiated is followed through
functions, methods and modules (`domains.gradient_tracking`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules.semantics.calls.contexts import Contexts, Region, RegionKind
from lint_rules.semantics.domains.gradient_tracking import GradientTracking, Left, Track, one
from lint_rules.semantics.domains.references import Reference, References
from lint_rules.semantics.domains.values import External, FunctionObject
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Activation, Place
from lint_rules.semantics.flow.answers import Answer, join
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge import higher_order
from lint_rules.semantics.knowledge.gradient_calls import GRADIENT_CALLS, WEIGHTS
from lint_rules.semantics.project.prefilter import led_to
from lint_rules.semantics.queries.direct_calls import possible_direct_calls
from lint_rules.semantics.queries.gradients import argument_of, derived_by, torch_targets
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, start
from lint_rules.semantics.syntax.scopes import BindingKind

WORDS = frozenset({"GradientTape", "gradient", "jacobian", "batch_jacobian", "value_and_grad", "grad", "backward"})
# Without any of these words no gradient ends in a module.
_ENDS = re.compile(
    r"\b(?:numpy|scipy|sklearn|math|float|int|item|tolist|arg(?:max|min|sort)|cast|equal|greater|less)\b|[<>]"
)
_DIFFERENTIATOR_NAMES = frozenset(
    {*(name.rpartition(".")[2] for name in higher_order.DIFFERENTIATORS), *higher_order.DIFFERENTIATES}
)


@dataclass(frozen=True, slots=True)
class Break:
    """A call that no gradient passes, between a target and its sources.

    `whole` tells that the whole target rests on it, not one term of a sum; `region` is what differentiates.
    """

    left: Left
    target: ast.expr
    module: Module
    region: Region
    whole: bool

    @property
    def node(self) -> ast.expr:
        return self.left.node

    def calls(self) -> Iterator[tuple[Function, Module, ast.expr]]:
        """The calls that lead from the target to the break, innermost first: what each runs, and where it stands."""
        run = self.left.run
        while run is not None:
            yield run.function, run.edge.module, run.edge.node
            run = run.outer


def breaks(contexts: Contexts, module: Module) -> Iterator[Break]:
    """The breaks that stand in a module, whichever module differentiates them, in source order."""
    found: dict[ast.expr, Break] = {}
    for other in _differentiating(contexts, module):
        for broken in _breaks_from(contexts, other):
            if broken.left.module is module:
                found.setdefault(broken.node, broken)
    yield from sorted(found.values(), key=lambda item: start(item.node))


def _differentiating(contexts: Contexts, module: Module) -> Iterator[Module]:
    """The modules whose gradients may lead into a module: itself, and others of the project that take any."""
    yield module
    project = contexts.project
    if not _ENDS.search(module.text):
        return
    paths = {path for word in sorted(WORDS) for path in project.files_mentioning(word)} - {module.path}
    paths = {path for path in paths if module.path in led_to(project, path)}
    for path in sorted(paths)[: limits.MAX_CALLERS]:
        other = project.try_module(path)
        if other is not None:
            yield other


def _breaks_from(contexts: Contexts, module: Module) -> list[Break]:
    """The breaks of the gradients that a module takes."""
    nothing: list[Break] = []
    return contexts.project.memo.ask(
        ("gradient breaks", module.path),
        lambda: [broken for gradient in _gradients(contexts, module) for broken in gradient.breaks()],
        nothing,
    )


@dataclass(frozen=True, slots=True)
class _Gradient:
    """One gradient: what is differentiated, in which run, with respect to what."""

    contexts: Contexts
    target: ast.expr
    place: Place
    models: frozenset[Reference]
    inputs: frozenset[Reference]
    region: Region
    recorded: ast.AST | None = None
    auxiliary: bool = False  # the function gives (loss, aux)

    def breaks(self) -> Iterator[Break]:
        track = self._track()
        for left in sorted(track.left, key=lambda item: (str(item.module.path), start(item.node))):
            yield Break(left, self.target, self.place.module, self.region, not track.may)

    def _track(self) -> Track:
        contexts = self.contexts
        references = References(contexts.project, contexts.inference)
        domain = GradientTracking(contexts.inference, references, self.models, self.inputs, self.recorded)
        answer: Answer[Track] = Evaluator(contexts.project, domain, domain.given).evaluate(self.place)
        return one(join(domain.item(value, 0) for value in answer.values) if self.auxiliary else answer)


def _gradients(contexts: Contexts, module: Module) -> Iterator[_Gradient]:
    yield from _of_tapes(contexts, module)
    yield from _of_functions(contexts, module)
    yield from _of_torch(contexts, module)


# Tapes


def _of_tapes(contexts: Contexts, module: Module) -> Iterator[_Gradient]:
    for call, tape, target, sources in _asked(module):
        if not contexts.is_tape(module, tape):
            continue
        region = contexts.region_of_tape(module, tape)
        known = region or Region(RegionKind.TAPE, module, call, label="tf.GradientTape")
        for run in _runs(contexts, module, tape):
            read = _Sources(contexts)
            if not read.of(Place(module, sources, run)) or not read.models | read.inputs:
                continue
            place = Place(module, target, run)
            recorded = region.node if region is not None else None
            yield _Gradient(contexts, target, place, *read.found, known, recorded)


def _asked(module: Module) -> Iterator[tuple[ast.Call, ast.expr, ast.expr, ast.expr]]:
    """(call, tape, target, sources) of what tapes are asked for."""
    for name in sorted(GRADIENT_CALLS):
        for call in module.calls.get(name, ()):
            target, sources = argument_of(call, 0, "target"), argument_of(call, 1, "sources")
            if isinstance(call.func, ast.Attribute) and target is not None and sources is not None:
                yield call, call.func.value, target, sources
    for name in ("minimize", "get_gradients"):
        for call in module.calls.get(name, ()):
            tape = next((keyword.value for keyword in call.keywords if keyword.arg == "tape"), None)
            sources = argument_of(call, 1, "var_list")
            if tape is not None and call.args and sources is not None:
                yield call, tape, call.args[0], sources


def _runs(contexts: Contexts, module: Module, tape: ast.expr) -> list[Activation | None]:
    """The runs of a function that matter for its gradient: those that hand it the tape; else any."""
    function = module.function_of(tape)
    if function is None or not isinstance(tape, ast.Name):
        return [None]
    if any(binding.kind is not BindingKind.PARAMETER for binding in bindings_of(module, tape)):
        return [None]
    edges = contexts.callers.edges(function)[: limits.MAX_CALLERS]
    return [Activation(function, edge) for edge in edges] or [None]


# Functions that are differentiated


def _of_functions(contexts: Contexts, module: Module) -> Iterator[_Gradient]:
    for name in sorted(_DIFFERENTIATOR_NAMES & module.calls.keys()):
        for call in module.calls[name]:
            if not call.args or not _is_differentiator(contexts, module, call.func):
                continue
            for value in contexts.inference.values(module, call.args[0]):
                if isinstance(value, FunctionObject):
                    yield from _of_function(contexts, value.function, module, call, call.func)
    for function in module.functions.values():
        for decorator in function.decorators:
            partial = isinstance(decorator, ast.Call) and bool(decorator.args)
            node = decorator.args[0] if isinstance(decorator, ast.Call) and partial else decorator
            if isinstance(node, ast.Name | ast.Attribute) and _is_differentiator(contexts, module, node):
                yield from _of_function(contexts, function, module, decorator, node)


def _is_differentiator(contexts: Contexts, module: Module, node: ast.expr) -> bool:
    return any(
        isinstance(value, External) and higher_order.differentiator(value.name) is not None
        for value in contexts.inference.values(module, node)
    )


def _of_function(
    contexts: Contexts, function: Function, module: Module, made: ast.expr, differentiator: ast.expr
) -> Iterator[_Gradient]:
    values = contexts.inference.values(module, differentiator)
    names = (higher_order.differentiator(value.name) for value in values if isinstance(value, External))
    label = next((name for name in names if name is not None), "a gradient")
    region = Region(RegionKind.DIFFERENTIATED, module, made, label=label)
    inputs = frozenset(Reference(function.scope, parameter.arg) for parameter in derived_by(function, made, label))
    if function.is_generator or not inputs:
        return
    auxiliary = isinstance(made, ast.Call) and any(keyword.arg == "has_aux" for keyword in made.keywords)
    for result in function.returns:
        place = Place(function.module, result)
        yield _Gradient(contexts, result, place, frozenset(), inputs, region, auxiliary=auxiliary)


# torch


def _of_torch(contexts: Contexts, module: Module) -> Iterator[_Gradient]:
    """`loss.backward()` and `torch.autograd.grad(loss, sources)`."""
    if "torch" not in module.text:
        return
    trained = _trained_by_torch(contexts, module)
    for call, target, label in torch_targets(contexts.inference, module):
        read = _Sources(contexts)
        sources = argument_of(call, 1, "inputs") if label != "backward()" else None
        if sources is None:
            read.models |= trained
        elif not read.of(Place(module, sources)):
            continue
        if read.models | read.inputs:
            region = Region(RegionKind.DIFFERENTIATED, module, call, label=label)
            yield _Gradient(contexts, target, Place(module, target), *read.found, region)


def _trained_by_torch(contexts: Contexts, module: Module) -> set[Reference]:
    """The models that a module calls and whose weights it hands out, as to an optimizer."""
    references = References(contexts.project, contexts.inference)
    handed = {
        reference
        for name in ("parameters", "trainable_weights", "trainable_variables")
        for node in module.attributes.get(name, ())
        if (reference := references.of(Place(module, node.value))) is not None
    }
    called = {
        reference
        for call in (possible_direct_calls(module) if handed else ())
        if (reference := references.of(Place(module, call.func))) is not None
    }
    return handed & called


# What a gradient is taken of


class _Sources:
    """Reads the sources of a gradient: models whose weights are meant, and values."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self.references = References(contexts.project, contexts.inference)
        self.models: set[Reference] = set()
        self.inputs: set[Reference] = set()

    @property
    def found(self) -> tuple[frozenset[Reference], frozenset[Reference]]:
        return frozenset(self.models), frozenset(self.inputs)

    def of(self, place: Place, depth: int = 0) -> bool:
        """Add what an expression names; False where that cannot be read."""
        node = place.node
        if depth > limits.MAX_CHAIN:
            return False
        if isinstance(node, ast.List | ast.Tuple):
            return all(self.of(place.at(item), depth + 1) for item in node.elts)
        if isinstance(node, ast.BinOp):
            return self.of(place.at(node.left), depth + 1) and self.of(place.at(node.right), depth + 1)
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
            return all(self.of(value, depth + 1) for value in values)
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
            given = one_run.edge.argument(function, parameter)
            if given is not None and (run is not None or _mentions_weights(given)):
                yield Place(one_run.edge.module, given, one_run.outer)


def _whole_model(node: ast.expr) -> ast.expr:
    """The model of `model.layers[-1]` and `model.get_layer("scores")`."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "layers":
        return node.value.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_layer":
        return node.func.value
    return node


def _mentions_weights(node: ast.expr) -> bool:
    return any(isinstance(item, ast.Attribute) and item.attr in WEIGHTS for item in ast.walk(node))
