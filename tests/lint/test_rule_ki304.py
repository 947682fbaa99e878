"""KI304, subclass-call-without-training: the code says beside its lines which `call` is reported, and which is not.

That `fit` of Keras 3 leaves such a model in inference mode is a test in `test_keras_facts.py`.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from lint_rules import check_source
from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]
HEAD = "import keras\nimport tensorflow as tf\nfrom keras import layers\n"
FIT = "net = Net()\nnet.compile(loss='mse')\nnet.fit(x, y)\n"


def check(judge: Judge, code: str, more: dict[str, str] | None = None) -> list[Diagnostic]:
    return judge({"code.py": HEAD + code, **(more or {})}, select=("KI304",))


def net(call: str, init: str = "self.drop = layers.Dropout(0.5)", more: str = "", base: str = "keras.Model") -> str:
    """A class `Net` with one layer and this `call` (its head and its body)."""
    head, body = call.split("\n")
    text = (
        f"class Net({base}):\n    def __init__(self):\n        super().__init__()\n        {init}\n\n"
        f"    {head}\n        {body}\n"
    )
    return text + textwrap.indent(textwrap.dedent(more), "    ")


PLAIN = "def call(self, x):  # KI304\nreturn self.drop(x)"
QUIET = "def call(self, x):\nreturn self.drop(x)"
TRAIN_STEP = """
def train_step(self, data):
    x, y = data
    with tf.GradientTape() as tape:
        loss = self.compute_loss(y=y, y_pred=self(x, training=True))
    grads = tape.gradient(loss, self.trainable_variables)
    self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
    return {}
"""

MISSED_ALARMS = {
    "no training": net(PLAIN) + FIT,
    "kwargs only": net("def call(self, x, **kwargs):  # KI304\nreturn self.drop(x, **kwargs)") + FIT,
    "a mask only": net("def call(self, x, mask=None):  # KI304\nreturn self.drop(x)") + FIT,
    "BatchNormalization in a Sequential": net(
        PLAIN, "self.drop = keras.Sequential([layers.Dense(1), layers.BatchNormalization()])"
    )
    + FIT,
    "a block of the project's own": "class Block(layers.Layer):\n    def __init__(self):\n        super().__init__()\n"
    "        self.norm = layers.BatchNormalization()\n    def call(self, x):\n        return self.norm(x)\n"
    + net(PLAIN, "self.drop = Block()")
    + FIT,
    "trained batch by batch": net(PLAIN) + "net = Net()\nnet.train_on_batch(x, y)\n",
    "a subclass is trained": net(PLAIN) + "class Child(Net):\n    pass\nchild = Child()\nchild.fit(x, y)\n",
    "augmentation": net("def call(self, x):  # KI304\nreturn self.flip(x)", "self.flip = layers.RandomFlip()") + FIT,
}

FALSE_ALARMS = {
    "training taken": net("def call(self, x, training=None):\nreturn self.drop(x, training=training)") + FIT,
    "training taken by keyword only": net("def call(self, x, *, training=False):\nreturn self.drop(x)") + FIT,
    "no layer depends on the mode": net(QUIET, "self.drop = layers.Dense(1)") + FIT,
    "a rate of nought": net(QUIET, "self.drop = layers.Dropout(0.0)") + FIT,
    "a mode set by hand": net("def call(self, x):\nreturn self.drop(x, training=True)") + FIT,
    "a Layer": net(QUIET, base="layers.Layer") + "model = keras.Sequential([Net()])\nmodel.fit(x, y)\n",
    "a train_step of its own": net(QUIET, more=TRAIN_STEP) + FIT,
    "a loop of its own": net(QUIET)
    + "net = Net()\nwith tf.GradientTape() as tape:\n    loss = tf.reduce_mean(net(x, training=True))\n"
    "grads = tape.gradient(loss, net.trainable_variables)\n",
    "never trained": net(QUIET) + "net = Net()\nnet.predict(x)\n",
    "a class of another kind": net(QUIET, base="tf.Module") + FIT,
    "the fit of another object": net(QUIET) + "net = Net()\nscaler.fit(x)\n",
}


@pytest.mark.parametrize("code", list(MISSED_ALARMS.values()), ids=list(MISSED_ALARMS))
def test_missed_alarms(judge: Judge, code: str) -> None:
    (finding,) = check(judge, code)
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize("code", list(FALSE_ALARMS.values()), ids=list(FALSE_ALARMS))
def test_false_alarms(judge: Judge, code: str) -> None:
    assert check(judge, code) == []


def test_keras_2_trains_such_models(judge: Judge) -> None:
    assert check(judge, net(QUIET) + FIT, {"requirements.txt": "tensorflow==2.12\n"}) == []


def test_the_message_writes_the_signature_and_the_trace_shows_layer_and_fit(judge: Judge) -> None:
    (finding,) = check(judge, MISSED_ALARMS["no training"])
    assert "fit() of Keras 3 runs Dropout in inference mode" in finding.message
    assert "def call(self, x, training=None)" in finding.message
    assert [step.message for step in finding.trace] == ["Dropout depends on the mode", "trained here"]
    (finding,) = check(judge, MISSED_ALARMS["augmentation"])
    assert "predict() of Keras 3 runs RandomFlip in training mode" in finding.message


def test_a_class_and_its_training_in_two_modules(judge: Judge) -> None:
    files = {
        "nets.py": HEAD + net(PLAIN),
        "train.py": "from nets import Net\n\ndef main(x, y):\n    model = Net()\n    model.fit(x, y)\n",
    }
    assert judge(files, select=("KI304",))


@pytest.mark.parametrize(
    ("head", "fixed"),
    [
        ("def parts(self, x):", True),
        ("def parts(self, x, *more):", False),
        ("def parts(self, x, training=None):", True),
        ("def parts(self, x, **how):", True),
    ],
)
def test_the_flag_is_passed_only_to_what_takes_it(head: str, fixed: bool) -> None:
    body = net("def call(self, x):\nreturn self.parts(x)", more=f"{head}\n    return self.drop(x)\n")
    (finding,) = check_source(HEAD + body + FIT, "code.py", select=["KI304"], fixes=True)
    assert (finding.fix is not None) is fixed


def test_a_layer_of_the_project_without_the_flag_takes_it() -> None:
    code = HEAD + MISSED_ALARMS["a block of the project's own"]
    (finding,) = check_source(code, "code.py", select=["KI304"], fixes=True)
    assert finding.fix is not None
    assert [edit.content for edit in finding.fix.edits].count(", training=None") == 2
