"""What library calls write in place: which function writes which argument, which method changes its object.

Names are canonical (`numpy.copyto`, whatever the module calls NumPy). What is not listed is taken to leave its
arguments alone where it belongs to one of these libraries; of other code nothing is known here.
"""

from __future__ import annotations

from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Written:
    """An argument that is written in place: its position, or its keyword; None where it can be given one way only."""

    position: int | None
    keyword: str | None = None


WRITES: dict[str, tuple[Written, ...]] = {
    "numpy.copyto": (Written(0, "dst"),),
    "numpy.fill_diagonal": (Written(0, "a"),),
    "numpy.place": (Written(0, "arr"),),
    "numpy.put": (Written(0, "a"),),
    "numpy.put_along_axis": (Written(0, "arr"),),
    "numpy.putmask": (Written(0, "a"),),
    "numpy.random.shuffle": (Written(0, "x"),),
    "random.shuffle": (Written(0, "x"),),
    "bisect.insort": (Written(0, "a"),),
    "bisect.insort_left": (Written(0, "a"),),
    "bisect.insort_right": (Written(0, "a"),),
    "heapq.heapify": (Written(0),),
    "heapq.heappop": (Written(0),),
    "heapq.heappush": (Written(0),),
    "heapq.heappushpop": (Written(0),),
    "heapq.heapreplace": (Written(0),),
    "operator.setitem": (Written(0),),
    "operator.delitem": (Written(0),),
    "struct.pack_into": (Written(1),),
    "cv2.floodFill": (Written(0, "image"), Written(1, "mask")),
}
"""What functions write in place, beside the keywords of `OUTPUT_KEYWORDS`."""

DRAWINGS: dict[str, tuple[Written, ...]] = {
    f"cv2.{name}": (Written(0, "image" if name == "drawContours" else "img"),)
    for name in (
        "arrowedLine",
        "circle",
        "drawContours",
        "drawMarker",
        "ellipse",
        "fillConvexPoly",
        "fillPoly",
        "line",
        "polylines",
        "putText",
        "rectangle",
    )
}
"""What draws on an image. The pixels change, but for whoever looks at the image: no input is made that way."""

WRITES |= DRAWINGS

