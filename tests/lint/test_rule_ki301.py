"""KI301, missing-training-true: the code says beside its lines which call is reported, and which one is not."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from lint_rules.findings.diagnostics import Confidence, Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]
HEAD = """\
import keras
import tensorflow as tf
from keras import layers
optimizer = keras.optimizers.Adam()
def net():
    return keras.Sequential([layers.Dense(8), layers.BatchNormalization(), layers.Dropout(0.5), layers.Dense(1)])
def plain():
    return keras.Sequential([layers.Dense(8), layers.LayerNormalization(), layers.Dense(1)])
model = net()
"""


def check(judge: Judge, code: str, head: str = HEAD) -> list[Diagnostic]:
    return judge({"code.py": head + textwrap.dedent(code)}, select=("KI301",))


MISSED_ALARMS = {
    "an optimizer that minimizes": """
        def step(x, y):
            optimizer.minimize(lambda: tf.reduce_mean((model(x) - y) ** 2), model.trainable_variables)  # KI301
        def other(x, y):
            def loss():
                return tf.reduce_mean((model(x) - y) ** 2)  # KI301
            optimizer.minimize(loss, var_list=model.trainable_weights)
    """,
    "a training loop": """
        for x, y in data:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((model(x) - y) ** 2)  # KI301
            grads = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(grads, model.trainable_variables))
    """,
    "a variable between": """
        @tf.function
        def step(x, y):
            with tf.GradientTape() as tape:
                out = model(x)  # KI301
                loss = tf.reduce_mean(keras.losses.mse(y, out))
            variables = model.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    """,
    "a helper function": """
        def loss_of(m, x, y):
            return tf.reduce_mean((m(x) - y) ** 2)  # KI301
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = loss_of(model, x, y)
            grads = tape.gradient(loss, model.trainable_weights)
            optimizer.apply_gradients(zip(grads, model.trainable_weights))
    """,
    "train_step of a Model": """
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.drop = layers.Dropout(0.5)
            def call(self, x, training=None):
                return self.drop(x, training=training)
            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    loss = self.compute_loss(y=y, y_pred=self(x))  # KI301
                grads = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply_gradients(zip(grads, self.trainable_variables))
                return {}
    """,
    "a part of the model that a method of it calls": """
        class Coder(keras.Model):
            def __init__(self):
                super().__init__()
                self.encoder = net()
                self.decoder = plain()
            def encode(self, x):
                return self.encoder(x)  # KI301
            def decode(self, z):
                return self.decoder(z)
        coder = Coder()
        def loss_of(model, x):
            return tf.reduce_mean((model.decode(model.encode(x)) - x) ** 2)
        def step(x):
            with tf.GradientTape() as tape:
                loss = loss_of(coder, x)
            grads = tape.gradient(loss, coder.trainable_variables)
            optimizer.apply_gradients(zip(grads, coder.trainable_variables))
    """,
    "torch's own optimizer": """
        import torch
        stepper = torch.optim.Adam(model.parameters())
        for x, y in data:
            stepper.zero_grad()
            loss = torch.nn.functional.mse_loss(model(x), y)  # KI301
            loss.backward()
            stepper.step()
    """,
    "torch's own optimizer, and a model under another name": """
        import torch
        stepper = torch.optim.Adam(model.parameters())
        for x, y in data:
            stepper.zero_grad()
            kept = {"net": model}
            loss = torch.nn.functional.mse_loss(kept["net"](x), y)  # KI301
            loss.backward()
            stepper.step()
    """,
    "a Keras optimizer on torch": """
        def step(x, y):
            loss = keras.losses.mean_squared_error(y, model(x)).mean()  # KI301
            model.zero_grad()
            weights = list(model.trainable_weights)
            loss.backward()
            optimizer.apply([w.value.grad for w in weights], weights)
    """,
    "two models, both with modes": """
        class GAN:
            def __init__(self):
                self.g = net()
                self.d = net()
            def step(self, z):
                with tf.GradientTape() as g_tape, tf.GradientTape() as d_tape:
                    fake = self.g(z)  # KI301
                    score = self.d(fake)  # KI301
                    g_loss, d_loss = -tf.reduce_mean(score), tf.reduce_mean(score)
                g_grads = g_tape.gradient(g_loss, self.g.trainable_variables)
                d_grads = d_tape.gradient(d_loss, self.d.trainable_variables)
                optimizer.apply_gradients(zip(g_grads, self.g.trainable_variables))
                optimizer.apply_gradients(zip(d_grads, self.d.trainable_variables))
    """,
    "a normalisation of the project's own": """
        class Norm(layers.Layer):
            def call(self, x, training=False):
                if training:
                    x = x - tf.reduce_mean(x, axis=0)
                return x
        ours = keras.Sequential([layers.Dense(1), Norm()])
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(ours(x))  # KI301
        grads = tape.gradient(loss, ours.trainable_variables)
        optimizer.apply_gradients(zip(grads, ours.trainable_variables))
    """,
}

FALSE_ALARMS = {
    "an optimizer that minimizes by other weights": """
        head = net()
        def step(x, y):
            loss = lambda: tf.reduce_mean((head(model(x), training=True) - y) ** 2)
            optimizer.minimize(loss, head.trainable_variables)
    """,
    "torch code that trains": """
        import torch
        stepper = torch.optim.Adam(model.parameters())
        loss = model(x, training=True).mean()
        loss.backward()
        stepper.step()
    """,
    "torch code that looks at gradients of the input": """
        import torch
        image = torch.rand(1, 8, requires_grad=True)
        model(image).max().backward()
        saliency = image.grad.abs()
    """,
    "a teacher on torch": """
        import torch
        student = plain()
        stepper = torch.optim.Adam(student.parameters())
        loss = ((student(x) - model(x)) ** 2).mean()
        loss.backward()
        stepper.step()
    """,
    "one of two models that torch trains in turn": """
        import torch
        critic = net()
        steppers = torch.optim.Adam(model.parameters()), torch.optim.Adam(critic.parameters())
        loss = critic(model(x, training=True)).mean()
        loss.backward()
        steppers[0].step()
    """,
    "a part of the model whose gradients are not asked for": """
        class Coder(keras.Model):
            def __init__(self):
                super().__init__()
                self.encoder = net()
                self.decoder = plain()
            def encode(self, x):
                return self.encoder(x)
        coder = Coder()
        def step(x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((coder.decoder(coder.encode(x)) - x) ** 2)
            grads = tape.gradient(loss, coder.decoder.trainable_variables)
            optimizer.apply_gradients(zip(grads, coder.decoder.trainable_variables))
    """,
    "training passed": """
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
    """,
    "training passed by position": """
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(x, True))
        grads = tape.gradient(loss, model.trainable_variables)
    """,
    "training forwarded": """
        def step(x, **options):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(x, **options))
            return tape.gradient(loss, model.trainable_variables)
    """,
    "training bound beforehand": """
        from functools import partial
        model = partial(net(), training=True)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(x))
        grads = tape.gradient(loss, model.func.trainable_variables)
    """,
    "no layer depends on the mode": """
        other = plain()
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(other(x))
        grads = tape.gradient(loss, other.trainable_variables)
    """,
    "call defaults to training": """
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.drop = layers.Dropout(0.5)
            def call(self, x, training=True):
                return self.drop(x, training=training)
        ours = Net()
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(ours(x))
        grads = tape.gradient(loss, ours.trainable_variables)
    """,
    "a saliency map": """
        with tf.GradientTape() as tape:
            tape.watch(image)
            score = model(image)[:, 0]
        saliency = tape.gradient(score, image)
    """,
    "a gradient penalty": """
        critic = net()
        def penalty(mixed):
            with tf.GradientTape() as inner:
                inner.watch(mixed)
                score = critic(mixed)
            grads = inner.gradient(score, [mixed])[0]
            return tf.reduce_mean(grads ** 2)
        def step(mixed):
            with tf.GradientTape() as outer:
                loss = penalty(mixed)
            grads = outer.gradient(loss, critic.trainable_variables)
            optimizer.apply_gradients(zip(grads, critic.trainable_variables))
    """,
    "a target network": """
        target = net()
        with tf.GradientTape() as tape:
            wanted = target(x)
            loss = tf.reduce_mean((wanted - model(x, training=True)) ** 2)
        grads = tape.gradient(loss, model.trainable_variables)
    """,
    "a critic between the actor and its loss": """
        actor = net()
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(model(actor(x, training=True)))
        grads = tape.gradient(loss, actor.trainable_variables)
    """,
    "gradients that are only looked at": """
        def influence(x):  # only looked at
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(x))
            return tape.gradient(loss, model.trainable_variables)
    """,
    "the global flag of Keras 2": """
        keras.backend.set_learning_phase(1)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(x))
        grads = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(grads, model.trainable_variables))
    """,
    "a layer, no model": """
        layer = layers.Dropout(0.5)
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(x))
        grads = tape.gradient(loss, layer.trainable_variables)
    """,
}


@pytest.mark.parametrize("code", list(MISSED_ALARMS.values()), ids=list(MISSED_ALARMS))
def test_missed_alarms(judge: Judge, code: str) -> None:
    found = check(judge, code)
    assert {finding.severity for finding in found} == {Severity.WARNING}


@pytest.mark.parametrize("code", list(FALSE_ALARMS.values()), ids=list(FALSE_ALARMS))
def test_false_alarms(judge: Judge, code: str) -> None:
    # The gradients are applied somewhere in the module, so that the silence has the reason that its name says.
    applied = "" if "only looked at" in code else "optimizer.apply_gradients(zip([], []))\n"
    assert check(judge, code, head=HEAD + applied) == []


UNREADABLE = {
    "loaded from a file": "model = keras.models.load_model('m.keras')",
    "a layer of another package": "import other\nmodel = keras.Sequential([layers.Dense(1), other.Layer()])",
    "a rate from the command line": "import sys\nmodel = keras.Sequential([layers.Dropout(float(sys.argv[1]))])",
    "a frozen base": "model = keras.applications.ResNet50()\nmodel.trainable = False",
}


@pytest.mark.parametrize("made", list(UNREADABLE.values()), ids=list(UNREADABLE))
def test_what_the_code_does_not_show_is_info_only(judge: Judge, made: str) -> None:
    code = f"""{made}
