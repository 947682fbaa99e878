"""# numpy-breaks-gradient (KI103)

## What it does
Finds terms of what a `tf.GradientTape` differentiates that depend on the sources of the gradient only through NumPy or
through whole numbers: `.numpy()`, `np.…`, `float()`, `tf.argmax`, a comparison, a cast to int. The loss is followed
into the functions, methods and modules that compute it. The same holds for functions that `jax.grad` and
`jax.value_and_grad` differentiate, and for what torch's `loss.backward()` and `torch.autograd.grad` start from.

## Why is this bad?
No gradient flows through any of them. If the whole target is made that way the gradients are `None`
(`No gradients provided for any variable`); if it is one term of a sum, that term changes the loss that is printed and
nothing else: the model trains on the rest. JAX raises `TracerArrayConversionError` for NumPy and `float()`, and gives
zeros for `argmax`.

## Example
```python
import keras
import numpy as np
import tensorflow as tf

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = np.mean((model(x, training=True) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

Use instead:
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## When not to
Values that only weight or index a differentiable term are constants on purpose (an advantage, the index of an action,
a mask), and so is what goes through `tf.stop_gradient`. Metrics and logs do not reach the target.

## Fix safety
Unsafe: `.numpy()` and `float()` are left out, and NumPy functions become their twins, those of TensorFlow under a tape
(`tf.reduce_mean` for `np.mean`) and those of `keras.ops` on JAX and torch, so tensors appear where NumPy values were.
The same holds in a helper, whose other callers get tensors too. Methods called on the value follow
(`tf.reduce_mean(tf.abs(x))` for `np.abs(x).mean()`); where tensors have no such method there is no fix. For `argmax`
and comparisons the loss itself must be another.

## References
- [TensorFlow: introduction to gradients, getting a gradient of None](https://www.tensorflow.org/guide/autodiff)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix, TraceStep
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding, region_step
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.calls.contexts import RegionKind, contexts_of
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.gradient_breaks import Break, breaks
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test


def check(module: Module, project: Project) -> Iterator[Finding]:
    for broken in breaks(contexts_of(project), module):
        if is_test(module, broken.node):
            continue
        calls = (
            TraceStep(caller.location(node), f"{function.name}() is run here: {caller.source(node)}")
            for function, caller, node in broken.calls()
        )
        yield finding(
            "KI103",
            module,
            broken.node,
            f"{broken.left.what} carries no gradient: {_lost(broken)}. Stay in tensors: {broken.left.instead}.",
            trace=(
                *calls,
                TraceStep(broken.module.location(broken.target), "differentiated here"),
                region_step(broken.region),
            ),
            fix=_fix(module, broken),
        )


def _lost(broken: Break) -> str:
    """What comes of it, in the words of what differentiates."""
    label = broken.region.label
    if label.startswith("jax."):
        if broken.left.to_python:
            return f"{label} traces this code, and a traced value cannot leave jax (TracerArrayConversionError)"
        return "its derivative is zero wherever there is one"
    if not broken.whole:
        return "this term of the loss is a constant, and its part of the gradient is silently missing"
    if label == "backward()" or label.startswith("torch."):
        return f"{label} finds nothing to differentiate"
    return "every gradient is None"


def _fix(module: Module, broken: Break) -> Callable[[], Fix | None]:
    """A tensor where a NumPy value was, and what the code does to it with the functions for tensors."""
    backend = "tensorflow" if broken.region.kind is RegionKind.TAPE else "keras"
    message = "Stay in tensors; the value is a tensor where a NumPy value was, also for other callers"
    return offer(module, broken.node, lambda: _tensors(backend), message)


def _tensors(backend: str) -> Rewrite:
    from lint_rules.fixes.calls.tensor_twin import stay_in_tensors

    return partial(stay_in_tensors, backend=backend)
