"""Is it the same model in each iteration, or is another one made, picked or loaded?"""

from __future__ import annotations

import ast
import math
from bisect import bisect_right
from collections.abc import Iterator

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import FunctionObject
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.flow.iterators import walk_of
from lint_rules.semantics.flow.read_back import stands_for
from lint_rules.semantics.flow.turns import binds_once
from lint_rules.semantics.queries.repetition.handed_out import iterable_of
from lint_rules.semantics.queries.repetition.loop_syntax import WALKS, body_of, is_each
from lint_rules.semantics.queries.repetition.repetition import Repetition
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind


def makes_models(repetition: Repetition) -> bool:
    """Whether a loop makes each model that it uses, and does not merely walk through those of an ensemble."""
    made, loop = repetition.reach.receiver.calls(), repetition.loop
    if is_each(loop):
        walked = iterable_of(repetition.path, repetition.region)
        calls = [*made, *(node for node in ast.walk(walked or loop) if isinstance(node, ast.Call))]
    else:
        walk = walk_of(repetition.region.module, loop)
        walked = walk.iterable if walk is not None else None
        calls = [call for call in made if repetition.slicer.inside(call)]
    return walked is None or any(last_name(call.func) not in WALKS for call in calls)


def rebinds_model(repetition: Repetition) -> bool:
    """Whether what changes of the receiver in a loop is which model it is, not merely its state."""
    frame = repetition.frame
    slicer = Slicer(repetition.inference, frame.module, repetition.loop, frame.node)
    return any(
        _renews(repetition, slicer, node) for node in repetition.reach.receiver.nodes - _keys(repetition, slicer)
    )


def is_made_by_a_method(repetition: Repetition) -> bool:
    """Whether each iteration runs a method that gives its object another model: `self.build()` before `self.model`.

    Also one that gives it to an object further out, on which the way to the call goes through the object that holds
    the model: `learner.renew(model)` where `learner.query(pool)` predicts with `self.model`.
    """
    module, inference = repetition.frame.module, repetition.inference
    held = {*_owners(repetition)} | {
        (owner, (node.attr,))
        for node in repetition.reach.receiver.nodes
        if isinstance(node, ast.Attribute) and (owner := dotted(node.value)) is not None
    }
    spans = [
        module.order.span(statement)
        for statement in body_of(repetition.loop)
        if isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign)
    ]
    return any(
        _always_stores(inference, value.function, names)
        for owner, names in sorted(held)
        for call in _calls_on(module, owner)
        if call is not repetition.frame.node and _is_in(module.order.number(call), spans)
        for value in inference.values(module, call.func)
        if isinstance(value, FunctionObject)
    )


def _calls_on(module: Module, owner: str) -> list[ast.Call]:
    """The calls of methods of the object that is written so, in source order."""

    def by_owner() -> dict[str | None, list[ast.Call]]:
        found: dict[str | None, list[ast.Call]] = {}
        for calls in module.calls.values():
            for call in calls:
                if isinstance(call.func, ast.Attribute):
                    found.setdefault(dotted(call.func.value), []).append(call)
        return {text: sorted(calls, key=module.order.number) for text, calls in found.items()}

    return module.once("calls by owner", by_owner).get(owner, [])


def _is_in(number: int, spans: list[tuple[int, int]]) -> bool:
    """Whether a node lies in one of the stretches of a module, which are in source order."""
    place = bisect_right(spans, (number, math.inf)) - 1
    return place >= 0 and number < spans[place][1]


