"""Calls that give a data set, or its batches one by one."""

from __future__ import annotations

import ast

from lint_rules.records import replace
from lint_rules.semantics.domains.arrays.library_call import LibraryCall
from lint_rules.semantics.domains.arrays.literals import length_of
from lint_rules.semantics.domains.arrays.value import Array, Extent, Kind, Unit, common_axes
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, known, unknown
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.array_calls import KERAS_DATASETS, PER_FILE
from lint_rules.semantics.syntax.scopes import BindingKind


def loaded(call: LibraryCall) -> Answer[Array]:
    if call.name in PER_FILE and not _is_fixed_text(call):
        # A file for each sample is no data set.
        return unknown()
    if call.name == "load" and call.library and not call.library.startswith(("numpy.", "joblib.", "pickle.", "torch.")):
        return unknown()
    table = call.name.startswith("read_") or call.library.startswith("pandas.")
    whole = Array(Kind.TABLE if table else _loader_kind(call), (Extent.SET,))
    if call.library.startswith(KERAS_DATASETS):
        whole = Array(Kind.NUMPY, (Extent.SET,), unit=Unit.SAMPLES)
        pair = Array(Kind.TUPLE, (2,), items=(known(whole), known(Array(Kind.NUMPY, (Extent.SET,)))))
        return known(Array(Kind.TUPLE, (2,), items=(known(pair), known(pair))))
    return known(replace(whole, each=known(replace(whole))) if not table else whole)


def _is_fixed_text(call: LibraryCall) -> bool:
    """Whether the file that a call reads is the same each time."""
    return bool(call.node.args) and is_fixed(call.evaluator, call.place.at(call.node.args[0]))


def is_fixed(evaluator: Evaluator[Array], place: Place) -> bool:
    """Whether a text is made of constants alone."""
    node = place.node
    if isinstance(node, ast.JoinedStr):
        return all(is_fixed(evaluator, place.at(part)) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return is_fixed(evaluator, place.at(node.value))
    if isinstance(node, ast.BinOp):
        return is_fixed(evaluator, place.at(node.left)) and is_fixed(evaluator, place.at(node.right))
    if isinstance(node, ast.Call):
        return bool(node.args) and all(is_fixed(evaluator, place.at(argument)) for argument in node.args)
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.Attribute):
        return True
    answer = evaluator.evaluate(place)
    if isinstance(node, ast.Name) and not answer.values:
        values = [binding.value for binding in bindings_of(place.module, node)]
        return (
            bool(values)
            and all(
                value is not None and not isinstance(value, ast.Name) and is_fixed(evaluator, place.at(value))
                for value in values
            )
            and all(binding.kind is BindingKind.ASSIGN for binding in bindings_of(place.module, node))
        )
    return answer.complete and bool(answer.values)


def _loader_kind(call: LibraryCall) -> Kind:
    return Kind.NUMPY if call.library.startswith("numpy.") else Kind.ARRAY


def next_element(call: LibraryCall) -> Answer[Array]:
    given = call.argument(0, "iterator")
    found = call.evaluator.element(call.place.at(given)) if given is not None else unknown()
    return found if found.values else known(Array(Kind.BATCH, (Extent.SOME,)))


def listed(call: LibraryCall) -> Answer[Array]:
    """`list(x)`, `deque(maxlen=9)`: a list of the elements, or an empty one to be filled."""
    if call.is_method or (len(call.node.args) > 1 and call.name != "deque"):
        return unknown()
    if not call.node.args:
        return known(Array(Kind.LIST, (0,), items=()))
    given = call.place.at(call.node.args[0])
    each = call.evaluator.element(given)
    length = length_of(call.evaluator, given)
    rows = next(iter(length.values)).number if length.values else None
    found = known(Array(Kind.LIST, (rows if rows is not None else Extent.MANY, *common_axes(each)), each=each))
    return found.incomplete() if length.values and not length.complete else found


def queue(call: LibraryCall) -> Answer[Array]:
    """`queue.Queue(maxsize=9)`: a list to be filled, mostly by code that runs elsewhere too."""
    return unknown() if call.is_method else known(Array(Kind.LIST, (0,), items=())).incomplete()


def taken_out(call: LibraryCall) -> Answer[Array]:
    """`waiting.popleft()`, `jobs.get()`: an element of a list. What is under a key of a dict has no such rows."""
    if not call.is_method:
        return unknown()
    return call.subject.then(
        lambda value: call.evaluator.domain.element(value) if value.kind is Kind.LIST else unknown()
    )


def batches(call: LibraryCall) -> Answer[Array]:
    """`images.flow(x, y)`, `image_dataset_from_directory("d", batch_size=1)`."""
    return known(Array(Kind.FEED, each=call.fed_one_by_one()))
