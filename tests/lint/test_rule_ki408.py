"""KI408 predict-never-ends: what is predicted has no end, and nothing says how many steps to take."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lines = Callable[..., list[str]]

HEAD = """
import itertools
import keras
import numpy as np
import tensorflow as tf

model = keras.models.load_model("m.keras")
x = np.random.rand(10, 8)

def forever(data):
    while True:
        for start in range(0, len(data), 4):
            yield data[start:start + 4]

def once(data):
    for start in range(0, len(data), 4):
        yield data[start:start + 4]

def until(data, n):
    while True:
        if n == 0:
            return
        n -= 1
        yield data

def broken_off(data):
    while True:
        if len(data) == 0:
            break
        yield data

def passed_on(other):
    while True:
        yield next(other)

def around_again(data):
    while True:
        rows = iter(data)
        while True:
            try:
                row = next(rows)
            except StopIteration:
                break
            yield row[None]
"""


def judged(lines_of: Lines, body: str) -> list[str]:
    return lines_of("KI408", HEAD + body)


@pytest.mark.parametrize(
    "body",
    [
        "model.predict(forever(x))",
        "source = forever(x)\nmodel.predict(source, verbose=0)",
        "model.predict(tf.data.Dataset.from_tensor_slices(x).batch(4).repeat())",
        "ds = tf.data.Dataset.from_tensor_slices(x).repeat().batch(4).prefetch(1)\nmodel.predict(ds)",
        "model.predict(tf.data.Dataset.from_tensor_slices(x).repeat(-1).batch(4))",
        "model.predict(batch for batch in forever(x))",
        "model.predict(itertools.cycle([x]))",
        "def source(data):\n    return forever(data)\n\nmodel.predict(source(x))",
        "model.evaluate(forever(x))",
        "model.predict(around_again(x))",
    ],
)
def test_missed_alarms(lines_of: Lines, body: str) -> None:
    assert judged(lines_of, f"{body}\n") == [body.splitlines()[-1]]


@pytest.mark.parametrize(
    "body",
    [
        "model.predict(forever(x), steps=3)",
        "model.predict(forever(x), None, 0, 3)",
        "model.predict(forever(x), **options)",
        "model.predict(once(x))",
        "model.predict(until(x, 3))",
        "model.predict(broken_off(x))",
        "model.predict(passed_on(once(x)))",
        "model.predict(itertools.islice(forever(x), 3))",
        "model.predict(tf.data.Dataset.from_tensor_slices(x).repeat().batch(4).take(3))",
        "model.predict(tf.data.Dataset.from_tensor_slices(x).batch(4).repeat(2))",
        "model.predict(x.repeat(3))",
        "model.predict(forever(x) if loop else once(x))",
        "model.fit(forever(x))",
    ],
)
def test_false_alarms(lines_of: Lines, body: str) -> None:
    assert judged(lines_of, f"{body}\n") == []
