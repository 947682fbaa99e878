"""`gradient_check` on torch: one real fault per test, and the whole message it must give.

Runs in a process of its own, started by test_other_backends.py.
"""

# ruff: noqa: E501
from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from gradient_text import failure, shown, text

from pytest_keras_inference import GradientError, check_gradients, watch_gradients
from pytest_keras_inference.gradients.check import NoGradientError
from pytest_keras_inference.watching import backwards, hooks

X = np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3)
Y = torch.tensor([[0.0], [1.0], [0.5], [-1.0]])


def spread(shape, dtype=None, **_):
    """Weights that are the same in every run."""
    return torch.tensor(np.cos(np.arange(1, int(np.prod(shape)) + 1)).reshape(shape).astype("float32"))


def dense(units, **kwargs):
    return keras.layers.Dense(units, kernel_initializer=spread, **kwargs)


def net(activation="tanh", last=None, name="net"):
    layers = [keras.Input((3,)), dense(4, activation=activation, name="hidden"), dense(1, name="out", activation=last)]
    return keras.Sequential(layers, name=name)


def mse(outputs, targets=Y):
    return ((outputs - targets) ** 2).mean()


def watched(step, *models, **kwargs):
    with watch_gradients(*models, **kwargs) as seen:
        step()
    return seen


class TestPredict:
    def test_predict_makes_the_loss(self):
        model = net()

        def step():
            outputs = torch.as_tensor(model.predict(X, verbose=0))
            mse(outputs).backward()

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at gradients_on_torch.py:N in TestPredict.test_predict_makes_the_loss.step (torch; loss 1.04175)

            predict() of model 'net' ran on the way to the loss: it returns NumPy values, and no gradient flows through them (KI101)
                gradients_on_torch.py:N in TestPredict.test_predict_makes_the_loss.step
                    outputs = torch.as_tensor(model.predict(X, verbose=0))
                instead: call the model: model(X, training=True)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_mixed_loss_loses_a_term_although_nothing_is_none(self):
        model = net()

        def step():
            teacher = torch.from_numpy(model.predict(X, verbose=0))
            loss = mse(model(X, training=True)) + 0.5 * mse(teacher)
            loss.backward()

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at gradients_on_torch.py:N in TestPredict.test_mixed_loss_loses_a_term_although_nothing_is_none.step (torch; loss 1.56262)

            predict() of model 'net' ran on the way to the loss, and its value is a constant in the loss: the gradient lacks that term although it is not None (KI101)
                gradients_on_torch.py:N in TestPredict.test_mixed_loss_loses_a_term_although_nothing_is_none.step
                    teacher = torch.from_numpy(model.predict(X, verbose=0))
                instead: call the model: model(X, training=True); if a constant is meant, predict before the block or pass allow_predict=True

              variable           shape   dtype    gradient     norm
              net/hidden/kernel  (3, 4)  float32  lost a term  1.55
              net/hidden/bias    (4,)    float32  lost a term  1.49
              net/out/kernel     (4, 1)  float32  lost a term  0.527
              net/out/bias       (1,)    float32  lost a term  1.16
            """)

    def test_critic_called_through_predict_between_actor_and_loss(self):
        actor, critic = net(name="actor"), keras.Sequential([keras.Input((1,)), dense(1)], name="critic")

        def loss(outputs):
            return -torch.as_tensor(critic.predict(outputs.detach().numpy(), verbose=0)).mean()

        assert failure(check_gradients, actor, X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss 0.246026)

            predict() of model 'critic' ran on the way to the loss: it returns NumPy values, and no gradient flows through them (KI101)
                gradients_on_torch.py:N in TestPredict.test_critic_called_through_predict_between_actor_and_loss.loss
                    return -torch.as_tensor(critic.predict(outputs.detach().numpy(), verbose=0)).mean()
                instead: call the model: critic(outputs, training=False)

              variable             shape   dtype    gradient  norm
              actor/hidden/kernel  (3, 4)  float32  None      -
              actor/hidden/bias    (4,)    float32  None      -
              actor/out/kernel     (4, 1)  float32  None      -
              actor/out/bias       (1,)    float32  None      -
            """)

    def test_evaluate_in_the_loss_of_a_check(self):
        model = net()
        model.compile(loss="mse")

        def loss(outputs):
            return torch.tensor(model.evaluate(X, Y, verbose=0))

        assert failure(check_gradients, model, X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss 1.04175)

            evaluate() of model 'net' ran on the way to the loss: it returns NumPy values, and no gradient flows through them (KI101)
                gradients_on_torch.py:N in TestPredict.test_evaluate_in_the_loss_of_a_check.loss
                    return torch.tensor(model.evaluate(X, Y, verbose=0))
                instead: call the model and compute the loss on its output: model(x, training=True)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)


