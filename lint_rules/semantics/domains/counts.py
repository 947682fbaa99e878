"""Is a number a count of rows, or one that was divided into batches and rounded down?"""

from __future__ import annotations

import ast

from lint_rules.records import dataclass
from lint_rules.semantics.domains.data_sources import DataSource, sources
from lint_rules.semantics.domains.values import Origin
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.domain import OpaqueDomain
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.knowledge.array_calls import ROUNDS_DOWN
from lint_rules.semantics.knowledge.data_sources import COUNTS_SAMPLES
from lint_rules.semantics.knowledge.model_methods import BATCH_SIZE
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import last_name


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number that is written out, or the batch size of a generator."""

    value: int


@dataclass(frozen=True, slots=True)
class RowCount:
    """A number of rows, of which it is not known which number."""


@dataclass(frozen=True, slots=True)
class RoundedDown:
    """A number of rows by a batch size, without the last, incomplete batch; `division` is what rounds it down."""

    division: Origin


Count = Number | RowCount | RoundedDown


class Counts(OpaqueDomain[Count]):
    """The domain: what counts rows, and what divides them."""

    def expression(self, evaluator: Evaluator[Count], place: Place) -> Answer[Count]:
        node = place.node
        if isinstance(node, ast.Constant):
            whole = isinstance(node.value, int) and not isinstance(node.value, bool)
            return known(Number(node.value)) if isinstance(node.value, int) and whole else unknown()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.FloorDiv):
            return _divided(evaluator, place, node, node)
        if isinstance(node, ast.Call):
            return _of_call(evaluator, place, node)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "shape":
            first = evaluator.evaluate(place.at(node.slice)).only == Number(0)
            return known(RowCount()) if first else unknown()
        if isinstance(node, ast.Attribute):
            if node.attr == "batch_size":
                made = sources(evaluator.project, place.module, node.value).values
                return join(_batch_size(evaluator, source) for source in made) if made else unknown()
            return known(RowCount()) if node.attr in COUNTS_SAMPLES else unknown()
        return unknown()


def _of_call(evaluator: Evaluator[Count], place: Place, node: ast.Call) -> Answer[Count]:
    name = last_name(node.func)
    if name == "len":
        return known(RowCount())
    if name not in ROUNDS_DOWN or len(node.args) != 1:
        return unknown()
    given = node.args[0]
    if isinstance(given, ast.BinOp) and isinstance(given.op, ast.Div):
        return _divided(evaluator, place, given, node)
    return evaluator.evaluate(place.at(given))


def _divided(evaluator: Evaluator[Count], place: Place, division: ast.BinOp, whole: ast.expr) -> Answer[Count]:
    """Rows divided by a batch size, as long as that may leave a rest."""
    rows, size = (evaluator.evaluate(place.at(side)).only for side in (division.left, division.right))
    if size == Number(1) or not isinstance(rows, Number | RowCount):
        return unknown()
    if isinstance(rows, Number) and not (isinstance(size, Number) and size.value and rows.value % size.value):
        return unknown()
    return known(RoundedDown(Origin(place.module, whole)))


def _batch_size(evaluator: Evaluator[Count], source: DataSource) -> Answer[Count]:
    """The batch size of a generator: Keras's own where none is given."""
    given = next((keyword.value for keyword in source.call.keywords if keyword.arg == "batch_size"), None)
    return known(Number(BATCH_SIZE)) if given is None else evaluator.evaluate(Place(source.module, given))


class CountEvaluator(Evaluator[Count]):
    """The evaluator of counts."""

    def __init__(self, project: Project) -> None:
        super().__init__(project, Counts())


def rounded_down(project: Project, place: Place) -> Origin | None:
    """The division of a number of rows that an expression rounds down; None where it is none, or leaves no rest."""
    count = project.memo.one(CountEvaluator, lambda: CountEvaluator(project)).evaluate(place).only
    return count.division if isinstance(count, RoundedDown) else None
