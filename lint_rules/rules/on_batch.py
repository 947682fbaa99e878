"""The fix that the loop rules share: predict_on_batch instead of predict."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from lint_rules.findings.diagnostics import Fix
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.array_readings import is_numpy_batch
from lint_rules.semantics.domains.values import Basic, Collection, Instance
from lint_rules.semantics.knowledge.model_methods import BATCH_SIZE
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite


def on_batch(site: CallSite, project: Project, *, one_row: bool = False) -> Callable[[], Fix | None]:
    """predict_on_batch with the same input: safe where that is proven to be one NumPy batch on every way to the call.

    `one_row` tells that the input has one row on every way, so that its `batch_size` has no effect.

    What the call passes besides (`steps`, `callbacks`) is the rewrite's own business: it refuses.
    """
    argument = site.argument

    def fix() -> Fix | None:
        if site.method != "predict" or argument is None:
            return None
        proven = is_numpy_batch(project, site.module, argument, most=_rows_of_a_batch(site.call))
        if not proven and _holds_text(site, project):
            return None
        safe = site.proven and not _overrides(site, project) and proven
        message = "Call predict_on_batch(), which takes the same batch and returns the same NumPy values"
        if not safe:
            message += "; it takes arrays only, no dataset or generator, and does not cut them into batches"
        return offer(site.module, site.call, lambda: _on_batch(one_row), message, safe=safe)()

    return fix


def _rows_of_a_batch(call: ast.Call) -> int:
    """How many rows a call of predict takes in one batch; one where it says so, or something that is not looked at."""
    sized = len(call.args) > 1 or any(keyword.arg in ("batch_size", None) for keyword in call.keywords)
    return 1 if sized else BATCH_SIZE


def _holds_text(site: CallSite, project: Project) -> bool:
    """Whether the input may be a plain list of texts or numbers, which predict_on_batch takes for a list of inputs."""
    values = inference_of(project).values(site.module, site.argument or site.call)
    return any(value is Basic.TEXT or (isinstance(value, Collection) and _holds_plain(value)) for value in values)


def _holds_plain(value: Collection) -> bool:
    """Whether a collection holds texts or numbers, or one thing of which nothing is known: a text, for all we see."""
    if value.items is not None and len(value.items) == 1 and not value.items[0]:
        return True
    held = [*value.element, *(item for items in value.items or () for item in items)]
    return any(
        item in (Basic.TEXT, Basic.NUMBER) or (isinstance(item, Collection) and _holds_plain(item)) for item in held
    )


def _overrides(site: CallSite, project: Project) -> bool:
    """Whether the model is of a class that has a predict_on_batch of its own."""
    inference = inference_of(project)
    return any(
        isinstance(value, Instance) and inference.method(value.cls, "predict_on_batch") is not None
        for value in inference.values(site.module, site.receiver_node)
    )


def _on_batch(one_row: bool) -> Rewrite:
    from lint_rules.fixes.calls.to_predict_on_batch import to_predict_on_batch

    return partial(to_predict_on_batch, one_row=one_row)
