"""Where does the model of a call come from: is it built in the very code that runs it, and are its weights frozen?"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.domains.values import FunctionObject, Instance, KerasModel
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite
from lint_rules.semantics.syntax.module_index import Function


def built_within(site: CallSite, path: Path, frame: int, project: Project) -> ast.Call | None:
    """The call that builds the model of a site anew whenever a function on its way runs, up to that frame."""
    running = {inner.function for inner in path.frames[: frame + 1] if inner.function is not None}
    function = path.frames[0].function
    if function is None:
        return None
    inference = inference_of(project)
    slicer = Slicer(inference, site.module, function.node, mutations=False)
    for call in slicer.of(site.receiver_node).calls():
        if not slicer.inside(call):
            continue
        values = inference.values(site.module, call.func)
        # What a decorator caches is not built at every call.
        callees = [v.function for v in values if isinstance(v, FunctionObject) and not v.function.decorators]
        for model in inference.values(site.module, call):
            if isinstance(model, KerasModel | Instance) and _made_in(model, running.union(callees)):
                return call
    return None


def _made_in(model: KerasModel | Instance, functions: set[Function]) -> bool:
    origin = model.origin
    return origin is not None and origin.module.function_of(origin.node) in functions


def is_frozen(site: CallSite, project: Project) -> bool:
    """Whether the code sets `trainable = False` on every model that a call can be made on, and never True."""
    inference = inference_of(project)
    models = site.receiver.models
    for model in models:
        modules = {site.module} | ({model.origin.module} if model.origin is not None else set())
        stored = {
            store.value.value
            for module in modules
            for store in module.stores.get("trainable", ())
            if isinstance(store.value, ast.Constant) and model in inference.values(module, store.target.value)
        }
        if stored != {False}:
            return False
    return bool(models)
