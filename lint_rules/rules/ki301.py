"""# missing-training-true (KI301)

## What it does
Finds `model(x)` without `training=` under a `tf.GradientTape` whose gradients update that model's weights, or in what
torch's `loss.backward()` trains it by, and `model.stateless_call(trainable, non_trainable, x)` without it in what
`jax.value_and_grad` derives by those weights, where the model holds a layer that behaves differently in training.

## Why is this bad?
Outside `fit`, a call runs in inference mode. Dropout drops nothing and BatchNormalization neither uses the statistics
of the batch nor learns its moving averages: the model is trained without them, nothing fails, and it generalises worse.

## Example
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

Use instead:
```python
import keras
import tensorflow as tf

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)])
optimizer = keras.optimizers.Adam()


def train_step(x, y):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean((model(x, training=True) - y) ** 2)
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply_gradients(zip(gradients, model.trainable_variables))
```

## When not to
Gradients of the input (saliency, adversarial examples, gradient penalties) and target networks want inference mode; the
rule is silent there, where the gradients are not applied (influence, Fisher information), and where the call says
`training=` in any way. Where the code does not show every layer of the
model the finding is `info`; where it shows that none depends on the mode there is none. A frozen BatchNormalization
(`trainable = False`) runs in inference mode anyway and does not count.

## Fix safety
Unsafe: the model trains differently from before. Where `call` takes no `training`, it and what it runs in
the same module take the flag and pass it on; where a helper serves training and validation, it takes the flag, and only
the call that trains says True.

## References
- [Keras: writing a training loop from scratch](https://keras.io/guides/writing_a_custom_training_loop_in_tensorflow/)
- [Keras: BatchNormalization](https://keras.io/api/layers/normalization_layers/batch_normalization/)
"""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules.findings.diagnostics import Severity, TraceStep
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding, trace_of
from lint_rules.rules.training_passed import Handed, how_handed, train_in_training_mode
from lint_rules.semantics.models.layers import Part, Truth
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import (
    DirectCall,
    direct_calls,
    may_leave_the_mode,
    names_of,
    passes_training,
    sleeping_parts,
    stateless_calls,
    stateless_update,
    weight_update,
)
from lint_rules.semantics.queries.gradient_uses import GradientUse
from lint_rules.semantics.syntax.module_index import Module


def check(module: Module, project: Project) -> Iterator[Finding]:
    if "set_learning_phase" in module.calls:
        return  # Keras 2: the global flag decides the mode of every bare call
    for site in (*direct_calls(module, project, may_leave_the_mode), *stateless_calls(module, project)):
        if passes_training(site, project):
            continue
        use = weight_update(site, project) if not site.before else stateless_update(site, project)
        if use is None:
            continue
        sleeps, parts = sleeping_parts(site, project)
        if sleeps is Truth.TRUE:
            yield _proven(site, use, parts, project)
        elif sleeps is Truth.UNKNOWN:
            yield finding(
                "KI301",
                module,
                site.call,
                f"{site.text}(...) trains in inference mode. If the model holds Dropout or BatchNormalization, "
                "pass training=True.",
                certain=False,
                severity=Severity.INFO,
                trace=trace_of(use.path, use.frame, use.region),
            )


def _proven(site: DirectCall, use: GradientUse, parts: tuple[Part, ...], project: Project) -> Finding:
    held = names_of(parts)
    handed = how_handed(site, project)
    steps = tuple(
        TraceStep(part.origin.module.location(part.origin.node), f"{part.name} depends on the mode")
        for part in parts[:1]
        if part.origin is not None
    )
    return finding(
        "KI301",
        site.module,
        site.call,
        f"{site.text}(...) updates its weights in inference mode: {held} "
        f"{'does' if held in {part.name for part in parts} else 'do'} not train. {_instead(handed)}",
        certain=site.proven and not use.path.likely,
        trace=(*steps, *trace_of(use.path, use.frame, use.region)),
        fix=train_in_training_mode(site, handed, project, f"Pass training=True; {held} then trains, unlike before"),
    )


def _instead(handed: Handed) -> str:
    """What to write, where `training=True` at the call alone would not do."""
    taker, helper = handed.taker, handed.helper
    taken = f"Let {taker.owner.name}.call take training and pass it on" if taker is not None and taker.owner else ""
    if helper is None:
        return f"{taken}, and pass training=True here." if taken else "Pass training=True."
    shared = f"{helper.name}() serves inference too: let it take training, with True from the step that trains."
    return f"{taken}. {shared}" if taken else shared
