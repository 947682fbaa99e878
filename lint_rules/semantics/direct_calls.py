"""Direct calls `model(x)` of what is proven to be a Keras model."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules.semantics.inference import Inference
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
        receivers = receivers_of(project)
        found = []
        for calls in module.calls.values():
            for call in calls:
                if not isinstance(call.func, ast.Name | ast.Attribute) or not (call.args or call.keywords):
                    continue
                if not _may_be_model(receivers.inference, module, call.func):
                    continue
                receiver = receivers.of(module, call.func, "__call__")
                if receiver.models and receiver.verdict.is_model:
                    found.append(DirectCall(module, call, receiver.models))
        found.sort(key=lambda item: start(item.call))
        project.memo[key] = found
    yield from project.memo[key]  # type: ignore[misc]


def _may_be_model(inference: Inference, module: Module, node: ast.expr) -> bool:
    return any(isinstance(value, KerasModel | Instance) for value in inference.values(module, node))
