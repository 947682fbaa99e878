"""# missing-batch-dimension (KI404)

## What it does
Finds `predict` given one sample without its batch axis: an image as it was read, an element `x[i]` of an array of
samples; and `predict` given a plain list of numbers, which Keras 3 takes for a list of inputs.

## Why is this bad?
The first axis of what `predict` is given counts the samples. A single image of 28 by 28 is taken for 28 samples of 28
numbers: `Expected shape (None, 6), but input has incompatible shape (6,)`, or, where the shapes happen to fit, as many
wrong predictions as the sample has rows. A list of numbers ends in `ValueError: Unrecognized data type`.

## Example
```python
import keras

model = keras.models.load_model("digits.keras")
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()

print(model.predict(x_test[0]))
```

Use instead:
```python
import keras

model = keras.models.load_model("digits.keras")
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()

print(model.predict(x_test[0:1]))
```

## When not to
Lists of batches, and samples that were given their axis when they were made. The rule is silent wherever the shape is
not plain from the code. In projects on Keras 2 a list of numbers is accepted.

## Fix safety
Unsafe: `x[i:i + 1]` is empty where `x[i]` would fail, and what comes back has a batch axis too.

## References
- [Keras: Model training APIs, predict](https://keras.io/api/models/model_training_apis/)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lint_rules.findings.diagnostics import Fix
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.rewrite import Rewrite, first_of, offer
from lint_rules.semantics.domains.array_readings import Lack, lack
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY
from lint_rules.semantics.project.keras_version import is_keras_3
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test

_MESSAGES = {
    Lack.IMAGE: "`{}` is one image without a batch axis: its rows are taken for samples. Give {}() `{}[None]`.",
    Lack.ELEMENT: "`{}` is one sample without a batch axis: its rows are taken for samples. Give {}() a slice, "
    "`x[i:i + 1]`.",
    Lack.LIST: "`{}` is a list, which Keras 3 takes for a list of inputs (Unrecognized data type). Give {}() an array: "
    "`np.array(...)`.",
}


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        if site.method not in GIVES_NUMPY or site.argument is None or is_test(module, site.call):
            continue
        lacking = lack(project, module, site.argument)
        if lacking is None:
            continue
        if lacking is Lack.LIST and (site.method != "predict" or not is_keras_3(project, module)):
            continue
        written = module.source(site.argument, 40)
        yield finding(
            "KI404",
            module,
            site.call,
            _MESSAGES[lacking].format(written, site.method, written),
            certain=site.proven,
            fix=_fix(site, lacking),
        )


def _fix(site: CallSite, lacking: Lack) -> Callable[[], Fix | None]:
    def rewritten(rewrite: Callable[[], Rewrite], message: str) -> Callable[[], Fix | None]:
        return offer(site.module, site.call, rewrite, message)

    if lacking is Lack.LIST:
        return rewritten(_array, "Make an array of the list; its items are the samples")
    new_axis = rewritten(_new_axis, "Give it a batch axis; the result has one row")
    if lacking is Lack.IMAGE:
        return new_axis
    return first_of(rewritten(_slice, "Take a slice of one sample; it is empty where the index would fail"), new_axis)


def _array() -> Rewrite:
    from lint_rules.fixes.calls.batch_axis import as_array

    return as_array


def _new_axis() -> Rewrite:
    from lint_rules.fixes.calls.batch_axis import add_batch_axis

    return add_batch_axis


def _slice() -> Rewrite:
    from lint_rules.fixes.calls.batch_axis import keep_batch_axis

    return keep_batch_axis
