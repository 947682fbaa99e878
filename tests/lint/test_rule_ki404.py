"""KI404 missing-batch-dimension: one sample where a batch is wanted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lines = Callable[..., list[str]]

HEAD = """
import random
import cv2
import keras
import numpy as np
from tensorflow.keras.preprocessing import image

model = keras.models.load_model("m.keras")
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_test = x_test.astype("float32") / 255
"""


def judged(lines_of: Lines, body: str, head: str = HEAD) -> list[str]:
    return lines_of("KI404", head + body)


# Missed alarms


@pytest.mark.parametrize(
    "call",
    [
        "model.predict(x_test[0])",
        "model.predict(x_test[-1], verbose=0)",
        "model.predict_on_batch(x_test[7])",
        "model.predict(cv2.imread('a.png'))",
        "model.predict(image.img_to_array(image.load_img('a.png')) / 255.0)",
        "model.predict([[1.0, 2.0, -3.0]])",
        "model.predict([5.0])",
    ],
)
def test_a_sample_or_a_list_as_it_is(lines_of: Lines, call: str) -> None:
    assert judged(lines_of, f"score = {call}\n") == [f"score = {call}"]


def test_through_names(lines_of: Lines) -> None:
    body = """
n = random.randint(0, 9)
digit = x_test[n]
first = model.predict(digit)
photo = cv2.imread("a.png")
photo = cv2.resize(photo, (64, 64))
photo = photo.astype("float32") / 255.0
second = model.predict(photo)
"""
    assert judged(lines_of, body) == ["first = model.predict(digit)", "second = model.predict(photo)"]


@pytest.mark.parametrize(
    "loop",
    [
        "for digit in x_test:\n    model.predict(digit)",
        "for n, digit in enumerate(x_test):\n    model.predict(digit)",
        "for digit, label in zip(x_test, y_test):\n    model.predict(digit)",
        "for n in range(9):\n    model.predict(x_test[n])",
    ],
)
def test_elements_in_a_loop(lines_of: Lines, loop: str) -> None:
    assert judged(lines_of, f"{loop}\n") == [loop.split("\n")[1].strip()]


# False alarms


@pytest.mark.parametrize(
    "call",
    [
        "model.predict(x_test[0:1])",
        "model.predict(x_test[0][None])",
        "model.predict(x_test[[0]])",
        "model.predict(x_test[0].reshape(1, 28, 28))",
        "model.predict(np.expand_dims(x_test[0], 0))",
        "model.predict(np.array([x_test[0]]))",
        "model.predict(x_test[chosen])",
        "model.predict(x_test[y_test == 3])",
        "model.predict(batches[0])",
        "model.predict(np.array([[1.0, 2.0]]))",
        "model.predict([left, right])",
        "model.predict(['some text'])",
        "other.predict([[1.0, 2.0]])",
    ],
)
def test_batches_and_what_is_not_shown(lines_of: Lines, call: str) -> None:
    assert judged(lines_of, f"score = {call}\n") == []


@pytest.mark.parametrize(
    "made",
    [
        "x_test = x_test.reshape(10000, 1, 28, 28)",
        "x_test = x_test.reshape((-1, 1, 784))",
        "x_test = np.expand_dims(x_test, 1)",
        "x_test = [d[None] for d in x_test]",
        "x_test = prepare(x_test)",
    ],
)
def test_samples_that_may_have_their_axis_already(lines_of: Lines, made: str) -> None:
    assert judged(lines_of, f"{made}\nscore = model.predict(x_test[0])\n") == []


def test_an_image_that_gets_its_axis(lines_of: Lines) -> None:
    body = """
photo = cv2.imread("a.png")
photo = np.expand_dims(photo, axis=0)
model.predict(photo)
model.predict(cv2.dnn.blobFromImage(cv2.imread("b.png")))
stack = np.array([cv2.imread(name) for name in names])
model.predict(stack)
"""
    assert judged(lines_of, body) == []


def test_a_list_that_grows_is_not_judged(lines_of: Lines) -> None:
    assert judged(lines_of, "rows = [1.0]\nrows.append(2.0)\nmodel.predict(rows)\n") == []


def test_keras_2_takes_lists(lines_of: Lines) -> None:
    assert judged(lines_of, "model.predict([[1.0, 2.0]])\n", head=HEAD + "import tf_keras\n") == []
