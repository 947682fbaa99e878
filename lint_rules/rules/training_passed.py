"""Fixes that hand the mode down: `training` as a parameter, and passed on to what depends on it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import TypeAlias

from lint_rules.findings.diagnostics import Edit, Fix, Position
from lint_rules.records import dataclass, field
from lint_rules.rules.mode_flags import lets_training_in, say_training
from lint_rules.rules.rewrite import Rewrite, offer, place
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.contexts import Path, RegionKind, contexts_of
from lint_rules.semantics.domains.values import FunctionObject, Instance, Value
from lint_rules.semantics.models.composition import compositions_of
from lint_rules.semantics.models.layers import Truth
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import DirectCall
from lint_rules.semantics.syntax.module_index import Function, Module, end, start

Plan: TypeAlias = Mapping[Function, list[ast.Call]]
"""The functions that have to take `training`, and the calls in each of them that have to pass it on."""


def pass_training_on(call: Function, project: Project, message: str) -> Callable[[], Fix | None]:
    """The parameter `training` of a `call` method, and `training=training` for what in it depends on the mode.

    Its own methods and the layers of the module take the flag too where they lack it. No fix where one call stands for
    layers that depend on the mode and layers that do not, or for a function that cannot take it.
    """

    def fix() -> Fix | None:
        plan = _Planning(project, call.module).plan(call)
        if not plan or not isinstance(call.node, ast.FunctionDef):
            return None
        return offer(call.module, call.node, lambda: _handing_down(call.module, plan, []), message)()

    return fix


@dataclass(frozen=True, slots=True)
class Handed:
    """How a call that trains gets to say so: `taker` is the model's `call` that has to take the flag first, `helper`
    the function around the call that other code runs for inference."""

    taker: Function | None
    helper: Function | None


def how_handed(site: DirectCall, project: Project) -> Handed:
    """What stands between a call and `training=True` at its place."""
    callees = [inference_of(project).method(m.cls, "call") for m in site.models if isinstance(m, Instance)]
    closed = [it for it in callees if it is not None and not any(lets_training_in(m, project) for m in site.models)]
    function = site.module.function_of(site.call)
    ways = contexts_of(project).paths(site.module, site.call)
    shared = any(len(way.frames) > 1 and not _trains(way) for way in ways)
    apart = not any(_trains(Path(way.frames[:1])) for way in ways)
    return Handed(closed[0] if closed else None, function if shared and apart else None)


def _trains(way: Path) -> bool:
    return any(region.kind in (RegionKind.TAPE, RegionKind.DIFFERENTIATED) for _, region in way.regions())


def train_in_training_mode(
    site: DirectCall, handed: Handed, project: Project, message: str
) -> Callable[[], Fix | None]:
    """`training=True` where the call trains, handed down through a helper that others run, and into a `call` that did
    not take it."""
    if handed.taker is None and handed.helper is None:
        return say_training(site, project, "True", message)

    def fix() -> Fix | None:
        module = site.module
        planning = _Planning(project, module)
        plan: dict[Function, list[ast.Call]] = {}
        said: list[ast.Call] = []
        if handed.taker is not None:
            if len(site.models) != 1:
                return None
            plan |= planning.plan(handed.taker)
            if not plan:
                return None
        if handed.helper is None:
            said = [site.call]
        else:
            said = planning.training_calls(handed.helper, site)
            if not said:
                return None
            plan[handed.helper] = [*plan.get(handed.helper, ()), site.call]
        return offer(module, site.call, lambda: _handing_down(module, plan, said), message)()

    return fix


@dataclass(slots=True)
class _Planning:
    """Makes plans for the functions of one module, which is where a fix can write."""

    project: Project
    module: Module
    found: dict[Function, list[ast.Call]] = field(default_factory=dict)

    def plan(self, function: Function) -> Plan:
        """What has to take and pass the flag so that it gets from a function to all that depend on the mode.

        Nothing where nothing does, and where some of it cannot.
        """
        complete = self._extend(function)
        return {key: calls for key, calls in self.found.items() if calls} if complete and self.found[function] else {}

    def _extend(self, function: Function) -> bool:
        if function in self.found:
            return True
        if not self._can_take(function):
            return False
        self.found[function] = []
        for node in sorted((it for it in ast.walk(function.node) if isinstance(it, ast.Call)), key=start):
            needs = self._needs(function, node)
            if needs is None:
                return False
            if needs:
                self.found[function].append(node)
        return True

    def _can_take(self, function: Function) -> bool:
        plain = function.module is self.module and isinstance(function.node, ast.FunctionDef)
        return plain and function.node.args.vararg is None and not inference_of(self.project).overrides(function)

    def _needs(self, function: Function, call: ast.Call) -> bool | None:
        """Whether a call has to pass the flag on; None where that cannot be told, or done."""
        inference, compositions = inference_of(self.project), compositions_of(self.project)
        values = inference.values(function.module, call.func)
        methods = [value.function for value in values if isinstance(value, FunctionObject)]
        if methods and len(methods) == len(values) == 1 and self._is_own(function, methods[0]):
            extended = self._extend(methods[0])
            return bool(self.found.get(methods[0])) if extended else None
        depends = [compositions.of(value).depends for value in values]
        if all(truth is not Truth.TRUE for truth in depends):
            return False
        if any(truth is not Truth.TRUE for truth in depends):
            return None
        return True if all(self._lets_in(value) for value in values) else None

    def _is_own(self, function: Function, method: Function) -> bool:
        """Whether a method is another one of the same object's."""
        if function.owner is None or method.owner is None or method is function:
            return False
        return method.owner in inference_of(self.project).lineage(function.owner) and method.module is self.module

    def _lets_in(self, value: Value) -> bool:
        if lets_training_in(value, self.project):
            return True
        call = inference_of(self.project).method(value.cls, "call") if isinstance(value, Instance) else None
        return call is not None and self._extend(call) and bool(self.found[call])

    def training_calls(self, helper: Function, site: DirectCall) -> list[ast.Call]:
        """The calls of a helper that train, if each of them does on every way; nothing if that cannot be told."""
        if not self._can_take(helper):
            return []
        training: list[ast.Call] = []
        others: list[ast.expr] = []
        for way in contexts_of(self.project).paths(site.module, site.call):
            if len(way.frames) < 2 or way.recursive:
                return []
            node = way.frames[1].node
            if not _trains(way):
                others.append(node)
            elif isinstance(node, ast.Call) and way.frames[1].module is self.module and _trains(Path(way.frames[:2])):
                training += [node] if node not in training else []
            else:
                return []
        return training if not any(node in others for node in training) else []


def _handing_down(module: Module, plan: Plan, said: list[ast.Call]) -> Rewrite:
    """The rewrite that lets the functions of a plan take and pass the flag, and says True at the calls `said`."""
    from lint_rules.fixes.calls.arguments import set_argument
    from lint_rules.fixes.calls.call_signature import accept_training

    def span(node: ast.expr) -> tuple[Position, Position]:
        return place(module, *start(node)), place(module, *end(node))

    def rewrite(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
        parts = [
            accept_training(text, place(module, *start(function.node)), [span(call) for call in calls])
            for function, calls in plan.items()
        ]
        parts += [set_argument(text, first, "training", "True", end=last) for first, last in map(span, said)]
        edits = [edit for part in parts for edit in part or ()]
        return tuple(edits) if all(parts) else None

    return rewrite
