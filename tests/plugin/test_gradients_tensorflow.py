"""`gradient_check` on TensorFlow: one real fault per test, and the whole message it must give."""

# ruff: noqa: E501

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).parent))

from gradient_text import failure, shown, text

from pytest_keras_inference import GradientError, check_gradients, watch_gradients
from pytest_keras_inference.gradients.check import NoGradientError

pytestmark = pytest.mark.backend("tensorflow")

X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
Y = np.array([[0.0], [1.0], [0.5], [-1.0]], "float32")


def spread(shape, dtype=None, **_):
    """Weights that are the same in every run."""
    return tf.constant(np.cos(np.arange(1, int(np.prod(shape)) + 1)).reshape(shape), dtype or "float32")


def dense(units, **kwargs):
    return keras.layers.Dense(units, kernel_initializer=spread, **kwargs)


def net(activation="tanh", last=None, name="net", **kwargs):
    layers = [keras.Input((3,)), dense(4, activation=activation, name="hidden"), dense(1, name="out", activation=last)]
    return keras.Sequential(layers, name=name, **kwargs)


def mse(outputs):
    return tf.reduce_mean((outputs - Y) ** 2)


def watched(step, *args, **kwargs):
    with watch_gradients(**kwargs) as seen:
        step(*args)
    return seen


def caught(check, *args, **kwargs):
    """The report of a check that must fail."""
    with pytest.raises(GradientError) as error:
        check(*args, **kwargs)
    return error.value.report


