"""# loop-invariant-predict (KI204)

## What it does
Finds `model.predict(x)` in a loop that changes neither the model nor `x`, also in a function that the loop calls, and
the same call written twice in a row.

## Why is this bad?
Every evaluation gives the same numbers. On TensorFlow each costs about 50 ms and more, however small the input.

## Example
```python
import keras
import numpy as np

model = keras.models.load_model("classifier.keras")
x = np.random.rand(100, 8)

for k in range(10):
    print(k, np.mean(model.predict(x)[:, k]))
```

Use instead:
```python
import keras
import numpy as np

model = keras.models.load_model("classifier.keras")
x = np.random.rand(100, 8)

scores = model.predict(x)
for k in range(10):
    print(k, np.mean(scores[:, k]))
```

## When not to
Monte-Carlo dropout and stateful models give other numbers each time. The rule is silent where the model is trained or
its weights are set in the loop, where a clock is read in it, and where the input is a generator, a `Sequence` or
anything else that is not provably an array.

## Fix safety
Unsafe: the evaluation moves before the loop, and a loop that runs zero times evaluates it once. There is no fix where
the call stands in another function than the loop.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix, TraceStep
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding, loop_words, trace_of
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.knowledge.model_methods import LOOP_FAMILY
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites, loop_uses
from lint_rules.semantics.queries.repeated_sites import repeated_sites
from lint_rules.semantics.queries.repetition.verdicts import LoopUse, Repeat
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test


def check(module: Module, project: Project) -> Iterator[Finding]:
    for site in call_sites(module, project):
        if site.method not in LOOP_FAMILY or is_test(module, site.call):
            continue
        use = next(iter(loop_uses(site, project)), None)
        if use is None or use.repeat is not Repeat.INVARIANT:
            continue
        loop = loop_words(use.region.module, use.region.node)
        yield finding(
            "KI204",
            module,
            site.call,
            f"{site.method}() gives the same result in every iteration of `{loop}`: neither the model nor its input "
            "changes. Predict once before the loop.",
            certain=site.proven,
            trace=trace_of(use.path, use.frame, use.region),
            fix=_fix(site, use) if use.lexical else None,
        )
    for first, again in repeated_sites(module, project):
        if is_test(module, again.call):
            continue
        yield finding(
            "KI204",
            module,
            again.call,
            f"{again.method}() has just been given the same input (line {module.location(first.call).start.row}). "
            "Keep that result and use it again.",
            certain=again.proven,
            trace=(TraceStep(module.location(first.call), "first predicted here"),),
        )


def _fix(site: CallSite, use: LoopUse) -> Callable[[], Fix | None]:
    """The move above the loop."""
    node = use.region.node
    row = node.lineno if isinstance(node, ast.For | ast.While) else None

    def above_loop() -> Rewrite:
        from lint_rules.fixes.loops.hoist import hoist

        return partial(hoist, above_row=row)

    message = "Predict once before the loop; it then runs even where the loop has no iterations"
    return offer(site.module, site.call, above_loop, message)
