"""What does iterating over a value hand out: one sample of a collection at a time, or batches?"""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Basic, Collection, External, Instance, Result, Value
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Activation, Place
from lint_rules.semantics.flow.additions import Additions
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.domain import OpaqueDomain
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.array_calls import FEEDERS
from lint_rules.semantics.knowledge.containers import MAKES_LIST
from lint_rules.semantics.knowledge.data_sources import DRAWS_SAMPLES, GIVES_BATCHES, SPLITS, is_called_a_generator
from lint_rules.semantics.knowledge.iteration import PASSES_ON, RANGES
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.docstrings import said_of_parameter
from lint_rules.semantics.syntax.module_index import Function, Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind

_ITERATED = ("__iter__", "__next__", "__getitem__")


class Handout(Enum):
    """What a value hands out to each iteration; an ITEM is what was picked out, a LIST can be filled with such."""

    SAMPLE = auto()
    BATCH = auto()
    ITEM = auto()
    LIST = auto()


class Handouts(OpaqueDomain[Handout]):
    """The domain: what draws samples, what cuts or loads batches, and what passes on what it is given."""

    def given(self, evaluator: Evaluator[Handout], place: Place) -> Answer[Handout] | None:
        """What a call is known by, or the type of a value, before it is followed."""
        node = place.node
        if isinstance(node, ast.Call):
            name = last_name(node.func)
            if name in RANGES:
                return known(Handout.BATCH if len(node.args) == 3 else None)
            if name in PASSES_ON and node.args:
                passed = (evaluator.evaluate(place.at(item)) for item in node.args)
                return next((found for found in passed if found.values), unknown())
            if name in DRAWS_SAMPLES:
                return known(Handout.SAMPLE)
            if name in GIVES_BATCHES or _is_split(evaluator.types, place.module, node.func):
                return known(Handout.BATCH)
        return known(Handout.BATCH) if _feeds_models(evaluator.types, place) else None

    def expression(self, evaluator: Evaluator[Handout], place: Place) -> Answer[Handout]:
        node = place.node
        if isinstance(node, ast.List) or (isinstance(node, ast.Call) and last_name(node.func) in MAKES_LIST):
            return known(Handout.LIST)
        if isinstance(node, ast.ListComp | ast.GeneratorExp):
            if isinstance(node.elt, ast.Subscript) and isinstance(node.elt.slice, ast.Slice):
                return known(Handout.BATCH)
            return known(Handout.SAMPLE if Handout.ITEM in evaluator.evaluate(place.at(node.elt)).values else None)
        if not isinstance(node, ast.Subscript):
            return unknown()
        if isinstance(node.slice, ast.Slice):
            return evaluator.evaluate(place.at(node.value))
        # An array of indices, or a mask, picks several.
        chosen = evaluator.types.values(place.module, node.slice)
        several = any(value is Basic.ARRAY or isinstance(value, Collection) for value in chosen)
        return known(None if several else Handout.ITEM)

    def of_type(self, evaluator: Evaluator[Handout], place: Place, found: Answer[Handout]) -> Answer[Handout]:
        """What a generator of the project yields, mostly batches, and what documentation calls a generator."""
        node = place.node
        if isinstance(node, ast.Call):
            generators = [(function, skip) for function, skip in evaluator.called(place, node) if function.is_generator]
            passed = [_passed_on(evaluator, place, node, function, skip) for function, skip in generators]
            return join(passed) if passed else found
        for binding in bindings_of(place.module, node) if isinstance(node, ast.Name) else ():
            function = binding.scope.function
            if binding.kind is BindingKind.PARAMETER and function is not None:
                if is_called_a_generator(said_of_parameter(function, binding.name)):
                    return known(Handout.BATCH)
        return found

    def is_container(self, value: Handout) -> bool:
        return value is Handout.LIST

    def grown(
        self, value: Handout, additions: Additions, added: Answer[Handout], walked: Answer[Handout]
    ) -> Answer[Handout]:
        return known(Handout.SAMPLE if Handout.ITEM in added.values else value)


class HandoutEvaluator(Evaluator[Handout]):
    """The evaluator of what is handed out."""

    def __init__(self, project: Project) -> None:
        domain = Handouts()
        super().__init__(project, domain, domain.given)


def handout(project: Project, place: Place) -> Handout | None:
    """What iterating over an expression hands out, SAMPLE or BATCH; None if the code shows neither, or both."""
    evaluator = project.memo.one(HandoutEvaluator, lambda: HandoutEvaluator(project))
    shown = evaluator.evaluate(place).values & {Handout.SAMPLE, Handout.BATCH}
    return next(iter(shown)) if len(shown) == 1 else None


def is_indexed_feeder(inference: Inference, value: Value) -> bool:
    """Whether a value gives a batch for each index: a Sequence of Keras, or an iterator of its generators."""
    if isinstance(value, Result):
        return value.name.removesuffix("()").endswith(FEEDERS)
    return isinstance(value, Instance) and any(name.endswith(FEEDERS) for name in inference.external_bases(value.cls))


def _passed_on(
    evaluator: Evaluator[Handout], place: Place, node: ast.Call, function: Function, skip: int
) -> Answer[Handout]:
    """What a generator hands out: what it walks through does, if it yields each element as it is; else batches."""
    run = Activation(function, Edge(place.module, node, skip=skip), place.run)
    walked = [_walked(function.module, result) for result in function.yields]
    iterables = [iterable for iterable in walked if iterable is not None]
    if len(iterables) < len(walked) or run.depth > limits.MAX_CHAIN:
        return known(Handout.BATCH)
    return join(evaluator.evaluate(Place(function.module, iterable, run)) for iterable in iterables)


def _walked(module: Module, node: ast.expr) -> ast.expr | None:
    """What an expression is a whole element of: `items` of `for item in items`."""
    bindings = bindings_of(module, node) if isinstance(node, ast.Name) else []
    only = bindings[0] if len(bindings) == 1 else None
    return only.value if only is not None and only.kind is BindingKind.ITERATION and not only.path else None


def _feeds_models(types: Inference, place: Place) -> bool:
    """Whether an expression is a `tf.data.Dataset`, or an object of a class whose objects can be iterated over."""
    values = types.values(place.module, place.node)
    return Basic.DATASET in values or any(
        is_indexed_feeder(types, value)
        or (isinstance(value, Instance) and any(types.method(value.cls, name) for name in _ITERATED))
        for value in values
    )


def _is_split(types: Inference, module: Module, function: ast.expr) -> bool:
    return any(isinstance(value, External) and value.name in SPLITS for value in types.values(module, function))
