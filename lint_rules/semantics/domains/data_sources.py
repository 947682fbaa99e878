"""Where data that are predicted come from, and whether their order is the same in every pass.

The generators of `ImageDataGenerator` and the `*_dataset_from_directory` functions shuffle unless told otherwise;
`Dataset.shuffle` gives another order in every pass unless `reshuffle_each_iteration=False`; `Dataset.cache` after a
shuffle keeps the order of the first pass. Measured in docs/keras-facts.md.
"""

from __future__ import annotations

import ast

from lint_rules.records import dataclass, replace
from lint_rules.semantics.domains.constants import constants_of
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Basic, External, FunctionObject
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.domain import OpaqueDomain
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.knowledge.data_sources import FIX_ORDER, FROM_ARRAYS, KEEP_SOURCE, SHUFFLING
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module, dotted, last_name


@dataclass(frozen=True, slots=True)
class DataSource:
    """A data set or generator: the call that made it (or shuffles it), and whether each pass has another order.

    `maker` is the name of that call, `shuffled` None where the code does not show it; `labels` is the array of labels
    that it was made of, where there is one; `iterator` marks a Keras iterator, which has `classes` and `labels`.
    """

    module: Module
    call: ast.Call
    maker: str
    shuffled: bool | None
    labels: ast.expr | None = None
    iterator: bool = False


@dataclass(frozen=True, slots=True)
class Several:
    """A tuple of data sets: `train, test = load()`."""

    items: tuple[Answer[Source], ...]


Source = DataSource | Several


class Sources(OpaqueDomain[Source]):
    """The domain: what makes a data set, and what a method leaves of its order."""

    def expression(self, evaluator: Evaluator[Source], place: Place) -> Answer[Source]:
        node = place.node
        if isinstance(node, ast.Tuple | ast.List):
            return self.packed(tuple(evaluator.evaluate(place.at(item)) for item in node.elts))
        if not isinstance(node, ast.Call) or isinstance(node.func, ast.Call):
            return unknown()
        name = last_name(node.func)
        if name in SHUFFLING and _is_keras_source(evaluator.types, place.module, node, name):
            return known(_shuffled_by_default(evaluator, place, node, name))
        if name in FROM_ARRAYS and node.args:
            given = node.args[0]
            labels = given.elts[1] if isinstance(given, ast.Tuple | ast.List) and len(given.elts) >= 2 else None
            return known(DataSource(place.module, node, name, False, labels))
        if name == "iter" and isinstance(node.func, ast.Name) and len(node.args) == 1:
            return evaluator.evaluate(place.at(node.args[0]))
        if not isinstance(node.func, ast.Attribute) or name not in (*KEEP_SOURCE, *FIX_ORDER, "shuffle"):
            return unknown()
        base = evaluator.evaluate(place.at(node.func.value))
        if name == "shuffle":
            return _shuffle(evaluator, place, node, base)
        return base.map(_in_fixed_order) if name in FIX_ORDER else base

    def element(self, value: Source) -> Answer[Source]:
        return join(value.items) if isinstance(value, Several) else unknown()

    def item(self, value: Source, index: int) -> Answer[Source]:
        if isinstance(value, Several):
            return value.items[index] if 0 <= index < len(value.items) else unknown()
        # subset="both": Keras shuffles the first of the two, never the second.
        return known(value) if index == 0 and value.maker.endswith("_dataset_from_directory") else unknown()

    def packed(self, items: tuple[Answer[Source], ...]) -> Answer[Source]:
        return known(Several(items))


class SourceEvaluator(Evaluator[Source]):
    """The evaluator of where data come from."""

    def __init__(self, project: Project) -> None:
        super().__init__(project, Sources())


def _in_fixed_order(source: Source) -> Source | None:
    return replace(source, shuffled=False, iterator=False) if isinstance(source, DataSource) else None


