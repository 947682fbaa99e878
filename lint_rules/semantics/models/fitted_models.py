"""Which models does the project train with Keras's own loop, and which with loops of its own?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import dataclass
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import Instance, KerasModel, Values
from lint_rules.semantics.knowledge.model_methods import PREDICT_FAMILY, TRAINS
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Class, Function, Module

RUNS = TRAINS | PREDICT_FAMILY


@dataclass(frozen=True, slots=True)
class Fit:
    """A call of `fit` or `train_on_batch`, and the module it stands in."""

    module: Module
    call: ast.Call


def is_fitted(cls: Class, project: Project) -> Fit | None:
    """A call of `fit` or `train_on_batch` on an instance of a class or of its subclasses, None if none is visible."""
    return project.memo.ask(("fitted", cls), lambda: next(_fits(cls, project), None), None)


def _fits(cls: Class, project: Project) -> Iterator[Fit]:
    inference = inference_of(project)
    for module, call, values in _receivers(project, TRAINS):
        if any(isinstance(v, Instance) and cls in inference.lineage(v.cls) for v in values):
            yield Fit(module, call)


def is_run(module: Module, function: Function | None, project: Project, methods: frozenset[str]) -> bool:
    """Whether one of some methods is called on a model that a function (None: the module's own level) builds."""
    for _, _, values in _receivers(project, methods):
        for value in values:
            origin = value.origin if isinstance(value, KerasModel | Instance) else None
            if origin is not None and origin.module is module and module.function_of(origin.node) is function:
                return True
            if isinstance(value, Instance) and function is not None and function.owner is value.cls:
                return True
    return False


def _receivers(project: Project, methods: frozenset[str]) -> list[tuple[Module, ast.Call, Values]]:
    """The calls of some methods in the whole project, with what they are called on."""
    nothing: list[tuple[Module, ast.Call, Values]] = []
    return project.memo.ask(("receivers of", methods), lambda: _find_receivers(project, methods), nothing)


def _find_receivers(project: Project, methods: frozenset[str]) -> list[tuple[Module, ast.Call, Values]]:
    inference = inference_of(project)
    return [
        (module, call, inference.values(module, call.func.value))
        for method in sorted(methods)
        for module in project.modules_mentioning(f".{method}")
        for call in module.calls.get(method, ())
        if isinstance(call.func, ast.Attribute)
    ]
