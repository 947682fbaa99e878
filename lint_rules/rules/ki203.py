"""# predict-per-batch (KI203)

## What it does
Finds loops that cut one array into slices, or walk a data set batch by batch, and call `predict` on each piece.

## Why is this bad?
`predict` does that itself: it takes arrays of any length with `batch_size=`, and whole data sets. The loop by hand pays
the set-up of `predict` for every batch (about 50 ms on TensorFlow) and needs code to put the pieces together.

## Example
```python
import keras
import numpy as np

model = keras.models.load_model("scores.keras")
x = np.random.rand(10_000, 8)

scores = []
for i in range(0, len(x), 256):
    scores.append(model.predict(x[i : i + 256]))
scores = np.concatenate(scores)
```

Use instead:
```python
import keras
import numpy as np

model = keras.models.load_model("scores.keras")
x = np.random.rand(10_000, 8)

scores = model.predict(x, batch_size=256)
```

## When not to
Data that are read piece by piece because they do not fit in memory; labels that come with each batch. There
`predict_on_batch` is the cheap call, and silent.

## Fix safety
Unsafe: the results come as one array, after the last batch. Where the loop does more than to collect them, or the model
has several outputs, `predict_on_batch` is offered instead: safe where each batch is proven to be a NumPy array.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix
from lint_rules.rules import words
from lint_rules.rules.base import Finding
from lint_rules.rules.on_batch import on_batch
from lint_rules.rules.report import finding, loop_words, trace_of
from lint_rules.rules.rewrite import Rewrite, all_of, first_of, offer
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import Basic
from lint_rules.semantics.models.outputs import has_several_outputs
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites, loop_uses
from lint_rules.semantics.queries.repetition.verdicts import LoopUse, Repeat
from lint_rules.semantics.syntax.module_index import Module


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        if site.method not in words.PER_BATCH:
            continue
        use = next(iter(loop_uses(site, project)), None)
        if use is None or use.repeat is not Repeat.BATCH:
            continue
        loop = loop_words(use.region.module, use.region.node)
        fixes = _fixes(site, use, project)
        yield finding(
            "KI203",
            module,
            site.call,
            f"`{loop}` feeds {site.method}() batch by batch. "
            "predict(x, batch_size=n) or predict(dataset) does that in one call; predict_on_batch(x) is the cheap call "
            "for a single batch.",
            certain=site.proven and not use.path.likely,
            trace=trace_of(use.path, use.frame, use.region),
            fix=first_of(*fixes),
            proven=all_of(*fixes),
        )


def _fixes(site: CallSite, use: LoopUse, project: Project) -> tuple[Callable[[], Fix | None], ...]:
    """The whole array, or the data set that the loop goes over, in one call; else the cheaper call for each batch."""
    cheaper = on_batch(site, project)
    if any(has_several_outputs(model) for model in site.receiver.models):
        # The results of the batches are lists of arrays: joined, they are another thing than those of one call.
        return (cheaper,)
    node = use.region.node
    iterable = node.iter if isinstance(node, ast.For) else None
    if isinstance(node, ast.ListComp | ast.GeneratorExp):
        iterable = node.generators[0].iter
    values = inference_of(project).values(site.module, iterable) if iterable is not None and use.lexical else ()
    dataset = bool(values) and all(value is Basic.DATASET for value in values)
    what = "data set" if dataset else "array"
    message = f"Predict the whole {what} in one call; the results come as one array, after the last batch"
    return offer(site.module, site.call, lambda: _whole(dataset), message), cheaper


def _whole(dataset: bool) -> Rewrite:
    from lint_rules.fixes.loops.manual_batches import predict_whole

    return partial(predict_whole, dataset=dataset)
