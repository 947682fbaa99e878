"""# model-rebuilt-for-predict (KI205)

## What it does
Finds code that loads (or builds) the same model again for every prediction: in a loop, in a request handler, or in a
task of a queue. A part of a model, `keras.Model(model.inputs, layer.output)`, is a model too: it shares the weights and
traces functions of its own; so is `Sequential(model.layers[:-1])`. An object whose constructor loads a model makes it
again with each object. A model that is made in traced code, such as a loss or a `Lambda` layer, is found as well.

## Why is this bad?
Reading a model from disk costs from a tenth of a second to minutes, the first `predict` of a new model traces and
compiles its graph again, and on TensorFlow every model stays in the session's memory until it is cleared. The
prediction itself costs milliseconds.

## Example
```python
import keras
import numpy as np


def score(x):
    model = keras.models.load_model("scores.keras")
    return model.predict(x)


for name in ("first.npy", "second.npy"):
    print(score(np.load(name)))
```

Use instead:
```python
import keras
import numpy as np

model = keras.models.load_model("scores.keras")


def score(x):
    return model.predict(x)


for name in ("first.npy", "second.npy"):
    print(score(np.load(name)))
```

## When not to
Ensembles, folds and searches, where each iteration has another model; models that are trained or saved between two
loads.
A function that is run once may load its model. Cached loaders (`lru_cache`, `st.cache_resource`) load once.

## Fix safety
Unsafe: the model is made once, above the loop that makes it, or by a function that keeps it (`functools.cache`), so
that a file which changes while the program runs is not read again, and every call has the same object, with the state
that stateful layers keep. Offered where nothing but constants and names of the module decide on the model, and where
the code only runs it; a function or method of the module that is given text and numbers keeps a model for each of them.
There is no fix for a model that is made in traced code, nor where the arms of a condition make a model each, nor for an
object that holds one: it may keep more than its model.

## References
- [Keras: Model saving and loading](https://keras.io/guides/serialization_and_saving/)
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix, TraceStep
from lint_rules.rules.base import Finding
from lint_rules.rules.report import describe, finding, loop_words, trace_of
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.contexts import Region, RegionKind, contexts_of
from lint_rules.semantics.knowledge.model_methods import LOOP_FAMILY
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import call_sites
from lint_rules.semantics.queries.direct_calls import direct_calls
from lint_rules.semantics.queries.rebuilds.making import may_be_made_by_a_call
from lint_rules.semantics.queries.rebuilds.rebuilds import rebuild_of
from lint_rules.semantics.queries.rebuilds.verdicts import Handler, Rebuild
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.testcode import is_test


def check(module: Module, project: Project) -> Iterator[Finding]:
    told: set[ast.expr] = set()
    for call, receiver, what in _uses(module, project):
        found = rebuild_of(contexts_of(project), module, call, receiver) if not is_test(module, call) else None
        if found is None:
            continue
        # What is made elsewhere than it predicts is told there: how it predicts can be a finding of its own.
        apart = found.module is module and (found.apart or _is_traced(found))
        node = found.made if apart else call
        if node in told:
            continue
        told.add(node)
        yield finding(
            "KI205", module, node, _message(found, what), trace=_trace(found), fix=partial(_fix, module, found, project)
        )


def _uses(module: Module, project: Project) -> Iterator[tuple[ast.Call, ast.expr, str]]:
    """The calls that run a model, the expression of the model, and what they do in words."""
    for site in call_sites(module, project):
        if site.method in LOOP_FAMILY and site.proven:
            yield site.call, site.receiver_node, f"call {site.method}()"
    inference = inference_of(project)
    for direct in direct_calls(
        module,
        project,
        lambda call: not is_test(module, call) and may_be_made_by_a_call(inference, module, call, call.func),
    ):
        from lint_rules.semantics.models.symbolic import is_symbolic

        given = direct.argument
        if direct.proven and given is not None and not is_symbolic(module, given, project):
            yield direct.call, direct.call.func, "call it"


def _fix(module: Module, found: Rebuild, project: Project) -> Fix | None:
    """The model made above the loop that makes it, or by a function that keeps it."""
    # An object may keep more than its model, and a new one each time may be what the code wants.
    if found.module is not module or _is_traced(found) or found.alternatives > 1 or found.held:
        return None
    loop = found.cause.node if isinstance(found.cause, Region) else None
    if loop is not None and any(parent is loop for _, parent in module.ancestors(found.made)):
        message = f"Make the model once, above the loop; {_STAYS}"
        row = loop.lineno if isinstance(loop, ast.stmt) else None
        return offer(module, found.made, lambda: _above(row), message)()
    from lint_rules.semantics.queries.rebuilds.lifting import constants_in, is_left_as_it_is, maker_to_keep

    if not is_left_as_it_is(module, found.made):
        return None
    message = f"Let a cached function make the model; {_STAYS}"
    maker = maker_to_keep(module, found.made, project)
    if maker is not None and isinstance(maker.node, ast.FunctionDef):
        return offer(module, maker.node, _cached, message)()
    constants = constants_in(module, found.made)
    if constants is None or module.function_of(found.made) is None:
        return None
    codes = {name: ast.unparse(value) for name, value in constants.items()}
    return offer(module, found.made, lambda: _kept(codes), message)()


_STAYS = "a file that changes while the program runs is not read again, and all calls share the model and its state"


def _above(row: int | None) -> Rewrite:
    from lint_rules.fixes.loops.hoist import hoist

    return partial(hoist, above_row=row)


def _cached() -> Rewrite:
    from lint_rules.fixes.calls.make_once import cache_function

    return cache_function


def _kept(constants: dict[str, str]) -> Rewrite:
    from lint_rules.fixes.calls.make_once import make_once

    return partial(make_once, constants=constants)


def _is_traced(found: Rebuild) -> bool:
    return isinstance(found.cause, Region) and found.cause.kind is RegionKind.TRACED


def _message(found: Rebuild, what: str) -> str:
    made = found.module.source(found.made, 40)
    if isinstance(found.cause, Handler):
        when = f"every call of the handler {found.cause.name}()"
    elif found.cause.kind is RegionKind.TRACED:
        return (
            f"`{made}` makes a model in code that is {describe(found.cause)}: again at each trace, with new variables, "
            "which fails once the code is traced a second time. Make it once, outside, and call that."
        )
    else:
        when = f"every iteration of `{loop_words(found.cause.module, found.cause.node)}`"
    if found.alternatives > 1:
        return f"{when} makes one of {found.alternatives} models anew (`{made}`) to {what}. Make each once, outside."
    if found.held:
        return f"{when} makes an object with the same model again (`{made}`) to {what}. Make it once, outside."
    return f"{when} makes the same model again (`{made}`) to {what}. Make it once, outside."


def _trace(found: Rebuild) -> tuple[TraceStep, ...]:
    made = TraceStep(found.module.location(found.made), "the model is made here each time")
    if isinstance(found.cause, Handler):
        return (made,)
    return (made, *trace_of(found.path, found.frame, found.cause))
