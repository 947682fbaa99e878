"""`gradient_check` on JAX: one real fault per test, and the whole message it must give.

JAX gives zeros where the other backends give None. Runs in a process of its own, started by
test_other_backends.py.
"""

# ruff: noqa: E501
from __future__ import annotations

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from gradient_text import failure, shown, text

from pytest_keras_inference import GradientError, check_gradients, watch_gradients, watch_predicts
from pytest_keras_inference.gradients.check import NoGradientError

X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
Y = np.array([[0.0], [1.0], [0.5], [-1.0]], "float32")


def spread(shape, dtype=None, **_):
    """Weights that are the same in every run."""
    return jnp.asarray(np.cos(np.arange(1, int(np.prod(shape)) + 1)).reshape(shape), "float32")


def dense(units, **kwargs):
    return keras.layers.Dense(units, kernel_initializer=spread, **kwargs)


def net(activation="tanh", last=None, name="net"):
    layers = [keras.Input((3,)), dense(4, activation=activation, name="hidden"), dense(1, name="out", activation=last)]
    return keras.Sequential(layers, name=name)


def mse(outputs, targets=Y):
    return jnp.mean((outputs - targets) ** 2)


def weights(model):
    """Copies: predict donates the model's own buffers."""
    return [jnp.array(variable.value) for variable in model.trainable_variables]


def watched(function, *args, kind="grad", **kwargs):
    with watch_gradients() as seen:
        getattr(seen, kind)(function, **kwargs)(*args)
    return seen


class TestPredict:
    def test_predict_in_the_differentiated_function_gives_zeros(self):
        model = net()

        def loss(trainable):
            outputs = model.predict(X, verbose=0)
            return mse(outputs)

        assert failure(watched, loss, weights(model)) == text("""
            4 of 4 gradients are broken at gradients_on_jax.py:N in watched (jax)

            predict() of model 'net' ran in the differentiated function: it returns NumPy values, and no gradient flows through them (KI101)
                gradients_on_jax.py:N in TestPredict.test_predict_in_the_differentiated_function_gives_zeros.loss
                    outputs = model.predict(X, verbose=0)
                instead: call the model: model(X, training=True)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_the_watch_knows_that_it_ran_in_the_differentiated_function(self):
        model = net()
        with watch_predicts() as seen:
            jax.grad(lambda scale: scale * model.predict(X, verbose=0).sum())(1.0)
        assert [call.recording for call in seen.calls] == [True]
        assert [finding.code for finding in seen.findings()] == ["KI104"]

    def test_predict_on_a_traced_value_raises(self):
        model, critic = net(name="actor"), keras.Sequential([keras.Input((1,)), dense(1)], name="critic")

        def loss(trainable):
            action, _ = model.stateless_call(trainable, [], X, training=True)
            return -jnp.mean(critic.predict(action, verbose=0))

        assert failure(watched, loss, weights(model)) == text("""
            4 of 4 gradients are broken at gradients_on_jax.py:N in watched (jax)

            predict() of model 'critic' ran in the differentiated function, where it can neither read the values it needs nor give a gradient: JAX raised TracerArrayConversionError (KI101)
                gradients_on_jax.py:N in TestPredict.test_predict_on_a_traced_value_raises.loss
                    return -jnp.mean(critic.predict(action, verbose=0))
                instead: call the model: critic(action, training=False)

              variable             shape   dtype    gradient  norm
              actor/hidden/kernel  (3, 4)  float32  None      -
              actor/hidden/bias    (4,)    float32  None      -
              actor/out/kernel     (4, 1)  float32  None      -
              actor/out/bias       (1,)    float32  None      -
            """)

    def test_predict_in_the_loss_of_a_check(self):
        model = net()

        def loss(y, outputs):
            return mse(model.predict(X, verbose=0), y)

        assert failure(check_gradients, model, X, Y, loss=loss) == text("""
            4 of 4 gradients are broken (jax)

            predict() of model 'net' ran in the differentiated function, where it can neither read the values it needs nor give a gradient: JAX raised TracerArrayConversionError (KI101)
                gradients_on_jax.py:N in TestPredict.test_predict_in_the_loss_of_a_check.loss
                    return mse(model.predict(X, verbose=0), y)
                instead: call the model: model(X, training=True)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)
        assert check_gradients(model, X, Y, loss="mse").ok  # the model is whole again

    def test_mixed_loss_loses_a_term_although_nothing_is_zero(self):
        model = net()
        given = weights(model)

        def loss(trainable):
            teacher = model.predict(X, verbose=0)
            outputs, _ = model.stateless_call(trainable, [], X, training=True)
            return mse(outputs) + 0.5 * mse(teacher)

        assert failure(watched, loss, given, kind="value_and_grad") == text("""
            4 of 4 gradients are broken at gradients_on_jax.py:N in watched (jax; loss 1.56262)

            predict() of model 'net' ran in the differentiated function, and its value is a constant in the loss: the gradient lacks that term although it is not None (KI101)
                gradients_on_jax.py:N in TestPredict.test_mixed_loss_loses_a_term_although_nothing_is_zero.loss
                    teacher = model.predict(X, verbose=0)
                instead: call the model: model(X, training=True); if a constant is meant, predict before the block or pass allow_predict=True

              variable           shape   dtype    gradient     norm
              net/hidden/kernel  (3, 4)  float32  lost a term  1.55
              net/hidden/bias    (4,)    float32  lost a term  1.49
              net/out/kernel     (4, 1)  float32  lost a term  0.527
              net/out/bias       (1,)    float32  lost a term  1.16
            """)


