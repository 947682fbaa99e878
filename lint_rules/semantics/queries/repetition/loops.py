"""For every way of a call the first loop that matters.

What tells why one does is imported once a way leads through a loop.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.contexts import Contexts, Path, Region, RegionKind
from lint_rules.semantics.queries.repetition.verdicts import LoopUse, Repeat
from lint_rules.semantics.syntax.module_index import Module


def uses_in_loops(contexts: Contexts, module: Module, call: ast.Call) -> list[LoopUse]:
    """For every way of a call its first loop that matters, the strongest first."""
    found = [_along(contexts, path, call) for path in contexts.paths(module, call)]
    return sorted((use for use in found if use is not None), key=lambda use: use.rank)


def _along(contexts: Contexts, path: Path, call: ast.Call) -> LoopUse | None:
    """The nearest loop on a way that matters; a loop of batches yields to one of steps around it."""
    fallback: LoopUse | None = None
    for number, region in path.regions():
        if region.kind is not RegionKind.LOOP:
            continue
        use, outwards = _judged(contexts, path, call, number, region)
        if use is not None:
            if use.repeat is Repeat.BATCH and fallback is None:
                fallback = use
                continue
            return use if fallback is None or use.repeat is Repeat.STEP else fallback
        if not outwards:
            break
    return fallback


def _judged(contexts: Contexts, path: Path, call: ast.Call, number: int, region: Region) -> tuple[LoopUse | None, bool]:
    """The use that a loop makes of a call, if it matters, and whether the next loop is to be asked."""
    from lint_rules.semantics.queries.repetition.reasons import judge
    from lint_rules.semantics.queries.repetition.repetition import Repetition

    repetition = Repetition(contexts, call, path, number, region)
    verdict = judge(repetition)
    if verdict.repeat is None or verdict.reason is None:
        return None, verdict.outwards
    use = LoopUse(
        verdict.repeat,
        verdict.reason,
        repetition.path,
        repetition.number,
        repetition.region,
        repetition.rows,
        ragged=verdict.repeat is Repeat.SAMPLE and repetition.ragged,
    )
    return use, False
