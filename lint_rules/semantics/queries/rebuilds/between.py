"""What happens between one making of a model and the next: is one trained or written to disk, does anything arrive?"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.contexts import Path, Region
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import FunctionObject, Result
from lint_rules.semantics.flow import limits
from lint_rules.semantics.knowledge import live as arrivals
from lint_rules.semantics.knowledge.saving_names import FILES_WITHOUT_MODELS, TRAINS_OR_SAVES
from lint_rules.semantics.syntax.module_index import Module, last_name


def repeated_by(region: Region) -> list[ast.AST]:
    """What a loop runs in each iteration."""
    loop = region.node
    return list(loop.body) if isinstance(loop, ast.For | ast.AsyncFor | ast.While) else [loop]


def changes_models(inference: Inference, path: Path, number: int, region: Region | None) -> bool:
    """Whether anything on a way, up to a loop or to a whole function, trains a model or writes one to disk."""
    for frame in path.frames[:number]:
        if frame.function is not None and _writes(inference, frame.module, [frame.function.node]):
            return True
    if region is not None:
        return _writes(inference, region.module, repeated_by(region))
    function = path.frames[number].function
    return function is not None and _writes(inference, path.frames[number].module, [function.node])


def _writes(
    inference: Inference, module: Module, nodes: list[ast.AST], depth: int = limits.MAX_CALLS_TO_SAVING
) -> bool:
    """Whether code trains a model or saves one, directly or through functions of the project."""
    calls = [part for node in nodes for part in ast.walk(node) if isinstance(part, ast.Call)]
    if any(last_name(call.func) in TRAINS_OR_SAVES and _may_write_model(call) for call in calls):
        return True
    if depth == 0:
        return False
    called = {
        value.function
        for call in calls
        for value in inference.values(module, call.func)
        if isinstance(value, FunctionObject)
    }
    return any(_writes(inference, function.module, [function.node], depth - 1) for function in called)


def _may_write_model(call: ast.Call) -> bool:
    """`save` writes images and figures too: those that name another kind of file write no model."""
    if last_name(call.func) != "save":
        return True
    texts = [p.value for p in ast.walk(call) if isinstance(p, ast.Constant) and isinstance(p.value, str)]
    return isinstance(call.func, ast.Attribute) and not any(
        text.lower().endswith(FILES_WITHOUT_MODELS) for text in texts
    )


def waits(inference: Inference, region: Region) -> bool:
    """Whether an endless loop waits for what arrives: no search among random models does."""
    if not isinstance(region.node, ast.While):
        return False
    calls = [node for part in region.node.body for node in ast.walk(part) if isinstance(node, ast.Call)]
    return any(_waits(inference, region.module, call) for call in calls if not isinstance(call.func, ast.Call))


def _waits(inference: Inference, module: Module, call: ast.Call) -> bool:
    """Whether a call waits for a device, a socket or the like."""
    if last_name(call.func) in arrivals.CALLS:
        return True
    if not isinstance(call.func, ast.Attribute) or call.func.attr != arrivals.READ:
        return False
    return any(
        isinstance(value, Result) and value.name.startswith(arrivals.DEVICES)
        for value in inference.values(module, call.func.value)
    )
