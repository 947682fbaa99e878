"""# removed-predict-api (KI402)

## What it does
Finds calls that Keras no longer has: `predict_classes`, `predict_proba`, `predict_generator` and `evaluate_generator`
on a Keras model, `keras.backend.set_learning_phase`, and torch's `model.eval()` on a Keras model.

## Why is this bad?
They raise `AttributeError`. `predict_classes` and `predict_proba` went with TensorFlow 2.6, the generator methods and
the learning phase with Keras 3.

## Example
```python
import keras

model = keras.models.load_model("digits.keras")


def classify(x):
    return model.predict_classes(x)
```

Use instead:
```python
import keras

model = keras.models.load_model("digits.keras")


def classify(x):
    return model.predict(x).argmax(axis=-1)
```

For a single sigmoid output write `(model.predict(x) > 0.5).astype("int32")`. `predict` and `evaluate` take generators
as they are. The learning phase is now the `training=` argument of a direct call, and `predict` needs none.

## When not to
Objects of other libraries (scikit-learn, SciKeras, torch) have such methods, and so do Keras models of projects that
stay on Keras 2.

## Fix safety
Safe for the generator methods, which only change their name; unsafe for `predict_classes` and `predict_proba`, whose
replacement depends on the last activation. `set_learning_phase(0)` is left out, with its import where it has one, and
of `model.eval()` at most `model` is left, which is unsafe: calls run in inference mode as it is, but a model that
`fit` trained in the phase 0 of Keras 2 now trains in training mode, and a layer whose `call` defaults to
`training=True` needs `training=False` (KI302). What `set_learning_phase(1)` was meant for the code does not tell.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.rewrite import Rewrite, offer, place
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import External
from lint_rules.semantics.project.keras_version import is_keras_3
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites
from lint_rules.semantics.queries.final_activation import last_activation
from lint_rules.semantics.queries.receivers import Verdict, receivers_of
from lint_rules.semantics.syntax.module_index import Module, end, start

_INSTEAD = {
    "predict_classes": 'predict(x).argmax(axis=-1), or (predict(x) > 0.5).astype("int32") for one sigmoid output',
    "predict_proba": "predict(x)",
    "predict_generator": "predict(generator)",
    "evaluate_generator": "evaluate(generator)",
}


def check(module: Module, project: Project) -> Iterator[Finding]:
    if not is_keras_3(project, module):
        return
    for site in call_sites(module, project):
        if site.method in _INSTEAD:
            yield finding(
                "KI402",
                module,
                site.call,
                f"{site.method}() was removed from Keras models. Write {_INSTEAD[site.method]}.",
                certain=site.proven,
                fix=_classes_fix(site, project) if site.method == "predict_classes" else _FIXES[site.method](site),
            )
    inference = inference_of(project)
    for call in module.calls.get("set_learning_phase", ()):
        names = [value.name for value in inference.values(module, call.func) if isinstance(value, External)]
        if any(name == "keras.backend.set_learning_phase" for name in names):
            yield finding(
                "KI402",
                module,
                call,
                "set_learning_phase() was removed in Keras 3. Say training=True or training=False where the model is "
                "called; predict() needs neither.",
                fix=_phase_fix(module, call),
            )
    receivers = receivers_of(project)
    for call in module.calls.get("eval", ()):
        if isinstance(call.func, ast.Attribute) and not call.args and not call.keywords:
            receiver = receivers.of(module, call.func.value, "eval")
            if receiver.verdict is Verdict.PROVEN and not _is_torch(module):
                yield finding(
                    "KI402",
                    module,
                    call,
                    "Keras models have no eval(): that is torch. Say training=False where the model is called; "
                    "predict() runs in inference mode.",
                    fix=offer(module, call, _without_eval, _EVAL_LEFT_OUT),
                )


_EVAL_LEFT_OUT = "Leave eval() out; predict() and a call without training=True run in inference mode"
_PHASE_LEFT_OUT = (
    "Leave the learning phase out; predict() and a call without training=True run in inference mode, and fit() trains "
    "layers that the phase 0 of Keras 2 kept from it"
)


def _phase_fix(module: Module, call: ast.Call) -> Callable[[], Fix | None] | None:
    """Nothing in place of the phase 0. Which calls the phase 1 was meant for, the code does not tell."""
    if not _is_inference(call):
        return None
    if isinstance(call.func, ast.Attribute):
        return offer(module, call, _without, _PHASE_LEFT_OUT)
    # By its bare name the function was imported, and that import fails by itself: it has to go with all calls.
    uses = [module.parents.get(use) for use in module.names.get("set_learning_phase", ())]
    calls = [use for use in uses if isinstance(use, ast.Call) and _is_inference(use)]
    return offer(module, call, lambda: _without_import(module, calls), _PHASE_LEFT_OUT) if calls == uses else None


def _is_inference(call: ast.Call) -> bool:
    """Whether a call sets the learning phase to 0."""
    given = call.args[0] if len(call.args) == 1 and not call.keywords else None
    return isinstance(given, ast.Constant) and not given.value


def _without() -> Rewrite:
    from lint_rules.fixes.calls.drop_statement import drop_statement

    return drop_statement


def _without_import(module: Module, calls: list[ast.Call]) -> Rewrite:
    from lint_rules.fixes.calls.drop_statement import drop_imported

    spans = [(place(module, *start(call)), place(module, *end(call))) for call in calls]
    return partial(drop_imported, name="set_learning_phase", calls=spans)


def _without_eval() -> Rewrite:
    from lint_rules.fixes.calls.drop_statement import drop_eval

    return drop_eval


def _is_torch(module: Module) -> bool:
    """On the torch backend a Keras model is a torch module, and has eval()."""
    return "torch" in module.text


def _generator_fix(site: CallSite) -> Callable[[], Fix | None]:
    def new_name() -> Rewrite:
        from lint_rules.fixes.calls.generator_api import to_generator_free

        return to_generator_free

    return offer(site.module, site.call, new_name, "Call the method that took over, with the same generator", safe=True)


def _proba_fix(site: CallSite) -> Callable[[], Fix | None]:
    def new_name() -> Rewrite:
        from lint_rules.fixes.calls.removed_api import predict_proba_to_predict

        return predict_proba_to_predict

    message = "Call predict(); it gives probabilities only where the last activation does"
    return offer(site.module, site.call, new_name, message)


def _classes_fix(site: CallSite, project: Project) -> Callable[[], Fix | None]:
    """argmax or the threshold, where the code shows the activation that the model ends with."""

    def fix() -> Fix | None:
        activation = last_activation(site, project)
        if activation is None:
            return None
        message = f"Take the class from predict(); the last activation is read to be {activation}"
        return offer(site.module, site.call, lambda: _to_class(activation), message)()

    return fix


def _to_class(activation: str) -> Rewrite:
    from lint_rules.fixes.calls.removed_api import predict_classes_to_predict

    return partial(predict_classes_to_predict, last_activation=activation)


_FIXES = {
    "predict_generator": _generator_fix,
    "evaluate_generator": _generator_fix,
    "predict_proba": _proba_fix,
}
