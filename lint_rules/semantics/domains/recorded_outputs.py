"""Which direct calls recorded the graph that a tensor holds, on torch?

What is computed from an output holds its graph; what is detached, made into numbers, compared or read off its form
holds none.
"""

from __future__ import annotations

import ast

from lint_rules.records import dataclass
from lint_rules.semantics.domains.constants import constants_of
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.additions import Additions
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.domain import OpaqueDomain
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.knowledge.keras_layers import UNREADABLE
from lint_rules.semantics.knowledge.torch_names import HOLDING, PLAIN_ATTRIBUTES, TENSOR_LIBRARIES, WITHOUT_GRAPH
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import last_name


@dataclass(frozen=True, slots=True)
class Recorded:
    """A value that holds the graph of one call; of none, if it is something that can be filled.

    `path` leads to what holds it: the index or key of each item, None for one or another.
    """

    call: ast.Call | None = None
    path: tuple[object, ...] = ()

    def within(self, index: object) -> Recorded:
        """What something is that has this value as an item."""
        return Recorded(self.call, (index, *self.path)) if self.call is not None else self

    def at(self, index: object) -> Answer[Recorded]:
        """What an item of this value is; `index` is None for one or another."""
        if not self.path:
            return known(self)
        inside = index is None or self.path[0] is None or self.path[0] == index
        return known(Recorded(self.call, self.path[1:])) if inside else _EMPTY


_EMPTY = known(Recorded())


class RecordedOutputs(OpaqueDomain[Recorded]):
    """The domain: what operators and library calls leave of the graphs of their operands.

    Every call of something that is neither the project's function nor a library's may be one of a model.
    """

    def expression(self, evaluator: Evaluator[Recorded], place: Place) -> Answer[Recorded]:
        node = place.node

        def of(*parts: ast.expr) -> Answer[Recorded]:
            return join(evaluator.evaluate(place.at(part)) for part in parts)

        def holding(index: object, part: ast.expr) -> Answer[Recorded]:
            return of(part).map(lambda value: value.within(index))

        if isinstance(node, ast.Call):
            return self._call(evaluator, place, node)
        if isinstance(node, ast.BinOp):
            return of(node.left, node.right)
        if isinstance(node, ast.UnaryOp):
            return of(node.operand)
        if isinstance(node, ast.Subscript):
            index = constants_of(evaluator.project).of(place.module, node.slice, place.run)
            return of(node.value).then(lambda value: value.at(index if index is not UNREADABLE else None))
        if isinstance(node, ast.Attribute):
            return unknown() if node.attr in PLAIN_ATTRIBUTES else of(node.value)
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            starred = any(isinstance(item, ast.Starred) for item in node.elts)
            return _EMPTY | join(holding(None if starred else at, item) for at, item in enumerate(node.elts))
        if isinstance(node, ast.Dict):
            keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
            return _EMPTY | join(map(holding, keys, node.values))
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            return _EMPTY | holding(None, node.elt)
        if isinstance(node, ast.DictComp):
            return _EMPTY | holding(None, node.value)
        return unknown()

    def _call(self, evaluator: Evaluator[Recorded], place: Place, node: ast.Call) -> Answer[Recorded]:
        name = last_name(node.func)
        if name in WITHOUT_GRAPH:
            return unknown()
        arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
        callees = evaluator.types.values(place.module, node.func)
        libraries = [value.name for value in callees if isinstance(value, External)]
        if any(library.startswith(TENSOR_LIBRARIES) for library in libraries) or (
            not callees and isinstance(node.func, ast.Name) and name in HOLDING
        ):
            return _EMPTY | join(evaluator.evaluate(place.at(argument)) for argument in arguments)
        if libraries:
            return _EMPTY
        found = known(Recorded(node))
        return found | evaluator.evaluate(place.at(node.func.value)) if isinstance(node.func, ast.Attribute) else found

    def element(self, value: Recorded) -> Answer[Recorded]:
        return value.at(None)

    def item(self, value: Recorded, index: int) -> Answer[Recorded]:
        return value.at(index if index >= 0 else None)

    def held(self, value: Recorded) -> Answer[Recorded]:
        return value.at(None)

    def packed(self, items: tuple[Answer[Recorded], ...]) -> Answer[Recorded]:
        return _EMPTY | join(
            item.map(lambda value, at=at: value.within(at))  # type: ignore[misc]
            for at, item in enumerate(items)
        )

    def is_container(self, value: Recorded) -> bool:
        return True

    def grown(
        self, value: Recorded, additions: Additions, added: Answer[Recorded], walked: Answer[Recorded]
    ) -> Answer[Recorded]:
        return known(value) | added.map(lambda item: item.within(None))

    def filled(self, value: Recorded, stored: tuple[Answer[Recorded], ...]) -> Answer[Recorded]:
        return known(value) | join(stored).map(lambda item: item.within(None))

    def augmented(
        self, node: ast.AugAssign, before: Answer[Recorded], operand: Answer[Recorded], again: bool
    ) -> Answer[Recorded]:
        return before | operand


class RecordedEvaluator(Evaluator[Recorded]):
    """The evaluator of what holds which graph."""

    def __init__(self, project: Project) -> None:
        super().__init__(project, RecordedOutputs())


def holds_graph(inference: Inference, place: Place, call: ast.Call) -> bool:
    """Whether the value of an expression may hold the graph that a direct call of a model records."""
    project = inference.project
    evaluator = project.memo.one(RecordedEvaluator, lambda: RecordedEvaluator(project))
    return any(value.call is call for value in evaluator.evaluate(place).values)
