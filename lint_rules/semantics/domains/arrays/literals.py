"""What numbers, lists, tuples, dicts and comprehensions are as abstract arrays."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.arrays.value import (
    MAX_ITEMS,
    OTHER,
    Array,
    Dim,
    Extent,
    Kind,
    Unit,
    common_axes,
    number,
)
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.knowledge.iteration import AS_MANY, RANGES
from lint_rules.semantics.syntax.module_index import last_name


def constant(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    assert isinstance(place.node, ast.Constant)
    value = place.node.value
    if isinstance(value, bool) or not isinstance(value, int | float | complex):
        return known(OTHER)
    return known(number(value if isinstance(value, int) else None))


def sequence(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.List | ast.Tuple | ast.Set)
    kind = Kind.TUPLE if isinstance(node, ast.Tuple) else Kind.LIST
    starred = next((at for at, item in enumerate(node.elts) if isinstance(item, ast.Starred)), None)
    if starred is not None and kind is Kind.TUPLE:
        # (1, *x.shape): how it begins is known.
        begun = tuple(evaluator.evaluate(place.at(item)) for item in node.elts[:starred])
        return known(Array(kind, (Extent.ANY,), items=begun))
    if len(node.elts) > MAX_ITEMS or starred is not None:
        if is_numbers(node):
            unit = Unit.NUMBERS if kind is Kind.LIST else None
            return known(Array(kind, (len(node.elts),), unit=unit, each=known(number())))
        return known(Array(kind, (Extent.MANY,), each=unknown()))
    items = tuple(evaluator.evaluate(place.at(item)) for item in node.elts)
    unit = Unit.NUMBERS if isinstance(node, ast.List) and is_numbers(node) else None
    return known(Array(kind, (len(items), *common_axes(join(items))), unit=unit, items=items, literal=len(items) > 1))


def written_dict(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.Dict)
    if len(node.values) > MAX_ITEMS or None in node.keys:
        return known(Array(Kind.DICT))
    return known(Array(Kind.DICT, items=tuple(evaluator.evaluate(place.at(value)) for value in node.values)))


def dict_comprehension(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    """`{name: np.array([value]) for name, value in sample.items()}`: one input or more, all of a kind."""
    assert isinstance(place.node, ast.DictComp)
    each = evaluator.evaluate(place.at(place.node.value))
    return known(Array(Kind.DICT, each=each))


def comprehension(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp)
    each = evaluator.evaluate(place.at(node.elt))
    rows: Dim = Extent.MANY
    generator = node.generators[0]
    if len(node.generators) == 1:
        walked = length_of(evaluator, place.at(generator.iter))
        # What is picked out of a piece is a piece.
        kept = (Extent.SOME,) if generator.ifs else (1, Extent.SOME)
        rows = walked if walked is not None and walked in kept else Extent.MANY
    return known(Array(Kind.LIST, (rows, *common_axes(each)), each=each))


def length_of(evaluator: Evaluator[Array], place: Place) -> Dim | None:
    """The number of elements of an iterable, where it has one on all ways."""
    node = place.node
    if isinstance(node, ast.Call) and node.args:
        name = last_name(node.func)
        if (name in AS_MANY or name == "zip") and not evaluator.called(place, node):
            return length_of(evaluator, place.at(node.args[0]))
        if name in RANGES:
            return _length_of_range(evaluator, place, node)
    values = evaluator.evaluate(place).values
    return next(iter(values)).rows if len(values) == 1 else None


def _length_of_range(evaluator: Evaluator[Array], place: Place, node: ast.Call) -> Dim | None:
    if len(node.args) == 1:
        only = evaluator.evaluate(place.at(node.args[0])).only
        return only.number if only is not None else None
    if len(node.args) == 2:
        return Extent.SOME
    return None


def is_newaxis(node: ast.expr) -> bool:
    """Whether an index is `None` or `np.newaxis`."""
    return (isinstance(node, ast.Constant) and node.value is None) or last_name(node) == "newaxis"


def is_numbers(node: ast.expr) -> bool:
    """Whether a list (of lists) is written out in numbers."""
    if isinstance(node, ast.List | ast.Tuple):
        return bool(node.elts) and all(is_numbers(item) or is_number(item) for item in node.elts)
    return False


def is_number(node: ast.expr) -> bool:
    """Whether a number is written out."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        node = node.operand
    if isinstance(node, ast.BinOp):
        return is_number(node.left) and is_number(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool)
