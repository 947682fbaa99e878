"""Programs run before and after their fix on real Keras models: same results, fewer calls, gradients where none were.

Every program leaves what it computed in `result`. The models are tiny and shared, so that each is traced once.
"""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.arguments import remove_arguments, remove_positional, set_argument
from lint_rules.fixes.calls.batch_axis import keep_batch_axis
from lint_rules.fixes.calls.call_signature import accept_training
from lint_rules.fixes.calls.drop_method import drop_numpy
from lint_rules.fixes.calls.removed_api import predict_classes_to_predict, predict_proba_to_predict
from lint_rules.fixes.calls.tensor_twin import stay_in_tensors
from lint_rules.fixes.calls.to_direct_call import call_model, to_direct_call, to_predict
from lint_rules.fixes.calls.to_predict_on_batch import to_predict_on_batch
from lint_rules.fixes.loops.batch_loop import batch_predict
from lint_rules.fixes.loops.hoist import hoist
from lint_rules.fixes.loops.known import Known
from lint_rules.fixes.loops.manual_batches import predict_whole
from lint_rules.fixes.tree.text import apply_edits, position_of

pytestmark = pytest.mark.sampled(2)

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
np = pytest.importorskip("numpy")
tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")
if keras.backend.backend() != "tensorflow":
    pytest.skip("the programs use tf.GradientTape", allow_module_level=True)

Rewrite = Callable[[str, Position], tuple[Edit, ...] | None]


@dataclass(frozen=True)
class Program:
    """`calls` is how often predict ran before and after, `batched` how often predict_on_batch did."""

    name: str
    code: str
    fix: Rewrite
    at: str = "model.predict("
    calls: tuple[int, int] | None = None
    batched: tuple[int, int] = (0, 0)
    same_types: bool = True


PER_SAMPLE = [
    ("comprehension", "result = [model.predict(x[None], verbose=0)[0] for x in xs]"),
    ("comprehension over a list", "result = [model.predict(x[None], verbose=0)[0] for x in list_of_xs]"),
    ("comprehension over a generator", "result = [model.predict(x[None], verbose=0)[0] for x in (r + 1 for r in xs)]"),
    ("comprehension of scalars", "result = [float(model.predict(x[np.newaxis, :], verbose=0)[0, 1]) for x in xs]"),
    ("comprehension of classes", "result = [np.argmax(model.predict(x[None, ...], verbose=0)) for x in xs]"),
    ("comprehension of batches", "result = [model.predict(np.expand_dims(x, 0), verbose=0) for x in xs]"),
    ("comprehension by index", "result = [model.predict(xs[i:i + 1], verbose=0)[0] for i in range(len(xs))]"),
    ("comprehension with a condition", "result = [model.predict(x[None], verbose=0)[0] for x in xs if x[0] > 0]"),
    ("comprehension of pairs", "result = [(i, model.predict(x[None], verbose=0)[0]) for i, x in enumerate(xs)]"),
    ("comprehension over zip", "result = [(y, model.predict(x[None], verbose=0)[0]) for x, y in zip(xs, range(6))]"),
    ("comprehension that reshapes", "result = [model.predict(x.reshape(1, -1), verbose=0)[0] for x in xs]"),
    ("dict of predictions", "result = {k: model.predict(v[None], verbose=0)[0] for k, v in named.items()}"),
    ("generator in sum", "result = sum(model.predict(x[None], verbose=0)[0][0] for x in xs)"),
    ("array of rows", "result = np.array([model.predict(x[None], verbose=0)[0] for x in xs])"),
    ("concatenated batches", "result = np.concatenate([model.predict(x[None], verbose=0) for x in xs])"),
    ("two inputs", "result = [double.predict([a[None], b[None]], verbose=0)[0] for a, b in zip(xs, xs[::-1])]"),
    (
        "append loop",
        """
        result = []
        for x in xs:
            result.append(model.predict(x[None], verbose=0)[0])
        """,
    ),
    (
        "append loop of batches",
        """
        result = []
        for x in xs:
            # a batch of one
            result.append(model.predict(x[None], verbose=0))
        """,
    ),
    (
        "preallocated array filled by index",
        """
        result = np.zeros((len(xs), 2))
        for i in range(len(xs)):
            result[i] = model.predict(xs[i][None], verbose=0)[0]
        """,
    ),
    (
        "preallocated array filled by enumerate",
        """
        result = np.zeros((len(xs), 2))
        for i, x in enumerate(xs):
            result[i] = model.predict(np.expand_dims(x, axis=0), verbose=0)
        """,
    ),
    (
        "enumerate from one",
        """
        result = []
        for i, x in enumerate(iter(xs), 1):
            p = model.predict(np.array([x]), verbose=0)[0]
            result.append((i, x.sum(), p))
        """,
    ),
    (
        "zip of a generator",
        """
        result = []
        for x, label in zip(xs, (n * 2 for n in range(6))):
            p = model.predict(x[None], verbose=0)
            result.append((label, p))
        """,
    ),
    (
        "inputs prepared in the loop",
        """
        result = []
        for x in xs:
            # scale
            scaled = x / 2
            batch = np.expand_dims(scaled, 0)
            # predict
            p = model.predict(batch, verbose=0)[0]
            result.append((x[0], p))
        """,
    ),
    (
        "samples left out",
        """
        def run(samples):
            out = []
            for number, x in enumerate(samples):
                if x[0] < 0:
                    continue
                try:
                    x = x * np.float32(2)
                except ValueError:
                    continue
                if model.predict(x[None], verbose=0)[0, 0] > 0:
                    out.append((number, x))
            return out
        result = run(xs)
        """,
    ),
    (
        "loop that stops at the first hit",
        """
        result = None
        for x in list(xs[:]):
            if model.predict(x[None], verbose=0)[0, 0] > -100:
                result = x
                break
        """,
    ),
    (
        "helper inside a loop",
        """
        result = []
        for a in (1, 2):
            for x in xs:
                z = np.array([x * np.float32(a)])
                p = model.predict(z, verbose=0)
                result.append(p[0])
        """,
    ),
    (
        "replay of a memory",
        """
        states, targets = [], []
        for state, action, reward in memory:
            target = model.predict(state, verbose=0)
            target[0][action] = reward
            states.append(state[0])
            targets.append(target[0])
        result = np.array(targets)
        """,
    ),
]

