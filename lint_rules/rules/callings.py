"""The loops that call a helper around a call of predict, as its fix needs them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.findings.comments import mentions_comments
from lint_rules.fixes.loops.calling import Calling, Runner
from lint_rules.rules.rewrite import place
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.contexts import Frame
from lint_rules.semantics.domains.values import Instance, ModuleObject
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.higher_order import KEYED, EdgeKind
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.queries.call_sites import CallSite, loop_uses
from lint_rules.semantics.queries.gone_over import repeatable
from lint_rules.semantics.queries.repetition.verdicts import LoopUse, Repeat
from lint_rules.semantics.queries.tables import Applied, applied_to
from lint_rules.semantics.syntax.module_index import Function, Module, end, start
from lint_rules.semantics.syntax.scopes import BindingKind
from lint_rules.semantics.syntax.testcode import is_test


def callings_of(site: CallSite, function: Function, project: Project, *, ragged: bool = False) -> tuple[Calling, ...]:
    """The calls of the function around a call site from loops over samples, in the order of files and rows.

    Those of tests, of notebooks and of lines that a comment speaks of are left out, and those of which it is not shown
    that a copy of the function could be called there as well; also those whose samples may differ in shape, unless
    `ragged`.
    """
    found: dict[ast.expr, Calling] = {}
    for use in loop_uses(site, project):
        if _goes_over_samples(use, function) and (ragged or not use.ragged):
            frame = use.path.frames[1]
            calling = _calling(frame, use, function, project)
            if calling is not None:
                found.setdefault(frame.node, calling)
    return tuple(sorted(found.values(), key=lambda each: (each.filename or "", each.start)))


def _goes_over_samples(use: LoopUse, function: Function) -> bool:
    """Whether a function is called once per sample of a loop, by nothing but its name, or applied by a library."""
    if use.repeat is not Repeat.SAMPLE or use.frame != 1 or use.inner or use.path.likely:
        return False
    edge = use.path.frames[1].edge
    return (
        use.path.frames[0].function is function
        and edge is not None
        and edge.node is use.path.frames[1].node
        and not (edge.partial or edge.via)
        and (edge.kind is EdgeKind.EACH or (edge.kind is EdgeKind.CALL and not edge.target))
    )


def runner_of(frame: Frame, project: Project) -> Runner | None:
    """What runs the function that is called at a frame; None where it may run otherwise than once for each sample."""
    edge = frame.edge
    if edge is None or edge.kind is EdgeKind.CALL:
        return Runner.LOOP
    applied = applied_to(project, frame.module, frame.node)
    if applied is not None:
        return Runner.ROWS if applied is Applied.ROWS else Runner.ELEMENTS
    if edge.label in KEYED:
        return Runner.KEY
    return Runner.MAP if edge.label == "map" and not edge.parallel else None


def _calling(frame: Frame, use: LoopUse, function: Function, project: Project) -> Calling | None:
    module, node = frame.module, frame.node
    if not isinstance(node, ast.Call) or is_test(module, node):
        return None
    runner = runner_of(frame, project)
    called = _called(node, runner)
    if runner is None or called is None or isinstance(called, ast.Lambda):
        return None
    first, last = place(module, *start(node)), place(module, *end(node))
    steady = repeatable(project, module, use.region.node)
    if module is function.module:
        return Calling(first, last, runner=runner, steady=steady)
    if module.path.suffix == ".ipynb" or module.broken or any(map(mentions_comments, _rows(module, use.region.node))):
        return None
    imported = _imported(module, called, function, project)
    return None if imported is None else Calling(first, last, str(module.path), module.text, imported, runner, steady)


def _called(call: ast.Call, runner: Runner | None) -> ast.expr | None:
    """What names the function that a call runs."""
    if runner is Runner.LOOP:
        return call.func
    if runner is Runner.KEY:
        return next((keyword.value for keyword in call.keywords if keyword.arg == "key"), None)
    return call.args[0] if call.args else None


def _rows(module: Module, node: ast.AST) -> Iterator[str]:
    """The rows of the statement around a node."""
    statement = module.statement_of(node)
    first, last = start(statement)[0], end(statement)[0]
    yield from module.lines[first - 1 : last]


def _imported(module: Module, called: ast.expr, function: Function, project: Project) -> bool | None:
    """Whether a call names what `from module import function` has brought in from the function's own module; False
    where it asks that module, or an object that has the function; None for anything else."""
    if isinstance(called, ast.Name):
        bound = bindings_of(module, called)
        if len(bound) != 1 or bound[0].kind is not BindingKind.IMPORT_FROM or bound[0].scope.parent is not None:
            return None
        alias = bound[0].node
        statement = module.parents.get(alias)
        if not isinstance(statement, ast.ImportFrom) or not isinstance(alias, ast.alias) or alias.name != function.name:
            return None
        origin = project.find_module(statement.module or "", module.path, statement.level)
        return True if origin == function.module.path else None
    if not isinstance(called, ast.Attribute):
        return None
    owners = inference_of(project).values(module, called.value)
    if function.owner is None:
        return False if owners and all(owner == ModuleObject(function.module.path) for owner in owners) else None
    return False if owners and all(_has(owner, function, project) for owner in owners) else None


def _has(owner: object, function: Function, project: Project) -> bool:
    """Whether a value is an instance whose method of that name is the function itself."""
    if not isinstance(owner, Instance):
        return False
    return inference_of(project).method(owner.cls, function.name) is function