class TestPredict:
    def test_predict_under_the_tape(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                loss = mse(model.predict(X, verbose=0))
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPredict.test_predict_under_the_tape.step (tensorflow; loss 1.04175)

            predict() of model 'net' ran while the tape recorded: it returns NumPy values, and no gradient flows through them (KI101)
                test_gradients_tensorflow.py:N in TestPredict.test_predict_under_the_tape.step
                    loss = mse(model.predict(X, verbose=0))
                instead: call the model: model(X, training=True)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_the_optimizer_s_error_is_a_consequence(self):
        model = net()
        optimizer = keras.optimizers.SGD()

        def step():
            with tf.GradientTape() as tape:
                loss = mse(model.predict_on_batch(X))
            optimizer.apply_gradients(
                zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables, strict=True)
            )

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPredict.test_the_optimizer_s_error_is_a_consequence.step (tensorflow; loss 1.04175)

            predict_on_batch() of model 'net' ran while the tape recorded: it returns NumPy values, and no gradient flows through them (KI101)
                test_gradients_tensorflow.py:N in TestPredict.test_the_optimizer_s_error_is_a_consequence.step
                    loss = mse(model.predict_on_batch(X))
                instead: call the model: model(X, training=True)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_the_receiver_is_read_from_the_line(self):
        class Agent:
            def __init__(self):
                self.policy = net()

            def act(self, state):
                return self.policy.predict(state, verbose=0)

            def learn(self):
                with tf.GradientTape() as tape:
                    loss = mse(self.act(X))
                return tape.gradient(loss, self.policy.trainable_variables)

        assert failure(watched, Agent().learn) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPredict.test_the_receiver_is_read_from_the_line.Agent.learn (tensorflow; loss 1.04175)

            predict() of model 'net' ran while the tape recorded: it returns NumPy values, and no gradient flows through them (KI101)
                test_gradients_tensorflow.py:N in TestPredict.test_the_receiver_is_read_from_the_line.Agent.act
                    return self.policy.predict(state, verbose=0)
                instead: call the model: self.policy(state, training=True)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_evaluate_as_the_loss(self):
        model = net()
        model.compile(loss="mse")

        def step():
            with tf.GradientTape() as tape:
                loss = tf.constant(model.evaluate(X, Y, verbose=0))
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPredict.test_evaluate_as_the_loss.step (tensorflow; loss 1.04175)

            evaluate() of model 'net' ran while the tape recorded: it returns NumPy values, and no gradient flows through them (KI101)
                test_gradients_tensorflow.py:N in TestPredict.test_evaluate_as_the_loss.step
                    loss = tf.constant(model.evaluate(X, Y, verbose=0))
                instead: call the model and compute the loss on its output: model(x, training=True)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_critic_called_through_predict_between_actor_and_loss(self):
        actor, critic = net(name="actor"), keras.Sequential([keras.Input((1,)), dense(1)], name="critic")

        def step():
            with tf.GradientTape() as tape:
                loss = -tf.reduce_mean(critic.predict(actor(X, training=True), verbose=0))
            return tape.gradient(loss, actor.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPredict.test_critic_called_through_predict_between_actor_and_loss.step (tensorflow; loss 0.246026)

            predict() of model 'critic' ran while the tape recorded: it returns NumPy values, and no gradient flows through them (KI101)
                test_gradients_tensorflow.py:N in TestPredict.test_critic_called_through_predict_between_actor_and_loss.step
                    loss = -tf.reduce_mean(critic.predict(actor(X, training=True), verbose=0))
                instead: call the model: critic(actor(X, training=True), training=False)

              variable             shape   dtype    gradient  norm
              actor/hidden/kernel  (3, 4)  float32  None      -
              actor/hidden/bias    (4,)    float32  None      -
              actor/out/kernel     (4, 1)  float32  None      -
              actor/out/bias       (1,)    float32  None      -
            """)

    def test_mixed_loss_loses_a_term_although_nothing_is_none(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                loss = mse(model(X, training=True)) + 0.5 * mse(model.predict(X, verbose=0))
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPredict.test_mixed_loss_loses_a_term_although_nothing_is_none.step (tensorflow; loss 1.56262)

            predict() of model 'net' ran while the tape recorded, and its value is a constant in the loss: the gradient lacks that term although it is not None (KI101)
                test_gradients_tensorflow.py:N in TestPredict.test_mixed_loss_loses_a_term_although_nothing_is_none.step
                    loss = mse(model(X, training=True)) + 0.5 * mse(model.predict(X, verbose=0))
                instead: call the model: model(X, training=True); if a constant is meant, predict before the tape opens or pass allow_predict=True

              variable           shape   dtype    gradient     norm
              net/hidden/kernel  (3, 4)  float32  lost a term  1.55
              net/hidden/bias    (4,)    float32  lost a term  1.49
              net/out/kernel     (4, 1)  float32  lost a term  0.527
              net/out/bias       (1,)    float32  lost a term  1.16
            """)

    def test_predict_in_the_loss_of_a_check(self):
        model = net()

        def loss(y, outputs):
            return tf.reduce_mean((model.predict(X, verbose=0) - y) ** 2)

        assert failure(check_gradients, model, X, Y, loss=loss) == text("""
            4 of 4 gradients are broken (tensorflow; loss 1.04175)

            predict() of model 'net' ran while the tape recorded: it returns NumPy values, and no gradient flows through them (KI101)
                test_gradients_tensorflow.py:N in TestPredict.test_predict_in_the_loss_of_a_check.loss
                    return tf.reduce_mean((model.predict(X, verbose=0) - y) ** 2)
                instead: call the model: model(X, training=True)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_what_fit_raises_says_where_predict_ran(self):
        class Model(keras.Model):
            def __init__(self):
                super().__init__(name="outer")
                self.inner = net(name="inner")

            def call(self, x, training=None):
                return self.inner(x, training=training)

            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean((self.inner.predict_on_batch(x) - y) ** 2)
                gradients = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
                return {"loss": loss}

        model = Model()
        model.compile("sgd")
        with pytest.raises(RuntimeError) as error:
            watched(lambda: model.fit(X, Y, verbose=0))
        assert shown("\n".join(error.value.__notes__)) == text("""
            gradient_check: predict_on_batch() of model 'inner' ran while the tape recorded (KI101): test_gradients_tensorflow.py:N in TestPredict.test_what_fit_raises_says_where_predict_ran.Model.train_step
                instead: call the model: self.inner(x, training=True)
            """)


class TestNumpy:
    def test_numpy_method(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                outputs = model(X, training=True).numpy()
                loss = mse(outputs)
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestNumpy.test_numpy_method.step (tensorflow; loss 1.04175)

            .numpy() takes the values out of the graph while the tape recorded: what is computed from them is a constant (KI103)
                test_gradients_tensorflow.py:N in TestNumpy.test_numpy_method.step
                    outputs = model(X, training=True).numpy()
                instead: stay in tensors: tf. or keras.ops functions

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_numpy_function(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                loss = tf.convert_to_tensor(np.mean(model(X, training=True)))
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestNumpy.test_numpy_function.step (tensorflow; loss -0.455349)

            np.mean() takes the values out of the graph while the tape recorded: what is computed from them is a constant (KI103)
                test_gradients_tensorflow.py:N in TestNumpy.test_numpy_function.step
                    loss = tf.convert_to_tensor(np.mean(model(X, training=True)))
                instead: stay in tensors: tf. or keras.ops functions

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_numpy_ufunc_which_leaves_no_event(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                outputs = model(X, training=True)
                squashed = np.tanh(outputs)
                loss = mse(squashed)
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestNumpy.test_numpy_ufunc_which_leaves_no_event.step (tensorflow; loss 0.97452)

            np.tanh() takes the values out of the graph while the tape recorded: what is computed from them is a constant (KI103)
                test_gradients_tensorflow.py:N in step
                    squashed = np.tanh(outputs)
                instead: stay in tensors: tf. or keras.ops functions

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_float(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                loss = tf.constant(float(mse(model(X, training=True))))
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestNumpy.test_float.step (tensorflow; loss 1.04175)

            float() takes the values out of the graph while the tape recorded: what is computed from them is a constant (KI103)
                test_gradients_tensorflow.py:N in TestNumpy.test_float.step
                    loss = tf.constant(float(mse(model(X, training=True))))
                instead: stay in tensors: tf. or keras.ops functions

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    @pytest.mark.parametrize(
        "loss",
        [
            lambda y, outputs: tf.constant(np.array(outputs)),
            lambda y, outputs: tf.constant(keras.ops.convert_to_numpy(outputs)),
        ],
        ids=["array", "convert_to_numpy"],
    )
    def test_conversions_that_leave_no_event_in_tensorflow(self, loss):
        report = caught(check_gradients, net(), X, Y, loss=loss)
        assert {row.cause.kind for row in report.failures} == {"numpy"}
        assert {row.cause.site.line for row in report.failures} == {loss.__code__.co_firstlineno}

    def test_the_first_call_of_a_chain_is_named(self):
        def loss(y, outputs):
            weights = np.array([1.0, 2.0, 3.0, 4.0], "float32")[:, None]
            squashed = np.tanh(outputs)
            doubled = squashed * 2
            print(np.std(doubled))
            return tf.reduce_mean(tf.constant(doubled) * weights)

        report = caught(check_gradients, net(), X, Y, loss=loss)
        assert {row.cause.what.partition(" ")[0] for row in report.failures} == {"np.tanh()"}
        assert {row.cause.site.line for row in report.failures} == {loss.__code__.co_firstlineno + 2}


class TestSources:
    def test_a_variable_that_an_operation_reads_by_itself(self):
        """TensorFlow's fast path reads a variable without a call back."""
        scale, other = tf.Variable(tf.ones((3,))), tf.Variable(tf.ones((3,)) * 2)

        def step():
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.cast(tf.argmax(tf.multiply(tf.multiply(X, scale), other), axis=1), "float32"))
            return tape.gradient(loss, [scale, other])

        report = caught(watched, step)
        assert [row.cause.kind for row in report.failures] == ["non-differentiable"] * 2

    def test_untrainable_variable(self):
        class Scaled(keras.layers.Layer):
            def build(self, shape):
                self.scale = self.add_weight(shape=(), initializer="ones", trainable=False, name="scale")

            def call(self, x):
                return x * self.scale

        model = keras.Sequential([keras.Input((3,)), Scaled(name="scaled"), dense(1, name="out")], name="net")
        assert failure(check_gradients, model, X, Y, loss="mse", sources=model.weights) == text("""
            1 of 3 gradients is broken (tensorflow; loss 0.575038)

            the variable is not trainable: a tape does not watch it by itself
                instead: take the gradient of model.trainable_variables, or create the weight with trainable=True

              variable          shape   dtype    gradient  norm
              net/scaled/scale  ()      float32  None      -
              net/out/kernel    (3, 1)  float32  ok        0.356
              net/out/bias      (1,)    float32  ok        0.806
            """)

    def test_layer_that_is_never_called(self):
        class TwoHeads(keras.Model):
            def __init__(self):
                super().__init__(name="two_heads")
                self.value = dense(1, name="value")
                self.policy = dense(2, name="policy")
                self.policy.build((None, 3))

            def call(self, x):
                return self.value(x)

        assert failure(check_gradients, TwoHeads(), X, Y, loss="mse") == text("""
            2 of 4 gradients are broken (tensorflow; loss 0.575038)

            the forward pass never called layer 'policy' (Dense)
                instead: call it in call(), or leave its variables out of the sources

              variable                shape   dtype    gradient  norm
              two_heads/value/kernel  (3, 1)  float32  ok        0.356
              two_heads/value/bias    (1,)    float32  ok        0.806
              policy/kernel           (3, 2)  float32  None      -
              policy/bias             (2,)    float32  None      -
            """)

    def test_variable_that_call_does_not_read(self):
        class Forgetful(keras.layers.Layer):
            def build(self, shape):
                self.used = self.add_weight(shape=(3,), initializer="ones", name="used")
                self.idle = self.add_weight(shape=(3,), initializer="ones", name="idle")

            def call(self, x):
                return x * self.used

        model = keras.Sequential([keras.Input((3,)), Forgetful(name="forgetful")], name="net")
        assert failure(check_gradients, model, X) == text("""
            1 of 2 gradients is broken (tensorflow; loss 0.490862)

            layer 'net/forgetful' (Forgetful) was called but did not read this variable
                instead: use the variable in call(), or do not create it

              variable            shape  dtype    gradient  norm
              net/forgetful/used  (3,)   float32  ok        1.22
              net/forgetful/idle  (3,)   float32  None      -
            """)

    def test_output_that_does_not_enter_the_loss(self):
        inputs = keras.Input((3,))
        model = keras.Model(inputs, [dense(1, name="value")(inputs), dense(2, name="policy")(inputs)], name="net")
        assert failure(check_gradients, model, X, loss=lambda outputs: tf.reduce_mean(outputs[0])) == text("""
            2 of 4 gradients are broken (tensorflow; loss -0.278235)

            what is computed from layer 'policy' (Dense) does not enter the loss
                instead: use every output in the loss, or leave these variables out of the sources

              variable       shape   dtype    gradient  norm
              value/kernel   (3, 1)  float32  ok        0.257
              value/bias     (1,)    float32  ok        1
              policy/kernel  (3, 2)  float32  None      -
              policy/bias    (2,)    float32  None      -
            """)

    def test_input_that_is_not_watched(self):
        model, x = net(), tf.constant(X)

        def saliency():
            with tf.GradientTape() as tape:
                score = tf.reduce_sum(model(x, training=False))
            return tape.gradient(score, x)

        assert failure(watched, saliency) == text("""
            1 of 1 gradient is broken at test_gradients_tensorflow.py:N in TestSources.test_input_that_is_not_watched.saliency (tensorflow; loss -1.82139)

            the input is not watched: a tape follows variables by itself, tensors only when told
                instead: tape.watch(x) as the first line under the tape

              variable  shape   dtype    gradient  norm
              source 0  (4, 3)  float32  None      -
            """)

    def test_integer_input(self):
        model = keras.Sequential(
            [keras.Input((2,), dtype="int32"), keras.layers.Embedding(5, 2, embeddings_initializer=spread), dense(1)],
            name="net",
        )
        tokens = tf.constant([[1, 2], [3, 4]])

        def saliency():
            with tf.GradientTape() as tape:
                tape.watch(tf.cast(tokens, "float32"))
                score = tf.reduce_sum(model(tokens, training=False))
            return tape.gradient(score, tokens)

        assert failure(watched, saliency) == text("""
            1 of 1 gradient is broken at test_gradients_tensorflow.py:N in TestSources.test_integer_input.saliency (tensorflow; loss -0.184416)

            the input is int32: integers have no gradient
                instead: take the gradient of the embedded input: the output of the Embedding layer

              variable  shape   dtype  gradient  norm
              source 0  (2, 2)  int32  None      -
            """)

    def test_tape_that_watches_nothing_by_itself(self):
        model = net()

        def step():
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(model.layers[0].kernel.value)
                loss = mse(model(X, training=True))
            return tape.gradient(loss, [model.layers[0].kernel, model.layers[1].kernel])

        assert failure(watched, step) == text("""
            1 of 2 gradients is broken at test_gradients_tensorflow.py:N in TestSources.test_tape_that_watches_nothing_by_itself.step (tensorflow; loss 1.04175)

            the variable is not watched: the tape has watch_accessed_variables=False
                instead: tape.watch(variable) under the tape, or leave watch_accessed_variables out

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  ok        1.55
              net/out/kernel     (4, 1)  float32  None      -
            """)


