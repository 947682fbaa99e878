"""# numpy-breaks-gradient (KI103)

## What it does
Finds terms of what a `tf.GradientTape` differentiates that depend on the sources of the gradient only through NumPy or
through whole numbers: `.numpy()`, `np.…`, `float()`, `tf.argmax`, a comparison, a cast to int.

## Why is this bad?
No gradient flows through any of them. If the whole target is made that way the gradients are `None`
(`No gradients provided for any variable`); if it is one term of a sum, that term changes the loss that is printed and
nothing else: the model trains on the rest.

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
Unsafe: `.numpy()` and `float()` are left out, and NumPy functions become their TensorFlow twins (`tf.reduce_mean` for
`np.mean`), so tensors appear where NumPy values were. For `argmax` and comparisons the loss itself must be another.

## References
- [TensorFlow: introduction to gradients, getting a gradient of None](https://www.tensorflow.org/guide/autodiff)
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix, TraceStep
from lint_rules.rules.base import Finding, Rule
from lint_rules.rules.report import finding, region_step
from lint_rules.rules.rewrite import Rewrite, first_of, offer
from lint_rules.semantics.calls.contexts import contexts_of
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.gradient_breaks import breaks
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test


def check(module: Module, project: Project) -> Iterator[Finding]:
    for broken in breaks(contexts_of(project), module):
        if is_test(module, broken.node):
            continue
        lost = (
            "every gradient is None"
            if broken.whole
            else "this term of the loss is a constant, and its part of the gradient is silently missing"
        )
        calls = (
            TraceStep(caller.location(node), f"{function.name}() is run here: {caller.source(node)}")
            for function, caller, node in broken.calls()
        )
        yield finding(
            "KI103",
            module,
            broken.node,
            f"{broken.left.what} carries no gradient: {lost}. Stay in tensors: {broken.left.instead}.",
            trace=(
                *calls,
                TraceStep(broken.module.location(broken.target), "differentiated here"),
                region_step(broken.region),
            ),
            fix=_fix(module, broken.node),
        )


def _fix(module: Module, node: ast.expr) -> Callable[[], Fix | None]:
    """The value itself instead of `.numpy()` and `float()`, TensorFlow's twin of a NumPy function."""
    bare = "Leave the conversion out; the value stays a tensor"
    return first_of(
        offer(module, node, _without_numpy, bare),
        offer(module, node, _without_float, bare),
        offer(module, node, _twin, "Call TensorFlow's function; the result is a tensor where a NumPy array was"),
    )


def _without_numpy() -> Rewrite:
    from lint_rules.fixes.calls.drop_numpy import drop_numpy

    return drop_numpy


def _without_float() -> Rewrite:
    from lint_rules.fixes.calls.drop_numpy import unwrap

    return partial(unwrap, names=("float",))


def _twin() -> Rewrite:
    from lint_rules.fixes.calls.tensor_twin import to_tensor_function

    return to_tensor_function


RULE = Rule("KI103", __doc__, check, frozenset({"GradientTape"}), spares_tests=True)
