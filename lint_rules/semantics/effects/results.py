"""Which calls a result rests on: those in the functions that give it, too."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.effects.arguments import runs_of
from lint_rules.semantics.effects.slicing import Slicer
from lint_rules.semantics.syntax.module_index import Function, Module

Calls = tuple[tuple[Module, ast.Call], ...]
"""Calls, each with its module."""


def calls_behind(inference: Inference, module: Module, calls: Iterable[ast.Call]) -> Calls:
    """The calls in functions of the project on which the results of some calls rest."""
    found: dict[ast.Call, Module] = {}
    for call in calls:
        for _, function in runs_of(inference, module, call):
            found.update((inner, where) for where, inner in _calls_of_result(inference, function))
    return tuple((where, inner) for inner, where in found.items())


def _calls_of_result(inference: Inference, function: Function) -> Calls:
    """The calls on which what a function gives rests; of what is too far to see, none."""
    nothing: Calls = ()
    return inference.project.memo.ask(
        ("calls of a result", function), lambda: _found(inference, function), unknown=nothing, cycle=nothing
    )


def _found(inference: Inference, function: Function) -> Calls:
    given = [*function.returns, *function.yields]
    calls = Slicer(inference, function.module, function.node).of(*given).calls() if given else []
    here = tuple((function.module, call) for call in calls)
    return here + calls_behind(inference, function.module, calls)
