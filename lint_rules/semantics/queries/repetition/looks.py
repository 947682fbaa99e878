"""Does a loop predict to look, and not for the result's sake? Benchmarks, and samples now and then while training."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.handouts import Handout
from lint_rules.semantics.effects.weight_updates import trained_by
from lint_rules.semantics.flow.iterators import walk_of
from lint_rules.semantics.flow.turns import loop_of_one_turn
from lint_rules.semantics.queries.repetition.loop_syntax import body_of
from lint_rules.semantics.queries.repetition.repetition import Repetition
from lint_rules.semantics.queries.timing import is_benchmarked, is_timed
from lint_rules.semantics.syntax.module_index import Module


def is_benchmark(repetition: Repetition) -> bool:
    """Whether the loop times the very call: a clock is read right before it and right after, for the time's sake.

    Or right before and after a loop that does not use its variable, `for _ in range(100)`.
    """
    frame, loop = repetition.frame, repetition.loop
    inner, types = repetition.path.frames[: repetition.number + 1], repetition.inference
    if any(is_benchmarked(types, each.module, each.module.statement_of(each.node)) for each in inner):
        return True
    walk = walk_of(frame.module, loop)
    if not isinstance(loop, ast.For | ast.While) or walk is None or not isinstance(walk.target, ast.Name):
        return False
    if repetition.region.module is not frame.module or not is_timed(types, frame.module, loop):
        return False
    order, name = frame.module.order, walk.target.id
    read = (item for part in body_of(loop) for item in order.within(part, ast.Name) if isinstance(item.ctx, ast.Load))
    return not any(item.id == name for item in read)


def is_sampling(repetition: Repetition) -> bool:
    """Whether a training loop only looks now and then at what the model gives: samples to plot, scores to print."""
    # A helper that picks a sample of the batch to show it: what comes of it is used no further, and trains nothing.
    shown = isinstance(repetition.frame.module.parents.get(repetition.frame.node), ast.Expr) and not any(
        frame.function is not None and trained_by(repetition.inference, frame.function)
        for frame in repetition.path.frames[: repetition.number]
    )
    if (
        shown
        and not repetition.lexical
        and repetition.reach.argument.element
        and repetition.handout is not Handout.SAMPLE
    ):
        return True
    frames = repetition.path.frames[: repetition.number + 1]
    return any(_is_periodic(frame.module, frame.node) for frame in frames)


def _is_periodic(module: Module, node: ast.expr) -> bool:
    """Whether a node runs in every n-th iteration only, or in one: under `if step % n == 0`, `if step == 9`."""
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            return False
        if isinstance(parent, ast.If | ast.match_case) and any(item is child for item in parent.body):
            tested = ast.walk(parent.test) if isinstance(parent, ast.If) else ()
            if any(isinstance(item, ast.BinOp) and isinstance(item.op, ast.Mod) for item in tested):
                return True
            if loop_of_one_turn(module, parent) is not None:
                return True
    return False