SLICES = [
    (
        "slices joined",
        """
        parts = []
        for i in range(0, len(xs), 4):
            parts.append(model.predict(xs[i:i + 4], verbose=0))
        result = np.concatenate(parts)
        """,
    ),
    (
        "slices joined under the same name",
        """
        def run(data, size):
            out = []
            for start in range(0, data.shape[0], size):
                batch = data[start:start + size]
                out.append(model.predict(batch, verbose=0))
            out = np.vstack(out)
            return out
        result = run(xs, 4)
        """,
    ),
    (
        "slices of a comprehension",
        "result = np.concatenate([model.predict(xs[i:i+4], verbose=0) for i in range(0, len(xs), 4)])",
    ),
]


def direct(training: str) -> Rewrite:
    return lambda text, at: to_direct_call(text, at, training)


PROGRAMS = [
    *(
        Program(
            name,
            code,
            partial(batch_predict, known=Known(single=name == "replay of a memory")),
            "double.predict(" if "double" in code else "model.predict(",
            calls={
                "comprehension with a condition": (3, 1),
                "samples left out": (3, 1),
                "loop that stops at the first hit": (1, 1),
                "helper inside a loop": (12, 2),
                "replay of a memory": (3, 1),
                "dict of predictions": (2, 1),
            }.get(name, (6, 1)),
        )
        for name, code in PER_SAMPLE
    ),
    *(Program(name, code, predict_whole, calls=(2, 1)) for name, code in SLICES),
    Program(
        "batches of a dataset",
        "result = np.concatenate([model.predict(batch, verbose=0) for batch in dataset])",
        lambda text, at: predict_whole(text, at, dataset=True),
        calls=(2, 1),
    ),
    Program(
        "step loop",
        """
        state = xs[:1]
        for _ in range(3):
            state = np.concatenate([state[:, 1:], model.predict(state, verbose=0)[:, :1]], axis=1)
        result = state
        """,
        to_predict_on_batch,
        calls=(3, 0),
        batched=(0, 3),
    ),
    Program(
        "action of a policy",
        """
        def act(state):
            return np.argmax(model.predict(
                state[None],
                batch_size=1,  # one state
                verbose=0,
            )[0])
        result = [act(x) for x in xs]
        """,
        to_predict_on_batch,
        calls=(6, 0),
        batched=(0, 6),
    ),
    Program(
        "two outputs in a step",
        "mean, deviation = heads.predict(xs[:1], verbose=0)\nresult = mean + deviation",
        to_predict_on_batch,
        "heads.predict(",
        calls=(1, 0),
        batched=(0, 1),
    ),
    Program(
        "predict in the loss",
        """
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model.predict(xs, verbose=0) ** 2)
        result = float(loss)
        """,
        direct("True"),
        calls=(1, 0),
        same_types=False,
    ),
    Program(
        "prediction as a tensor",
        "result = np.asarray(model.predict(x=xs, verbose=0))",
        direct("False"),
        calls=(1, 0),
    ),
    Program(
        "predict under the tape, off the path",
        """
        with tf.GradientTape() as tape:
            target = model.predict(xs, verbose=0)
            loss = tf.reduce_mean((trained(xs, training=True) - target) ** 2)
        gradients = tape.gradient(loss, trained.trainable_variables)
        result = [g.numpy() for g in gradients]
        """,
        hoist,
        calls=(1, 1),
    ),
    Program(
        "target computed within an expression under the tape",
        """
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((trained(xs) - 2 * model.predict(xs, verbose=0)) ** 2)
        result = [g.numpy() for g in tape.gradient(loss, trained.trainable_variables)]
        """,
        hoist,
        calls=(1, 1),
    ),
    Program(
        "same prediction in every round",
        """
        result = []
        for n in range(3):
            base = model.predict(xs, verbose=0)
            result.append(base * n)
        """,
        hoist,
        calls=(3, 1),
    ),
    Program(
        "same prediction for every element",
        "result = [model.predict(xs, verbose=0)[0] * n for n in range(3)]",
        hoist,
        calls=(3, 1),
    ),
    Program(
        "call method",
        "result = model.call(keras.ops.convert_to_tensor(xs)).numpy()",
        call_model,
        "model.call(",
    ),
    Program(
        "whole data set called directly",
        "result = np.asarray(model(xs, training=False))",
        to_predict,
        "model(",
        calls=(0, 1),
    ),
]
"""What runs before the fix as well as after it."""


