"""The questions that the parts of the inference ask each other, and the memo that they share."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from lint_rules.semantics.domains.values import (
    Value,
    Values,
    first,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Class, Function, Module
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
    """What each part may ask of the others; `runs` tells who runs a function."""

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
    def of_parameter(self, function: Function, node: ast.arg) -> Iterator[Values]:
        """What a parameter is: what those who run its function pass, its annotation, its default."""

    @abstractmethod
    def annotated(self, module: Module, node: ast.expr) -> Values:
        """Instances of the classes that an annotation names."""

    @abstractmethod
    def instance_of(self, value: Value) -> Values:
        """What an instance of a class is, or of a model or layer of Keras."""

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
    def element_of(self, values: Values) -> Values:
        """What iterating over values gives."""

    @abstractmethod
    def unpack(self, values: Values, path: tuple[int, ...]) -> Values:
        """What stands at a place in nested tuples."""

    @abstractmethod
    def item(self, values: Values, key: str) -> Values:
        """What is under a key of a dict."""

    @abstractmethod
    def entered(self, module: Module, node: ast.expr) -> Values:
        """What `with node as x` gives the name."""

    @abstractmethod
    def returned(self, function: Function) -> Values:
        """What calling a function of the project gives."""

    @abstractmethod
    def call_of(self, module: Module, node: ast.Call, function: ast.expr) -> Values:
        """What the functions that an expression can be give when they are called at `node`."""

    @abstractmethod
    def filled(self, module: Module, binding: Binding) -> Values:
        """What is put into the list or dict of a name after it was made."""

    @abstractmethod
    def put_into(self, uses: Iterable[tuple[Module, ast.expr]]) -> Values:
        """What is put into a list or dict where it is used."""

    @abstractmethod
    def bases(self, cls: Class) -> Values:
        """What the bases of a class are, in order."""

    @abstractmethod
    def lineage(self, cls: Class) -> list[Class]:
        """The class and its bases in the project, nearest first."""

    @abstractmethod
    def external_bases(self, cls: Class) -> list[str]:
        """The canonical names of the bases outside the project, of the class and of its bases in it."""

    @abstractmethod
    def is_model_class(self, cls: Class) -> bool:
        """Whether a class of the project is a Keras model by its bases."""

    @abstractmethod
    def is_layer_class(self, cls: Class) -> bool:
        """Whether a class of the project is a Keras layer (a model is none here)."""

    @abstractmethod
    def method(self, cls: Class, name: str) -> Function | None:
        """The method that an instance of a class has under a name."""

    @abstractmethod
    def overrides(self, function: Function) -> list[Function]:
        """The methods of subclasses that stand in for a method."""

    @abstractmethod
    def implementations(self, function: Function) -> list[Function]:
        """What a call of a method can run."""

    @abstractmethod
    def subclasses(self, cls: Class) -> list[Class]:
        """The classes of the project that inherit from a class, directly or not."""

    @abstractmethod
    def class_of(self, value: Value) -> Values:
        """What `type(x)` and `x.__class__` are."""

    @abstractmethod
    def class_made(self, module: Module, call: ast.Call) -> Class | None:
        """The class of the project that a call makes an instance of, where it can be no other."""

    @abstractmethod
    def delegate(self, cls: Class) -> Values:
        """What a class hands the attributes on to that it does not have."""
