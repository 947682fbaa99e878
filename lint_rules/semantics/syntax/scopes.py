"""Scopes and bindings: where a name gets its value."""

from __future__ import annotations

import ast
from enum import Enum, auto
from typing import TYPE_CHECKING

from lint_rules.records import dataclass, field

if TYPE_CHECKING:
    from lint_rules.semantics.syntax.module_index import Class, Function


class ScopeKind(Enum):
    MODULE = auto()
    FUNCTION = auto()
    CLASS = auto()
    COMPREHENSION = auto()


class BindingKind(Enum):
    """How a name is bound. For ITERATION the value is the iterable, for WITH the context manager."""

    ASSIGN = auto()
    AUGMENT = auto()
    DECLARE = auto()
    ITERATION = auto()
    WITH = auto()
    IMPORT = auto()
    IMPORT_FROM = auto()
    FUNCTION = auto()
    CLASS = auto()
    PARAMETER = auto()
    OTHER = auto()


@dataclass(eq=False, slots=True)
class Binding:
    """One binding of a name.

    `path` are the positions in the tuple pattern that lead to the name: in `a, (b, c) = v`, c has (1, 1);
    -1 stands for a starred name. `effect` is the (row, column offset) from which on the name has this value.
    """

    name: str
    kind: BindingKind
    node: ast.AST
    value: ast.expr | None
    path: tuple[int, ...]
    scope: Scope
    effect: tuple[int, int]


@dataclass(eq=False, slots=True)
class Scope:
    """A region of code that binds names; `function` is the function it belongs to, None at module level."""

    kind: ScopeKind
    node: ast.AST
    parent: Scope | None
    function: Function | None = None
    owner: Class | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    global_names: set[str] = field(default_factory=set)
    nonlocal_names: set[str] = field(default_factory=set)

    def find(self, name: str) -> Scope | None:
        """The scope that a use of `name` in this scope refers to, None for builtins and star imports."""
        scope: Scope | None = self
        first = True
        while scope is not None:
            if name in scope.global_names:
                return scope.root if name in scope.root.bindings else None
            visible = first or scope.kind is not ScopeKind.CLASS
            if visible and name in scope.bindings and name not in scope.nonlocal_names:
                return scope
            first = False
            scope = scope.parent
        return None

    @property
    def root(self) -> Scope:
        scope = self
        while scope.parent is not None:
            scope = scope.parent
        return scope
