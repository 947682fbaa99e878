"""# call-method-bypassed (KI307)

## What it does
Finds `model.call(x)` on a Keras model, from outside the model's own methods.

## Why is this bad?
`model(x)` goes through `__call__`, which builds the layers, casts the input, carries masks and the training flag, and
runs hooks; then it calls `call`. `model.call(x)` skips all of it: a model not yet built fails with
`You must build the layer before accessing ...`, masks are lost, and mixed precision does not cast.

## Example
```python
import keras

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])


def score(x):
    return model.call(x)
```

Use instead:
```python
import keras

model = keras.Sequential([keras.layers.Input((8,)), keras.layers.Dense(1)])


def score(x):
    return model(x)
```

## When not to
Inside a model's or layer's own methods, `super().call(x)` and `Base.call(self, x)` are right. An object loaded with
`tf.saved_model.load` is no Keras model, and its `call` is what was saved. `keras.Model(inputs, net.call(inputs))` on a
`keras.Input` builds a functional model of the layers of a subclassed one, which `net(inputs)` would hold as one layer.

## Fix safety
Unsafe: what `__call__` adds (casts, masks, hooks) runs then.

## References
- [Keras: the base Layer class](https://keras.io/api/layers/base_layer/)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Instance, KerasModel, Value
from lint_rules.semantics.models.symbolic import is_symbolic
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test


def check(module: Module, project: Project) -> Iterator[Finding]:
    inference = inference_of(project)
    for call in module.calls.get("call", ()):
        if not isinstance(call.func, ast.Attribute) or isinstance(call.func.value, ast.Call):
            continue
        if _in_layer(module, call, inference) or is_test(module, call):
            continue
        values = inference.values(module, call.func.value)
        if not values or not all(_is_model(inference, value) for value in values):
            continue
        if any(is_symbolic(module, argument, project) for argument in call.args[:1]):
            continue  # what a subclass computes is laid open as a functional model
        model = module.source(call.func.value, 40)
        yield finding(
            "KI307",
            module,
            call,
            f"{model}.call(...) skips building, casting, masks and hooks. Write {model}(...).",
            fix=offer(module, call, _call_model, "Call the model; casts, masks and hooks then run, unlike before"),
        )


def _call_model() -> Rewrite:
    from lint_rules.fixes.calls.to_direct_call import call_model

    return call_model


def _is_model(inference: Inference, value: Value) -> bool:
    if isinstance(value, Instance):
        return inference.is_model_class(value.cls)
    return isinstance(value, KerasModel)


def _in_layer(module: Module, call: ast.Call, inference: Inference) -> bool:
    """Whether a call stands in a method of a Keras model or layer."""
    function = module.function_of(call)
    while function is not None:
        if function.owner is not None:
            return inference.is_model_class(function.owner) or inference.is_layer_class(function.owner)
        parent = function.scope.parent
        function = parent.function if parent is not None else None
    return False
