"""KI303, baked-training-flag: the code says beside its lines which call is reported, and which one is not.

That Keras 3 before 3.16 ignores the flag is a test in `test_keras_facts.py`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]
HEAD = """\
import keras
import numpy as np
from keras import layers
i = keras.Input((32, 32, 3))
"""
FIT = "model.compile(loss='mse')\nmodel.fit(x, y)\n"
RESNET = "base = keras.applications.ResNet50(include_top=False)\n"


def check(judge: Judge, code: str, more: dict[str, str] | None = None) -> list[Diagnostic]:
    return judge({"code.py": HEAD + textwrap.dedent(code), **(more or {})}, select=("KI303",))


MISSED_ALARMS = {
    "Monte-Carlo dropout": """
        h = layers.Dense(8)(i)
        h = layers.Dropout(0.5)(h, training=True)  # KI303
        model = keras.Model(i, layers.Dense(1)(h))
        samples = np.stack([model.predict(x) for _ in range(50)])
    """,
    "in a builder function": """
        def block(h, rate):
            h = layers.Dense(8)(h)
            return layers.Dropout(rate)(h, training=True)  # KI303
        model = keras.Model(i, block(i, 0.3))
        model.predict(x)
    """,
    "in a class": """
        class Regressor:
            def __init__(self):
                inputs = layers.Input((4,))
                h = layers.Dropout(0.2)(inputs, training=True)  # KI303
                self.model = keras.Model(inputs, layers.Dense(1)(h))
            def predict(self, x):
                return self.model.predict(x)
    """,
    "BatchNormalization in the mode of training": """
        h = layers.BatchNormalization()(layers.Conv2D(3, 3)(i), training=True)  # KI303
        model = keras.Model(i, h)
        model.predict(x)
    """,
    "a base that is fine-tuned": RESNET
    + "base.trainable = False\nh = base(i, training=False)  # KI303\nmodel = keras.Model(i, layers.Dense(1)(h))\n"
    + FIT
    + "base.trainable = True\n"
    + FIT,
    "a base that is never frozen": RESNET
    + "h = base(i, training=False)  # KI303\nmodel = keras.Model(i, layers.Dense(1)(h))\n"
    + FIT,
}

FALSE_ALARMS = {
    "a base that stays frozen": RESNET
    + "base.trainable = False\nh = base(i, training=False)\nmodel = keras.Model(i, layers.Dense(1)(h))\n"
    + FIT,
    "a base for predictions only": RESNET + "model = keras.Model(i, base(i, training=False))\nmodel.predict(x)\n",
    "no layer depends on the mode": """
        h = keras.applications.VGG16(include_top=False)(i, training=False)
        model = keras.Model(i, layers.Dense(1)(h, training=True))
        model.fit(x, y)
    """,
    "an augmentation": """
        h = layers.RandomFlip()(i, training=True)
        model = keras.Model(i, layers.Flatten()(h))
        model.predict(x)
    """,
    "inside a call method": """
        class MCDropout(layers.Dropout):
            def call(self, x):
                return super().call(x, training=True)
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.drop = layers.Dropout(0.5)
            def call(self, x):
                return self.drop(x, training=True)
        model = keras.Model(i, MCDropout(0.5)(Net()(i)))
        model.predict(x)
    """,
    "a call on data": """
        model = keras.Sequential([layers.Dropout(0.5)])
        samples = [model(x, training=True) for _ in range(50)]
        model.predict(x)
    """,
    "a flag that is a variable": """
        def build(train):
            model = keras.Model(i, layers.Dropout(0.5)(i, training=train))
            model.fit(x, y)
    """,
    "a rate of nought": "model = keras.Model(i, layers.Dropout(0.0)(i, training=True))\nmodel.predict(x)",
    "called bare only": "model = keras.Model(i, layers.Dropout(0.5)(i, training=True))\nprint(model(x))",
}


@pytest.mark.parametrize("code", list(MISSED_ALARMS.values()), ids=list(MISSED_ALARMS))
def test_missed_alarms(judge: Judge, code: str) -> None:
    (finding,) = check(judge, code)
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("code", list(FALSE_ALARMS.values()), ids=list(FALSE_ALARMS))
def test_false_alarms(judge: Judge, code: str) -> None:
    assert check(judge, code) == []


BAKED = "model = keras.Model(i, layers.Dropout(0.5)(i, training=True)){mark}\nmodel.predict(x)\n"
AFFECTED = {
    "nothing is said": {},
    "an early Keras 3": {"requirements.txt": "keras==3.4.1\n"},
    "below 4": {"requirements.txt": "keras>=3.0,<4\n"},
    "a setting": {"pyproject.toml": '[tool.keras-inference]\nkeras-version = "3.15"\n'},
}
MENDED = {
    "Keras 2": {"requirements.txt": "tensorflow==2.12\n"},
    "tf_keras": {"requirements.txt": "tf_keras==2.17\n"},
    "a mended Keras 3": {"requirements.txt": "keras==3.16.0\n"},
    "a setting": {"pyproject.toml": '[tool.keras-inference]\nkeras-version = "3.16"\n'},
}


OLD = {
    "the first name of inputs": "model = keras.Model(input=i, output=i)",
    "an experimental schedule": "import tensorflow as tf\nrate = tf.keras.experimental.CosineDecay(0.1, 10)",
    "a legacy optimizer": "model.compile(keras.optimizers.legacy.SGD(0.1), 'mse')",
    "Keras's copy inside of TensorFlow": "from tensorflow.python.keras import regularizers",
    "augmentation by its old name": "flip = layers.experimental.preprocessing.RandomFlip()",
}


@pytest.mark.parametrize("line", list(OLD.values()), ids=list(OLD))
def test_code_that_keras_3_refuses_runs_on_keras_2(judge: Judge, line: str) -> None:
    assert check(judge, BAKED.format(mark="") + line + "\n") == []


@pytest.mark.parametrize("more", list(AFFECTED.values()), ids=list(AFFECTED))
def test_the_versions_that_ignore_the_flag(judge: Judge, more: dict[str, str]) -> None:
    assert check(judge, BAKED.format(mark="  # KI303"), more)


@pytest.mark.parametrize("more", list(MENDED.values()), ids=list(MENDED))
def test_the_versions_that_honour_it(judge: Judge, more: dict[str, str]) -> None:
    assert check(judge, BAKED.format(mark=""), more) == []


def test_the_message_says_what_works_instead(judge: Judge) -> None:
    (on,) = check(judge, MISSED_ALARMS["Monte-Carlo dropout"])
    assert "class MCDropout(Dropout)" in on.message
    (norm,) = check(judge, MISSED_ALARMS["BatchNormalization in the mode of training"])
    assert "Omit it: fit trains with the statistics of the batch anyway" in norm.message
    (off,) = check(judge, MISSED_ALARMS["a base that is fine-tuned"])
    assert "fit runs BatchNormalization in training mode" in off.message
    assert "layer.trainable = False" in off.message
