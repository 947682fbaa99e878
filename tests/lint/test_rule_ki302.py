"""KI302, missing-training-false: the code says beside its lines which call is reported, and which one is not."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic

Judge = Callable[..., list[Diagnostic]]
HEAD = """\
import keras
import numpy as np
import tensorflow as tf
from keras import layers
augment = keras.Sequential([layers.RandomFlip("horizontal"), layers.RandomRotation(0.1)])
model = keras.Sequential([augment, layers.Conv2D(8, 3), layers.Flatten(), layers.Dense(1)])
"""


def check(judge: Judge, code: str) -> list[Diagnostic]:
    return judge({"code.py": HEAD + textwrap.dedent(code)}, select=("KI302",))


MISSED_ALARMS = {
    "a script": "scores = model(images)  # KI302",
    "a function": "def score(image):\n    return model(image[None]).numpy()  # KI302",
    "a loop": "for image in images:\n    print(model(image[None]))  # KI302",
    "a functional model": """
        i = layers.Input((32, 32, 3))
        classifier = keras.Model(i, layers.Dense(1)(layers.Flatten()(layers.RandomZoom(0.2)(i))))
        print(classifier(images))  # KI302
    """,
    "a data set mapped through the model": "scored = ds.map(lambda x, y: (model(x), y))  # KI302",
    "a resizing that wakes BatchNormalization": """
        net = keras.Sequential([layers.Resizing(8, 8), layers.Conv2D(4, 3), layers.BatchNormalization()])
        print(net(images))  # KI302
    """,
    "a saliency map": """
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = model(images)  # KI302
        print(tape.gradient(score, images))
    """,
    "in a helper": """
        def run(net, x):
            return net(x)  # KI302
        print(run(model, images))
    """,
}

FALSE_ALARMS = {
    "training passed": "print(model(images, training=False))",
    "a call that builds the model": "model(tf.zeros((1, 32, 32, 3)))\n_ = model(images)",
    "a look at the shape": "print(model(images).shape)",
    "a pipeline that augments": "more = augment(images)",
    "a pipeline in Dataset.map": "ds = ds.map(lambda x, y: (augment(x), y))",
    "no such layer": "net = keras.Sequential([layers.Dense(1), layers.BatchNormalization()])\nprint(net(images))",
    "a rescaling wakes nothing": """
        net = keras.Sequential([layers.Rescaling(1 / 255), layers.BatchNormalization()])
        print(net(images))
    """,
    "a resizing wakes no Dropout of a Sequential": """
        net = keras.Sequential([layers.Resizing(8, 8), layers.Dropout(0.5)])
        print(net(images))
    """,
    "a weight update": """
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(images))
        grads = tape.gradient(loss, model.trainable_variables)
    """,
    "a functional model being built": "i = keras.Input((32, 32, 3))\nouter = keras.Model(i, model(i))",
    "inside call": """
        class Outer(keras.Model):
            def __init__(self):
                super().__init__()
                self.inner = keras.Sequential([layers.RandomFlip(), layers.Dense(1)])
            def call(self, x, training=None):
                return self.inner(x)
    """,
    "a flag that is no mode": """
        class Flow(keras.Model):
            def call(self, x, training=True):
                return x * 2 if training else x / 2
        flow = Flow()
        print(flow(images))
    """,
    "predict": "print(model.predict(images))",
    "built in a helper": """
        def run(net, x):
            return net(x)
        run(model, tf.zeros((1, 32, 32, 3)))
        _ = run(model, images)
    """,
    "helper of a Keras method": """
        def run(net, x):
            return net(x)
        class Outer(keras.Model):
            def __init__(self):
                super().__init__()
                self.inner = keras.Sequential([layers.RandomFlip(), layers.Dense(1)])
            def call(self, x, training=None):
                return run(self.inner, x)
    """,
}


@pytest.mark.parametrize("code", list(MISSED_ALARMS.values()), ids=list(MISSED_ALARMS))
def test_missed_alarms(judge: Judge, code: str) -> None:
    assert check(judge, code)


@pytest.mark.parametrize("code", list(FALSE_ALARMS.values()), ids=list(FALSE_ALARMS))
def test_false_alarms(judge: Judge, code: str) -> None:
    assert check(judge, code) == []


def test_keras_2_has_no_resizing_that_wakes_others(judge: Judge) -> None:
    code = "net = keras.Sequential([layers.Resizing(8, 8), layers.BatchNormalization()])\nprint(net(images))\n"
    assert judge({"code.py": HEAD + code, "requirements.txt": "tensorflow==2.12\n"}, select=("KI302",)) == []


def test_the_message_names_the_layer_and_says_what_to_write(judge: Judge) -> None:
    (finding,) = check(judge, MISSED_ALARMS["a script"])
    assert "RandomFlip and RandomRotation" in finding.message
    assert finding.message.endswith("Pass training=False.")
    (finding,) = check(judge, MISSED_ALARMS["a resizing that wakes BatchNormalization"])
    assert "BatchNormalization in training mode, because Resizing before it" in finding.message


def test_the_trace_names_what_defaults_to_training_mode(judge: Judge) -> None:
    code = """
        net = keras.Sequential([layers.Pipeline([layers.Dropout(0.5)]), layers.Dense(1)])
        print(net(images))  # KI302
        print(model(images))  # KI302
    """
    held, own = check(judge, code)
    assert held.trace[0].message == "Pipeline, which holds this Dropout, defaults to training=True"
    assert own.trace[0].message == "RandomFlip defaults to training=True"
