"""Fixes that move a model, a flag or a call which Keras no longer has: programs that are checked, fixed and run."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from program_runs import PRELUDE, fixed, keras, run, same

pytestmark = pytest.mark.sampled(3)

SAVED = """\
import keras
import numpy as np

xs = np.random.default_rng(3).normal(size=(6, 3)).astype("float32")
PATH = {path!r}
"""

MADE_AGAIN = {
    "in the loop": (
        """
        result = []
        for x in (xs, xs + 1):
            model = keras.models.load_model(PATH)
            result.append(model.predict(x))
        """,
        "model = keras.models.load_model(PATH)\nfor x in (xs, xs + 1):\n",
    ),
    "in a helper": (
        """
        def score(x):
            model = keras.models.load_model(PATH, compile=False)
            return model.predict(x)


        result = [score(x) for x in (xs, xs + 1)]
        """,
        "@functools.cache\ndef model_for_score():\n    return keras.models.load_model(PATH, compile=False)\n\n\ndef",
    ),
    "with an option that has a name": (
        """
        def score(x):
            full = False
            model = keras.models.load_model(PATH, compile=full)
            return model.predict(x)


        result = [score(x) for x in (xs, xs + 1)]
        """,
        "    return keras.models.load_model(PATH, compile=False)\n",
    ),
    "in a loader": (
        """
        def load():
            return keras.models.load_model(PATH)


        def score(x):
            model = load()
            return model.predict(x)


        result = []
        for x in (xs, xs + 1):
            result.append(score(x))
        """,
        "@functools.cache\ndef load():\n",
    ),
    "by a loader that is told the file": (
        """
        def load(path, compiled=True):
            return keras.models.load_model(path, compile=compiled)


        def score(x):
            name = PATH
            model = load(f"{name}", compiled=False)
            return model.predict(x)


        result = [score(x) for x in (xs, xs + 1)]
        """,
        "@functools.cache\ndef load(path, compiled=True):\n",
    ),
    "by a method": (
        """
        class Service:
            def __init__(self, path):
                self.path = path

            def load(self):
                return keras.models.load_model(self.path)

            def score(self, x):
                model = self.load()
                return model.predict(x)


        service = Service(PATH)
        result = [service.score(x) for x in (xs, xs + 1)]
        """,
        "    @functools.cache\n    def load(self):\n",
    ),
}


@pytest.mark.parametrize(("code", "holds"), list(MADE_AGAIN.values()), ids=list(MADE_AGAIN))
def test_a_model_is_made_once(code: str, holds: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "m.keras")
    keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)]).save(path)
    before = SAVED.format(path=path) + textwrap.dedent(code)
    after = fixed(tmp_path, before, "KI205", unsafe=True)
    assert holds in after.after, after.after
    assert not after.remaining
    assert not fixed(tmp_path, before, "KI205", unsafe=False).changed
    loads = 0
    load_model = keras.models.load_model

    def counted(*args: object, **kwargs: object) -> object:
        nonlocal loads
        loads += 1
        return load_model(*args, **kwargs)

    monkeypatch.setattr(keras.models, "load_model", counted)
    same(run(before, monkeypatch)[0]["result"], run(after.after, monkeypatch)[0]["result"])
    assert loads == 2 + 1


REMOVED = {
    "the learning phase": "keras.backend.set_learning_phase(0)\nresult = model.predict(xs)",
    "eval() of torch": "model.eval()\nresult = np.asarray(model(xs))",
    "eval() in a block of its own": "if len(xs):\n    model.eval()\nresult = model.predict(xs)",
    "the learning phase, imported": (
        "from keras.backend import clear_session, set_learning_phase\n\n\ndef prepare():\n"
        "    set_learning_phase(0)\n\n\n"
        "set_learning_phase(False)\nprepare()\nresult = model.predict(xs)"
    ),
    "eval() in a chain": "result = model.eval().predict(xs)",
    "eval() under a name": "net = model.eval()\nnet = net.eval()\nresult = net.predict(xs)",
    "eval() beside another statement": "n = 2; model.eval()\nmodel.eval(); m = 3\nresult = model.predict(xs[:n])",
}


@pytest.mark.parametrize("code", list(REMOVED.values()), ids=list(REMOVED))
def test_what_keras_no_longer_has_is_left_out(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"{PRELUDE}{code}\n"
    after = fixed(tmp_path, code, "KI402", unsafe=True)
    assert not after.remaining
    assert not fixed(tmp_path, code, "KI402", unsafe=False).changed
    with pytest.raises((AttributeError, ImportError)):
        run(code, monkeypatch)
    scope = run(after.after, monkeypatch)[0]
    same(scope["result"], scope["model"].predict(scope["xs"][: len(scope["result"])], verbose=0))


NOT_LEFT_OUT = {
    "a phase that says training": "keras.backend.set_learning_phase(1)",
    "a phase that is no constant": "keras.backend.set_learning_phase(phase)",
    "an import that is needed": "from keras.backend import set_learning_phase\nset_learning_phase(0)\n"
    "print(set_learning_phase)",
    "an error that is expected": "try:\n    model.eval()\nexcept AttributeError:\n    pass",
    "an error that is expected of a value": "try:\n    net = model.eval()\nexcept AttributeError:\n    pass",
}


@pytest.mark.parametrize("code", list(NOT_LEFT_OUT.values()), ids=list(NOT_LEFT_OUT))
def test_what_may_be_needed_stays(code: str, tmp_path: Path) -> None:
    after = fixed(tmp_path, f"{PRELUDE}phase = len(xs)\n{code}\n", "KI402", unsafe=True)
    assert not after.changed
    assert [found.code for found in after.remaining] == ["KI402"]


def test_monte_carlo_dropout_samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + textwrap.dedent("""
        inputs = keras.Input((3,))
        drop = keras.layers.Dropout(0.5)
        h = drop(keras.layers.Dense(16)(inputs), training=True)
        h = keras.layers.GaussianNoise(0.1)(h, training=True)
        h = keras.layers.Dropout(0.5)(h, training=True)
        net = keras.Model(inputs, keras.layers.Dense(1)(h))
        result = bool(np.std([net.predict(xs) for _ in range(4)], axis=0).max() > 0)
    """)
    after = fixed(tmp_path, code, "KI303", unsafe=True)
    assert after.after.count("class MCDropout(keras.layers.Dropout):\n    def call(self, inputs):\n") == 1
    assert "drop = MCDropout(0.5)\n" in after.after
    assert "h = MCGaussianNoise(0.1)(h)\n" in after.after
    assert not after.remaining
    assert run(code, monkeypatch)[0]["result"] is False
    assert run(after.after, monkeypatch)[0]["result"] is True


NORMALIZED = """
inputs = keras.Input((3,))
norm = keras.layers.BatchNormalization()
net = keras.Model(inputs, keras.layers.Dense(1)({call}))
net.compile(optimizer="sgd", loss="mse")
net.fit(xs, xs[:, :1], verbose=0)
result = bool(np.any(norm.moving_mean.numpy() != 0.0))
predicted = net.predict(xs)
"""


def test_a_frozen_normalization_keeps_its_averages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + NORMALIZED.format(call="norm(inputs, training=False)")
    after = fixed(tmp_path, code, "KI303", unsafe=True)
    assert "norm = keras.layers.BatchNormalization(trainable=False)\n" in after.after
    assert "keras.layers.Dense(1)(norm(inputs))" in after.after
    assert not after.remaining
    assert run(code, monkeypatch)[0]["result"] is True
    assert run(after.after, monkeypatch)[0]["result"] is False


def test_a_normalization_without_the_flag_predicts_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + NORMALIZED.format(call="norm(inputs, training=True)")
    after = fixed(tmp_path, code, "KI303", unsafe=True)
    assert "keras.layers.Dense(1)(norm(inputs))" in after.after
    same(run(code, monkeypatch)[0]["predicted"], run(after.after, monkeypatch)[0]["predicted"])


def small_base(shape: tuple[int, ...], **_options: object) -> object:
    """What stands in for a pretrained network, whose like takes half a minute to trace."""
    inputs = keras.Input(shape)
    h = keras.layers.BatchNormalization()(keras.layers.Conv2D(2, 3)(inputs))
    return keras.Model(inputs, keras.layers.GlobalAveragePooling2D()(h))


def test_a_base_is_frozen_once_it_is_trainable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.applications, "MobileNet", small_base)
    code = PRELUDE + textwrap.dedent("""
        images = np.random.default_rng(1).normal(size=(2, 8, 8, 3)).astype("float32")
        base = keras.applications.MobileNet((8, 8, 3), include_top=False, weights=None, pooling="avg")
        base.trainable = False
        inputs = keras.Input((8, 8, 3))
        net = keras.Model(inputs, keras.layers.Dense(1)(base(inputs, training=False)))
        base.trainable = True
        net.compile(optimizer="sgd", loss="mse")
        net.fit(images, np.ones((2, 1)), verbose=0)
        norms = [layer for layer in base.layers if isinstance(layer, keras.layers.BatchNormalization)]
        result = any(bool(np.any(norm.moving_mean.numpy() != 0.0)) for norm in norms)
    """)
    after = fixed(tmp_path, code, "KI303", unsafe=True)
    assert "base.trainable = True\nfor base_layer in base.layers:\n    if isinstance(base_layer, " in after.after
    assert not after.remaining
    assert run(code, monkeypatch)[0]["result"] is True
    assert run(after.after, monkeypatch)[0]["result"] is False


NOT_FROZEN = {
    "a layer that is used twice": "d = layers.Dropout(0.5)\nh = d(layers.Dense(8)(i), training=True)\nh = d(h)\n",
    "a layer that takes more": "h = layers.LSTM(4, dropout=0.5)(i, training=True)\n",
    "a class that only the function knows": """
