"""The call sites that most rules judge: calls of the predict family on Keras models."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import dataclass
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.contexts import RegionKind, contexts_of
from lint_rules.semantics.domains.origins import origins
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.use_def import is_reachable
from lint_rules.semantics.knowledge import model_methods
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.gradient_uses import Effect, GradientUse, Sources, uses_of
from lint_rules.semantics.queries.receiver_evidence import others_define
from lint_rules.semantics.queries.receivers import Receiver, Verdict, receivers_of
from lint_rules.semantics.queries.repetition.loops import uses_in_loops
from lint_rules.semantics.queries.repetition.verdicts import LoopUse
from lint_rules.semantics.syntax.module_index import Module, start

_COMMON = frozenset({"predict", "predict_on_batch", "evaluate", "test_on_batch"})


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
    yield from project.memo.ask(("call sites", module.path), lambda: list(_call_sites(module, project)), ())


def _call_sites(module: Module, project: Project) -> Iterator[CallSite]:
    receivers = receivers_of(project)
    calls = [
        (method, call)
        for method in model_methods.PREDICT_FAMILY
        for call in module.calls.get(method, ())
        if isinstance(call.func, ast.Attribute)
    ]
    calls.sort(key=lambda pair: (pair[1].lineno, pair[1].col_offset, pair[1].end_lineno or 0))
    for method, call in calls:
        if not is_reachable(module, call):
            continue
        receiver = receivers.of_call(module, call)
        # Other libraries have predict_proba and the like too: those take a proven model.
        enough = receiver.verdict.is_model if method in _COMMON else receiver.verdict is Verdict.PROVEN
        if enough:
            yield CallSite(module, call, method, receiver)


def sites_that_make(module: Module, project: Project, node: ast.expr, methods: frozenset[str]) -> list[CallSite]:
    """The call sites of some methods of which one gives an expression its value, or the one that it is a part of.

    None where something else may give it.
    """
    made = origins(project, Place(module, node))
    found = [
        next((site for site in call_sites(origin.module, project) if site.call is origin.node), None)
        for origin in sorted(made.values, key=lambda origin: (str(origin.module.path), start(origin.node)))
    ]
    sites = [site for site in found if site is not None and site.method in methods]
    return sites if made.complete and len(sites) == len(found) else []


def differentiated_sites(module: Module, project: Project) -> Iterator[CallSite]:
    """Calls of predict on what the code does not show, by whose value a tape provably is to differentiate.

    Who writes that takes the receiver for a model of the tape's library; a class of the project with a `predict` of its
    own may be meant all the same.
    """
    if "GradientTape" not in module.text:
        return
    receivers = receivers_of(project)
    for method in ("predict", "predict_on_batch"):
        for call in module.calls.get(method, ()):
            if not isinstance(call.func, ast.Attribute) or inference_of(project).values(module, call.func.value):
                continue
            if receivers.of_call(module, call).verdict is not Verdict.UNKNOWN or others_define(project, method):
                continue
            site = CallSite(module, call, method, Receiver(Verdict.LIKELY, "a tape is to differentiate by it"))
            use = next(iter(gradient_uses(site, project)), None)
            is_tape = use is not None and use.region.kind is RegionKind.TAPE and use.effect is Effect.BREAKS
            if use is not None and is_tape and use.sources in (Sources.WEIGHTS, Sources.INPUT):
                yield site


def loop_uses(site: CallSite, project: Project) -> list[LoopUse]:
    """Why a call site repeats, the strongest reason first; empty if no loop matters."""
    nothing: list[LoopUse] = []
    return project.memo.ask(
        ("loop uses", site.call), lambda: uses_in_loops(contexts_of(project), site.module, site.call), nothing
    )


def gradient_uses(site: CallSite, project: Project) -> list[GradientUse]:
    """The tapes and traces a call site runs under, the worst first."""
    return uses_of(project, site.module, site.call)