with tf.GradientTape() as tape:
    loss = tf.reduce_mean(model(x))  # KI301
grads = tape.gradient(loss, model.trainable_variables)
optimizer.apply_gradients(zip(grads, model.trainable_variables))
"""
    (finding,) = check(judge, code, head=HEAD.rpartition("model = ")[0])
    assert (finding.severity, finding.confidence) == (Severity.INFO, Confidence.LIKELY)


def test_what_is_frozen_need_not_be_shown(judge: Judge) -> None:
    judge(
        """
        import keras, sys
        import tensorflow as tf
        class Picture(keras.Model):
            def __init__(self, start, extractor):
                super().__init__()
                self.x = tf.Variable(start)
                self.extractor = extractor
                self.extractor.trainable = False
            def call(self, inputs):
                return self.extractor(self.x)
        class Painter(keras.Model):
            def __init__(self, extractor):
                super().__init__()
                self.extractor = extractor
            def call(self, inputs):
                return self.extractor(inputs)
        picture = Picture(x, keras.models.load_model(sys.argv[1]))
        painter = Painter(keras.models.load_model(sys.argv[2]))
        with tf.GradientTape(persistent=True) as tape:
            loss = tf.reduce_mean(picture(x))
            other = tf.reduce_mean(painter(x))  # KI301
        optimizer.apply_gradients(zip(tape.gradient(loss, picture.trainable_variables), picture.trainable_variables))
        optimizer.apply_gradients(zip(tape.gradient(other, painter.trainable_variables), painter.trainable_variables))
        """,
        select=("KI301",),
    )


def test_the_message_names_the_layers_and_the_trace_the_tape(judge: Judge) -> None:
    (finding,) = check(judge, MISSED_ALARMS["a training loop"])
    assert "BatchNormalization and Dropout do not train" in finding.message
    assert finding.message.endswith("Pass training=True.")
    assert [step.message for step in finding.trace] == [
        "BatchNormalization depends on the mode",
        "under this gradient tape",
    ]


def test_models_and_tapes_in_several_modules(judge: Judge) -> None:
    judge(
        {
            "zoo/__init__.py": "",
            "zoo/build.py": """\
                from tensorflow.keras import layers, Sequential

                def classifier(dropout=0.0):
                    return Sequential([layers.Dense(4), layers.Dropout(dropout)])
            """,
            "train.py": """\
                import tensorflow as tf
                from zoo.build import classifier

                class Trainer:
                    def __init__(self, optimizer):
                        self.model = classifier(dropout=0.3)
                        self.optimizer = optimizer

                    def step(self, x, y):
                        with tf.GradientTape() as tape:
                            loss = tf.reduce_mean((self.model(x) - y) ** 2)  # KI301
                        grads = tape.gradient(loss, self.model.trainable_variables)
                        self.optimizer.apply_gradients(zip(grads, self.model.trainable_variables))
            """,
        },
        select=("KI301",),
    )


def test_a_loop_of_torch_that_imports_its_model(judge: Judge) -> None:
    judge(
        {
            "zoo.py": """\
                from keras import layers, Sequential

                def classifier():
                    return Sequential([layers.Dense(4), layers.Dropout(0.3)])
            """,
            "train.py": """\
                import torch
                from zoo import classifier

                model = classifier()
                stepper = torch.optim.Adam(model.parameters())

                def epoch(data):
                    for x, y in data:
                        stepper.zero_grad()
                        loss = torch.nn.functional.mse_loss(model(x), y)  # KI301
                        loss.backward()
                        stepper.step()
            """,
        },
        select=("KI301",),
    )


def test_a_partial_that_is_called_in_another_module(judge: Judge) -> None:
    files = {
        "losses.py": """\
            from functools import partial
            import tensorflow as tf
            from tensorflow.keras import layers, Sequential

            model = Sequential([layers.Dropout(0.5)])

            def scaled(SCALED, net, x):
                return tf.reduce_mean(2.0 * net(x))MARK

            class Losses:
                def __init__(self):
                    self.loss = partial(scaled, FILLED)
        """,
        "train.py": """\
            import tensorflow as tf
            from losses import Losses, model

            def step(x, optimizer):
                losses = Losses()
                with tf.GradientTape() as tape:
                    loss = losses.loss(PASSED)
                grads = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(grads, model.trainable_variables))
        """,
    }

    def written(**words: str) -> dict[str, str]:
        texts = dict(files)
        for word, text in words.items():
            texts = {name: body.replace(word, text) for name, body in texts.items()}
        return texts

    judge(written(SCALED="scale", FILLED="2.0", PASSED="model, x", MARK="  # KI301"), select=("KI301",))
    # What the partial fills stands in the other module, and is not read from there: the model stays unknown.
    assert (
        judge(
            written(SCALED="net", FILLED="model", PASSED="x", MARK="", **{"(net, net, x)": "(net, x)"}),
            select=("KI301",),
        )
        == []
    )


# What jax derives by the weights

JAX = """\
import os
os.environ["KERAS_BACKEND"] = "jax"
import jax
import keras
from keras import layers
model = keras.Sequential([keras.Input((8,)), layers.Dropout(0.5), layers.Dense(1)])
mse = keras.losses.MeanSquaredError()
"""
STATELESS = {
    "a loss": """
        def compute(weights, state, x, y):
            out, state = model.stateless_call(weights, state, x)  # KI301
            return mse(y, out), state
        grad_fn = jax.value_and_grad(compute, has_aux=True)
    """,
    "through a method, by keyword": """
        class Trainer:
            def __init__(self, model):
                self.model = model
            def forward(self, weights, state, x):
                return self.model.stateless_call(  # KI301
                    trainable_variables=weights, non_trainable_variables=state, inputs=x
                )
            def loss(self, weights, state, x, y):
                out, state = self.forward(weights, state, x)
                return mse(y, out), state
            def step(self, weights, state, x, y):
                return jax.grad(self.loss, has_aux=True)(weights, state, x, y)
        Trainer(model)
    """,
    "a function within a step": """
        @jax.jit
        def train(state, x, y):
            def inner(weights):
                out, _ = model.stateless_call(weights, state[1], x)  # KI301
                return mse(y, out)
            return jax.value_and_grad(inner)(state[0])
    """,
    "under another name": """
        forward = model.stateless_call
        def compute(weights, state, x, y):
            out, _ = forward(weights, state, x)  # KI301
            return mse(y, out)
        grad_fn = jax.value_and_grad(compute)
    """,
    "a method of the model, decorated or not": """
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.drop = layers.Dropout(0.5)
            def call(self, x, training=None):
                return self.drop(x, training=training)
            def losses_of(self, weights, state, x, y):
                out, state = self.stateless_call(weights, state, x)  # KI301
                return mse(y, out), state
            def train_step(self, state, data):
                return jax.value_and_grad(self.losses_of, has_aux=True)(state[0], state[1], *data)
    """,
}
STATELESS_RIGHT = {
    "by keyword": """
        def compute(weights, state, x, y):
            out, state = model.stateless_call(weights, state, x, training=True)
            return mse(y, out), state
        grad_fn = jax.value_and_grad(compute, has_aux=True)
    """,
    "by position": """
        def compute(weights, state, x, y, training):
            out, state = model.stateless_call(weights, state, x, training)
            return mse(y, out), state
        grad_fn = jax.value_and_grad(compute, has_aux=True)
    """,
    "the gradient of an input": """
        def saliency(x, weights, state):
            out, _ = model.stateless_call(weights, state, x)
            return out[0, 0]
        maps = jax.grad(saliency)
    """,
    "inference": """
        @jax.jit
        def scores(weights, state, x):
            return model.stateless_call(weights, state, x)[0]
    """,
    "no layer that depends on the mode": """
        plain = keras.Sequential([keras.Input((8,)), layers.Dense(1)])
        def compute(weights, state, x, y):
            out, state = plain.stateless_call(weights, state, x)
            return mse(y, out), state
        grad_fn = jax.value_and_grad(compute, has_aux=True)
    """,
}


@pytest.mark.parametrize("code", list(STATELESS.values()), ids=list(STATELESS))
def test_a_stateless_call_without_the_mode(judge: Judge, code: str) -> None:
    (found,) = check(judge, code, head=JAX)
    assert found.severity is Severity.WARNING


@pytest.mark.parametrize("code", list(STATELESS_RIGHT.values()), ids=list(STATELESS_RIGHT))
def test_a_stateless_call_that_is_right(judge: Judge, code: str) -> None:
    assert check(judge, code, head=JAX) == []


# A tape is a value, however it got there

TAPES = {
    "on the instance": """
        class Step:
            def __init__(self):
                self.tape = tf.GradientTape()
            def run(self, x, y):
                with self.tape:
                    loss = tf.reduce_mean((model(x) - y) ** 2)  # KI301
                grads = self.tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(grads, model.trainable_variables))
    """,
    "given to a helper that asks it": """
        def take(tape, loss):
            grads = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(grads, model.trainable_variables))
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((model(x) - y) ** 2)  # KI301
            take(tape, loss)
    """,
    "entered by an exit stack": """
        import contextlib
        def step(x, y):
            with contextlib.ExitStack() as stack:
                tape = stack.enter_context(tf.GradientTape())
                loss = tf.reduce_mean((model(x) - y) ** 2)  # KI301
            grads = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(grads, model.trainable_variables))
    """,
}


@pytest.mark.parametrize("code", list(TAPES.values()), ids=list(TAPES))
def test_a_tape_is_a_value(judge: Judge, code: str) -> None:
    check(judge, code)


# What to write where training=True at the call alone would not do

ADVICE = {
    "a call that takes no training": (
        """
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.norm = layers.BatchNormalization()
            def call(self, x):
                return self.norm(x)
        closed = Net()
        def step(x, y):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean((closed(x) - y) ** 2)  # KI301
            grads = tape.gradient(loss, closed.trainable_variables)
            optimizer.apply_gradients(zip(grads, closed.trainable_variables))
        """,
        "Let Net.call take training and pass it on, and pass training=True here.",
    ),
    "a helper that validates too": (
        """
        class Pairs(keras.Model):
            def call(self, x, training=None):
                return model(x, training=training)
            def _distance(self, x):
                return tf.reduce_mean(model(x))  # KI301
            def train_step(self, x):
                with tf.GradientTape() as tape:
                    loss = self._distance(x)
                grads = tape.gradient(loss, model.trainable_variables)
                optimizer.apply_gradients(zip(grads, model.trainable_variables))
            def test_step(self, x):
                return {"loss": self._distance(x)}
        """,
        "_distance() serves inference too: let it take training, with True from the step that trains.",
    ),
    "a helper that only trains": (
        """
        def distance(x):
            return tf.reduce_mean(model(x))  # KI301
        def step(x):
            with tf.GradientTape() as tape:
                loss = distance(x)
            grads = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(grads, model.trainable_variables))
        """,
        "Pass training=True.",
    ),
}


@pytest.mark.parametrize(("code", "advice"), list(ADVICE.values()), ids=list(ADVICE))
def test_the_advice_fits_the_code(judge: Judge, code: str, advice: str) -> None:
    (finding,) = check(judge, code)
    assert finding.message.endswith(f"not train. {advice}")
