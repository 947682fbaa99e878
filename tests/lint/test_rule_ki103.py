"""KI103 numpy-breaks-gradient: terms of a loss that no gradient passes."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Diagnostic

Judge = Callable[..., list[Diagnostic]]
Lines = Callable[..., list[str]]

HEAD = """
import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])
other = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])
mse = keras.losses.MeanSquaredError()


def step(x, y):
    with tf.GradientTape() as tape:
"""
TAIL = """
    return tape.gradient(loss, model.trainable_variables)
"""


def judged(lines_of: Lines, *body: str, tail: str = TAIL, head: str = HEAD) -> list[str]:
    return lines_of("KI103", head + "".join(f"        {line}\n" for line in body) + tail)


# Missed alarms


@pytest.mark.parametrize(
    "loss",
    [
        "np.mean((model(x) - y) ** 2)",
        "tf.reduce_mean((model(x).numpy() - y) ** 2)",
        "mse(y, np.array(model(x, training=True)))",
        "tf.constant(float(tf.reduce_mean(model(x))))",
        "mse(y, tf.argmax(model(x), axis=1))",
        "mse(y, tf.cast(model(x) > 0.5, tf.float32))",
        "mse(y, tf.cast(model(x), tf.int32))",
        "mse(y, keras.ops.argmax(model(x)))",
        "mse(y, tf.cast(tf.greater(model(x), 0.5), 'float32'))",
    ],
)
def test_a_whole_loss_without_a_gradient(lines_of: Lines, loss: str) -> None:
    assert judged(lines_of, f"loss = {loss}") == [f"loss = {loss}"]


def test_a_break_further_up(lines_of: Lines) -> None:
    body = ["out = model(x, training=True)", "classes = tf.argmax(out, axis=-1)", "loss = mse(y, classes)"]
    assert judged(lines_of, *body) == [body[1]]


@pytest.mark.parametrize(
    "body",
    [
        ["loss = mse(y, model(x)) + 0.1 * np.mean(model(x))"],
        ["first = mse(y, model(x))", "second = 0.1 * np.mean(model(x))", "loss = first + second"],
        ["loss = mse(y, model(x))", "loss += 0.1 * np.mean(model(x))"],
        ["loss = tf.reduce_mean(mse(y, model(x)) - np.mean(model(x)))"],
    ],
)
def test_one_term_of_a_sum(lines_of: Lines, body: list[str]) -> None:
    assert judged(lines_of, *body) == [line for line in body if "np." in line]


def test_the_gradient_of_an_input(lines_of: Lines) -> None:
    body = ["tape.watch(x)", "loss = np.max(model(x))"]
    assert judged(lines_of, *body, tail="    return tape.gradient(loss, x)\n") == [body[1]]


def test_a_model_on_the_instance(lines_of: Lines) -> None:
    text = """
import keras
import numpy as np
import tensorflow as tf

class Agent:
    def __init__(self):
        self.model = keras.models.load_model("m.keras")
        self.loss = keras.losses.MeanSquaredError()

    def learn(self, x, y):
        with tf.GradientTape() as tape:
            loss = self.loss(y, self.model(x).numpy())
        return tape.gradient(loss, self.model.trainable_variables)
