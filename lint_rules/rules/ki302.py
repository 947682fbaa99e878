"""# missing-training-false (KI302)

## What it does
Finds an inference call `model(x)` without `training=` of a model that holds a layer whose `call` defaults to
`training=True`: Keras's augmentation layers do, and so do `Resizing`, `CenterCrop` and a few others in Keras 3.

## Why is this bad?
Outside `fit`, `model(x)` runs in inference mode, except for these layers: `RandomFlip`, `RandomRotation` and their kin
augment the input, and two calls give two results. `predict` and `model(x, training=False)` do not. In Keras 3 the
default spreads: a `BatchNormalization` behind a mere `Resizing` runs in training mode as well, normalises with the
statistics of the batch, and moves its averages with every call.

## Example
```python
import keras

model = keras.Sequential(
    [
        keras.layers.Input((32, 32, 3)),
        keras.layers.RandomFlip("horizontal"),
        keras.layers.Conv2D(8, 3),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(1),
    ]
)


def score(image):
    return float(model(image[None])[0, 0])
```

Use instead:
```python
import keras

model = keras.Sequential(
    [
        keras.layers.Input((32, 32, 3)),
        keras.layers.RandomFlip("horizontal"),
        keras.layers.Conv2D(8, 3),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(1),
    ]
)


def score(image):
    return float(model(image[None], training=False)[0, 0])
```

## When not to
A pipeline of nothing but preprocessing and augmentation layers is called bare on purpose: that is how one augments. The
rule is silent there, under a tape that updates the model's weights (that is KI301), inside `call` and `train_step`, and
where a functional model is built. It is silent as well where nobody looks at the outputs: a call that builds the model,
or prints their shape.

## Fix safety
Unsafe: the outputs are those of `predict` and no longer random, which a program that draws samples may rely on.

## References
- [Keras: preprocessing layers](https://keras.io/guides/preprocessing_layers/)
- [What Keras really does: modes](https://keras.io/api/layers/preprocessing_layers/image_augmentation/)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lint_rules.findings.diagnostics import Fix, TraceStep
from lint_rules.rules.base import Finding
from lint_rules.rules.mode_flags import say_training
from lint_rules.rules.report import finding
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.models.layers import Part
from lint_rules.semantics.models.symbolic import is_symbolic
from lint_rules.semantics.project.keras_version import is_keras_3
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import (
    DirectCall,
    direct_calls,
    in_keras_method,
    is_unused,
    is_unused_by_callers,
    may_leave_the_mode,
    names_of,
    passes_training,
    trains_weights,
)
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in direct_calls(
        module,
        project,
        lambda call: may_leave_the_mode(call) and not is_test(module, call) and not is_unused(module, call),
    ):
        if passes_training(site, project) or in_keras_method(site, project) or is_unused_by_callers(site, project):
            continue
        awake, message = _awake(site, project)
        if not awake or trains_weights(site, project):
            continue
        if any(is_symbolic(module, argument, project) for argument in site.call.args[:1]):
            continue
        steps = tuple(
            TraceStep(part.origin.module.location(part.origin.node), _defaults(part))
            for part in awake[:1]
            if part.origin is not None
        )
        yield finding("KI302", module, site.call, message, certain=site.proven, trace=steps, fix=_fix(site, project))


def _defaults(part: Part) -> str:
    """What has the default that runs a layer in training mode: the layer itself, or what holds it."""
    if part.waker:
        return f"{part.waker}, which holds this {part.name}, defaults to training=True"
    return f"{part.name} defaults to training=True"


def _fix(site: DirectCall, project: Project) -> Callable[[], Fix | None]:
    message = "Pass training=False, as predict() does; the outputs are no longer random"
    return say_training(site, project, "False", message)


def _awake(site: DirectCall, project: Project) -> tuple[tuple[Part, ...], str]:
    """The layers of the model that a bare call runs in training mode, and what to say of them."""
    for model in site.models:
        composition = compositions_of(project).of(model)
        if composition.only_data:
            continue
        if composition.awake_bare:
            held = names_of(composition.awake_bare)
            return composition.awake_bare, (
                f"{site.text}(...) without training= runs {held} in training mode: the outputs are not those "
                "of predict(), and change from call to call. Pass training=False."
            )
        if composition.woken and is_keras_3(project, site.module):
            waking, woken = composition.woken[0]
            return (waking,), (
                f"{site.text}(...) without training= runs {woken.name} in training mode, because {waking.name} before "
                "it defaults to training=True. Pass training=False."
            )
    return (), ""
