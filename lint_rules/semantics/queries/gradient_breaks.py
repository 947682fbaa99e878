"""Where a gradient ends in NumPy or in whole numbers.

The target of a gradient is a sum of terms. A term that depends on the sources only through calls that no gradient
passes adds nothing to the gradient. A term that depends on them in another way too is not judged: a value without a
gradient that weights or indexes a differentiable one is common and right. What is differentiated is followed through
functions, methods and modules (`domains.gradient_tracking`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import dataclass
from lint_rules.regex import lazy_pattern
from lint_rules.semantics.calls.contexts import Contexts, Region, RegionKind
from lint_rules.semantics.domains.gradient_tracking import GradientTracking, Left, Track, one
from lint_rules.semantics.domains.references import Reference, references_of
from lint_rules.semantics.domains.values import External, FunctionObject
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Activation, Place
from lint_rules.semantics.flow.answers import Answer, join
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge import higher_order
from lint_rules.semantics.knowledge.gradient_calls import GRADIENT_CALLS, GRADIENT_WORDS
from lint_rules.semantics.project.prefilter import led_to
from lint_rules.semantics.queries.direct_calls import possible_direct_calls
from lint_rules.semantics.queries.gradient_sources import GradientSources, sources_of
from lint_rules.semantics.queries.gradients import argument_of, derived_by, torch_targets
from lint_rules.semantics.syntax.module_index import Function, Module, start
from lint_rules.semantics.syntax.scopes import BindingKind

# Without any of these words no gradient ends in a module.
_ENDS = lazy_pattern(
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
        while run is not None and run.edge is not None:
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
    paths = {path for word in sorted(GRADIENT_WORDS) for path in project.files_mentioning(word)} - {module.path}
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
        references = references_of(contexts.project)
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
            read = sources_of(contexts.project, Place(module, sources, run))
            if not read.whole or not read.models | read.inputs:
                continue
            place = Place(module, target, run)
            recorded = region.node if region is not None else None
            yield _Gradient(contexts, target, place, read.models, read.inputs, known, recorded)


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
    targets = list(torch_targets(contexts.inference, module)) if "torch" in module.text else []
    if not targets:
        return
    trained = _trained_by_torch(contexts, module)
    for call, target, label in targets:
        sources = argument_of(call, 1, "inputs") if label != "backward()" else None
        read = GradientSources(trained) if sources is None else sources_of(contexts.project, Place(module, sources))
        if read.whole and read.models | read.inputs:
            region = Region(RegionKind.DIFFERENTIATED, module, call, label=label)
            yield _Gradient(contexts, target, Place(module, target), read.models, read.inputs, region)


def _trained_by_torch(contexts: Contexts, module: Module) -> frozenset[Reference]:
    """The models that a module calls and whose weights it hands out, as to an optimizer."""
    references = references_of(contexts.project)
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
    return frozenset(handed & called)
