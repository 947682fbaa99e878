"""`gradient_check.watch()` around the ways in which people train on TensorFlow: each sound, and broken in one place."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers, ops
from ways import assert_broken_program_is_told, assert_sound_program_passes, sampled

pytestmark = pytest.mark.backend("tensorflow")

REPLICAS = int(os.environ.get("REPLICAS", "1"))
if REPLICAS > 1:  # a process has one CPU unless it asks for more before TensorFlow starts
    logical = [tf.config.LogicalDeviceConfiguration() for _ in range(REPLICAS)]
    tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], logical)

RNG = np.random.default_rng(1)
X = RNG.normal(size=(8, 4)).astype("float32")
Y = RNG.normal(size=(8, 1)).astype("float32")


def net(units=1, name="net", **kwargs):
    keras.utils.set_random_seed(3)
    hidden = layers.Dense(6, activation="tanh", name=f"{name}_hidden", **kwargs)
    return keras.Sequential([keras.Input((4,)), hidden, layers.Dense(units, name=f"{name}_out", **kwargs)], name=name)


def mse(y, outputs):
    return ops.mean(ops.square(ops.cast(outputs, "float32") - y))


def through_numpy(tensor, broken):
    """What breaks a step: a value that leaves TensorFlow in the middle of a loss."""
    return tf.convert_to_tensor(ops.convert_to_numpy(tensor)) if broken else tensor  # broken


def function(broken, **kwargs):
    model, optimizer = net(), keras.optimizers.SGD(0.1)

    @tf.function(**kwargs)
    def step(x, y):
        with tf.GradientTape() as tape:
            outputs = model(x, training=True)
            loss = mse(y, tf.stop_gradient(outputs) if broken else outputs)  # broken
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        return loss

    step(X, Y)


def accumulated(broken):
    model, optimizer = net(), keras.optimizers.SGD(0.1)
    totals = [tf.Variable(tf.zeros(variable.shape)) for variable in model.trainable_variables]
    for part in range(0, 8, 4):
        with tf.GradientTape() as tape:
            outputs = model(X[part : part + 4], training=True)
            loss = mse(Y[part : part + 4], through_numpy(outputs, broken))
        for total, gradient in zip(totals, tape.gradient(loss, model.trainable_variables), strict=True):
            total.assign_add(gradient / 2)
    optimizer.apply(totals, model.trainable_variables)


def clipped(broken):
    model, optimizer = net(), keras.optimizers.SGD(0.1, global_clipnorm=None if broken else 1.0)
    with tf.GradientTape() as tape:
        loss = mse(Y, through_numpy(model(X, training=True), broken))
    gradients, _ = tf.clip_by_global_norm(tape.gradient(loss, model.trainable_variables), 0.5)
    optimizer.apply(gradients, model.trainable_variables)


def scaled(broken):
    model = net(dtype="mixed_float16")
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    optimizer.build(model.trainable_variables)
    with tf.GradientTape() as tape:
        loss = mse(Y, model(X, training=True)) * 1e-7
        loss = loss if broken else optimizer.scale_loss(loss)
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)


def lora(broken, over=None):
    """Low-rank updates, on top of weights that are integers with `over="int8"`."""
    model, optimizer = net(), keras.optimizers.SGD(0.1)
    for layer in model.layers:
        layer.enable_lora(2)
        if over is not None:
            layer.quantize(over)
    with tf.GradientTape() as tape:
        loss = mse(Y, through_numpy(model(X, training=True), broken))
    optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)


def mirrored(broken):
    """A step that a strategy runs in a thread for each replica."""
    strategy = tf.distribute.MirroredStrategy([f"cpu:{number}" for number in range(REPLICAS)])
    assert strategy.num_replicas_in_sync == REPLICAS
    with strategy.scope():
        model, optimizer = net(), keras.optimizers.SGD(0.1)
        optimizer.build(model.trainable_variables)

    def step(x, y):
        with tf.GradientTape() as tape:
            loss = mse(y, through_numpy(model(x, training=True), broken))
        optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)

    strategy.run(step, (tf.constant(X), tf.constant(Y)))


class Gan(keras.Model):
    """A generator and a critic that take turns."""

    def __init__(self, broken):
        super().__init__()
        self.generator, self.critic, self.broken = net(4, "generator"), net(1, "critic"), broken

    def compile(self):
        super().compile()
        self.optimizers = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)

    def train_step(self, data):
        noise = tf.random.normal(tf.shape(data))
        with tf.GradientTape() as tape:
            loss = ops.mean(self.critic(self.generator(noise))) - ops.mean(self.critic(data))
        weights = self.critic.trainable_variables
        self.optimizers[0].apply(tape.gradient(loss, weights), weights)
        with tf.GradientTape() as tape:
            made = self.generator(noise)
            seen = self.critic(tf.stop_gradient(made) if self.broken else made)  # broken
            loss = -ops.mean(seen)
        weights = self.generator.trainable_variables
        self.optimizers[1].apply(tape.gradient(loss, weights), weights)
        return {"loss": loss}


class Vae(keras.Model):
    """Mean and logarithm of the variance, a draw, and a decoder."""

    def __init__(self, broken):
        super().__init__()
        self.encoder, self.decoder, self.broken = net(4, "encoder"), keras.Sequential([layers.Dense(4)]), broken

    def train_step(self, data):
        with tf.GradientTape() as tape:
            mean, log = ops.split(self.encoder(data), 2, axis=-1)
            if self.broken:
                mean, log = ops.round(mean), ops.round(log)  # broken
            drawn = mean + ops.exp(0.5 * log) * tf.random.normal(tf.shape(mean))
            spread = -0.5 * ops.mean(1 + log - ops.square(mean) - ops.exp(log))
            loss = mse(data, self.decoder(drawn)) + spread
        self.optimizer.apply(tape.gradient(loss, self.trainable_variables), self.trainable_variables)
        return {"loss": loss}


class Distiller(keras.Model):
    """A student that follows a teacher, who is not trained."""

    def __init__(self, broken):
        super().__init__()
        self.student, self.teacher, self.broken = net(3, "student"), net(3, "teacher"), broken
        self.teacher.trainable = False

    def train_step(self, data):
        goal = ops.softmax(self.teacher(data, training=False))
        with tf.GradientTape() as tape:
            outputs = self.student(data, training=True)
            chosen = ops.softmax(outputs)
            if self.broken:
                chosen = ops.one_hot(ops.argmax(outputs, axis=-1), 3)  # broken
            loss = ops.mean(keras.losses.kl_divergence(goal, chosen))
        weights = self.student.trainable_variables
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"loss": loss}


class Contrastive(keras.Model):
    """Two noisy views of a row must be near each other."""

    def __init__(self, broken):
        super().__init__()
        self.encoder, self.broken = net(5, "encoder"), broken

    def train_step(self, data):
        with tf.GradientTape() as tape:
            views = [ops.normalize(self.encoder(data + tf.random.normal(tf.shape(data)))) for _ in range(2)]
            if self.broken:
                views = [tf.stop_gradient(view) for view in views]  # broken
            logits = ops.matmul(views[0], ops.transpose(views[1])) * 10.0
            loss = ops.mean(keras.losses.sparse_categorical_crossentropy(np.arange(8), logits, from_logits=True))
        weights = self.encoder.trainable_variables
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        return {"loss": loss}


def fitted(kind):
    def run(broken):
        model = kind(broken)
        model.compile(*(() if kind is Gan else ("sgd",)))
        model.fit(X, batch_size=8, epochs=1, verbose=0)

    return run


WAYS = {
    "tf.function": (lambda broken: function(broken), "stop-gradient"),
    "tf.function, compiled by XLA": (lambda broken: function(broken, jit_compile=True), "stop-gradient"),
    "gradient accumulation": (accumulated, "numpy"),
    "clipping": (clipped, "numpy"),
    "mixed precision with loss scaling": (scaled, "float16-underflow"),
    "LoRA": (lora, "numpy"),
    "LoRA over int8": (lambda broken: lora(broken, over="int8"), "numpy"),
    "MirroredStrategy": (mirrored, "numpy"),
    "GAN": (fitted(Gan), "stop-gradient"),
    "VAE": (fitted(Vae), "non-differentiable"),
    "distillation": (fitted(Distiller), "non-differentiable"),
    "contrastive": (fitted(Contrastive), "stop-gradient"),
}


@pytest.mark.parametrize("name", sampled(WAYS))
def test_a_sound_program_passes_in_silence(name):
    assert_sound_program_passes(WAYS[name][0])


@pytest.mark.parametrize("name", sampled(WAYS))
def test_of_a_broken_program_the_cause_and_its_line_are_told(name):
    run, kind = WAYS[name]
    assert_broken_program_is_told(run, kind)


@pytest.mark.skipif(REPLICAS > 1, reason="this is the run with replicas")
@pytest.mark.sampled(2)
@pytest.mark.parametrize("test", ["a_sound_program", "of_a_broken_program"])
def test_two_replicas_are_seen_as_one_is(test):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", __file__, "-k", f"test_{test} and MirroredStrategy"],
        env=os.environ | {"REPLICAS": "2", "EVERY_WAY": "true"},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1].startswith("1 passed")
