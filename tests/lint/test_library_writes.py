"""What the table says that libraries write in place, done: NumPy's rows and Python's own are executed."""

from __future__ import annotations

import bisect
import heapq
import io
import operator
import random
import struct
import warnings
from collections import deque
from collections.abc import Callable
from typing import Any

import pytest

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.effects.inplace import writes_parameter, written_arguments
from lint_rules.semantics.knowledge import library
from lint_rules.semantics.project.project import Project

np = pytest.importorskip("numpy")


def shuffled(x: Any) -> None:
    np.random.seed(1)
    np.random.shuffle(x)


CALLS: dict[str, Callable[[Any], Any]] = {
    "numpy.copyto": lambda x: np.copyto(x, 7.0),
    "numpy.fill_diagonal": lambda x: np.fill_diagonal(x, 7.0),
    "numpy.place": lambda x: np.place(x, x > 2, [7.0]),
    "numpy.put": lambda x: np.put(x, [0], [7.0]),
    "numpy.put_along_axis": lambda x: np.put_along_axis(x, np.array([[0], [1], [0]]), 7.0, axis=1),
    "numpy.putmask": lambda x: np.putmask(x, x > 2, 7.0),
    "numpy.random.shuffle": shuffled,
}
PYTHON: dict[str, tuple[Any, Callable[[Any], Any]]] = {
    "random.shuffle": (list(range(30)), random.shuffle),
    "bisect.insort": ([1, 3], lambda x: bisect.insort(x, 2)),
    "bisect.insort_left": ([1, 3], lambda x: bisect.insort_left(x, 2)),
    "bisect.insort_right": ([1, 3], lambda x: bisect.insort_right(x, 2)),
    "heapq.heapify": ([3, 2, 1], heapq.heapify),
    "heapq.heappop": ([1, 2, 3], heapq.heappop),
    "heapq.heappush": ([1, 2, 3], lambda x: heapq.heappush(x, 0)),
    "heapq.heappushpop": ([1, 2, 3], lambda x: heapq.heappushpop(x, 5)),
    "heapq.heapreplace": ([1, 2, 3], lambda x: heapq.heapreplace(x, 5)),
    "operator.setitem": ([1, 2], lambda x: operator.setitem(x, 0, 5)),
    "operator.delitem": ([1, 2], lambda x: operator.delitem(x, 0)),
    "struct.pack_into": (bytearray(4), lambda x: struct.pack_into("<i", x, 0, 5)),
}
ARRAY_METHODS: dict[str, Callable[[Any], Any]] = {
    "fill": lambda x: x.fill(7.0),
    "itemset": lambda x: x.itemset(0, 7.0),
    "partition": lambda x: x.partition(0, axis=0),
    "put": lambda x: x.put([0], [7.0]),
    "resize": lambda x: x.resize((1, 2), refcheck=False),
    "setfield": lambda x: x.setfield(7.0, np.float64),
    "sort": lambda x: x.sort(axis=0),
}
CONTAINER_METHODS: dict[type, dict[str, tuple[Any, ...]]] = {
    list: {"append": (9,), "clear": (), "extend": ([9],), "insert": (0, 9), "pop": (), "remove": (3,), "reverse": ()}
    | {"sort": ()},
    deque: {"append": (9,), "appendleft": (9,), "clear": (), "extend": ([9],), "extendleft": ([9],), "pop": ()}
    | {"insert": (0, 9), "popleft": (), "remove": (3,), "reverse": (), "rotate": (1,)},
    dict: {"clear": (), "pop": (3,), "popitem": (), "setdefault": (9, 9), "update": ({9: 9},)},
    set: {"add": (9,), "clear": (), "difference_update": ({3},), "discard": (3,), "intersection_update": ({3},)}
    | {"pop": (), "remove": (3,), "symmetric_difference_update": ({3},), "update": ({9},)},
}


def array() -> Any:
    return np.array([[3.0, 0.5], [2.0, 0.25], [1.0, 0.75]])


def changed(before: Any, after: Any) -> bool:
    return before.shape != after.shape or not np.array_equal(before, after)


def test_functions_of_numpy() -> None:
    named = {name for name in library.WRITES if name.startswith("numpy.")}
    ufuncs = {f"numpy.{name}" for name in library.UNARY_UFUNCS | library.BINARY_UFUNCS}
    assert named == set(CALLS) | ufuncs | {f"{name}.at" for name in ufuncs}
    for name, call in CALLS.items():
        x = array()
        call(x)
        assert changed(array(), x), name


@pytest.mark.parametrize("name", sorted(library.UNARY_UFUNCS | library.BINARY_UFUNCS))
def test_functions_that_take_an_output(name: str) -> None:
    function = getattr(np, name)
    assert function.nin == (1 if name in library.UNARY_UFUNCS else 2)
    whole = name.startswith(("bitwise", "invert"))
    given = np.array([[6, 3], [2, 5]]) if whole else np.array([[6.0, 3.0], [2.0, 5.0]]) / 8
    out = np.full((2, 2), 99, dtype=function(*[given] * function.nin).dtype)
    before = out.copy()
    position = library.WRITES[f"numpy.{name}"][0].position
    assert position == function.nin
    with warnings.catch_warnings():
        # NumPy wants `out=` for maximum and minimum, and still takes the position.
        warnings.simplefilter("ignore", DeprecationWarning)
        function(*[given] * function.nin, out)
    assert changed(before, out) or out.dtype == bool
    again = before.copy()
    function(*[given] * function.nin, **{library.OUTPUT_KEYWORDS["numpy"][0]: again})
    assert np.array_equal(again, out)


