"""Does every iteration provably predict the same? Plain arrays that nothing in the loop touches."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.array_readings import Rows, array, rows
from lint_rules.semantics.domains.arrays.value import Kind
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Basic, Result
from lint_rules.semantics.effects.inplace import reused_objects
from lint_rules.semantics.effects.purity import is_pure
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.effects.weight_updates import CHANGES_WEIGHTS
from lint_rules.semantics.flow.iterators import step_of
from lint_rules.semantics.queries.repetition.iteration_counts import counts_up
from lint_rules.semantics.queries.repetition.loop_syntax import calls_in
from lint_rules.semantics.queries.repetition.random_draws import any_draws, is_random
from lint_rules.semantics.queries.repetition.repetition import Repetition
from lint_rules.semantics.queries.timing import CLOCKS
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Module, last_name


def is_invariant(repetition: Repetition) -> bool:
    """Whether neither the model nor what it is given changes in the loop, as far as can be proven."""
    module, loop = repetition.module, repetition.loop
    if repetition.trained or repetition.reach.receiver.changes or not repetition.arguments:
        return False
    if _may_wait(repetition.region.module, loop):
        return False
    if only_repeats(module, loop) or is_random(repetition.inference, module, repetition.call):
        return False
    types, made = repetition.inference, repetition.reach.argument.calls()
    if any(not is_pure(types, module, call) for call in made) or any_draws(types, module, made):
        return False
    return (
        all(_is_array(repetition, argument) for argument in repetition.arguments)
        and not _options_vary(repetition)
        and not _reads_a_clock_or_trains(module, loop)
        and not _is_handed_on(repetition)
        and not any(reused_objects(types, module, loop, argument) for argument in repetition.arguments)
    )


def _may_wait(module: Module, loop: ast.AST) -> bool:
    """Whether a loop may wait for something to change: `while not ready`."""
    return isinstance(loop, ast.While) and step_of(module, loop) is None and not counts_up(module, loop)


def draws_again(repetition: Repetition) -> bool:
    """Whether a comprehension collects what a random model says of one and the same row: rows to repeat instead."""
    types, module = repetition.inference, repetition.region.module
    pure = all(is_pure(types, module, call) for call in repetition.reach.argument.calls())
    alike = isinstance(repetition.loop, COMPREHENSIONS) and only_repeats(module, repetition.loop)
    return alike and pure and not repetition.trained


def only_repeats(module: Module, loop: ast.AST) -> bool:
    """Whether the iterations are all alike but for where the result goes: samples of a random model."""
    return module.once(("only repeats", loop), lambda: _are_alike(loop))


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
    slicer = Slicer(repetition.inference, repetition.module, repetition.loop)
    others = slicer.of(*call.args[1:], *(keyword.value for keyword in call.keywords))
    return others.element or others.changes


def _reads_a_clock_or_trains(module: Module, loop: ast.AST) -> bool:
    return module.once(
        ("clock or training", loop),
        lambda: any(
            name in CLOCKS or name in CHANGES_WEIGHTS or name in ("timeit", "shuffle")
            for call in calls_in(module, loop)
            if (name := last_name(call.func) if not isinstance(call.func, ast.Call) else None) is not None
        ),
    )


def _is_handed_on(repetition: Repetition) -> bool:
    """Whether another call in the loop is given what is predicted, and may change it."""
    module, loop = repetition.module, repetition.loop
    nothing: dict[str, set[ast.expr]] = {}
    handed = repetition.inference.project.memo.ask(
        ("handed on", loop), lambda: _handed_on(repetition.inference, module, loop), nothing
    )
    names = {item.id for item in repetition.reach.argument.nodes if isinstance(item, ast.Name)}
    return any(handed.get(name, set()) - {repetition.call} for name in names)


def _handed_on(inference: Inference, module: Module, loop: ast.AST) -> dict[str, set[ast.expr]]:
    """The calls in a loop that are given a name, and may change what it means, by the name."""
    found: dict[str, set[ast.expr]] = {}
    for call in calls_in(module, loop):
        if not is_pure(inference, module, call):
            for given in call.args:
                if isinstance(given, ast.Name):
                    found.setdefault(given.id, set()).add(call)
    return found


def _are_alike(node: ast.AST) -> bool:
    """Whether the element of a loop says nothing but where its result goes."""
    if isinstance(node, ast.For | ast.AsyncFor):
        target, parts = node.target, list[ast.AST](node.body)
    elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp) and len(node.generators) == 1:
        target, parts = node.generators[0].target, [node.elt]
    else:
        return False
    names = {item.id for item in ast.walk(target) if isinstance(item, ast.Name)}
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
