"""Which run of a function is meant: the call that runs it, in which run of the caller."""

from __future__ import annotations

import ast

from lint_rules.records import dataclass, field
from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.values import Instance
from lint_rules.semantics.syntax.module_index import Function, Module


@dataclass(frozen=True, slots=True)
class Activation:
    """One run of a function: the edge that runs it, in which run of the function there (None: any).

    Without an edge it is a run that no code of the project shows: Keras calls a method of `receiver`.
    """

    function: Function
    edge: Edge | None
    outer: Activation | None = None
    receiver: Instance | None = None
    _hash: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        # Of what tells runs apart: they are part of every question, and an edge holds far more.
        place = (self.edge.node, self.edge.skip) if self.edge is not None else None
        object.__setattr__(self, "_hash", hash((self.function, place, self.outer, self.receiver)))

    def __hash__(self) -> int:
        return self._hash

    @property
    def depth(self) -> int:
        return 1 + (self.outer.depth if self.outer is not None else 0)

    def of(self, function: Function | None) -> Activation | None:
        """The run of `function` that this one is or stands in."""
        current: Activation | None = self
        while current is not None and current.function is not function:
            current = current.outer
        return current


Run = Activation | None
"""One run of a function, or any."""


def activation(path: Path | None, frame: int = 0) -> Activation | None:
    """The run in which a frame of a call chain stands."""
    run: Activation | None = None
    if path is None:
        return None
    for number in range(len(path.frames) - 2, frame - 1, -1):
        function, edge = path.frames[number].function, path.frames[number + 1].edge
        if function is not None and edge is not None:
            run = Activation(function, edge, run)
    return run


@dataclass(frozen=True, slots=True)
class Place:
    """An expression of a module, in one run of its function (None: in any)."""

    module: Module
    node: ast.expr
    run: Activation | None = None

    def at(self, node: ast.expr) -> Place:
        """Another expression of the same function, in the same run."""
        return Place(self.module, node, self.run)
