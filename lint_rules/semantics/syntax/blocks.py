"""Where a statement stands in its block, without a search of the block for each of its statements."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lint_rules.records import dataclass
from lint_rules.semantics.syntax.module_index import Module

_BLOCKS = ("body", "orelse", "finalbody")


@dataclass(frozen=True, slots=True)
class Place:
    """The block that holds a statement, the name of the field that it is, and the number of the statement in it."""

    field: str
    block: Sequence[ast.stmt]
    number: int


def place_of(module: Module, statement: ast.AST) -> Place | None:
    """Where a statement stands among those of its parent; None for what stands in no block."""
    parent = module.parents.get(statement)
    return module.once(("places", parent), lambda: _places(parent)).get(statement)


def _places(parent: ast.AST | None) -> dict[ast.AST, Place]:
    found: dict[ast.AST, Place] = {}
    for field in _BLOCKS:
        block = getattr(parent, field, None)
        if isinstance(block, list):
            found.update((statement, Place(field, block, number)) for number, statement in enumerate(block))
    return found