class TestPath:
    def test_argmax(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                classes = tf.argmax(model(X, training=True), axis=0)
                loss = tf.reduce_mean(tf.cast(classes, "float32"))
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPath.test_argmax.step (tensorflow; loss 3)

            ArgMax gives integers or booleans, and the loss is computed from the result (KI103)
                test_gradients_tensorflow.py:N in TestPath.test_argmax.step
                    classes = tf.argmax(model(X, training=True), axis=0)
                instead: compute the loss on the values before it: logits or probabilities instead of classes

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_integer_cast_inside_a_layer(self):
        class Buckets(keras.layers.Layer):
            def call(self, x):
                whole = tf.cast(x, "int32")
                return tf.cast(whole, "float32")

        model = keras.Sequential([keras.Input((3,)), dense(1, name="score"), Buckets(name="buckets")], name="net")
        assert failure(check_gradients, model, X, Y, loss="mse") == text("""
            2 of 2 gradients are broken (tensorflow; loss 0.5625)

            Cast gives integers or booleans, and the loss is computed from the result in layer 'net/buckets' (Buckets) (KI103)
                test_gradients_tensorflow.py:N in TestPath.test_integer_cast_inside_a_layer.Buckets.call
                    whole = tf.cast(x, "int32")
                instead: compute the loss on the values before it: logits or probabilities instead of classes

              variable          shape   dtype    gradient  norm
              net/score/kernel  (3, 1)  float32  None      -
              net/score/bias    (1,)    float32  None      -
            """)

    def test_round(self):
        def loss(outputs):
            return tf.reduce_mean(tf.round(outputs))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (tensorflow; loss -0.5)

            Round is a step function, its derivative is zero everywhere (KI103)
                test_gradients_tensorflow.py:N in TestPath.test_round.loss
                    return tf.reduce_mean(tf.round(outputs))
                instead: compute the loss on the values before it

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_stop_gradient(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                outputs = model(X, training=True)
                loss = mse(tf.stop_gradient(outputs))
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPath.test_stop_gradient.step (tensorflow; loss 1.04175)

            tf.stop_gradient stands between the variable and the loss
                test_gradients_tensorflow.py:N in TestPath.test_stop_gradient.step
                    loss = mse(tf.stop_gradient(outputs))
                instead: remove it, or leave the variable out of the sources if a constant is meant

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_model_called_before_the_tape_opened(self):
        model = net()

        def step():
            outputs = model(X, training=True)
            with tf.GradientTape() as tape:
                loss = mse(outputs)
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPath.test_model_called_before_the_tape_opened.step (tensorflow; loss 1.04175)

            the model was called before the tape opened: the tape did not record it
                test_gradients_tensorflow.py:N in TestPath.test_model_called_before_the_tape_opened.step
                    outputs = model(X, training=True)
                instead: call the model under the tape

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_loss_computed_after_the_tape_closed(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                outputs = model(X, training=True)
            loss = mse(outputs)
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPath.test_loss_computed_after_the_tape_closed.step (tensorflow; loss 1.04175)

            the loss is computed after the tape closed: Sub is not recorded
                test_gradients_tensorflow.py:N in mse
                    return tf.reduce_mean((outputs - Y) ** 2)
                instead: compute the loss inside the with block

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_recording_stopped(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                with tape.stop_recording():
                    outputs = model(X, training=True)
                loss = mse(outputs)
            return tape.gradient(loss, model.trainable_variables)

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at test_gradients_tensorflow.py:N in TestPath.test_recording_stopped.step (tensorflow; loss 1.04175)

            the model was called while recording was stopped
                test_gradients_tensorflow.py:N in TestPath.test_recording_stopped.step
                    outputs = model(X, training=True)
                instead: move it out of tape.stop_recording()

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)


class TestZero:
    def test_dead_relu(self):
        model = net("relu")
        model.layers[0].bias.assign(-100 * np.ones(4))
        assert failure(check_gradients, model, X, Y, loss="mse") == text("""
            3 of 4 gradients are broken (tensorflow; loss 0.5625)

            every unit of the ReLU is dead for this batch: its outputs are all zero in layer 'net/hidden' (Dense)
                instead: scale the inputs, lower the learning rate, or use leaky_relu; check with another batch

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  ok        0.25
            """)

    @pytest.mark.filterwarnings("ignore:You are using a softmax")
    def test_softmax_over_one_class(self):
        assert failure(check_gradients, net(last="softmax"), X, Y, loss="mse") == text("""
            4 of 4 gradients are broken (tensorflow; loss 1.3125)

            softmax over a single unit is always 1 in layer 'net/out' (Dense)
                instead: one unit with sigmoid, or two units with softmax

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_saturated_sigmoid(self):
        model = net(last="sigmoid")
        model.layers[1].bias.assign([200.0])
        assert failure(check_gradients, model, X, Y, loss="mse") == text("""
            4 of 4 gradients are broken (tensorflow; loss 1.3125)

            saturated sigmoid: every output is exactly at its limit in layer 'net/out' (Dense)
                instead: scale the inputs or the initial weights down

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_clipped_everywhere(self):
        def loss(outputs):
            return tf.reduce_mean(tf.clip_by_value(outputs, 50.0, 60.0))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (tensorflow; loss 50)

            Maximum chooses the other operand for every value of this batch: it clips everything
                test_gradients_tensorflow.py:N in TestZero.test_clipped_everywhere.loss
                    return tf.reduce_mean(tf.clip_by_value(outputs, 50.0, 60.0))
                instead: widen the bounds, or check the scale of what is clipped

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    @pytest.mark.parametrize(
        ("layer", "what"),
        [
            (
                keras.layers.ReLU(max_value=6.0, name="flat"),
                "Relu6 clips every value of this batch in layer 'flat' (ReLU)",
            ),
            (
                keras.layers.Activation("hard_sigmoid", name="flat"),
                "Relu6 clips every value of this batch in layer 'flat'",
            ),
            pytest.param(
                keras.layers.ReLU(threshold=1e4, name="flat"),
                "SelectV2 takes the other operand for every value",
                marks=pytest.mark.skipif(
                    not hasattr(keras.layers.Layer, "path"),
                    reason="Keras 3.3 multiplies by zeros there, and it is told so",
                ),
            ),
        ],
        ids=["ReLU with a maximum", "hard_sigmoid", "ReLU with a threshold"],
    )
    def test_a_layer_at_its_bound(self, layer, what):
        head = [keras.Input((3,)), dense(4, bias_initializer=keras.initializers.Constant(100.0), name="before")]
        report = caught(check_gradients, keras.Sequential([*head, layer, dense(1)]), X, Y, loss="mse")
        causes = {row.path.split("/")[-2]: row.cause for row in report.failures}
        assert causes["before"].kind == "clipped"
        assert causes["before"].what.startswith(what)

    def test_a_loss_at_its_minimum_whatever_else_is_zero(self):
        zero = {"kernel_initializer": "zeros"}
        inputs = keras.Input((3,))
        hidden = keras.layers.Dense(2, **zero)(inputs)
        model = keras.Model(inputs, [keras.layers.Dense(1, **zero)(hidden) for _ in range(2)])
        report = caught(
            check_gradients, model, X, loss=lambda out: tf.reduce_sum(out[0] ** 2) + tf.reduce_sum(out[1] ** 2)
        )
        assert {row.cause.kind for row in report.failures} == {"minimum"}

    def test_term_weighted_with_zero(self):
        def loss(outputs):
            return 0.0 * tf.reduce_mean(outputs)

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (tensorflow; loss -0)

            Mul multiplies by a constant zero
                test_gradients_tensorflow.py:N in TestZero.test_term_weighted_with_zero.loss
                    return 0.0 * tf.reduce_mean(outputs)
                instead: check the input batch and the weights of the loss terms

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_batch_of_zeros(self):
        assert failure(check_gradients, net(), 0 * X, Y, loss="mse") == text("""
            1 of 4 gradients is broken (tensorflow; loss 0.5625)

            the other factor of MatMul is all zero for this batch in layer 'net/hidden' (Dense)
                instead: check the input batch and how the weights after it are initialised

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  ok        0.342
              net/out/kernel     (4, 1)  float32  all zero  0      zero only at initialisation
              net/out/bias       (1,)    float32  ok        0.25
            """)

    def test_gradient_thrown_away_by_a_custom_gradient(self):
        @tf.custom_gradient
        def blocked(x):
            return tf.identity(x), lambda upstream: tf.zeros_like(upstream)

        assert failure(check_gradients, net(), X, loss=lambda out: tf.reduce_mean(blocked(out))) == text("""
            4 of 4 gradients are broken (tensorflow; loss -0.455349)

            a small change of the variable moves the loss, yet its gradient is zero: the path is broken where it was not seen
                ruled out: predict, NumPy on a tensor, an untrainable variable, a layer that is never called, an operation without gradient, a dead ReLU

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)


class TestNotFinite:
    def test_logarithm_of_zero(self):
        def loss(outputs):
            return tf.reduce_mean(tf.math.log(outputs * 0.0))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (tensorflow; loss -inf)

            Log is the first operation whose result holds NaN or infinity
                test_gradients_tensorflow.py:N in TestNotFinite.test_logarithm_of_zero.loss
                    return tf.reduce_mean(tf.math.log(outputs * 0.0))
                instead: check its inputs: log and division need a small constant, exp a bound

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  NaN       nan
              net/hidden/bias    (4,)    float32  NaN       nan
              net/out/kernel     (4, 1)  float32  NaN       nan
              net/out/bias       (1,)    float32  NaN       nan
            """)

    def test_square_root_at_zero(self):
        def loss(outputs):
            return tf.reduce_mean(tf.sqrt(outputs * 0.0))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (tensorflow; loss 0)

            the loss is finite, its derivative is not: Sqrt of zero has an infinite one
                test_gradients_tensorflow.py:N in TestNotFinite.test_square_root_at_zero.loss
                    return tf.reduce_mean(tf.sqrt(outputs * 0.0))
                instead: add a small constant under the root; tf.where around it does not help

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  NaN       nan
              net/hidden/bias    (4,)    float32  NaN       nan
              net/out/kernel     (4, 1)  float32  NaN       nan
              net/out/bias       (1,)    float32  NaN       nan
            """)

    def test_overflow(self):
        def loss(outputs):
            return tf.reduce_sum(tf.exp(-outputs * 200.0))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (tensorflow; loss inf)

            Exp is the first operation whose result holds NaN or infinity
                test_gradients_tensorflow.py:N in TestNotFinite.test_overflow.loss
                    return tf.reduce_sum(tf.exp(-outputs * 200.0))
                instead: check its inputs: log and division need a small constant, exp a bound

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  infinite  inf
              net/hidden/bias    (4,)    float32  infinite  inf
              net/out/kernel     (4, 1)  float32  infinite  inf
              net/out/bias       (1,)    float32  infinite  inf
            """)


class TestNothingWrong:
    def test_report_of_a_healthy_model(self):
        report = check_gradients(net(), X, Y, loss="mse")
        assert report.ok
        assert shown(str(report)) == text("""
            4 gradients, every one finite and not zero (tensorflow; loss 1.04175)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  ok        1.55
              net/hidden/bias    (4,)    float32  ok        1.49
              net/out/kernel     (4, 1)  float32  ok        0.527
              net/out/bias       (1,)    float32  ok        1.16
            """)

    def test_report_of_the_user_s_own_step(self):
        model = net()

        def step():
            with tf.GradientTape() as tape:
                loss = mse(model(X, training=True))
            return tape.gradient(loss, model.trainable_variables)

        (report,) = watched(step).reports
        assert shown(str(report)) == text("""
            4 gradients, every one finite and not zero (tensorflow; loss 1.04175)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  ok        1.55
              net/hidden/bias    (4,)    float32  ok        1.49
              net/out/kernel     (4, 1)  float32  ok        0.527
              net/out/bias       (1,)    float32  ok        1.16
            """)

    def test_block_without_a_gradient(self):
        with pytest.raises(NoGradientError) as error:
            watched(lambda: net()(X))
        assert str(error.value) == text("""
            nothing was checked: no tape.gradient() ran in the block. Run the training step inside the with block.
            """)


class TestEvidence:
    """What was seen decides: a source that the tape follows is not called unwatched, nor a zero."""

    def test_the_output_of_a_layer_is_followed(self):
        model = net()
        part = keras.Model(model.inputs, [model.get_layer("hidden").output, model.outputs[0]])

        def step():
            with tf.GradientTape() as tape:
                hidden, outputs = part(X)
                score = tf.reduce_mean(tf.stop_gradient(outputs))
            return tape.gradient(score, hidden)

        message = failure(watched, step)
        assert "tf.stop_gradient stands between the variable and the loss" in message
        assert "watch" not in message.replace("watched", "")

    def test_a_term_times_zero_does_not_hide_where_the_gradient_stops(self):
        model = net()
        part = keras.Model(model.inputs, [model.get_layer("hidden").output, model.outputs[0]])

        def step():
            with tf.GradientTape() as tape:
                hidden, outputs = part(X)
                score = tf.reduce_mean(tf.stop_gradient(outputs)) + 0.0 * tf.reduce_mean(hidden)
            return tape.gradient(score, hidden)

        assert "tf.stop_gradient stands between the variable and the loss" in failure(watched, step)

    def test_an_input_that_nobody_watches_still_is_told(self):
        model = net()

        def step():
            x = tf.constant(X)
            with tf.GradientTape() as tape:
                loss = mse(model(x))
            return tape.gradient(loss, x)

        assert "the input is not watched" in failure(watched, step)

    def test_the_class_score_of_a_model_that_is_sure(self):
        head = keras.layers.Dense(2, activation="softmax", bias_initializer=lambda *_, **__: tf.constant([300.0, -300]))
        model = keras.Sequential([keras.Input((3,)), dense(4, name="hidden"), head])
        part = keras.Model(model.inputs, [model.get_layer("hidden").output, model.outputs[0]])

        def step():
            with tf.GradientTape() as tape:
                hidden, scores = part(X)
                score = scores[:, 0]
            return tape.gradient(score, hidden)

        message = failure(watched, step)
        assert "the softmax is saturated for this batch: every probability is 0 or 1" in message
        assert "the score before the softmax" in message

    def test_text_is_looked_at_without_trouble(self):
        words = keras.layers.TextVectorization(max_tokens=9, output_sequence_length=3, vocabulary=["a", "b"])
        model = keras.Sequential(
            [
                keras.Input((), dtype="string"),
                words,
                keras.layers.Embedding(9, 2),
                keras.layers.GlobalAveragePooling1D(),
            ]
        )
        assert check_gradients(model, tf.constant(["a b", "b"])).notes == ()


class TestStrategies:
    """The threads in which a distribution strategy runs a step are watched like the one that waits for them."""

    def model(self):
        strategy = tf.distribute.MirroredStrategy(["cpu:0"])
        with strategy.scope():
            model = keras.Sequential([keras.Input((3,)), dense(1, name="out")], name="net")
            model.compile("sgd", "mse")
        return strategy, model

    def test_fit(self):
        _, model = self.model()
        (report,) = watched(lambda: model.fit(X, Y, verbose=0)).reports
        assert {row.path: row.status for row in report.rows} == {"net/out/kernel": "ok", "net/out/bias": "ok"}

    def test_run(self):
        strategy, model = self.model()

        def step(x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.stop_gradient(model(x, training=True)))
            return tape.gradient(loss, model.trainable_variables)

        assert "tf.stop_gradient" in failure(watched, lambda: strategy.run(step, (tf.constant(X),)))


class TestPredictUnderATrace:
    """Functions run eagerly while they are watched; what they would raise under a trace is told by its rule."""

    def test_a_fixed_extractor_in_the_loss(self):
        extractor = net(name="extractor", last="relu")

        def loss(y, out):
            return tf.reduce_mean((extractor.predict(out, verbose=0) - y) ** 2)

        model = keras.Sequential([keras.Input((3,)), dense(3, name="out")])
        model.compile("sgd", loss)
        with pytest.raises(AssertionError) as error:
            watched(lambda: model.fit(X, X, verbose=0))
        message = shown(str(error.value))
        assert "(KI102)" in message
        assert "instead: call the model: extractor(out, training=False)" in message


def test_a_misspelt_allowance_is_told_at_the_end_of_the_block():
    model = net()

    def step():
        with tf.GradientTape() as tape:
            loss = mse(model(X))
        return tape.gradient(loss, model.trainable_variables)

    with pytest.raises(
        ValueError, match=r"allow_zero: 'hiden/\*' matches no variable; the paths are net/hidden/kernel"
    ):
        watched(step, allow_zero="hiden/*")


def test_a_watch_prints_its_reports():
    model = net()
    with watch_gradients() as seen:
        assert str(seen) == "no gradient was taken yet (tensorflow)"
        with tf.GradientTape() as tape:
            loss = mse(model(X))
        tape.gradient(loss, model.trainable_variables)
    assert shown(str(seen)).startswith("test_gradients_tensorflow.py:N in test_a_watch_prints_its_reports\n4 gradients")
    assert "object at" not in repr(seen)
