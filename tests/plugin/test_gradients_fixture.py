"""The `gradient_check` fixture under a real pytest, and `check_gradients` on tf_keras."""

# ruff: noqa: E501
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).parent))

from gradient_text import failure, shown, text

from pytest_keras_inference import check_gradients, watch_gradients

pytestmark = pytest.mark.backend("tensorflow")

X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
Y = np.array([[0.0], [1.0], [0.5], [-1.0]], "float32")

TESTS = """
import keras
import numpy as np
import tensorflow as tf

X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)


def net():
    return keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, kernel_initializer="ones", name="out")], name="net")


def test_healthy(gradient_check):
    assert gradient_check(net(), X).ok


def test_rounded(gradient_check):
    gradient_check(net(), X, loss=tf.round)


def test_watched(gradient_check):
    model = net()
    with gradient_check.watch():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model.predict(X, verbose=0))
        tape.gradient(loss, model.trainable_variables)


def test_optimizer_complains(gradient_check):
    model, optimizer = net(), keras.optimizers.SGD()
    with gradient_check.watch():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model.predict(X, verbose=0))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)


def test_nothing_differentiated(gradient_check):
    with gradient_check.watch():
        net()(X)
"""


def test_failures_point_at_the_test_and_show_the_report(pytester, keras_in_process):
    pytester.makepyfile(test_training=TESTS)
    result = pytester.runpytest_inprocess("--keras-inference=off", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=4)
    out = result.stdout.str()
    assert "pytest_keras_inference/" not in shown(out).split("test_optimizer_complains")[0]
    assert text("""
        E           test_training.py:N in test_watched
        E               loss = tf.reduce_mean(model.predict(X, verbose=0))
        E           instead: call the model: model(X, training=True)
        """) in shown(out)
    assert "Round is a step function, its derivative is zero everywhere (KI103)" in out
    assert "nothing was checked: no tape.gradient() ran in the block." in out


@pytest.mark.backend("tf_keras")
class TestTfKeras:
    """The other Keras that runs on TensorFlow: its own Model and Layer classes, variables that are tf.Variables."""

    @pytest.fixture
    def model(self):
        import tf_keras as keras

        initial = keras.initializers.Constant(np.cos(np.arange(1.0, 4.0)).reshape(3, 1))
        layers = [keras.layers.Input((3,)), keras.layers.Dense(1, kernel_initializer=initial, name="out")]
        return keras.Sequential(layers, name="net")

    def test_healthy(self, model):
        import tf_keras as keras

        deep = keras.Sequential(
            [
                keras.layers.Dense(4, activation="tanh"),
                keras.layers.BatchNormalization(),
                keras.layers.Dropout(0.5),
                keras.layers.Dense(1),
            ]
        )
        deep(X)
        before = [variable.numpy() for variable in deep.variables]
        assert check_gradients(model, X, Y, loss="mse").ok
        report = check_gradients(deep, X, Y, loss="mse", allow_zero=["*/bias:0"])
        assert report.ok
        for variable, value in zip(deep.variables, before, strict=True):
            np.testing.assert_array_equal(variable.numpy(), value)

    def test_predict_under_the_tape(self, model):
        def step():
            with watch_gradients(), tf.GradientTape() as tape:
                loss = tf.reduce_mean(model.predict(X, verbose=0))
                tape.gradient(loss, model.trainable_variables)

        assert failure(step) == text("""
            2 of 2 gradients are broken at test_gradients_fixture.py:N in TestTfKeras.test_predict_under_the_tape.step (tensorflow; loss -0.278235)

            predict() of model 'net' ran while the tape recorded: it returns NumPy values, and no gradient flows through them (KI101)
                test_gradients_fixture.py:N in TestTfKeras.test_predict_under_the_tape.step
                    loss = tf.reduce_mean(model.predict(X, verbose=0))
                instead: call the model: model(X, training=True)

              variable      shape   dtype    gradient  norm
              out/kernel:0  (3, 1)  float32  None      -
              out/bias:0    (1,)    float32  None      -
            """)

    def test_layer_that_is_never_called(self, model):
        import tf_keras as keras

        class Idle(keras.Model):
            def __init__(self):
                super().__init__(name="idle")
                self.used = keras.layers.Dense(1, name="used", kernel_initializer="ones")
                self.aside = keras.layers.Dense(1, name="aside")
                self.aside.build((None, 3))

            def call(self, x):
                return self.used(x)

        assert failure(check_gradients, Idle(), X, Y, loss="mse") == text("""
            2 of 4 gradients are broken (tensorflow; loss 5.34143)

            the forward pass never called layer 'aside' (Dense)
                instead: call it in call(), or leave its variables out of the sources

              variable            shape   dtype    gradient  norm
              idle/used/kernel:0  (3, 1)  float32  ok        4.69
              idle/used/bias:0    (1,)    float32  ok        0.25
              kernel:0            (3, 1)  float32  None      -
              bias:0              (1,)    float32  None      -
            """)

    def test_fit_is_seen(self, model):
        model.compile("sgd", "mse")
        with watch_gradients() as watched:
            model.fit(X, Y, verbose=0)
        assert [row.status for row in watched.reports[0].rows] == ["ok", "ok"]


def test_a_bug_of_the_check_never_fails_the_user_s_step(monkeypatch):
    import keras

    from pytest_keras_inference.gradients import recorder as gradient_recorder

    def broken(*_):
        raise KeyError("a bug")

    monkeypatch.setattr(gradient_recorder, "look_at", broken)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])

    def step():
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(model(X, training=True) ** 2)
        return tape.gradient(loss, model.trainable_variables)

    with pytest.warns(RuntimeWarning, match="a bug of its own: KeyError: 'a bug'"), watch_gradients():
        gradients = step()
    assert all(gradient is not None for gradient in gradients)
    assert check_gradients(model, X).notes == (
        "gradient_check stopped looking for causes, which is a bug of its own: KeyError: 'a bug'",
    )


def test_a_watch_without_with_and_a_wrong_argument_are_told_at_the_test_s_line(pytester, keras_in_process):
    pytester.makepyfile(
        test_use="""
        import keras
        import numpy as np


        def test_without_with(gradient_check):
            gradient_check.watch()


        def test_wrong(gradient_check):
            model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
            gradient_check(model, np.ones((2, 3)), loss=0.5)


        def test_their_own_error(gradient_check):
            def loss(outputs):
                raise KeyError("theirs")

            gradient_check(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]), np.ones((2, 3)), loss=loss)
        """
    )
    result = pytester.runpytest()
    result.assert_outcomes(passed=1, failed=2, errors=1)
    result.stdout.fnmatch_lines(['>       raise KeyError("theirs")'])
    result.stdout.fnmatch_lines(["*use it as `with gradient_check.watch() as watched:` around the training step"])
    result.stdout.fnmatch_lines([">       gradient_check(model, np.ones((2, 3)), loss=0.5)"])
    assert "pytest_keras_inference/" not in result.stdout.str().replace("\\", "/")
