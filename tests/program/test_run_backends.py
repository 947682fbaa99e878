"""`keras-inference run` on JAX, on torch and with tf_keras: what is seen there of calls, modes and gradients."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytestmark = pytest.mark.sampled(3)

START = """
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    x = np.random.rand(12, 3).astype("float32")
    model.fit(x, x[:, :2], epochs=1, verbose=0)
    for row in x:
        model.predict(row[None], verbose=0)
"""


def seen(programs, backend: str, rest: str, start: str = START) -> dict[str, Any]:
    """What a program on a backend was seen to do; its output is the same as without the watch."""
    programs.environment["KERAS_BACKEND"] = backend
    programs.write("train.py", f"{start}{rest}\n    print('trained')\n")
    ended = programs.watched("--json", "seen.json", "train.py")
    assert (ended.out, ended.code) == (b"trained\n", 0), ended.err
    data: dict[str, Any] = json.loads((programs.folder / "seen.json").read_text())
    assert data["trouble"] == []
    return data


def codes(data: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Rule, row and number of calls of everything that was found, by row."""
    found = [
        (finding["code"], observation["location"]["row"], observation["calls"])
        for observation in data["observations"]
        for finding in observation["findings"]
    ]
    return sorted(found, key=lambda each: each[1])


def broken(data: dict[str, Any]) -> list[tuple[str, list[str], int]]:
    """Status, variables and row of the gradients that were told."""
    return [(one["status"], one["variables"], one["where"]["line"]) for one in data["gradients"]]


@pytest.mark.backend("jax")
def test_jax(programs) -> None:
    rest = """
    import jax

    optimizer = keras.optimizers.SGD()

    def loss(trainable, rest):
        outputs, _ = model.stateless_call(trainable, rest, x, training=True)
        return (outputs * 0).mean()

    values = [v.value for v in model.trainable_variables], [v.value for v in model.non_trainable_variables]
    gradients = jax.grad(loss)(*values)
    for _ in range(4):
        optimizer.apply(gradients, model.trainable_variables)
    model(x, training=True)
    """
    data = seen(programs, "jax", rest)
    assert (data["backend"], codes(data)) == ("jax", [("KI201", 10, 12), ("KI306", 24, 1)])
    assert [(status, len(paths), row) for status, paths, row in broken(data)] == [("zero", 4, 23)]


@pytest.mark.backend("torch")
def test_torch(programs) -> None:
    rest = """
    import torch

    optimizer = keras.optimizers.SGD()
    unused = keras.Variable(1.0, name="unused")
    for _ in range(3):
        model.zero_grad()
        model(x, training=True).mean().backward()
        variables = [*model.trainable_variables, unused]
        optimizer.apply([variable.value.grad for variable in variables], variables)
    with torch.no_grad():
        model(x, training=True)
    """
    data = seen(programs, "torch", rest)
    assert (data["backend"], codes(data)) == ("torch", [("KI201", 10, 12), ("KI306", 22, 1)])
    assert broken(data) == [("none", ["unused"], 20)]


@pytest.mark.backend("torch")
def test_torch_draws_with_gradients_switched_on(programs) -> None:
    """No tape says whether a gradient will be taken of a call: that none was says it."""
    rest = """
    for _ in range(3):
        model(x, training=True).mean().backward()
    for _ in range(2):
        model(x, training=True)
    """
    data = seen(programs, "torch", rest)
    assert codes(data) == [("KI201", 10, 12), ("KI306", 15, 2)]


def test_tf_keras(programs) -> None:
    pytest.importorskip("tf_keras")
    rest = """
    import tensorflow as tf

    optimizer = keras.optimizers.SGD()
    with tf.GradientTape() as tape:
        loss = tf.constant(model(x).numpy().mean())
    gradients = tape.gradient(loss, model.trainable_variables)
    try:
        optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    except ValueError as error:
        assert "No gradients provided for any variable" in str(error)
    """
    data = seen(programs, "tensorflow", rest, START.replace("import keras", "import tf_keras as keras"))
    assert codes(data) == [("KI201", 10, 12)]
    assert [(status, len(paths), row) for status, paths, row in broken(data)] == [("none", 4, 19)]
