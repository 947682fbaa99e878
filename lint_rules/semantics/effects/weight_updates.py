"""Does code train or replace a model: calls that change weights, in a region or in what it calls."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.types import Inference
from lint_rules.semantics.domains.values import ClassObject, External, FunctionObject, Result, Values
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
_MAX_CALLS = 160
_MAX_DEPTH = 3


def trains(inference: Inference, module: Module, nodes: list[ast.AST], depth: int = 0) -> bool:
    """Whether any of some pieces of code changes the weights of a model, directly or through calls."""
    calls = [call for node in nodes for call in ast.walk(node) if isinstance(call, ast.Call)]
    for call in calls:
        name = last_name(call.func) if not isinstance(call.func, ast.Call) else None
        if name in CHANGES_WEIGHTS and isinstance(call.func, ast.Attribute):
            if not _is_elsewhere(inference.values(module, call.func)):
                return True
    for call in calls[:_MAX_CALLS]:
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
            return True
        if depth < _MAX_DEPTH and any(function_trains(inference, item, depth + 1) for item in known):
            return True
    return False


def _is_elsewhere(callees: Values) -> bool:
    """Whether a call is shown to be that of a library which knows no Keras: `ImageOps.fit`, a scaler's `fit`."""
    return bool(callees) and all(
        isinstance(callee, External | Result) and callee.name.startswith(_WITHOUT_KERAS) for callee in callees
    )


def function_trains(inference: Inference, function: Function, depth: int = 0) -> bool:
    """Whether a function changes the weights of a model, directly or through calls."""
    key = ("trains", function)
    memo = inference.project.memo
    if key not in memo:
        memo[key] = False
        body: list[ast.AST] = (
            [function.node.body] if isinstance(function.node, ast.Lambda) else list(function.node.body)
        )
        memo[key] = trains(inference, function.module, body, depth)
    return bool(memo[key])
