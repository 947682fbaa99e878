"""# training-not-forwarded (KI305)

## What it does
Finds a `call(self, x, training=None)` of a layer or model that holds layers depending on the mode and never uses
`training`.

## Why is this bad?
On JAX the layers inside run in inference mode while `fit` trains: Dropout drops nothing and BatchNormalization learns
no averages. On TensorFlow and torch Keras carries the flag along in its call context, so there the finding is `info`:
the code works by an accident that its signature hides.

## Example
```python
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras


class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(32)
        self.norm = keras.layers.BatchNormalization()

    def call(self, x, training=None):
        return self.norm(self.dense(x))
```

Use instead:
```python
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras


class Block(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(32)
        self.norm = keras.layers.BatchNormalization()

    def call(self, x, training=None):
        return self.norm(self.dense(x), training=training)
```

## When not to
A subclass of a mode-dependent layer that fixes its mode on purpose (`class MCDropout(Dropout)`) does not pass the flag
on, and the rule is silent there, where the code says `del training`, and in tests.

## Fix safety
Unsafe: on JAX the model trains differently from before. Methods of the class that `call` runs, and
layers of the same module, take the flag too where they lack it; where a subclass has such a method of its own, or a
layer is of another module, there is no fix.

## References
- [Keras: making new layers and models via subclassing](https://keras.io/guides/making_new_layers_and_models_via_subclassing/)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.findings.diagnostics import Severity, TraceStep
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.training_passed import pass_training_on
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import Instance
from lint_rules.semantics.knowledge.keras_layers import Mode, layer_facts
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.project.backend import backend_of
from lint_rules.semantics.project.keras_version import is_keras_3
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import names_of
from lint_rules.semantics.syntax.module_index import Function, Module
from lint_rules.semantics.syntax.testcode import is_test


def check(module: Module, project: Project) -> Iterator[Finding]:
    if not is_keras_3(project, module):
        return  # Keras 2 runs on TensorFlow alone
    inference = inference_of(project)
    for cls in module.classes.values():
        call = cls.methods.get("call")
        if call is None or not _ignores_training(call) or is_test(module, cls.node):
            continue
        if not inference.is_model_class(cls) and not inference.is_layer_class(cls):
            continue
        if any(_depends(name) for name in inference.external_bases(cls)):
            continue
        parts = compositions_of(project).of_call(call, Instance(cls)).sleeping
        if not parts:
            continue
        jax = backend_of(project, module) == "jax"
        held = names_of(parts)
        first = parts[0].origin
        yield finding(
            "KI305",
            module,
            call.node if isinstance(call.node, ast.stmt) else call.node.body,
            f"{cls.name}.call takes training and does not pass it on: on JAX {held} never "
            f"{'train' if ' and ' in held else 'trains'}. Write layer(x, training=training).",
            severity=Severity.WARNING if jax else Severity.INFO,
            trace=(TraceStep(first.module.location(first.node), f"{parts[0].name} depends on the mode"),)
            if first
            else (),
            header=True,
            fix=pass_training_on(call, project, "Pass training on; on JAX the layers then train, unlike before"),
        )


def _ignores_training(call: Function) -> bool:
    """Whether a `call` names `training` and neither reads nor deletes it."""
    arguments = call.node.args
    named = [*call.parameters, *arguments.kwonlyargs]
    if not any(parameter.arg == "training" for parameter in named):
        return False
    return not any(
        isinstance(node, ast.Name) and node.id == "training" and isinstance(node.ctx, ast.Load | ast.Del)
        for node in ast.walk(call.node)
    )


def _depends(base: str) -> bool:
    facts = layer_facts(base.rpartition(".")[2])
    return facts is not None and facts.mode in (Mode.ALWAYS, Mode.SWITCHED)
