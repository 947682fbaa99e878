"""# baked-training-flag (KI303)

## What it does
Finds a constant `training=` on a layer or model that is called on symbolic tensors while a functional model is built,
where the layer depends on the mode. Keras 3 before 3.16; from 3.16 on, and in Keras 2, the flag is honoured.

## Why is this bad?
These versions ignore the flag as soon as the model is run by `fit`, `evaluate`, `predict`, or a call with its own
`training=`. Monte-Carlo dropout built with `Dropout(0.5)(x, training=True)` predicts without any dropout: its variance
is 0, and the uncertainty it reports is none. `base(x, training=False)` does not protect the `BatchNormalization` of a
base that is fine-tuned: `fit` moves its averages.

## Example
```python
import keras

inputs = keras.Input((16,))
x = keras.layers.Dense(32, activation="relu")(inputs)
x = keras.layers.Dropout(0.5)(x, training=True)
outputs = keras.layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
```

Use instead:
```python
import keras


class MCDropout(keras.layers.Dropout):
    def call(self, inputs):
        return super().call(inputs, training=True)


inputs = keras.Input((16,))
x = keras.layers.Dense(32, activation="relu")(inputs)
x = MCDropout(0.5)(x)
outputs = keras.layers.Dense(1)(x)
model = keras.Model(inputs, outputs)
```

For a base that is fine-tuned, freeze what must not move: `layer.trainable = False` for each `BatchNormalization` of the
base. A frozen `BatchNormalization` runs in inference mode on every version.

## When not to
The rule is silent on layers that do not depend on the mode, inside a `call` method (the flag holds there), on a base
that stays frozen, and on Keras 2. Set `keras-version` if the project runs on Keras 3.16 or later.

## Fix safety
Unsafe: with a subclass of Dropout `predict` samples, which it did not, and loading the model takes the class
(`custom_objects`); frozen BatchNormalization keeps its averages, and its scale and offset too. A base is frozen below
the statement that makes it trainable again, or above its call. There is no fix for a layer that is used several times,
for layers whose `call` takes more than the inputs, and for a base that is not one of `keras.applications`.

## References
- [Keras: transfer learning and fine-tuning](https://keras.io/guides/transfer_learning/)
- [Keras: the functional API](https://keras.io/guides/functional_api/)
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from functools import partial

from lint_rules.findings.diagnostics import Fix, Position
from lint_rules.rules.base import Finding
from lint_rules.rules.report import finding
from lint_rules.rules.rewrite import Rewrite, offer, place
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import Instance, KerasLayer, KerasModel, Values
from lint_rules.semantics.knowledge.model_methods import TRAINS
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.models.fitted_models import RUNS, is_run
from lint_rules.semantics.models.layers import Part
from lint_rules.semantics.models.parts.freezing import trainable_set
from lint_rules.semantics.models.symbolic import is_symbolic
from lint_rules.semantics.project.keras_version import NEWEST, keras_version
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import direct_calls, names_of
from lint_rules.semantics.syntax.module_index import Module, end, last_name, start
from lint_rules.semantics.syntax.scopes import ScopeKind
from lint_rules.semantics.syntax.testcode import is_test

_MENDED = (3, 16)
_NORM = "BatchNormalization"
# The layers whose call takes the inputs, the mode and nothing else.
_ONLY_INPUTS = frozenset(
    {"AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise"}
    | {"SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D"}
)


def check(module: Module, project: Project) -> Iterator[Finding]:
    calls = [call for named in module.calls.values() for call in named] + module.other_calls
    flagged = [(call, flag) for call in calls if (flag := _constant_flag(call)) is not None]
    if not flagged or not _is_affected(project, module):
        return
    for call, flag in sorted(flagged, key=lambda pair: (pair[0].lineno, pair[0].col_offset)):
        if not call.args or is_test(module, call):
            continue
        values = inference_of(project).values(module, call.func)
        if not values or not all(isinstance(v, KerasLayer | KerasModel | Instance) for v in values):
            continue
        parts = _mode_parts(module, project, values)
        if not parts or not is_symbolic(module, call.args[0], project):
            continue
        function = module.function_of(call)
        if flag:
            # An augmentation that predict leaves out is what anybody wants.
            parts = tuple(part for part in parts if not part.data_only)
            if parts and (is_run(module, function, project, RUNS) or not _is_called_bare(module, project)):
                yield _on(module, call, parts, project)
        elif not _stays_frozen(module, project, values) and is_run(module, function, project, TRAINS):
            yield _off(module, call, parts, values)


def _on(module: Module, call: ast.Call, parts: tuple[Part, ...], project: Project) -> Finding:
    held = names_of(parts)
    random = next((part.name for part in parts if not part.name.endswith("Normalization")), None)
    instead = (
        "Omit it: fit trains with the statistics of the batch anyway, and predict should not use them."
        if random is None
        else f"Subclass it: class MC{random}({random}) whose call passes training=True to super()."
    )
    return finding(
        "KI303",
        module,
        call,
        f"Keras 3 before 3.16 ignores training=True here: fit, predict and evaluate run {held} in their own mode. "
        + instead,
        fix=_left_out(module, call) if random is None else partial(_subclassed, module, call, project),
    )


def _off(module: Module, call: ast.Call, parts: tuple[Part, ...], values: Values) -> Finding:
    held = names_of(parts)
    return finding(
        "KI303",
        module,
        call,
        f"Keras 3 before 3.16 ignores training=False here: fit runs {held} in training mode. "
        "Freeze BatchNormalization instead: layer.trainable = False.",
        fix=partial(_frozen, module, call, parts, values),
    )


def _left_out(module: Module, call: ast.Call) -> Callable[[], Fix | None]:
    message = "Leave training=True out; Keras 3.16 and later would have heeded it in predict()"
    return offer(module, call, _without_flag, message)


def _subclassed(module: Module, call: ast.Call, project: Project) -> Fix | None:
    """A subclass that is always in training mode, for a layer that is made for this one call."""
    made = _made_for(module, call)
    if made is None or last_name(made.func) not in _ONLY_INPUTS or not _is_known_everywhere(module, made.func):
        return None
    values = inference_of(project).values(module, call.func)
    if not all(isinstance(value, KerasLayer) for value in values):
        return None
    message = (
        "Call a subclass that is always in training mode; predict() then samples, unlike before, and load_model() "
        "wants the class among its custom_objects"
    )
    return offer(module, call, lambda: _always_in_training(_span(module, made)), message)()


def _frozen(module: Module, call: ast.Call, parts: tuple[Part, ...], values: Values) -> Fix | None:
    """BatchNormalization frozen: where it is made, or in the base that holds it."""
    message = (
        "Freeze BatchNormalization, which then runs in inference mode; its scale and offset are not trained either"
    )
    if all(isinstance(value, KerasLayer) for value in values):
        made = _made_for(module, call)
        if made is None or any(part.name != _NORM for part in parts):
            return None
        return offer(module, call, lambda: _frozen_layer(_span(module, made)), message)()
    flat = all(isinstance(value, KerasModel) and value.maker.startswith("keras.applications.") for value in values)
    if not flat or not any(part.name == _NORM for part in parts):
        # Of a model within the model, `layers` does not give the layers.
        return None
    base = module.source(call.func, 200)
    stores = [store for store in module.stores.get("trainable", ()) if not _is_false(store.value)]
    statements = [module.statement_of(store.target) for store in stores]
    if len(stores) > 1 or any(module.source(store.target.value, 200) != base for store in stores):
        return None
    thawed = place(module, *start(statements[0])) if statements else None
    return offer(module, call, lambda: _frozen_base(thawed), message)()


def _is_false(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _made_for(module: Module, call: ast.Call) -> ast.Call | None:
    """The call that makes a layer, if the layer is used by one call only, attributes aside."""
    if isinstance(call.func, ast.Call):
        return call.func
    if not isinstance(call.func, ast.Name):
        return None
    scope = module.scopes[call.func].find(call.func.id)
    bindings = scope.bindings[call.func.id] if scope is not None else []
    value = bindings[0].value if len(bindings) == 1 and not bindings[0].path else None
    for node, around in module.scopes.items():
        if not isinstance(node, ast.Name) or node.id != call.func.id or not isinstance(node.ctx, ast.Load):
            continue
        if around.find(node.id) is scope and node is not call.func:
            if not isinstance(module.parents.get(node), ast.Attribute):
                return None
    return value if isinstance(value, ast.Call) else None


def _is_known_everywhere(module: Module, callee: ast.expr) -> bool:
    """Whether what a name chain starts with is a name of the module."""
    while isinstance(callee, ast.Attribute):
        callee = callee.value
    if not isinstance(callee, ast.Name):
        return False
    scope = module.scopes[callee].find(callee.id)
    return scope is not None and scope.kind is ScopeKind.MODULE


def _span(module: Module, node: ast.expr) -> tuple[Position, Position]:
    return place(module, *start(node)), place(module, *end(node))


def _without_flag() -> Rewrite:
    from lint_rules.fixes.calls.arguments import remove_arguments

    return partial(remove_arguments, names=("training",))


def _always_in_training(made: tuple[Position, Position]) -> Rewrite:
    from lint_rules.fixes.calls.fixed_mode import always_in_training

    return partial(always_in_training, made=made)


def _frozen_layer(made: tuple[Position, Position]) -> Rewrite:
    from lint_rules.fixes.calls.fixed_mode import frozen_layer

    return partial(frozen_layer, made=made)


def _frozen_base(thawed: Position | None) -> Rewrite:
    from lint_rules.fixes.calls.fixed_mode import frozen_base

    return partial(frozen_base, thawed=thawed)


def _constant_flag(call: ast.Call) -> bool | None:
    for keyword in call.keywords:
        if keyword.arg == "training" and isinstance(keyword.value, ast.Constant) and keyword.value.value is not None:
            return bool(keyword.value.value)
    return None


def _is_affected(project: Project, module: Module) -> bool:
    version = keras_version(project, module)
    # "3" alone, or "<4", leaves the newest release open.
    return version[0] == 3 and (version < _MENDED or (version[1] == 99 and NEWEST < _MENDED))


def _mode_parts(module: Module, project: Project, values: Values) -> tuple[Part, ...]:
    """The mode-dependent layers behind the callee that follow the flag given to it."""
    return compositions_of(project).thawed(module, values).sleeping


def _stays_frozen(module: Module, project: Project, values: Values) -> bool:
    """Whether the code freezes all that is called, and never unfreezes it."""
    inference = inference_of(project)
    for value in values:
        flags = trainable_set(inference, value, module)
        if not flags or True in flags:
            return False
    return True


def _is_called_bare(module: Module, project: Project) -> bool:
    """Whether the module calls models itself and leaves `predict` and `fit` alone: a bare call honours the flag."""
    if any(name in module.calls for name in RUNS):
        return False
    given = (direct.argument for direct in direct_calls(module, project, lambda call: bool(call.args)))
    return any(argument is not None and not is_symbolic(module, argument, project) for argument in given)
