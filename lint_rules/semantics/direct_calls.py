"""Direct calls `model(x)` of what is proven to be a Keras model."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules.semantics.modules import Module, start
from lint_rules.semantics.project import Project
from lint_rules.semantics.receivers import receivers_of
from lint_rules.semantics.values import Instance, KerasModel


@dataclass(frozen=True, slots=True)
class DirectCall:
    """A call `model(x)`; `models` are what the model can be."""

    module: Module
    call: ast.Call
    models: tuple[KerasModel | Instance, ...]

    @property
    def argument(self) -> ast.expr | None:
        if self.call.args and not isinstance(self.call.args[0], ast.Starred):
            return self.call.args[0]
        return next((k.value for k in self.call.keywords if k.arg in ("inputs", "x")), None)


def direct_calls(module: Module, project: Project) -> Iterator[DirectCall]:
    """The direct calls of Keras models in a module, in source order; a call of a layer or of a class is none."""
    key = ("direct calls", module.path)
    if key not in project.memo:
        found = [direct_call(module, project, call) for calls in module.calls.values() for call in calls]
        project.memo[key] = sorted((item for item in found if item is not None), key=lambda item: start(item.call))
    yield from project.memo[key]  # type: ignore[misc]


def direct_call(module: Module, project: Project, call: ast.Call) -> DirectCall | None:
    """A call as a direct call of a Keras model, None if it is not shown to be one."""
    if not isinstance(call.func, ast.Name | ast.Attribute) or not (call.args or call.keywords):
        return None
    receivers = receivers_of(project)
    values = receivers.inference.values(module, call.func)
    if not any(isinstance(value, KerasModel | Instance) for value in values):
        return None
    receiver = receivers.of(module, call.func, "__call__")
    return DirectCall(module, call, receiver.models) if receiver.models else None