class TestWeights:
    def test_bare_call_reads_the_model_s_own_weights(self):
        model = net()

        def loss(trainable):
            return mse(model(X, training=True))

        assert failure(watched, loss, weights(model)) == text("""
            4 of 4 gradients are broken at gradients_on_jax.py:N in watched (jax)

            net(x) was called on its own weights: the weights that are differentiated are never read, and JAX gives zeros instead of an error
                gradients_on_jax.py:N in TestWeights.test_bare_call_reads_the_model_s_own_weights.loss
                    return mse(model(X, training=True))
                instead: outputs, state = net.stateless_call(trainable, non_trainable, x, training=True)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_model_called_before_the_function(self):
        model = net()

        def step():
            with watch_gradients() as seen:
                outputs = model(X, training=True)
                seen.grad(lambda trainable: mse(outputs))(weights(model))

        assert failure(step) == text("""
            4 of 4 gradients are broken at gradients_on_jax.py:N in TestWeights.test_model_called_before_the_function.step (jax)

            the model was called before the differentiated function: its outputs are constants there
                gradients_on_jax.py:N in TestWeights.test_model_called_before_the_function.step
                    outputs = model(X, training=True)
                instead: call it inside the function, with the weights the function is given: model.stateless_call(...)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
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
            2 of 4 gradients are broken (jax; loss 0.575038)

            the forward pass never called layer 'policy' (Dense)
                instead: call it in call(), or leave its variables out of the sources

              variable                shape   dtype    gradient  norm
              two_heads/value/kernel  (3, 1)  float32  ok        0.356
              two_heads/value/bias    (1,)    float32  ok        0.806
              policy/kernel           (3, 2)  float32  all zero  0
              policy/bias             (2,)    float32  all zero  0
            """)

    def test_output_that_does_not_enter_the_loss(self):
        inputs = keras.Input((3,))
        model = keras.Model(inputs, [dense(1, name="value")(inputs), dense(2, name="policy")(inputs)], name="net")
        assert failure(check_gradients, model, X, loss=lambda outputs: jnp.mean(outputs[0])) == text("""
            2 of 4 gradients are broken (jax; loss -0.278235)

            what is computed from layer 'policy' (Dense) does not enter the loss
                instead: use every output in the loss, or leave these variables out of the sources

              variable       shape   dtype    gradient  norm
              value/kernel   (3, 1)  float32  ok        0.257
              value/bias     (1,)    float32  ok        1
              policy/kernel  (3, 2)  float32  all zero  0
              policy/bias    (2,)    float32  all zero  0
            """)


class TestNumpy:
    def test_numpy_function_raises(self):
        def loss(outputs):
            squashed = np.tanh(outputs)
            return jnp.mean(squashed)

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (jax)

            a value of the differentiated function is wanted as a NumPy array or Python number, and JAX raised TracerArrayConversionError (KI103)
                gradients_on_jax.py:N in TestNumpy.test_numpy_function_raises.loss
                    squashed = np.tanh(outputs)
                instead: stay in tensors: jnp. or keras.ops functions

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_float_raises(self):
        model = net()

        def loss(trainable):
            outputs, _ = model.stateless_call(trainable, [], X)
            return float(mse(outputs))

        assert failure(watched, loss, weights(model)) == text("""
            4 of 4 gradients are broken at gradients_on_jax.py:N in watched (jax)

            a value of the differentiated function is wanted as a NumPy array or Python number, and JAX raised ConcretizationTypeError (KI103)
                gradients_on_jax.py:N in TestNumpy.test_float_raises.loss
                    return float(mse(outputs))
                instead: stay in tensors: jnp. or keras.ops functions

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)


