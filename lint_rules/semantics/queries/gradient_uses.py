"""Which tapes and traces a call runs under, and what that does to a gradient.

Most calls run under none, which their ways tell: what follows gradients is imported for the others.
"""

from __future__ import annotations

import ast
from enum import Enum, auto

from lint_rules.records import dataclass
from lint_rules.semantics.calls.contexts import Path, Region, RegionKind, contexts_of
from lint_rules.semantics.knowledge.torch_names import ASKS_FOR_GRADIENTS
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module

_MATTER = (RegionKind.TAPE, RegionKind.DIFFERENTIATED, RegionKind.TRACED)


class Effect(Enum):
    """What a predict call does to a gradient."""

    BREAKS = auto()
    OFF_PATH = auto()
    TRACED = auto()


class Sources(Enum):
    """What the gradient is taken of."""

    WEIGHTS = auto()
    INPUT = auto()
    UPSTREAM = auto()  # weights of a model whose output the argument is
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class GradientUse:
    """A tape, a differentiated or a traced function that a call runs in, on one of its ways."""

    effect: Effect
    path: Path
    frame: int
    region: Region
    sources: Sources = Sources.UNKNOWN


def uses_of(project: Project, module: Module, call: ast.Call) -> list[GradientUse]:
    """For every way of a call its innermost tape or trace: breaks first, then traces, then what is off the path."""
    nothing: list[GradientUse] = []
    return project.memo.ask(("gradient uses", call), lambda: _uses(project, module, call), nothing)


def _uses(project: Project, module: Module, call: ast.Call) -> list[GradientUse]:
    contexts = contexts_of(project)
    ways = [path for path in contexts.paths(module, call) if _may_matter(path)]
    if not ways:
        return []
    from lint_rules.semantics.queries.gradients import Gradients

    gradients = Gradients(contexts)
    found = [use for path in ways for use in gradients.uses_along(path, call)]
    order = (Effect.BREAKS, Effect.TRACED, Effect.OFF_PATH)
    return sorted(found, key=lambda use: (order.index(use.effect), use.path.likely, use.frame))


def _may_matter(path: Path) -> bool:
    """Whether a way of a call leads under a tape or a trace, or through a module that asks torch for gradients."""
    return any(region.kind in _MATTER for _, region in path.regions()) or any(
        name in frame.module.calls for frame in path.frames for name in ASKS_FOR_GRADIENTS
    )
