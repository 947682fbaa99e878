"""What KI103, KI404, KI405 and KI407 say of Keras, measured on the installed Keras 3 (see docs/keras-facts.md)."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.sampled(3)

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", minversion="3.0")
tf = pytest.importorskip("tensorflow")
if keras.backend.backend() != "tensorflow":
    pytest.skip("measured on the TensorFlow backend", allow_module_level=True)

import numpy as np  # noqa: E402

X = np.random.default_rng(0).random((16, 6)).astype("float32")
Y = np.ones((16, 1), "float32")


@pytest.fixture
def model() -> Any:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.layers.Input((6,)), keras.layers.Dense(1)])


# KI103


@pytest.mark.parametrize(
    "loss",
    [
        lambda out: np.mean((out - Y) ** 2),
        lambda out: tf.reduce_mean((out.numpy() - Y) ** 2),
        lambda out: tf.constant(float(tf.reduce_mean(out))),
        lambda out: tf.reduce_mean(tf.cast(tf.argmax(out, axis=1), tf.float32)),
        lambda out: tf.reduce_mean(tf.cast(out > 0.5, tf.float32)),
        lambda out: tf.reduce_mean(tf.cast(tf.cast(out, tf.int32), tf.float32)),
        lambda out: keras.ops.mean(keras.ops.cast(keras.ops.argmax(out, axis=1), "float32")),
    ],
    ids=["np", "numpy", "float", "argmax", "comparison", "int", "ops.argmax"],
)
def test_every_gradient_through_it_is_none(model: Any, loss: Any) -> None:
    with tf.GradientTape() as tape:
        value = tf.convert_to_tensor(loss(model(X)))
    assert tape.gradient(value, model.trainable_variables) == [None, None]


def test_a_term_through_numpy_adds_nothing_and_nothing_says_so(model: Any) -> None:
    def gradient(extra: Any) -> np.ndarray:
        with tf.GradientTape() as tape:
            out = model(X)
            value = tf.reduce_mean((out - Y) ** 2) + extra(out)
        return np.array(tape.gradient(value, model.trainable_variables)[0])

    alone = gradient(lambda out: 0.0)
    assert np.allclose(gradient(lambda out: 3 * np.mean(out)), alone)
    assert not np.allclose(gradient(lambda out: 3 * tf.reduce_mean(out)), alone)


# KI404


@pytest.mark.parametrize("rows", [[5.0], [1, 2, 3], [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]])
def test_predict_takes_no_list_of_numbers(model: Any, rows: list[Any]) -> None:
    with pytest.raises(ValueError, match="Unrecognized data type"):
        model.predict(rows, verbose=0)


# KI405


def test_only_the_first_of_both_subsets_is_shuffled(tmp_path: Path) -> None:
    pillow = pytest.importorskip("PIL.Image")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        for number in range(40):
            pillow.fromarray(np.full((4, 4, 3), number, "uint8")).save(tmp_path / name / f"{number}.png")
    both = keras.utils.image_dataset_from_directory(
        tmp_path, image_size=(4, 4), validation_split=0.5, subset="both", seed=1, verbose=False
    )

    def order(data: Any) -> list[int]:
        return [int(y) for _, y in data.unbatch()]

    assert order(both[0]) != order(both[0])
    assert order(both[1]) == order(both[1])


def test_a_cache_behind_the_shuffle_keeps_the_order() -> None:
    data = tf.data.Dataset.range(50).shuffle(50)
    assert list(data.as_numpy_iterator()) != list(data.as_numpy_iterator())
    data = data.cache()
    assert list(data.as_numpy_iterator()) == list(data.as_numpy_iterator())


# KI407


@pytest.mark.backend("torch")
def test_on_torch_a_direct_call_keeps_its_graph_and_predict_does_not() -> None:
    script = """
        import keras, numpy as np, torch
        model = keras.Sequential([keras.layers.Input((6,)), keras.layers.Dense(1)])
        x = np.ones((2, 6), "float32")
        kept = [model(x), model(x, training=False)]
        with torch.no_grad():
            kept.append(model(x))
        print([out.grad_fn is not None for out in kept], type(model.predict_on_batch(x)).__name__)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        env=os.environ | {"KERAS_BACKEND": "torch"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip().endswith("[True, True, False] ndarray")