class TestIntegers:
    def test_integers_have_no_gradient(self):
        tokens = np.array([[1, 2], [3, 1]])
        model = keras.Sequential([keras.layers.Embedding(9, 2), keras.layers.Flatten(), keras.layers.Dense(1)])
        with pytest.raises(GradientError) as error:
            check_gradients(model, tokens, sources="input")
        assert [(row.path, row.cause.kind) for row in error.value.report.rows] == [("input", "integer-input")]

    def test_beside_numbers_they_may_be_left_out(self):
        ids, numbers = keras.Input((2,), dtype="int32", name="ids"), keras.Input((3,), name="numbers")
        embedded = keras.layers.Flatten()(keras.layers.Embedding(9, 2)(ids))
        model = keras.Model([ids, numbers], keras.layers.Dense(1)(keras.layers.Concatenate()([embedded, numbers])))
        x = [np.array([[1, 2], [3, 1]]), X[:2]]
        with pytest.raises(GradientError) as error:
            check_gradients(model, x, sources="input")
        assert {row.cause.kind for row in error.value.report.failures} == {"integer-input"}
        assert check_gradients(model, x, sources="input", allow_none="input/0").ok


class TestPath:
    def test_stop_gradient(self):
        def loss(outputs):
            return mse(jax.lax.stop_gradient(outputs))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (jax; loss 1.04175)

            jax.lax.stop_gradient stands between the variable and the loss
                gradients_on_jax.py:N in TestPath.test_stop_gradient.loss
                    return mse(jax.lax.stop_gradient(outputs))
                instead: remove it, or leave the variable out of the sources if a constant is meant

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_argmax(self):
        model = net()

        def loss(trainable):
            outputs, _ = model.stateless_call(trainable, [], X)
            classes = jnp.argmax(outputs, axis=0)
            return jnp.mean(classes.astype("float32"))

        assert failure(watched, loss, weights(model)) == text("""
            4 of 4 gradients are broken at gradients_on_jax.py:N in watched (jax)

            argmax gives integers or booleans, and the loss is computed from the result (KI103)
                gradients_on_jax.py:N in TestPath.test_argmax.loss
                    classes = jnp.argmax(outputs, axis=0)
                instead: compute the loss on the values before it: logits or probabilities instead of classes

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_integer_cast(self):
        def loss(outputs):
            whole = outputs.astype("int32")
            return jnp.mean(whole.astype("float32"))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (jax; loss 0)

            convert_element_type gives integers or booleans, and the loss is computed from the result (KI103)
                gradients_on_jax.py:N in TestPath.test_integer_cast.loss
                    whole = outputs.astype("int32")
                instead: compute the loss on the values before it: logits or probabilities instead of classes

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_round(self):
        def loss(outputs):
            return jnp.mean(jnp.round(outputs))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (jax; loss -0.5)

            round is a step function, its derivative is zero everywhere (KI103)
                gradients_on_jax.py:N in TestPath.test_round.loss
                    return jnp.mean(jnp.round(outputs))
                instead: compute the loss on the values before it

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)


class TestZero:
    def test_dead_relu(self):
        model = net("relu")
        model.layers[0].bias.assign(-100 * np.ones(4))
        assert failure(check_gradients, model, X, Y, loss="mse") == text("""
            3 of 4 gradients are broken (jax; loss 0.5625)

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
            4 of 4 gradients are broken (jax; loss 1.3125)

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
            4 of 4 gradients are broken (jax; loss 1.3125)

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
            return jnp.mean(jnp.clip(outputs, 50.0, 60.0))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (jax; loss 50)

            clip clips every value of this batch: its derivative is zero there
                gradients_on_jax.py:N in TestZero.test_clipped_everywhere.loss
                    return jnp.mean(jnp.clip(outputs, 50.0, 60.0))
                instead: widen the bounds, or check the scale of what is clipped

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_batch_of_zeros(self):
        assert failure(check_gradients, net(), 0 * X, Y, loss="mse") == text("""
            1 of 4 gradients is broken (jax; loss 0.5625)

            dot_general multiplies by a constant zero in layer 'net/hidden' (Dense)
                instead: check the input batch and the weights of the loss terms

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  ok        0.342
              net/out/kernel     (4, 1)  float32  all zero  0      zero only at initialisation
              net/out/bias       (1,)    float32  ok        0.25
            """)

    def test_honest_zero_of_a_parameter(self):
        def loss(parameters):
            return jnp.sum(0.0 * parameters["scale"]) + jnp.sum(parameters["shift"] ** 2)

        assert failure(watched, loss, {"scale": jnp.ones(3), "shift": jnp.ones(2)}) == text("""
            1 of 2 gradients is broken at gradients_on_jax.py:N in watched (jax)

            mul multiplies by a constant zero
                gradients_on_jax.py:N in TestZero.test_honest_zero_of_a_parameter.loss
                    return jnp.sum(0.0 * parameters["scale"]) + jnp.sum(parameters["shift"] ** 2)
                instead: check the input batch and the weights of the loss terms

              variable  shape  dtype    gradient  norm
              [scale]   (3,)   float32  all zero  0
              [shift]   (2,)   float32  ok        2.83
            """)

    def test_gradient_thrown_away_by_a_custom_rule(self):
        @jax.custom_vjp
        def blocked(x):
            return x * 1.0

        blocked.defvjp(lambda x: (blocked(x), None), lambda _, upstream: (0 * upstream,))

        def loss(outputs):
            return jnp.mean(blocked(outputs))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (jax; loss -0.455349)

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
            return jnp.mean(jnp.log(outputs * 0.0))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (jax; loss -inf)

            log is the first operation whose result holds NaN or infinity
                gradients_on_jax.py:N in TestNotFinite.test_logarithm_of_zero.loss
                    return jnp.mean(jnp.log(outputs * 0.0))
                instead: check its inputs: log and division need a small constant, exp a bound

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  NaN       nan
              net/hidden/bias    (4,)    float32  NaN       nan
              net/out/kernel     (4, 1)  float32  NaN       nan
              net/out/bias       (1,)    float32  NaN       nan
            """)

    def test_square_root_at_zero(self):
        def loss(outputs):
            return jnp.mean(jnp.sqrt(outputs * 0.0))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (jax; loss 0)

            the loss is finite, its derivative is not: sqrt of zero has an infinite one
                gradients_on_jax.py:N in TestNotFinite.test_square_root_at_zero.loss
                    return jnp.mean(jnp.sqrt(outputs * 0.0))
                instead: add a small constant under the root; where() around it does not help

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  NaN       nan
              net/hidden/bias    (4,)    float32  NaN       nan
              net/out/kernel     (4, 1)  float32  NaN       nan
              net/out/bias       (1,)    float32  NaN       nan
            """)


