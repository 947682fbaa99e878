"""# inference-keeps-graph (KI407)

## What it does
On the torch backend, finds outputs of direct calls `model(x)` that are kept for inference without `torch.no_grad()`:
appended to a list in a loop, built into a list, stored on an object, added up. What is computed from an output holds
its graph too, and so does what a function returns of it.

## Why is this bad?
On torch a direct call records its graph, with `training=False` too. An output that is kept keeps every intermediate
result of its batch in memory, so memory grows with each iteration until it runs out.

## Example
```python
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras

model = keras.models.load_model("scores.keras")


def scores(batches):
    found = []
    for x in batches:
        found.append(model(x, training=False))
    return found
```

Use instead:
```python
import os

os.environ["KERAS_BACKEND"] = "torch"
import keras
import torch

model = keras.models.load_model("scores.keras")


def scores(batches):
    found = []
    with torch.no_grad():
        for x in batches:
            found.append(model(x, training=False))
    return found
```

## When not to
Training, where the graph is wanted; outputs that are detached, made into numbers or into NumPy arrays before they are
kept. `predict` and `predict_on_batch` keep no graph.

## Fix safety
Unsafe: nothing can be differentiated through the outputs any more.

## References
- [PyTorch: torch.no_grad](https://pytorch.org/docs/stable/generated/torch.no_grad.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding, trace_of
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.contexts import contexts_of
from lint_rules.semantics.models.symbolic import is_symbolic
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import DirectCall, direct_calls
from lint_rules.semantics.queries.torch_graph import keeping, without_graph
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test


def check(module: Module, project: Project) -> Iterator[Finding]:
    inference = inference_of(project)
    for direct in direct_calls(module, project, lambda call: not is_test(module, call)):
        if _builds_a_model(direct, project):
            continue
        paths = contexts_of(project).paths(module, direct.call)
        if any(without_graph(inference, path) for path in paths):
            continue
        found = next(((path, *kept) for path in paths if (kept := keeping(inference, path)) is not None), None)
        if found is None:
            continue
        path, frame, loop = found
        yield finding(
            "KI407",
            module,
            direct.call,
            "each output that is kept here keeps the graph of its batch in memory: on torch a direct call records it, "
            "with training=False too. Call the model under torch.no_grad(), or use predict_on_batch(x).",
            trace=trace_of(path, frame, loop),
            fix=offer(
                module,
                direct.call,
                _no_grad,
                "Run the statement under torch.no_grad(); nothing can be differentiated through the output any more",
            ),
        )


def _builds_a_model(direct: DirectCall, project: Project) -> bool:
    """Whether a call adds to a functional model: on a symbolic input, or in what makes a model or a layer."""
    inference = inference_of(project)
    function = direct.module.function_of(direct.call)
    owner = function.owner if function is not None and function.name in ("__init__", "build") else None
    if owner is not None and (inference.is_model_class(owner) or inference.is_layer_class(owner)):
        return True
    return any(is_symbolic(direct.module, argument, project) for argument in direct.call.args[:1])


def _no_grad() -> Rewrite:
    from lint_rules.fixes.calls.no_grad import under_no_grad

    return under_no_grad
