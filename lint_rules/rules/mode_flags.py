"""Fixes that the mode rules share: a `training=` at a call, a `training` parameter passed on."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from lint_rules.findings.diagnostics import Edit, Fix, Position
from lint_rules.rules.rewrite import Rewrite, offer, place
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import FunctionObject, Instance, Value
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.models.layers import Truth
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import DirectCall
from lint_rules.semantics.syntax.module_index import Function, end, start


def say_training(
    site: DirectCall, project: Project, value: str, message: str, *, safe: bool = False
) -> Callable[[], Fix | None]:
    """`training=value` at a direct call; no fix where the model's own `call` takes no such argument, and where the
    flag stands at its place among the positional ones."""

    def fix() -> Fix | None:
        named = any(keyword.arg == "training" for keyword in site.call.keywords)
        if len(site.call.args) > 1 + site.before or (not named and not _takes_training(site, project)):
            return None
        return offer(site.module, site.call, lambda: _set_training(value), message, safe=safe)()

    return fix


def _set_training(value: str) -> Rewrite:
    from lint_rules.fixes.calls.arguments import set_argument

    return partial(set_argument, name="training", value=value)


def _takes_training(site: DirectCall, project: Project) -> bool:
    return all(_lets_training_in(model, project) for model in site.models)


def _lets_training_in(callee: Value, project: Project) -> bool:
    """Whether what is called takes the flag, as far as its code is in the project."""
    function = callee.function if isinstance(callee, FunctionObject) else None
    if isinstance(callee, Instance):
        function = inference_of(project).method(callee.cls, "call")
    if function is None:
        return True
    arguments = function.node.args
    named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return arguments.kwarg is not None or any(parameter.arg == "training" for parameter in named)


def pass_training_on(call: Function, project: Project, message: str) -> Callable[[], Fix | None]:
    """The parameter `training` of a `call` method, and `training=training` for the layers in it that depend on it.

    No fix where one call stands for layers that do and layers that do not, or for a function that takes no such flag.
    """

    def fix() -> Fix | None:
        calls = _mode_calls(call, project)
        if not calls or not isinstance(call.node, ast.FunctionDef):
            return None
        module = call.module
        spans = [(place(module, *start(node)), place(module, *end(node))) for node in calls]
        return offer(module, call.node, lambda: _accepting(spans), message)()

    return fix


def _accepting(spans: list[tuple[Position, Position]]) -> Rewrite:
    from lint_rules.fixes.calls.call_signature import accept_training

    def rewrite(text: str, at: Position, *, end: Position) -> tuple[Edit, ...] | None:
        return accept_training(text, at, spans)

    return rewrite


def _mode_calls(call: Function, project: Project) -> list[ast.Call]:
    """The calls of layers in a method that depend on the mode; none where one of them cannot be given the flag."""
    inference, compositions = inference_of(project), compositions_of(project)
    found: list[ast.Call] = []
    for node in ast.walk(call.node):
        if not isinstance(node, ast.Call):
            continue
        values = inference.values(call.module, node.func)
        depends = [compositions.of(value).depends for value in values]
        if all(truth is not Truth.TRUE for truth in depends):
            continue
        if any(truth is not Truth.TRUE for truth in depends):
            return []
        if not all(_lets_training_in(value, project) for value in values):
            return []
        found.append(node)
    return sorted(found, key=start)
