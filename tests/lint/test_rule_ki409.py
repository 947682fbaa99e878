"""KI409 saved-model-has-no-predict: Keras's methods on the functions of a SavedModel."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Lines = Callable[..., list[str]]

HEAD = """
import keras
import numpy as np
import tensorflow as tf
import tensorflow_hub as hub

scorer = tf.saved_model.load("models/scorer")
"""


def judged(lines_of: Lines, body: str, head: str = HEAD, **files: str) -> list[str]:
    return lines_of("KI409", head + body, **files)


@pytest.mark.parametrize(
    "call",
    [
        "scorer.predict(x)",
        "scorer.predict_on_batch(x)",
        "scorer.evaluate(x, y)",
        'tf.saved_model.load("models/scorer").predict(x)',
        'tf.compat.v2.saved_model.load("models/scorer").predict(x)',
        'hub.load("https://hub/scorer/1").predict(x)',
    ],
)
def test_what_was_loaded_has_no_such_method(lines_of: Lines, call: str) -> None:
    assert judged(lines_of, call) == [call]


def test_an_attribute_and_a_function_that_loads(lines_of: Lines) -> None:
    body = """
class Service:
    def __init__(self, path):
        self.model = tf.saved_model.load(path)
    def score(self, x):
        return self.model.predict(x)

def load(path):
    return tf.saved_model.load(path)

def scores(xs):
    loaded = load("m")
    return [loaded.predict(x) for x in xs]
"""
    assert judged(lines_of, body) == ["return self.model.predict(x)", "return [loaded.predict(x) for x in xs]"]


@pytest.mark.parametrize(
    "body",
    [
        'model = keras.models.load_model("m.keras")\nmodel.predict(x)',
        'scorer.signatures["serving_default"](tf.constant(x))',
        "scorer(x)",
        "scorer = wrap(scorer)\nscorer.predict(x)",
        "if hasattr(scorer, 'predict'):\n    scorer.predict(x)",
        "try:\n    scorer.predict(x)\nexcept AttributeError:\n    scorer(x)",
        "def score(x):\n    return scorer.predict(x)\ntry:\n    score(x)\nexcept AttributeError:\n    scorer(x)",
        "scorer.predict = scorer.signatures['serving_default']\nscorer.predict(x)",
        "class Scorer(tf.Module):\n    @tf.function\n    def predict(self, x):\n        return x\nscorer.predict(x)",
        "def load(p):\n    if p.endswith('.keras'):\n        return keras.models.load_model(p)\n"
        "    return tf.saved_model.load(p)\nload('m').predict(x)",
    ],
    ids=[
        "keras",
        "signature",
        "called",
        "wrapped",
        "asked",
        "tried",
        "tried afar",
        "set",
        "saved with one",
        "either",
    ],
)
def test_what_may_have_it(lines_of: Lines, body: str) -> None:
    assert judged(lines_of, body) == []