def drop(h):
    from keras.layers import Dropout
    return Dropout(0.5)(h, training=True)
h = drop(i)
""",
    "a base that is thawed layer by layer": """
base = keras.applications.MobileNet((32, 32, 3), include_top=False)
h = base(i, training=False)
for layer in base.layers[-10:]:
    layer.trainable = True
""",
    "a base of one's own": """
base = keras.Sequential([layers.Conv2D(3, 3), layers.BatchNormalization()])
h = base(i, training=False)
""",
}


@pytest.mark.parametrize("code", list(NOT_FROZEN.values()), ids=list(NOT_FROZEN))
def test_a_flag_stays_where_the_right_layer_cannot_be_told(code: str, tmp_path: Path) -> None:
    head = "import keras\nfrom keras import layers\n\ni = keras.Input((32, 32, 3))\n"
    tail = "model = keras.Model(i, h)\nmodel.compile(loss='mse')\nmodel.fit(x, y)\nmodel.predict(x)\n"
    after = fixed(tmp_path, head + code.lstrip("\n") + tail, "KI303", unsafe=True)
    assert not after.changed
    assert [found.code for found in after.remaining] == ["KI303"]


HANDED_DOWN = """
class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.norm = keras.layers.BatchNormalization()

    def call(self, x):
        return self.norm(x)


