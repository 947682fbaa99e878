"""The nearest loop, handler or trace in which the model of a call is made anew.

Proven only: how the model is made must be fixed (constants and names that the loop does not bind), nothing may train or
save between, and a model that is built must get its weights from a file, be a part of another model, or serve what
arrives live. Code that is traced makes a model at each trace, whatever it is made of.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from enum import Enum, auto

from lint_rules.records import replace
from lint_rules.semantics.calls.contexts import Contexts, Frame, Path, Region, RegionKind
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.queries.rebuilds.between import changes_models, repeated_by, waits
from lint_rules.semantics.queries.rebuilds.fixed import Outside, inputs_of, is_fixed, outside
from lint_rules.semantics.queries.rebuilds.handlers import is_handler
from lint_rules.semantics.queries.rebuilds.making import made_by, may_be_made_by_a_call
from lint_rules.semantics.queries.rebuilds.verdicts import Handler, How, Made, Rebuild
from lint_rules.semantics.syntax.module_index import Function, Module


def rebuild_of(contexts: Contexts, module: Module, call: ast.Call, receiver: ast.expr) -> Rebuild | None:
    """The loop, handler or trace in which the model of a call is made anew, the nearest first."""
    if not may_be_made_by_a_call(contexts.inference, module, call, receiver):
        return None
    for path in contexts.paths(module, call):
        if path.likely or path.recursive:
            continue
        ways = [_Way(contexts.inference, path, made) for made in made_by(contexts.inference, path, receiver)]
        found = [rebuild for way in ways if (rebuild := way.rebuild()) is not None]
        if found and len(found) == len(ways):
            return replace(found[0], alternatives=len(found))
    return None


class Says(Enum):
    """What a region around a call means for the model of it."""

    MADE_ANEW = auto()
    UNPROVEN = auto()  # nor can anything further out be proven
    ONWARDS = auto()  # it does not matter


class _Way:
    """A way outwards from the call that makes a model.

    `decisive` is what decides on which model is made, as the frame at hand sees it; `apart` tells that the model is
    made once for many calls of it so far.
    """

    def __init__(self, inference: Inference, path: Path, made: Made) -> None:
        self.inference = inference
        self.path = path
        self.made = made
        self.number = made.frame
        inputs = [*inputs_of(made.module, made.call), *([made.own] if made.own is not None else [])]
        self.decisive: list[Outside] = [(made.module, node) for node in inputs]
        self.apart = made.frame > 0

    def rebuild(self) -> Rebuild | None:
        """What makes the model anew, the nearest first; None where nothing does, or where that cannot be proven."""
        for number, frame in enumerate(self.path.frames[self.made.frame :], self.made.frame):
            self.number = number
            for region in frame.regions:
                says = next(said for reason in REASONS if (said := reason(self, region)) is not None)
                if says is not Says.ONWARDS:
                    return self.by(region) if says is Says.MADE_ANEW else None
            if frame.function is None:
                return None
            if is_handler(self.inference, frame.function) and self.made.how is not How.FRESH:
                return self._by_handler(frame.function)
            if number + 1 >= len(self.path.frames) or not self._leave(frame.function, self.path.frames[number + 1]):
                return None
        return None

    def by(self, cause: Region | Handler) -> Rebuild:
        made = self.made
        return Rebuild(made.module, made.call, self.path, self.number, cause, self.apart, held=made.held)

    def _by_handler(self, function: Function) -> Rebuild | None:
        fixed = all(is_fixed(module, node, set(), function) for module, node in self.decisive)
        if not fixed or changes_models(self.inference, self.path, self.number, None):
            return None
        return self.by(Handler(function.name))

    def _leave(self, function: Function, outer: Frame) -> bool:
        """Goes to the frame that runs a function; whether what decides can be told there."""
        lifted: list[Outside] = []
        for module, node in self.decisive:
            further = outside(self.inference, module, node, function, outer)
            if further is None:
                return False
            lifted += further
        self.decisive = lifted
        return True

    def varying(self, region: Region) -> list[Outside]:
        """What decides on the model and is another thing in each iteration of a loop."""
        inside = _held_by(region)
        return [(module, node) for module, node in self.decisive if not is_fixed(module, node, inside)]


# Reasons: each says of a region around the call what it means for the model, or None


def is_traced(way: _Way, region: Region) -> Says | None:
    """Code that is traced makes a model at each trace."""
    if region.kind is not RegionKind.TRACED:
        return None
    return Says.MADE_ANEW if way.number > way.made.frame or not isinstance(region.node, ast.expr) else None


def is_no_loop(way: _Way, region: Region) -> Says | None:
    """What does not repeat, or ends in its first iteration."""
    return Says.ONWARDS if region.kind is not RegionKind.LOOP or region.once else None


def stands_behind_the_making(way: _Way, region: Region) -> Says | None:
    """A loop that uses the model which is made before it."""
    if way.number != way.made.frame or way.made.call in _held_by(region):
        return None
    way.apart = True
    return Says.ONWARDS


def goes_through_parts(way: _Way, region: Region) -> Says | None:
    """One part of a model for each layer: the loop further out makes all of them again."""
    varying = way.varying(region)
    if not varying or way.made.how is not How.PART or not isinstance(region.node, ast.For):
        return None
    way.decisive = [item for item in way.decisive if item not in varying] + [(region.module, region.node.iter)]
    return Says.ONWARDS


def makes_another_model(way: _Way, region: Region) -> Says | None:
    """Another model in each iteration, or one that is trained or saved in between."""
    other = way.varying(region) or changes_models(way.inference, way.path, way.number, region)
    return Says.UNPROVEN if other else None


def tries_new_weights(way: _Way, region: Region) -> Says | None:
    """New weights each time may be what the loop is for, unless it serves what arrives."""
    return Says.UNPROVEN if way.made.how is How.FRESH and not waits(way.inference, region) else None


def makes_the_same_model(way: _Way, region: Region) -> Says | None:
    """The same model in every iteration."""
    return Says.MADE_ANEW


REASONS: tuple[Callable[[_Way, Region], Says | None], ...] = (
    is_traced,
    is_no_loop,
    stands_behind_the_making,
    goes_through_parts,
    makes_another_model,
    tries_new_weights,
    makes_the_same_model,
)
"""In the order in which they are asked; the last says something of every region."""


def _held_by(region: Region) -> frozenset[ast.AST]:
    """What a loop runs again in each iteration, found out once for all calls in it."""
    return region.module.once(
        ("held by", region.node),
        lambda: frozenset(node for part in repeated_by(region) for node in ast.walk(part)),
    )
