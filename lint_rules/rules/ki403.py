"""# numpy-on-predict (KI403)

## What it does
Finds `.numpy()` on what `predict` or `predict_on_batch` of a Keras model returns.

## Why is this bad?
`predict` returns NumPy arrays, which have no such method: `'numpy.ndarray' object has no attribute 'numpy'`.

## Example
```python
import keras

model = keras.models.load_model("scores.keras")


def score(x):
    return model.predict(x).numpy()
```

Use instead:
```python
import keras

model = keras.models.load_model("scores.keras")


def score(x):
    return model.predict(x)
```

## When not to
A class of the project with a `predict` of its own may return tensors; it is not judged.

## Fix safety
Safe: the call cannot succeed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import sites_that_make
from lint_rules.semantics.syntax.module_index import Module, last_name


def check(module: Module, project: Project) -> Iterator[Finding]:
    for call in module.calls.get("numpy", ()):
        if not isinstance(call.func, ast.Attribute) or call.args or call.keywords:
            continue
        sites = sites_that_make(module, project, call.func.value, GIVES_NUMPY)
        if not sites or _is_asked_for(module, call):
            continue
        yield finding(
            "KI403",
            module,
            call,
            f"{sites[0].method}() returns NumPy arrays, which have no .numpy(). Drop it.",
            certain=all(site.proven for site in sites),
            fix=offer(module, call, _without, "Drop .numpy(): the value is NumPy already", safe=True),
        )


def _without() -> Rewrite:
    from lint_rules.fixes.calls.drop_method import drop_numpy

    return drop_numpy


def _is_asked_for(module: Module, call: ast.Call) -> bool:
    """Whether the code looks before it leaps: `if hasattr(y, "numpy")`, or `except AttributeError`."""
    for child, parent in module.ancestors(call):
        if isinstance(parent, ast.If | ast.IfExp) and child is not parent.test:
            asked = {last_name(item.func) for item in ast.walk(parent.test) if isinstance(item, ast.Call)}
            if asked & {"hasattr", "isinstance", "is_tensor"}:
                return True
        if isinstance(parent, ast.Try) and parent.handlers and child in parent.body:
            return True
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return False
    return False
