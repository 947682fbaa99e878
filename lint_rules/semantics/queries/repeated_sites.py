"""Which calls of `predict` say the same as an earlier one right before, by themselves or through helpers?

`label = predict(x).argmax()` and then `score = predict(x).max()`; and the same where `label_of(model, x)` and
`score_of(model, x)` predict, each on what it is given.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from lint_rules.records import dataclass
from lint_rules.semantics.calls.call_graph import Callers, inference_of
from lint_rules.semantics.domains.references import Reference, references_of
from lint_rules.semantics.domains.values import External
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Activation, Place, Run
from lint_rules.semantics.flow.read_back import makes_record
from lint_rules.semantics.knowledge.clocks import CLOCKS
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.knowledge.model_methods import LEAVES_VALUES, LOOP_FAMILY, PREDICT_PARAMETERS
from lint_rules.semantics.knowledge.pure_methods import GETTERS
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, call_sites
from lint_rules.semantics.syntax.blocks import place_of
from lint_rules.semantics.syntax.module_index import Function, Module, last_name, start


@dataclass(frozen=True, slots=True)
class _Said:
    """What a call says: its method, the object that it is made on, and what it is given for each parameter.

    Objects are told by their names; what is printed makes no other predictions.
    """

    method: str
    receiver: Reference | str
    given: frozenset[tuple[str, Reference | str]]

    @property
    def objects(self) -> tuple[Reference | str, ...]:
        """All that is named."""
        return self.receiver, *(value for _, value in self.given)


@dataclass(frozen=True, slots=True)
class _Saying:
    """A call of `predict`, the call in some block that makes it run, itself or one of a helper, and what is said."""

    site: CallSite
    module: Module
    node: ast.Call
    said: _Said


def repeated_sites(module: Module, project: Project) -> Iterator[tuple[CallSite, CallSite]]:
    """(first, again): calls of `predict` that say the same as an earlier one right before, with nothing in between.

    Both run from one statement, or from statements of one block of which those between neither bind nor change anything
    that is named. The cells of a notebook are blocks of their own: each is made to be run by itself.
    """
    earlier: dict[tuple[object, ...], _Saying] = {}
    told: set[ast.Call] = set()
    for saying in sorted(_sayings(module, project), key=lambda it: (str(it.module.path), start(it.node))):
        where, node, again = saying.module, saying.node, saying.site
        key = (where.parents.get(where.statement_of(node)), where.location(node).cell, saying.said)
        first = earlier.get(key)
        names = {item.name for item in saying.said.objects if isinstance(item, Reference)}
        if (
            first is not None
            and first.site.call is not again.call
            and first.node is not node  # one call runs either of two methods
            and again.call not in told
            and _undisturbed(project, where, first.node, node, names)
            and not _is_random(project, module, again.call)
        ):
            told |= {first.site.call, again.call}
            yield first.site, again
        earlier[key] = saying


def _sayings(module: Module, project: Project) -> Iterator[_Saying]:
    """What the calls of a module say where they stand, and where helpers are called that make them."""
    for site in call_sites(module, project):
        if site.method not in LOOP_FAMILY:
            continue
        said = _said(project, site, None)
        if said is not None:
            yield _Saying(site, module, site.call, said)
        helper = module.function_of(site.call)
        if helper is None or not _always_makes(project, helper, site.call):
            continue
        edges = Callers.of(project).edges(helper)
        for edge in edges if len(edges) <= limits.MAX_CALLERS_FOLLOWED else ():
            if edge.kind is not EdgeKind.CALL or edge.likely or not edge.is_plain() or edge.module is not module:
                continue
            said = _said(project, site, Activation(helper, edge))
            if said is not None and isinstance(edge.node, ast.Call) and not _is_of(said, helper):
                yield _Saying(site, edge.module, edge.node, said)


def _always_makes(project: Project, helper: Function, call: ast.Call) -> bool:
    """Whether each run of a helper makes a call, and disturbs nothing that it is given."""
    module, body = helper.module, helper.node.body
    if isinstance(body, ast.expr) or helper.decorators or helper.is_generator:
        return False
    names = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
    simple = module.parents.get(module.statement_of(call)) is helper.node
    return simple and _are_calm(project, module, body, names, {*ast.walk(call)})


def _is_of(said: _Said, helper: Function) -> bool:
    """Whether what is said names something of a helper's own, which is another object in each run."""
    return any(isinstance(item, Reference) and item.home is helper.scope for item in said.objects)


def _is_random(project: Project, module: Module, call: ast.Call) -> bool:
    """Whether a model may answer otherwise each time."""
    from lint_rules.semantics.queries.repetition.random_draws import is_random

    return is_random(inference_of(project), module, call)


def _said(project: Project, site: CallSite, run: Run) -> _Said | None:
    """What a call says in one run of its function, None where a part of it makes a new value each time."""
    call = site.call
    if len(call.args) > len(PREDICT_PARAMETERS) or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None

    def named(part: ast.expr) -> Reference | str | None:
        return repr(part.value) if isinstance(part, ast.Constant) else references_of(project).of(place.at(part))

    place = Place(site.module, site.receiver_node, run)
    receiver = named(site.receiver_node)
    passed = [*zip(PREDICT_PARAMETERS, call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
    given = {name: named(value) for name, value in passed if name not in LEAVES_VALUES}
    if receiver is None or given.get("x") is None:
        return None
    said = [(name, value) for name, value in given.items() if name is not None and value is not None]
    return _Said(site.method, receiver, frozenset(said)) if len(said) == len(given) else None


def _undisturbed(project: Project, module: Module, first: ast.Call, again: ast.Call, names: set[str]) -> bool:
    """Whether nothing from one call to another in the same block changes what the second one names."""
    one, two = place_of(module, module.statement_of(first)), place_of(module, module.statement_of(again))
    if one is None or two is None or one.block is not two.block:
        return False
    spared = {*ast.walk(first), *ast.walk(again)}
    return _are_calm(project, module, one.block[one.number : two.number + 1], names, spared)


def _are_calm(
    project: Project, module: Module, statements: Sequence[ast.stmt], names: set[str], spared: set[ast.AST]
) -> bool:
    """Whether statements bind no such name, store into nothing, and call nothing but what is spared that may."""
    for statement in statements:
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
    from lint_rules.semantics.effects.purity import is_pure

    is_getter = isinstance(call.func, ast.Attribute) and call.func.attr in GETTERS
    return is_getter or is_pure(inference_of(project), module, call)
