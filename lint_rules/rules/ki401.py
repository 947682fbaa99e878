"""# invalid-predict-argument (KI401)

## What it does
Finds arguments that the predict family does not take: `predict(x, training=True)`; `workers`, `use_multiprocessing` and
`max_queue_size`, which Keras 3 removed; labels passed as the second positional argument of `predict`, which is
`batch_size`; `verbose` and `batch_size` given to `predict_on_batch`.

## Why is this bad?
The call raises `TypeError`, or fails deep inside with a message about something else: an array taken for a batch size.
`predict` always runs in inference mode; nothing can ask it for another.

## Example
```python
import keras

model = keras.models.load_model("scores.keras")


def score(x):
    return model.predict(x, training=False)
```

Use instead:
```python
import keras

model = keras.models.load_model("scores.keras")


def score(x):
    return model.predict(x)
```

## When not to
A class of the project that overrides `predict` with such a parameter is not judged. In projects on Keras 2 `workers`
and its like are accepted.

## Fix safety
Safe: the call cannot succeed with the argument, and without it does what it says.

## References
- [Keras 3 migration guide](https://keras.io/guides/migrating_to_keras_3/)
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.array_readings import Rows, rows
from lint_rules.semantics.domains.values import Basic, Result
from lint_rules.semantics.project.keras_version import is_keras_3
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites
from lint_rules.semantics.syntax.module_index import Module

_NEVER = {
    "predict": {"training", "y", "epochs", "shuffle", "sample_weight", "learning_phase"},
    "evaluate": {"training", "learning_phase"},
    "predict_on_batch": {"training", "verbose", "batch_size", "steps", "callbacks", "y"},
    "test_on_batch": {"training", "verbose", "batch_size", "steps", "callbacks"},
}
_REMOVED = {
    "predict": {"workers", "use_multiprocessing", "max_queue_size"},
    "evaluate": {"workers", "use_multiprocessing", "max_queue_size"},
}


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        for keyword in site.call.keywords:
            if keyword.arg in _NEVER.get(site.method, ()):
                extra = " It always runs in inference mode." if keyword.arg == "training" else ""
                yield _finding(
                    site, f"{site.method}() takes no argument {keyword.arg!r}.{extra} Remove it.", _removal(site)
                )
                break
            if keyword.arg in _REMOVED.get(site.method, ()) and is_keras_3(project, module):
                yield _finding(
                    site,
                    f"{site.method}() takes no argument {keyword.arg!r} since Keras 3: "
                    "a PyDataset has it in its constructor. Remove it.",
                    _removal(site),
                )
                break
        else:
            if site.method == "predict" and len(site.call.args) >= 2 and _is_data(module, project, site.call.args[1]):
                yield _finding(
                    site,
                    "predict() takes batch_size as its second argument, not labels. "
                    "Leave them out, or call evaluate(x, y).",
                    offer(site.module, site.call, _without_labels, "Leave the labels out", safe=True),
                )


def _finding(site: CallSite, message: str, fix: Callable[[], Fix | None]) -> Finding:
    return finding("KI401", site.module, site.call, message, certain=site.proven, fix=fix)


def _is_data(module: Module, project: Project, node: ast.expr) -> bool:
    """Whether a positional argument is data: an array, or what a loader or a split gave."""
    inference = inference_of(project)
    values = inference.values(module, node)
    if any(not isinstance(value, Result) for value in values):
        return all(value is Basic.ARRAY for value in values)
    return Rows.SET in rows(project, module, node)


def _removal(site: CallSite) -> Callable[[], Fix | None]:
    """Take out every argument that the method does not have."""
    names = _NEVER.get(site.method, set()) | _REMOVED.get(site.method, set())

    def without() -> Rewrite:
        from lint_rules.fixes.calls.arguments import remove_arguments

        return partial(remove_arguments, names=names)

    return offer(site.module, site.call, without, "Remove what the method does not take", safe=True)


def _without_labels() -> Rewrite:
    from lint_rules.fixes.calls.arguments import remove_positional

    return partial(remove_positional, place=1)