class TestNumpy:
    def test_numpy_method(self):
        model = net()

        def step():
            outputs = model(X, training=True).detach().numpy()
            mse(torch.from_numpy(np.tanh(outputs))).backward()

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at gradients_on_torch.py:N in TestNumpy.test_numpy_method.step (torch; loss 0.97452)

            .numpy() takes the values out of the graph on the way to the loss: what is computed from them is a constant (KI103)
                gradients_on_torch.py:N in TestNumpy.test_numpy_method.step
                    outputs = model(X, training=True).detach().numpy()
                instead: stay in tensors: torch. or keras.ops functions

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_item(self):
        model = net()

        def step():
            loss = torch.tensor(mse(model(X, training=True)).item(), requires_grad=True)
            loss.backward()

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at gradients_on_torch.py:N in TestNumpy.test_item.step (torch; loss 1.04175)

            .item() takes the values out of the graph on the way to the loss: what is computed from them is a constant (KI103)
                gradients_on_torch.py:N in TestNumpy.test_item.step
                    loss = torch.tensor(mse(model(X, training=True)).item(), requires_grad=True)
                instead: stay in tensors: torch. or keras.ops functions

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_keras_convert_to_numpy(self):
        def loss(outputs):
            return torch.tensor(keras.ops.convert_to_numpy(outputs)).mean()

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss -0.455349)

            np.asarray() takes the values out of the graph on the way to the loss: what is computed from them is a constant (KI103)
                gradients_on_torch.py:N in TestNumpy.test_keras_convert_to_numpy.loss
                    return torch.tensor(keras.ops.convert_to_numpy(outputs)).mean()
                instead: stay in tensors: torch. or keras.ops functions

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)


