"""# predict-steps-truncates (KI406)

## What it does
Finds `predict(..., steps=n // batch_size)`: the number of steps rounded down.

## Why is this bad?
The last, incomplete batch is never predicted and nothing says so: 10 rows in batches of 4 with `steps=10 // 4` give 8
predictions. What comes after compares them with 10 labels, or writes 8 of 10 rows.

## Example
```python
import keras
import numpy as np

model = keras.models.load_model("scores.keras")
x = np.random.rand(10, 8)

scores = model.predict(x, batch_size=4, steps=len(x) // 4)
```

Use instead:
```python
import keras
import numpy as np

model = keras.models.load_model("scores.keras")
x = np.random.rand(10, 8)

scores = model.predict(x, batch_size=4)
```

## When not to
A division that leaves no rest loses nothing: constants that divide, a batch size of 1. Generators without an end need a
number of steps; the rule is silent on those that the code shows to be endless, and where the labels are cut to the same
length.

## Fix safety
Unsafe: more rows come back than before. For a generator of your own, round up: `math.ceil(n / batch_size)`.

## References
- [Keras: Model training APIs, predict](https://keras.io/api/models/model_training_apis/)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix
from lint_rules.rules import words
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.rewrite import Rewrite, first_of, offer
from lint_rules.semantics.knowledge.model_methods import STEPS_PLACE
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites
from lint_rules.semantics.queries.step_counts import cut_to_fit, has_end, rounding_of
from lint_rules.semantics.syntax.module_index import Module


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        if site.method not in words.ROUNDED_STEPS or site.argument is None:
            continue
        given = next((k.value for k in site.call.keywords if k.arg == "steps"), None)
        if given is None and len(site.call.args) > STEPS_PLACE[site.method]:
            given = site.call.args[STEPS_PLACE[site.method]]
        if given is None:
            continue
        division = rounding_of(project, module, given)
        if division is None or not has_end(project, module, site.argument):
            continue
        if cut_to_fit(project, module, site.call, given):
            continue
        yield finding(
            "KI406",
            module,
            site.call,
            f"`{division.module.source(division.node)}` rounds down: {site.method}() never sees the last, incomplete "
            "batch, and fewer predictions come back than there are rows. Omit steps, or round up.",
            certain=site.proven,
            fix=_fix(site),
        )


def _fix(site: CallSite) -> Callable[[], Fix | None]:
    message = "Omit steps; the rows of the last batch come back too"
    return first_of(
        offer(site.module, site.call, _without_steps, message),
        offer(site.module, site.call, lambda: _without_place(STEPS_PLACE[site.method]), message),
    )


def _without_steps() -> Rewrite:
    from lint_rules.fixes.calls.arguments import remove_arguments

    return partial(remove_arguments, names=("steps",))


def _without_place(place: int) -> Rewrite:
    from lint_rules.fixes.calls.arguments import remove_positional

    return partial(remove_positional, place=place)
