"""What rules ask of abstract arrays: how many rows, one NumPy batch, a missing batch axis, a whole data set."""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.semantics.calls.call_graph import Callers
from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.domains.arrays.domain import Arrays
from lint_rules.semantics.domains.arrays.slices import most_rows
from lint_rules.semantics.domains.arrays.value import Array, Extent, Kind, Unit
from lint_rules.semantics.domains.values import FunctionObject, ModuleObject
from lint_rules.semantics.effects.kept_attributes import is_stored_elsewhere
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Place, activation
from lint_rules.semantics.flow.answers import Answer, Assumed, StoredAttribute, StoredGlobal
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Function, Module


class Rows(Enum):
    """How many rows: ONE sample; a PIECE cut from a larger whole; MANY; SET for a whole data set."""

    ONE = auto()
    PIECE = auto()
    MANY = auto()
    SET = auto()


class Lack(Enum):
    """What is wrong with what predict is given."""

    IMAGE = auto()  # one image as it was read
    ELEMENT = auto()  # one element of an array of samples
    LIST = auto()  # a list of numbers


class ArrayEvaluator(Evaluator[Array]):
    """The evaluator of abstract arrays."""

    def __init__(self, project: Project) -> None:
        super().__init__(project, Arrays())


def arrays_of(project: Project) -> ArrayEvaluator:
    """The one evaluator of abstract arrays of a project."""
    return project.memo.one(ArrayEvaluator, lambda: ArrayEvaluator(project))


def array(project: Project, module: Module, node: ast.expr, path: Path | None = None, frame: int = 0) -> Answer[Array]:
    """What an expression is, as an abstract array, on one way through the code."""
    return arrays_of(project).evaluate(Place(module, node, activation(path, frame)))


def rows(project: Project, module: Module, node: ast.expr, path: Path | None = None) -> frozenset[Rows]:
    """What the rows of an argument of predict can be; empty if the code does not show it.

    A list that is written out is one of inputs, which have the same number of rows: one that is known decides.
    """
    return frozenset(row for value in array(project, module, node, path).values if (row := _rows(value)) is not None)


def _rows(value: Array) -> Rows | None:
    if value.kind in (Kind.NUMBER, Kind.OTHER, Kind.SLICE):
        return None
    if value.unit is Unit.COPIES:
        return Rows.ONE
    if value.kind in (Kind.LIST, Kind.TUPLE, Kind.DICT) and value.items is not None:
        return _rows_of_inputs(value)
    if value.kind is Kind.DICT and value.each is not None:
        inputs = {_rows(item) for item in value.each.values}
        return inputs.pop() if len(inputs) == 1 else None
    if value.kind is Kind.LIST and value.each is not None:
        # A list that is filled by and by is one of inputs.
        inputs = {_rows(item) for item in value.each.values}
        if inputs == {Rows.ONE}:
            return Rows.ONE
        return Rows.PIECE if value.rows is Extent.SOME else Rows.MANY
    if value.literal and len(value.dims) == 1:
        return None
    return _extent(value)


def most_known_rows(project: Project, module: Module, node: ast.expr, path: Path | None = None) -> int | None:
    """The largest number of rows that an argument of predict can have; None where one is not known."""
    return _most(array(project, module, node, path))


def _most(answer: Answer[Array]) -> int | None:
    counts = [_count(value) for value in answer.values]
    known = [count for count in counts if count is not None]
    return max(known) if answer.complete and known and len(known) == len(counts) else None


def _count(value: Array) -> int | None:
    if value.kind in (Kind.LIST, Kind.TUPLE, Kind.DICT) and value.items is not None:
        inputs = [_most(item) for item in value.items] if value.is_whole else [None]
        return max((count for count in inputs if count is not None), default=None) if None not in inputs else None
    return value.rows if value.is_array and isinstance(value.rows, int) else None


def _extent(value: Array) -> Rows | None:
    extent = value.rows
    if extent is None or extent is Extent.ANY or extent == 0:
        return None
    if isinstance(extent, int):
        return Rows.ONE if extent == 1 else Rows.MANY
    return {Extent.SOME: Rows.PIECE, Extent.MANY: Rows.MANY, Extent.SET: Rows.SET}[extent]


def _rows_of_inputs(value: Array) -> Rows | None:
    assert value.items is not None
    if value.unit is Unit.NUMBERS:
        return _extent(value) if len(value.dims) > 1 else None
    if len(value.items) == 1 and any(_is_row(part) for part in value.items[0].values):
        return Rows.ONE
    parts = [part for item in value.items for part in item.values if _rows_of_input(part) is not None]
    # Copies of one row go with the rows of the others, unless most inputs are copies: one sample that is asked a lot.
    varied = [part for part in parts if part.unit is not Unit.COPIES]
    found = [_rows_of_input(part) for part in (varied if 2 * len(varied) >= len(parts) else parts)]
    if Rows.ONE in found:
        return Rows.ONE
    return found[0] if found else None


def _is_row(value: Array) -> bool:
    """Whether a list holds numbers, or who knows what, and no lists: `[[a, b]]` has one row."""
    if value.kind not in (Kind.LIST, Kind.TUPLE) or not value.items:
        return False
    return not any(part.kind in (Kind.LIST, Kind.TUPLE) for item in value.items for part in item.values)


