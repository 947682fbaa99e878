"""The fixes of KI201: which rewrite is offered for which loop, the first that knows its shape."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from lint_rules.findings.diagnostics import Edit, Fix, Position
from lint_rules.fixes.loops.calling import Calling, Runner
from lint_rules.fixes.loops.known import Known
from lint_rules.records import replace
from lint_rules.rules.callings import callings_of, runner_of
from lint_rules.rules.on_batch import on_batch
from lint_rules.rules.rewrite import Rewrite, all_of, first_of, offer, place
from lint_rules.semantics.calls.call_graph import Callers, inference_of
from lint_rules.semantics.calls.contexts import Frame, RegionKind
from lint_rules.semantics.domains.array_readings import Rows, is_handed_on
from lint_rules.semantics.domains.values import Collection
from lint_rules.semantics.effects.weight_updates import trains
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.models.outputs import has_several_outputs
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.buffers import reused_buffers
from lint_rules.semantics.queries.call_sites import CallSite
from lint_rules.semantics.queries.gone_over import repeatable
from lint_rules.semantics.queries.repetition.verdicts import LoopUse
from lint_rules.semantics.queries.same_again import calls_to_make_again
from lint_rules.semantics.syntax.module_index import Function, Module, end, start

Offered = Callable[[], Fix | None]


def batching(site: CallSite, use: LoopUse, project: Project) -> Offered | None:
    """One batched call, where the loop and what it calls have a shape that is known; else the cheaper call."""
    if any(region.once for region in use.inner):
        # A loop between that always ends in its first iteration: there is nothing to collect in it.
        return None
    cheaper = on_batch(site, project, one_row=use.rows == {Rows.ONE})
    return cheaper if use.ragged else first_of(*_batched_calls(site, use, project), cheaper)


def batching_to_prove(site: CallSite, use: LoopUse, project: Project) -> Offered | None:
    """As `batching`, with all weaker fixes behind the first, and what a run of the program has to prove: one call for
    each shape of samples that may differ in that, and one call for all that a generator would ask for one by one."""
    if any(region.once for region in use.inner):
        return None
    batched = (*_batched_calls(site, use, project), *_batched_calls(site, use, project, early=True))
    return all_of(*batched, on_batch(site, project, one_row=use.rows == {Rows.ONE}))


def _batched_calls(site: CallSite, use: LoopUse, project: Project, *, early: bool = False) -> list[Offered]:
    """The rewrites that may know the shape of the loop and of what it calls, the best first."""
    models = site.receiver.models
    several = any(has_several_outputs(model) for model in models)
    if several and not all(has_several_outputs(model, surely=True) for model in models):
        return []
    if _is_collection(site, project):
        return []
    single, steady = use.rows == {Rows.ONE}, _steady(use, project)
    known = Known(single, reused_buffers(site, use, project), several, steady, ragged=use.ragged, early=early)
    caveat = _caveat(several or _takes_apart(site), known)
    if use.lexical:
        return _in_its_function(site, use, project, known, caveat)
    outer, function = use.path.frames[1], use.path.frames[0].function
    if use.inner or use.frame != 1 or function is None or outer.edge is None:
        return []
    if outer.edge.kind is EdgeKind.EACH and isinstance(function.node, ast.Lambda):
        return _for_each_element(site, outer, project, known, caveat)
    return _in_a_helper(site, outer, function, project, known, caveat)


def _offer(site: CallSite, known: Known, rewrite: Callable[[], Rewrite], message: str) -> Offered:
    """The fix that a rewrite makes; where samples may differ in shape, by a call for each."""
    made = (lambda: _by_shape(rewrite())) if known.ragged else rewrite
    return offer(site.module, site.call, made, message, proven=known.unproven)


def _calls(known: Known) -> str:
    """How many calls predict all samples, for a person."""
    return "one call for each shape" if known.ragged else "one call"


def _steady(use: LoopUse, project: Project) -> frozenset[str]:
    """The code of what the loops go over that gives the same elements whenever it is gone over."""
    loops = [use.region]
    if use.lexical:
        loops = [region for region in use.path.frames[0].regions if region.kind is RegionKind.LOOP]
    return frozenset().union(*(repeatable(project, region.module, region.node) for region in loops))


def _in_its_function(site: CallSite, use: LoopUse, project: Project, known: Known, caveat: str) -> list[Offered]:
    """For a loop around the call itself."""
    message = f"Predict all samples in {_calls(known)}: {caveat}"
    some = f"Predict all samples in {_calls(known)}, also those that the loop does not ask for; {caveat}"
    loops = [region.node for region in use.path.frames[0].regions if region.kind is RegionKind.LOOP]
    offered = []
    ahead = len(loops) > 1 or isinstance(use.region.node, ast.While)
    if ahead and not trains(inference_of(project), site.module, loops[-1:]):
        offered.append(_offer(site, known, lambda: _nested(known, project, site.module, loops[-1]), message))
    if not use.inner:
        offered.append(_offer(site, known, lambda: _batched(known), message))
        offered.append(_offer(site, known, lambda: _in_branch(known), some))
    return offered


def _for_each_element(site: CallSite, outer: Frame, project: Project, known: Known, caveat: str) -> list[Offered]:
    """For a function that a library runs for each element."""
    message = f"Predict all samples in {_calls(known)}: {caveat}"
    runner = runner_of(outer, project)
    if runner is None:
        return []
    rewrite = partial(_mapped, known) if runner is Runner.MAP else partial(_applied, known, runner)
    return [_offer(site, known, rewrite, message)]


def _in_a_helper(
    site: CallSite, outer: Frame, function: Function, project: Project, known: Known, caveat: str
) -> list[Offered]:
    """For loops that call the function around the call."""
    lone = len(Callers.of(project).edges(function)) == 1 and not is_handed_on(project, function)
    if lone and outer.module is site.module:
        message = (
            f"Let {function.name}() take all samples and predict them in {_calls(known)}: its only visible caller "
            f"follows, others must; {caveat}"
        )
        return [_offer(site, known, lambda: _helper(site.module, outer.node, known), message)]
    callings = (
        () if inference_of(project).overrides(function) else callings_of(site, function, project, ragged=known.ragged)
    )
    if not callings:
        return []
    message = (
        f"Let a copy of {function.name}() take all samples of {_loops(callings)} and predict them in {_calls(known)}"
    )
    return [_offer(site, known, lambda: _twin(callings, known), f"{message}; {caveat}")]


def _caveat(several: bool, known: Known) -> str:
    """What may change when a loop is batched."""
    shape = f"all inputs are made before the first prediction is {'handed out' if known.early else 'used'}"
    if known.ragged:
        return f"{shape}, and the model is taken to have one output"
    shape += " and must have one shape"
    one = "" if several else ", the model is taken to have one output"
    return f"{shape}{one}, and an empty loop becomes an error"


def _takes_apart(site: CallSite) -> bool:
    """Whether the code takes the value of the call apart: the model has several outputs."""
    around = site.module.parents.get(site.call)
    return isinstance(around, ast.Assign) and any(isinstance(it, ast.Tuple | ast.List) for it in around.targets)


def _is_collection(site: CallSite, project: Project) -> bool:
    """Whether the input may be a list, tuple or dict of inputs that is not written out in the call: no one array."""
    argument = site.argument
    if argument is None or isinstance(argument, ast.List | ast.Dict):
        return False
    values = inference_of(project).values(site.module, argument)
    return any(isinstance(value, Collection) for value in values)


def _loops(callings: tuple[Calling, ...]) -> str:
    """The loops that samples are handed over from, for a person."""
    loops = "the loop" if len(callings) == 1 else f"{len(callings)} loops"
    others = len({each.filename for each in callings} - {None})
    return f"{loops}, in {others} other file{'' if others == 1 else 's'}," if others else loops


def _by_shape(rewrite: Rewrite) -> Rewrite:
    from lint_rules.fixes.loops.batch_by_shape import by_shape

    def rewritten(text: str, at: Position, *, end: Position) -> tuple[Edit, ...] | None:
        batched = rewrite(text, at, end=end)
        return by_shape(text, batched) if batched else None

    return rewritten


def _batched(known: Known) -> Rewrite:
    from lint_rules.fixes.loops.batch_loop import batch_predict

    return partial(batch_predict, known=known)


def _in_branch(known: Known) -> Rewrite:
    from lint_rules.fixes.loops.batch_loop import batch_branch

    return partial(batch_branch, known=known)


def _nested(known: Known, project: Project, module: Module, outermost: ast.AST) -> Rewrite:
    from lint_rules.fixes.loops.batch_ahead import batch_nested

    return partial(batch_nested, known=replace(known, again=calls_to_make_again(project, module, outermost)))


def _applied(known: Known, runner: Runner) -> Rewrite:
    from lint_rules.fixes.loops.batch_applied import batch_applied

    return partial(batch_applied, known=known, runner=runner)


def _mapped(known: Known) -> Rewrite:
    from lint_rules.fixes.loops.batch_helper import batch_mapped

    return partial(batch_mapped, known=known)


def _helper(module: Module, caller: ast.expr, known: Known) -> Rewrite:
    from lint_rules.fixes.loops.batch_helper import batch_helper

    first, behind = place(module, *start(caller)), place(module, *end(caller))
    return partial(batch_helper, caller=first, caller_end=behind, known=known)


def _twin(callings: tuple[Calling, ...], known: Known) -> Rewrite:
    from lint_rules.fixes.loops.batch_twin import batch_twin

    return partial(batch_twin, callings=callings, known=known)
