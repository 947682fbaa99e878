"""The call sites that most rules judge: calls of the predict family on Keras models."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from lint_rules.semantics import keras_names
from lint_rules.semantics.contexts import contexts_of
from lint_rules.semantics.gradients import Gradients, GradientUse
from lint_rules.semantics.loops import Loops, LoopUse
from lint_rules.semantics.modules import Module
from lint_rules.semantics.project import Project
from lint_rules.semantics.receivers import Receiver, Verdict, receivers_of


@dataclass(frozen=True, slots=True)
class CallSite:
    """A call `receiver.method(...)` of the predict family."""

    module: Module
    call: ast.Call
    method: str
    receiver: Receiver

    @property
    def proven(self) -> bool:
        """Whether the receiver is proven to be a Keras model, not merely likely."""
        return self.receiver.verdict is Verdict.PROVEN

    @property
    def receiver_node(self) -> ast.expr:
        assert isinstance(self.call.func, ast.Attribute)
        return self.call.func.value

    @property
    def argument(self) -> ast.expr | None:
        """What is predicted: the first argument, or `x=`."""
        if self.call.args and not isinstance(self.call.args[0], ast.Starred):
            return self.call.args[0]
        return next((k.value for k in self.call.keywords if k.arg in ("x", "generator")), None)


def call_sites(module: Module, project: Project) -> Iterator[CallSite]:
    """The predict-family calls of a module whose receiver is a Keras model (proven or likely), in source order."""
    key = ("call sites", module.path)
    if key not in project.memo:
        receivers = receivers_of(project)
        calls = [
            (method, call)
            for method in keras_names.PREDICT_FAMILY
            for call in module.calls.get(method, ())
            if isinstance(call.func, ast.Attribute)
        ]
        calls.sort(key=lambda pair: (pair[1].lineno, pair[1].col_offset, pair[1].end_lineno or 0))
        found = []
        for method, call in calls:
            receiver = receivers.of_call(module, call)
            if receiver.verdict.is_model:
                found.append(CallSite(module, call, method, receiver))
        project.memo[key] = found
    yield from project.memo[key]  # type: ignore[misc]


def loop_uses(site: CallSite, project: Project) -> list[LoopUse]:
    """Why a call site repeats, the strongest reason first; empty if no loop matters."""
    key = ("loop uses", site.call)
    if key not in project.memo:
        project.memo[key] = Loops(contexts_of(project)).uses(site.module, site.call)
    return project.memo[key]  # type: ignore[return-value]


def gradient_uses(site: CallSite, project: Project) -> list[GradientUse]:
    """The tapes and traces a call site runs under, the worst first."""
    key = ("gradient uses", site.call)
    if key not in project.memo:
        project.memo[key] = Gradients(contexts_of(project)).uses(site.module, site.call)
    return project.memo[key]  # type: ignore[return-value]