"""
    assert lines_of("KI103", text) == ["loss = self.loss(y, self.model(x).numpy())"]


# False alarms


@pytest.mark.parametrize(
    "body",
    [
        # An advantage weights the term that carries the gradient.
        ["value = model(x)", "loss = tf.reduce_mean(tf.math.log(model(x)) * (y - value.numpy()))"],
        # An index picks from what carries it.
        ["out = model(x)", "loss = -tf.gather(out, tf.argmax(out, axis=1), batch_dims=1)"],
        ["out = model(x)", "loss = -out[0, int(np.argmax(out[0]))]"],
        # A mask and a count.
        ["out = model(x)", "loss = tf.reduce_sum(out * tf.cast(out > 0, tf.float32)) / float(tf.size(out))"],
        # Constants: labels, other models, targets.
        ["loss = mse(np.asarray(y), model(x))"],
        ["loss = mse(other(x).numpy(), model(x))"],
        ["loss = mse(tf.argmax(other(x), -1), model(x))"],
        ["loss = mse(y, model(x)) + np.mean(other(x))"],
        # What goes through stop_gradient is meant to be a constant.
        ["loss = mse(y, model(x)) + tf.stop_gradient(np.mean(model(x)))"],
        # Metrics and logs.
        [
            "out = model(x)",
            "loss = mse(y, out)",
            "right = np.mean(np.argmax(out, 1) == y)",
            "print(float(loss), right)",
        ],
        # The same tensor comes back in another way.
        [
            "out = model(x)",
            "hard = tf.cast(out > 0.5, tf.float32)",
            "loss = mse(y, out + tf.stop_gradient(hard - out))",
        ],
    ],
    ids=[
        "advantage",
        "gather",
        "index",
        "mask",
        "labels",
        "other",
        "target",
        "added",
        "stopped",
        "metrics",
        "straight",
    ],
)
def test_constants_on_purpose(lines_of: Lines, body: list[str]) -> None:
    assert judged(lines_of, *body) == []


def test_code_that_may_use_the_model_itself(lines_of: Lines) -> None:
    head = HEAD.replace(
        "def step", "def penalty(values):\n    return tf.reduce_sum(model.losses) * values\n\n\ndef step"
    )
    assert judged(lines_of, "loss = penalty(np.mean(model(x)))", head=head) == []
    assert judged(lines_of, "loss = run(model, np.mean(model(x)))") == []


def test_sources_that_cannot_be_read(lines_of: Lines) -> None:
    tail = "    return tape.gradient(loss, get_variables())\n"
    assert judged(lines_of, "loss = np.mean(model(x))", tail=tail) == []


def test_tensorflow_s_own_numpy_keeps_gradients(lines_of: Lines) -> None:
    head = HEAD.replace("import numpy as np", "import tensorflow.experimental.numpy as np")
    assert judged(lines_of, "loss = np.mean((model(x) - y) ** 2)", head=head) == []


def test_the_numpy_before_the_model_is_data(lines_of: Lines) -> None:
    assert judged(lines_of, "loss = mse(y, model(np.float32(x)))") == []


def test_the_input_itself_may_be_an_array_before_it_is_watched(lines_of: Lines) -> None:
    body = ["x = tf.constant(np.asarray(x))", "tape.watch(x)", "loss = tf.reduce_max(model(x))"]
    assert judged(lines_of, *body, tail="    return tape.gradient(loss, x)\n") == []


def test_a_test_decides_what_runs_and_is_no_term(lines_of: Lines) -> None:
    body = ["loss = mse(y, model(x))", "if tf.reduce_mean(model(x)) > 0.5:", "    loss = loss + 1.0"]
    assert judged(lines_of, *body) == []


def test_each_tape_of_a_function_has_its_own_target(lines_of: Lines) -> None:
    body = """
def both(x, y):
    with tf.GradientTape() as tape:
        loss = np.mean(model(x))
    one = tape.gradient(loss, model.trainable_variables)
    with tf.GradientTape() as tape:
        loss = mse(y, model(x))
    two = tape.gradient(loss, model.trainable_variables)
"""
    assert lines_of("KI103", HEAD.partition("def step")[0] + body) == ["loss = np.mean(model(x))"]
    tapes = lines_of("KI103", HEAD.partition("def step")[0] + body.replace("loss = np", "lost = np"))
    assert tapes == []


# Through functions, methods, classes and modules: the code says beside its lines which call is reported

PROGRAM = """\
import contextlib
import functools
import keras
import numpy as np
import tensorflow as tf

net = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])
mse = keras.losses.MeanSquaredError()
"""


def marked(judge: Judge, code: str, **files: str) -> list[Diagnostic]:
    more = {f"{name}.py": textwrap.dedent(text) for name, text in files.items()}
    return judge({"train.py": PROGRAM + textwrap.dedent(code)} | more, select=("KI103",))


MISSED_THROUGH = {
    "a function": """
        def loss_of(model, x, y):
            out = model(x, training=True).numpy()  # KI103
            return tf.reduce_mean((out - y) ** 2)
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = loss_of(net, x, y)
            return tape.gradient(loss, net.trainable_variables)
    """,
    "a function two calls away, by keyword": """
        def margin(scores):
            return tf.constant(float(tf.reduce_max(scores)))  # KI103
        def loss_of(model, x):
            return margin(scores=model(x))
        def step(x):
            with tf.GradientTape() as tape:
                loss = loss_of(x=x, model=net)
            return tape.gradient(target=loss, sources=net.trainable_variables)
    """,
    "a method of the model": """
        class Trainer(keras.Model):
            def __init__(self):
                super().__init__()
                self.net = keras.Sequential([keras.layers.Dense(3)])
            def my_loss(self, x, y):
                return np.mean((self.net(x, training=True) - y) ** 2)  # KI103
            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    loss = self.my_loss(x, y)
                return tape.gradient(loss, self.trainable_variables)
    """,
    "an object that keeps the model": """
        class Measure:
            def __init__(self, model):
                self.model = model
            def loss(self, x, y):
                return mse(y, tf.argmax(self.model(x), axis=-1))  # KI103
        measure = Measure(net)
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = measure.loss(x, y)
            return tape.gradient(loss, net.trainable_variables)
    """,
    "an object that is made on both ways": """
        class Measure:
            def __init__(self, model, weight=1.0):
                self.model = model
                self.weight = weight
            def loss(self, x, y):
                return self.weight * mse(y, tf.argmax(self.model(x), axis=-1))  # KI103
        if os.environ.get("STRICT"):
            measure = Measure(net, 2.0)
        else:
            measure = Measure(net)
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = measure.loss(x, y)
            return tape.gradient(loss, net.trainable_variables)
    """,
    "a loss class": """
        class Gap(keras.losses.Loss):
            def call(self, y_true, y_pred):
                return tf.constant(np.mean(y_pred))  # KI103
        gap = Gap()
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = gap(y, net(x))
            return tape.gradient(loss, net.trainable_variables)
    """,
    "losses collected in a list": """
        def spread(values):
            counts, _ = np.histogram(values, bins=8)
            return np.abs(counts / counts.sum()).sum()
        def batch_loss(model, rows, labels):
            logits = model(rows, training=True)
            parts = []
            for i in range(3):
                parts.append(float(mse(labels[i], logits[i])))  # KI103
            return tf.convert_to_tensor(spread(parts))
        def step(rows, labels):
            with tf.GradientTape() as tape:
                value = batch_loss(net, rows, labels)
            return tape.gradient(value, net.trainable_variables)
    """,
    "a nested function": """
        def step(x, y):
            def loss_fn():
                return mse(y, tf.cast(net(x), tf.int32))  # KI103
            with tf.GradientTape() as tape:
                loss = loss_fn()
            return tape.gradient(loss, net.trainable_variables)
    """,
    "one of several results": """
        def terms(x, y):
            out = net(x)
            return {"fit": mse(y, out), "extra": tf.constant(float(tf.reduce_mean(out)))}  # KI103
        def step(x, y):
            with tf.GradientTape() as tape:
                found = terms(x, y)
                loss = found["fit"] + found["extra"]
            return tape.gradient(loss, net.trainable_variables)
    """,
    "a library that computes with arrays": """
        from sklearn.metrics import log_loss
        LOSSES = {"log": lambda y, out: tf.constant(log_loss(y, out))}  # KI103
        def step(x, y, name):
            with tf.GradientTape() as tape:
                loss = LOSSES[name](y, net(x))
            return tape.gradient(loss, net.layers[-1].trainable_variables)
    """,
    "a generator, and numbers that are mapped": """
        def parts(x, y):
            for row in x:
                yield mse(y, net(row))
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = sum(map(float, [part for part in parts(x, y)]))  # KI103
            return tape.gradient(loss, net.trainable_variables)
    """,
    "an attribute and a property": """
        class Step:
            @property
            def current(self):
                return mse(self.y, keras.ops.convert_to_numpy(self.out))  # KI103
            def run(self, x, y):
                self.y = y
                with tf.GradientTape() as tape:
                    self.out = net(x)
                    loss = self.current
                return tape.gradient(loss, net.trainable_variables)
    """,
    "a partial": """
        def loss_of(model, x, y):
            return tf.constant(float(mse(y, model(x))))  # KI103
        bound = functools.partial(loss_of, net)
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = bound(x, y)
            return tape.gradient(loss, net.trainable_variables)
    """,
    "an object that was given the model, two methods further down": """
        class Objective:
            def __init__(self, model):
                self.model = model
            def term(self, x, y):
                return tf.constant(float(mse(y, self.model(x))))  # KI103
            def __call__(self, x, y):
                return self.term(x, y)
        objective = Objective(net)
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = objective(x, y)
            return tape.gradient(loss, net.trainable_variables)
    """,
    "a record that holds the model": """
        from dataclasses import dataclass
        @dataclass
        class Objective:
            model: keras.Model
            def term(self, x, y):
                return tf.constant(float(mse(y, self.model(x))))  # KI103
        objective = Objective(net)
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = objective.term(x, y)
            return tape.gradient(loss, net.trainable_variables)
    """,
    "weights that were collected before": """
        other = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])
        weights = list(net.trainable_variables) + other.trainable_variables
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = mse(y, tf.numpy_function(np.square, [other(x)], tf.float32))  # KI103
            return tape.gradient(loss, weights)
    """,
}


@pytest.mark.parametrize("code", list(MISSED_THROUGH.values()), ids=list(MISSED_THROUGH))
def test_a_break_is_found_through(judge: Judge, code: str) -> None:
    marked(judge, code)


TAPES = {
    "another name": "Tape = tf.GradientTape\ndef step(x, y):\n    with Tape() as tape:",
    "imported as": "from tensorflow import GradientTape as GT\ndef step(x, y):\n    with GT() as tape:",
    "the second version's name": "def step(x, y):\n    with tf.compat.v2.GradientTape() as tape:",
    "made before": "def step(x, y):\n    tape = tf.GradientTape()\n    with tape:",
    "made by a helper": "def new():\n    return tf.GradientTape()\ndef step(x, y):\n    with new() as tape:",
    "a partial": "make = functools.partial(tf.GradientTape)\ndef step(x, y):\n    with make() as tape:",
    "a subclass": "class Timed(tf.GradientTape):\n    pass\ndef step(x, y):\n    with Timed() as tape:",
    "one of several": "def step(x, y):\n    with tf.GradientTape() as outer, tf.GradientTape() as tape:",
    "a context manager": """\
