"""Does code train or replace a model: calls that change weights, in a region or in what it calls."""

from __future__ import annotations

import ast

from lint_rules.records import dataclass
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.types.mappings import same_root
from lint_rules.semantics.domains.values import (
    ClassObject,
    External,
    FunctionObject,
    KerasModel,
    Result,
    Value,
    Values,
    union,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.keras_names import OPTIMIZER_OPTIONS
from lint_rules.semantics.knowledge.model_methods import WRITES_OWN_WEIGHTS
from lint_rules.semantics.knowledge.training_names import TRAINS_BY_NAME, WITHOUT_KERAS
from lint_rules.semantics.models.sharing import share_no_layer
from lint_rules.semantics.syntax.module_index import AttributeStore, Function, Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import BindingKind

CHANGES_WEIGHTS = WRITES_OWN_WEIGHTS | frozenset(
    [
        "partial_fit",
        "apply_gradients",
        "minimize",
        "set_value",
        "batch_set_value",
        "assign",
        "assign_sub",
        "assign_add",
        "update_target",
        "update_target_model",
        "soft_update",
    ]
)


@dataclass(frozen=True, slots=True)
class Trained:
    """The models whose weights code changes; `others` tells that it changes weights of who knows which as well."""

    models: Values = ()
    others: bool = False

    def __bool__(self) -> bool:
        return self.others or bool(self.models)

    def __or__(self, other: Trained) -> Trained:
        return Trained(union(self.models, other.models), self.others or other.others)


@dataclass(frozen=True, slots=True)
class _Summary:
    """The models that code changes by itself, and the functions of the project that it may call."""

    trained: Trained
    callees: tuple[Function, ...] = ()


def trained_models(inference: Inference, module: Module, nodes: list[ast.AST]) -> Trained:
    """The models whose weights some pieces of code change, directly or a few calls further down."""
    return _with_callees(inference, _summary(inference, module, nodes))


def _with_callees(inference: Inference, summary: _Summary) -> Trained:
    """What a piece of code trains by itself, and what the functions that it calls do."""
    rim = [summary]
    found = summary.trained
    seen: set[Function] = set()
    for _ in range(limits.MAX_CALLS_TO_TRAINING):
        if found.others:
            return found
        reached = dict.fromkeys(callee for summary in rim for callee in summary.callees if callee not in seen)
        seen.update(reached)
        rim = [_summary_of(inference, function) for function in reached]
        for summary in rim:
            found |= summary.trained
    return found


def trained_by(inference: Inference, function: Function) -> Trained:
    """The same for a function of the project."""
    return inference.project.memo.ask(
        ("trained by", function),
        lambda: _with_callees(inference, _summary_of(inference, function)),
        unknown=Trained(others=True),
    )


def trains(inference: Inference, module: Module, nodes: list[ast.AST]) -> bool:
    """Whether some pieces of code change the weights of any model."""
    return bool(trained_models(inference, module, nodes))


def _body(function: Function) -> list[ast.AST]:
    return [function.node.body] if isinstance(function.node, ast.Lambda) else list(function.node.body)


def _summary_of(inference: Inference, function: Function) -> _Summary:
    return inference.project.memo.ask(
        ("changes of weights", function),
        lambda: _summary(inference, function.module, _body(function)),
        unknown=_Summary(Trained(others=True)),
    )


def _summary(inference: Inference, module: Module, nodes: list[ast.AST]) -> _Summary:
    calls = [call for node in nodes for call in ast.walk(node) if isinstance(call, ast.Call)]
    trained = Trained()
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in CHANGES_WEIGHTS:
            callees = inference.values(module, call.func)
            if not _is_elsewhere(callees) and not _is_shown(inference, callees):
                trained |= _changed(inference, module, call.func)
    found: dict[Function, None] = {}
    for call in calls[: limits.MAX_CALLS_OF_A_BODY]:
        name = last_name(call.func) if not isinstance(call.func, ast.Call) else None
        callees = inference.values(module, call.func)
        known = [v.function for v in callees if isinstance(v, FunctionObject)]
        known += [
            method
            for v in callees
            if isinstance(v, ClassObject) and (method := inference.method(v.cls, "__init__")) is not None
        ]
        known = [item for function in known for item in inference.implementations(function)]
        shown = any(not function.is_declaration for function in known) if known else bool(callees)
        if not shown and name in TRAINS_BY_NAME:
            return _Summary(Trained(others=True))
        found.update(dict.fromkeys(known))
    return _Summary(trained, tuple(found))


def _changed(inference: Inference, module: Module, function: ast.Attribute) -> Trained:
    """The models that `model.fit` changes; those of an optimiser, a variable or an object are out of sight."""
    if _sets_an_option(module, function):
        return Trained()
    values = inference.values(module, function.value)
    if function.attr not in WRITES_OWN_WEIGHTS or not values:
        return Trained(others=True)
    return Trained(values) if all(isinstance(value, KerasModel) for value in values) else Trained(others=True)


def _sets_an_option(module: Module, function: ast.Attribute) -> bool:
    """Whether a variable is set that no model computes with: `K.set_value(model.optimizer.lr, rate)`."""
    call = module.parents.get(function)
    given = call.args[0] if function.attr == "set_value" and isinstance(call, ast.Call) and call.args else None
    subject = given if given is not None else function.value
    return isinstance(subject, ast.Attribute) and subject.attr in OPTIMIZER_OPTIONS


def is_spared(inference: Inference, module: Module, receiver: ast.expr, trained: Trained) -> bool:
    """Whether no training among `trained` changes the model of a call.

    Two models that were loaded apart share nothing, nor do those whose layers are made apart; a model with
    `trainable = False` stays as it is when another one, of which it is a part, is fitted.
    """
    models = inference.values(module, receiver)
    if trained.others or not models or any(model in trained.models for model in models):
        return False
    if _is_frozen(module, receiver) or all(_is_frozen_where_made(inference, model) for model in models):
        return True
    return all(share_no_layer(inference.project, model, other) for model in models for other in trained.models)


def _is_frozen(module: Module, receiver: ast.expr) -> bool:
    """Whether a model is only ever told not to train."""
    text = dotted(receiver)
    told = [
        store.value
        for store in module.stores.get("trainable", ())
        if dotted(store.target.value) == text
        and (not isinstance(receiver, ast.Name) or same_root(module, receiver, store.target.value))
    ]
    return (
        bool(told)
        and text is not None
        and all(isinstance(value, ast.Constant) and value.value is False for value in told)
    )


def _is_frozen_where_made(inference: Inference, model: Value) -> bool:
    """Whether the function that makes a model tells it not to train, and nobody tells it otherwise.

    What is told later, after the model has become a part of others that were compiled, changes nothing for those.
    """
    if not isinstance(model, KerasModel) or model.origin is None:
        return False
    module = model.origin.module
    maker = module.function_of(model.origin.node)
    told = [
        (store, whole)
        for store in module.stores.get("trainable", ())
        for owner, whole in [_told(module, store)]
        if model in inference.values(module, owner)
    ]
    return any(whole for _, whole in told) and all(
        isinstance(store.value, ast.Constant)
        and store.value.value is False
        and module.function_of(store.target) is maker
        for store, _ in told
    )


def _told(module: Module, store: AttributeStore) -> tuple[ast.expr, bool]:
    """What is told to train or not, and whether all of it is: each layer of a model, one after the other, is."""
    target = store.target.value
    bindings = bindings_of(module, target) if isinstance(target, ast.Name) else []
    loop = bindings[0].node if len(bindings) == 1 and bindings[0].kind is BindingKind.ITERATION else None
    layers = loop.iter if isinstance(loop, ast.For) else None
    picked = layers.value if isinstance(layers, ast.Subscript) else layers
    if not isinstance(loop, ast.For) or not isinstance(picked, ast.Attribute) or picked.attr != "layers":
        return target, True
    return picked.value, picked is layers and module.statement_of(store.target) in loop.body


def _is_shown(inference: Inference, callees: Values) -> bool:
    """Whether a call runs methods of the project, whose bodies tell what they train: `log.fit(x)` of a class `Log`."""
    return bool(callees) and all(
        isinstance(callee, FunctionObject)
        and any(not function.is_declaration for function in inference.implementations(callee.function))
        for callee in callees
    )


def _is_elsewhere(callees: Values) -> bool:
    """Whether a call is shown to be that of a library which knows no Keras: `ImageOps.fit`, a scaler's `fit`."""
    return bool(callees) and all(
        isinstance(callee, External | Result) and callee.name.startswith(WITHOUT_KERAS) for callee in callees
    )
