"""Which generators of the project, or `__next__` of its objects, give what one iterates over?"""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.values import Instance
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.domain import OpaqueDomain
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Function


class Generators(OpaqueDomain[Function]):
    """The domain: calls of generator functions, objects whose `__iter__` is one, or which have `__next__`, and what
    passes on any of them.
    """

    def of_type(self, evaluator: Evaluator[Function], place: Place, found: Answer[Function]) -> Answer[Function]:
        methods = [
            evaluator.types.method(value.cls, name)
            for value in evaluator.types.values(place.module, place.node)
            if isinstance(value, Instance)
            for name in ("__iter__", "__next__")
        ]
        gives = [
            method for method in methods if method is not None and (method.is_generator or method.name == "__next__")
        ]
        return join(map(known, gives)) if methods else found

    def expression(self, evaluator: Evaluator[Function], place: Place) -> Answer[Function]:
        if not isinstance(place.node, ast.Call):
            return unknown()
        return join(evaluator.evaluate(place.at(argument)) for argument in place.node.args)


class GeneratorEvaluator(Evaluator[Function]):
    """The evaluator of what generates."""

    def __init__(self, project: Project) -> None:
        super().__init__(project, Generators(), _made_by_call)


def _made_by_call(evaluator: Evaluator[Function], place: Place) -> Answer[Function] | None:
    """What a call of generator functions makes."""
    if not isinstance(place.node, ast.Call):
        return None
    functions = [function for function, _ in evaluator.called(place, place.node) if function.is_generator]
    return join(map(known, functions)) if functions else None


def generators(project: Project, place: Place) -> frozenset[Function]:
    """The generator functions, and methods `__next__`, that may give what iterating over an expression gives."""
    evaluator = project.memo.one(GeneratorEvaluator, lambda: GeneratorEvaluator(project))
    return evaluator.evaluate(place).values
