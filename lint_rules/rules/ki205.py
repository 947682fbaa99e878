"""# model-rebuilt-for-predict (KI205)

## What it does
Finds code that loads (or builds) the same model again for every prediction: in a loop, in a request handler, or in a
task of a queue.

## Why is this bad?
Reading a model from disk costs from a tenth of a second to minutes, the first `predict` of a new model traces and
compiles its graph again, and on TensorFlow every model stays in the session's memory until it is cleared. The
prediction itself costs milliseconds.

## Example
```python
import keras
import numpy as np


def score(x):
    model = keras.models.load_model("scores.keras")
    return model.predict(x)


for name in ("first.npy", "second.npy"):
    print(score(np.load(name)))
```

Use instead:
```python
import keras
import numpy as np

model = keras.models.load_model("scores.keras")


def score(x):
    return model.predict(x)


for name in ("first.npy", "second.npy"):
    print(score(np.load(name)))
```

## When not to
Ensembles, folds and searches, where each round has another model; models that are trained or saved between two loads.
A function that is run once may load its model. Cached loaders (`lru_cache`, `st.cache_resource`) load once.

## Fix safety
No fix: where the model should live is the program's decision.

## References
- [Keras: Model saving and loading](https://keras.io/guides/serialization_and_saving/)
"""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules.findings.diagnostics import TraceStep
from lint_rules.rules.base import Finding, Rule
from lint_rules.rules.glance import has_call_site
from lint_rules.rules.report import finding, loop_words, trace_of
from lint_rules.semantics.calls.contexts import contexts_of
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import call_sites
from lint_rules.semantics.queries.model_rebuilds import Handler, Rebuilds
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test

_FAMILY = frozenset({"predict", "predict_on_batch", "predict_proba", "predict_classes"})


def check(module: Module, project: Project) -> Iterator[Finding]:
    rebuilds = Rebuilds(contexts_of(project))
    for site in call_sites(module, project):
        if site.method not in _FAMILY or not site.proven or is_test(module, site.call):
            continue
        found = rebuilds.of(module, site.call)
        if found is None:
            continue
        made = TraceStep(module.location(found.made), "the model is made here each time")
        if isinstance(found.cause, Handler):
            when = f"every call of the handler {found.cause.name}()"
            steps: tuple[TraceStep, ...] = (made,)
        else:
            when = f"every round of `{loop_words(found.cause.module, found.cause.node)}`"
            steps = (made, *trace_of(found.path, found.frame, found.cause))
        yield finding(
            "KI205",
            module,
            site.call,
            f"{when} makes the same model again (`{module.source(found.made, 40)}`) to call {site.method}() once. "
            "Make it once, outside.",
            trace=steps,
        )


RULE = Rule("KI205", __doc__, check, _FAMILY, spares_tests=True, may_find=has_call_site)
