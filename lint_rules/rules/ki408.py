"""# predict-never-ends (KI408)

## What it does
Finds `predict(source)` without `steps=` where the source provably never ends: a generator of your own that yields from
a `while True`, or a `tf.data` data set after `repeat()`.

## Why is this bad?
`predict` reads its input to the end. From a source without one it never returns: the progress bar runs on, and the
predictions pile up in memory.

## Example
```python
import keras
import numpy as np

model = keras.models.load_model("scores.keras")

def batches(x, size=32):
    while True:
        for start in range(0, len(x), size):
            yield x[start:start + size]

scores = model.predict(batches(np.random.rand(100, 8)))
```

Use instead:
```python
import keras
import numpy as np

model = keras.models.load_model("scores.keras")

def batches(x, size=32):
    while True:
        for start in range(0, len(x), size):
            yield x[start:start + size]

x = np.random.rand(100, 8)
scores = model.predict(batches(x), steps=-(-len(x) // 32))
```

## When not to
The rule is silent on generators that something ends: a `return`, a `break`, an exception, `next()` of another iterator.

## Fix safety
There is no fix: only you know how many steps one pass has. For arrays, `predict(x)` needs no generator at all.

## References
- [Keras: Model training APIs, predict](https://keras.io/api/models/model_training_apis/)
"""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.semantics.domains.endings import never_ends
from lint_rules.semantics.knowledge.model_methods import STEPS_PLACE
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import call_sites
from lint_rules.semantics.syntax.module_index import Module


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        call, place = site.call, STEPS_PLACE.get(site.method)
        if place is None or site.argument is None or len(call.args) > place:
            continue
        if any(keyword.arg in ("steps", None) for keyword in call.keywords):
            continue
        if not never_ends(project, module, site.argument):
            continue
        yield finding(
            "KI408",
            module,
            call,
            f"`{module.source(site.argument, 40)}` never ends, so {site.method}() never returns and its results pile "
            "up in memory. Say how many batches one pass has: steps=n.",
            certain=site.proven,
        )