class TestNothingWrong:
    def test_block_without_a_gradient(self):
        with pytest.raises(NoGradientError) as error, watch_gradients():
            net()(X)
        assert str(error.value) == text("""
            nothing was checked: no function made with jax.grad or jax.value_and_grad in the block was called in it (one that was made before must be made with watched.grad(...) instead). Run the training step inside the with block.
            """)

    def test_report_of_the_user_s_own_function(self):
        model = net()

        def loss(trainable):
            outputs, _ = model.stateless_call(trainable, [], X, training=True)
            return mse(outputs)

        (report,) = watched(loss, weights(model), kind="value_and_grad").reports
        assert shown(str(report)) == text("""
            4 gradients, every one finite and not zero (jax; loss 1.04175)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  ok        1.55
              net/hidden/bias    (4,)    float32  ok        1.49
              net/out/kernel     (4, 1)  float32  ok        0.527
              net/out/bias       (1,)    float32  ok        1.16
            """)

    def test_result_is_that_of_jax(self):
        def loss(scale, shift):
            return jnp.sum(scale * 2.0 + shift), {"seen": scale}

        with watch_gradients() as seen:
            (value, aux), (to_scale, to_shift) = seen.value_and_grad(loss, argnums=(0, 1), has_aux=True)(
                jnp.ones(2), jnp.ones(2)
            )
        assert float(value) == 6.0
        assert aux["seen"].shape == (2,)
        np.testing.assert_array_equal(to_scale, [2.0, 2.0])
        np.testing.assert_array_equal(to_shift, [1.0, 1.0])
        assert len(seen.reports[0].rows) == 2

    def test_under_jit_the_values_come_when_the_compiled_program_runs(self):
        with watch_gradients() as seen:
            step = jax.jit(seen.value_and_grad(lambda value: jnp.sum(2.0 * value)))
            step(jnp.ones(2))
            step(jnp.ones(2))
        (report,) = seen.reports
        assert [(row.status, row.norm) for row in report.rows] == [("ok", pytest.approx(8**0.5))]
        assert report.loss == 4.0
        step(jnp.zeros(2))  # after the block nothing is judged
        assert seen.reports == (report,)

    def test_what_a_library_differentiates_is_its_own(self):
        library = str(Path(keras.__file__).parents[1] / "solver" / "newton.py")
        names = {}
        exec(compile("import jax\ndef slope(of, x): return jax.grad(of)(x)", library, "exec"), names)
        with watch_gradients() as seen:
            names["slope"](lambda value: jnp.sum(0.0 * value), jnp.ones(2))
            jax.grad(jnp.sum)(jnp.ones(2))
        assert len(seen.reports) == 1

    def test_a_gradient_inside_another_leaves_the_outer_one_its_evidence(self):
        def loss(weight):
            slope = jax.grad(lambda x: jnp.sum(weight * x**2))(jnp.ones(3))
            return jnp.sum(jnp.round(slope))

        with pytest.raises(GradientError) as error, watch_gradients():
            jax.grad(loss)(jnp.ones(3))
        (row,) = error.value.report.failures
        assert row.cause.kind == "non-differentiable"
        assert "jnp.round(slope)" in row.cause.site.code

    def test_teacher_predicts_before_the_function(self):
        model, teacher = net(), net(name="teacher")

        def step():
            with watch_gradients() as seen:
                wanted = teacher.predict(X, verbose=0) + model.predict(X, verbose=0) + Y

                def loss(trainable):
                    outputs, _ = model.stateless_call(trainable, [], X, training=True)
                    return mse(outputs, wanted)

                seen.grad(loss)(weights(model))
            return seen

        assert step().reports[0].ok

    def test_teacher_predicts_inside_the_function(self):
        model, teacher = net(), net(name="teacher")

        def loss(trainable):
            outputs, _ = model.stateless_call(trainable, [], X, training=True)
            return mse(outputs, teacher.predict(X, verbose=0) + Y)

        assert watched(loss, weights(model)).reports[0].ok

    @pytest.mark.parametrize(
        "middle",
        [
            lambda: [keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)],
            lambda: [keras.layers.Reshape((4, 1)), keras.layers.LSTM(3, dropout=0.2, recurrent_dropout=0.2)],
        ],
        ids=["batch_norm", "lstm"],
    )
    def test_layers(self, middle):
        model = keras.Sequential([keras.Input((3,)), dense(4, activation="tanh"), *middle(), dense(1)])
        before = [variable.numpy().copy() for variable in model.variables]
        assert check_gradients(model, X, Y, loss="mse").ok
        for variable, value in zip(model.variables, before, strict=True):
            np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)

    def test_failing_check_puts_everything_back(self):
        model = keras.Sequential([keras.Input((3,)), dense(4), keras.layers.BatchNormalization(), dense(1)])
        before = [variable.numpy().copy() for variable in model.variables]
        with pytest.raises(GradientError):
            check_gradients(model, X, loss=lambda outputs: 0.0 * jnp.mean(outputs))
        for variable, value in zip(model.variables, before, strict=True):
            np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)

    def test_zero_initialised_output(self):
        model = net()
        model.layers[-1].kernel.assign(np.zeros((4, 1)))
        report = check_gradients(model, X, Y, loss="mse")
        assert [row.note for row in report.rows] == ["zero only at initialisation"] * 2 + ["", ""]

    def test_input_gradient(self):
        report = check_gradients(net(), X, sources="input", training=False)
        assert [(row.path, row.shape, row.status) for row in report.rows] == [("input", (4, 3), "ok")]


