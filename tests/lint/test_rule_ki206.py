"""KI206 direct-call-on-dataset: all rows at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lines = Callable[..., list[str]]

HEAD = """
import keras
import numpy as np
import pandas as pd
import tensorflow as tf
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

model = keras.models.load_model("m.keras")
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
"""


def judged(lines_of: Lines, body: str) -> list[str]:
    return lines_of("KI206", HEAD + body)


# Missed alarms


@pytest.mark.parametrize(
    "call",
    [
        "scores = model(x_test)",
        "scores = model(x_test, training=False)",
        "scores = model.predict_on_batch(x_test)",
        "scores = model(x_test.astype('float32') / 255)",
        "scores = model(tf.convert_to_tensor(x_test)).numpy()",
        "scores = keras.ops.argmax(model(x_train))",
    ],
)
def test_inference_on_all_rows(lines_of: Lines, call: str) -> None:
    assert judged(lines_of, f"{call}\n") == [call]


@pytest.mark.parametrize(
    "made",
    [
        "rows = pd.read_csv('rows.csv').values",
        "a, rows, b, c = train_test_split(images, labels)",
        "(rows, labels), _ = keras.datasets.cifar10.load_data()\nrows = rows.astype('float32') / 255.0",
        "rows = np.load('rows.npy')\nmodel.fit(rows, labels)",
    ],
)
def test_every_loader(lines_of: Lines, made: str) -> None:
    assert judged(lines_of, f"{made}\nscores = model(rows)\n") == ["scores = model(rows)"]


def test_a_model_of_the_project(lines_of: Lines) -> None:
    body = """
class Net(keras.Model):
    def call(self, x):
        return x

net = Net()
scores = net(x_test)
"""
    assert judged(lines_of, body) == ["scores = net(x_test)"]


# False alarms


@pytest.mark.parametrize(
    "call",
    [
        "model(x_test[:32])",
        "model(x_test[0:1])",
        "model(x_test[0][None])",
        "[model(x) for x in x_test]",
        "model.predict(x_test)",
        "model(x_test, training=True)",
        "unknown(x_test)",
        "keras.layers.Dense(3)(x_test)",
        "model(np.load('noise.npy'))",
        "model(keras.Input((28, 28)))",
    ],
)
def test_pieces_training_and_other_callables(lines_of: Lines, call: str) -> None:
    assert judged(lines_of, f"scores = {call}\n") == []


def test_gradients_need_the_direct_call(lines_of: Lines) -> None:
    body = """
with tf.GradientTape() as tape:
    loss = tf.reduce_mean((model(x_train) - y_train) ** 2)
gradients = tape.gradient(loss, model.trainable_variables)
"""
    assert judged(lines_of, body) == []


def test_a_few_hundred_rows(lines_of: Lines) -> None:
    body = """
rows, labels = load_iris(return_X_y=True)
rows, held, labels, answers = train_test_split(rows, labels)
scores = model(held)
(houses, prices), _ = keras.datasets.boston_housing.load_data()
scores = model(houses)
"""
    assert judged(lines_of, body) == []


def test_code_in_a_graph_is_not_judged(lines_of: Lines) -> None:
    assert judged(lines_of, "@tf.function\ndef run():\n    return model(x_test)\n") == []
