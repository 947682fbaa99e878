"""The fix that the loop rules share: predict_on_batch instead of predict."""

from __future__ import annotations

from collections.abc import Callable

from lint_rules.findings.diagnostics import Fix
from lint_rules.rules.rewrite import Rewrite, offer
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.array_readings import is_numpy_batch
from lint_rules.semantics.domains.values import Instance
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite


def on_batch(site: CallSite, project: Project) -> Callable[[], Fix | None]:
    """predict_on_batch with the same input: safe where that is proven to be one NumPy batch on every way to the call.

    What the call passes besides (`steps`, `callbacks`) is the rewrite's own business: it refuses.
    """
    argument = site.argument

    def fix() -> Fix | None:
        if site.method != "predict" or argument is None:
            return None
        safe = site.proven and not _overrides(site, project) and is_numpy_batch(project, site.module, argument)
        message = "Call predict_on_batch(), which takes the same batch and returns the same NumPy values"
        if not safe:
            message += "; it takes arrays only, no dataset or generator, and does not cut them into batches"
        return offer(site.module, site.call, _on_batch, message, safe=safe)()

    return fix


def _overrides(site: CallSite, project: Project) -> bool:
    """Whether the model is of a class that has a predict_on_batch of its own."""
    inference = inference_of(project)
    return any(
        isinstance(value, Instance) and inference.method(value.cls, "predict_on_batch") is not None
        for value in inference.values(site.module, site.receiver_node)
    )


def _on_batch() -> Rewrite:
    from lint_rules.fixes.calls.to_predict_on_batch import to_predict_on_batch

    return to_predict_on_batch