@dataclass(frozen=True)
class Repair:
    """A program that fails before the fix, with this error, and gives `result` after it."""

    name: str
    code: str
    fix: Rewrite
    at: str
    error: type[Exception]


REPAIRS = [
    Repair(
        "numpy() on a prediction",
        "result = model.predict(xs, verbose=0).numpy()",
        drop_numpy,
        "model.predict(",
        AttributeError,
    ),
    Repair(
        "numpy() on a row of a prediction",
        "result = model.predict(xs, verbose=0)[0].numpy()",
        drop_numpy,
        "model.predict(",
        AttributeError,
    ),
    Repair(
        "training= given to predict",
        "result = model.predict(xs, training=False, verbose=0)",
        lambda text, at: remove_arguments(text, at, {"training"}),
        "model.predict(",
        TypeError,
    ),
    Repair(
        "workers given to predict",
        "result = model.predict(xs, workers=4, use_multiprocessing=True, verbose=0)",
        lambda text, at: remove_arguments(text, at, {"workers", "use_multiprocessing", "max_queue_size"}),
        "model.predict(",
        TypeError,
    ),
    Repair(
        "verbose given to predict_on_batch",
        "result = model.predict_on_batch(xs, verbose=0)",
        lambda text, at: remove_arguments(text, at, {"verbose"}),
        "model.predict_on_batch(",
        TypeError,
    ),
    Repair(
        "labels given to predict",
        "result = model.predict(xs, np.arange(6), verbose=0)",
        lambda text, at: remove_positional(text, at, 1),
        "model.predict(",
        ValueError,
    ),
    Repair(
        "predict_proba",
        "result = model.predict_proba(xs)",
        predict_proba_to_predict,
        "model.predict_proba(",
        AttributeError,
    ),
    Repair(
        "predict_classes after softmax",
        "result = model.predict_classes(xs)",
        lambda text, at: predict_classes_to_predict(text, at, "softmax"),
        "model.predict_classes(",
        AttributeError,
    ),
    Repair(
        "predict_classes after sigmoid",
        "result = model.predict_classes(xs)",
        lambda text, at: predict_classes_to_predict(text, at, "sigmoid"),
        "model.predict_classes(",
        AttributeError,
    ),
    Repair(
        "one sample without its batch axis",
        "result = model.predict(xs[2], verbose=0)",
        keep_batch_axis,
        "model.predict(",
        ValueError,
    ),
    Repair(
        "predict in a traced function",
        "@tf.function\ndef f(x):\n    return model.predict(x, verbose=0) * 2\nresult = f(tf.constant(xs)).numpy()",
        direct("False"),
        "model.predict(",
        Exception,
    ),
]
EXPECTED: dict[str, Callable[[Any], Any]] = {
    "numpy() on a row of a prediction": lambda whole: whole[0],
    "predict_classes after softmax": lambda whole: whole.argmax(-1),
    "predict_classes after sigmoid": lambda whole: (whole > 0.5).astype("int32"),
    "one sample without its batch axis": lambda whole: whole[2:3],
    "predict in a traced function": lambda whole: whole * 2,
}
"""What a repaired program computes from the predictions of all samples, where that is not those themselves."""

