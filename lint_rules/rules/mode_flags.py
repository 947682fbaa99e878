"""The fix that the mode rules share: a `training=` at a call."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lint_rules.findings.diagnostics import Fix
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import FunctionObject, Instance, Value
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.direct_calls import DirectCall


def say_training(site: DirectCall, project: Project, value: str, message: str) -> Callable[[], Fix | None]:
    """`training=value` at a direct call; no fix where the model's own `call` takes no such argument, and where the
    flag stands at its place among the positional ones."""

    def fix() -> Fix | None:
        named = any(keyword.arg == "training" for keyword in site.call.keywords)
        if len(site.call.args) > 1 + site.before or (not named and not _takes_training(site, project)):
            return None
        return offer(site.module, site.call, lambda: _set_training(value), message)()

    return fix


def _set_training(value: str) -> Rewrite:
    from lint_rules.fixes.calls.arguments import set_argument

    return partial(set_argument, name="training", value=value)


def _takes_training(site: DirectCall, project: Project) -> bool:
    return all(lets_training_in(model, project) for model in site.models)


def lets_training_in(callee: Value, project: Project) -> bool:
    """Whether what is called takes the flag, as far as its code is in the project."""
    function = callee.function if isinstance(callee, FunctionObject) else None
    if isinstance(callee, Instance):
        function = inference_of(project).method(callee.cls, "call")
    if function is None:
        return True
    arguments = function.node.args
    named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    return arguments.kwarg is not None or any(parameter.arg == "training" for parameter in named)
