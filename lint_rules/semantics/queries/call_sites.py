"""The call sites that most rules judge: calls of the predict family on Keras models."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import dataclass
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.contexts import RegionKind, contexts_of
from lint_rules.semantics.domains.references import Reference, references_of
from lint_rules.semantics.domains.values import External
from lint_rules.semantics.effects.purity import is_pure
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.read_back import makes_record
from lint_rules.semantics.flow.use_def import is_reachable
from lint_rules.semantics.knowledge import model_methods
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.gradients import Effect, Gradients, GradientUse, Sources
from lint_rules.semantics.queries.receiver_evidence import others_define
from lint_rules.semantics.queries.receivers import Receiver, Verdict, receivers_of
from lint_rules.semantics.queries.repetition.loops import uses_in_loops
from lint_rules.semantics.queries.repetition.random_draws import is_random
from lint_rules.semantics.queries.repetition.verdicts import LoopUse
from lint_rules.semantics.queries.timing import CLOCKS
from lint_rules.semantics.syntax.blocks import place_of
from lint_rules.semantics.syntax.module_index import Module, last_name

_GETTERS = frozenset({"argmax", "max", "mean", "tolist", "predict", "predict_on_batch"})
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
    nothing: list[GradientUse] = []
    return project.memo.ask(
        ("gradient uses", site.call), lambda: Gradients(contexts_of(project)).uses(site.module, site.call), nothing
    )


def repeated_sites(module: Module, project: Project) -> Iterator[tuple[CallSite, CallSite]]:
    """(first, again): calls of `predict` that say the same as an earlier one right before, with nothing in between.

    Both stand in one statement, or in statements of one block of which those between neither bind nor change anything
    that the call names. The cells of a notebook are blocks of their own: each is made to be run by itself.
    """
    earlier: dict[tuple[object, ...], CallSite] = {}
    for site in call_sites(module, project):
        said = _said(project, site) if site.method in model_methods.LOOP_FAMILY else None
        if said is None:
            continue
        statement = module.statement_of(site.call)
        key = (module.parents.get(statement), module.location(site.call).cell, said)
        first = earlier.get(key)
        names = {item.name for item in said.objects if isinstance(item, Reference)}
        if (
            first is not None
            and _undisturbed(project, module, first.call, site.call, names)
            and not is_random(inference_of(project), module, site.call)
        ):
            yield first, site
        earlier[key] = site


@dataclass(frozen=True, slots=True)
class _Said:
    """What a call says: its method, and the objects and constants that it is made on and given, as they are named."""

    method: str
    objects: tuple[Reference | str, ...]
    keywords: tuple[str | None, ...]


def _said(project: Project, site: CallSite) -> _Said | None:
    """What a call says, None where a part of it makes a new value each time."""
    references, call = references_of(project), site.call
    objects: list[Reference | str] = []
    for part in [site.receiver_node, *call.args, *(keyword.value for keyword in call.keywords)]:
        found = repr(part.value) if isinstance(part, ast.Constant) else references.of(Place(site.module, part))
        if found is None:
            return None
        objects.append(found)
    return _Said(site.method, tuple(objects), tuple(keyword.arg for keyword in call.keywords)) if call.args else None


def _undisturbed(project: Project, module: Module, first: ast.Call, again: ast.Call, names: set[str]) -> bool:
    """Whether nothing from one call to another in the same block changes what the second one names."""
    one, two = place_of(module, module.statement_of(first)), place_of(module, module.statement_of(again))
    if one is None or two is None or one.block is not two.block:
        return False
    spared = {*ast.walk(first), *ast.walk(again)}
    for statement in one.block[one.number : two.number + 1]:
        if not isinstance(statement, ast.Assign | ast.AnnAssign | ast.Expr | ast.Return):
            return False
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del) and node.id in names:
                return False
            if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
                return False
            if isinstance(node, ast.Call) and node not in spared and _may_disturb(project, module, node, names):
                return False
    return True


def _may_disturb(project: Project, module: Module, call: ast.Call, names: set[str]) -> bool:
    """Whether a call between two predictions may change the second, or measures how long it takes."""
    if not isinstance(call.func, ast.Call) and last_name(call.func) in CLOCKS:
        return True
    if _harmless(project, module, call) or makes_record(inference_of(project), module, call):
        return False
    return not _from_a_library(project, module, call, names)


def _from_a_library(project: Project, module: Module, call: ast.Call, names: set[str]) -> bool:
    """Whether a call is that of a library which knows no Keras, and is given nothing that the prediction rests on."""
    given = {item.id for item in [*call.args, *(k.value for k in call.keywords)] if isinstance(item, ast.Name)}
    values = inference_of(project).values(module, call.func)
    return (
        bool(values)
        and not given & names
        and all(isinstance(v, External) and not v.name.startswith(("keras", "tensorflow")) for v in values)
    )


def _harmless(project: Project, module: Module, call: ast.Call) -> bool:
    """Whether a call leaves what it is given as it is."""
    is_getter = isinstance(call.func, ast.Attribute) and call.func.attr in _GETTERS
    return is_getter or is_pure(inference_of(project), module, call)