class TestSources:
    def test_untrainable_variable(self):
        model = net()
        model.layers[0].trainable = False
        assert failure(check_gradients, model, X, loss=mse, sources=model.weights) == text("""
            2 of 4 gradients are broken (torch; loss 1.04175)

            the variable is not trainable: its requires_grad is False
                instead: take the gradient of model.trainable_variables, or create the weight with trainable=True

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  ok        0.527
              net/out/bias       (1,)    float32  ok        1.16
            """)

    def test_input_that_requires_no_gradient(self):
        model, x = net(), torch.tensor(X)

        def saliency():
            torch.autograd.grad(model(x, training=False).sum(), x)

        assert failure(watched, saliency) == text("""
            1 of 1 gradient is broken at gradients_on_torch.py:N in TestSources.test_input_that_requires_no_gradient.saliency (torch; loss -1.82139)

            the input does not require a gradient: torch follows parameters by itself, tensors only when told
                instead: x.requires_grad_(True) before the model is called

              variable  shape   dtype    gradient  norm
              source 0  (4, 3)  float32  None      -
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

        model = TwoHeads()
        model(X)
        assert failure(watched, lambda: mse(model(X)).backward()) == text("""
            2 of 4 gradients are broken at gradients_on_torch.py:N in TestSources.test_layer_that_is_never_called.<lambda> (torch; loss 0.575038)

            the forward pass never called layer 'policy' (Dense)
                instead: call it in call(), or leave its variables out of the sources

              variable                shape   dtype    gradient  norm
              two_heads/value/kernel  (3, 1)  float32  ok        0.356
              two_heads/value/bias    (1,)    float32  ok        0.806
              policy/kernel           (3, 2)  float32  None      -
              policy/bias             (2,)    float32  None      -
            """)

    def test_output_that_does_not_enter_the_loss(self):
        inputs = keras.Input((3,))
        model = keras.Model(inputs, [dense(1, name="value")(inputs), dense(2, name="policy")(inputs)], name="net")
        assert failure(check_gradients, model, X, loss=lambda outputs: outputs[0].mean()) == text("""
            2 of 4 gradients are broken (torch; loss -0.278235)

            what is computed from layer 'policy' (Dense) does not enter the loss
                instead: use every output in the loss, or leave these variables out of the sources

              variable       shape   dtype    gradient  norm
              value/kernel   (3, 1)  float32  ok        0.257
              value/bias     (1,)    float32  ok        1
              policy/kernel  (3, 2)  float32  None      -
              policy/bias    (2,)    float32  None      -
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
    @pytest.mark.parametrize("scaled", [lambda x, scale: x * scale, lambda x, scale: torch.add(x, other=scale)])
    def test_a_variable_that_only_an_operator_of_torch_reads(self, scaled):
        class Scale(keras.layers.Layer):
            def build(self, shape):
                self.scale = self.add_weight(shape=shape[1:], initializer="ones", name="scale")

            def call(self, x):
                return scaled(x, self.scale)

        model = keras.Sequential([keras.Input((3,)), Scale(), dense(1)])

        def step():
            mse(model(X, training=True).detach()).backward()

        message = failure(watched, step)
        assert ".detach() stands between the variable and the loss" in message
        assert "did not read" not in message

    def test_detached_outputs(self):
        model = net()

        def step():
            outputs = model(X, training=True).detach()
            mse(outputs).backward()

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at gradients_on_torch.py:N in TestPath.test_detached_outputs.step (torch; loss 1.04175)

            .detach() stands between the variable and the loss
                gradients_on_torch.py:N in TestPath.test_detached_outputs.step
                    outputs = model(X, training=True).detach()
                instead: remove it, or leave the variable out of the sources if a constant is meant

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_data_attribute(self):
        def loss(outputs):
            return mse(outputs.data)

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss 1.04175)

            .data stands between the variable and the loss
                gradients_on_torch.py:N in TestPath.test_data_attribute.loss
                    return mse(outputs.data)
                instead: remove it, or leave the variable out of the sources if a constant is meant

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_no_grad(self):
        model = net()

        def step():
            with torch.no_grad():
                outputs = model(X, training=True)
            mse(outputs).backward()

        assert failure(watched, step) == text("""
            4 of 4 gradients are broken at gradients_on_torch.py:N in TestPath.test_no_grad.step (torch; loss 1.04175)

            the forward pass ran with gradients switched off (torch.no_grad or inference_mode): it gives a constant
                gradients_on_torch.py:N in TestPath.test_no_grad.step
                    outputs = model(X, training=True)
                instead: move it out of the no_grad block

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_stop_gradient_of_keras(self):
        def loss(outputs):
            return mse(keras.ops.stop_gradient(outputs))

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss 1.04175)

            .detach() stands between the variable and the loss
                gradients_on_torch.py:N in TestPath.test_stop_gradient_of_keras.loss
                    return mse(keras.ops.stop_gradient(outputs))
                instead: remove it, or leave the variable out of the sources if a constant is meant

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_argmax(self):
        def loss(outputs):
            classes = outputs.argmax(0)
            return classes.float().mean()

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss 3)

            argmax gives integers or booleans, and the loss is computed from the result (KI103)
                gradients_on_torch.py:N in TestPath.test_argmax.loss
                    classes = outputs.argmax(0)
                instead: compute the loss on the values before it: logits or probabilities instead of classes

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_integer_cast(self):
        def loss(outputs):
            whole = outputs.long()
            return whole.float().mean()

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss 0)

            long gives integers or booleans, and the loss is computed from the result (KI103)
                gradients_on_torch.py:N in TestPath.test_integer_cast.loss
                    whole = outputs.long()
                instead: compute the loss on the values before it: logits or probabilities instead of classes

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  None      -
              net/hidden/bias    (4,)    float32  None      -
              net/out/kernel     (4, 1)  float32  None      -
              net/out/bias       (1,)    float32  None      -
            """)

    def test_round(self):
        def loss(outputs):
            return torch.round(outputs).mean()

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss -0.5)

            round is a step function, its derivative is zero everywhere (KI103)
                gradients_on_torch.py:N in TestPath.test_round.loss
                    return torch.round(outputs).mean()
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
            3 of 4 gradients are broken (torch; loss 0.5625)

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
            4 of 4 gradients are broken (torch; loss 1.3125)

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
            4 of 4 gradients are broken (torch; loss 1.3125)

            saturated sigmoid: every output is exactly at its limit in layer 'net/out' (Dense)
                instead: scale the inputs or the initial weights down

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_clamped_everywhere(self):
        def loss(outputs):
            return outputs.clamp(50.0, 60.0).mean()

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss 50)

            clamp clips every value of this batch: its derivative is zero there
                gradients_on_torch.py:N in TestZero.test_clamped_everywhere.loss
                    return outputs.clamp(50.0, 60.0).mean()
                instead: widen the bounds, or check the scale of what is clipped

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  all zero  0
              net/out/kernel     (4, 1)  float32  all zero  0
              net/out/bias       (1,)    float32  all zero  0
            """)

    def test_batch_of_zeros(self):
        assert failure(check_gradients, net(), 0 * X, Y, loss="mse") == text("""
            1 of 4 gradients is broken (torch; loss 0.5625)

            the other factor of matmul is all zero for this batch in layer 'net/hidden' (Dense)
                instead: check the input batch and how the weights after it are initialised

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  all zero  0
              net/hidden/bias    (4,)    float32  ok        0.342
              net/out/kernel     (4, 1)  float32  ok        0.0027  zero only at initialisation
              net/out/bias       (1,)    float32  ok        0.25
            """)

    def test_gradient_thrown_away_by_a_custom_function(self):
        class Blocked(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x.clone()

            @staticmethod
            def backward(ctx, upstream):
                return torch.zeros_like(upstream)

        def loss(outputs):
            return Blocked.apply(outputs).mean()

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss -0.455349)

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
            return torch.log(outputs * 0.0).mean()

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss -inf)

            log is the first operation whose result holds NaN or infinity
                gradients_on_torch.py:N in TestNotFinite.test_logarithm_of_zero.loss
                    return torch.log(outputs * 0.0).mean()
                instead: check its inputs: log and division need a small constant, exp a bound

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  NaN       nan
              net/hidden/bias    (4,)    float32  NaN       nan
              net/out/kernel     (4, 1)  float32  NaN       nan
              net/out/bias       (1,)    float32  NaN       nan
            """)

    def test_square_root_at_zero(self):
        def loss(outputs):
            return torch.sqrt(outputs * 0.0).mean()

        assert failure(check_gradients, net(), X, loss=loss) == text("""
            4 of 4 gradients are broken (torch; loss 0)

            the loss is finite, its derivative is not: sqrt of zero has an infinite one
                gradients_on_torch.py:N in TestNotFinite.test_square_root_at_zero.loss
                    return torch.sqrt(outputs * 0.0).mean()
                instead: add a small constant under the root; where() around it does not help

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  NaN       nan
              net/hidden/bias    (4,)    float32  NaN       nan
              net/out/kernel     (4, 1)  float32  NaN       nan
              net/out/bias       (1,)    float32  NaN       nan
            """)


