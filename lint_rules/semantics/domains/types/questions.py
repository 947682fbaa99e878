"""What the parts of the inference ask of parts that come later, and the memo that they share."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from lint_rules.semantics.domains.values import (
    Value,
    Values,
    first,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Function, Module
from lint_rules.semantics.syntax.scopes import Binding


class Run(Protocol):
    """A place that runs a function, as far as its parameters are concerned."""

    @property
    def module(self) -> Module: ...

    @property
    def node(self) -> ast.expr: ...

    @property
    def handed(self) -> object | None: ...

    def element(self, function: Function, parameter: ast.arg) -> tuple[ast.expr, tuple[int, ...]] | None: ...

    def argument(self, function: Function, parameter: ast.arg) -> ast.expr | None: ...

    def rest(self, function: Function) -> tuple[ast.expr, ...] | None: ...

    def spread(self, function: Function, parameter: ast.arg) -> tuple[ast.expr, int] | None: ...


class Questions(ABC):
    """What the parts of the inference stand on; `runs` tells who runs a function.

    Each part derives from the one that it needs: classes, annotations, elements, attributes, calls, parameters, names.
    What it asks of later ones is declared here.
    """

    def __init__(self, project: Project, runs: Callable[[Function], Sequence[Run]]) -> None:
        self.project = project
        self.runs = runs

    def ask(self, key: object, answer: Callable[[], Iterator[Values]]) -> Values:
        """The answer to a question, from the memo where it has been asked before."""
        return self.project.memo.ask(key, lambda: first(answer(), limits.MAX_VALUES), (), most=limits.MAX_COST)

    def looking_through(self, modules: Iterator[Module]) -> Iterator[Module]:
        """Modules that a question looks through, as long as it may cost more; outside a question, all of them."""
        for module in modules:
            self.project.memo.spend(limits.MODULE_COST)
            yield module

    @abstractmethod
    def values(self, module: Module, node: ast.expr) -> Values:
        """Every kind of value that an expression of a module is shown to have."""

    @abstractmethod
    def binding(self, module: Module, binding: Binding) -> Values:
        """What a binding gives its name."""

    @abstractmethod
    def global_name(self, target: object, name: str) -> Values:
        """What a name is in a module of the project (`target` is its file, or a folder)."""

    @abstractmethod
    def attribute(self, value: Value, name: str) -> Values:
        """What `value.name` is."""

    @abstractmethod
    def elements(self, module: Module, iterable: ast.expr) -> Values:
        """What iterating over an expression gives."""

    @abstractmethod
    def unpack(self, values: Values, path: tuple[int, ...]) -> Values:
        """What stands at a place in nested tuples."""

    @abstractmethod
    def item(self, values: Values, key: str) -> Values:
        """What is under a key of a dict."""

    @abstractmethod
    def returned(self, function: Function) -> Values:
        """What calling a function of the project gives."""

    @abstractmethod
    def call_of(self, module: Module, node: ast.Call, function: ast.expr) -> Values:
        """What the functions that an expression can be give when they are called at `node`."""
