"""Which expressions make a value, or the one that it is a part of?"""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.values import Origin
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, known, unknown
from lint_rules.semantics.flow.domain import OpaqueDomain
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.project.project import Project


class Origins(OpaqueDomain[Origin]):
    """The domain: an expression that nothing else gives is what makes its value."""

    def expression(self, evaluator: Evaluator[Origin], place: Place) -> Answer[Origin]:
        node = place.node
        if isinstance(node, ast.Subscript):
            return evaluator.evaluate(place.at(node.value))
        if isinstance(node, ast.Tuple | ast.List | ast.Dict | ast.Set):
            return unknown()  # its parts are made elsewhere
        return known(Origin(place.module, node))

    def element(self, value: Origin) -> Answer[Origin]:
        return known(value)

    def item(self, value: Origin, index: int) -> Answer[Origin]:
        return known(value)


class OriginEvaluator(Evaluator[Origin]):
    """The evaluator of what makes values."""

    def __init__(self, project: Project) -> None:
        super().__init__(project, Origins())


def origins(project: Project, place: Place) -> Answer[Origin]:
    """The expressions that may make the value of an expression, or of something that it is a part of."""
    return project.memo.one(OriginEvaluator, lambda: OriginEvaluator(project)).evaluate(place)