class TestNothingWrong:
    def test_block_without_a_gradient(self):
        with pytest.raises(NoGradientError) as error:
            watched(lambda: net()(X))
        assert str(error.value) == text("""
            nothing was checked: no backward() ran in the block. Run the training step inside the with block.
            """)

    def test_report_of_the_user_s_own_step(self):
        model = net()
        (report,) = watched(lambda: mse(model(X, training=True)).backward()).reports
        assert shown(str(report)) == text("""
            4 gradients, every one finite and not zero (torch; loss 1.04175)

              variable           shape   dtype    gradient  norm
              net/hidden/kernel  (3, 4)  float32  ok        1.55
              net/hidden/bias    (4,)    float32  ok        1.49
              net/out/kernel     (4, 1)  float32  ok        0.527
              net/out/bias       (1,)    float32  ok        1.16
            """)

    def test_steps_with_a_keras_and_a_torch_optimizer(self):
        model = net()
        own, theirs = keras.optimizers.SGD(0.1), torch.optim.SGD(model.parameters(), 0.1)

        def steps():
            for _ in range(2):
                model.zero_grad()
                mse(model(X, training=True)).backward()
                own.apply([v.value.grad for v in model.trainable_variables], model.trainable_variables)
            theirs.zero_grad()
            mse(model(X, training=True)).backward()
            theirs.step()

        (report,) = watched(steps).reports
        assert [row.note for row in report.rows] == [""] * 4

    def test_fit(self):
        first = dense(4, name="first")
        model = keras.Sequential([keras.Input((3,)), first, keras.layers.BatchNormalization(), dense(1)], name="net")
        model.compile("adam", "mse")
        (report,) = watched(lambda: model.fit(X, Y, batch_size=2, verbose=0), allow_zero=["net/first/bias"]).reports
        assert report.ok

    def test_target_network_called_and_detached(self):
        online, target = net(name="online"), net(name="target")

        def step():
            wanted = target(X, training=False).detach() + torch.as_tensor(target.predict(X, verbose=0))
            mse(online(X, training=True), wanted + Y).backward()

        (report,) = watched(step).reports
        assert {row.path.split("/")[0] for row in report.rows} == {"online"}

    def test_given_model_must_be_trained(self):
        online, target = net(name="online"), net(name="target")

        def step():
            mse(online(X, training=True), target(X).detach() + Y).backward()

        assert "target/hidden/kernel" in failure(watched, step, online, target)

    def test_two_players(self):
        generator = keras.Sequential([keras.Input((3,)), dense(3, name="made")], name="generator")
        discriminator = net(name="discriminator")

        def step():
            fake = generator(X, training=True)
            (discriminator(fake.detach()) - discriminator(X)).mean().backward()
            discriminator(fake).mean().backward()

        (report,) = watched(step, allow_zero=["discriminator/out/bias"]).reports
        assert report.ok
        assert len(report.rows) == 6

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
        torch.manual_seed(5)
        state = torch.random.get_rng_state()
        assert check_gradients(model, X, Y, loss="mse").ok
        assert torch.equal(torch.random.get_rng_state(), state)
        for variable, value in zip(model.variables, before, strict=True):
            np.testing.assert_array_equal(variable.numpy(), value, err_msg=variable.path)
        assert all(variable.value.grad is None for variable in model.trainable_variables)

    def test_zero_initialised_output(self):
        model = net()
        model.layers[-1].kernel.assign(np.zeros((4, 1)))
        report = check_gradients(model, X, Y, loss="mse")
        assert [row.note for row in report.rows] == ["zero only at initialisation"] * 2 + ["", ""]

    def test_input_gradient(self):
        report = check_gradients(net(), X, sources="input", training=False)
        assert [(row.path, row.shape, row.status) for row in report.rows] == [("input", (4, 3), "ok")]


class TestGradientsTaken:
    """The watch over calls hears when torch computes gradients."""

    def test_torch_is_put_back(self):
        before = dict(vars(torch.autograd))
        hooks.listen(_nothing)
        assert dict(vars(torch.autograd)) != before
        hooks.unlisten(_nothing)
        assert dict(vars(torch.autograd)) == before

    def test_what_torch_raises_shows_none_of_it(self):
        heard = []

        def hear():
            heard.append("taken")

        hooks.listen(_nothing)
        backwards.on_gradients(hear)
        try:
            loss = net()(X).mean()
            loss.backward()
            with pytest.raises(RuntimeError, match="second time") as error:
                loss.backward()
            weight = torch.ones((), requires_grad=True)
            assert torch.autograd.grad(2 * weight, weight) == (torch.tensor(2.0),)
        finally:
            backwards.off_gradients(hear)
            hooks.unlisten(_nothing)
        assert len(heard) == 3
        assert all("pytest_keras_inference" not in str(entry.path) for entry in error.traceback)


def _nothing(call, model, x):
    """Hears every call and keeps nothing."""