GRADIENTS = [
    (
        "predict on the way to the loss",
        "model.predict(xs, verbose=0)",
        direct("True"),
        "model.predict(",
    ),
    (
        "predict_on_batch on the way to the loss",
        "model.predict_on_batch(xs)",
        direct("True"),
        "model.predict_on_batch(",
    ),
    ("np.square on the way to the loss", "np.square(model(xs, training=True))", stay_in_tensors, "np.square("),
    ("np.mean on the way to the loss", "np.mean(model(xs, training=True), axis=1)", stay_in_tensors, "np.mean("),
    (
        "float() on the way to the loss",
        "float(tf.reduce_sum(model(xs, training=True)))",
        stay_in_tensors,
        "float(",
    ),
]


@pytest.fixture(scope="module")
def world() -> dict[str, Any]:
    """What the programs may use."""
    keras.utils.set_random_seed(1)
    layers = keras.layers

    def dense(outputs: int) -> Any:
        return keras.Sequential([layers.Input((3,)), layers.Dense(4, activation="tanh"), layers.Dense(outputs)])

    one, two = layers.Input((3,)), layers.Input((3,))
    xs = np.random.default_rng(1).normal(size=(6, 3)).astype("float32")
    xs[:3, 0], xs[3:, 0] = -1, 1
    return {
        "np": np,
        "tf": tf,
        "keras": keras,
        "model": dense(2),
        "trained": dense(2),
        "double": keras.Model([one, two], layers.Dense(2)(layers.concatenate([one, two]))),
        "heads": keras.Model(one, [layers.Dense(1)(one), layers.Dense(1)(one)]),
        "xs": xs,
        "list_of_xs": list(xs),
        "named": {"a": xs[0], "b": xs[1]},
        "memory": [(xs[n : n + 1], n % 2, float(n)) for n in range(3)],
        "dataset": tf.data.Dataset.from_tensor_slices(xs).batch(4),
    }


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """How often the methods of Keras's Model ran."""
    seen = {"predict": 0, "predict_on_batch": 0}

    def counted(name: str) -> None:
        original = getattr(keras.Model, name)

        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            seen[name] += 1
            return original(self, *args, **kwargs)

        monkeypatch.setattr(keras.Model, name, method)

    for name in seen:
        counted(name)
    return seen


def fixed(code: str, fix: Rewrite, at: str) -> str:
    text = "import numpy as np\n\n" + textwrap.dedent(code).strip() + "\n"
    edits = fix(text, position_of(text, text.index(at)))
    assert edits, "the fix does not know this shape"
    return apply_edits(text, edits)


def run(code: str, world: dict[str, Any]) -> Any:
    namespace = dict(world)
    exec(compile(textwrap.dedent(code), "program.py", "exec"), namespace)
    return namespace["result"]


