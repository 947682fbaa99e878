"""What does a loop hand out in each iteration: one sample of a collection, or a batch?"""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_rules.semantics.calls.contexts import Path, Region
from lint_rules.semantics.domains.handouts import Handout, handout, is_indexed_feeder
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.effects.slicing import Slice
from lint_rules.semantics.flow.activations import Place, activation
from lint_rules.semantics.flow.iterators import is_next, walk_of
from lint_rules.semantics.knowledge.data_sources import NEXT_BATCH


def handed_out(inference: Inference, path: Path, number: int, region: Region, argument: Slice) -> Handout | None:
    """What a loop hands out to the input of a call; None if the code does not show it, or it hands out nothing."""
    module, run = path.frames[number].module, activation(path, number)

    def of(iterable: ast.expr) -> Handout | None:
        return handout(inference.project, Place(module, iterable, run))

    if not argument.element:
        return Handout.BATCH if _takes_next_batch(argument, of) else None
    picks = [
        node.value
        for node in argument.nodes
        if isinstance(node, ast.Subscript) and not isinstance(node.slice, ast.Slice)
    ]
    if any(isinstance(picked, ast.Name) and of(picked) is Handout.SAMPLE for picked in picks):
        return Handout.SAMPLE  # `state = minibatch[i]`
    iterable = iterable_of(path, region)
    found = of(iterable) if iterable is not None else None
    if found is None and any(
        is_indexed_feeder(inference, value) for picked in picks for value in inference.values(module, picked)
    ):
        return Handout.BATCH  # `x, y = generator[i]`
    return found


def iterable_of(path: Path, region: Region) -> ast.expr | None:
    """What a loop goes over."""
    loop = region.node
    if isinstance(loop, ast.Call):
        return next((f.edge.element_of for f in path.frames if f.edge and f.edge.node is loop), None)
    walk = walk_of(region.module, loop)
    return walk.iterable if walk is not None else None


def _takes_next_batch(argument: Slice, of: Callable[[ast.expr], Handout | None]) -> bool:
    """Whether the input is the next that something gives which hands out batches: `x, y = next(batches)`."""
    calls = argument.calls()
    if any(isinstance(call.func, ast.Attribute) and call.func.attr in NEXT_BATCH for call in calls):
        return True
    return any(of(call.args[0]) is Handout.BATCH for call in calls if is_next(call) and call.args)
