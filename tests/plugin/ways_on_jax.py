"""`gradient_check.watch()` around the ways in which people train on JAX: each sound, and broken in one place.

Two virtual devices stand for several. Started by test_other_backends.py.
"""

from __future__ import annotations

import os

os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=2")

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from keras import layers, ops

sys.path.insert(0, str(Path(__file__).parent))

from ways import assert_broken_program_is_told, assert_sound_program_passes, sampled

RNG = np.random.default_rng(1)
X = RNG.normal(size=(8, 4)).astype("float32")
Y = RNG.normal(size=(8, 1)).astype("float32")


def net(units=1, name="net", **kwargs):
    keras.utils.set_random_seed(3)
    hidden = layers.Dense(6, activation="tanh", name=f"{name}_hidden", **kwargs)
    return keras.Sequential([keras.Input((4,)), hidden, layers.Dense(units, name=f"{name}_out", **kwargs)], name=name)


def values(variables):
    return [jnp.array(variable.value) for variable in variables]


def mse(y, outputs):
    return jnp.mean(jnp.square(outputs.astype("float32") - y))


def loss_of(model, broken):
    """What is differentiated: weights, x, y -> loss."""

    def loss(weights, x, y):
        outputs, _ = model.stateless_call(weights, [], x, training=True)
        if broken:
            outputs = jax.lax.stop_gradient(outputs)  # broken
        return mse(y, outputs)

    return loss


def stepped(weights, gradients):
    return jax.tree_util.tree_map(lambda weight, gradient: weight - 0.1 * gradient, weights, gradients)


def stateless(broken):
    model, optimizer = net(), keras.optimizers.SGD(0.1)
    optimizer.build(model.trainable_variables)
    weights, state = values(model.trainable_variables), values(optimizer.variables)
    for _ in range(2):
        _, gradients = jax.value_and_grad(loss_of(model, broken))(weights, X, Y)
        weights, state = optimizer.stateless_apply(state, gradients, weights)


def jitted(broken):
    model = net()

    @jax.jit
    def step(weights, x, y):
        loss, gradients = jax.value_and_grad(loss_of(model, broken))(weights, x, y)
        return stepped(weights, gradients), loss

    weights = values(model.trainable_variables)
    for _ in range(3):
        weights, _ = step(weights, X, Y)


def called_bare(broken):
    model = net()

    @jax.jit
    def step(weights):
        def loss(weights):
            if broken:
                return mse(Y, model(X, training=True))  # broken
            return loss_of(model, False)(weights, X, Y)

        return jax.grad(loss)(weights)

    step(values(model.trainable_variables))


def scanned(broken):
    model = net()

    def step(weights, batch):
        loss, gradients = jax.value_and_grad(loss_of(model, broken))(weights, *batch)
        return stepped(weights, gradients), loss

    jax.lax.scan(step, values(model.trainable_variables), (X.reshape(4, 2, 4), Y.reshape(4, 2, 1)))


def scanned_inside(broken):
    """The loss is summed over parts of the batch."""
    model = net()

    def loss(weights):
        def add(total, part):
            outputs, _ = model.stateless_call(weights, [], part[0], training=True)
            outputs = jnp.round(outputs) if broken else outputs  # broken
            return total + mse(part[1], outputs), None

        total, _ = jax.lax.scan(add, 0.0, (X.reshape(4, 2, 4), Y.reshape(4, 2, 1)))
        return total

    jax.jit(jax.grad(loss))(values(model.trainable_variables))


def per_example(broken):
    """One gradient for each row, as private training clips them."""
    model = net()
    one = jax.grad(loss_of(model, broken))
    gradients = jax.jit(jax.vmap(one, in_axes=(None, 0, 0)))(values(model.trainable_variables), X[:, None], Y[:, None])
    assert gradients[0].shape[0] == 8


def mapped(broken):
    model, count = net(), jax.local_device_count()

    def step(weights, x, y):
        return jax.lax.pmean(jax.grad(loss_of(model, broken))(weights, x, y), "devices")

    x, y = X.reshape(count, -1, 4), Y.reshape(count, -1, 1)
    jax.pmap(step, axis_name="devices", in_axes=(None, 0, 0))(values(model.trainable_variables), x, y)