@contextlib.contextmanager
def recording():
    with tf.GradientTape() as inner:
        yield inner
def step(x, y):
    with recording() as tape:""",
    "a class that opens it": """\
class Recorder:
    def __enter__(self):
        self.tape = tf.GradientTape()
        return self.tape.__enter__()
    def __exit__(self, *why):
        self.tape.__exit__(*why)
def step(x, y):
    with Recorder() as tape:""",
    "an exit stack": """\
def step(x, y):
    with contextlib.ExitStack() as stack:
        tape = stack.enter_context(tf.GradientTape())""",
}
LOSS = """
        loss = mse(y, {0})  # {1}
    return tape.gradient(loss, net.trainable_variables)
"""


@pytest.mark.parametrize("opened", list(TAPES.values()), ids=list(TAPES))
def test_a_tape_is_a_value(judge: Judge, opened: str) -> None:
    for broken, code in (("net(x).numpy()", "KI103"), ("net.predict(x)", "KI101")):
        judge({"a.py": PROGRAM + opened + LOSS.format(broken, code)}, select=(code,))


def test_a_tape_on_the_instance(judge: Judge) -> None:
    code = """
        class Step:
            def __init__(self):
                self.tape = tf.GradientTape()
            def run(self, x, y):
                with self.tape:
                    loss = mse(y, net(x).numpy())  # KI103
                return self.tape.gradient(loss, net.trainable_variables)
    """
    marked(judge, code)


def test_a_tape_that_goes_from_hand_to_hand(judge: Judge) -> None:
    code = """
        def forward(tape, x, y):
            with tape:
                return mse(y, net(x).numpy())  # KI103
        def take(tape, loss, model):
            return tape.gradient(loss, model.trainable_variables)
        def step(x, y):
            tape = tf.GradientTape()
            loss = forward(tape, x, y)
            return take(tape, loss, net)
    """
    marked(judge, code)


def test_what_a_base_class_of_another_module_keeps_is_not_followed(judge: Judge) -> None:
    """Its own constructor was given it, and not that of the class which is made."""
    judge(
        {
            "base.py": "import tensorflow as tf\nclass Base:\n"
            "    def __init__(self, model):\n        self.model = model\n"
            "    def term(self, x, y):\n        return tf.constant(float(tf.reduce_mean((y - self.model(x)) ** 2)))\n"
            "    def __call__(self, x, y):\n        return self.term(x, y)\n",
            "main.py": "import keras\nimport tensorflow as tf\nfrom base import Base\nclass Objective(Base):\n"
            "    def __init__(self, model):\n        super().__init__(model)\n"
            "net = keras.models.load_model('m.keras')\nobjective = Objective(net)\n"
            "def step(x, y):\n    with tf.GradientTape() as tape:\n        loss = objective(x, y)\n"
            "    return tape.gradient(loss, net.trainable_variables)\n",
        },
        select=("KI103",),
    )


def test_a_break_in_another_module_is_reported_there_with_the_way_to_it(judge: Judge) -> None:
    (found,) = marked(
        judge,
        """
        from losses import margin
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = margin(y, net(x, training=True))
            return tape.gradient(loss, net.trainable_variables)
        """,
        losses="""
        import numpy as np
        import tensorflow as tf
        def margin(target, scores):
            scores = np.array(scores)  # KI103
            return tf.constant(scores[:, target].mean())
        """,
    )
    assert [step.message for step in found.trace] == [
        "margin() is run here: margin(y, net(x, training=True))",
        "differentiated here",
        "under this gradient tape",
    ]


SILENT_THROUGH = {
    "a weight that a helper makes": """
        def weigh(advantage, out):
            return tf.reduce_mean(out * advantage)
        def step(x, y):
            with tf.GradientTape() as tape:
                out = net(x)
                loss = weigh(np.abs(out), out)
            return tape.gradient(loss, net.trainable_variables)
    """,
    "what ran before the tape": """
        def step(x, y):
            old = net(x).numpy()
            with tf.GradientTape() as tape:
                loss = mse(y, net(x)) + tf.constant(np.mean(old))
            return tape.gradient(loss, net.trainable_variables)
    """,
    "what is not recorded": """
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = mse(y, net(x))
                with tape.stop_recording():
                    shift = np.mean(net(x))
                loss = loss + shift
            return tape.gradient(loss, net.trainable_variables)
    """,
    "a number that a helper only shows": """
        def terms(x, y):
            out = net(x)
            return mse(y, out), float(tf.reduce_mean(out))
        def step(x, y):
            with tf.GradientTape() as tape:
                loss, shown = terms(x, y)
            print(shown)
            return tape.gradient(loss, net.trainable_variables)
    """,
    "a gradient that is given by hand": """
        @tf.custom_gradient
        def hard(v):
            return tf.constant(np.round(v)), lambda up: up
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(hard(net(x)))
            return tape.gradient(loss, net.trainable_variables)
    """,
    "tf.py_function, which has a gradient": """
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = mse(y, tf.py_function(lambda v: v * 2, [net(x)], tf.float32))
            return tape.gradient(loss, net.trainable_variables)
    """,
    "shapes": """
        def step(x, y):
            with tf.GradientTape() as tape:
                out = net(x)
                loss = mse(y, out) / float(len(out)) + float(out.shape[0])
            return tape.gradient(loss, net.trainable_variables)
    """,
    "one way of two that keeps it": """
        def loss_of(x, y, fast):
            if fast:
                return mse(y, net(x))
            return tf.constant(np.mean(net(x)))
        def step(x, y, fast):
            with tf.GradientTape() as tape:
                loss = loss_of(x, y, fast)
            return tape.gradient(loss, net.trainable_variables)
    """,
    "targets, ratios and advantages": """
        def step(s, a, r, old):
            with tf.GradientTape() as tape:
                value = net(s)
                gain = r - value.numpy()
                ratio = tf.exp(net(s) - old.numpy())
                clipped = tf.clip_by_value(ratio, 0.8, 1.2)
                loss = -tf.reduce_mean(tf.minimum(ratio * gain, clipped * gain)) + tf.reduce_mean((r - value) ** 2)
            return tape.gradient(loss, net.trainable_variables)
    """,
    "something else with a gradient method": """
        class Image:
            def gradient(self, of, by):
                return of
        def edges(x, y):
            loss = np.mean(net(x))
            return Image().gradient(loss, net.trainable_variables)
    """,
}


@pytest.mark.parametrize("code", list(SILENT_THROUGH.values()), ids=list(SILENT_THROUGH))
def test_no_break_through(judge: Judge, code: str) -> None:
    marked(judge, code)


# jax and torch

JAX = """\
import os
os.environ["KERAS_BACKEND"] = "jax"
import functools
import jax
import jax.numpy as jnp
import keras
import numpy as np

