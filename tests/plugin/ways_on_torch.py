"""`gradient_check.watch()` around the ways in which people train on torch: each sound, and broken in one place.

Started by test_other_backends.py.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import torch
from keras import layers, ops

sys.path.insert(0, str(Path(__file__).parent))

from ways import assert_broken_program_is_told, assert_sound_program_passes, sampled

RNG = np.random.default_rng(1)
X = torch.tensor(RNG.normal(size=(8, 4)).astype("float32"))
Y = torch.tensor(RNG.normal(size=(8, 1)).astype("float32"))


def net(units=1, name="net", **kwargs):
    keras.utils.set_random_seed(3)
    hidden = layers.Dense(6, activation="tanh", name=f"{name}_hidden", **kwargs)
    return keras.Sequential([keras.Input((4,)), hidden, layers.Dense(units, name=f"{name}_out", **kwargs)], name=name)


def mse(y, outputs):
    return torch.mean((outputs.float() - y) ** 2)


def through_numpy(tensor, broken):
    """What breaks a step: a value that leaves torch in the middle of a loss."""
    return torch.tensor(tensor.detach().numpy(), requires_grad=True) if broken else tensor  # broken


def eager(broken):
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(2):
        optimizer.zero_grad()
        mse(Y, through_numpy(model(X, training=True), broken)).backward()
        optimizer.step()


def accumulated(broken):
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for part in range(0, 8, 4):
        outputs = model(X[part : part + 4], training=True)
        loss = mse(Y[part : part + 4], outputs.detach().requires_grad_() if broken else outputs)  # broken
        (loss / 2).backward()
    optimizer.step()


def clipped(broken):
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    outputs = torch.round(model(X, training=True)) if broken else model(X, training=True)  # broken
    mse(Y, outputs).backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()


def scaled(broken):
    model = net(dtype="mixed_float16")
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.1))
    optimizer.build(model.trainable_variables)
    loss = mse(Y, model(X, training=True)) * 1e-7
    (loss if broken else optimizer.scale_loss(loss)).backward()
    optimizer.apply([variable.value.grad for variable in model.trainable_variables], model.trainable_variables)


def autocast(broken):
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with torch.autocast("cpu", torch.bfloat16):
        outputs = model(X, training=True)
        loss = mse(Y, outputs.detach().requires_grad_() if broken else outputs)  # broken
    loss.backward()
    optimizer.step()


def autocast_to_float16(broken):
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with torch.autocast("cpu", torch.float16):
        loss = mse(Y, model(X, training=True)) * 1e-8
    (loss if broken else loss * 2.0**16).backward()
    optimizer.step()


def lora(broken):
    model = net()
    for layer in model.layers:
        layer.enable_lora(2)
    optimizer = torch.optim.SGD([variable.value for variable in model.trainable_variables], 0.1)
    mse(Y, through_numpy(model(X, training=True), broken)).backward()
    optimizer.step()


def quantised(broken):
    """Low-rank updates of a layer whose own weights are integers."""
    model = net()
    for layer in model.layers:
        layer.enable_lora(2)
        layer.quantize("int8")
    optimizer = torch.optim.SGD([variable.value for variable in model.trainable_variables], 0.1)
    mse(Y, through_numpy(model(X, training=True), broken)).backward()
    optimizer.step()


def compiled(broken):
    """A step that torch compiles."""
    model = net()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    run = torch.compile(model)

    @torch.compile
    def step(x, y):
        outputs = run(x, training=True)
        loss = mse(y, torch.round(outputs) if broken else outputs)  # broken
        loss.backward()
        return loss

    step(X, Y)
    optimizer.step()


@contextlib.contextmanager
def group(rank, count, file):
    torch.distributed.init_process_group("gloo", init_method=f"file://{file}", rank=rank, world_size=count)
    try:
        yield
    finally:
        torch.distributed.destroy_process_group()


def parallel(broken):
    """A step of DistributedDataParallel in the group that is there."""
    model = net()
    both = torch.nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(both.parameters(), 0.1)
    outputs = both(X)
    mse(Y, torch.round(outputs) if broken else outputs).backward()  # broken
    optimizer.step()


class Gan(keras.Model):
    """A generator and a critic that take turns."""

    def __init__(self, broken):
        super().__init__()
        self.generator, self.critic, self.broken = net(4, "generator"), net(1, "critic"), broken
        self.optimizers = keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1)
        self.built = True

    def train_step(self, data):
        (data,) = data if isinstance(data, tuple) else (data,)
        noise = torch.randn(data.shape)
        loss = torch.mean(self.critic(self.generator(noise).detach()) ** 2) - torch.mean(self.critic(data))
        self.apply(loss, self.critic, self.optimizers[0])
        made = self.generator(noise)
        loss = -torch.mean(self.critic(made.detach() if self.broken else made))  # broken
        self.apply(loss, self.generator, self.optimizers[1])
        return {"loss": loss}

    def apply(self, loss, player, optimizer):
        self.zero_grad()
        loss.backward()
        weights = player.trainable_weights
        with torch.no_grad():
            optimizer.apply([weight.value.grad for weight in weights], weights)


class Vae(keras.Model):
    """Mean and logarithm of the variance, a draw, and a decoder; trained by `fit`."""

    def __init__(self, broken):
        super().__init__()
        self.encoder, self.decoder, self.broken = net(4, "encoder"), keras.Sequential([layers.Dense(4)]), broken

    def call(self, data, training=False):
        mean, log = ops.split(self.encoder(data), 2, axis=-1)
        if self.broken:
            mean, log = ops.round(mean), ops.round(log)  # broken
        return self.decoder(mean + ops.exp(0.5 * log) * keras.random.normal(ops.shape(mean)))


class Distiller(keras.Model):
    """A student that follows a teacher, who is not trained."""

    def __init__(self, broken):
        super().__init__()
        self.student, self.teacher, self.broken = net(3, "student"), net(3, "teacher"), broken
        self.teacher.trainable = False
        self.built = True

    def train_step(self, data):
        x, _ = data
        self.zero_grad()
        goal = ops.softmax(self.teacher(x, training=False))
        outputs = self.student(x, training=True)
        found = ops.round(ops.softmax(outputs)) if self.broken else ops.softmax(outputs)  # broken
        loss = ops.mean(keras.losses.kl_divergence(goal, found))
        loss.backward()
        weights = self.student.trainable_weights
        with torch.no_grad():
            self.optimizer.apply([weight.value.grad for weight in weights], weights)
        return {"loss": loss}


class Contrastive(keras.Model):
    """Two noisy views of a row must be near each other."""

    def __init__(self, broken):
        super().__init__()
        self.encoder, self.broken = net(5, "encoder"), broken

    def call(self, data, training=False):
        return [ops.normalize(self.encoder(data + torch.randn(data.shape))) for _ in range(2)]

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        first, second = y_pred
        if self.broken:
            first, second = first.detach().requires_grad_(), second.detach().requires_grad_()  # broken
        logits = ops.matmul(first, ops.transpose(second)) * 10.0
        return ops.mean(keras.losses.sparse_categorical_crossentropy(np.arange(8), logits, from_logits=True))


def fitted(kind, *targets):
    def run(broken):
        model = kind(broken)
        model.compile("sgd", "mse" if kind in (Vae, Contrastive) else None)
        model.fit(X, *targets, batch_size=8, epochs=2, verbose=0)

    return run


WAYS = {
    "eager": (eager, "numpy"),
    "gradient accumulation": (accumulated, "detached"),
    "clipping": (clipped, "non-differentiable"),
    "mixed precision with loss scaling": (scaled, "float16-underflow"),
    "autocast to bfloat16": (autocast, "detached"),
    "autocast to float16": (autocast_to_float16, "float16-underflow"),
    "LoRA": (lora, "numpy"),
    "torch.compile": (compiled, "non-differentiable"),
    "LoRA over int8": (quantised, "numpy"),
    "fit: GAN": (fitted(Gan), "detached"),
    "fit: VAE": (fitted(Vae, X), "non-differentiable"),
    "fit: distillation": (fitted(Distiller, Y), "non-differentiable"),
    "fit: contrastive": (fitted(Contrastive, Y), "detached"),
}


@pytest.mark.parametrize("name", sampled(WAYS))
def test_a_sound_program_passes_in_silence(name):
    assert_sound_program_passes(WAYS[name][0])


@pytest.mark.parametrize("name", sampled(WAYS))
def test_of_a_broken_program_the_cause_and_its_line_are_told(name):
    run, kind = WAYS[name]
    assert_broken_program_is_told(run, kind)


def one_of_several(rank, count, file):
    """What each process of a group runs."""
    with group(rank, count, file):
        assert_sound_program_passes(parallel)
        assert_broken_program_is_told(parallel, "non-differentiable")


def test_distributed_data_parallel_in_one_process(tmp_path):
    one_of_several(0, 1, tmp_path / "group")


def test_distributed_data_parallel_in_two_processes(tmp_path):
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    children = [context.Process(target=one_of_several, args=(rank, 2, tmp_path / "group")) for rank in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
    assert [child.exitcode for child in children] == [0, 0]
