"""KI306, training-true-at-inference: the code says beside its lines which call is reported, and which one is not."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]
HEAD = """\
import keras
import numpy as np
import tensorflow as tf
from keras import layers
model = keras.Sequential([layers.Dense(8), layers.Dropout(0.5), layers.Dense(1)])
"""


def subclass(body: str) -> str:
    """A model of the project's own with this `call`, in training mode."""
    return (
        "class Net(keras.Model):\n"
        "    def __init__(self):\n        super().__init__()\n        self.drop = layers.Dropout(0.5)\n"
        f"    def call(self, x, training=None):\n        {body}\n"
        "net = Net()\nprint(net(x, training=True))"
    )


MISSED_ALARMS = {
    "a script": "print(model(x, training=True))  # KI306",
    "a function": "def score(x):\n    return model(x, training=True)  # KI306",
    "a subclass that hands the mode on": subclass("return self.drop(x, training=training)") + "  # KI306",
}
FALSE_ALARMS = {
    "inference mode": "print(model(x, training=False))",
    "sampling in a loop": "samples = [model(x, training=True) for _ in range(50)]",
    "sampling through calls": """
        def once(x):
            return model(x, training=True)
        samples = np.stack([once(x) for _ in range(50)])
    """,
    "sampling by name": "def mc_dropout(x):\n    return model(x, training=True)",
    "a weight update": """
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
    """,
    "a function that is differentiated": """
        def loss_fn():
            return keras.ops.mean(model(x, training=True))
        loss, grads = keras.ops.value_and_grad(loss_fn)(model.trainable_variables)
    """,
    "a function that another library differentiates": """
        from flax import nnx
        @nnx.value_and_grad
        def loss_fn(weights):
            return model(x, training=True).mean()
    """,
    "a function that is differentiated by an imported name": """
        from equinox import filter_grad as slope
        grads = slope(lambda weights: model(x, training=True).mean())(weights)
    """,
    "a generator": "def paint(generator=model):\n    return generator(x, training=True)",
    "no layer depends on the mode": "net = keras.Sequential([layers.Dense(1)])\nprint(net(x, training=True))",
    "a model that cannot be read": "net = keras.models.load_model('m.keras')\nprint(net(x, training=True))",
    "a subclass that chooses by the mode what it computes": subclass(
        "return (self.drop(x[0], training=True), x[1]) if training else self.drop(x)"
    ),
    "outputs that nobody reads": "model(x, training=True)\n_ = model(x, training=True)",
    "augmenting a data set": """
        augment = keras.Sequential([layers.RandomFlip(), layers.RandomRotation(0.1)])
        data = tf.data.Dataset.from_tensor_slices(x).map(lambda image: augment(image, training=True))
    """,
    "building the weights": "_ = model(x, training=True)",
    "looking at the shape": "print(model(x, training=True).shape)",
    "losses in training mode, by the project's own code": """
        class Detector(keras.Model):
            def __init__(self):
                super().__init__()
                self.body = keras.Sequential([layers.Dense(8), layers.Dropout(0.5)])
            def call(self, x, training=False):
                y = self.body(x, training=training)
                if training:
                    return tf.reduce_mean(y)
                return y
        net = Detector()
        print(net(x, training=True))
    """,
    "building a model": "i = keras.Input((4,))\nouter = keras.Model(i, model(i, training=True))",
}


@pytest.mark.parametrize("code", list(MISSED_ALARMS.values()), ids=list(MISSED_ALARMS))
def test_missed_alarms(judge: Judge, code: str) -> None:
    (finding,) = judge({"code.py": HEAD + textwrap.dedent(code)}, select=("KI306",))
    assert finding.severity is Severity.INFO
    assert "Dropout makes the outputs depend on chance." in finding.message


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("layers.BatchNormalization()", "BatchNormalization makes the outputs depend on the batch."),
        ("layers.Dropout(0.1), layers.BatchNormalization()", "make the outputs depend on chance and on the batch."),
    ],
)
def test_the_message_says_what_the_outputs_depend_on(judge: Judge, held: str, words: str) -> None:
    code = HEAD + f"net = keras.Sequential([layers.Dense(8), {held}])\nprint(net(x, training=True))  # KI306\n"
    (finding,) = judge({"code.py": code}, select=("KI306",))
    assert words in finding.message


@pytest.mark.parametrize("code", list(FALSE_ALARMS.values()), ids=list(FALSE_ALARMS))
def test_false_alarms(judge: Judge, code: str) -> None:
    assert judge({"code.py": HEAD + textwrap.dedent(code)}, select=("KI306",)) == []


# Monte-Carlo dropout is no excuse for BatchNormalization

NORMALIZED = (
    HEAD
    + """\
net = keras.Sequential([layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1)])
frozen = keras.Sequential([layers.Dense(8), layers.BatchNormalization(trainable=False), layers.Dropout(0.5)])
"""
)
MOVED = {
    "draws in a comprehension": "samples = np.stack([net(x, training=True) for _ in range(50)])  # KI306",
    "draws in a loop": """
        samples = []
        for i in range(50):
            samples.append(net(x, training=True))  # KI306
    """,
    "draws through a function": """
        def once(x):
            return net(x, training=True)  # KI306
        samples = np.stack([once(x) for _ in range(50)])
    """,
    "draws that are mapped": "samples = tf.map_fn(lambda _: net(x, training=True), tf.zeros(50))  # KI306",
    "by a model of itself": """
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.norm = layers.BatchNormalization()
                self.drop = layers.Dropout(0.5)
            def call(self, x, training=None):
                return self.drop(self.norm(x, training=training), training=training)
            def spread(self, x):
                return np.std([self(x, training=True) for _ in range(50)], axis=0)  # KI306
    """,
    "by name": "def mc_dropout(x):\n    return net(x, training=True)  # KI306",
}
NOT_MOVED = {
    "frozen averages": "samples = np.stack([frozen(x, training=True) for _ in range(50)])",
    "Dropout alone": "samples = np.stack([model(x, training=True) for _ in range(50)])",
    "one pass over other inputs each": "outputs = [net(x, training=True) for x in xs]",
    "a function of each row": "outputs = tf.map_fn(lambda row: net(row, training=True), xs)",
    "rows by their number": "outputs = [net(xs[i : i + 1], training=True) for i in range(50)]",
    "moving the averages on purpose": "for _ in range(50):\n    net(x, training=True)",
    "a model that trains itself": """
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.norm = layers.BatchNormalization()
                self.drop = layers.Dropout(0.5)
            def call(self, x, training=None):
                return self.drop(self.norm(x, training=training), training=training)
            def loss_of(self, x, y):
                return tf.reduce_mean((self(x, training=True) - y) ** 2)
    """,
    "a generator": "def sample(generator=net):\n    return [generator(z, training=True) for _ in range(9)]",
}


@pytest.mark.parametrize("code", list(MOVED.values()), ids=list(MOVED))
def test_sampling_that_moves_averages(judge: Judge, code: str) -> None:
    (finding,) = judge({"code.py": NORMALIZED + textwrap.dedent(code)}, select=("KI306",))
    assert "puts BatchNormalization in training mode too" in finding.message


@pytest.mark.parametrize("code", list(NOT_MOVED.values()), ids=list(NOT_MOVED))
def test_sampling_that_moves_nothing(judge: Judge, code: str) -> None:
    assert judge({"code.py": NORMALIZED + textwrap.dedent(code)}, select=("KI306",)) == []
