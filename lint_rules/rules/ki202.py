"""# predict-per-step (KI202)

## What it does
Finds `model.predict(...)` that runs once per step of a loop whose next input depends on this output, or arrives live:
an agent that acts in its environment, text generated token by token, walk-forward forecasts, tree search, the points
that `scipy.optimize.minimize` tries, frames of a camera; or whose inputs are resized to a size of their own each, as in
an image pyramid. The call may sit in a method (`agent.act(state)`) that another module calls in its loop.

## Why is this bad?
The steps cannot be batched, so each pays what `predict` costs to set up: about 50 ms a call on TensorFlow, against
1 ms for `predict_on_batch` and 3-7 ms for `model(x, training=False)` (one row, Keras 3.15, CPU). An episode of 500
steps spends 25 seconds there.

## Example
```python
import keras
import numpy as np

model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])


def play(env):
    state = env.reset()
    done = False
    while not done:
        action = np.argmax(model.predict(state[None], verbose=0)[0])
        state, reward, done = env.step(action)
```

Use instead:
```python
import keras
import numpy as np

model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)])


def play(env):
    state = env.reset()
    done = False
    while not done:
        action = np.argmax(model.predict_on_batch(state[None])[0])
        state, reward, done = env.step(action)
```

## When not to
`predict_on_batch` and direct calls are silent: they are what this rule asks for. On JAX `predict` costs 0.6-0.8 ms and
beats a direct call, so there only `predict_on_batch` is better.

A replay that fits in its loop stays a loop: each prediction comes of the weights that the fit before it has left. To
fit once on all targets, behind the loop, is another training (one step on the mean of all samples in place of one step
on each), which is what most descriptions of deep Q-learning mean. Once it is written so, KI201 predicts the states in
one call and the next states in another.

A call that predicts many rows at a time and says how many make a batch (`batch_size=`) is silent, too:
`predict_on_batch` would take them all as one batch. The few faces of one camera frame are reported.

## Fix safety
Safe where the input is provably one NumPy batch and no `steps` or `callbacks` are given: `predict_on_batch` returns the
same NumPy values in the same inference mode, and honours a custom `predict_step`. Otherwise unsafe.

## References
- [Keras: `predict_on_batch`](https://keras.io/api/models/model_training_apis/#predictonbatch-method)
"""

from __future__ import annotations

from collections.abc import Iterator

from lint_rules.rules import words
from lint_rules.rules.base import Finding
from lint_rules.rules.on_batch import on_batch
from lint_rules.rules.report import finding, loop_words, trace_of
from lint_rules.semantics.domains.array_readings import Rows
from lint_rules.semantics.project.backend import backend_of
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import call_sites, loop_uses
from lint_rules.semantics.queries.repetition.verdicts import Reason, Repeat
from lint_rules.semantics.syntax.module_index import Module

_COSTS = {
    "tensorflow": "about 50 ms a call against 1 ms",
    "jax": "about 0.7 ms a call against 0.2 ms",
    "torch": "about 3 ms a call against 1-2 ms",
}
_WHY = {
    Reason.LIVE: "inputs arrive live",
    Reason.CARRIED: "each input depends on the last output",
    Reason.SIZES: "each input has a size of its own",
    Reason.TRAINED: "weights change between the steps",
}


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        if site.method not in words.PER_STEP:
            continue
        use = next(iter(loop_uses(site, project)), None)
        if use is None or use.repeat is not Repeat.STEP:
            continue
        cost = _COSTS.get(backend_of(project, module) or "tensorflow", _COSTS["tensorflow"])
        loop = loop_words(use.region.module, use.region.node)
        why = _WHY.get(use.reason, "inputs arrive one by one")
        yield finding(
            "KI202",
            module,
            site.call,
            f"{site.method}() runs once per step of `{loop}` ({why}): {cost} for predict_on_batch(). "
            "Write predict_on_batch(x), or model(x, training=False).",
            certain=site.proven and not use.path.likely,
            trace=trace_of(use.path, use.frame, use.region),
            fix=on_batch(site, project, one_row=use.rows == {Rows.ONE}),
        )
