"""# direct-call-on-dataset (KI206)

## What it does
Finds `model(x)` and `model.predict_on_batch(x)` for inference where `x` is a whole data set: what `load_data`,
`read_csv`, `train_test_split` and the like gave.

## Why is this bad?
A direct call and `predict_on_batch` take everything as one batch: all intermediate results of all layers for all rows
are in memory at once. With a small convolutional network and 2,000 images that is 28 times the peak memory of
`predict`, and a larger set ends in `ResourceExhaustedError`.

## Example
```python
import keras

model = keras.models.load_model("digits.keras")
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()

scores = model(x_test, training=False)
```

Use instead:
```python
import keras

model = keras.models.load_model("digits.keras")
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()

scores = model.predict(x_test)
```

## When not to
Slices and batches; gradients, which need the direct call; full-batch training; data sets of a few hundred rows.

## Fix safety
Unsafe: `predict` returns NumPy arrays where a direct call returns tensors.

## References
- [Keras: What's the difference between `predict()` and `__call__()`?](https://keras.io/getting_started/faq/)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.contexts import RegionKind, contexts_of
from lint_rules.semantics.domains.whole_datasets import WholeSets
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites
from lint_rules.semantics.queries.direct_calls import direct_call, possible_direct_calls
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test

_GRAPHS = (RegionKind.TAPE, RegionKind.DIFFERENTIATED, RegionKind.TRACED)


def check(module: Module, project: Project) -> Iterator[Finding]:
    for call, argument, site in _calls(module, project):
        if is_test(module, call) or _trains(call):
            continue
        paths = contexts_of(project).paths(module, call)
        if any(region.kind in _GRAPHS for path in paths for _, region in path.regions()):
            continue
        name = "a direct call" if site is None else "predict_on_batch()"
        yield finding(
            "KI206",
            module,
            call,
            f"{name} takes all of `{module.source(argument, 30)}` as "
            "one batch: the results of every layer for every row are in memory at once. predict(x) works through it in "
            "batches.",
            certain=site is None or site.proven,
            fix=offer(
                module,
                call,
                _predict,
                "Call predict(), which works in batches"
                + ("; the result is a NumPy array where a tensor was" if site is None else " and needs less memory"),
            ),
        )


def _predict() -> Rewrite:
    from lint_rules.fixes.calls.to_direct_call import to_predict

    return to_predict


def _calls(module: Module, project: Project) -> Iterator[tuple[ast.Call, ast.expr, CallSite | None]]:
    """(call, argument, call site) of the calls that are given a whole data set; no site for a direct call."""
    sets = WholeSets(inference_of(project), module)
    for site in call_sites(module, project):
        if site.method == "predict_on_batch" and site.argument is not None and sets.holds(site.argument):
            yield site.call, site.argument, site
    if "keras" not in module.text and "tensorflow" not in module.text:
        # Which of thousands of calls is one of a model that another module made costs more than it finds.
        return
    for call in possible_direct_calls(module):
        # From the cheapest question to the dearest.
        given = call.args[0] if call.args else None
        if given is None or sets.shown(given) is False or direct_call(module, call, project) is None:
            continue
        if sets.holds(given):
            yield call, given, None


def _trains(call: ast.Call) -> bool:
    """Whether a call asks for training mode, or leaves it to a variable."""
    flag = next((k.value for k in call.keywords if k.arg == "training"), None)
    return flag is not None and not (isinstance(flag, ast.Constant) and flag.value is False)