def _is_keras_source(types: Inference, module: Module, node: ast.Call, name: str) -> bool:
    """Whether a call with a telling name is Keras's."""
    callees = types.values(module, node.func)
    if any(isinstance(value, FunctionObject) for value in callees):
        return False
    if name.endswith("_from_directory") and name != "flow_from_directory":
        return not callees or any(isinstance(v, External) and v.name.startswith("keras.") for v in callees)
    if not isinstance(node.func, ast.Attribute):
        return False
    made = types.values(module, node.func.value)
    if any(getattr(value, "name", "").endswith("ImageDataGenerator") for value in made):
        return True
    return name != "flow" and not made


def _shuffled_by_default(evaluator: Evaluator[Source], place: Place, node: ast.Call, name: str) -> DataSource:
    given = _argument(node, "shuffle", SHUFFLING[name])
    shuffled = _truth(evaluator, place, given) if given is not None else True
    if any(k.arg is None for k in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
        shuffled = None
    labels = _argument(node, "y", 1) if name == "flow" else None
    return DataSource(place.module, node, name, shuffled, labels, name.startswith("flow"))


def _shuffle(evaluator: Evaluator[Source], place: Place, node: ast.Call, base: Answer[Source]) -> Answer[Source]:
    """`ds.shuffle(...)`: only for what is a tf.data set (or may be one)."""
    again = _argument(node, "reshuffle_each_iteration", 2)
    said = again is not None and not (isinstance(again, ast.Constant) and again.value is None)
    anew = _truth(evaluator, place, again) if again is not None and said else True
    if any(keyword.arg is None for keyword in node.keywords):
        anew = None

    def shuffled(source: Source) -> Source | None:
        if isinstance(source, Several):
            return None
        return source if source.shuffled else DataSource(place.module, node, "Dataset.shuffle", anew, source.labels)

    assert isinstance(node.func, ast.Attribute)
    if not base.values and Basic.DATASET in evaluator.types.values(place.module, node.func.value):
        # A data set, whatever it was made of.
        return known(DataSource(place.module, node, "Dataset.shuffle", anew))
    return base.map(shuffled)


def _argument(node: ast.Call, name: str, position: int) -> ast.expr | None:
    """What a call passes by a name, or at a position."""
    named = next((keyword.value for keyword in node.keywords if keyword.arg == name), None)
    return node.args[position] if named is None and len(node.args) > position else named


def _truth(evaluator: Evaluator[Source], place: Place, node: ast.expr) -> bool | None:
    """The truth of a constant; None for what is none, or not the same on all ways."""
    return constants_of(evaluator.project).truth(place.at(node))


# What is asked of sources


def sources(project: Project, module: Module, node: ast.expr) -> Answer[DataSource]:
    """What an expression is on every way to it."""
    evaluator = project.memo.one(SourceEvaluator, lambda: SourceEvaluator(project))
    found = evaluator.evaluate(Place(module, node))
    single = frozenset(value for value in found.values if isinstance(value, DataSource))
    return Answer(single, found.complete and len(single) == len(found.values), found.assumes)


def shuffled_source(project: Project, module: Module, node: ast.expr) -> DataSource | None:
    """The source of an expression if it is one that is shuffled anew in every pass, on every way to it."""
    found = sources(project, module, node)
    if not found.complete or any(source.shuffled is not True for source in found.values):
        return None
    return min(found.values, key=lambda source: (str(source.module.path), source.call.lineno), default=None)


def is_source(project: Project, module: Module, node: ast.expr, source: DataSource) -> bool:
    """Whether an expression is (or may be) this very source."""
    return any(other.call is source.call for other in sources(project, module, node).values)


def told_to_keep_order(module: Module, node: ast.expr) -> bool:
    """Whether code sets `shuffle` on a generator after it was made, or reads the order it went in."""
    text = dotted(node)
    if text is None:
        return False
    return any(dotted(store.target.value) == text for store in module.stores.get("shuffle", ())) or any(
        dotted(attribute.value) == text for attribute in module.attributes.get("index_array", ())
    )