def test_functions_of_python() -> None:
    others = {name for name in library.WRITES if not name.startswith(("numpy.", "cv2."))}
    assert others == set(PYTHON)
    for name, (value, call) in PYTHON.items():
        before = value.copy()
        call(value)
        assert before != value, name


def test_methods_of_arrays() -> None:
    assert set(ARRAY_METHODS) == library.ARRAY_MUTATORS
    for name, call in ARRAY_METHODS.items():
        x = array()
        if not hasattr(x, name):
            # NumPy 2 has no ndarray.itemset().
            assert name == "itemset"
            continue
        call(x)
        assert changed(array(), x), name


def test_methods_that_write_an_output() -> None:
    generator = np.random.default_rng(1)
    for name in library.OUTPUT_METHODS - {"permuted", "random", "standard_normal"}:
        source = array() > 1 if name in ("all", "any") else array()
        arguments: tuple[Any, ...] = {
            "choose": ([np.zeros((3, 2)), np.ones((3, 2)), np.ones((3, 2)), np.ones((3, 2))],),
            "clip": (0, 1),
            "compress": ([True, True, True, True, True, True],),
            "dot": (np.ones((2, 2)),),
            "take": ([0, 1],),
        }.get(name, ())
        if name == "choose":
            source = source.astype(int)
        result = getattr(source, name)(*arguments)
        out = np.zeros_like(result)
        getattr(source, name)(*arguments, out=out)
        assert np.array_equal(out, result), name
    for name in ("permuted", "random", "standard_normal"):
        out = np.zeros(20)
        getattr(generator, name)(*([np.arange(20.0)] if name == "permuted" else []), out=out)
        assert out.any(), name


def test_methods_of_containers() -> None:
    tables = {
        list: library.LIST_MUTATORS,
        deque: library.DEQUE_MUTATORS,
        dict: library.DICT_MUTATORS,
        set: library.SET_MUTATORS,
    }
    for kind, methods in CONTAINER_METHODS.items():
        assert set(methods) == tables[kind]
        for name, arguments in methods.items():
            value = kind({3: 3, 1: 1, 2: 2}) if kind is dict else kind([3, 1, 2])
            before = value.copy()
            getattr(value, name)(*arguments)
            assert value != before, (kind, name)


def test_methods_that_write_their_argument() -> None:
    for name in ("readinto", "readinto1"):
        target = bytearray(2)
        getattr(io.BytesIO(b"ab"), name)(target)
        assert target == b"ab"
    mixed = np.arange(30)
    np.random.default_rng(1).shuffle(mixed)
    assert changed(np.arange(30), mixed)
    assert set(library.ARGUMENT_METHODS) == {"readinto", "readinto1", "recv_into", "recvfrom_into", "shuffle"}


@pytest.mark.parametrize("name", sorted(library.VIEW_FUNCTIONS - {"frombuffer"}))
def test_functions_whose_result_shares_memory(name: str) -> None:
    x = np.array([[1 + 2j, 3], [4, 5]]) if name in ("real", "imag") else array()
    further: tuple[Any, ...] = {
        "broadcast_to": ((2, 3, 2),),
        "expand_dims": (0,),
        "moveaxis": (0, 1),
        "reshape": ((2, 3),),
        "rollaxis": (1,),
        "swapaxes": (0, 1),
    }.get(name, ())
    assert np.shares_memory(getattr(np, name)(x, *further), x)


@pytest.mark.parametrize(
    ("body", "written"),
    [
        ("x[0] = 1", True),
        ("x[0, 1:] += 1", True),
        ("x += 1.5 * y", True),
        ("x.fill(0)", True),
        ("np.copyto(x, y)", True),
        ("np.copyto(dst=x, src=y)", True),
        ("np.add(y, y, x)", True),
        ("np.add(y, y, out=x[0])", True),
        ("y.sum(axis=0, out=x)", True),
        ("np.random.default_rng(1).shuffle(x)", True),
        ("view = x[0].T\n    view[:] = y", True),
        ("inner(x, y)", True),
        ("inner(source=y, target=x)", True),
        ("del x[0]", True),
        ("inner(y, x)", False),
        ("x = x + 1", False),
        ("x = x.copy()\n    x[0] = 1", False),
        ("z = np.array(x)\n    z[0] = 1", False),
        ("np.copyto(y, x)", False),
        ("np.add(x, y)", False),
        ("return x.sum(axis=0)", False),
        ("y[0] = x", False),
        ("count = 0\n    count += 1", False),
    ],
)
def test_parameters_that_a_function_writes(view: Callable[[Any], Project], body: str, written: bool) -> None:
    code = (
        "import numpy as np\n\n\ndef inner(target, source):\n    target[:] = source\n\n\n"
        f"def outer(x, y):\n    {body}\n\n\nouter(1, 2)\n"
    )
    project = view({"code.py": code})
    module = project.module(project.files[0])
    function = next(function for function in module.functions.values() if function.name == "outer")
    assert writes_parameter(inference_of(project), function, "x") is written
    call = module.calls["outer"][0]
    assert (call.args[0] in list(written_arguments(inference_of(project), module, call))) is written