model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
mse = keras.losses.MeanSquaredError()
"""


def test_what_jax_differentiates(judge: Judge) -> None:
    code = """
        def compute(weights, state, x, y):
            out, state = model.stateless_call(weights, state, x, training=True)
            return np.mean(out - y), state  # KI103
        grad_fn = jax.value_and_grad(compute, has_aux=True)

        def logged(weights, state, x, y):
            out, state = model.stateless_call(weights, state, x, training=True)
            return mse(y, out), (np.mean(out), state)
        grad_logged = jax.value_and_grad(logged, has_aux=True)

        def hardest(out, y):
            return jnp.mean((jnp.argmax(out, -1) - y) ** 2)  # KI103

        @functools.partial(jax.grad)
        def decorated(weights, state, x, y):
            return hardest(model.stateless_call(weights, state, x, training=True)[0], y)

        class Step:
            def loss(self, weights, x, y):
                return float(mse(y, model.stateless_call(weights, [], x, training=True)[0]))  # KI103
            def run(self, weights, x, y):
                return jax.grad(self.loss)(weights, x, y)

        def frozen(weights, x, y):
            return mse(y, jnp.asarray(np.asarray(model.stateless_call(weights, [], x, training=False)[0])))
        by_input = jax.grad(frozen, argnums=2)
    """
    found = judge({"a.py": JAX + textwrap.dedent(code)}, select=("KI103",))
    assert "jax.value_and_grad traces this code" in found[0].message
    assert "its derivative is zero" in found[1].message


def test_what_torch_differentiates(judge: Judge) -> None:
    code = """
        import os
        os.environ["KERAS_BACKEND"] = "torch"
        import keras
        import torch

        model = keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)])
        optimizer = torch.optim.Adam(model.parameters())
        loss_fn = torch.nn.MSELoss()

        def penalty(out):
            return 0.1 * out.mean().item()  # KI103

        def train(x, y):
            out = model(x, training=True)
            loss = loss_fn(out, y) + penalty(out)
            loss.backward()
            optimizer.step()

        def by_hand(x, y):
            loss = float(loss_fn(model(x, training=True), y))  # KI103
            return torch.autograd.grad(loss, model.parameters())

        def of_input(x):
            return torch.func.grad(lambda v: model(v)[0, 0].item())(x)  # KI103

        def weighted(x, y):
            out = model(x, training=True)
            loss = loss_fn(out, y) * float(out.detach().mean())
            loss.backward()
            print(loss.item())
    """
    judge({"a.py": textwrap.dedent(code)}, select=("KI103",))
