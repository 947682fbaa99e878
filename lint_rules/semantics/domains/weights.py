"""Of which models are these the weights? `net.trainable_variables`, and lists that such were collected in."""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.records import dataclass
from lint_rules.semantics.domains.references import Reference, references_of
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.additions import Additions
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.domain import OpaqueDomain
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.gradient_calls import WEIGHTS
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.scopes import BindingKind


@dataclass(frozen=True, slots=True)
class WeightsOf:
    """Weights of a model, or some of them; None where it is not known of which."""

    model: Reference | None


class Other(Enum):
    """A list, which can be filled with weights, and whatever is no weights as far as the code shows."""

    LIST = auto()
    ANYTHING = auto()


Collected = WeightsOf | Other
_EMPTY: Answer[Collected] = known(Other.LIST)


class Weights(OpaqueDomain[Collected]):
    """The domain: what reads the weights of a model, and what collects them."""

    def expression(self, evaluator: Evaluator[Collected], place: Place) -> Answer[Collected]:
        node = place.node

        def of(*parts: ast.expr) -> Answer[Collected]:
            found: Answer[Collected] = join(evaluator.evaluate(place.at(part)) for part in parts)
            return found

        if isinstance(node, ast.List | ast.Tuple):
            return _EMPTY | of(*node.elts)
        if isinstance(node, ast.BinOp):
            return of(node.left, node.right)
        if isinstance(node, ast.Subscript):
            return of(node.value)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return _EMPTY | of(node.elt)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("list", "tuple"):
            return _EMPTY | of(*node.args)
        return unknown()

    def of_type(self, evaluator: Evaluator[Collected], place: Place, found: Answer[Collected]) -> Answer[Collected]:
        return found if found.values else known(Other.ANYTHING)

    def element(self, value: Collected) -> Answer[Collected]:
        return known(value)

    def item(self, value: Collected, index: int) -> Answer[Collected]:
        return known(value)

    def packed(self, items: tuple[Answer[Collected], ...]) -> Answer[Collected]:
        found: Answer[Collected] = join(items)
        return _EMPTY | found

    def is_container(self, value: Collected) -> bool:
        return True

    def grown(
        self, value: Collected, additions: Additions, added: Answer[Collected], walked: Answer[Collected]
    ) -> Answer[Collected]:
        kept: Answer[Collected] = known(value)
        return kept | added

    def augmented(
        self, node: ast.AugAssign, before: Answer[Collected], operand: Answer[Collected], again: bool
    ) -> Answer[Collected]:
        return before | operand


def _read(evaluator: Evaluator[Collected], place: Place) -> Answer[Collected] | None:
    """The weights that an attribute or a method of a model gives."""
    node = place.node
    read = node.func if isinstance(node, ast.Call) and not node.args else node
    if not isinstance(read, ast.Attribute) or read.attr not in WEIGHTS:
        return None
    owner = _whole_model(read.value)
    one_of_many = isinstance(owner, ast.Name) and any(
        binding.kind is BindingKind.ITERATION for binding in bindings_of(place.module, owner)
    )
    return known(WeightsOf(None if one_of_many else references_of(evaluator.project).of(place.at(owner))))


def _whole_model(node: ast.expr) -> ast.expr:
    """The model of `model.layers[-1]` and `model.get_layer("scores")`."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "layers":
        return node.value.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get_layer":
        return node.func.value
    return node


class WeightsEvaluator(Evaluator[Collected]):
    """The evaluator of whose weights something is."""

    def __init__(self, project: Project) -> None:
        super().__init__(project, Weights(), _read)


def weights(project: Project, place: Place) -> Answer[Collected]:
    """Whose weights an expression is."""
    return project.memo.one(WeightsEvaluator, lambda: WeightsEvaluator(project)).evaluate(place)
