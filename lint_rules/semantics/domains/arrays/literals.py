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
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.answers import Answer, join, known, unknown
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.iteration import AS_MANY, RANGES
from lint_rules.semantics.syntax.module_index import Module, last_name


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
    rows, certain = None, True
    generator = node.generators[0]
    if len(node.generators) == 1:
        walked = length_of(evaluator, place.at(generator.iter))
        rows, certain = _the_one(walked), walked.complete
    # What is picked out of a piece is a piece.
    kept = (Extent.SOME,) if generator.ifs else (1, Extent.SOME)
    if rows is None or rows not in kept:
        return known(Array(Kind.LIST, (Extent.MANY, *common_axes(each)), each=each))
    found = known(Array(Kind.LIST, (rows, *common_axes(each)), each=each))
    return found if certain else found.incomplete()


def length_of(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    """The number of elements of an iterable, where it has one on all ways that are in sight."""
    node = place.node
    if isinstance(node, ast.Call) and node.args:
        name = last_name(node.func)
        if (name in AS_MANY or name == "zip") and not evaluator.called(place, node):
            return length_of(evaluator, place.at(node.args[0]))
        if name in RANGES:
            return _length_of_range(evaluator, place, node)
    found = evaluator.evaluate(place)
    rows = next(iter(found.values)).rows if len(found.values) == 1 else None
    return Answer(frozenset([number(rows)]), found.complete) if rows is not None else unknown()


def _length_of_range(evaluator: Evaluator[Array], place: Place, node: ast.Call) -> Answer[Array]:
    if len(node.args) == 1:
        found = evaluator.evaluate(place.at(node.args[0]))
        size = _the_one(found)
        return Answer(frozenset([number(size)]), found.complete) if size is not None else unknown()
    piece = len(node.args) == 2 and not _is_an_end(place.module, node.args[1])
    return known(number(Extent.SOME)) if piece else unknown()


def _is_an_end(module: Module, node: ast.expr, names: int = limits.MAX_HANDS) -> bool:
    """Whether a number is where something ends, or so much before: `len(x)`, `x.shape[0] - 1`, a name of that."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return _is_an_end(module, node.left, names)
    if isinstance(node, ast.Name) and names:
        made = [binding.value if not binding.path else None for binding in bindings_of(module, node)]
        return bool(made) and all(value is not None and _is_an_end(module, value, names - 1) for value in made)
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and node.value.attr == "shape"
    return isinstance(node, ast.Call) and last_name(node.func) == "len"


def _the_one(found: Answer[Array]) -> Dim | None:
    """The number that something is on all ways that are in sight."""
    return next(iter(found.values)).number if len(found.values) == 1 else None


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
