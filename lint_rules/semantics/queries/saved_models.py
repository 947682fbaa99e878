"""Objects that were loaded from a SavedModel: the functions that were saved, and none of Keras's methods."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.contexts import contexts_of
from lint_rules.semantics.domains.references import references_of
from lint_rules.semantics.domains.values import Basic, Result
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.knowledge.keras_names import SAVED_MODEL_LOADERS
from lint_rules.semantics.project.prefilter import defining
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module, last_name, start

_CATCHES = frozenset({"AttributeError", "Exception", "BaseException"})


def calls_on_saved_models(module: Module, project: Project, methods: frozenset[str]) -> Iterator[tuple[ast.Call, str]]:
    """(call, what loaded its receiver) of some methods that nothing shows to have been saved, in source order."""
    calls = (call for method in methods for call in module.calls.get(method, ()))
    for call in sorted(calls, key=start):
        if not isinstance(call.func, ast.Attribute):
            continue
        loader = _loader(module, call.func.value, project)
        if loader is not None and not _is_expected(module, call, call.func, project):
            yield call, loader


def _loader(module: Module, node: ast.expr, project: Project) -> str | None:
    """What loaded an object, as it is commonly written; None where it may be anything else."""
    values = [value for value in inference_of(project).values(module, node) if value is not Basic.NONE]
    names = {value.name if isinstance(value, Result) else None for value in values}
    return SAVED_MODEL_LOADERS.get(names.pop() or "") if len(names) == 1 else None


def _is_expected(module: Module, call: ast.Call, function: ast.Attribute, project: Project) -> bool:
    """Whether the project may have saved such a method, or is ready for an object without it."""
    name = function.attr
    if any(cls.methods.get(name) for other in defining(project, name) for cls in other.classes.values()):
        return True
    references, stores = references_of(project), module.stores.get(name, ())
    owner = references.of(Place(module, function.value)) if stores else None
    if any(references.of(Place(module, store.target.value)) == owner for store in stores):
        return True
    asked = (*module.calls.get("hasattr", ()), *module.calls.get("getattr", ()))
    if any(isinstance(item, ast.Constant) and item.value == name for test in asked for item in test.args):
        return True
    ways = contexts_of(project).paths(module, call)
    return all(any(_is_caught(frame.module, frame.node) for frame in way.frames) for way in ways)


def _is_caught(module: Module, node: ast.AST) -> bool:
    """Whether what a node raises for a missing attribute is caught in its function."""
    return any(
        isinstance(parent, ast.Try) and child in parent.body and any(map(_catches, parent.handlers))
        for child, parent in module.ancestors(node)
    )


def _catches(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or last_name(kind) in _CATCHES for kind in kinds)
