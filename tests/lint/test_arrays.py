"""What is this array? Each `look(...)` says beside it what is known of what it is given.

`one`, `piece`, `many` and `set` are what its rows can be, `nothing` that they are not shown. `batch` stands where it is
proven to be one NumPy batch: the proof behind safe fixes. `image`, `element` and `list` stand where it
is proven to lack a batch axis.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Callable

import pytest

from lint_rules.semantics.domains.array_readings import is_numpy_batch, lack, rows
from lint_rules.semantics.project.project import Project

Look = Callable[[str | dict[str, str]], Project]
Readings = Callable[[str | dict[str, str]], None]
TOLD = re.compile(r"look\(.*#\s*([a-z, ]+)$")
IMPORTS = "import numpy as np, pandas as pd, tensorflow as tf, keras, cv2; look = keras.Sequential().predict\n"


def reading(project: Project, name: str, row: int) -> str:
    """What is known of the argument of the call of `look` in a row of a file."""
    (path,) = (path for path in project.files if path.name == name)
    module = project.module(path)
    (call,) = (call for call in module.calls["look"] if call.lineno == row)
    node: ast.expr = call.args[0]
    words = sorted(found.name.lower() for found in rows(project, module, node)) or ["nothing"]
    if is_numpy_batch(project, module, node):
        words.append("batch")
    missing = lack(project, module, node)
    if missing is not None:
        words.append(missing.name.lower())
    return ", ".join(words)


@pytest.fixture
def readings(view: Look) -> Readings:
    """Compare what is known of every array with what its line says."""

    def compare(code: str | dict[str, str]) -> None:
        files = {"code.py": code} if isinstance(code, str) else code
        project = view({name: IMPORTS + textwrap.dedent(text) for name, text in files.items()})
        wanted = {
            (path.name, row): found.group(1)
            for path in project.files
            for row, line in enumerate(path.read_text().splitlines(), 1)
            if (found := TOLD.search(line))
        }
        assert wanted
        told = {place: reading(project, *place) for place in wanted}
        assert told == wanted

    return compare


def table(**cases: str | dict[str, str]) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


@table(
    axis="""
        def f(x):
            look(x[None])  # one, batch
    """,
    axis_by_name="""
        def f(x):
            look(x[np.newaxis])  # one, batch
    """,
    axis_and_rest="""
        def f(x):
            look(x[None, :, :])  # one, batch
    """,
    axis_behind="""
        def f(x):
            look(x[:, None])  # nothing
    """,
    axis_and_ellipsis="""
        def f(x):
            look(x[None, ...])  # one, batch
    """,
    axis_behind_ellipsis="""
        def f(x):
            look(x[..., None])  # nothing
    """,
    axis_of_zeros="look(np.zeros((28, 28))[None])  # one, batch",
    row_of_zeros="look(np.zeros((28, 28))[0:1])  # one, batch",
    axis_behind_zeros="look(np.zeros((28, 28))[..., None])  # many",
    one_row="look(np.zeros((9, 28))[3:4])  # one, batch",
    one_row_by_variable="""
        for i in range(9):
            look(np.zeros((9, 28))[i:i + 1])  # one, batch
    """,
    one_row_turned="""
        for i in range(9):
            look(np.zeros((9, 28))[i:1 + i])  # one, batch
    """,
    last_row="""
        def f(x):
            look(x[-1:])  # one
    """,
    first_row="""
        def f(x):
            look(x[:1])  # one
    """,
    index="look(np.zeros((9, 28))[3])  # many",
    index_of_index="look(np.zeros((9, 1, 28))[3])  # one, batch",
    two_indices="look(np.zeros((9, 1, 28))[3, 0])  # many",
    index_and_slice="look(np.zeros((9, 4, 28))[3, 0:1])  # one, batch",
    symbolic_bounds="""
        def f(x, a, b):
            look(x[a:b])  # piece
    """,
    constant_bounds="""
        def f(x):
            look(x[2:5])  # many
    """,
    constant_bounds_of_zeros="look(np.zeros((9, 28))[2:5])  # many",
    symbolic_bounds_of_zeros="""
        def f(a, b):
            look(np.zeros((9, 28))[a:b])  # piece
    """,
    named_bounds="""
        a = 3
        b = a + 1
        look(np.zeros((9, 28))[a:b])  # one, batch
    """,
    all_rows="look(np.zeros((9, 28))[:])  # many",
    all_of_one_row="look(np.zeros((1, 28))[:])  # one, batch",
    bound_that_is_beyond="look(np.zeros((1, 28))[0:5])  # one, batch",
    step="look(np.zeros((9, 28))[::2])  # many",
    indices="""
        def f(x):
            look(np.zeros((9, 28))[[3]])  # one, batch
    """,
    several_indices="look(np.zeros((9, 28))[[3, 5]])  # many",
    mask="""
        x = np.zeros((9, 28))
        look(x[x > 0])  # nothing
    """,
    mask_of_rows="""
        def f(y):
            x = np.zeros((9, 28))
            look(x[y == 1])  # nothing
    """,
    mask_is_given="""
        def f(mask):
            look(np.zeros((9, 28))[mask])  # nothing
    """,
    slice_object="""
        def f(x):
            look(np.zeros((9, 28))[slice(2, 3)])  # one, batch
    """,
    shape_of_unknown="""
        def f(x):
            look(x.shape)  # nothing
    """,
    unknown="""
        def f(x):
            look(x)  # nothing
    """,
    text="look('a')  # nothing",
    none="look(None)  # nothing",
    a_number="look(3)  # nothing",
)
def test_subscripts(readings: Readings, code: str) -> None:
    readings(code)


@table(
    in_a_tuple="""
        def f(x):
            look(np.reshape(x, (1, -1)))  # one, batch
    """,
    in_numbers="""
        def f(x):
            look(x.reshape(1, 28, 28))  # one, batch
    """,
    in_a_list="""
        def f(x):
            look(np.reshape(x, [1, 28]))  # one, batch
    """,
    in_a_name="""
        def f(x):
            shape = (1, 28)
            look(x.reshape(shape))  # one, batch
    """,
    in_a_starred_name="""
        def f(x):
            shape = (28, 28)
            look(x.reshape(1, *shape))  # one, batch
    """,
    added_to_shape="""
        def f(x):
            look(x.reshape((1,) + x.shape))  # one, batch
    """,
    starred_shape="""
        def f(x):
            look(x.reshape((1, *x.shape)))  # one, batch
    """,
    the_rest_is_its_own_shape="""
        def f(x, y):
            look(x.reshape(-1, *x.shape))  # one, batch
            look(np.array(x).reshape((-1,) + x.shape))  # one, batch
            look(np.reshape(np.asarray(x, "float32"), (-1, *x.shape)))  # one, batch
            look(x.reshape(-1, *y.shape))  # nothing
    """,
    the_rest_is_its_own_shape_of_many="""
        x = np.zeros((50, 4))
        look(np.array(x).reshape(-1, *x.shape))  # one, batch
        look(x.reshape(-1, *x.shape[1:]))  # many
    """,
    shape_of_zeros="""
        x = np.zeros((5, 3))
        look(np.ones(x.shape))  # many
    """,
    rows_of_shape="""
        x = np.zeros((1, 3))
        look(np.ones((x.shape[0], 4)))  # one, batch
    """,
    last_of_shape="""
        x = np.zeros((5, 1))
        look(np.ones((x.shape[-1], 4)))  # one, batch
    """,
    tail_of_shape="""
        x = np.zeros((5, 1))
        look(np.ones(x.shape[1:]))  # one, batch
    """,
    behind_a_batch_axis_of_one="""
        def f(x, model):
            look(x.reshape((1,) + model.input_shape[1:]))  # one, batch
            look(x.reshape((1, *model.output_shape[1:])))  # one, batch
            look(x.reshape((8,) + model.layers[0].batch_shape[1:]))  # many
            look(x.reshape((1,) + model.get_input_shape_at(0)[1:]))  # one
            _, h, w, c = model.layers[0].get_output_shape_at(0)
            look(x.reshape(1, h, w, c))  # one, batch
            look(x.reshape(model.get_input_shape_at(0)))  # nothing
    """,
    one_image_laid_out="""
        def f(path):
            image = cv2.resize(cv2.imread(path, 0), (28, 28))
            look(image.reshape(-1, 784))  # one
            look(np.reshape(image, (-1, 28, 28)))  # one
            look(image.reshape(-1, 3))  # nothing
    """,
    in_an_attribute="""
        class A:
            shape = (1, 4)
            def f(self, x):
                look(x.reshape(self.shape))  # one, batch
    """,
    with_keyword="""
        def f(x):
            look(np.reshape(x, newshape=(1, 4)))  # one, batch
    """,
    column="""
        def f(x):
            look(x.reshape(-1, 1))  # nothing
    """,
    many="""
        def f(x):
            look(x.reshape(5, 4))  # many
    """,
    inferred_of_one="""
        x = np.zeros((1, 12))
        look(x.reshape(-1, 3, 4))  # one, batch
    """,
    inferred_is_more="""
        x = np.zeros((1, 12))
        look(x.reshape(-1, 3))  # many
    """,
    inferred_is_one="""
        x = np.zeros((3, 4))
        look(x.reshape(-1, 12))  # one, batch
    """,
    inferred_of_unknown_size="""
        x = np.zeros((1, n))
        look(x.reshape(-1, 3))  # one
    """,
    vector="look(np.zeros((1, 5)).reshape(5))  # many",
    wrong_shape="""
        def f(x, n):
            look(x.reshape(n, 4))  # nothing
    """,
    tensor="""
        def f(x):
            look(tf.reshape(x, (1, 4)))  # one
    """,
    flattened="look(np.zeros((1, 5)).ravel())  # many",
    squeezed="look(np.zeros((1, 5)).squeeze())  # many",
    squeezed_axis="look(np.zeros((1, 1, 5)).squeeze(0))  # one, batch",
    squeezed_unknown="""
        def f(x):
            look(np.squeeze(x))  # nothing
    """,
    transposed="look(np.zeros((1, 5)).T)  # many",
    transposed_by_call="look(np.transpose(np.zeros((1, 5))))  # many",
    transposed_back="look(np.transpose(np.zeros((5, 1))))  # one, batch",
    transposed_by_axes="look(np.transpose(np.zeros((2, 3, 1)), (2, 0, 1)))  # one, batch",
    rows_stay="look(np.zeros((1, 5, 3)).transpose(0, 2, 1))  # one, batch",
    swapped="look(np.swapaxes(np.zeros((1, 5, 3)), 0, 1))  # many",
    swapped_behind="look(np.swapaxes(np.zeros((1, 5, 3)), 1, 2))  # one, batch",
    moved="look(np.moveaxis(np.zeros((5, 3, 1)), -1, 0))  # one, batch",
)
def test_reshape(readings: Readings, code: str) -> None:
    readings(code)


@table(
    in_front="""
        def f(x):
            look(np.expand_dims(x, 0))  # one, batch
    """,
    by_keyword="""
        def f(x):
            look(np.expand_dims(x, axis=0))  # one, batch
    """,
    behind="""
        def f(x):
            look(np.expand_dims(x, -1))  # nothing
    """,
    behind_zeros="look(np.expand_dims(np.zeros((5, 3)), -1))  # many",
    twice="""
        def f(x):
            look(np.expand_dims(np.expand_dims(x, -1), 0))  # one, batch
    """,
    several="""
        def f(x):
            look(np.expand_dims(x, (0, 1)))  # one, batch
    """,
    several_behind="look(np.expand_dims(np.zeros((1, 3)), (1, 3)))  # one, batch",
    axis_in_a_name="""
        axis = 0
        def f(x):
            look(np.expand_dims(x, axis))  # one, batch
    """,
    in_a_loop_over_axes="""
        def f(x, axes=(0,)):
            for ax in axes:
                x = np.expand_dims(x, ax)
            look(x)  # one
    """,
    minus_two_of_a_vector="look(np.expand_dims(np.zeros(3), -2))  # one, batch",
    minus_two_of_a_table="look(np.expand_dims(np.zeros((5, 3)), -2))  # many",
    tensor="""
        def f(x):
            look(tf.expand_dims(x, 0))  # one
    """,
    tensor_by_its_place="""
        def f(x):
            look(tf.convert_to_tensor(x)[None])  # one
    """,
    numpy_of_a_tensor="""
        def f(x):
            look(tf.expand_dims(x, 0).numpy())  # one, batch
    """,
    two_axes_at_least="look(np.atleast_2d(np.zeros(3)))  # one, batch",
    two_axes_already="look(np.atleast_2d(np.zeros((4, 3))))  # many",
    two_axes_of_unknown="""
        def f(x):
            look(np.atleast_2d(x))  # one
    """,
    image_axis="look(np.expand_dims(cv2.imread('a.png'), 0))  # one, batch",
    by_list="""
        def f(x):
            look(np.array([x]))  # one, batch
    """,
    by_lists="""
        def f(a, b):
            look(np.array([[a, b]]))  # one, batch
    """,
    by_list_of_two="""
        def f(a, b):
            look(np.array([a, b]))  # nothing
    """,
    by_stack="""
        def f(x):
            look(np.stack([x]))  # one, batch
    """,
    by_vstack="look(np.vstack([np.zeros(3)]))  # one, batch",
    of_a_function_that_nobody_knows="""
        from helpers import expand_dims
        def f(x):
            look(expand_dims(x, 0))  # one
    """,
)
def test_new_axes(readings: Readings, code: str) -> None:
    readings(code)


@table(
    helper="""
        def add(x):
            return x[None]
        def f(x):
            look(add(x))  # one, batch
    """,
    helper_with_expand="""
        def add(x):
            x = np.asarray(x)
            return np.expand_dims(x, 0)
        def f(x):
            look(add(x))  # one, batch
    """,
    helper_of_helper="""
        def a(x):
            return x[None]
        def b(x):
            return a(x) / 255
        def f(x):
            look(b(x))  # one, batch
    """,
    helper_that_may_give_another="""
        def a(x, y):
            if y:
                return x[None]
            return x
        def f(x):
            look(a(x, 1))  # one, batch
    """,
    helper_of_two_ways="""
        def a(x, y):
            if y:
                return x[None]
            return x.reshape(1, -1)
        def f(x):
            look(a(x, 1))  # one, batch
    """,
    decorated="""
        @tf.function
        def a(x):
            return np.expand_dims(x, 0)
        def f(x):
            look(a(x))  # one
    """,
    decorated_by_who_knows_what="""
        from lib import twice
        @twice
        def a(x):
            return np.expand_dims(x, 0)
        look(a(3))  # one
    """,
    cached="""
        import functools
        @functools.lru_cache
        def a(x):
            return np.expand_dims(x, 0)
        look(a(3))  # one, batch
    """,
    static="""
        class A:
            @staticmethod
            def a(x):
                return np.expand_dims(x, 0)
        look(A.a(3))  # one, batch
    """,
    method="""
        class A:
            def a(self, x):
                return np.expand_dims(x, 0)
            def f(self, x):
                look(self.a(x))  # one, batch
    """,
    rest="""
        def a(*xs):
            return np.array([xs[0]])
        def f(x):
            look(a(x, 1))  # one, batch
    """,
    rest_as_a_whole="""
        def a(*xs):
            return np.array(xs)
        def f(x):
            look(a(x))  # one, batch
    """,
    keyword="""
        def a(x, axis):
            return np.expand_dims(x, axis)
        def f(x):
            look(a(x, axis=0))  # one, batch
    """,
    default="""
        def a(x, axis=0):
            return np.expand_dims(x, axis)
        def f(x):
            look(a(x))  # one, batch
    """,
    default_that_is_replaced="""
        def a(x, axis=0):
            return np.expand_dims(x, axis)
        look(a(np.zeros((5, 3)), -1))  # many
    """,
    spread="""
        def a(x=np.zeros((1, 3))):
            return x
        def f(xs):
            look(a(*xs))  # one
    """,
    spread_keywords="""
        def a(x=np.zeros((1, 3))):
            return x
        def f(xs):
            look(a(**xs))  # one
    """,
    lambda_in_a_name="""
        a = lambda x: x[None]
        def f(x):
            look(a(x))  # one, batch
    """,
    partial="""
        from functools import partial
        def a(axis, x):
            return np.expand_dims(x, axis)
        b = partial(a, 0)
        def f(x):
            look(b(x))  # one, batch
    """,
    one_caller="""
        def f(x):
            look(x)  # one, batch
        f(np.zeros((1, 3)))
    """,
    callers_that_agree="""
        def f(x):
            look(x)  # one, batch
        f(np.zeros((1, 3)))
        f(np.ones((1, 7)))
    """,
    callers_that_differ="""
        def f(x):
            look(x)  # many, one
        f(np.zeros((1, 3)))
        f(np.zeros((5, 3)))
    """,
    caller_that_is_unreadable="""
        def f(x):
            look(x)  # one
        def g(y):
            f(np.zeros((1, 3)))
            f(y)
    """,
    handed_on="""
        def f(x):
            look(x)  # one
        f(np.zeros((1, 3)))
        run_later(f)
    """,
    no_caller="""
        def f(x=np.zeros((1, 3))):
            look(x)  # one
    """,
    both_arms="""
        def f(x, y):
            if y:
                z = x[None]
            else:
                z = x.reshape(1, 5)
            look(z)  # one, batch
    """,
    one_arm="""
        def f(x, y):
            if y:
                x = x[None]
            look(x)  # one
    """,
    arm_of_a_tensor="""
        def f(x, y):
            z = x[None] if y else tf.zeros((1, 3))
            look(z)  # one
    """,
    either="""
        def f(x, y):
            look(x[None] if y else y[None])  # one, batch
    """,
    or_else="""
        def f(x):
            x = x or np.zeros((1, 3))
            look(x)  # one
    """,
    walrus="""
        def f(x):
            if (z := x[None]) is not None:
                look(z)  # one, batch
    """,
    augmented="""
        def f(x):
            z = x[None]
            z /= 255
            look(z)  # one, batch
    """,
    loop_grows="""
        x = np.zeros((1, 3))
        for i in range(3):
            look(x)  # many, one
            x = np.vstack([x, x])
    """,
    global_of_another="""
        X = np.zeros((1, 3))
        def g():
            global X
            X = load()
        def f():
            look(X)  # one
    """,
    a_row_for_each_of_what_is_walked_through="""
        def mold(images):
            molded = []
            for image in images:
                molded.append(shrink(image))
            return np.stack(molded)
        look(mold([x]))  # one, batch
        look(mold([x, y]))  # many
        look(mold(images))  # many
        """,
    a_row_for_each_row_of_what_may_have_failed="""
        def read(path):
            try:
                return np.array([np.loadtxt(path)]), True
            except OSError:
                return 0, False
        def mold(x):
            molded = []
            for i in range(x.shape[0]):
                molded.append(np.dstack([x[i]]))
            return np.stack(molded)
        for path in paths:
            x, read_well = read(path)
            look(mold(x))  # one, batch
            look(mold(np.array([np.loadtxt(path)] * 2)))  # many
    """,
    a_row_for_each_row_of_a_guess="""
        def mold(x):
            molded = []
            for i in range(x.shape[0]):
                molded.append(shrink(x[i]))
            return np.stack(molded)
        x = np.zeros((1, 3)) - mean
        look(mold(x))  # one
        look(np.stack([shrink(x[i]) for i in range(x.shape[0])]))  # one
        look(np.stack(list(x)))  # one
    """,
    what_a_constant_leaves_to_be_returned="""
        def prepare(x, batched=False):
            if batched:
                return np.zeros((100, 8))
            return np.zeros((1, 8))
        look(prepare(x))  # one, batch
        look(prepare(x, True))  # many
        look(prepare(x, batched=asked))  # many, one
        """,
)
def test_functions_and_flow(readings: Readings, code: str) -> None:
    readings(code)


@table(
    attribute="""
        class A:
            def __init__(self):
                self.x = np.zeros((1, 3))
            def f(self):
                look(self.x)  # one, batch
    """,
    attribute_of_two="""
        class A:
            def __init__(self):
                self.x = np.zeros((1, 3))
            def g(self, x):
                self.x = x
            def f(self):
                look(self.x)  # one
    """,
    attribute_set_outside="""
        class A:
            def __init__(self):
                self.x = np.zeros((1, 3))
            def f(self):
                look(self.x)  # one
        def main(a: A):
            a.x = load()
    """,
    attribute_of_a_subclass="""
        class A:
            def __init__(self):
                self.x = np.zeros((1, 3))
            def f(self):
                look(self.x)  # one
        class B(A):
            def __init__(self):
                self.x = load()
    """,
    attribute_list_that_grows="""
        class A:
            def __init__(self, x):
                self.xs = [x]
            def g(self, y):
                self.xs.append(y)
            def f(self):
                look(np.array(self.xs))  # many
    """,
    attribute_list_filled="""
        class A:
            def __init__(self):
                self.xs = []
            def g(self, y):
                self.xs.append(y)
            def f(self):
                look(np.array(self.xs))  # many
    """,
    property="""
        class A:
            @property
            def x(self):
                return np.zeros((1, 3))
        def f():
            look(A().x)  # one, batch
    """,
    dataclass="""
        from dataclasses import dataclass
        @dataclass
        class A:
            x: object
        a = A(np.zeros((1, 3)))
        look(a.x)  # one, batch
    """,
    dataclass_by_keyword="""
        from dataclasses import dataclass
        @dataclass
        class A:
            n: int
            x: object
        a = A(x=np.zeros((1, 3)), n=3)
        look(a.x)  # one, batch
    """,
    dataclass_set_again="""
        from dataclasses import dataclass
        @dataclass
        class A:
            x: object
        a = A(np.zeros((1, 3)))
        a.x = load()
        look(a.x)  # one
    """,
    tuple_unpacked="""
        def f(x):
            a, b = x[None], x
            look(a)  # one, batch
    """,
    tuple_unpacked_second="""
        def f(x):
            a, b = x[None], x
            look(b)  # nothing
    """,
    tuple_returned="""
        def g(x):
            return x, x[None]
        def f(x):
            a, b = g(x)
            look(b)  # one, batch
    """,
    tuple_indexed="""
        def f(x):
            t = (x, x[None])
            look(t[1])  # one, batch
    """,
    tuple_indexed_from_behind="""
        def f(x):
            t = (x, x[None])
            look(t[-1])  # one, batch
    """,
    dict_item="""
        def f(x):
            d = {'a': x[None]}
            look(d['a'])  # one, batch
    """,
    dict_of_two="""
        def f(x):
            d = {'a': x[None], 'b': x}
            look(d['a'])  # one, batch
    """,
    dict_comprehension="""
        def f(names, name):
            d = {n: np.zeros((1, 4)) for n in names}
            look(d[name])  # one, batch
            for x in d.values():
                look(x)  # one, batch
    """,
    dict_comprehension_that_is_filled="""
        def f(names, x):
            d = {n: np.zeros((1, 4)) for n in names}
            d['b'] = x
            look(d['b'])  # one
    """,
    dict_that_is_filled="""
        def f(x):
            d = {'a': x[None]}
            d['b'] = x
            look(d)  # one
    """,
    what_is_picked_out_of_a_piece="""
        def read(paths):
            images = []
            for path in paths:
                if path:
                    images.append(load(path))
                else:
                    images.append(None)
            return np.stack([image for image in images if image is not None])
        for i in range(0, len(paths), 8):
            look(read(paths[i : i + 8]))  # piece
    """,
    two_axes_at_the_least="""
        def f(table):
            look(np.array(table, ndmin=2))  # nothing
            look(np.array(table, ndmin=4))  # one
    """,
    dict_that_is_filled_by_and_by="""
        def f(sample):
            d = {}
            for name in sample:
                d[name] = np.array([sample[name]])
            look(d)  # one
    """,
    dict_of_slices_of_a_helper="""
        def pick(columns, i):
            d = {}
            for name, column in columns.items():
                d[name] = column[i : i + 1]
            return d
        for i in range(9):
            look(pick(columns, i))  # one
    """,
    dict_of_inputs="""
        def f(x):
            look({'a': x[None], 'b': x[None]})  # one, batch
    """,
    list_of_inputs="""
        def f(x):
            look([x[None], x[None]])  # one, batch
    """,
    list_of_inputs_one_unknown="""
        def f(x, y):
            look([x[None], y])  # one
    """,
    list_changed="""
        def f(x, y):
            z = [x[None], x[None]]
            z[1] = y
            look(z)  # one
    """,
    list_and_more="""
        def f(x, ys):
            look([x[None]] + ys)  # one
    """,
    list_that_grows="""
        def f(xs):
            z = []
            for x in xs:
                z.append(x)
            look(np.array(z))  # many
    """,
    list_that_gets_one="""
        def f(x):
            z = []
            z.append(x)
            look(np.array(z))  # one, batch
    """,
    list_handed_on="""
        def f(x):
            z = [x]
            fill(z)
            look(np.array(z))  # one
    """,
    list_by_another_name="""
        def f(x, y):
            z = [x]
            w = z
            w.append(y)
            look(np.array(z))  # one
    """,
    list_kept_elsewhere="""
        class A:
            def f(self, x):
                z = [x]
                self.z = z
                self.g(x)
                look(np.array(z))  # one
            def g(self, x):
                self.z.append(x)
    """,
    list_measured="""
        def f(x):
            z = [x]
            print(len(z))
            look(np.array(z))  # one, batch
    """,
    list_repeated="""
        def f(x):
            look(np.array([x] * 5))  # many
    """,
    list_repeated_once="""
        def f(x):
            look(np.array([x] * 1))  # one, batch
    """,
    comprehension="""
        def f(xs):
            look(np.array([x for x in xs]))  # many
    """,
    comprehension_of_one="""
        def f(x):
            look(np.array([y for y in [x]]))  # one, batch
    """,
    taken_out_of_a_queue="""
        import queue
        def f(xs, names):
            jobs, other = queue.Queue(maxsize=8), queue.SimpleQueue()
            for x in xs:
                jobs.put(x[None])
                other.put((names[0], x.reshape(1, 3)))
            jobs.put(None)
            while True:
                look(jobs.get())  # one
                name, row = other.get_nowait()
                look(row)  # one
    """,
    taken_out_of_a_deque="""
        import collections
        def f(xs):
            waiting = collections.deque()
            for x in xs:
                waiting.append(x[:8])
            look(waiting.popleft())  # many
            look([np.zeros((1, 3))].pop())  # one
            look({"a": np.zeros((1, 3))}.get("a"))  # nothing
    """,
    numbers="look([1.0, 2.0])  # nothing, list",
    numbers_in_lists="look([[1.0, 2.0]])  # one, list",
    array_of_numbers="look(np.array([1.0, 2.0]))  # many",
    array_of_one_row="look(np.array([[1.0, 2.0]]))  # one, batch",
    array_of_two_rows="look(np.array([[1.0, 2.0], [3.0, 4.0]]))  # many",
)
def test_containers(readings: Readings, code: str) -> None:
    readings(code)


@table(
    element="""
        x = np.zeros((9, 5, 3))
        for y in x:
            look(y)  # many
    """,
    element_with_axis="""
        x = np.zeros((9, 5, 3))
        for y in x:
            look(y[None])  # one, batch
    """,
    element_that_is_one="""
        x = np.zeros((9, 1, 3))
        for y in x:
            look(y)  # one, batch
    """,
    enumerated="""
        x = np.zeros((9, 1, 3))
        for i, y in enumerate(x):
            look(y)  # one, batch
    """,
    zipped="""
        x = np.zeros((9, 1, 3))
        for y, z in zip(x, [1]):
            look(y)  # one, batch
    """,
    items="""
        d = {'a': np.zeros((1, 3))}
        for k, v in d.items():
            look(v)  # one, batch
    """,
    of_a_list="""
        for y in [np.zeros((1, 3)), np.ones((1, 4))]:
            look(y)  # one, batch
    """,
    of_a_list_that_differs="""
        for y in [np.zeros((1, 3)), np.ones((4, 4))]:
            look(y)  # many, one
    """,
    own_enumerate="""
        def enumerate(x):
            yield 1, np.zeros((4, 3))
        for i, y in enumerate([np.zeros((1, 3))]):
            look(y)  # piece
    """,
    generator="""
        def g():
            while True:
                yield np.zeros((1, 3))
        for y in g():
            look(y)  # one, batch
    """,
    generator_of_batches="""
        def g(x, n):
            for i in range(0, 9, n):
                yield x[i:i + n]
        def f(x):
            for y in g(x, 3):
                look(y)  # piece
    """,
    next_of_a_generator="""
        def g():
            yield np.zeros((1, 3))
        look(next(g()))  # one, batch
    """,
    next_of_unknown="""
        def f(it):
            look(next(it))  # piece
    """,
    own_iter="""
        class A:
            def __iter__(self):
                yield np.zeros((1, 3))
        for y in A():
            look(y)  # one, batch
    """,
    sequence_indexed="""
        class A(keras.utils.Sequence):
            def __getitem__(self, i):
                return np.zeros((1, 3)), 1
        look(A()[0][0])  # one, batch
    """,
    pieces="""
        for y in np.array_split(np.zeros((9, 3)), 3):
            look(y)  # piece
    """,
    data_set="""
        for y in tf.data.Dataset.from_tensor_slices(np.zeros((9, 3))).batch(3):
            look(y)  # piece
    """,
    mapped="""
        for y in map(lambda x: x[None], np.zeros((9, 3))):
            look(y)  # one, batch
    """,
)
def test_iteration(readings: Readings, code: str) -> None:
    readings(code)


@table(
    stack_of_two="""
        def f(x):
            look(np.stack([x, x]))  # many
    """,
    stack_of_one_behind="look(np.stack([np.zeros((1, 3))], axis=1))  # one, batch",
    stack_behind="look(np.stack([np.zeros((5, 3))], axis=-1))  # many",
    concatenation="look(np.concatenate([np.zeros((1, 3)), np.zeros((1, 3))]))  # many",
    concatenation_behind="look(np.concatenate([np.zeros((1, 3)), np.zeros((1, 3))], axis=1))  # one, batch",
    concatenation_of_vectors="look(np.concatenate([np.zeros(1), np.zeros(1)], axis=-1))  # nothing",
    hstack_of_vectors="look(np.hstack([np.zeros(1), np.zeros(1)]))  # many",
    hstack_of_rows="look(np.hstack([np.zeros((1, 3)), np.zeros((1, 3))]))  # one, batch",
    hstack_of_unknown="""
        def f(x):
            look(np.hstack([x[None], x[None]]))  # one
    """,
    tile_of_a_row="""
        def f(x):
            look(np.tile(x[None], (5, 1)))  # one
    """,
    tile_that_keeps="look(np.tile(np.zeros((1, 3)), (1, 5)))  # one, batch",
    tile_by_a_number="look(np.tile(np.zeros((1, 3)), 5))  # one, batch",
    tile_of_a_vector="look(np.tile(np.zeros(3), (1, 2)))  # one, batch",
    repeat_behind="""
        def f(x):
            look(np.repeat(x[None, ..., None], 3, -1))  # one
    """,
    repeat_of_a_row="look(np.repeat(np.zeros((1, 3)), 5, axis=0))  # one",
    repeat_once="look(np.repeat(np.zeros((1, 3)), 1, axis=0))  # one, batch",
    append="look(np.append(np.zeros((1, 3)), np.zeros((1, 3)), axis=0))  # many",
    append_columns="look(np.append(np.zeros((1, 3)), np.zeros((1, 3)), axis=1))  # one, batch",
    sum_with_a_number="look(np.zeros((1, 3)) / 255 - 1)  # one, batch",
    sum_with_unknown="""
        def f(y):
            look(np.zeros((1, 3)) + y)  # one
    """,
    sum_broadcast="look(np.zeros((1, 3)) + np.zeros((4, 1)))  # many",
    random="look(np.random.normal(0, 1, (1, 100)))  # one, batch",
    random_by_size="look(np.random.uniform(size=(1, 100)))  # one, batch",
    random_sizes="look(np.random.randn(1, 100))  # one, batch",
    generator_of_numbers="""
        rng = np.random.default_rng()
        look(rng.normal(size=(1, 100)))  # one, batch
    """,
    unknown_maker="""
        def f(rng):
            look(rng.normal(0, 1, (1, 100)))  # one
    """,
    of_tensorflow="look(tf.random.normal((1, 100)))  # one",
    shape_in_a_name="""
        shape = (1, 100)
        look(tf.random.normal(shape))  # one
    """,
    series="""
        def f(x):
            look(pd.Series([x]))  # one
    """,
    frame_of_columns="""
        def f(x, y):
            look(pd.DataFrame({"x": [x], "y": [y], "z": 0}))  # one
            look(pd.DataFrame({"x": [x], "y": y}, index=["a", "b"]))  # nothing
    """,
    frame_row="""
        df = pd.read_csv('a.csv')
        look(df.iloc[0:1])  # one
    """,
    frame_rows="""
        def f(a, b):
            df = pd.read_csv('a.csv')
            look(df.iloc[a:b])  # piece
    """,
    frame_labels="""
        df = pd.read_csv('a.csv')
        look(df.loc[0:1])  # piece
    """,
    frame_values="""
        df = pd.read_csv('a.csv')
        look(df.values[0:1])  # one, batch
    """,
    frame_to_numpy="""
        df = pd.read_csv('a.csv')
        look(df.to_numpy()[0:1])  # one, batch
    """,
    frame_columns="""
        df = pd.read_csv('a.csv')
        look(df[['a', 'b']])  # set
    """,
    whole_set="""
        (x, y), (a, b) = keras.datasets.mnist.load_data()
        look(x)  # set
    """,
    whole_set_scaled="""
        (x, y), _ = keras.datasets.mnist.load_data()
        x = x.reshape(-1, 784) / 255
        look(x)  # set
    """,
    element_of_a_set="""
        (x, y), _ = keras.datasets.mnist.load_data()
        look(x[3])  # nothing, element
    """,
    row_of_a_set="""
        (x, y), _ = keras.datasets.mnist.load_data()
        look(x[3:4])  # one, batch
    """,
    features_of_rows="""
        def f(i):
            x = np.load('x.npy')
            look(x[i:i + 32, 0:8])  # piece
    """,
    image="""
        img = cv2.imread('a.png')
        look(img)  # nothing, image
    """,
    image_resized="""
        img = cv2.resize(cv2.imread('a.png'), (9, 9))
        look(img)  # nothing, image
    """,
    image_cut="""
        def f(y, x):
            img = cv2.imread('a.png')
            look(img[y:y + 9, x:x + 9])  # piece, image
    """,
    batch_zoomed="""
        from scipy import ndimage
        look(ndimage.zoom(np.zeros((9, 28, 28)), (1, 2, 2)))  # nothing
    """,
    batch_resized="""
        from skimage.transform import resize
        def f(x):
            look(resize(x, (9, 28, 28)))  # nothing
    """,
    box="""
        img = cv2.imread('a.png')
        look(cv2.boundingRect(img))  # nothing
    """,
    prediction="""
        m = keras.Sequential()
        look(m.predict(np.zeros((1, 3))))  # one, batch
    """,
    scaled="""
        from sklearn.preprocessing import StandardScaler
        s = StandardScaler()
        look(s.transform(np.zeros((1, 3))))  # one, batch
    """,
    encoded="""
        from sklearn.preprocessing import OneHotEncoder
        s = OneHotEncoder()
        look(s.transform(np.zeros((1, 3))))  # one
    """,
    unknown_scaler="""
        def f(s):
            look(s.transform(np.zeros((1, 3))))  # one
    """,
    own_name="""
        from mine import normalize
        look(normalize(np.zeros((1, 3))))  # one
    """,
    two_libraries="""
        try:
            import ndarrays as xp
        except ImportError:
            import numpy as xp
        look(xp.zeros((1, 3)))  # one
    """,
)
def test_calls(readings: Readings, code: str) -> None:
    readings(code)


@table(
    list_of_tensors="""
        def f(x):
            look([tf.constant(x)[None], x[None]])  # one
    """,
    method_of_an_own_class="""
        class Bag:
            def reshape(self, *shape):
                return np.zeros((5, 3))
        look(Bag().reshape(1, 3))  # many
    """,
    own_index="""
        class Bag:
            def __getitem__(self, i):
                return np.zeros((5, 3))
        look(Bag()[0:1])  # many
    """,
    own_index_of_none="""
        class Bag:
            def __getitem__(self, i):
                return np.zeros((5, 3))
        look(Bag()[None])  # many
    """,
    own_shape="""
        class Bag:
            shape = (1, 3)
        look(np.zeros(Bag().shape))  # one, batch
    """,
    override="""
        class A:
            def x(self):
                return np.zeros((1, 3))
            def f(self):
                look(self.x())  # one
        class B(A):
            def x(self):
                return np.zeros((5, 3))
    """,
    list_of_lists_that_grows="""
        def f(ys):
            z = [[1.0]]
            z[0].append(2.0)
            z.append([3.0])
            look(np.array(z))  # many
    """,
    list_of_numbers_that_grows="""
        def f(ys):
            z = [1.0, 2.0]
            z.append(ys)
            look(z)  # many
    """,
    list_grown_by_slices="""
        def f(x, ys):
            z = [x]
            z[1:] = ys
            look(np.array(z))  # one
    """,
    list_grown_by_operator="""
        def f(x, ys):
            z = [x]
            z += ys
            look(np.array(z))  # many, one
    """,
    list_grown_elsewhere="""
        def fill(z, y):
            z.append(y)
        def f(x, y):
            z = [x]
            fill(z, y)
            look(np.array(z))  # one
    """,
    list_read_elsewhere="""
        def show(z):
            print(len(z))
        def f(x):
            z = [x]
            show(z)
            look(np.array(z))  # one, batch
    """,
    list_grown_as_a_parameter="""
        def f(z, y):
            z.append(y)
            look(np.array(z))  # many
        f([np.zeros(3)], np.zeros(3))
    """,
    list_grown_by_a_closure="""
        def f(x, ys):
            z = [x]
            def more(y):
                z.append(y)
            look(np.array(z))  # many
    """,
    shape_that_is_grown="""
        shape = [1, 3]
        shape.insert(0, 5)
        look(np.zeros(shape))  # many
    """,
    shape_that_is_changed="""
        shape = [1, 3]
        shape[0] = 5
        look(np.zeros(shape))  # one
    """,
    axis_that_is_changed="""
        class A:
            def __init__(self, axis=0):
                self.axis = axis
            def f(self, x):
                look(np.expand_dims(x, self.axis))  # nothing
        A(1)
    """,
    bound_that_wraps="""
        def f(x, i):
            look(x[-1:0])  # many
    """,
    rows_of_a_stranger="""
        from lib import Frames
        look(Frames()[0:1])  # one
    """,
    squeezed_again="""
        def f(x):
            look(np.squeeze(x[None]))  # nothing
    """,
    minimum="look(np.zeros((1, 3)).min(axis=0))  # nothing",
    mean_of_rows="look(np.mean(np.zeros((5, 3)), axis=0, keepdims=True))  # nothing",
    deleted="""
        x = np.zeros((1, 3))
        del x
        x = load()
        look(x)  # nothing
    """,
    handler="""
        try:
            x = np.zeros((1, 3))
        except ValueError:
            x = load()
        look(x)  # one
    """,
    conditional_definition="""
        if flag:
            def add(x):
                return x[None]
        else:
            def add(x):
                return x
        look(add(np.zeros(5)))  # many, one
    """,
    conditional_import="""
        try:
            from lib import add
        except ImportError:
            def add(x):
                return x[None]
        def f(x):
            look(add(x))  # one
    """,
    name_of_a_builtin="""
        def len(x):
            return 5
        look(np.zeros((len([1]), 3)))  # many
    """,
    replaced_function="""
        def add(x):
            return x[None]
        add = wrap(add)
        def f(x):
            look(add(x))  # nothing
    """,
    monkeypatched="""
        def add(x):
            return x[None]
        def patch():
            global add
            add = other
        def f(x):
            look(add(x))  # one
    """,
    matched="""
        def f(x):
            match x:
                case {'a': y}:
                    look(y)  # nothing
    """,
    with_target="""
        with open_batch() as x:
            look(x)  # nothing
    """,
    star_target="""
        a, *b = np.zeros((1, 3)), 1, 2
        look(a)  # one, batch
    """,
    star_target_rest="""
        a, *b = 1, np.zeros((1, 3))
        look(b)  # nothing
    """,
    nested_targets="""
        (a, (b, c)) = (1, (2, np.zeros((1, 3))))
        look(c)  # one, batch
    """,
    generator_sent_to="""
        def g():
            x = np.zeros((1, 3))
            while True:
                x = yield x
        it = g()
        look(next(it))  # one
    """,
    returned_from_a_method_of_another="""
        class A:
            def get(self):
                return self.x[None]
        def f(a: A):
            look(a.get())  # one, batch
    """,
    async_result="""
        async def g():
            return np.zeros((1, 3))
        async def f():
            look(await g())  # one, batch
    """,
    default_that_is_none="""
        def f(x=None):
            look(x)  # one
        f(np.zeros((1, 3)))
        f()
    """,
    recursion="""
        def f(x, n):
            look(x)  # many, one
            f(np.vstack([x, x]), n - 1)
        f(np.zeros((1, 3)), 3)
    """,
    loses_an_axis_in_a_loop="""
        x = np.zeros((1, 1, 3))
        for i in range(2):
            x = x[0]
        look(x)  # many, one
    """,
)
def test_what_must_not_be_proven(readings: Readings, code: str) -> None:
    readings(code)


@table(
    imported={"a.py": """
        def add(x):
            return x[None]
    """, "b.py": """
        from a import add
        def f(x):
            look(add(x))  # one, batch
    """},
    constant={"a.py": "X = np.zeros((1, 3))", "b.py": """
        from a import X
        look(X)  # one, batch
    """},
    constant_set_by_another={
        "a.py": "X = np.zeros((1, 3))",
        "b.py": """
            import a
            look(a.X)  # one
        """,
        "c.py": """
            import a
            a.X = load()
        """,
    },
    called_from_another={"a.py": """
        def f(x):
            look(x)  # many, one
        f(np.zeros((1, 3)))
    """, "b.py": """
        from a import f
        f(np.zeros((5, 3)))
    """},
    attribute_set_by_another={
        "a.py": """
            class A:
                def __init__(self):
                    self.x = np.zeros((1, 3))
                def f(self):
                    look(self.x)  # one
        """,
        "b.py": """
            from a import A
            a = A()
            a.x = load()
        """,
    },
)  # fmt: skip
def test_modules(readings: Readings, code: dict[str, str]) -> None:
    readings(code)