def assert_same(before: Any, after: Any, types: bool = True) -> None:
    if types:
        assert type(before) is type(after)
    if isinstance(before, (list, tuple)):
        assert len(before) == len(after)
        for one, other in zip(before, after, strict=True):
            assert_same(one, other, types)
    elif isinstance(before, dict):
        assert list(before) == list(after)
        assert_same(list(before.values()), list(after.values()), types)
    else:
        assert np.shape(before) == np.shape(after)
        if types and isinstance(before, np.ndarray):
            assert before.dtype == after.dtype
        np.testing.assert_allclose(before, after, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_results_stay(program: Program, world: dict[str, Any], counts: dict[str, int]) -> None:
    before = run(program.code, world)
    called = dict(counts)
    counts.update(predict=0, predict_on_batch=0)
    after = run(fixed(program.code, program.fix, program.at), world)
    assert_same(before, after, program.same_types)
    if program.calls:
        assert (called["predict"], counts["predict"]) == program.calls
    assert (called["predict_on_batch"], counts["predict_on_batch"]) == program.batched


@pytest.mark.parametrize("repair", REPAIRS, ids=lambda repair: repair.name)
def test_failing_programs_run(repair: Repair, world: dict[str, Any]) -> None:
    with pytest.raises(repair.error):
        run(repair.code, world)
    after = run(fixed(repair.code, repair.fix, repair.at), world)
    whole = world["model"].predict_on_batch(world["xs"])
    assert_same(EXPECTED.get(repair.name, lambda rows: rows)(whole), after)


@pytest.mark.parametrize(
    ("name", "value", "fix", "at"), GRADIENTS, ids=lambda value: value if " " in str(value) else ""
)
def test_gradients_flow(name: str, value: str, fix: Rewrite, at: str, world: dict[str, Any]) -> None:
    code = f"""
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.convert_to_tensor({value}))
    result = tape.gradient(loss, model.trainable_variables)
    """
    assert all(gradient is None for gradient in run(code, world))
    assert all(gradient is not None for gradient in run(fixed(code, fix, at), world))


def test_a_prediction_of_the_input_keeps_its_gradient(world: dict[str, Any]) -> None:
    code = """
    x = tf.constant(xs)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(tf.convert_to_tensor(model.predict(x, verbose=0)))
    result = tape.gradient(loss, x)
    """
    assert run(code, world) is None
    assert np.any(run(fixed(code, direct("False"), "model.predict("), world).numpy())


def test_training_false_makes_an_augmenting_model_repeatable(world: dict[str, Any]) -> None:
    noisy = keras.Sequential([keras.layers.Input((8, 8, 1)), keras.layers.RandomTranslation(0.4, 0.4)])
    image = np.random.default_rng(2).normal(size=(1, 8, 8, 1)).astype("float32")
    code = "result = [np.asarray(noisy(image)) for _ in range(4)]"
    setting = {**world, "noisy": noisy, "image": image}
    before = run(code, setting)
    after = run(fixed(code, lambda text, at: set_argument(text, at, "training", "False"), "noisy("), setting)
    assert any(not np.array_equal(before[0], other) for other in before[1:])
    assert all(np.array_equal(after[0], other) for other in after[1:])
    np.testing.assert_allclose(after[0], noisy.predict(image, verbose=0), rtol=1e-5, atol=1e-6)


def test_a_subclass_that_takes_training_drops_units_when_it_trains(world: dict[str, Any]) -> None:
    code = """
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.drop = keras.layers.Dropout(0.5, seed=1)

        def call(self, x):
            outputs = self.drop(x)
            seen.append(np.asarray(outputs))
            return outputs

    seen = []
    net = Net()
    net.compile(loss="mse", run_eagerly=True)
    net.fit(np.ones((8, 64), "float32"), np.ones((8, 64), "float32"), verbose=0)
    result = seen[-1]
    """

    def accept(text: str, at: Position) -> tuple[Edit, ...] | None:
        start = text.index("self.drop(x)")
        span = (position_of(text, start), position_of(text, start + len("self.drop(x)")))
        return accept_training(text, at, [span])

    assert not (run(code, world) == 0).any()
    assert (run(fixed(code, accept, "def call("), world) == 0).any()