UNARY_UFUNCS = frozenset(
    {"abs", "absolute", "ceil", "cos", "cosh", "exp", "expm1", "floor", "invert", "isnan", "log", "log10", "log1p"}
    | {"log2", "logical_not", "negative", "reciprocal", "rint", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh"}
)
"""NumPy's functions whose second positional argument, if there is one, receives the result."""

BINARY_UFUNCS = frozenset(
    {"add", "bitwise_and", "bitwise_or", "bitwise_xor", "divide", "equal", "floor_divide", "fmax", "fmin", "fmod"}
    | {"greater", "hypot", "less", "logaddexp", "logical_and", "logical_or", "matmul", "maximum", "minimum", "mod"}
    | {"multiply", "power", "remainder", "subtract", "true_divide"}
)
"""NumPy's functions whose third positional argument, if there is one, receives the result."""

WRITES |= {f"numpy.{name}": (Written(1),) for name in UNARY_UFUNCS}
WRITES |= {f"numpy.{name}": (Written(2),) for name in BINARY_UFUNCS}
WRITES |= {f"numpy.{name}.at": (Written(0),) for name in UNARY_UFUNCS | BINARY_UFUNCS}

OUTPUT_KEYWORDS: dict[str, tuple[str, ...]] = {
    "cv2": ("dst",),
    "numpy": ("out",),
    "scipy": ("out", "output"),
    "torch": ("out",),
}
"""The keywords by which any function of a package is given where to write its result."""

ARGUMENT_METHODS: dict[str, Written] = {
    "readinto": Written(0),
    "readinto1": Written(0),
    "recv_into": Written(0),
    "recvfrom_into": Written(0),
    "shuffle": Written(0, "x"),
}
"""Methods that write an argument: of files, sockets, and NumPy's random generators."""

OUTPUT_METHODS = frozenset(
    {"all", "any", "argmax", "argmin", "choose", "clip", "compress", "cumprod", "cumsum", "dot", "max", "mean", "min"}
    | {"permuted", "prod", "random", "round", "standard_normal", "std", "sum", "take", "trace", "var"}
)
"""Methods of arrays and of NumPy's random generators that write their result to `out=`."""

ARRAY_MUTATORS = frozenset({"fill", "itemset", "partition", "put", "resize", "setfield", "sort"})
LIST_MUTATORS = frozenset({"append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"})
DEQUE_MUTATORS = LIST_MUTATORS - {"sort"} | {"appendleft", "extendleft", "popleft", "rotate"}
DICT_MUTATORS = frozenset({"clear", "pop", "popitem", "setdefault", "update"})
SET_MUTATORS = frozenset(
    {"add", "clear", "difference_update", "discard", "intersection_update", "pop", "remove"}
    | {"symmetric_difference_update", "update"}
)
METRIC_MUTATORS = frozenset({"reset_state", "reset_states", "update_state"})

MUTATORS = ARRAY_MUTATORS | LIST_MUTATORS | DEQUE_MUTATORS | DICT_MUTATORS | SET_MUTATORS | METRIC_MUTATORS
"""Methods that change their object in place and nothing that they are given: of arrays, containers, Keras metrics."""

TABLE_WRITERS = frozenset({"insert", "isetitem", "pop", "popitem", "update"})
"""Methods of pandas that change their table in place; others do where they are told `inplace=True`."""

ARRAY_VIEWS = frozenset(
    {"T", "diagonal", "flat", "imag", "ravel", "real", "reshape", "squeeze", "swapaxes", "transpose", "view"}
)
"""Attributes and methods of an array that share its memory, or may."""

VIEW_FUNCTIONS = frozenset(
    {"asanyarray", "asarray", "ascontiguousarray", "atleast_1d", "atleast_2d", "atleast_3d", "broadcast_to"}
    | {"diagonal", "expand_dims", "flip", "fliplr", "flipud", "frombuffer", "moveaxis", "ravel", "real", "imag"}
    | {"reshape", "rollaxis", "rot90", "squeeze", "swapaxes", "transpose"}
)
"""NumPy's functions whose result may share memory with their first argument."""

VIEWS = ARRAY_VIEWS | VIEW_FUNCTIONS
"""Functions and methods whose result may share memory with what they are given, or called on."""

INDEXERS = frozenset({"loc", "iloc", "at", "iat"})
"""The indexers of pandas: `frame.loc[i]`."""

WRITTEN_THROUGH = INDEXERS | {"flat"}
"""Attributes through which NumPy and pandas write their object."""


HARMLESS_PACKAGES = ("numpy.", "matplotlib.", "tensorflow.", "math.")
"""Packages whose functions change nothing but what `written_by` tells, and what they show or draw."""

HARMLESS_BUILTINS = frozenset(
    {"abs", "enumerate", "float", "int", "len", "list", "max", "min", "print", "range", "round", "str", "sum", "tuple"}
    | {"zip"}
)
"""Functions of Python that leave what they are given as it is."""


def changes_nothing(name: str, positional: int, keywords: frozenset[str]) -> bool:
    """Whether a call of the function `name` with such arguments is known to leave everything as it is."""
    return name.startswith(HARMLESS_PACKAGES) and not written_by(name, positional, keywords)


def written_by(name: str, positional: int, keywords: frozenset[str]) -> tuple[Written, ...]:
    """What a call of the function `name` with so many positional arguments and those keywords writes in place."""
    found = [
        written
        for written in WRITES.get(name, ())
        if (written.position is not None and written.position < positional) or written.keyword in keywords
    ]
    package = name.partition(".")[0]
    found += [Written(None, keyword) for keyword in OUTPUT_KEYWORDS.get(package, ()) if keyword in keywords]
    return tuple(found)
