"""What a call in a builder, or in a layer's `call`, adds to a model, through the functions that it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import replace
from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.values import (
    Basic,
    Collection,
    External,
    FunctionObject,
    Instance,
    KerasLayer,
    KerasModel,
    ModelMethod,
    Origin,
    Result,
    Values,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Activation, Place, Run
from lint_rules.semantics.flow.own_objects import objects
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.knowledge.layer_calls import (
    ASK_MODE,
    BUILTINS,
    CALL_METHODS,
    MERGES,
    OPAQUE,
    PLAIN,
    PLAIN_METHODS,
    is_plain,
)
from lint_rules.semantics.models.layers import Part, Truth
from lint_rules.semantics.models.parts.walk import Region, State, Walk, varies
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, last_name


def body(walk: Walk, function: Function, run: Run, state: State) -> None:
    """Everything that a function calls when it runs."""
    key = ("body", function, run.edge if run is not None else None)
    if key in walk.open or len(walk.open) > limits.MAX_LAYER_DEPTH:
        walk.complete = walk.complete and key in walk.open
        return
    walk.open.append(key)
    try:
        training = _training_parameter(function)
        if training is not None:
            if _default(walk, function, training) is True:
                state = replace(state, bare=True, waker=_label(function))
            test = _asked(function, training) if function.name in CALL_METHODS else None
            if test is not None:
                origin = Origin(function.module, test)
                walk.add(Part(_label(function), origin, Truth.TRUE, follows=True, custom=True), state)
        for call in _calls_of(walk, function):
            called(walk, Region(function.module, run), call, state)
    finally:
        walk.open.pop()


def _label(function: Function) -> str:
    return function.owner.name if function.owner is not None else function.name


def _training_parameter(function: Function) -> ast.arg | None:
    arguments = function.node.args
    return next((a for a in [*function.parameters, *arguments.kwonlyargs] if a.arg == "training"), None)


def _default(walk: Walk, function: Function, training: ast.arg) -> object:
    default = function.default_of(training)
    return None if default is None else walk.constants.of(function.module, default)


def _asked(function: Function, training: ast.arg) -> ast.expr | None:
    """The test of `training` in a `call`, which then depends on the mode whatever layers it holds."""
    module = function.module
    for name in module.names.get(training.arg, ()):
        if module.scopes[name].find(training.arg) is not function.scope:
            continue
        parent = module.parents[name]
        if isinstance(parent, ast.UnaryOp | ast.BoolOp):
            parent = module.parents[parent]
        if isinstance(parent, ast.If | ast.IfExp) and not _only_logs(parent):
            return parent.test
    return None


def _only_logs(statement: ast.AST) -> bool:
    """Whether the branches of an `if` only report, or give `training` a value."""
    if not isinstance(statement, ast.If):
        return False
    return all(
        isinstance(item, ast.Pass | ast.Raise)
        or (isinstance(item, ast.Assign) and isinstance(item.targets[0], ast.Name) and item.targets[0].id == "training")
        or (
            isinstance(item, ast.Expr)
            and isinstance(item.value, ast.Call)
            and (dotted(item.value.func) or "").startswith(("self.add_", "tf.summary", "print", "tf.print", "logging"))
        )
        for item in [*statement.body, *statement.orelse]
    )


def _calls_of(walk: Walk, function: Function) -> list[ast.Call]:
    nothing: list[ast.Call] = []
    return walk.project.memo.ask(("own calls", function), lambda: sorted(_own_calls(function), key=call_order), nothing)


def _own_calls(function: Function) -> Iterator[ast.Call]:
    """The calls in a function's body, without those in functions and classes defined in it."""
    node = function.node
    stack: list[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else list(node.body)
    while stack:
        current = stack.pop()
        if isinstance(current, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if isinstance(current, ast.Call):
            yield current
        stack.extend(ast.iter_child_nodes(current))


def call_order(call: ast.Call) -> tuple[int, int]:
    """Calls in the order in which they run, nearly: an inner call ends before the outer one."""
    return (call.end_lineno or 0, call.end_col_offset or 0)


def called(walk: Walk, region: Region, call: ast.Call, state: State) -> None:
    """What one call adds."""
    if walk.exhausted:
        walk.complete = False
        return
    walk.count_call()
    reached = walk.reached(region, call, state)
    if reached is None:
        return
    module, run = region.module, region.run
    function = call.func
    values = _callees(walk, region, function)
    if _sets_mode(call, values):
        walk.parts.append(Part(last_name(function) or "layer", Origin(module, call), Truth.FALSE))
        return
    if not values:
        if not _is_known_by_name(function) and not _is_keras_method(walk, module, function):
            walk.complete = False
        return
    external(walk, values)
    models = tuple(v for v in values if isinstance(v, KerasLayer | KerasModel | Instance))
    if models:
        walk.any_of(models, run, reached, each=varies(module, function))
    functions = [v for v in values if isinstance(v, FunctionObject)]
    if len(functions) > 1:
        reached = replace(reached, certain=False)
    for item in functions:
        skip = 1 if item.receiver is not None and item.function.is_method else 0
        body(walk, item.function, Activation(item.function, Edge(module, call, skip=skip), run), reached)
    for value in values:
        if isinstance(value, ModelMethod):
            walk.complete = walk.complete and value.name in PLAIN_METHODS
        elif isinstance(value, Result):
            plain = _is_known_by_name(function) or value.name.startswith(PLAIN)
            walk.complete = walk.complete and plain


def _callees(walk: Walk, region: Region, function: ast.expr) -> Values:
    """What a call calls; for `layer.call(...)`, which the code of a layer may write, the layer."""
    values = objects(walk.inference, Place(region.module, function, region.run))
    if isinstance(function, ast.Attribute) and function.attr in CALL_METHODS:
        if not any(isinstance(value, FunctionObject) for value in values):
            return objects(walk.inference, Place(region.module, function.value, region.run))
    return values


def _sets_mode(call: ast.Call, values: Values) -> bool:
    """Whether a call sets the mode by a constant, so that it does not follow the model's."""
    training = next((k.value for k in call.keywords if k.arg == "training"), None)
    own = bool(values) and all(isinstance(v, KerasLayer | KerasModel) for v in values)
    if training is None and len(call.args) >= 2 and own:
        training = call.args[1]
    return isinstance(training, ast.Constant) and training.value is not None and training.value in (True, False)


def _is_known_by_name(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in BUILTINS
    return isinstance(function, ast.Attribute) and function.attr in PLAIN_METHODS


def _is_keras_method(walk: Walk, module: Module, function: ast.expr) -> bool:
    """A method of one of Keras's own layers, of a tensor or of a list: `self.cell.get_initial_state(...)`."""
    base = walk.inference.values(module, function.value) if isinstance(function, ast.Attribute) else ()
    return bool(base) and all(isinstance(value, KerasLayer | Basic | Collection) for value in base)


def external(walk: Walk, values: Values) -> None:
    """Callables of libraries: the walk stays complete where they are known to hold no layer."""
    for value in values:
        if isinstance(value, External) and not _holds_no_layer(value.name):
            walk.complete = False


def _holds_no_layer(name: str) -> bool:
    last = name.rpartition(".")[2]
    if last in ASK_MODE and not name.startswith("tensorflow.nn."):
        return False
    if keras_names.makes_model(name) or keras_names.is_layer(name):
        return True  # it makes a layer; what matters is where the layer is called
    if name.startswith("keras.layers.") and last in MERGES:
        return True
    if name.startswith(OPAQUE):
        return False
    return is_plain(name) or last[:1].isupper()
