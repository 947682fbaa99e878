"""# predict-on-shuffled-data (KI405)

## What it does
Finds `predict` on a source that is shuffled in every pass, where the predictions are compared with labels (or paired
with file names, or learned with labels) that another pass gave: `generator.classes`, `generator.filenames`, a second
loop over the data set, the array that the generator was made of.

## Why is this bad?
The n-th prediction and the n-th label belong to different samples. Nothing fails; accuracy, confusion matrix and report
are those of guessing. `flow`, `flow_from_directory`, `flow_from_dataframe` and `image_`, `text_` and
`audio_dataset_from_directory` shuffle unless told otherwise; `Dataset.shuffle(n)` gives another order in every pass,
with a seed too.

## Example
```python
import keras
from sklearn.metrics import confusion_matrix
from tensorflow.keras.preprocessing.image import ImageDataGenerator

model = keras.models.load_model("classifier.keras")

test = ImageDataGenerator(rescale=1 / 255).flow_from_directory("test", target_size=(64, 64))
scores = model.predict(test)
print(confusion_matrix(test.classes, scores.argmax(axis=1)))
```

Use instead:
```python
import keras
from sklearn.metrics import confusion_matrix
from tensorflow.keras.preprocessing.image import ImageDataGenerator

model = keras.models.load_model("classifier.keras")

test = ImageDataGenerator(rescale=1 / 255).flow_from_directory("test", target_size=(64, 64), shuffle=False)
scores = model.predict(test)
print(confusion_matrix(test.classes, scores.argmax(axis=1)))
```

## When not to
Labels that come from the same pass are in order: `for x, y in data: ...predict_on_batch(x)...`. So are those of a data
set whose order is kept: `shuffle=False`, `reshuffle_each_iteration=False`, `cache()` after the shuffle.

## Fix safety
Unsafe: with `shuffle=False` training on the same source would see the classes one after the other. `Dataset.shuffle`
gets `reshuffle_each_iteration=False`, and is left out where the labels are the array that the data set was made of.
There is no fix for a source that another file makes.

## References
- [Keras: image data loading](https://keras.io/api/data_loading/image/)
- [TensorFlow: Dataset.shuffle](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#shuffle)
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from lint_rules.findings.diagnostics import Fix, TraceStep
from lint_rules.rules import words
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.domains.data_sources import DataSource, shuffled_source, told_to_keep_order
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import call_sites
from lint_rules.semantics.syntax.module_index import Module

if TYPE_CHECKING:
    from lint_rules.semantics.queries.order_mismatch import Pair


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        given = site.argument
        if site.method not in words.IN_ORDER or given is None:
            continue
        source = shuffled_source(project, module, given)
        if source is None or told_to_keep_order(module, given):
            continue
        from lint_rules.semantics.queries.order_mismatch import pairs

        pair = next(pairs(project, module, site.call, source), None)
        if pair is None:
            continue
        labels = pair.module.source(pair.labels, 40)
        yield finding(
            "KI405",
            module,
            site.call,
            f"{site.method}() goes through shuffled data, but `{labels}` has another order: "
            f"predictions and labels belong to different samples. {_instead(source)}",
            certain=site.proven,
            trace=(
                TraceStep(source.module.location(source.call), f"shuffled in every pass by {source.maker}"),
                TraceStep(pair.module.location(pair.node), f"put side by side here: {pair.module.source(pair.node)}"),
            ),
            fix=_fix(module, source, pair),
        )


def _fix(module: Module, source: DataSource, pair: Pair) -> Callable[[], Fix | None] | None:
    """The same order in every pass where the source is made, if that is in this file."""
    if source.module is not module:
        return None
    if source.maker != "Dataset.shuffle":
        message = f"Give {source.maker}() shuffle=False; what trains on the same source sees it unshuffled too"
        return offer(module, source.call, lambda: _saying("shuffle"), message)
    if isinstance(source.labels, ast.Name) and isinstance(pair.labels, ast.Name):
        if pair.labels.id == source.labels.id:
            message = "Leave shuffle() out; what trains on the same data set sees it unshuffled too"
            return offer(module, source.call, _unshuffled, message)
    message = "Shuffle in the same order in every pass; what trains on the same data set sees that order in every epoch"
    return offer(module, source.call, lambda: _saying("reshuffle_each_iteration"), message)


def _saying(name: str) -> Rewrite:
    from lint_rules.fixes.calls.arguments import set_argument

    return partial(set_argument, name=name, value="False")


def _unshuffled() -> Rewrite:
    from lint_rules.fixes.calls.drop_method import drop_shuffle

    return drop_shuffle


def _instead(source: DataSource) -> str:
    if source.maker == "Dataset.shuffle":
        return "Predict the data set without shuffle(), or collect predictions and labels in one pass."
    return f"Give {source.maker}() shuffle=False."