def mean_over_devices(broken):
    """The loss itself is a mean over the devices."""
    model, count = net(), jax.local_device_count()

    def loss(weights, x, y):
        return jax.lax.pmean(loss_of(model, broken)(weights, x, y), "devices")

    x, y = X.reshape(count, -1, 4), Y.reshape(count, -1, 1)
    run = jax.pmap(jax.grad(loss), axis_name="devices", in_axes=(None, 0, 0))
    run(values(model.trainable_variables), x, y)


def sharded(broken):
    model = net()
    mesh = Mesh(np.array(jax.devices()), ("batch",))
    rows, whole = (NamedSharding(mesh, PartitionSpec(*axes)) for axes in (("batch",), ()))
    weights = jax.device_put(values(model.trainable_variables), whole)
    x, y = jax.device_put((X, Y), rows)
    jax.jit(jax.value_and_grad(loss_of(model, broken)))(weights, x, y)


def accumulated(broken):
    model = net()
    weights = values(model.trainable_variables)
    total = jax.tree_util.tree_map(jnp.zeros_like, weights)
    take = jax.jit(jax.grad(loss_of(model, broken)))
    for part in range(0, 8, 4):
        gradients = take(weights, X[part : part + 4], Y[part : part + 4])
        total = jax.tree_util.tree_map(jnp.add, total, gradients)
    stepped(weights, total)


def clipped(broken):
    model = net()

    @jax.jit
    def step(weights):
        gradients = jax.grad(loss_of(model, broken))(weights, X, Y)
        norm = jnp.sqrt(sum(jnp.sum(jnp.square(gradient)) for gradient in gradients))
        return stepped(weights, [gradient / jnp.maximum(norm, 1.0) for gradient in gradients])

    step(values(model.trainable_variables))


def scaled(broken):
    model = net(dtype="mixed_float16")
    scale = 1.0 if broken else 2.0**16

    @jax.jit
    def step(weights):
        loss = loss_of(model, False)
        gradients = jax.grad(lambda weights: loss(weights, X, Y) * 1e-7 * scale)(weights)
        return [gradient / scale for gradient in gradients]

    step(values(model.trainable_variables))


def lora(broken):
    model = net()
    for layer in model.layers:
        layer.enable_lora(2)
    jax.jit(jax.grad(lora_loss(model, broken)))(values(model.trainable_variables))


def quantised(broken):
    """Low-rank updates of a layer whose own weights are integers."""
    model = net()
    for layer in model.layers:
        layer.enable_lora(2)
        layer.quantize("int8")
    jax.jit(jax.grad(lora_loss(model, broken)))(values(model.trainable_variables))


def lora_loss(model, broken):
    fixed = values(model.non_trainable_variables)

    def loss(weights):
        outputs, _ = model.stateless_call(weights, fixed, X, training=True)
        if broken:
            outputs = jnp.argmax(jnp.concatenate([outputs, -outputs], -1), -1)  # broken
        return mse(Y[:, 0], outputs)

    return loss


class Vae(keras.Model):
    """Mean and logarithm of the variance, a draw, and a decoder; trained by `fit`."""

    def __init__(self, broken):
        super().__init__()
        self.encoder, self.decoder, self.broken = net(4, "encoder"), keras.Sequential([layers.Dense(4)]), broken
        self.seeds = keras.random.SeedGenerator(1)

    def call(self, data, training=False):
        mean, log = ops.split(self.encoder(data), 2, axis=-1)
        if self.broken:
            mean, log = ops.round(mean), ops.round(log)  # broken
        return self.decoder(mean + ops.exp(0.5 * log) * keras.random.normal(ops.shape(mean), seed=self.seeds))


