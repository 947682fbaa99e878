"""KI103 numpy-breaks-gradient: terms of a loss that no gradient passes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lines = Callable[..., list[str]]

HEAD = """
import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])
other = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])
mse = keras.losses.MeanSquaredError()


def step(x, y):
    with tf.GradientTape() as tape:
"""
TAIL = """
    return tape.gradient(loss, model.trainable_variables)
"""


def judged(lines_of: Lines, *body: str, tail: str = TAIL, head: str = HEAD) -> list[str]:
    return lines_of("KI103", head + "".join(f"        {line}\n" for line in body) + tail)


# Missed alarms


@pytest.mark.parametrize(
    "loss",
    [
        "np.mean((model(x) - y) ** 2)",
        "tf.reduce_mean((model(x).numpy() - y) ** 2)",
        "mse(y, np.array(model(x, training=True)))",
        "tf.constant(float(tf.reduce_mean(model(x))))",
        "mse(y, tf.argmax(model(x), axis=1))",
        "mse(y, tf.cast(model(x) > 0.5, tf.float32))",
        "mse(y, tf.cast(model(x), tf.int32))",
        "mse(y, keras.ops.argmax(model(x)))",
        "mse(y, tf.cast(tf.greater(model(x), 0.5), 'float32'))",
    ],
)
def test_a_whole_loss_without_a_gradient(lines_of: Lines, loss: str) -> None:
    assert judged(lines_of, f"loss = {loss}") == [f"loss = {loss}"]


def test_a_break_further_up(lines_of: Lines) -> None:
    body = ["out = model(x, training=True)", "classes = tf.argmax(out, axis=-1)", "loss = mse(y, classes)"]
    assert judged(lines_of, *body) == [body[1]]


@pytest.mark.parametrize(
    "body",
    [
        ["loss = mse(y, model(x)) + 0.1 * np.mean(model(x))"],
        ["first = mse(y, model(x))", "second = 0.1 * np.mean(model(x))", "loss = first + second"],
        ["loss = mse(y, model(x))", "loss += 0.1 * np.mean(model(x))"],
        ["loss = tf.reduce_mean(mse(y, model(x)) - np.mean(model(x)))"],
    ],
)
def test_one_term_of_a_sum(lines_of: Lines, body: list[str]) -> None:
    assert judged(lines_of, *body) == [line for line in body if "np." in line]


def test_the_gradient_of_an_input(lines_of: Lines) -> None:
    body = ["tape.watch(x)", "loss = np.max(model(x))"]
    assert judged(lines_of, *body, tail="    return tape.gradient(loss, x)\n") == [body[1]]


def test_a_model_on_the_instance(lines_of: Lines) -> None:
    text = """
import keras
import numpy as np
import tensorflow as tf

class Agent:
    def __init__(self):
        self.model = keras.models.load_model("m.keras")
        self.loss = keras.losses.MeanSquaredError()

    def learn(self, x, y):
        with tf.GradientTape() as tape:
            loss = self.loss(y, self.model(x).numpy())
        return tape.gradient(loss, self.model.trainable_variables)
"""
    assert lines_of("KI103", text) == ["loss = self.loss(y, self.model(x).numpy())"]


# False alarms


@pytest.mark.parametrize(
    "body",
    [
        # An advantage weights the term that carries the gradient.
        ["value = model(x)", "loss = tf.reduce_mean(tf.math.log(model(x)) * (y - value.numpy()))"],
        # An index picks from what carries it.
        ["out = model(x)", "loss = -tf.gather(out, tf.argmax(out, axis=1), batch_dims=1)"],
        ["out = model(x)", "loss = -out[0, int(np.argmax(out[0]))]"],
        # A mask and a count.
        ["out = model(x)", "loss = tf.reduce_sum(out * tf.cast(out > 0, tf.float32)) / float(tf.size(out))"],
        # Constants: labels, other models, targets.
        ["loss = mse(np.asarray(y), model(x))"],
        ["loss = mse(other(x).numpy(), model(x))"],
        ["loss = mse(tf.argmax(other(x), -1), model(x))"],
        ["loss = mse(y, model(x)) + np.mean(other(x))"],
        # What goes through stop_gradient is meant to be a constant.
        ["loss = mse(y, model(x)) + tf.stop_gradient(np.mean(model(x)))"],
        # Metrics and logs.
        [
            "out = model(x)",
            "loss = mse(y, out)",
            "right = np.mean(np.argmax(out, 1) == y)",
            "print(float(loss), right)",
        ],
        # The same tensor comes back in another way.
        [
            "out = model(x)",
            "hard = tf.cast(out > 0.5, tf.float32)",
            "loss = mse(y, out + tf.stop_gradient(hard - out))",
        ],
    ],
    ids=[
        "advantage",
        "gather",
        "index",
        "mask",
        "labels",
        "other",
        "target",
        "added",
        "stopped",
        "metrics",
        "straight",
    ],
)
def test_constants_on_purpose(lines_of: Lines, body: list[str]) -> None:
    assert judged(lines_of, *body) == []


def test_code_that_may_use_the_model_itself(lines_of: Lines) -> None:
    head = HEAD.replace(
        "def step", "def penalty(values):\n    return tf.reduce_sum(model.losses) * values\n\n\ndef step"
    )
    assert judged(lines_of, "loss = penalty(np.mean(model(x)))", head=head) == []
    assert judged(lines_of, "loss = run(model, np.mean(model(x)))") == []


def test_sources_that_cannot_be_read(lines_of: Lines) -> None:
    tail = "    return tape.gradient(loss, get_variables())\n"
    assert judged(lines_of, "loss = np.mean(model(x))", tail=tail) == []


def test_tensorflow_s_own_numpy_keeps_gradients(lines_of: Lines) -> None:
    head = HEAD.replace("import numpy as np", "import tensorflow.experimental.numpy as np")
    assert judged(lines_of, "loss = np.mean((model(x) - y) ** 2)", head=head) == []


def test_the_numpy_before_the_model_is_data(lines_of: Lines) -> None:
    assert judged(lines_of, "loss = mse(y, model(np.float32(x)))") == []


def test_the_input_itself_may_be_an_array_before_it_is_watched(lines_of: Lines) -> None:
    body = ["x = tf.constant(np.asarray(x))", "tape.watch(x)", "loss = tf.reduce_max(model(x))"]
    assert judged(lines_of, *body, tail="    return tape.gradient(loss, x)\n") == []


def test_a_test_decides_what_runs_and_is_no_term(lines_of: Lines) -> None:
    body = ["loss = mse(y, model(x))", "if tf.reduce_mean(model(x)) > 0.5:", "    loss = loss + 1.0"]
    assert judged(lines_of, *body) == []


def test_each_tape_of_a_function_has_its_own_target(lines_of: Lines) -> None:
    body = """
def both(x, y):
    with tf.GradientTape() as tape:
        loss = np.mean(model(x))
    one = tape.gradient(loss, model.trainable_variables)
    with tf.GradientTape() as tape:
        loss = mse(y, model(x))
    two = tape.gradient(loss, model.trainable_variables)
"""
    assert lines_of("KI103", HEAD.partition("def step")[0] + body) == ["loss = np.mean(model(x))"]
    tapes = lines_of("KI103", HEAD.partition("def step")[0] + body.replace("loss = np", "lost = np"))
    assert tapes == []
