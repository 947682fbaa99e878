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
Unsafe: with `shuffle=False` training on the same source would see the classes one after the other.

## References
- [Keras: image data loading](https://keras.io/api/data_loading/image/)
- [TensorFlow: Dataset.shuffle](https://www.tensorflow.org/api_docs/python/tf/data/Dataset#shuffle)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix, TraceStep
from lint_rules.rules.base import Finding, Rule
from lint_rules.rules.glance import has_call_site
from lint_rules.rules.report import finding
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.domains.data_sources import DataSource, shuffled_source, told_to_keep_order
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import call_sites
from lint_rules.semantics.queries.order_mismatch import pairs
from lint_rules.semantics.syntax.module_index import Module

_FAMILY = frozenset({"predict", "predict_generator", "predict_proba", "predict_classes"})


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        given = site.argument
        if site.method not in _FAMILY or given is None:
            continue
        source = shuffled_source(project, module, given)
        if source is None or told_to_keep_order(module, given):
            continue
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
            fix=_fix(module, source),
        )


def _fix(module: Module, source: DataSource) -> Callable[[], Fix | None] | None:
    """`shuffle=False` where the source is made, if that is in this file."""
    if source.maker == "Dataset.shuffle" or source.module is not module:
        return None
    message = f"Give {source.maker}() shuffle=False; what trains on the same source sees it unshuffled too"
    return offer(module, source.call, _in_order, message)


def _in_order() -> Rewrite:
    from lint_rules.fixes.calls.arguments import set_argument

    return partial(set_argument, name="shuffle", value="False")


def _instead(source: DataSource) -> str:
    if source.maker == "Dataset.shuffle":
        return "Predict the data set without shuffle(), or collect predictions and labels in one pass."
    return f"Give {source.maker}() shuffle=False."


RULE = Rule("KI405", __doc__, check, _FAMILY, may_find=has_call_site)
