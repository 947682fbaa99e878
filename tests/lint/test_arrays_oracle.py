"""What is said of arrays is compared with arrays: each expression is read, and run by the library that it calls."""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np
import pytest
from array_truth import Look, compare, holds, names_after, split

from lint_rules.semantics.domains.array_readings import array
from lint_rules.semantics.knowledge.array_calls import EFFECTS

SETUP = """
import collections, copy, queue, random
import numpy as np
x = np.arange(12.0).reshape((3, 4))
one = np.ones((1, 4))
v = np.ones(5)
cube = np.ones((2, 3, 4))
rng = np.random.default_rng(0)
jobs = queue.Queue()
jobs.put(one)
"""

NUMPY: dict[str, str] = {
    "astype": "x.astype(int)",
    "copy": "x.copy() | copy.copy(x) | np.copy(x)",
    "ascontiguousarray": "np.ascontiguousarray(x)",
    "nan_to_num": "np.nan_to_num(x)",
    "clip": "np.clip(one, 0, 1) | one.clip(0, 1)",
    "abs": "np.abs(x) | abs(x)",
    "round": "np.round(x) | x.round(2) | round(1.5)",
    "float": "float(3)",
    "deepcopy": "copy.deepcopy(x) | copy.deepcopy([x, x])",
    "identity": "np.identity(1)",
    "flip": "np.flip(x, 0)",
    "fliplr": "np.fliplr(x)",
    "roll": "np.roll(x, 1, axis=0)",
    "array": "np.array(x) | np.array([v]) | np.array([[1, 2], [3, 4]]) | np.array([[1], [2, 3]], dtype=object)"
    " | np.array(3) | np.array([x, x])"
    " | np.array(v, ndmin=2) | np.array(x, ndmin=2) | np.array(x, ndmin=4) | np.array([1, 2], ndmin=2)",
    "asarray": "np.asarray([1.0, 2.0])",
    "asanyarray": "np.asanyarray(x)",
    "expand_dims": "np.expand_dims(v, 0) | np.expand_dims(v, -1) | np.expand_dims(x, 1) | np.expand_dims(x, (0, 3))"
    " | np.expand_dims(x, -2) | np.expand_dims(3, 0) | np.expand_dims(cube, axis=-3)",
    "reshape": "x.reshape(1, 12) | x.reshape((1, -1)) | np.reshape(x, (2, 6)) | x.reshape(-1) | x.reshape(-1, 3)"
    " | np.reshape(x, -1) | x.reshape(*x.shape) | x.reshape((1, *x.shape)) | x.reshape((1,) + x.shape)"
    " | x.reshape(x.shape + (1,)) | x.reshape(x.shape[0], -1) | np.reshape(x, (-1, 12), order='F') | v.reshape([1, 5])"
    " | x.reshape(3, -1, 2) | np.reshape(x, shape=(1, 12))",
    "view": "x.view(int)",
    "broadcast_to": "np.broadcast_to(v, (1, 5)) | np.broadcast_to(one, (3, 4)) | np.broadcast_to(3, (2,))",
    "take": "np.take(x, [0], axis=0) | np.take(x, [0, 1], axis=0) | np.take(x, 0, axis=0) | np.take(x, [0])"
    " | x.take([0], axis=0) | np.take(x, [0], axis=1) | np.take(x, np.array([0]), axis=0)",
    "zeros": "np.zeros((1, 3)) | np.zeros(4) | np.zeros(x.shape) | np.zeros((x.shape[0], 2)) | np.zeros(())",
    "ones": "np.ones([1, 3])",
    "empty": "np.empty((1, 3))",
    "ndarray": "np.ndarray((1, 3))",
    "full": "np.full((1, 3), 7)",
    "rand": "np.random.rand(1, 3) | np.random.rand(4)",
    "randn": "np.random.randn(1, 3)",
    "random": "np.random.random((1, 3)) | rng.random((1, 3)) | rng.random(4) | random.random()",
    "integers": "rng.integers(0, 9, (1, 3)) | rng.integers(9) | rng.integers(0, 9, size=4)",
    "random_sample": "np.random.random_sample((1, 3))",
    "standard_normal": "np.random.standard_normal((1, 3)) | rng.standard_normal((1, 3))",
    "normal": "np.random.normal(0, 1, (1, 3)) | rng.normal(size=(1, 3)) | np.random.normal(0, 1) | rng.normal(0, 1, 5)",
    "uniform": "np.random.uniform(0, 1, (1, 3)) | np.random.uniform(size=4)",
    "randint": "np.random.randint(0, 9, (1, 3)) | np.random.randint(0, 9) | random.randint(0, 9)",
    "stack": "np.stack([v]) | np.stack([v, v]) | np.stack([x, x], axis=1) | np.stack([x, x], -1) | np.stack(cube)"
    " | np.stack([one], axis=-2)",
    "concatenate": "np.concatenate([x, x]) | np.concatenate([one]) | np.concatenate([one, one], axis=1)"
    " | np.concatenate([v, v], axis=-1) | np.concatenate([one, one], -1) | np.concatenate(cube)"
    " | np.concatenate([cube, cube], axis=-2)",
    "vstack": "np.vstack([v]) | np.vstack([v, v]) | np.vstack([one]) | np.vstack((one, x))",
    "hstack": "np.hstack([v, v]) | np.hstack([one, one]) | np.hstack([x, x]) | np.hstack([cube, cube])",
    "column_stack": "np.column_stack([v, v]) | np.column_stack([one, one]) | np.column_stack([v])",
    "dstack": "np.dstack([v, v]) | np.dstack([one, one]) | np.dstack([cube])",
    "append": "np.append(x, x) | np.append(x, x, axis=0) | np.append(one, one, axis=1) | np.append(v, 1)",
    "tile": "np.tile(v, 3) | np.tile(one, 3) | np.tile(one, (3, 1)) | np.tile(one, (1, 3)) | np.tile(v, (1, 3))"
    " | np.tile(x, (2, 1, 1)) | np.tile(cube, (1, 2)) | np.tile(v, (1,))",
    "repeat": "np.repeat(v, 3) | np.repeat(x, 3) | np.repeat(one, 3, axis=0) | np.repeat(one, 3, axis=1)"
    " | one.repeat(3, axis=0) | np.repeat(one, 1, axis=0) | one.repeat(1) | np.repeat(cube, 2, -1)",
    "array_split": "np.array_split(x, 2) | np.array_split(x, 2)[0]",
    "atleast_2d": "np.atleast_2d(v) | np.atleast_2d(x) | np.atleast_2d(3) | np.atleast_2d(cube)"
    " | np.atleast_2d([1, 2])",
    "transpose": "x.transpose() | np.transpose(cube) | cube.transpose(0, 2, 1) | np.transpose(cube, (2, 0, 1))"
    " | x.transpose(1, 0) | np.transpose(x, axes=[1, 0]) | v.transpose()",
    "swapaxes": "np.swapaxes(cube, 0, 1) | cube.swapaxes(1, -1)",
    "moveaxis": "np.moveaxis(cube, -1, 0) | np.moveaxis(cube, 0, 2)",
    "squeeze": "np.squeeze(one) | one.squeeze(0) | cube.squeeze() | np.squeeze(one, axis=-2)"
    " | np.squeeze(one, axis=(0,))",
    "flatten": "x.flatten()",
    "ravel": "x.ravel() | np.ravel(one)",
    "sample": "random.sample([v, v, v], 2)",
    "choices": "random.choices([v, v, v], k=2)",
    "next": "next(iter(x))",
    "list": "list(x) | list() | list([v, v])",
    "tuple": "tuple(x)",
    "deque": "collections.deque(maxlen=3) | collections.deque([v], 3)",
    "pop": "[v, one].pop() | [v, v].pop(0) | list(x).pop()",
    "popleft": "collections.deque([v]).popleft() | collections.deque(x).popleft()",
    "Queue": "queue.Queue() | queue.Queue(3)",
    "SimpleQueue": "queue.SimpleQueue()",
    "LifoQueue": "queue.LifoQueue()",
    "get": "jobs.get()",
    "get_nowait": "jobs.get_nowait()",
    "sorted": "sorted([3, 1])",
    "len": "len(x) | len([v, v])",
    "slice": "slice(1, 2)",
    **{
        name: f"np.{name}(x)"
        for name in (
            *(
                "absolute",
                "sqrt",
                "log",
                "exp",
                "tanh",
                "square",
                "log1p",
                "expm1",
                "negative",
                "sign",
                "rint",
                "floor",
            ),
            *("ceil", "float32", "float64", "float16", "int32", "int64", "uint8"),
        )
    },
    **{
        name: f"np.{name}(x, 2) | np.{name}(one, x) | np.{name}(x, v[:4])"
        for name in ("divide", "multiply", "subtract", "add", "true_divide", "maximum", "minimum", "power", "mod")
    },
}

