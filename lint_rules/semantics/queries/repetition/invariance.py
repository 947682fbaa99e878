"""Does every iteration provably predict the same? Plain arrays that nothing in the loop touches."""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.array_readings import Rows, array, rows
from lint_rules.semantics.domains.arrays.value import Kind
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Basic, Result
from lint_rules.semantics.effects.inplace import reused_objects
from lint_rules.semantics.effects.kept_attributes import stays_as_made
from lint_rules.semantics.effects.purity import is_pure
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.flow.iterators import walk_of
from lint_rules.semantics.knowledge.clocks import CLOCKS
from lint_rules.semantics.knowledge.higher_order import EdgeKind
from lint_rules.semantics.queries.repetition.iteration_counts import counts_up
from lint_rules.semantics.queries.repetition.loop_syntax import body_of, calls_in
from lint_rules.semantics.queries.repetition.random_draws import any_draws, is_random
from lint_rules.semantics.queries.repetition.repetition import Repetition
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Function, Module, last_name


def is_invariant(repetition: Repetition) -> bool:
    """Whether neither the model nor what it is given changes in the loop, as far as can be proven."""
    module, loop = repetition.region.module, repetition.loop
    if repetition.trained or repetition.reach.receiver.changes or not repetition.arguments:
        return False
    if _may_wait(module, loop) or only_repeats(module, loop):
        return False
    types, made = repetition.inference, [*((module, call) for call in repetition.reach.argument.calls())]
    if not repetition.lexical:
        if not all(_always_predicts(repetition, number) for number in range(repetition.number)):
            return False
        made += [(where, call) for where, call in repetition.reach.inner_calls if where.function_of(call) is not None]
    if is_random(types, repetition.module, repetition.call):
        return False
    if any(not is_pure(types, where, call) or any_draws(types, where, [call]) for where, call in made):
        return False
    return (
        all(_is_array(repetition, part) for argument in repetition.arguments for part in _inputs(argument))
        and not _options_vary(repetition)
        and not _reads_a_clock_or_shuffles(module, loop)
        and not _is_handed_on(repetition)
        and not any(reused_objects(types, module, loop, argument) for argument in repetition.arguments)
    )


def _may_wait(module: Module, loop: ast.AST) -> bool:
    """Whether a loop may wait for something to change: `while not ready`."""
    return isinstance(loop, ast.While) and walk_of(module, loop) is None and not counts_up(module, loop)


def _always_predicts(repetition: Repetition, number: int) -> bool:
    """Whether each run of a function on the way predicts, on what its caller gives it or nobody changes.

    A condition around the call may be that nothing is predicted yet; a decorator may keep what was.
    """
    frame, outer = repetition.path.frames[number], repetition.path.frames[number + 1]
    module, function = frame.module, frame.function
    if function is None or outer.edge is None or not _shows_what_it_passes(outer.edge) or outer.edge.likely:
        return False
    if function.decorators or function.is_generator or _reads_a_clock_or_shuffles(module, function.node):
        return False
    for _, parent in module.ancestors(frame.node):
        if parent is function.node:
            break
        if isinstance(parent, ast.If | ast.IfExp | ast.BoolOp | ast.Try | ast.While | ast.For | ast.Lambda):
            return False
    slicer = Slicer(repetition.inference, module, function.node)
    found = slicer.of(*(repetition.arguments if number == 0 else _passed_on(frame.node)))
    names = {node.id for node in found.nodes if isinstance(node, ast.Name)}
    handed = _handed_on(repetition.inference, module, function.node)
    instance = {function.parameters[0].arg} if function.is_method and function.parameters else set()
    changed = {text.partition(".")[0] for text in slicer.all_changes()} - instance
    return (
        all(_stays(repetition.inference, function, attribute) for attribute in found.of_self or ())
        and found.of_self is not None
        and not names & changed
        and not any(handed.get(name, set()) - {frame.node, repetition.call} for name in names)
        and all(len(module.scope.bindings.get(name, ())) == 1 for name in found.globals_read)
    )


def _shows_what_it_passes(edge: Edge) -> bool:
    """Whether a place shows all that it runs a function with: also where that is an element, `max(xs, key=score)`."""
    return edge.is_plain() or (edge.kind is EdgeKind.EACH and edge.partial is None and edge.via is None)


def _stays(inference: Inference, function: Function, attribute: str) -> bool:
    """Whether a method finds in an attribute of its object what the constructor has put there."""
    return function.owner is not None and stays_as_made(inference, function.owner, attribute)


def _passed_on(node: ast.expr) -> list[ast.expr]:
    call = node if isinstance(node, ast.Call) else None
    return [*call.args, *(keyword.value for keyword in call.keywords)] if call is not None else []


