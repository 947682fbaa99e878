"""Does code train or replace a model: calls that change weights, in a region or in what it calls."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from lint_rules.semantics.domains.types import Inference
from lint_rules.semantics.domains.values import ClassObject, External, FunctionObject, Result, Values
from lint_rules.semantics.flow import limits
from lint_rules.semantics.syntax.module_index import Function, Module, last_name

CHANGES_WEIGHTS = frozenset(
    [
        "fit",
        "fit_generator",
        "train_on_batch",
        "partial_fit",
        "set_weights",
        "load_weights",
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
# Methods that train by every convention; they count where the code does not show what they do.
_TRAINS_BY_NAME = frozenset(
    [
        "train",
        "learn",
        "replay",
        "train_step",
        "train_agent",
        "train_model",
        "train_models",
        "experience_replay",
        "train_replay",
        "optimize",
        "train_discriminator",
        "train_generator",
        "train_batch",
        "train_critic",
        "train_actor",
        "update_model",
        "backward",
        "update_network",
        "train_short_memory",
        "train_long_memory",
        "update_policy",
        "update_weights",
        "train_epoch",
    ]
)
# Packages whose `fit` and the like leave Keras models alone.
_WITHOUT_KERAS = ("sklearn.", "PIL.", "scipy.", "numpy.", "cv2.", "skimage.", "pandas.", "matplotlib.")


@dataclass(frozen=True, slots=True)
class _Summary:
    """Whether code changes weights by itself, and the functions of the project that it may call."""

    changes: bool
    callees: tuple[Function, ...] = ()


def trains(inference: Inference, module: Module, nodes: list[ast.AST]) -> bool:
    """Whether any of some pieces of code changes the weights of a model, directly or a few calls further down."""
    rim = [_summary(inference, module, nodes)]
    seen: set[Function] = set()
    for _ in range(limits.MAX_CALLS_TO_TRAINING):
        if any(summary.changes for summary in rim):
            return True
        reached = dict.fromkeys(callee for summary in rim for callee in summary.callees if callee not in seen)
        seen.update(reached)
        rim = [_summary_of(inference, function) for function in reached]
    return any(summary.changes for summary in rim)


def function_trains(inference: Inference, function: Function) -> bool:
    """The same for a function of the project."""
    return trains(inference, function.module, _body(function))


def _body(function: Function) -> list[ast.AST]:
    return [function.node.body] if isinstance(function.node, ast.Lambda) else list(function.node.body)


def _summary_of(inference: Inference, function: Function) -> _Summary:
    return inference.project.memo.ask(
        ("changes of weights", function),
        lambda: _summary(inference, function.module, _body(function)),
        unknown=_Summary(changes=True),
    )


def _summary(inference: Inference, module: Module, nodes: list[ast.AST]) -> _Summary:
    calls = [call for node in nodes for call in ast.walk(node) if isinstance(call, ast.Call)]
    for call in calls:
        if isinstance(call.func, ast.Attribute) and call.func.attr in CHANGES_WEIGHTS:
            if not _is_elsewhere(inference.values(module, call.func)):
                return _Summary(changes=True)
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
        if not shown and name in _TRAINS_BY_NAME:
            return _Summary(changes=True)
        found.update(dict.fromkeys(known))
    return _Summary(changes=False, callees=tuple(found))


def _is_elsewhere(callees: Values) -> bool:
    """Whether a call is shown to be that of a library which knows no Keras: `ImageOps.fit`, a scaler's `fit`."""
    return bool(callees) and all(
        isinstance(callee, External | Result) and callee.name.startswith(_WITHOUT_KERAS) for callee in callees
    )