class Distiller(keras.Model):
    """A student that follows a teacher, who is not trained."""

    def __init__(self, broken):
        super().__init__()
        self.student, self.teacher, self.broken = net(3, "student"), net(3, "teacher"), broken
        self.teacher.trainable = False

    def call(self, data, training=False):
        return self.student(data, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        goal = ops.softmax(self.teacher(x, training=False))
        if self.broken:
            y_pred = ops.one_hot(ops.argmax(y_pred, axis=-1), 3)  # broken
        return ops.mean(keras.losses.kl_divergence(goal, y_pred if self.broken else ops.softmax(y_pred)))


class Gan(keras.Model):
    """A generator and a critic that take turns in a step of their own."""

    def __init__(self, broken):
        super().__init__()
        self.generator, self.critic, self.broken = net(4, "generator"), net(1, "critic"), broken
        self.built = True

    def train_step(self, state, data):
        trainable, others, optimizer_state, metrics = state
        count = len(self.generator.trainable_variables)
        made_by, judged_by = trainable[:count], trainable[count:]

        def critic_loss(weights):
            made, _ = self.generator.stateless_call(made_by, [], data, training=True)
            scores, _ = self.critic.stateless_call(weights, [], made, training=True)
            real, _ = self.critic.stateless_call(weights, [], data, training=True)
            return jnp.mean(jnp.square(scores)) - jnp.mean(real)

        def generator_loss(weights):
            made, _ = self.generator.stateless_call(weights, [], data, training=True)
            if self.broken:
                made = jax.lax.stop_gradient(made)  # broken
            scores, _ = self.critic.stateless_call(judged_by, [], made, training=True)
            return -jnp.mean(scores)

        of_critic = jax.grad(critic_loss)(judged_by)
        loss, of_generator = jax.value_and_grad(generator_loss)(made_by)
        trainable, optimizer_state = self.optimizer.stateless_apply(
            optimizer_state, [*of_generator, *of_critic], trainable
        )
        return {"loss": loss}, (trainable, others, optimizer_state, metrics)


class Contrastive(keras.Model):
    """Two noisy views of a row must be near each other."""

    def __init__(self, broken):
        super().__init__()
        self.encoder, self.broken = net(5, "encoder"), broken
        self.noise = layers.GaussianNoise(0.5, seed=2)

    def call(self, data, training=False):
        return [ops.normalize(self.encoder(self.noise(data, training=True))) for _ in range(2)]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        first, second = y_pred
        if self.broken:
            first, second = ops.stop_gradient(first), ops.stop_gradient(second)  # broken
        logits = ops.matmul(first, ops.transpose(second)) * 10.0
        return ops.mean(keras.losses.sparse_categorical_crossentropy(np.arange(8), logits, from_logits=True))


def fitted(kind, *targets):
    def run(broken):
        model = kind(broken)
        model.compile("sgd", None if kind is Gan else "mse")
        model.fit(X, *targets, batch_size=8, epochs=2, verbose=0)

    return run


WAYS = {
    "stateless loop": (stateless, "stop-gradient"),
    "jit": (jitted, "stop-gradient"),
    "model called bare under jit": (called_bare, "bare-call"),
    "scan over batches": (scanned, "stop-gradient"),
    "scan in the loss": (scanned_inside, "non-differentiable"),
    "vmap: a gradient for each row": (per_example, "stop-gradient"),
    "pmap": (mapped, "stop-gradient"),
    "pmap with the mean in the loss": (mean_over_devices, "stop-gradient"),
    "sharded batch": (sharded, "stop-gradient"),
    "gradient accumulation": (accumulated, "stop-gradient"),
    "clipping": (clipped, "stop-gradient"),
    "mixed precision with loss scaling": (scaled, "float16-underflow"),
    "LoRA": (lora, "non-differentiable"),
    "LoRA over int8": (quantised, "non-differentiable"),
    "fit: GAN": (fitted(Gan), "stop-gradient"),
    "fit: VAE": (fitted(Vae, X), "non-differentiable"),
    "fit: distillation": (fitted(Distiller, Y), "non-differentiable"),
    "fit: contrastive": (fitted(Contrastive, Y), "stop-gradient"),
}


@pytest.mark.parametrize("name", sampled(WAYS))
def test_a_sound_program_passes_in_silence(name):
    assert_sound_program_passes(WAYS[name][0])


@pytest.mark.parametrize("name", sampled(WAYS))
def test_of_a_broken_program_the_cause_and_its_line_are_told(name):
    run, kind = WAYS[name]
    assert_broken_program_is_told(run, kind)
