"""KI406 predict-steps-truncates: steps rounded down lose the last batch."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lines = Callable[..., list[str]]

HEAD = """
import math
import keras
import numpy as np
from tensorflow.keras.preprocessing.image import ImageDataGenerator

model = keras.models.load_model("m.keras")
x = np.random.rand(10, 8)
test = ImageDataGenerator().flow_from_directory("test", batch_size=16, shuffle=False)
"""


def judged(lines_of: Lines, body: str) -> list[str]:
    return lines_of("KI406", HEAD + body)


# Missed alarms


@pytest.mark.parametrize(
    "call",
    [
        "model.predict(x, batch_size=4, steps=len(x) // 4)",
        "model.predict(x, steps=x.shape[0] // 32)",
        "model.predict(x, batch_size=4, steps=10 // 4)",
        "model.predict(test, steps=test.samples // test.batch_size)",
        "model.predict(test, steps=test.n // 16)",
        "model.predict(test, steps=int(test.samples / test.batch_size))",
        "model.predict(test, steps=np.floor(test.samples / 16))",
        "model.predict(test, steps=math.floor(len(test.filenames) / 16), verbose=1)",
        "model.predict_generator(test, test.samples // 16)",
    ],
)
def test_a_number_of_rows_divided_and_rounded_down(lines_of: Lines, call: str) -> None:
    assert judged(lines_of, f"scores = {call}\n") == [f"scores = {call}"]


def test_steps_under_a_name(lines_of: Lines) -> None:
    body = "size = 16\nrows = test.samples\nsteps = rows // size\nscores = model.predict(test, steps=steps)\n"
    assert judged(lines_of, body) == ["scores = model.predict(test, steps=steps)"]


def test_steps_that_a_helper_counts_or_an_object_keeps(lines_of: Lines) -> None:
    body = """
def steps_of(rows, size=16):
    return rows // size

class Evaluation:
    def __init__(self):
        self.steps = len(x) // 4

    def run(self):
        return model.predict(x, batch_size=4, steps=self.steps)

scores = model.predict(test, steps=steps_of(test.samples))
"""
    assert judged(lines_of, body) == [
        "return model.predict(x, batch_size=4, steps=self.steps)",
        "scores = model.predict(test, steps=steps_of(test.samples))",
    ]


# False alarms


@pytest.mark.parametrize(
    "call",
    [
        "model.predict(x, batch_size=5, steps=10 // 5)",
        "model.predict(x, batch_size=1, steps=len(x) // 1)",
        "model.predict(test, steps=math.ceil(test.samples / 16))",
        "model.predict(test, steps=test.samples // 16 + 1)",
        "model.predict(test, steps=(test.samples + 15) // 16)",
        "model.predict(test, steps=-(-test.samples // 16))",
        "model.predict(test, steps=len(test))",
        "model.predict(test, steps=budget // 2)",
        "model.predict(unknown, steps=len(x) // 4)",
        "model.evaluate(test, steps=test.samples // 16)",
    ],
)
def test_steps_that_lose_nothing_or_are_not_shown_to(lines_of: Lines, call: str) -> None:
    assert judged(lines_of, f"scores = {call}\n") == []


def test_a_batch_size_of_one(lines_of: Lines) -> None:
    body = """
single = ImageDataGenerator().flow_from_directory("test", batch_size=1)
scores = model.predict(single, steps=single.samples // single.batch_size)
"""
    assert judged(lines_of, body) == []


def test_steps_that_are_rounded_up_on_one_way(lines_of: Lines) -> None:
    body = """
steps = test.samples // 16
if test.samples % 16:
    steps = steps + 1
scores = model.predict(test, steps=steps)
"""
    assert judged(lines_of, body) == []


def test_generators_without_an_end_need_a_number(lines_of: Lines) -> None:
    body = """
def batches():
    while True:
        yield x[:4]

scores = model.predict(batches(), steps=len(x) // 4)
"""
    assert judged(lines_of, body) == []


def test_labels_cut_to_the_same_length(lines_of: Lines) -> None:
    body = """
scores = model.predict(test, steps=test.samples // 16)
wanted = test.classes[:len(scores)]
"""
    assert judged(lines_of, body) == []
