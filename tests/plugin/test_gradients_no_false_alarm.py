"""`gradient_check` on TensorFlow stays silent about healthy training steps, and leaves everything as it was."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).parent))

from gradient_text import failure

from pytest_keras_inference import GradientError, check_gradients, watch_gradients

pytestmark = pytest.mark.backend("tensorflow")

X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
Y = np.array([[0.0], [1.0], [0.5], [-1.0]], "float32")


def net(*middle, name="net", out=1):
    keras.utils.set_random_seed(7)
    layers = [keras.Input((3,)), keras.layers.Dense(4, activation="tanh", name="hidden"), *middle]
    return keras.Sequential([*layers, keras.layers.Dense(out, name="out")], name=name)


def mse(outputs, targets=Y):
    return tf.reduce_mean((outputs - targets) ** 2)


def statuses(report):
    return {row.path: (row.status, row.note) for row in report.rows}


class TestHealthyModels:
    @pytest.mark.parametrize(
        "middle",
        [
            lambda: (),
            lambda: (keras.layers.BatchNormalization(),),
            lambda: (keras.layers.LayerNormalization(), keras.layers.Dropout(0.5)),
            lambda: (keras.layers.Reshape((4, 1)), keras.layers.LSTM(3, dropout=0.2, recurrent_dropout=0.2)),
            lambda: (
                keras.layers.Reshape((2, 2)),
                keras.layers.Conv1D(3, 1, activation="relu"),
                keras.layers.Flatten(),
            ),
            lambda: (keras.layers.SpectralNormalization(keras.layers.Dense(3)),),
        ],
        ids=["dense", "batch_norm", "dropout", "lstm", "conv", "spectral_norm"],
    )
    def test_layers(self, middle):
        report = check_gradients(net(*middle()), X, Y, loss="mse")
        assert {row.status for row in report.rows} == {"ok"}
        assert {row.note for row in report.rows} == {""}

    def test_embedding_gives_indexed_slices(self):
        model = keras.Sequential([keras.layers.Embedding(9, 2), keras.layers.Flatten(), keras.layers.Dense(1)])
        report = check_gradients(model, np.array([[1, 2], [3, 1]]), np.ones((2, 1), "float32"), loss="mse")
        assert report.ok
        assert [row.shape for row in report.rows] == [(9, 2), (4, 1), (1,)]

    def test_several_inputs_and_outputs(self):
        left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
        joined = keras.layers.Concatenate()([left, right])
        model = keras.Model(
            {"left": left, "right": right}, [keras.layers.Dense(1)(joined), keras.layers.Dense(2)(joined)]
        )
        assert check_gradients(model, {"left": X, "right": X}).ok
        report = check_gradients(model, {"left": X, "right": X}, sources="input", training=False)
        assert [row.path for row in report.rows] == ["input/left", "input/right"]
        targets = [Y, np.concatenate([Y, Y], axis=1)]
        assert check_gradients(model, {"left": X, "right": X}, targets, loss="mse").ok

    def test_compiled_loss_and_regulariser(self):
        model = net(keras.layers.Dense(4, kernel_regularizer=keras.regularizers.L2(0.1), name="kept_small"))
        model.compile(loss="mse")
        expected = float(np.mean((model(X).numpy() - Y) ** 2) + 0.1 * np.sum(model.layers[1].kernel.numpy() ** 2))
        assert check_gradients(model, X, Y, training=False).loss == pytest.approx(expected, rel=1e-5)

    def test_the_loss_of_a_layer_under_mixed_precision(self):
        policy = keras.DTypePolicy("mixed_float16")
        layers = [keras.layers.Dense(4, dtype=policy), keras.layers.ActivityRegularization(0.1, dtype=policy)]
        model = keras.Sequential([keras.Input((3,)), *layers, keras.layers.Dense(1)])
        assert check_gradients(model, X, Y, loss="mse").ok

    def test_frozen_layers_are_no_sources(self):
        model = net()
        model.layers[0].trainable = False
        assert [row.path for row in check_gradients(model, X, Y, loss="mse").rows] == ["net/out/kernel", "net/out/bias"]

    def test_zero_initialised_output_is_tried_again_after_a_step(self):
        model = net()
        model.layers[-1].kernel.assign(np.zeros((4, 1)))
        found = statuses(check_gradients(model, X, Y, loss="mse"))
        assert found["net/hidden/kernel"] == ("zero", "zero only at initialisation")
        assert found["net/out/kernel"] == ("ok", "")

    def test_gate_that_opens_with_the_first_step(self):
        class Gated(keras.layers.Layer):
            def build(self, shape):
                self.gate = self.add_weight(shape=(), initializer="zeros", name="gate")
                self.branch = keras.layers.Dense(shape[-1], name="branch")

            def call(self, x):
                return x + tf.sin(self.gate) * self.branch(x)

        found = statuses(check_gradients(net(Gated(name="gated")), X, Y, loss="mse"))
        assert found["net/gated/gate"] == ("ok", "")
        assert found["net/gated/branch/kernel"][1] == "zero only at initialisation"

    def test_stochastic_depth_is_tried_under_further_seeds(self):
        class Sometimes(keras.layers.Layer):
            def build(self, shape):
                self.branch = keras.layers.Dense(shape[-1], name="branch")
                self.branch.build(shape)

            def call(self, x):
                return x + self.branch(x) if random.random() < 0.5 else x

        model = net(Sometimes(name="sometimes"))
        random.seed(next(seed for seed in range(100) if random.Random(seed).random() >= 0.5))  # the first draw skips it
        report = check_gradients(model, X, Y, loss="mse")
        status, note = statuses(report)["net/sometimes/branch/kernel"]
        assert status == "ok"
        assert note in ("None in 1 of 2 calls", "None in 2 of 3 calls")


class TestHealthySteps:
    def test_two_optimizers_two_tapes(self):
        generator, discriminator = net(name="generator", out=3), net(name="discriminator")

        def step():
            with tf.GradientTape() as first, tf.GradientTape() as second:
                fake = generator(X, training=True)
                lost = tf.reduce_mean(discriminator(fake, training=True))
                told = tf.reduce_mean(discriminator(X, training=True)) - lost
            first.gradient(lost, generator.trainable_variables)
            second.gradient(told, discriminator.trainable_variables)

        with watch_gradients(allow_zero=["discriminator/out/bias"]) as watched:
            step()
        assert [len(report.rows) for report in watched.reports] == [4, 4]

    def test_gradient_penalty(self):
        critic = net(name="critic")
        x = tf.constant(X)

        def step():
            with tf.GradientTape() as outer:
                with tf.GradientTape() as inner:
                    inner.watch(x)
                    score = critic(x, training=True)
                slope = inner.gradient(score, x)
                loss = tf.reduce_mean(score) + tf.reduce_mean((tf.norm(slope, axis=1) - 1) ** 2)
            outer.gradient(loss, critic.trainable_variables)

        with watch_gradients() as watched:
            step()
        assert [report.ok for report in watched.reports] == [True, True]

    def test_target_network_under_the_tape(self):
        online, target = net(name="online"), net(name="target")

        def step():
            with tf.GradientTape() as tape:
                wanted = 0.9 * target.predict(X, verbose=0) + Y
                loss = mse(online(X, training=True), wanted)
            tape.gradient(loss, online.trainable_variables)

        with watch_gradients() as watched:
            step()
        assert watched.reports[0].ok

    def test_predict_before_the_tape(self):
        model = net()

        def step():
            wanted = model.predict(X, verbose=0) + Y
            with tf.GradientTape() as tape:
                loss = mse(model(X, training=True), wanted)
            tape.gradient(loss, model.trainable_variables)

        with watch_gradients() as watched:
            step()
        assert watched.reports[0].ok

    def test_predict_under_the_tape_after_the_loss(self):
        model, log = net(), []

        def step():
            with tf.GradientTape() as tape:
                loss = mse(model(X, training=True))
                log.append(model.predict(X, verbose=0).mean())
            tape.gradient(loss, model.trainable_variables)

        with watch_gradients() as watched:
            step()
        assert watched.reports[0].ok

    def test_constant_from_predict_that_is_meant(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                wanted = model.predict(X, verbose=0)
                loss = mse(model(X, training=True), wanted + Y)
            tape.gradient(loss, model.trainable_variables)

        with watch_gradients(allow_predict=True) as watched:
            step()
        assert {row.note for row in watched.reports[0].rows} == {"allowed"}

    def test_logging_values_under_the_tape(self):
        model, log = net(), []

        def step():
            with tf.GradientTape() as tape:
                outputs = model(X, training=True)
                log.append(outputs.numpy())
                loss = mse(outputs)
                log.append(float(loss))
            tape.gradient(loss, model.trainable_variables)

        with watch_gradients() as watched:
            step()
        assert watched.reports[0].ok

    def test_traced_function_is_seen_with_its_values(self):
        model = net()

        @tf.function
        def step(x):
            with tf.GradientTape() as tape:
                loss = mse(model(x, training=True))
            return tape.gradient(loss, model.trainable_variables)

        step(tf.constant(X))  # traced before the block: it must be seen all the same
        with watch_gradients() as watched:
            step(tf.constant(X))
        assert all(row.norm is not None and row.norm > 0 for row in watched.reports[0].rows)
        assert not tf.config.functions_run_eagerly()

    def test_fit(self):
        model = net(keras.layers.BatchNormalization(), keras.layers.Dropout(0.2))
        model.compile("adam", "mse")
        with watch_gradients(allow_zero=["net/hidden/bias"]) as watched:
            model.fit(X, Y, batch_size=2, epochs=2, verbose=0)
        (report,) = watched.reports
        assert report.ok

    def test_jacobian(self):
        model, x = net(), tf.constant(X)
        with watch_gradients() as watched:
            with tf.GradientTape() as tape:
                tape.watch(x)
                outputs = model(x, training=False)
            jacobian = tape.batch_jacobian(outputs, x)
        assert jacobian.shape == (4, 1, 3)
        assert watched.reports[0].ok

    def test_none_in_some_steps_only(self):
        left, right = net(name="left"), net(name="right")

        def step(number):
            with tf.GradientTape() as tape:
                loss = mse((left if number % 2 else right)(X, training=True))
            tape.gradient(loss, left.trainable_variables + right.trainable_variables)

        with watch_gradients() as watched:
            for number in range(4):
                step(number)
        assert {row.note for row in watched.reports[0].rows} == {"None in 2 of 4 calls"}


class TestForgiveness:
    def two_heads(self):
        inputs = keras.Input((3,))
        heads = [keras.layers.Dense(1, name="value")(inputs), keras.layers.Dense(2, name="policy")(inputs)]
        return keras.Model(inputs, heads, name="net")

    @pytest.mark.parametrize("allowed", [["policy"], ["policy/kernel", "policy/bias"], ["*policy*"]])
    def test_allow_none(self, allowed):
        report = check_gradients(self.two_heads(), X, loss=lambda out: tf.reduce_mean(out[0]), allow_none=allowed)
        assert [row.note for row in report.rows] == ["", "", "allowed", "allowed"]

    def test_another_name_forgives_nothing(self):
        with pytest.raises(GradientError):
            check_gradients(self.two_heads(), X, loss=lambda out: tf.reduce_mean(out[0]), allow_none=["pol"])

    def test_allow_zero(self):
        model = net(keras.layers.ReLU(name="relu"))
        model.layers[0].activation = keras.activations.linear
        model.layers[0].bias.assign(-100 * np.ones(4))
        report = check_gradients(model, X, Y, loss="mse", allow_zero=["net/hidden", "net/out/kernel"])
        assert [row.note for row in report.rows] == ["allowed", "allowed", "allowed", ""]

    def test_atol_makes_small_gradients_zero(self):
        model = net()
        model.layers[-1].kernel.assign(1e-9 * np.ones((4, 1)))
        assert check_gradients(model, X, Y, loss="mse").ok
        message = failure(check_gradients, model, X, Y, loss="mse", atol=10.0)
        assert message.startswith("4 of 4 gradients are broken")


class TestNothingIsLeftBehind:
    def test_weights_state_and_seeds(self):
        model = net(keras.layers.BatchNormalization(), keras.layers.Dropout(0.5))
        model(X)
        before = [variable.numpy().copy() for variable in model.variables]
        random.seed(3)
        np.random.seed(3)
        states = random.getstate(), np.random.get_state()[1].tolist()
        check_gradients(model, X, Y, loss="mse")
        with pytest.raises(GradientError):  # further draws, a step and the probe
            check_gradients(model, X, loss=lambda out: 0.0 * tf.reduce_mean(out))
        for variable, value in zip(model.variables, before, strict=True):
            np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)
        assert (random.getstate(), np.random.get_state()[1].tolist()) == states

    def test_every_patch_is_taken_back(self):
        from tensorflow.python.framework import constant_op, ops

        def patched():
            places = [
                (keras.Model, ("predict", "evaluate")),
                (keras.layers.Layer, ("__call__",)),
                (tf.GradientTape, ("gradient", "watch", "_push_tape", "_pop_tape")),
                (constant_op, ("convert_to_eager_tensor",)),
                (ops.EagerTensor, ("numpy", "__float__", "__array_function__")),
            ]
            return [
                (name, getattr(place, name, None), name in vars(place)) for place, names in places for name in names
            ]

        before = patched()
        model = net()
        with watch_gradients():
            assert patched() != before
            with tf.GradientTape() as tape:
                loss = mse(model(X, training=True))
            tape.gradient(loss, model.trainable_variables)
        assert patched() == before

    def test_an_assertion_of_the_test_keeps_its_own_message(self):
        model = net()

        def step():
            with watch_gradients():
                with tf.GradientTape() as tape:
                    loss = mse(model.predict(X, verbose=0))
                gradients = tape.gradient(loss, model.trainable_variables)
                assert gradients[0] is not None, "my own assertion"

        with pytest.raises(AssertionError, match="my own assertion") as error:
            step()
        assert "predict() of model 'net'" in error.value.__notes__[0]

    def test_an_error_of_its_own_code_passes_through(self):
        with pytest.raises(KeyError, match="mine"), watch_gradients():
            raise KeyError("mine")


class TestUsage:
    def test_targets_without_a_loss(self):
        with pytest.raises(ValueError, match="pass loss="):
            check_gradients(net(), X, Y)

    def test_model_without_trainable_variables(self):
        model = net()
        model.trainable = False
        with pytest.raises(ValueError, match="no trainable variables"):
            check_gradients(model, X)

    def test_misspelt_sources(self):
        with pytest.raises(ValueError, match="sources='inputs'"):
            check_gradients(net(), X, sources="inputs")

    def test_no_model(self):
        with pytest.raises(TypeError, match="expected a Keras model"):
            check_gradients(lambda x: x, X)

    def test_grad_is_for_jax(self):
        with pytest.raises(RuntimeError, match="the backend is tensorflow"), watch_gradients() as watched:
            watched.grad(mse)

    def test_unbuilt_model_is_built(self):
        model = keras.Sequential([keras.layers.Dense(2), keras.layers.Dense(1)])
        assert len(check_gradients(model, X, Y, loss="mse").rows) == 4

    def test_report_as_a_dictionary(self):
        report = check_gradients(net(), X, Y, loss="mse").to_dict()
        assert report["ok"] is True
        assert report["backend"] == "tensorflow"
        assert [(row["path"], row["status"]) for row in report["rows"]] == [
            ("net/hidden/kernel", "ok"),
            ("net/hidden/bias", "ok"),
            ("net/out/kernel", "ok"),
            ("net/out/bias", "ok"),
        ]

    def test_failure_as_a_dictionary(self):
        model = net()

        def loss(outputs):
            return tf.reduce_mean(tf.round(outputs))

        with pytest.raises(GradientError) as error:
            check_gradients(model, X, loss=loss)
        cause = error.value.report.to_dict()["rows"][0]["cause"]
        assert (cause["kind"], cause["code"]) == ("non-differentiable", "KI103")
        assert cause["site"]["code"] == "return tf.reduce_mean(tf.round(outputs))"