SYNTAX = """
x[0] | x[0:1] | x[1:9] | x[:, 0] | x[:, None] | x[None] | x[None, ...] | x[..., None] | x[..., 0] | x[::2] | x[::-1]
x[-1:] | x[2:1] | x[[0]] | x[[0, 1]] | x[[0, 1], [0, 1]] | x[x > 1] | x[np.array([True, False, True])] | x[0, 0]
x[np.array([0, 2])] | x[np.array([[0, 1], [1, 2]])] | x[[True, False, True]] | cube[0, :, 1:2] | cube[..., 0, :]
cube[:, [0, 2]] | cube[1:, None, 0] | cube[np.argmax(v)] | x[slice(0, 1)] | x[1, ..., None] | cube[:, 0][None] | x[()]
x + 1 | 1 - x | x / x | one + x | x + v[:4] | -x | x.T | cube.T | v.T | x.shape | x.shape[1:] | x.shape[-1] | x.size
[v] + [v] | [v] * 3 | (1,) + x.shape | [1, 2][0] | (1, x)[-1] | [v for _ in range(3)] | [y for y in x] | (1, *x.shape)
[*x, v] | (1, *x.shape)[-1] | ((1,) + x.shape)[-1] | ((1,) + x.shape)[:1] | x.real | [y[None] for y in x][0]
x if len(x) else v | (v or x) if len(v) == 1 else x | [[1, 2], [3, 4]] | {"a": x}["a"] | [x, one][1] | [one][0:1]
"""

ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(
        "to_numpy fillna dropna DataFrame Series read_csv read_excel read_pickle read_parquet read_hdf "
        "read_json".split(),
        "pandas",
    ),
    **dict.fromkeys(
        "transform fit_transform inverse_transform predict_proba minmax_scale train_test_split fetch_openml load_iris "
        "load_digits load_wine load_breast_cancer load_diabetes make_classification load_files fetch_mldata make_moons "
        "make_circles make_blobs make_regression toarray todense".split(),
        "scikit-learn, SciPy",
    ),
    **dict.fromkeys("equalize_hist adjust_gamma img_as_float imread blobFromImage".split(), "scikit-image, OpenCV"),
    **dict.fromkeys("load_dataset load loadtxt genfromtxt load_data".split(), "reads files, or what is downloaded"),
    **dict.fromkeys("sequence_padding row_stack".split(), "bert4keras, NumPy before 2.0"),
    **dict.fromkeys("batched chunked".split(), "itertools since Python 3.12, more_itertools: test_rule_ki203"),
    **dict.fromkeys(
        "cpu detach half double to unsqueeze permute as_tensor tensor from_numpy".split(),
        "PyTorch: test_keras_arrays",
    ),
    **dict.fromkeys(
        "cast normalize clip_by_value preprocess_input numpy per_image_standardization sigmoid relu ensure_shape "
        "standardize stop_gradient convert_to_tensor constant truncated_normal random_normal random_uniform concat "
        "gather one_hot to_categorical predict predict_on_batch texts_to_matrix resize_images img_to_array load_img "
        "decode_jpeg "
        "decode_png decode_image pad_sequences texts_to_sequences flow flow_from_directory flow_from_dataframe "
        "image_dataset_from_directory".split(),
        "Keras and TensorFlow: test_keras_arrays",
    ),
    "__next__": "as `next`",
}
"""The names of the table that no library behind this file has, and which has them."""


