"""The abstract array: its kind, its axes as far as the code shows them, and what it was cut from."""

from __future__ import annotations

from enum import Enum, auto

from lint_rules.records import dataclass
from lint_rules.semantics.flow.answers import Answer, join, unknown


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
    OUTPUTS = auto()  # what a model predicts: one array, or a list of such
    COPIES = auto()  # one row, again and again


@dataclass(frozen=True, slots=True)
class Array:
    """An abstract array (or number, list, tuple, dict, feeder).

    `dims` are its first axes; `closed` tells that there are no more. `items` are what a written-out list, tuple or dict
    holds, `each` what any element of a list, or under any key of a dict, is. `number` is the value of a whole number,
    or what axis it is the length of. `literal` marks an axis that is the length of a written-out list of who knows
    what: numbers, or rows.
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
        return self.kind in ARRAYS

    @property
    def is_whole(self) -> bool:
        """Whether `items` are all that it holds, and not only its beginning."""
        return self.items is not None and (self.kind is Kind.DICT or self.rows == len(self.items))


ARRAYS = (Kind.NUMPY, Kind.TENSOR, Kind.ARRAY, Kind.TABLE)


OTHER = Array(Kind.OTHER)


MAX_ITEMS = 16


MAX_AXES = 6


def number(value: Dim | None = None) -> Array:
    """A number: of a known value, the length of an axis, or any."""
    return Array(Kind.NUMBER, (), True, number=value)


def elements_of(value: Array) -> tuple[Answer[Array], ...]:
    """What a list, tuple or dict holds; unknown in part where only its beginning is."""
    if value.items is not None:
        return value.items if value.is_whole else (*value.items, unknown())
    return (value.each,) if value.each is not None else (unknown(),)


def has_no_more_axes(value: Array) -> bool:
    """Whether what NumPy makes of a value has its axes and no others."""
    if value.kind in (*ARRAYS, Kind.NUMBER):
        return value.closed
    if value.kind not in (Kind.LIST, Kind.TUPLE) or len(value.dims) >= MAX_AXES:
        return False
    each = join(elements_of(value)).only
    return each is not None and len(each.dims) + 1 == len(value.dims) and has_no_more_axes(each)


def common_axes(each: Answer[Array]) -> tuple[Dim, ...]:
    """The axes that all elements of a list have."""
    only = each.only
    return only.dims[: MAX_AXES - 1] if only is not None and only.kind in (*ARRAYS, Kind.LIST, Kind.TUPLE) else ()


def one_element(value: Array) -> Array:
    """One element of an array."""
    unit = Unit.SAMPLE if value.unit is Unit.SAMPLES else None
    return Array(value.kind, value.dims[1:], value.closed and bool(value.dims), unit)
