"""The abstract array: its kind, its axes as far as the code shows them, and what it was cut from.

One domain for every question about shapes: how many rows has what predict gets, is it one NumPy batch, does it lack
its batch axis, is it one image, how long is this list, is it a whole data set. They are readings of it
(`array_readings`).
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto

from lint_rules.semantics.domains.values import Basic, External, Instance, KerasModel, ModelMethod, Result
from lint_rules.semantics.flow.additions import Additions
from lint_rules.semantics.flow.evaluator import Answer, Evaluator, Place, join, known, unknown
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.array_calls import (
    EFFECTS,
    FEEDERS,
    IMAGE_PACKAGES,
    KERAS_DATASETS,
    PER_FILE,
    SIZE_FIRST,
    SIZE_LAST,
    Effect,
)
from lint_rules.semantics.syntax.module_index import last_name
from lint_rules.semantics.syntax.scopes import BindingKind


class Extent(Enum):
    """The length of an axis that is no known number."""

    SOME = auto()  # cut from something larger: a slice, a batch
    MANY = auto()  # as many as there are
    SET = auto()  # all rows of a data set
    ANY = auto()


Dim = int | Extent


class Kind(Enum):
    NUMBER = auto()
    NUMPY = auto()
    TENSOR = auto()
    ARRAY = auto()  # array-like, of which library is not shown
    TABLE = auto()  # DataFrame or Series
    LIST = auto()
    TUPLE = auto()
    DICT = auto()
    BATCH = auto()  # what a feeder gives: an array of some rows, or a tuple of such
    FEED = auto()  # a data set, generator or Sequence that gives batches
    SLICE = auto()  # slice(a, b): `number` is its extent
    OTHER = auto()  # text, None, an object


class Unit(Enum):
    """What one array is known to be, so that a missing batch axis shows."""

    IMAGE = auto()
    SAMPLES = auto()  # the inputs of a data set, one row a sample
    SAMPLE = auto()
    NUMBERS = auto()  # a list written out in numbers
    COPIES = auto()  # one row, again and again


@dataclass(frozen=True, slots=True)
class Array:
    """An abstract array (or number, list, tuple, dict, feeder).

    `dims` are its first axes; `closed` tells that there are no more. `items` are what a written-out list, tuple or dict
    holds, `each` what any element of a list is. `number` is the value of a whole number, or what axis it is the length
    of. `literal` marks an axis that is the length of a written-out list of who knows what: numbers, or rows.
    """

    kind: Kind
    dims: tuple[Dim, ...] = ()
    closed: bool = False
    unit: Unit | None = None
    items: tuple[Answer[Array], ...] | None = None
    each: Answer[Array] | None = None
    number: Dim | None = None
    literal: bool = False

    @property
    def rows(self) -> Dim | None:
        """The length of the first axis, None where it is not known to have one."""
        return self.dims[0] if self.dims else None

    @property
    def is_array(self) -> bool:
        """Whether it is an array, a tensor or a table, of whatever axes."""
        return self.kind in _ARRAYS

    def with_dims(self, *dims: Dim, closed: bool = False) -> Array:
        """An array of the same library with other axes."""
        kind = self.kind if self.kind in _ARRAYS else Kind.ARRAY
        return Array(kind, dims, closed)


_ARRAYS = (Kind.NUMPY, Kind.TENSOR, Kind.ARRAY, Kind.TABLE)
OTHER = Array(Kind.OTHER)
_MAX_ITEMS = 16
_MAX_AXES = 6


def number(value: Dim | None = None) -> Array:
    """A number: of a known value, the length of an axis, or any."""
    return Array(Kind.NUMBER, (), True, number=value)


class Arrays:
    """The domain: what literals, operators and library calls do to arrays."""

    # Values

    def of_type(self, evaluator: Evaluator[Array], place: Place, found: Answer[Array]) -> Answer[Array]:
        node = place.node
        if is_feeder(evaluator, place):
            return known(Array(Kind.FEED))
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice | ast.Tuple):
            if is_feeder(evaluator, place.at(node.value)):
                return known(Array(Kind.BATCH, (Extent.SOME,)))
        return found

    def count(self) -> Answer[Array]:
        return known(number())

    def yielded(self, value: Array) -> Array:
        several = value.rows is Extent.MANY or (isinstance(value.rows, int) and value.rows > 1)
        dims = (Extent.SOME, *value.dims[1:]) if several and value.kind is not Kind.TUPLE else value.dims
        items = tuple(item.map(self.yielded) for item in value.items) if value.items is not None else None
        return replace(value, dims=dims, items=items, each=value.each.map(self.yielded) if value.each else None)

    def element(self, value: Array) -> Answer[Array]:
        if value.kind is Kind.FEED:
            return known(Array(Kind.BATCH, (Extent.SOME,)))
        if value.kind is Kind.DICT:
            return unknown()
        if value.each is not None:
            return value.each
        if value.items is not None:
            return join(value.items)
        if value.kind in (Kind.NUMPY, Kind.TENSOR, Kind.ARRAY):
            return known(_dropped(value))
        return unknown()

    def item(self, value: Array, index: int) -> Answer[Array]:
        if value.kind in (Kind.BATCH, Kind.FEED):
            return known(value)
        if value.items is not None and 0 <= index < len(value.items):
            return value.items[index]
        if index >= 0 and value.each is not None:
            return value.each
        return unknown()

    def packed(self, items: tuple[Answer[Array], ...]) -> Answer[Array]:
        return known(Array(Kind.TUPLE, (len(items),), items=items))

    def grown(self, value: Array, additions: Additions, added: Answer[Array]) -> Answer[Array]:
        if value.kind is not Kind.LIST:
            return known(value)
        begun = value.items or ()
        each = join((added, *begun))
        rows: Dim = 1 if additions.once and value.items == () else Extent.MANY
        if additions.renewed and value.items == ():
            rows = Extent.SOME  # filled, used and emptied again and again
        return known(Array(Kind.LIST, (rows, *_common(each)), each=each))

    def augmented(self, node: ast.AugAssign, before: Answer[Array], operand: Answer[Array]) -> Answer[Array]:
        return before.then(lambda left: _operate(node.op, left, operand))

    # Expressions

    def expression(self, evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
        transfer = _TRANSFERS.get(type(place.node))
        return transfer(evaluator, place) if transfer is not None else unknown()


def _constant(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    assert isinstance(place.node, ast.Constant)
    value = place.node.value
    if isinstance(value, bool) or not isinstance(value, int | float | complex):
        return known(OTHER)
    return known(number(value if isinstance(value, int) else None))


def _sequence(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.List | ast.Tuple | ast.Set)
    kind = Kind.TUPLE if isinstance(node, ast.Tuple) else Kind.LIST
    if len(node.elts) > _MAX_ITEMS or any(isinstance(item, ast.Starred) for item in node.elts):
        if is_numbers(node):
            return known(Array(kind, (len(node.elts),), unit=Unit.NUMBERS, each=known(number())))
        return known(Array(kind, (Extent.MANY,), each=unknown()))
    items = tuple(evaluator.evaluate(place.at(item)) for item in node.elts)
    unit = Unit.NUMBERS if isinstance(node, ast.List) and is_numbers(node) else None
    return known(Array(kind, (len(items), *_common(join(items))), unit=unit, items=items, literal=len(items) > 1))


def _dict(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.Dict)
    if len(node.values) > _MAX_ITEMS or None in node.keys:
        return known(Array(Kind.DICT))
    return known(Array(Kind.DICT, items=tuple(evaluator.evaluate(place.at(value)) for value in node.values)))


def _comprehension(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp)
    each = evaluator.evaluate(place.at(node.elt))
    rows: Dim = Extent.MANY
    generator = node.generators[0]
    if len(node.generators) == 1 and not generator.ifs:
        walked = length_of(evaluator, place.at(generator.iter))
        rows = walked if walked is not None and walked in (1, Extent.SOME) else Extent.MANY
    return known(Array(Kind.LIST, (rows, *_common(each)), each=each))


def length_of(evaluator: Evaluator[Array], place: Place) -> Dim | None:
    """The number of elements of an iterable, where it has one on all ways."""
    node = place.node
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
        if node.func.id in ("enumerate", "list", "tuple", "reversed", "sorted", "tqdm", "zip"):
            return length_of(evaluator, place.at(node.args[0]))
        if node.func.id == "range":
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


def _binary(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.BinOp)
    left, right = evaluator.evaluate(place.at(node.left)), evaluator.evaluate(place.at(node.right))
    if not left.values:
        # An unknown operand may broadcast; what is known of the other is what there is to go by.
        return Answer(right.map(_no_sequence).values, False)
    return left.then(lambda value: _operate(node.op, value, right))


def _no_sequence(value: Array) -> Array | None:
    return value if value.kind in _ARRAYS else None


def _operate(op: ast.operator, left: Array, right: Answer[Array]) -> Answer[Array]:
    """An operator: sequences join or repeat, numbers compute, arrays broadcast: the one with more axes decides."""
    if not right.values:
        if left.kind in (Kind.LIST, Kind.TUPLE) and left.items and isinstance(op, ast.Add):
            # (1,) + x.shape: how it begins is known.
            return known(Array(left.kind, (Extent.ANY,), items=left.items))
        return Answer(frozenset([left] if left.kind in _ARRAYS else []), False)
    return right.map(lambda other: _operated(op, left, other))


def _operated(op: ast.operator, left: Array, right: Array) -> Array | None:
    sequences = (Kind.LIST, Kind.TUPLE)
    if left.kind in sequences and right.kind in sequences and isinstance(op, ast.Add):
        if left.items is not None and right.items is not None:
            items = left.items + right.items
            if not (isinstance(left.rows, int) and isinstance(right.rows, int)):
                return Array(left.kind, (Extent.ANY,), items=items if isinstance(left.rows, int) else ())
            return Array(left.kind, (len(items), *_common(join(items))), items=items, literal=len(items) > 1)
        return Array(left.kind, (Extent.MANY,), items=None, each=join(_all_of(left) + _all_of(right)))
    if left.kind in sequences and right.kind is Kind.NUMBER and isinstance(op, ast.Mult):
        rows = right.number if right.number is not None and left.rows == 1 else Extent.MANY
        return replace(left, dims=(rows, *left.dims[1:]), items=None, each=join(_all_of(left)), literal=False)
    if left.kind is Kind.NUMBER and right.kind is Kind.NUMBER:
        return number(_computed(op, left.number, right.number))
    if right.kind is Kind.NUMBER:
        return left if left.kind in _ARRAYS else None
    if left.kind is Kind.NUMBER:
        return right if right.kind in _ARRAYS else None
    if left.kind not in _ARRAYS or right.kind not in _ARRAYS:
        return left if left.kind in _ARRAYS and right.kind in sequences else None
    return _broadcast(left, right)


def _all_of(value: Array) -> tuple[Answer[Array], ...]:
    if value.items is not None:
        return value.items
    return (value.each,) if value.each is not None else (unknown(),)


def _broadcast(left: Array, right: Array) -> Array:
    if left.closed and right.closed and len(left.dims) != len(right.dims):
        return left if len(left.dims) > len(right.dims) else right
    if not left.dims or left.rows == 1:
        return right if right.dims else left
    return left


def _computed(op: ast.operator, left: Dim | None, right: Dim | None) -> Dim | None:
    if isinstance(left, int) and isinstance(right, int):
        if isinstance(op, ast.Add):
            return left + right
        if isinstance(op, ast.Sub):
            return left - right
        if isinstance(op, ast.Mult):
            return left * right
        if isinstance(op, ast.FloorDiv) and right > 0:
            return left // right
        return None
    if isinstance(op, ast.Mult) and 1 in (left, right):
        return right if left == 1 else left
    return Extent.ANY if Extent.MANY in (left, right) or Extent.SET in (left, right) else None


def _unary(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.UnaryOp)
    operand = evaluator.evaluate(place.at(node.operand))
    if isinstance(node.op, ast.USub):
        return operand.map(lambda value: number(-value.number) if isinstance(value.number, int) else _numeric(value))
    return operand.map(_numeric)


def _numeric(value: Array) -> Array | None:
    if value.kind is Kind.NUMBER:
        return number()
    return value if value.kind in _ARRAYS else None


def _attribute(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.Attribute)
    if node.attr in ("values", "iloc", "loc", "real", "data"):
        return evaluator.evaluate(place.at(node.value))
    if node.attr == "T":
        return evaluator.evaluate(place.at(node.value)).map(lambda value: value if len(value.dims) == 1 else None)
    if node.attr == "shape":
        found = evaluator.evaluate(place.at(node.value)).map(_shape)
        return found if found.values else Answer(frozenset([Array(Kind.TUPLE, (Extent.ANY,), items=())]), False)
    if node.attr == "size":
        return known(number())
    return unknown()


def _shape(value: Array) -> Array | None:
    if value.kind not in _ARRAYS and value.kind is not Kind.BATCH:
        return None
    items: tuple[Answer[Array], ...] = tuple(known(number(dim)) for dim in value.dims)
    return Array(Kind.TUPLE, (len(items) if value.closed else Extent.ANY,), items=items, each=known(number()))


# Subscripts


def _subscript(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.Subscript)
    base = evaluator.evaluate(place.at(node.value))
    parts = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if is_newaxis(parts[0]) and not base.values:
        # What takes `[None]` is an array or a tensor.
        return Answer(
            frozenset([_duck(evaluator, place.at(node.value), 1)]), base.complete or _may_index(evaluator, place)
        )
    if not base.values:
        cut = _cut_of_unknown(evaluator, place, node, parts)
        return Answer(frozenset([cut]), base.complete) if cut is not None else unknown()
    return base.then(lambda value: _indexed(evaluator, place, value, parts))


def _may_index(evaluator: Evaluator[Array], place: Place) -> bool:
    """Whether nothing speaks against an array where `[None]` stands behind an expression."""
    assert isinstance(place.node, ast.Subscript)
    return is_duck_array(evaluator, place.at(place.node.value))


def is_duck_array(evaluator: Evaluator[Array], place: Place) -> bool:
    """Whether nothing speaks against an array: no list, text, data set or table is known to stand here."""
    from lint_rules.semantics.domains.values import Collection

    return not any(
        isinstance(value, Collection)
        or value in (Basic.DATASET, Basic.TEXT, Basic.NONE)
        or (isinstance(value, Result) and value.name.startswith("pandas."))
        for value in evaluator.types.values(place.module, place.node)
    )


def _duck(evaluator: Evaluator[Array], place: Place, *dims: Dim) -> Array:
    values = evaluator.types.values(place.module, place.node)
    kind = Kind.TENSOR if Basic.TENSOR in values else Kind.NUMPY if values == (Basic.ARRAY,) else Kind.ARRAY
    return Array(kind, dims)


def is_feeder(evaluator: Evaluator[Array], place: Place) -> bool:
    """Whether an expression is, by its type, what feeds models batch by batch: a data set, an iterator, a Sequence."""
    types = evaluator.types
    return any(
        value is Basic.DATASET
        or (isinstance(value, Result) and value.name.removesuffix("()").endswith(FEEDERS))
        or (isinstance(value, Instance) and any(name.endswith(FEEDERS) for name in types.external_bases(value.cls)))
        for value in types.values(place.module, place.node)
    )


def _cut_of_unknown(
    evaluator: Evaluator[Array], place: Place, node: ast.Subscript, parts: list[ast.expr]
) -> Array | None:
    """A slice of who knows what has the rows that the slice says."""
    first = parts[0]
    if isinstance(first, ast.Slice):
        if first.lower is None and first.upper is None:
            return None
        whole = [slice_extent(evaluator, place, part) for part in parts if isinstance(part, ast.Slice)]
        image = len(parts) >= 2 and all(
            isinstance(part, ast.Slice) and part.lower is not None and part.upper is not None for part in parts[:2]
        )
        made = _duck(evaluator, place.at(node.value), *(whole if len(whole) == len(parts) else whole[:1]))
        return replace(made, unit=Unit.IMAGE if image else None)
    index = evaluator.evaluate(place.at(first)).only if not isinstance(first, ast.Constant) else None
    if index is not None and index.kind is Kind.SLICE and index.number is not None:
        return _duck(evaluator, place.at(node.value), index.number)
    if index is not None and index.kind in (Kind.LIST, Kind.NUMPY, Kind.ARRAY) and index.dims and len(parts) == 1:
        return _duck(evaluator, place.at(node.value), index.dims[0])
    return None


def slice_extent(evaluator: Evaluator[Array], place: Place, node: ast.Slice) -> Dim:
    """The rows of `x[a:b]`: one for `x[i:i+1]`, `x[:1]`, `x[-1:]`; else some."""
    lower, upper = node.lower, node.upper
    if node.step is not None:
        return Extent.SOME
    bounds = [bound for bound in (lower, upper) if bound is not None]
    if lower is not None and upper is not None:
        if _one_more(lower, upper):
            return 1
        first, last = _whole(evaluator, place, lower), _whole(evaluator, place, upper)
        if first is not None and last is not None and 0 <= first < last:
            return last - first
    if lower is None and upper is not None and _whole(evaluator, place, upper) == 1:
        return 1
    if lower is not None and upper is None and _whole(evaluator, place, lower) == -1:
        return 1
    if all(_whole(evaluator, place, bound) is not None for bound in bounds):
        # The same cut of each of several arrays is none of one.
        return Extent.MANY if bounds else Extent.ANY
    return Extent.SOME


def _one_more(lower: ast.expr, upper: ast.expr) -> bool:
    """Whether two bounds are written `i` and `i + 1`."""
    if not isinstance(upper, ast.BinOp) or not isinstance(upper.op, ast.Add):
        return False
    for one, other in ((upper.left, upper.right), (upper.right, upper.left)):
        if isinstance(other, ast.Constant) and other.value == 1 and ast.dump(one) == ast.dump(lower):
            return True
    return False


def _whole(evaluator: Evaluator[Array], place: Place, node: ast.expr) -> int | None:
    only = evaluator.evaluate(place.at(node)).only
    return only.number if only is not None and isinstance(only.number, int) else None


def _indexed(evaluator: Evaluator[Array], place: Place, value: Array, parts: list[ast.expr]) -> Answer[Array]:
    first = parts[0]
    if value.kind in (Kind.LIST, Kind.TUPLE) and len(parts) == 1:
        return _picked(evaluator, place, value, first)
    if value.kind is Kind.DICT:
        return join(value.items) if value.items else unknown()
    if value.kind is Kind.FEED:
        return known(Array(Kind.BATCH, (Extent.SOME,)))
    if value.kind is Kind.BATCH:
        return known(
            value if isinstance(first, ast.Constant) else Array(Kind.ARRAY, _axes(evaluator, place, value, parts))
        )
    if value.kind is Kind.TABLE:
        return _of_table(evaluator, place, value, parts)
    if value.kind not in _ARRAYS:
        return unknown()
    if not all(_is_readable(evaluator, place, part) for part in parts):
        # A mask, or a list of numbers, picks who knows how many.
        return known(Array(value.kind))
    dims = _axes(evaluator, place, value, parts)
    unit = None
    if value.unit is Unit.SAMPLES and len(parts) == 1 and not isinstance(first, ast.Slice) and not is_newaxis(first):
        chosen = evaluator.evaluate(place.at(first)).only
        unit = Unit.SAMPLE if chosen is not None and chosen.kind is Kind.NUMBER else None
    elif value.unit is Unit.IMAGE and all(isinstance(part, ast.Slice) for part in parts):
        unit = Unit.IMAGE
    elif value.unit is Unit.SAMPLES and isinstance(first, ast.Slice):
        unit = Unit.SAMPLES
    if len(parts) >= 2 and all(_bounded(part) for part in parts[:2]) and not value.closed and len(value.dims) <= 1:
        unit = Unit.IMAGE
    return known(Array(value.kind, dims, value.closed, unit))


def _is_readable(evaluator: Evaluator[Array], place: Place, part: ast.expr) -> bool:
    if isinstance(part, ast.Slice) or is_newaxis(part) or (isinstance(part, ast.Constant) and part.value is Ellipsis):
        return True
    return evaluator.evaluate(place.at(part)).only is not None


def _bounded(part: ast.expr) -> bool:
    return isinstance(part, ast.Slice) and part.lower is not None and part.upper is not None


def _picked(evaluator: Evaluator[Array], place: Place, value: Array, index: ast.expr) -> Answer[Array]:
    if isinstance(index, ast.Slice):
        if index.lower is None and index.upper is None:
            return known(value)
        each = join(_all_of(value))
        rows = slice_extent(evaluator, place, index)
        if value.items is not None and (items := _written_slice(evaluator, place, value.items, index)) is not None:
            return known(Array(value.kind, (len(items), *_common(join(items))), items=items, each=value.each))
        return known(Array(value.kind, (rows, *value.dims[1:]), each=each))
    at = _whole(evaluator, place, index)
    if at is not None and value.items is not None and -len(value.items) <= at < len(value.items):
        return value.items[at]
    return join(_all_of(value))


def _written_slice(
    evaluator: Evaluator[Array], place: Place, items: tuple[Answer[Array], ...], index: ast.Slice
) -> tuple[Answer[Array], ...] | None:
    lower = _whole(evaluator, place, index.lower) if index.lower is not None else 0
    upper = _whole(evaluator, place, index.upper) if index.upper is not None else len(items)
    if lower is None or upper is None or index.step is not None:
        return None
    return items[lower:upper]


def _of_table(evaluator: Evaluator[Array], place: Place, value: Array, parts: list[ast.expr]) -> Answer[Array]:
    """Columns of a table keep its rows, `iloc[i]` is one row, `iloc[i:i+1]` a table of one."""
    node = place.node
    assert isinstance(node, ast.Subscript)
    located = isinstance(node.value, ast.Attribute) and node.value.attr in ("iloc", "loc", "values")
    first = parts[0]
    if not located:
        if isinstance(first, ast.Slice):
            return known(Array(Kind.TABLE, _axes(evaluator, place, value, parts)))
        return known(value)
    return known(Array(Kind.TABLE, _axes(evaluator, place, value, parts), value.closed))


def _axes(evaluator: Evaluator[Array], place: Place, value: Array, parts: list[ast.expr]) -> tuple[Dim, ...]:
    """The axes of an array under an index."""
    left = list(value.dims)
    dims: list[Dim] = []
    for part in parts:
        if is_newaxis(part):
            dims.append(1)
        elif isinstance(part, ast.Constant) and part.value is Ellipsis:
            return tuple(dims + left)[:_MAX_AXES]
        elif isinstance(part, ast.Slice):
            axis: Dim = left.pop(0) if left else Extent.ANY
            dims.append(axis if part.lower is None and part.upper is None else slice_extent(evaluator, place, part))
        else:
            chosen = evaluator.evaluate(place.at(part)).only
            if left:
                left.pop(0)
            if chosen is not None and chosen.kind is Kind.SLICE:
                dims.append(chosen.number if chosen.number is not None else Extent.SOME)
            elif chosen is not None and chosen.kind in (Kind.LIST, Kind.NUMPY, Kind.ARRAY) and chosen.dims:
                dims.append(chosen.dims[0])
    return tuple(dims + left)[:_MAX_AXES]


def _dropped(value: Array) -> Array:
    """One element of an array."""
    unit = Unit.SAMPLE if value.unit is Unit.SAMPLES else None
    return Array(value.kind, value.dims[1:], value.closed and bool(value.dims), unit)


# Calls


def _call(evaluator: Evaluator[Array], place: Place) -> Answer[Array]:
    node = place.node
    assert isinstance(node, ast.Call)
    call = _Call(evaluator, place, node)
    if call.is_one_image():
        return known(Array(call.kind, (Extent.ANY, Extent.ANY), unit=Unit.IMAGE))
    effect = EFFECTS.get(call.name)
    if effect is None:
        return known(feed) if (feed := call.feed()) is not None else _renamed(call)
    return _EFFECTS[effect](call)


def _renamed(call: _Call) -> Answer[Array]:
    """`x = prepare(x)`: what takes the place of a batch is taken to have its rows, though nobody knows what it is."""
    statement = call.place.module.parents.get(call.node)
    given = call.node.args[0] if len(call.node.args) == 1 else None
    if not isinstance(statement, ast.Assign) or not isinstance(given, ast.Name):
        return unknown()
    if not any(isinstance(target, ast.Name) and target.id == given.id for target in statement.targets):
        return unknown()
    batches = [value for value in call.value(given).values if value.rows == 1 and value.kind in _ARRAYS]
    return Answer(frozenset(Array(Kind.ARRAY, value.dims[:1]) for value in batches), False)


class _Call:
    """A call of a library: its subject and its other arguments, whether it is written as a function or a method."""

    def __init__(self, evaluator: Evaluator[Array], place: Place, node: ast.Call) -> None:
        self.evaluator = evaluator
        self.place = place
        self.node = node
        self.callees = evaluator.types.values(place.module, node.func)
        self.name = self.library.rpartition(".")[2] if self.library else last_name(node.func) or ""
        if isinstance(node.func, ast.Call):
            self.name = ""
        self.is_method = isinstance(node.func, ast.Attribute) and not self._of_library(node.func.value)
        self.arguments: list[ast.expr] = list(node.args)
        if self.is_method and isinstance(node.func, ast.Attribute):
            self.arguments = [node.func.value, *node.args]

    def _of_library(self, node: ast.expr) -> bool:
        return any(isinstance(value, External) for value in self.evaluator.types.values(self.place.module, node))

    @property
    def library(self) -> str:
        """The canonical name of the function, "" where it is not shown."""
        return next((value.name for value in self.callees if isinstance(value, External)), "")

    @property
    def kind(self) -> Kind:
        """What kind of array the library makes."""
        if self.library.startswith("numpy."):
            return Kind.NUMPY
        if self.library.startswith(("tensorflow.", "keras.ops.", "keras.backend.", "torch.", "jax.")):
            return Kind.TENSOR
        if self.library.startswith("pandas."):
            return Kind.TABLE
        if self.library.startswith(IMAGE_PACKAGES):
            return Kind.NUMPY
        return Kind.ARRAY

    def is_one_image(self) -> bool:
        if EFFECTS.get(self.name) is Effect.IMAGE and (self.callees or not self.is_method):
            return True
        names = [value.name for value in self.callees if isinstance(value, External)]
        if self.name not in EFFECTS:
            names += [value.name for value in self.callees if isinstance(value, Result)]
        return any(name.startswith(IMAGE_PACKAGES) and not name.startswith("cv2.dnn") for name in names)

    def feed(self) -> Array | None:
        """What feeds a model, with the rows of what it is made of."""
        if not is_feeder(self.evaluator, self.place):
            return None
        made_of = [value.rows for node in self.node.args for value in self.value(node).values]
        return Array(Kind.FEED, (Extent.SOME,) if Extent.SOME in made_of else ())

    def argument(self, index: int, *names: str) -> ast.expr | None:
        """An argument by its position (the subject has 0) or by its name."""
        for keyword in self.node.keywords:
            if keyword.arg in names:
                return keyword.value
        if index < len(self.arguments) and not any(isinstance(a, ast.Starred) for a in self.arguments[: index + 1]):
            return self.arguments[index]
        return None

    def value(self, node: ast.expr | None) -> Answer[Array]:
        return self.evaluator.evaluate(self.place.at(node)) if node is not None else unknown()

    @property
    def subject(self) -> Answer[Array]:
        return self.value(self.argument(0, "x", "a", "array", "tensor", "data", "object"))

    def whole(self, node: ast.expr | None) -> int | None:
        only = self.value(node).only
        return only.number if only is not None and isinstance(only.number, int) else None

    def axis(self, index: int, default: int) -> int | None:
        """The axis that a call names; None where it cannot be read."""
        node = self.argument(index, "axis", "dim")
        return default if node is None else self.whole(node)

    def converted(self, value: Array) -> Array | None:
        """A value as an array of this library."""
        if value.kind is Kind.OTHER or value.kind is Kind.FEED:
            return None
        if value.kind in (Kind.LIST, Kind.TUPLE):
            unit = value.unit if value.unit is Unit.NUMBERS else None
            return Array(self._made(), value.dims, False, unit, literal=value.literal and len(value.dims) == 1)
        if value.kind is Kind.NUMBER:
            return replace(value)
        if value.kind is Kind.DICT:
            return None
        return replace(value, kind=self._made(value.kind), items=None, each=None)

    def _made(self, given: Kind = Kind.ARRAY) -> Kind:
        if self.is_method:
            return Kind.NUMPY if self.name in ("numpy", "toarray", "to_numpy") else given
        return self.kind if self.kind is not Kind.ARRAY or given in (Kind.LIST, Kind.TUPLE) else given


def _keep(call: _Call) -> Answer[Array]:
    if call.is_method and call.name in ("to_numpy", "numpy") and not call.subject.values:
        return unknown()
    return call.subject.map(lambda value: call.converted(value) if value.kind is not Kind.LIST else value)


def _convert(call: _Call) -> Answer[Array]:
    return call.value(
        call.arguments[-1]
        if call.is_method and len(call.arguments) > 1
        else call.argument(0, "object", "value", "a", "data")
    ).map(call.converted)


def _broadcasting(call: _Call) -> Answer[Array]:
    other = call.value(call.argument(1, "x2", "y"))
    return call.subject.then(lambda value: _operate(ast.Add(), call.converted(value) or OTHER, other))


def _axis_added(call: _Call) -> Answer[Array]:
    node = call.argument(1, "axis", "dim")
    axes = list(node.elts) if isinstance(node, ast.Tuple | ast.List) else [node]
    if node is None or any(call.whole(item) == 0 for item in axes if item is not None):
        return _in_front(call)
    # One of several axes, in a loop over them, say: any of them may be the one in front.
    return call.value(node).then(lambda axis: _axis_at(call, axis))


def _in_front(call: _Call) -> Answer[Array]:
    subject = call.subject
    return subject.map(lambda value: _with_axis(call, value, 0)) if subject.values else known(Array(call.kind, (1,)))


def _axis_at(call: _Call, axis: Array) -> Answer[Array]:
    if axis.number == 0:
        return _in_front(call)
    return call.subject.map(
        lambda value: _with_axis(call, value, axis.number if isinstance(axis.number, int) else None)
    )


def _with_axis(call: _Call, value: Array, axis: int | None) -> Array | None:
    made = call.converted(value) if value.kind is not Kind.OTHER else Array(call.kind)
    if made is None:
        return None
    if axis == 0:
        return Array(made.kind, (1, *made.dims)[:_MAX_AXES], made.closed)
    if axis is None:
        return None
    if axis < 0 and made.closed and axis == -1:
        return replace(made, dims=(*made.dims, 1), literal=False)
    dims = made.dims
    if 0 < axis <= len(dims):
        dims = (*dims[:axis], 1, *dims[axis:])
    if axis == 1:
        made = replace(made, unit=None)  # each sample has an axis in front of its own
    return replace(made, dims=dims[:_MAX_AXES], closed=False if axis < 0 else made.closed, literal=False)


def _reshaped(call: _Call) -> Answer[Array]:
    nodes = [keyword.value for keyword in call.node.keywords if keyword.arg in ("newshape", "shape")]
    nodes = nodes or call.arguments[1:]
    if not nodes:
        return unknown()
    subject = call.subject
    if len(nodes) == 1:
        shape = call.value(nodes[0])
        if not shape.values:
            return unknown()
        return shape.then(lambda value: _to_shape(call, subject, value))
    items = tuple(call.value(node) for node in nodes)
    return _to_shape(call, subject, Array(Kind.TUPLE, (len(items),), items=items))


def _to_shape(call: _Call, subject: Answer[Array], shape: Array) -> Answer[Array]:
    dims = _dims_of_shape(shape)
    if not dims:
        return unknown()
    closed = shape.kind is Kind.NUMBER or isinstance(shape.rows, int)
    if dims[0] == -1:
        return _flattened_rows(call, subject, dims, closed)
    if dims[0] is Extent.ANY:
        return unknown()
    made = Array(call.kind if not call.is_method else Kind.ARRAY, dims, closed)
    if not subject.values:
        duck = is_duck_array(call.evaluator, call.place.at(call.arguments[0])) if call.arguments else False
        return Answer(frozenset([made]), duck)
    return subject.map(lambda value: _in_shape(call, value, made))


def _in_shape(call: _Call, value: Array, made: Array) -> Array | None:
    if value.kind is Kind.OTHER:
        return None
    unit = _unit_of_rows(value, made.dims)
    kept = unit is not Unit.SAMPLES or made.rows == value.rows or (isinstance(made.rows, int) and made.rows >= 1000)
    return replace(made, kind=_library_of(call, value), unit=unit if kept else None)


def _library_of(call: _Call, value: Array) -> Kind:
    if not call.is_method and call.kind is not Kind.ARRAY:
        return call.kind
    return value.kind if value.kind in _ARRAYS else Kind.ARRAY


def _flattened_rows(call: _Call, subject: Answer[Array], dims: tuple[Dim, ...], closed: bool) -> Answer[Array]:
    """`reshape(-1, ...)`: as many rows as before, unless one image or a vector is given its batch axis."""

    def rows(value: Array) -> Array | None:
        head: Dim | None = value.rows
        if value.unit is Unit.IMAGE and len(dims) == 4:
            head = 1
        elif value.kind is Kind.BATCH:
            head = Extent.SOME
        if head is None:
            return None
        return Array(_library_of(call, value), (head, *dims[1:]), closed, _unit_of_rows(value, dims))

    return subject.map(rows)


def _unit_of_rows(value: Array, dims: tuple[Dim, ...]) -> Unit | None:
    """What the rows are behind a reshape that keeps them: samples, if it gives them no axis of one in front."""
    if value.unit is Unit.SAMPLES and len(dims) > 1 and isinstance(dims[1], int) and dims[1] > 1:
        return Unit.SAMPLES
    return Unit.COPIES if value.unit is Unit.COPIES else None


def _dims_of_shape(shape: Array) -> tuple[Dim, ...]:
    if shape.kind is Kind.NUMBER:
        return (shape.number if shape.number is not None else Extent.ANY,)
    if shape.items is None:
        return ()
    found: list[Dim] = []
    for item in shape.items[:_MAX_AXES]:
        only = item.only
        found.append(only.number if only is not None and only.number is not None else Extent.ANY)
    return tuple(found)


def _filled(call: _Call) -> Answer[Array]:
    nodes: list[ast.expr] = [k.value for k in call.node.keywords if k.arg in ("size", "shape")]
    if not nodes:
        if call.name in SIZE_FIRST and len(call.node.args) > 1:
            items = tuple(call.value(node) for node in call.node.args)
            shape: Answer[Array] = known(Array(Kind.TUPLE, (len(items),), items=items))
            return shape.map(lambda value: Array(call.kind, _sizes(value), True))
        position = SIZE_LAST.get(call.name, 0)
        arguments = call.node.args
        if call.name in SIZE_LAST and arguments and isinstance(arguments[0], ast.Tuple | ast.List):
            position = 0
        nodes = list(arguments[position : position + 1])
    if not nodes:
        return known(number()) if call.name in SIZE_LAST or call.name in SIZE_FIRST else unknown()
    shape = call.value(nodes[0])
    if not shape.values:
        return known(Array(call.kind, (Extent.MANY,)))
    return shape.map(
        lambda value: Array(call.kind, _sizes(value), value.items is not None or value.kind is Kind.NUMBER)
    )


def _sizes(shape: Array) -> tuple[Dim, ...]:
    """The axes of a new array: what is not known of the first is many."""
    dims = _dims_of_shape(shape) or (Extent.MANY,)
    return (Extent.MANY if dims[0] in (Extent.ANY, -1) else dims[0], *dims[1:])


def _stacked(call: _Call) -> Answer[Array]:
    axis = call.axis(1, 0)
    subject = call.subject

    def stacked(value: Array) -> Array | None:
        if axis == 0:
            return Array(call.kind, value.dims[:_MAX_AXES] if value.dims else (Extent.MANY,))
        each = join(_all_of(value)).only
        return Array(call.kind, each.dims) if each is not None and each.dims else None

    if not subject.values:
        return Answer(frozenset([Array(call.kind, (Extent.MANY,))]), False) if axis == 0 else unknown()
    return subject.map(stacked)


def _joined(call: _Call) -> Answer[Array]:
    axis = call.axis(1, 0)
    subject = call.subject

    def joined(value: Array) -> Array | None:
        parts = _all_of(value)
        if axis == 0:
            if value.rows == 1 or (len(parts) == 1 and value.items is not None):
                each = join(parts).only
                if each is not None and not each.dims:
                    return None
                rows = each.rows if each is not None else None
                return Array(call.kind, (rows, *(each.dims[1:] if each is not None else ()))) if rows else None
            return Array(call.kind, (Extent.SOME if value.rows is Extent.SOME else Extent.MANY,))
        extents = {part.rows for answer in parts for part in answer.values if part.rows is not None}
        if len(extents) != 1:
            return None
        kind = call.kind if all(answer.complete for answer in parts) else Kind.ARRAY
        return Array(kind, (extents.pop(),))

    if not subject.values:
        return Answer(frozenset([Array(call.kind, (Extent.MANY,))]), False) if axis == 0 else unknown()
    return subject.map(joined)


def _joined_behind(call: _Call) -> Answer[Array]:
    def joined(value: Array) -> Array | None:
        rows = [part.rows for answer in _all_of(value) for part in answer.values if part.rows is not None]
        return Array(call.kind, (rows[0],)) if rows else None

    return call.subject.map(joined)


def _appended(call: _Call) -> Answer[Array]:
    """`np.append(x, y, axis)`: more rows, or more columns. The method of lists gives nothing."""
    if not call.library.startswith("numpy."):
        return unknown()
    if call.axis(2, 0) == 0:
        return known(Array(call.kind, (Extent.MANY,)))
    return call.subject.map(lambda value: Array(call.kind, value.dims[:1]) if value.dims else None)


def _tiled(call: _Call) -> Answer[Array]:
    counts = call.value(call.argument(1, "reps", "multiples")).only
    if counts is None:
        return Answer(frozenset([Array(call.kind, (Extent.MANY,))]), False)
    dims = _dims_of_shape(counts)
    if dims and dims[0] == 1 and counts.kind is not Kind.NUMBER:
        return call.subject.map(call.converted)
    return _copies(call)


def _copies(call: _Call) -> Answer[Array]:
    """Rows made of one row, again and again; of several, many."""
    single = {value.rows for value in call.subject.values} == {1}
    return known(Array(call.kind, (Extent.MANY,), unit=Unit.COPIES if single else None))


def _repeated(call: _Call) -> Answer[Array]:
    if call.axis(2, 0) == 0 and call.whole(call.argument(1, "repeats")) == 1:
        return call.subject.map(call.converted)
    return _copies(call)


def _first_axis_kept(call: _Call) -> Answer[Array]:
    if call.name in ("transpose", "swapaxes", "permute") and len(call.arguments) > 1:
        return unknown()
    takes_argument = call.is_method and call.name not in ("transpose", "swapaxes", "permute", "cumsum")
    given = call.argument(1, "x", "X", "y") if takes_argument else call.argument(0, "x", "X", "y")
    kind = call.kind
    predicts = any(isinstance(value, ModelMethod) for value in call.callees) or any(
        isinstance(value, KerasModel) for value in call.callees
    )
    if predicts or call.library.startswith("sklearn."):
        kind = Kind.NUMPY
    found = call.value(given).map(lambda value: Array(kind, value.dims[:1]) if value.dims else None)
    if predicts and isinstance(given, ast.List | ast.Tuple | ast.Dict):
        inputs = join(item for value in call.value(given).values for item in _all_of(value))
        found = inputs.map(lambda value: Array(kind, value.dims[:1]) if value.dims else None)
    return found


def _pieces(call: _Call) -> Answer[Array]:
    return known(Array(Kind.LIST, (Extent.MANY, Extent.SOME), each=known(Array(call.kind, (Extent.SOME,)))))


def _two_axes(call: _Call) -> Answer[Array]:
    subject = call.subject
    if not subject.values:
        return Answer(frozenset([Array(call.kind, (1,))]), False)

    def raised(value: Array) -> Array | None:
        if value.kind in (Kind.LIST, Kind.TUPLE):
            return Array(call.kind, value.dims) if len(value.dims) > 1 else Array(call.kind, (1, *value.dims))
        return Array(call.kind, value.dims) if value.dims else Array(call.kind, (1,))

    return subject.map(raised)


def _squeezed(call: _Call) -> Answer[Array]:
    return unknown()


def _flattened(call: _Call) -> Answer[Array]:
    return unknown()


def _loaded(call: _Call) -> Answer[Array]:
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


def _is_fixed_text(call: _Call) -> bool:
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


def _loader_kind(call: _Call) -> Kind:
    return Kind.NUMPY if call.library.startswith("numpy.") else Kind.ARRAY


def _image(call: _Call) -> Answer[Array]:
    return known(Array(call.kind, (Extent.ANY, Extent.ANY), unit=Unit.IMAGE))


def _image_batch(call: _Call) -> Answer[Array]:
    return known(Array(Kind.NUMPY, (1,)))


def _padded(call: _Call) -> Answer[Array]:
    given = call.value(call.argument(1 if call.is_method else 0, "sequences", "inputs", "texts"))
    kind = Kind.NUMPY if call.library.startswith("keras.") else Kind.ARRAY
    if call.name == "texts_to_sequences":
        kind = Kind.LIST
    return given.map(lambda value: Array(kind, value.dims[:1]) if value.dims else None)


def _table(call: _Call) -> Answer[Array]:
    return call.value(call.argument(0, "data")).map(
        lambda value: Array(Kind.TABLE, value.dims[:2]) if value.dims and value.kind is not Kind.DICT else None
    )


def _drawn(call: _Call) -> Answer[Array]:
    pool = call.argument(1, "population") if call.is_method else call.argument(0, "population")
    each = call.evaluator.element(call.place.at(pool)) if pool is not None else unknown()
    return known(Array(Kind.LIST, (Extent.MANY, *_common(each)), each=each))


def _slice(call: _Call) -> Answer[Array]:
    bounds = call.node.args[:2]
    if len(bounds) < 2:
        return unknown()
    written = ast.Slice(lower=bounds[0], upper=bounds[1])
    return known(Array(Kind.SLICE, number=slice_extent(call.evaluator, call.place, written)))


def _next(call: _Call) -> Answer[Array]:
    given = call.argument(0, "iterator")
    found = call.evaluator.element(call.place.at(given)) if given is not None else unknown()
    return found if found.values else known(Array(Kind.BATCH, (Extent.SOME,)))


def _length(call: _Call) -> Answer[Array]:
    found = call.subject.map(lambda value: number(value.rows))
    return found if found.values else Answer(frozenset([number(Extent.MANY)]), False)


def _batches(call: _Call) -> Answer[Array]:
    return known(Array(Kind.FEED))


_EFFECTS: dict[Effect, Callable[[_Call], Answer[Array]]] = {
    Effect.KEEP: _keep,
    Effect.BROADCAST: _broadcasting,
    Effect.CONVERT: _convert,
    Effect.AXIS_ADDED: _axis_added,
    Effect.RESHAPED: _reshaped,
    Effect.FILLED: _filled,
    Effect.STACKED: _stacked,
    Effect.JOINED: _joined,
    Effect.JOINED_BEHIND: _joined_behind,
    Effect.APPENDED: _appended,
    Effect.TILED: _tiled,
    Effect.REPEATED: _repeated,
    Effect.FIRST_AXIS_KEPT: _first_axis_kept,
    Effect.PIECES: _pieces,
    Effect.TWO_AXES: _two_axes,
    Effect.SQUEEZED: _squeezed,
    Effect.FLATTENED: _flattened,
    Effect.LOADED: _loaded,
    Effect.IMAGE: _image,
    Effect.IMAGE_BATCH: _image_batch,
    Effect.PADDED: _padded,
    Effect.TABLE: _table,
    Effect.DRAWN: _drawn,
    Effect.NEXT: _next,
    Effect.LENGTH: _length,
    Effect.BATCHES: _batches,
    Effect.SLICE: _slice,
}

_TRANSFERS: dict[type[ast.AST], Callable[[Evaluator[Array], Place], Answer[Array]]] = {
    ast.Constant: _constant,
    ast.List: _sequence,
    ast.Tuple: _sequence,
    ast.Set: _sequence,
    ast.Dict: _dict,
    ast.ListComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.SetComp: _comprehension,
    ast.BinOp: _binary,
    ast.UnaryOp: _unary,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
}


def _common(each: Answer[Array]) -> tuple[Dim, ...]:
    """The axes that all elements of a list have."""
    only = each.only
    return only.dims[: _MAX_AXES - 1] if only is not None and only.kind in (*_ARRAYS, Kind.LIST, Kind.TUPLE) else ()


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
