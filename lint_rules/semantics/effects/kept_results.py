"""Where does a run of a function keep what a call in it gives: in which of the objects that it is handed?

`boxes.append(model.predict(x))`, `board[i] = ...`, `self.window = ...`: such objects outlive the run, and whoever reads
them later reads the result too, though the function does not return it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping

from lint_rules.records import replace
from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.effects.arguments import parameters_of
from lint_rules.semantics.effects.attribute_effects import Attributes, changed_attributes
from lint_rules.semantics.effects.local_stores import first_index
from lint_rules.semantics.effects.object_changes import Change
from lint_rules.semantics.effects.slicing import Filling, Slicer
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.use_def import bindings_of, carried_bindings
from lint_rules.semantics.syntax.module_index import Function, Module, dotted

Kept = tuple[ast.expr, Filling]
"""An object that holds a result, and where in it."""
Filled = Mapping[str, list[Filling]]
"""Such objects by their dotted names."""
_NOTHING: tuple[tuple[str, Filling], ...] = ()


def kept_by(inference: Inference, function: Function, node: ast.expr, edge: Edge) -> Iterator[Kept]:
    """The objects, as an edge hands them to a function, in which its run keeps what `node` in it gives."""
    filled = inference.project.memo.ask(
        ("kept results", node), lambda: tuple(_filled(inference, function, node)), unknown=_NOTHING
    )
    for name, filling in filled:
        yield from _handed_over(function, name, filling, edge)


def lifted(
    inference: Inference, module: Module, function: Function, kept: Iterable[Kept], edge: Edge
) -> Iterator[Kept]:
    """Objects that hold a result when a function has run, as an edge hands them to it."""
    for node, filling in kept:
        root, _, attribute = (dotted(node) or "").partition(".")
        if root:
            held = Filling(frozenset([attribute])) if attribute else filling
            yield from _handed_over(function, root, held, edge)
            continue
        found = Slicer(inference, module, function.node, mutations=False).of(node)
        for name in [*found.parameters, *(p.arg for p in function.parameters[:1] if found.reads_self)]:
            yield from _handed_over(function, name, Filling(), edge)


def outliving(inference: Inference, module: Module, loop: ast.AST, kept: Iterable[Kept]) -> Filled:
    """The objects by their dotted names, of those that are no others in each iteration of a loop."""
    slicer = Slicer(inference, module, loop, mutations=False)
    return by_name(
        (node, filling)
        for node, filling in kept
        if not slicer.of(node).element and not _is_made_within(module, slicer, node)
    )


def by_name(kept: Iterable[Kept]) -> Filled:
    """The objects by their dotted names, of those that have one."""
    found: dict[str, list[Filling]] = {}
    for node, filling in kept:
        text = dotted(node)
        if text is not None:
            found.setdefault(text, []).append(filling)
            owner, _, attribute = text.rpartition(".")
            if owner:
                found.setdefault(owner, []).append(Filling(frozenset([attribute])))
    return found


def _filled(inference: Inference, function: Function, node: ast.expr) -> Iterator[tuple[str, Filling]]:
    """The parameters in whose objects a run of a function keeps what `node` gives."""
    slicer = Slicer(inference, function.module, function.node, node)
    parameters = {parameter.arg for parameter in parameters_of(function)}
    for text, changes in slicer.all_changes().items():
        root, _, attribute = text.partition(".")
        if root not in parameters:
            continue
        for change in changes:
            if _may_rest_on(inference, function, change, node) and slicer.of(*change.put_in).reaches(node):
                cell = first_index(function.module, change.target) if change.target is not None else None
                attributes = frozenset([attribute.partition(".")[0]]) if attribute else _changed(slicer, change)
                yield root, Filling(attributes, None if attribute else cell)


def _may_rest_on(inference: Inference, function: Function, change: Change, node: ast.expr) -> bool:
    """Whether what a change puts into an object rests on `node`, as far as one slice for all calls in a function tells.

    That slice goes on beyond the call that is asked for, so it reaches whatever one that stops there does.
    """
    calls = inference.project.memo.ask(
        ("calls put in", function, change), lambda: _calls_put_in(inference, function, change), unknown=None
    )
    return calls is None or not isinstance(node, ast.Call) or node in calls


def _calls_put_in(inference: Inference, function: Function, change: Change) -> frozenset[ast.Call] | None:
    """The calls that what a change puts into an object rests on; None where they are too many to tell."""
    found = Slicer(inference, function.module, function.node).of(*change.put_in)
    return frozenset(found.calls()) if len(found.nodes) < limits.MAX_SLICE_NODES else None


def _changed(slicer: Slicer, change: Change) -> Attributes:
    """The attributes of its object that a change can reach; None for any."""
    if isinstance(change.target, ast.Attribute):
        return frozenset([change.target.attr])
    called = change.value.func if isinstance(change.value, ast.Call) and change.is_call_on_it else None
    return changed_attributes(slicer.inference, slicer.run_by(called)) if called is not None else None


def _handed_over(function: Function, name: str, filling: Filling, edge: Edge) -> Iterator[Kept]:
    """What an edge passes for a parameter; the object whose method it runs, for the first."""
    given = _passed(function, name, edge)
    if given is not None:
        cell = filling.cell
        if isinstance(cell, ast.Name):
            cell = _passed(function, cell.id, edge)
        elif not isinstance(cell, ast.Constant):
            cell = None
        yield given, replace(filling, cell=cell)


def _passed(function: Function, name: str, edge: Edge) -> ast.expr | None:
    for parameter in parameters_of(function):
        if parameter.arg == name:
            given = edge.argument(function, parameter)
            is_instance = function.is_method and parameter is function.parameters[0]
            return edge.receiver if given is None and is_instance else given
    return None


def _is_made_within(module: Module, slicer: Slicer, node: ast.expr) -> bool:
    """Whether each iteration makes the object of a name anew, and no other one has it."""
    if not isinstance(node, ast.Name):
        return False
    bindings = bindings_of(module, node)
    return (
        bool(bindings)
        and all(slicer.inside(b.node) and not isinstance(b.value, ast.Name | ast.Attribute) for b in bindings)
        and not carried_bindings(module, node, slicer.region)
    )
