"""# subclass-call-without-training (KI304)

## What it does
Finds a subclass of `keras.Model` that is trained with `fit`, holds layers that depend on the mode, and whose `call`
takes no `training` argument (`**kwargs` is none either). Keras 3; Keras 2 trained such models.

## Why is this bad?
Keras 3 passes `training=True` only to a `call` that names it. `fit` then runs the whole model in inference mode:
Dropout drops nothing, BatchNormalization never learns its averages, on every backend, and nothing says so. With an
augmentation layer inside, whose own default is `training=True`, `predict` becomes random on top.

## Example
```python
import keras


class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(64, activation="relu")
        self.dropout = keras.layers.Dropout(0.5)
        self.head = keras.layers.Dense(10)

    def call(self, x):
        return self.head(self.dropout(self.hidden(x)))


def train(x, y):
    model = Classifier()
    model.compile(optimizer="adam", loss="mse")
    model.fit(x, y)
    return model
```

Use instead:
```python
import keras


class Classifier(keras.Model):
    def __init__(self):
        super().__init__()
        self.hidden = keras.layers.Dense(64, activation="relu")
        self.dropout = keras.layers.Dropout(0.5)
        self.head = keras.layers.Dense(10)

    def call(self, x, training=None):
        return self.head(self.dropout(self.hidden(x), training=training))


def train(x, y):
    model = Classifier()
    model.compile(optimizer="adam", loss="mse")
    model.fit(x, y)
    return model
```

## When not to
A `Layer` inside a model gets its mode from the model, a custom `train_step` passes it itself, and a model that the code
trains in a loop of its own is called with `training=True` there (that is KI301): the rule is silent on them, on layers
that `call` runs in a fixed mode, and on Keras 2.

## Fix safety
Unsafe: the model trains differently from before. Methods of the class that `call` runs, and
layers of the same module, take the flag too where they lack it; where a subclass has such a method of its own, or a
layer is of another module, there is no fix.

## References
- [Keras: making new layers and models via subclassing](https://keras.io/guides/making_new_layers_and_models_via_subclassing/)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.findings.diagnostics import TraceStep
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.training_passed import pass_training_on
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import Instance
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.models.fitted_models import is_fitted
from lint_rules.semantics.project.keras_version import is_keras_3
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import names_of
from lint_rules.semantics.syntax.module_index import Class, Function, Module
from lint_rules.semantics.syntax.testcode import is_test

# A class that runs its own training or its own call decides the mode itself.
_OWN = ("train_step", "fit", "__call__", "train_on_batch")


def check(module: Module, project: Project) -> Iterator[Finding]:
    for cls in module.classes.values():
        call = cls.methods.get("call")
        if call is None or takes_training(call) or not isinstance(call.node, ast.FunctionDef):
            continue
        inference = inference_of(project)
        if not inference.is_model_class(cls) or not is_keras_3(project, module) or is_test(module, cls.node):
            continue
        if any(inference.method(cls, name) is not None for name in _OWN):
            continue
        composition = compositions_of(project).of_call(call, Instance(cls))
        if not composition.sleeping and not composition.awake_bare:
            continue
        fit = is_fitted(cls, project)
        if fit is None:
            continue
        held = composition.sleeping or composition.awake_bare
        text = (
            f"{cls.name}.call takes no training argument: fit() of Keras 3 runs {names_of(composition.sleeping)} in "
            "inference mode"
            if composition.sleeping
            else f"{cls.name}.call takes no training argument: predict() of Keras 3 runs {names_of(held)} in "
            "training mode"
        )
        steps = tuple(
            TraceStep(part.origin.module.location(part.origin.node), f"{part.name} depends on the mode")
            for part in held[:1]
            if part.origin is not None
        )
        yield finding(
            "KI304",
            module,
            call.node,
            f"{text}. Write def call(self, {_inputs(cls, call)}, training=None) and pass training on.",
            trace=(*steps, TraceStep(fit.module.location(fit.call), "trained here")),
            header=True,
            fix=pass_training_on(
                call, project, "Take training and pass it on; fit() then trains these layers, unlike before"
            ),
        )


def takes_training(call: Function) -> bool:
    """Whether a `call` names `training`, or takes any number of arguments by position."""
    arguments = call.node.args
    named = [*call.parameters, *arguments.kwonlyargs]
    return arguments.vararg is not None or any(parameter.arg == "training" for parameter in named)


def _inputs(cls: Class, call: Function) -> str:
    names = [parameter.arg for parameter in call.parameters[1:]]
    return ", ".join(names[:3]) or "inputs"
