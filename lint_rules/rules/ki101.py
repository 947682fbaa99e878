"""# predict-breaks-gradient (KI101)

## What it does
Finds `predict` and `predict_on_batch` of a Keras model under a `tf.GradientTape`, in a function given to `jax.grad` or
`value_and_grad`, or before torch's `backward()`, where the value reaches what is differentiated.

## Why is this bad?
`predict` returns NumPy arrays. No gradient flows through them: the gradients are `None`
(`No gradients provided for any variable`), or, where other terms of the loss are differentiable, a part of the gradient
is silently missing and the model trains on the rest.

## Example
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model.predict(x) - y) ** 2)
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
A target network that is evaluated under the tape is a constant there, and no gradient is lost: that is
KI104 (`predict-under-tape`). So is a value that only metrics or logs use, or that goes through `tf.stop_gradient`.

## Fix safety
Unsafe: the call becomes `model(x, training=True)` where the gradient is taken of the model's weights, and
`model(x, training=False)` where it is taken of the input, or passes through a frozen model. Both return tensors where
NumPy arrays were.

## References
- [TensorFlow: introduction to gradients and automatic differentiation](https://www.tensorflow.org/guide/autodiff)
- [Keras: writing a training loop from scratch](https://keras.io/guides/writing_a_custom_training_loop_in_tensorflow/)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix
from lint_rules.rules import words
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding, trace_of
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.calls.contexts import RegionKind
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites, differentiated_sites, gradient_uses
from lint_rules.semantics.queries.gradient_uses import Effect, Sources
from lint_rules.semantics.syntax.module_index import Module

# evaluate() and test_on_batch() return Python floats: nobody differentiates them by mistake for a model's output.
_INSTEAD = {
    Sources.WEIGHTS: "model(x, training=True)",
    Sources.INPUT: "model(x, training=False)",
    Sources.UPSTREAM: "model(x, training=False)",
    Sources.UNKNOWN: "model(x, training=True) for gradients of its weights, model(x, training=False) for its input",
}
_LOST = {
    Sources.WEIGHTS: "no gradient reaches this model's weights from here",
    Sources.INPUT: "no gradient reaches the input through it",
    Sources.UPSTREAM: "no gradient passes through it to the model that made its input",
    Sources.UNKNOWN: "no gradient flows through it",
}


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in (*call_sites(module, project), *differentiated_sites(module, project)):
        if site.method not in words.UNDER_TAPE:
            continue
        use = next(iter(gradient_uses(site, project)), None)
        if use is None or use.effect is not Effect.BREAKS:
            continue
        from lint_rules.semantics.queries.model_origin import is_frozen

        sources = use.sources
        if sources in (Sources.WEIGHTS, Sources.UNKNOWN) and is_frozen(site, project):
            # Weights that do not train: what the gradient must reach is what the input was made of.
            sources = Sources.UPSTREAM
        where = "under a GradientTape" if use.region.kind is RegionKind.TAPE else f"inside {use.region.label}"
        yield finding(
            "KI101",
            module,
            site.call,
            f"{site.method}() {where} returns NumPy values: {_LOST[sources]} (None, or a term silently missing). "
            f"Call the model: {_INSTEAD[sources]}.",
            certain=site.proven and not use.path.likely,
            trace=trace_of(use.path, use.frame, use.region),
            fix=_fix(site, sources),
        )


def _fix(site: CallSite, sources: Sources) -> Callable[[], Fix | None] | None:
    """The direct call, where the code shows what the gradient is taken of."""
    if sources is Sources.UNKNOWN:
        return None
    training = "True" if sources is Sources.WEIGHTS else "False"

    def direct_call() -> Rewrite:
        from lint_rules.fixes.calls.to_direct_call import to_direct_call

        return partial(to_direct_call, training=training)

    message = f"Call the model with training={training}; the result is a tensor where a NumPy array was"
    return offer(site.module, site.call, direct_call, message)
