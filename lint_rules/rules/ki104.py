"""# predict-under-tape (KI104)

## What it does
Finds `predict` that runs while a `tf.GradientTape` records although its value is a constant for the gradient: a DQN
target computed under the tape, a prediction that only a metric or a log uses.

## Why is this bad?
Nothing is lost, but the tape records what it never needs, the reader has to prove that the gradient is unharmed, and
the first edit that moves the value into the loss breaks it silently.

## Example
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])
target_model = keras.models.clone_model(model)


def update(states, next_states, rewards):
    with tf.GradientTape() as tape:
        target = rewards + 0.99 * target_model.predict(next_states).max(axis=1)
        loss = tf.reduce_mean((target - tf.reduce_max(model(states, training=True), axis=1)) ** 2)
    return tape.gradient(loss, model.trainable_variables)
```

Use instead:
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])
target_model = keras.models.clone_model(model)


def update(states, next_states, rewards):
    target = rewards + 0.99 * target_model.predict_on_batch(next_states).max(axis=1)
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((target - tf.reduce_max(model(states, training=True), axis=1)) ** 2)
    return tape.gradient(loss, model.trainable_variables)
```

## Fix safety
Unsafe: the statement moves above the `with`, before whatever the block did first.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding, trace_of
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.knowledge.model_methods import LOOP_FAMILY
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites, gradient_uses
from lint_rules.semantics.queries.gradient_uses import Effect, GradientUse
from lint_rules.semantics.syntax.module_index import Module


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        if site.method not in LOOP_FAMILY:
            continue
        use = next(iter(gradient_uses(site, project)), None)
        if use is None or use.effect is not Effect.OFF_PATH:
            continue
        yield finding(
            "KI104",
            module,
            site.call,
            f"{site.method}() runs while the tape records, but its value is a constant for the gradient. "
            "Predict before the with block.",
            certain=site.proven and not use.path.likely,
            trace=trace_of(use.path, use.frame, use.region),
            fix=_fix(site, use),
        )


def _fix(site: CallSite, use: GradientUse) -> Callable[[], Fix | None] | None:
    """The move above the tape, where the tape is opened in the function that holds the call."""
    if use.frame or not isinstance(use.region.node, ast.With):
        return None
    row = use.region.node.lineno

    def above_tape() -> Rewrite:
        from lint_rules.fixes.loops.hoist import hoist

        return partial(hoist, above_row=row)

    message = "Predict before the tape opens; it then runs before what the block did first"
    return offer(site.module, site.call, above_tape, message)