def draws_again(repetition: Repetition) -> bool:
    """Whether a comprehension collects what a random model says of one and the same row: rows to repeat instead."""
    types, module = repetition.inference, repetition.region.module
    pure = all(is_pure(types, module, call) for call in repetition.reach.argument.calls())
    alike = isinstance(repetition.loop, COMPREHENSIONS) and only_repeats(module, repetition.loop)
    return alike and pure and not repetition.trained


def only_repeats(module: Module, loop: ast.AST) -> bool:
    """Whether the iterations are all alike but for where the result goes: samples of a random model."""
    return module.once(("only repeats", loop), lambda: _are_alike(module, loop))


def _inputs(argument: ast.expr) -> list[ast.expr]:
    """The inputs of a list of several that is written out."""
    return argument.elts if isinstance(argument, ast.List | ast.Tuple) and argument.elts else [argument]


def _is_array(repetition: Repetition, argument: ast.expr) -> bool:
    """Whether an input is provably an array, and nothing that gives other values when it is asked again."""
    project, module, path = repetition.inference.project, repetition.module, repetition.path
    values = repetition.inference.values(module, argument)
    answer = array(project, module, argument, path)
    if answer.complete and answer.values and all(value.is_array or value.kind is Kind.BATCH for value in answer.values):
        return True
    loaded = Rows.SET in rows(project, module, argument, path)
    arrays = [value for value in values if value is Basic.ARRAY or (loaded and isinstance(value, Result))]
    return bool(arrays) and all(value in arrays or value is Basic.NONE for value in values)


def _options_vary(repetition: Repetition) -> bool:
    """Whether the other arguments of the call change with the iteration."""
    call = repetition.call
    function = repetition.path.frames[0].function
    scope = repetition.loop if repetition.lexical or function is None else function.node
    slicer = Slicer(repetition.inference, repetition.module, scope)
    others = slicer.of(*call.args[1:], *(keyword.value for keyword in call.keywords))
    if not repetition.lexical:
        # What the caller chooses, it may choose anew each time.
        given = Slicer(repetition.inference, repetition.module, scope).of(*repetition.arguments)
        return bool(others.parameters - given.parameters) or others.reads_self or bool(others.globals_read)
    return others.element or others.changes


def _reads_a_clock_or_shuffles(module: Module, loop: ast.AST) -> bool:
    return module.once(
        ("clock or shuffling", loop),
        lambda: any(
            name in CLOCKS or name in ("timeit", "shuffle")
            for call in calls_in(module, loop)
            if (name := last_name(call.func) if not isinstance(call.func, ast.Call) else None) is not None
        ),
    )


def _is_handed_on(repetition: Repetition) -> bool:
    """Whether another call in the loop is given what is predicted, and may change it."""
    module, loop = repetition.region.module, repetition.loop
    handed = _handed_on(repetition.inference, module, loop)
    names = {item.id for item in repetition.reach.argument.nodes if isinstance(item, ast.Name)}
    return any(handed.get(name, set()) - {repetition.frame.node} for name in names)


def _handed_on(inference: Inference, module: Module, loop: ast.AST) -> dict[str, set[ast.expr]]:
    """The calls in a loop or function that are given a name, and may change what it means, by the name."""

    def find() -> dict[str, set[ast.expr]]:
        found: dict[str, set[ast.expr]] = {}
        for call in calls_in(module, loop):
            if not is_pure(inference, module, call):
                for given in call.args:
                    if isinstance(given, ast.Name):
                        found.setdefault(given.id, set()).add(call)
        return found

    nothing: dict[str, set[ast.expr]] = {}
    return inference.project.memo.ask(("handed on", loop), find, nothing)


def _are_alike(module: Module, node: ast.AST) -> bool:
    """Whether the element of a loop says nothing but where its result goes."""
    walk = walk_of(module, node)
    if (
        walk is None
        or (isinstance(node, COMPREHENSIONS) and len(node.generators) > 1)
        or isinstance(node, ast.DictComp)
    ):
        return False
    parts = [node.elt] if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp) else body_of(node)
    names = {item.id for item in ast.walk(walk.target) if isinstance(item, ast.Name)}
    named = set[ast.AST]()
    for part in parts:
        for item in ast.walk(part):
            if isinstance(item, ast.Assign) and isinstance(item.value, ast.Name) and item.value.id in names:
                named.add(item.value)
                names |= {other.id for other in item.targets if isinstance(other, ast.Name)}
    read = [item for part in parts for item in ast.walk(part) if isinstance(item, ast.Name) and item.id in names]
    filled = {
        index
        for part in parts
        for item in ast.walk(part)
        if isinstance(item, ast.Subscript) and isinstance(item.ctx, ast.Store)
        for index in ast.walk(item.slice)
    }
    return all(item in filled or item in named for item in read if isinstance(item.ctx, ast.Load))
