"""# predict-per-sample (KI201)

## What it does
Finds `model.predict(...)` that runs once per sample although the samples are independent of each other: in a `for`, a
comprehension, a `map` or `apply`, or in a helper that is called from one, in this module or in another.

## Why is this bad?
`predict` sets up a data pipeline on every call. On TensorFlow one call for one row takes about 50 ms, of which the
model itself takes one: 1,000 rows predicted one by one cost 500-600 times what one call for all of them costs (17-119
times on JAX, 47-88 times on torch; Keras 3.15, CPU). `predict_on_batch` in the loop is cheaper, and one call for all
samples is 4-12 times cheaper still.

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
Samples of differing shapes cannot be stacked without padding; there `model.predict_on_batch(x)` in the loop is the
cheap way (where the loop itself gives each sample another size, KI202 says so; where the length of the input comes from
the data, the message says to pad first). The rule is silent where the model is
another in each iteration, where each iteration predicts a whole data set, where the loop times `predict` for the
time's sake, and in tests.

## Fix safety
The batched call is unsafe: it evaluates all inputs before the first result is used. It is offered for comprehensions
(also over pairs), `for` loops, mapped lambdas and helpers, and only where nothing else would change: what is read
after the call is kept for each sample, a buffer that every iteration fills again is copied, and a loop that ends early,
or prints before and after the call, is left as it is. A call in a branch, as in the replay of a memory, is made for all
samples; where the condition asks for the input itself, some of it may be nothing to predict, and there is no such fix.
A helper that other code calls too, or that is called from another file, gets a copy that takes all samples, for all
loops that can hand them over; the fix then changes those files with it. Of a model with several outputs each row is
taken from every output. Where the shape of the loop is none of those, `predict_on_batch` is offered instead: safe where
the input is proven to be one NumPy batch on every visible way.

## References
- [Keras FAQ: what is the difference between `Model` methods `predict()` and `__call__()`?](https://keras.io/getting_started/faq/#whats-the-difference-between-model-methods-predict-and-call)
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix
from lint_rules.fixes.loops.calling import Calling
from lint_rules.fixes.loops.known import Known
from lint_rules.rules.base import Finding
from lint_rules.rules.callings import callings_of
from lint_rules.rules.on_batch import on_batch
from lint_rules.rules.report import finding, loop_words, trace_of
from lint_rules.rules.rewrite import Rewrite, first_of, offer, place
from lint_rules.semantics.calls.call_graph import Callers, inference_of
from lint_rules.semantics.domains.array_readings import Rows, is_handed_on
from lint_rules.semantics.domains.values import Collection
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.knowledge.keras_names import LOOP_FAMILY
from lint_rules.semantics.models.outputs import has_several_outputs
from lint_rules.semantics.project.backend import backend_of
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.buffers import reused_buffers
from lint_rules.semantics.queries.call_sites import CallSite, call_sites, loop_uses
from lint_rules.semantics.queries.repetition.verdicts import LoopUse, Repeat
from lint_rules.semantics.syntax.module_index import Module, end, start
from lint_rules.semantics.syntax.testcode import is_test

# 1,000 rows one by one against one call, measured on Keras 3.15, CPU.
COSTS = {
    "tensorflow": "1,000 such calls cost 500-600 times one call for all on TensorFlow",
    "jax": "1,000 such calls cost 17-119 times one call for all on JAX",
    "torch": "1,000 such calls cost 47-88 times one call for all on torch",
}


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        if site.method not in LOOP_FAMILY:
            continue
        use = next(iter(loop_uses(site, project)), None)
        if use is None or use.repeat is not Repeat.SAMPLE or is_test(module, site.call):
            continue
        cost = COSTS.get(backend_of(project, module) or "tensorflow", COSTS["tensorflow"])
        loop = loop_words(use.region.module, use.region.node)
        yield finding(
            "KI201",
            module,
            site.call,
            f"{site.method}() runs once per sample of `{loop}`: {cost}. {_advice(use)}",
            certain=site.proven and not use.path.likely,
            trace=trace_of(use.path, use.frame, use.region),
            fix=_fix(site, use, project),
        )


def _advice(use: LoopUse) -> str:
    if use.ragged:
        return (
            "The samples may differ in length: pad them to one length first (keras.utils.pad_sequences) and predict "
            "them in one call; without padding, predict_on_batch(x) in the loop is the cheap call."
        )
    return "Collect the samples and predict them in one call."


def _caveat(several: bool) -> str:
    """What may change when a loop is batched."""
    shape = "all inputs are made before the first prediction is used and must have one shape"
    one = "" if several else ", the model is taken to have one output"
    return f"{shape}{one}, and an empty loop becomes an error"


def _takes_apart(site: CallSite) -> bool:
    """Whether the code takes the value of the call apart: the model has several outputs."""
    around = site.module.parents.get(site.call)
    return isinstance(around, ast.Assign) and any(isinstance(it, ast.Tuple | ast.List) for it in around.targets)


def _fix(site: CallSite, use: LoopUse, project: Project) -> Callable[[], Fix | None] | None:
    """One batched call, where the loop and what it calls have a shape that is known; else the cheaper call."""
    single = use.rows == {Rows.ONE}
    cheaper = on_batch(site, project, one_row=single)
    if any(region.once for region in use.inner):
        # A loop between that always ends in its first iteration: there is nothing to collect in it.
        return None
    models = site.receiver.models
    several = any(has_several_outputs(model) for model in models)
    if several and not all(has_several_outputs(model, surely=True) for model in models):
        return cheaper
    if _is_collection(site, project):
        return cheaper
    if use.ragged or use.inner:
        return cheaper
    known = Known(single, reused_buffers(site, use, project), several)
    caveat = _caveat(several or _takes_apart(site))
    if use.lexical:
        message = f"Predict all samples in one call: {caveat}"
        some = f"Predict all samples in one call, also those that the loop does not ask for; {caveat}"
        return first_of(
            offer(site.module, site.call, lambda: _batched(known), message),
            offer(site.module, site.call, lambda: _in_branch(known), some),
            cheaper,
        )
    outer = use.path.frames[1]
    function = use.path.frames[0].function
    if use.frame != 1 or function is None or outer.edge is None:
        return cheaper
    if outer.edge.kind is EdgeKind.EACH and outer.module is site.module:
        message = f"Predict all samples in one call: {caveat}"
        return first_of(offer(site.module, site.call, lambda: _mapped(known), message), cheaper)
    lone = len(Callers.of(project).edges(function)) == 1 and not is_handed_on(project, function)
    if not lone or outer.module is not site.module:
        callings = () if inference_of(project).overrides(function) else callings_of(site, function, project)
        message = f"Let a copy of {function.name}() take all samples of {_loops(callings)} and predict them in one call"
        twin = offer(site.module, site.call, lambda: _twin(callings, known), f"{message}; {caveat}")
        return first_of(twin, cheaper) if callings else cheaper
    message = (
        f"Let {function.name}() take all samples and predict them in one call: its only visible caller follows, others "
        f"must; {caveat}"
    )
    return first_of(offer(site.module, site.call, lambda: _helper(site.module, outer.node, known), message), cheaper)


def _is_collection(site: CallSite, project: Project) -> bool:
    """Whether the input may be a list, tuple or dict of inputs that is not written out in the call: no one array."""
    argument = site.argument
    if argument is None or isinstance(argument, ast.List):
        return False
    values = inference_of(project).values(site.module, argument)
    return isinstance(argument, ast.Dict) or any(isinstance(value, Collection) for value in values)


def _batched(known: Known) -> Rewrite:
    from lint_rules.fixes.loops.batch_loop import batch_predict

    return partial(batch_predict, known=known)


def _in_branch(known: Known) -> Rewrite:
    from lint_rules.fixes.loops.batch_loop import batch_branch

    return partial(batch_branch, known=known)


def _mapped(known: Known) -> Rewrite:
    from lint_rules.fixes.loops.batch_helper import batch_mapped

    return partial(batch_mapped, known=known)


def _helper(module: Module, caller: ast.expr, known: Known) -> Rewrite:
    from lint_rules.fixes.loops.batch_helper import batch_helper

    first, behind = place(module, *start(caller)), place(module, *end(caller))
    return partial(batch_helper, caller=first, caller_end=behind, known=known)


def _twin(callings: tuple[Calling, ...], known: Known) -> Rewrite:
    from lint_rules.fixes.loops.batch_twin import batch_twin

    return partial(batch_twin, callings=callings, known=known)


def _loops(callings: tuple[Calling, ...]) -> str:
    """The loops that samples are handed over from, for a person."""
    loops = "the loop" if len(callings) == 1 else f"{len(callings)} loops"
    others = len({each.filename for each in callings} - {None})
    return f"{loops}, in {others} other file{'' if others == 1 else 's'}," if others else loops
