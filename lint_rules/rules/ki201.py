"""# predict-per-sample (KI201)

## What it does
Finds `model.predict(...)` that runs once per sample although the samples are independent of each other: in a `for`, a
comprehension, a `map` or `apply`, or in a helper that is called from one, in this module or in another. So also
`model.evaluate(...)` where it is given one sample.

## Why is this bad?
`predict` sets up a data pipeline on every call. On TensorFlow one call for one row takes about 50 ms, of which the
model itself takes one: 1,000 rows predicted one by one cost 500-600 times what one call for all of them costs (17-119
times on JAX, 47-88 times on torch; Keras 3.15, CPU). `predict_on_batch` in the loop is cheaper, and one call for all
samples is 4-12 times cheaper still. `evaluate` sets up the same, at about the same cost.

## Example
```python
import keras
import numpy as np

model = keras.models.load_model("digits.keras")


def classify(images):
    labels = []
    for image in images:
        labels.append(np.argmax(model.predict(image[None])[0]))
    return labels
```

Use instead:
```python
import keras
import numpy as np

model = keras.models.load_model("digits.keras")


def classify(images):
    return list(np.argmax(model.predict(np.stack(images)), axis=1))
```

## When not to
Samples of differing shapes cannot be stacked without padding; there `model.predict_on_batch(x)` in the loop, or one
call for each shape, is the cheap way (where the loop itself gives each sample another size, KI202 says so; where the
length of the input comes from the data, the message says to pad first). The rule is silent where the model is another
in each iteration, where each iteration predicts a whole data set, where the loop times `predict` for the time's sake,
and in tests.

## Fix safety
For `evaluate` there is no fix: the losses of single samples come from one `predict` of them all and the loss function.
The batched call is unsafe: it evaluates all inputs before the first result is used. It is offered for comprehensions
(also over pairs, and where a condition or a further `for` asks for the prediction), `for` loops, mapped lambdas and
helpers, and only where nothing else would change: what is read after the call is kept for each sample, a buffer that
every iteration fills again is copied, and a loop that ends early, or prints before and after the call, is left as it
is. A call in a branch, as in the replay of a memory, is made for all samples; where the condition asks for the input
itself, some of it may be nothing to predict, and there is no such fix. A helper that other code calls too, or that is
called from another file, gets a copy that takes all samples, for all loops that can hand them over; the fix then
changes those files with it. What else a helper is given, as the model in `score(model, image)`, by place or by keyword,
has to stay the same for all samples and is handed over once. Of a model with several outputs each row is taken from
every output. For loops in loops (pairs, tiles), a `while` that counts through its samples, the key by which `sorted`,
`min` or `max` choose, and for what pandas applies to rows or elements, all is predicted ahead, and each call becomes
`next(predictions)`; what the outer loop prepares is made once more for that, if it is shown that its calls give the
same again and change nothing. With `--verify`, samples that may differ in length are predicted in one call for each
shape, and a generator that hands out predictions takes all that it goes over first. Where the shape of the loop is none
of those, `predict_on_batch` is offered instead: safe where the input is proven to be one NumPy batch on every visible
way.

## References
- [Keras FAQ: what is the difference between `Model` methods `predict()` and `__call__()`?](https://keras.io/getting_started/faq/#whats-the-difference-between-model-methods-predict-and-call)
"""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules.rules import words
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding, loop_words, trace_of
from lint_rules.semantics.domains.array_readings import Rows
from lint_rules.semantics.knowledge.model_methods import LOOP_FAMILY
from lint_rules.semantics.project.backend import backend_of
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites, loop_uses
from lint_rules.semantics.queries.repetition.verdicts import LoopUse, Repeat
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test

# 1,000 rows one by one against one call, measured on Keras 3.15, CPU.
COSTS = {
    "tensorflow": "1,000 such calls cost 500-600 times one call for all on TensorFlow",
    "jax": "1,000 such calls cost 17-119 times one call for all on JAX",
    "torch": "1,000 such calls cost 47-88 times one call for all on torch",
}


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        if site.method not in words.PER_SAMPLE:
            continue
        use = next(iter(loop_uses(site, project)), None)
        if use is None or use.repeat is not Repeat.SAMPLE or is_test(module, site.call):
            continue
        if site.method not in LOOP_FAMILY and use.rows != {Rows.ONE}:
            continue  # a loss and a metric look like the outputs of one sample
        from lint_rules.rules.batching import batching, batching_to_prove

        cost = COSTS.get(backend_of(project, module) or "tensorflow", COSTS["tensorflow"])
        loop = loop_words(use.region.module, use.region.node)
        yield finding(
            "KI201",
            module,
            site.call,
            f"{site.method}() runs once per sample of `{loop}`: {cost}. {_advice(site, use)}",
            certain=site.proven and not use.path.likely,
            trace=trace_of(use.path, use.frame, use.region),
            fix=batching(site, use, project) if site.method in LOOP_FAMILY else None,
            proven=batching_to_prove(site, use, project) if site.method in LOOP_FAMILY else None,
        )


def _advice(site: CallSite, use: LoopUse) -> str:
    if site.method not in LOOP_FAMILY:
        return "Predict all samples in one call, and compute the loss of each from what comes back."
    if use.ragged:
        return (
            "The samples may differ in length: pad them to one length first (keras.utils.pad_sequences) and predict "
            "them in one call; without padding, predict_on_batch(x) in the loop is the cheap call."
        )
    return "Collect the samples and predict them in one call."