def _owners(repetition: Repetition) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The objects around the loop that hold the model, each with the attributes that lead from it to the model."""
    text = dotted(repetition.receiver)
    for number in range(repetition.number):
        function, edge = repetition.path.frames[number].function, repetition.path.frames[number + 1].edge
        root, _, rest = (text or "").partition(".")
        parameter = next((each for each in function.parameters if each.arg == root), None) if function else None
        if function is None or edge is None or parameter is None:
            return
        own = function.is_method and parameter is function.parameters[0]
        given = dotted(edge.receiver if own else edge.argument(function, parameter))
        text = f"{given}.{rest}" if given is not None and rest else given
    names = (text or "").split(".")
    for length in range(1, len(names)):
        yield ".".join(names[:length]), tuple(names[length:])


def _always_stores(inference: Inference, method: Function, names: tuple[str, ...]) -> bool:
    """Whether a method stores an attribute of its object whenever it runs, or has an object that it holds do so."""
    module = method.module
    own = method.parameters[0].arg if method.is_method and method.parameters else None
    if len(names) == 1:
        return any(
            store.target.attr == names[0]
            and dotted(store.target.value) == own
            and module.parents[module.statement_of(store.target)] is method.node
            for store in module.stores_in(method)
        )
    return any(
        _always_stores(inference, value.function, names[1:])
        for call in _calls_on(module, f"{own}.{names[0]}")
        if isinstance(statement := module.parents.get(call), ast.Expr) and module.parents.get(statement) is method.node
        for value in inference.values(module, call.func)
        if isinstance(value, FunctionObject)
    )


def _renews(repetition: Repetition, slicer: Slicer, node: ast.AST) -> bool:
    """Whether a part of the receiver is another one in each iteration."""
    module = repetition.frame.module
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        return any(_binds_anew(repetition, slicer, binding) for binding in _bindings(module, node))
    if isinstance(node, ast.Attribute):
        text = dotted(node)
        return any(
            dotted(store.target) == text and slicer.inside(store.target) for store in module.stores.get(node.attr, ())
        )
    if isinstance(node, ast.Call) and node is not repetition.call:
        return slicer.inside(node) and last_name(node.func) not in WALKS and not _is_kept_once(module, node)
    return False


def _is_kept_once(module: Module, node: ast.Call) -> bool:
    """Whether a call only gives a name its value where that has none yet: `if model is None: model = load()`."""
    statement = module.parents.get(node)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    bindings = [
        binding
        for target in targets
        if isinstance(target, ast.Name)
        for binding in _bindings(module, target)
        if binding.node is statement
    ]
    return bool(bindings) and all(binds_once(module, binding) for binding in bindings)


def _bindings(module: Module, name: ast.Name) -> Iterator[Binding]:
    scope = module.scopes[name].find(name.id)
    yield from scope.bindings[name.id] if scope is not None else ()


def _binds_anew(repetition: Repetition, slicer: Slicer, binding: Binding) -> bool:
    """Whether a binding gives another model to a name in each iteration."""
    value, module = binding.value, repetition.frame.module
    if binding.kind is BindingKind.ITERATION and binding.node is not repetition.loop:
        # Each model of an ensemble: the same ones in every iteration.
        return value is None or _is_made_inside(slicer, module, value)
    if isinstance(value, ast.Call) and last_name(value.func) in WALKS:
        return _is_made_inside(slicer, module, value)
    if isinstance(value, ast.Subscript) and isinstance(repetition.loop, ast.While):
        # player = players[turn]: one of a few, whichever it is.
        value = value.value
    return slicer.inside(binding.node) and not _is_another_name(value) and not binds_once(module, binding)


def _is_another_name(value: ast.expr | None) -> bool:
    """Whether a binding only gives another name to what was there: `m = self.model`."""
    return isinstance(value, ast.Attribute | ast.Name) and dotted(value) is not None


def _is_made_inside(slicer: Slicer, module: Module, node: ast.expr) -> bool:
    """Whether a loop's own region makes what an expression names, and does not merely walk through it."""
    for item in ast.walk(node):
        if isinstance(item, ast.Call) and last_name(item.func) not in WALKS:
            return True
        for binding in _bindings(module, item) if isinstance(item, ast.Name) else ():
            walked = binding.value if isinstance(binding.value, ast.Call) else None
            if walked is not None and last_name(walked.func) == "iter" and not _is_made_inside(slicer, module, walked):
                continue
            if slicer.inside(binding.node):
                return True
    return False


def _keys(repetition: Repetition, slicer: Slicer) -> set[ast.AST]:
    """What only says which of some models is meant: `names[j]` for `name = names[j]; models[name].predict(x)`."""
    model = stands_for(repetition.inference, repetition.module, repetition.receiver)
    if not repetition.lexical or not isinstance(model, ast.Subscript):
        return set()
    return slicer.of(model.slice).nodes - slicer.of(model.value).nodes
