"""KI305, training-not-forwarded: the code says beside its lines which `call` is reported, and which is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]
HEAD = "import keras\nfrom keras import layers\n"
JAX = "import os\nos.environ['KERAS_BACKEND'] = 'jax'\n" + HEAD


def block(call: str, init: str = "self.norm = layers.BatchNormalization()", base: str = "layers.Layer") -> str:
    head, body = call.split("\n")
    return (
        f"class Block({base}):\n    def __init__(self):\n        super().__init__()\n        {init}\n\n"
        f"    {head}\n        {body}\n"
    )


MISSED_ALARMS = {
    "a layer": block("def call(self, x, training=None):  # KI305\nreturn self.norm(x)"),
    "a model": block("def call(self, x, training=False):  # KI305\nreturn self.norm(x)", base="keras.Model"),
    "through a helper": block(
        "def call(self, x, training=None):  # KI305\nreturn self.head(x)\n".rstrip("\n"),
    )
    + "    def head(self, x):\n        return self.norm(x)\n",
}
FALSE_ALARMS = {
    "passed on": block("def call(self, x, training=None):\nreturn self.norm(x, training=training)"),
    "asked for": block("def call(self, x, training=None):\nreturn self.norm(x) if training else x"),
    "deleted on purpose": block("def call(self, x, training=None):\ndel training; return self.norm(x)"),
    "no training at all": block("def call(self, x):\nreturn self.norm(x)"),
    "no layer depends on the mode": block(
        "def call(self, x, training=None):\nreturn self.norm(x)", "self.norm = layers.Dense(1)"
    ),
    "a mode set by hand": block("def call(self, x, training=None):\nreturn self.norm(x, training=False)"),
    "a dropout that is always on": (
        "class MC(layers.Dropout):\n    def call(self, x, training=None):\n"
        "        return super().call(x, training=True)\n"
    ),
    "a normalisation overridden": (
        "class Frozen(layers.BatchNormalization):\n    def call(self, x, training=None):\n"
        "        return super().call(x)\n"
    ),
    "a class of another kind": block("def call(self, x, training=None):\nreturn self.norm(x)", base="object"),
}


@pytest.mark.parametrize("code", list(MISSED_ALARMS.values()), ids=list(MISSED_ALARMS))
def test_missed_alarms(judge: Judge, code: str) -> None:
    (finding,) = judge({"code.py": JAX + code}, select=("KI305",))
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize("code", list(FALSE_ALARMS.values()), ids=list(FALSE_ALARMS))
def test_false_alarms(judge: Judge, code: str) -> None:
    assert judge({"code.py": JAX + code}, select=("KI305",)) == []


def test_layers_of_tests_are_left_alone(judge: Judge) -> None:
    code = "import pytest\n" + JAX + MISSED_ALARMS["a layer"].replace("  # KI305", "")
    assert judge({"test_code.py": code}, select=("KI305",)) == []


@pytest.mark.parametrize("head", [HEAD, "import tensorflow as tf\n" + HEAD], ids=["unknown", "tensorflow"])
def test_off_jax_it_is_info(judge: Judge, head: str) -> None:
    (finding,) = judge({"code.py": head + MISSED_ALARMS["a layer"]}, select=("KI305",))
    assert finding.severity is Severity.INFO


def test_keras_2_runs_on_tensorflow_alone(judge: Judge) -> None:
    files = {"code.py": HEAD + MISSED_ALARMS["a layer"].replace("  # KI305", ""), "requirements.txt": "tensorflow<2.10"}
    assert judge(files, select=("KI305",)) == []


def test_the_backend_of_the_settings(judge: Judge) -> None:
    files = {"code.py": HEAD + MISSED_ALARMS["a layer"], "pyproject.toml": '[tool.keras-inference]\nbackend = "jax"\n'}
    (finding,) = judge(files, select=("KI305",))
    assert finding.severity is Severity.WARNING
    assert "on JAX BatchNormalization never trains" in finding.message