def _rows_of_input(value: Array) -> Rows | None:
    if value.kind in (Kind.LIST, Kind.TUPLE) and value.items is not None:
        return _extent(value) if not (value.literal and len(value.dims) == 1) else None
    return _rows(value)


def lack(project: Project, module: Module, node: ast.expr) -> Lack | None:
    """What an argument of predict lacks on every way to it; None unless it is proven."""
    answer = array(project, module, node)
    found = {_lack(value) for value in answer.values}
    if not answer.complete or len(found) != 1 or not _all_in_sight(project, answer):
        return None
    return next(iter(found))


def _lack(value: Array) -> Lack | None:
    if value.unit is Unit.NUMBERS and value.kind is Kind.LIST:
        return Lack.LIST
    if value.unit is Unit.IMAGE and value.kind is not Kind.OTHER:
        return Lack.IMAGE
    return Lack.ELEMENT if value.unit is Unit.SAMPLE else None


def is_numpy_batch(project: Project, module: Module, node: ast.expr, *, most: int = 1) -> bool:
    """Whether `node` is proven to be one NumPy batch (or a list, tuple or dict of such) whenever it is evaluated.

    A batch is an array whose first axis is one sample, or a slice of `most` rows at most. Any number of rows is none:
    predict cuts it into batches, of which each has to fit into memory and may be mixed by a layer. The proof behind
    fixes that are called safe.
    """
    answer = array(project, module, node)
    length = most_rows(module, node)
    if length is not None and 1 <= length <= most and answer.complete and answer.values:
        cut = all(value.kind is Kind.NUMPY and value.rows in (1, Extent.SOME) for value in answer.values)
        return cut and _all_in_sight(project, answer)
    return _all_batches(answer) and _all_in_sight(project, answer)


def _all_batches(answer: Answer[Array]) -> bool:
    return answer.complete and bool(answer.values) and all(_is_batch(value) for value in answer.values)


def _is_batch(value: Array) -> bool:
    if value.kind in (Kind.LIST, Kind.TUPLE, Kind.DICT):
        if value.kind is Kind.LIST and value.items is None and value.each is not None:
            return _all_batches(value.each)
        return value.is_whole and bool(value.items) and all(_all_batches(item) for item in value.items or ())
    return value.unit not in (Unit.IMAGE, Unit.SAMPLE) and value.kind in (Kind.ARRAY, Kind.NUMPY) and value.rows == 1


def is_whole_set(project: Project, module: Module, node: ast.expr) -> bool:
    """Whether an expression has all rows of a data set, on every way."""
    answer = array(project, module, node)
    return answer.complete and bool(answer.values) and all(value.rows is Extent.SET for value in answer.values)


def _all_in_sight(project: Project, answer: Answer[Array]) -> bool:
    """Whether what an answer assumes holds: nobody calls, or stores, from where it was not looked for."""
    functions = [assumed for assumed in _all_assumed(answer) if isinstance(assumed, Function)]
    callers = Callers.of(project)
    return all(
        len(callers.edges(function)) < limits.MAX_EDGES and not is_handed_on(project, function)
        for function in sorted(functions, key=lambda function: (str(function.module.path), function.name))
    ) and not any(_is_stored_from_afar(project, assumed) for assumed in _all_assumed(answer))


def _all_assumed(answer: Answer[Array]) -> frozenset[Assumed]:
    """What an answer assumes, and what the items of its lists do."""
    inner = [item for value in answer.values for item in value.items or ()]
    return answer.assumes.union(*(_all_assumed(item) for item in inner))


def _is_stored_from_afar(project: Project, assumed: Assumed) -> bool:
    if isinstance(assumed, StoredGlobal):
        return _is_bound_elsewhere(project, assumed.module, assumed.name)
    return isinstance(assumed, StoredAttribute) and is_stored_elsewhere(
        Callers.of(project).inference, assumed.cls, assumed.name
    )


def _is_bound_elsewhere(project: Project, module: Module, name: str) -> bool:
    """Whether another module does `module.name = ...`."""
    inference = Callers.of(project).inference
    where = ModuleObject(module.path)
    stem = module.path.parent.name if module.path.stem == "__init__" else module.path.stem
    for path in set(project.files_mentioning(name)) & set(project.files_mentioning(stem)):
        other = project.try_module(path)
        stores = other.stores.get(name, ()) if other is not None and other is not module else ()
        if other is not None and any(where in inference.values(other, store.target.value) for store in stores):
            return True
    return False


def is_handed_on(project: Project, function: Function) -> bool:
    """Whether a function is passed on or stored as a value somewhere, so that not all its callers can be seen."""
    inference = Callers.of(project).inference
    for module in (function.module, *project.modules_mentioning(function.name)):
        held: list[ast.expr] = [*module.attributes.get(function.name, ()), *module.names.get(function.name, ())]
        for node in held:
            parent = module.parents.get(node)
            if (isinstance(parent, ast.Call) and parent.func is node) or not isinstance(
                getattr(node, "ctx", None), ast.Load
            ):
                continue
            values = inference.values(module, node)
            if any(isinstance(value, FunctionObject) and value.function is function for value in values):
                return True
            if not values and isinstance(node, ast.Attribute) and function.owner is not None:
                return True
    return False
