"""What TensorFlow itself does where `gradient_calls` says that a gradient ends, passes, or says nothing of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from lint_rules.semantics.knowledge import gradient_calls

Step = Callable[[Any, Any], Any]


def gradient(step: Step) -> Any:
    """The gradient of what a step makes of a variable; None where the tape has none."""
    tf = pytest.importorskip("tensorflow")
    x = tf.Variable([1.0, 3.0, 2.0])
    with tf.GradientTape() as tape:
        target = tf.reduce_sum(tf.cast(tf.convert_to_tensor(step(tf, x)), tf.float32))
    return tape.gradient(target, x)


ENDS: dict[str, Step] = {
    **{name: lambda tf, x, name=name: tf.cast(x, name) for name in ("int32", "uint8", "bool")},
    **{name: lambda tf, x, name=name: getattr(tf, name)(x) for name in sorted(gradient_calls.WHOLE)},
    **{name: lambda tf, x, name=name: getattr(tf, name)(x, 2.0) for name in sorted(gradient_calls.COMPARISONS)},
    **{name: lambda tf, x, name=name: {"float": float, "int": int, "bool": bool}[name](x[0])
       for name in sorted(gradient_calls.NUMBERS)},
    ".numpy()": lambda tf, x: x.numpy(),
    "math.sqrt": lambda tf, x: math.sqrt(x[0]),
    "tf.stop_gradient": lambda tf, x: tf.stop_gradient(x),
    "tf.numpy_function": lambda tf, x: tf.numpy_function(lambda v: v * 2, [x], tf.float32),
}  # fmt: skip
PASSES: dict[str, Step] = {
    "tf.py_function": lambda tf, x: tf.py_function(lambda v: v * 2, [x], tf.float32),
    "tf.custom_gradient": lambda tf, x: tf.custom_gradient(lambda v: (tf.constant(v.numpy()), lambda up: up))(x),
    "tf.gather by a whole number": lambda tf, x: tf.gather(x, tf.argmax(x)),
    "a weight that is a constant": lambda tf, x: x * x.numpy(),
    "tf.add": lambda tf, x: tf.add(x, x.numpy()),
    "tf.reduce_mean": lambda tf, x: tf.reduce_mean(x),
    "tf.cast to another float": lambda tf, x: tf.cast(x, tf.float64),
}
FORM: dict[str, Step] = {
    "tf.shape": lambda tf, x: tf.shape(x),
    "tf.size": lambda tf, x: tf.size(x),
    "tf.rank": lambda tf, x: tf.rank(x),
    "tf.zeros_like": lambda tf, x: tf.zeros_like(x),
    "tf.ones_like": lambda tf, x: tf.ones_like(x),
}


@pytest.mark.parametrize("name", [*ENDS, *FORM])
def test_no_gradient_passes(name: str) -> None:
    assert gradient((ENDS | FORM)[name]) is None


@pytest.mark.parametrize("name", list(PASSES))
def test_a_gradient_passes(name: str) -> None:
    assert gradient(PASSES[name]) is not None


@pytest.mark.parametrize("name", list(FORM))
def test_the_names_of_what_tells_the_form_are_known(name: str) -> None:
    assert name.partition(".")[2] in gradient_calls.FORM_CALLS