@pytest.mark.parametrize("name", list(NUMPY))
def test_rows_of_numpy_and_python(view: Look, name: str) -> None:
    assert name in EFFECTS
    answers = compare(view, SETUP, split(NUMPY[name]), names_after(SETUP))
    # The names that say nothing of what they give are said so.
    assert any(answer.values for answer in answers) or name in ("view", "identity", "append")


@pytest.mark.parametrize("expression", split(SYNTAX))
def test_syntax(view: Look, expression: str) -> None:
    compare(view, SETUP, [expression], names_after(SETUP))


def test_every_row_is_run_or_said_to_be_another_librarys() -> None:
    assert set(NUMPY) | set(ELSEWHERE) == set(EFFECTS)
    assert not set(NUMPY) & set(ELSEWHERE)


# Programs


class Programs:
    """Makes small programs of NumPy that run: each step makes another array of the last."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def text(self) -> str:
        lines = ["import numpy as np", "def wrap(x, axis=0):", "    return np.expand_dims(x, axis)"]
        lines += [
            "def first(x):",
            "    y = x[:1]",
            "    return y",
            "def each(x):",
            "    for y in x:",
            "        yield y",
        ]
        shape = self.random.choice(["(1, 4)", "(3, 4)", "(2, 3, 4)", "(5,)", "(1, 1, 6)"])
        lines += [f"a0 = np.ones({shape})"]
        for number in range(1, self.random.randint(2, 6)):
            lines += self.step(f"a{number - 1}", f"a{number}")
        return "\n".join(lines) + "\n"

    def step(self, old: str, new: str) -> list[str]:
        r = self.random
        axis, size, at = r.choice([0, 0, 1, -1, -2]), r.randint(1, 3), r.randint(0, 2)
        simple = [
            *(
                f"{old}[None]",
                f"{old}[:{size}]",
                f"{old}[{at}:{at + size}]",
                f"{old}[-1:]",
                f"{old}[0]",
                f"{old}[..., None]",
            ),
            *(
                f"np.expand_dims({old}, {axis})",
                f"{old}.reshape(-1)",
                f"{old}.reshape(1, -1)",
                f"{old}.reshape(-1, {size})",
            ),
            *(f"np.stack([{old}] * {size})", f"np.stack([{old}, {old}], axis={axis})", f"np.vstack([{old}])"),
            *(f"np.concatenate([{old}, {old}], axis={axis})", f"np.hstack([{old}, {old}])", f"np.atleast_2d({old})"),
            *(f"np.tile({old}, {size})", f"np.tile({old}, (1, {size}))", f"np.repeat({old}, {size}, axis={axis})"),
            *(f"{old}.T", f"{old}.squeeze()", f"{old} * 2 + 1", f"{old} + np.ones((4, 1))", f"np.array([{old}])"),
            *(f"wrap({old})", f"wrap({old}, {axis})", f"first({old})", f"next(each({old}))", f"{old}[::{size}]"),
            *(f"np.zeros((1,) + {old}.shape)", f"{old}.reshape((1, *{old}.shape))", f"np.swapaxes({old}, 0, {axis})"),
            *(f"{old}[[0]]", f"{old}[{old} > 0]", f"np.array([y for y in {old}])", f"np.moveaxis({old}, {axis}, 0)"),
        ]
        chosen = r.choice(simple)
        kind = r.random()
        if kind < 0.75:
            return [f"{new} = {chosen}"]
        if kind < 0.85:
            return [f"if len({old}) > {size}:", f"    {new} = {chosen}", "else:", f"    {new} = {r.choice(simple)}"]
        if kind < 0.95:
            return [
                f"{new}_all = []",
                f"for i in range({size}):",
                f"    {new}_all.append({chosen})",
                f"{new} = np.array({new}_all)",
            ]
        return [f"for {new} in [{chosen}, {r.choice(simple)}]:", "    pass"]


def runnable(seed: int) -> Iterator[tuple[str, dict[str, object]]]:
    """A program, with what its names are after it ran; nothing if it fails: not every shape goes with every step."""
    text = Programs(seed).text()
    try:
        yield text, names_after(text)
    except (ValueError, IndexError, TypeError, StopIteration):
        return


@pytest.mark.parametrize("block", range(8))
def test_programs(view: Look, block: int) -> None:
    ran = told = 0
    wrong: list[str] = []
    for seed in range(block * 60, block * 60 + 60):
        for text, names in runnable(seed):
            variables = sorted(name for name in names if name[:1] == "a" and name[1:].isdigit())
            project = view({"code.py": text + "".join(f"look({name})\n" for name in variables)})
            module = project.module(project.files[0])
            for call, name in zip(module.calls["look"], variables, strict=True):
                answer = array(project, module, call.args[0])
                told += answer.complete and bool(answer.values)
                if not holds(answer, names[name]):
                    wrong.append(f"{text}{name}: {np.shape(names[name])}, told {answer}")
            ran += 1
    assert not wrong, wrong[0]
    assert ran > 20
    assert told > ran  # the comparison is one with something that was said
