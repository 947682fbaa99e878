"""KI307, call-method-bypassed: the code says beside its lines which call is reported, and which one is not."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]
HEAD = """\
import subprocess
import keras
import tensorflow as tf
from keras import layers
model = keras.Sequential([layers.Dense(1)])
class Net(keras.Model):
    def call(self, x):
        return x
"""

MISSED_ALARMS = {
    "a Sequential": "print(model.call(x))  # KI307",
    "a subclass": "net = Net()\nprint(net.call(x))  # KI307",
    "an attribute": """
        class Agent:
            def __init__(self):
                self.net = Net()
            def act(self, state):
                return self.net.call(state)  # KI307
    """,
    "beside a functional model": """
        inputs = keras.Input((8,))
        flat = keras.Model(inputs, Net()(inputs))
        print(flat.call(np.zeros((1, 8))))  # KI307
    """,
}
FALSE_ALARMS = {
    "a direct call": "print(model(x))",
    "super": "class Child(Net):\n    def call(self, x):\n        return super().call(x)",
    "through the class": "class Child(Net):\n    def call(self, x):\n        return Net.call(self, x)",
    "inside another model": """
        class Outer(keras.Model):
            def __init__(self):
                super().__init__()
                self.net = Net()
            def call(self, x):
                return self.net.call(x)
    """,
    "a saved model": "loaded = tf.saved_model.load('m')\nprint(loaded.call(x))",
    "a subclass laid open": "net = Net()\ni = keras.Input((4,))\nopened = keras.Model(i, net.call(i))",
    "a layer": "layer = layers.Dense(1)\nprint(layer.call(x))",
    "something else": "subprocess.call(['ls'])",
    "the layers of a subclass in a functional model": """
        inputs = keras.Input((8,))
        net = Net()
        flat = keras.Model(inputs, net.call(inputs))
    """,
    "a functional model built by a helper": """
        def flat(net, shape):
            x = keras.Input(shape)
            return keras.Model(x, outputs=net.call(x, training=False))
        flat(Net(), (8,))
    """,
    "unknown": "def run(thing):\n    return thing.call(x)",
}


@pytest.mark.parametrize("code", list(MISSED_ALARMS.values()), ids=list(MISSED_ALARMS))
def test_missed_alarms(judge: Judge, code: str) -> None:
    (finding,) = judge({"code.py": HEAD + textwrap.dedent(code)}, select=("KI307",))
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize("code", list(FALSE_ALARMS.values()), ids=list(FALSE_ALARMS))
def test_false_alarms(judge: Judge, code: str) -> None:
    assert judge({"code.py": HEAD + textwrap.dedent(code)}, select=("KI307",)) == []


def test_the_message_writes_the_call(judge: Judge) -> None:
    (finding,) = judge({"code.py": HEAD + MISSED_ALARMS["a Sequential"]}, select=("KI307",))
    assert finding.message.endswith("Write model(...).")