class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.block = Block()
        self.dense = keras.layers.Dense(1)

    def encode(self, x, scale=1.0):
        return self.block(x * scale)

    def call(self, x):
        return self.dense(self.encode(x))


net = Net()


def moved():
    return bool(np.any(net.block.norm.moving_mean.numpy() != 0.0))
"""


def test_training_goes_through_methods_and_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"""{PRELUDE}{HANDED_DOWN}

net.compile(optimizer="sgd", loss="mse")
net.fit(xs, xs[:, :1], verbose=0)
result = moved()
"""
    after = fixed(tmp_path, code, "KI304", unsafe=True)
    for text in (
        "def encode(self, x, scale=1.0, training=None):\n        return self.block(x * scale, training=training)\n",
        "def call(self, x, training=None):\n        return self.norm(x, training=training)\n",
        "return self.dense(self.encode(x, training=training))\n",
    ):
        assert text in after.after, after.after
    assert not after.remaining
    assert run(code, monkeypatch)[0]["result"] is False
    assert run(after.after, monkeypatch)[0]["result"] is True


def test_a_helper_of_training_and_validation_is_told_the_mode(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"""{PRELUDE}{HANDED_DOWN}

optimizer = keras.optimizers.SGD()


def loss_of(x):
    return tf.reduce_mean(net(x) ** 2)


def train(x):
    with tf.GradientTape() as tape:
        loss = loss_of(x)
    optimizer.apply_gradients(zip(tape.gradient(loss, net.trainable_variables), net.trainable_variables))


def validate(x):
    return float(loss_of(x))


validated = validate(xs)
untouched = moved()
train(xs)
result = moved()
"""
    after = fixed(tmp_path, code, "KI301", unsafe=True)
    assert "def loss_of(x, training=None):\n    return tf.reduce_mean(net(x, training=training) ** 2)\n" in after.after
    assert "loss = loss_of(x, training=True)\n" in after.after
    assert "return float(loss_of(x))\n" in after.after
    assert not after.remaining
    before, behind = run(code, monkeypatch)[0], run(after.after, monkeypatch)[0]
    assert (before["untouched"], before["result"]) == (False, False)
    assert (behind["untouched"], behind["result"]) == (False, True)
    same(before["validated"], behind["validated"])


def test_training_is_not_handed_to_a_method_that_is_overridden(tmp_path: Path) -> None:
    sub = "\n\nclass Sub(Net):\n    def encode(self, x, scale=1.0):\n        return x\n"
    code = f"{PRELUDE}{HANDED_DOWN}{sub}\n\nnet.compile(optimizer='sgd', loss='mse')\nnet.fit(xs, xs[:, :1])\n"
    after = fixed(tmp_path, code, "KI304", unsafe=True)
    assert not after.changed
    assert [found.code for found in after.remaining] == ["KI304"]


SHUFFLED = """
numbers = np.arange(40, dtype="float32")[:, None]
same_number = keras.Sequential([keras.layers.Input((1,)), keras.layers.Lambda(lambda x: x * 1.0)])
data = tf.data.Dataset.from_tensor_slices((numbers, labels)).shuffle(40).batch(8)
found = same_number.predict(data)[:, 0]
wanted = {wanted}
result = float(np.mean(found == wanted))
"""


@pytest.mark.parametrize(
    ("wanted", "holds"),
    [
        ("np.concatenate([y for _, y in data])", ".shuffle(40, reshuffle_each_iteration=False).batch(8)"),
        ("np.array([y for _, y in data.unbatch()])", ".shuffle(40, reshuffle_each_iteration=False).batch(8)"),
        ("labels", "from_tensor_slices((numbers, labels)).batch(8)"),
    ],
)
def test_a_data_set_has_one_order(wanted: str, holds: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"{PRELUDE}labels = np.arange(40)\n{SHUFFLED.format(wanted=wanted)}"
    after = fixed(tmp_path, code, "KI405", unsafe=True)
    assert holds in after.after
    assert not after.remaining
    assert run(code, monkeypatch)[0]["result"] < 1
    assert run(after.after, monkeypatch)[0]["result"] == 1