class TestModeOfAStep:
    """A differentiated `stateless_call` that was not told the mode runs in inference mode."""

    def model(self, *middle):
        return keras.Sequential([keras.Input((3,)), *middle, dense(1, name="out")], name="net")

    def step(self, model, **mode):
        state = [variable.value for variable in model.non_trainable_variables]

        def loss(trainable):
            outputs, _ = model.stateless_call(trainable, state, X, **mode)
            return mse(outputs)

        return loss

    @pytest.mark.parametrize(
        "layer",
        [
            lambda: keras.layers.Dropout(0.5, name="acts"),
            lambda: keras.layers.BatchNormalization(name="acts"),
            lambda: keras.layers.GaussianNoise(0.5, name="acts"),
        ],
    )
    def test_is_told_with_the_layers(self, layer):
        model = self.model(layer())
        with pytest.warns(RuntimeWarning, match=r"ran acts of 'net' in inference mode at .* \(KI301\)") as told:
            seen = watched(self.step(model), weights(model))
        assert len(seen.notes) == 1
        assert told[0].filename == __file__  # the user's line, not one of ours

    @pytest.mark.parametrize("mode", [{"training": True}, {"training": False}])
    def test_a_mode_that_is_written_is_meant(self, mode):
        model = self.model(keras.layers.Dropout(0.5))
        assert watched(self.step(model, **mode), weights(model)).notes == ()

    def test_without_such_layers_there_is_nothing_to_tell(self):
        frozen = keras.layers.BatchNormalization()
        frozen.trainable = False
        model = self.model(keras.layers.Dropout(0.0), frozen)
        assert watched(self.step(model), weights(model)).notes == ()
