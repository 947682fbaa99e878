"""Who runs this function: its calls, and the places that pass it on to be called.

Asked project-wide: plain functions through imports and aliases, methods through the class of their receiver,
functions given to `map`, `Dataset.map`, `jax.grad` or to a function of the project that calls its parameter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import chain

from lint_rules.semantics.calls.edges import Edge, Handed
from lint_rules.semantics.calls.passed_on import PassedOn, is_callee
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import (
    ClassObject,
    FunctionObject,
    Instance,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.knowledge.common_names import COMMON_METHODS
from lint_rules.semantics.knowledge.decorators import PROPERTIES
from lint_rules.semantics.knowledge.higher_order import TAKES_FUNCTIONS
from lint_rules.semantics.project.prefilter import calling, defining, importing
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Class, Function, Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind


class Callers(PassedOn):
    """The questions `who runs this function` over one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        # Through the project: two objects that hold each other are freed by the garbage collector alone.
        self.inference = Inference(project, lambda function: Callers.of(project).filling(function))

    @classmethod
    def of(cls, project: Project) -> Callers:
        """The one instance that answers for a project."""
        return project.memo.one(cls, lambda: cls(project))

    def filling(self, function: Function) -> list[Edge]:
        """The places whose arguments tell what the parameters of a function can be.

        All that run it; of a function whose name is everybody's those in its own module.
        """
        owner = function.owner
        name = owner.name if owner is not None and function.name.startswith("__") else function.name
        if self.project.how_many_mention(name) <= limits.MANY_MODULES:
            return self.edges(function)
        nothing: list[Edge] = []
        return self.project.memo.ask(("near", function), lambda: self._near(function), nothing)

    def _near(self, function: Function) -> list[Edge]:
        if function.owner is not None and function.name == "__init__":
            return list(self._made_in(function.module, function.owner))
        return list(self._in_module(function.module, function, function.name))

    def edges(self, function: Function) -> list[Edge]:
        """Every visible place that runs a function, in path and source order; none for one that nobody runs."""
        nothing: list[Edge] = []
        return self.project.memo.ask(("edges", function), lambda: self._edges(function), nothing)

    def _edges(self, function: Function) -> list[Edge]:
        found: dict[tuple[object, ...], Edge] = {}
        for edge in self._find(function):
            found.setdefault(edge.place(), edge)
            if len(found) >= limits.MAX_EDGES:
                break
        return list(found.values())

    def mentioning(self, word: str) -> Iterator[Module]:
        return self.inference.looking_through(self.project.modules_mentioning(word))

    def _modules(self, function: Function, name: str) -> Iterator[Module]:
        yield function.module
        if function.scope.parent is not None and function.scope.parent.function is not None and function.owner is None:
            return
        if function.owner is not None:
            others = self.mentioning(f".{name}")
        else:
            files = importing(self.project, function.module.path, name)
            others = self.inference.looking_through(
                module for file in files if (module := self.project.try_module(file)) is not None
            )
        for module in others:
            if module is not function.module:
                yield module

    def _find(self, function: Function) -> Iterator[Edge]:
        if isinstance(function.node, ast.Lambda):
            yield from self.passed_on(function.module, function.node, function)
            return
        owner = function.owner
        if owner is not None and function.name == "__init__":
            yield from self._instantiations(owner, function)
            return
        if owner is not None and function.name in ("__call__", "__getitem__", "__next__", "__iter__"):
            yield from self._instance_calls(owner, function)
            return
        yield from self.decorated(function)
        yield from self.inherited_handler(function)
        for module in self._modules(function, function.name):
            yield from self._in_module(module, function, function.name)
            if module is not function.module and owner is None:
                for alias in _aliases(module, function.name):
                    yield from self._in_module(module, function, alias)

    def _in_module(self, module: Module, function: Function, name: str) -> Iterator[Edge]:
        if function.owner is not None and function.has_decorator(*PROPERTIES):
            for attribute in module.attributes.get(name, ()):
                if self._is_receiver(module, attribute.value, function):
                    yield Edge(module, attribute, on=attribute.value)
            return
        for call in module.calls.get(name, ()):
            yield from self._call(module, call, function)
        references: list[ast.expr] = [
            node for node in module.names.get(name, ()) if not is_callee(module, node) and function.owner is None
        ]
        if function.owner is not None:
            references = [node for node in module.attributes.get(name, ()) if not is_callee(module, node)]
        for node in references:
            values = self.inference.values(module, node)
            if any(isinstance(v, FunctionObject) and v.function is function for v in values):
                yield from self.passed_on(module, node, function)

    def _call(self, module: Module, call: ast.Call, function: Function) -> Iterator[Edge]:
        if isinstance(call.func, ast.Name):
            values = self.inference.values(module, call.func)
            for value in values:
                if isinstance(value, FunctionObject) and value.function is function:
                    bound = value.receiver is not None and function.is_method
                    yield Edge(module, call, skip=1 if bound else 0)
                    return
            return
        if not isinstance(call.func, ast.Attribute):
            return
        if function.owner is None:
            values = self.inference.values(module, call.func)
            if any(isinstance(v, FunctionObject) and v.function is function for v in values):
                yield Edge(module, call)
            return
        receiver = self._is_receiver(module, call.func.value, function)
        if receiver:
            through_class = receiver == "class" and not function.has_decorator("classmethod", "staticmethod")
            skip = 0 if through_class or not function.is_method else 1
            if receiver == "maybe" and not _fits(call, function, skip):
                return
            yield Edge(module, call, skip=skip, likely=receiver == "maybe")

    def _is_receiver(self, module: Module, node: ast.expr, function: Function) -> str:
        """Whether a method may be called on an expression: "yes", "class" (through the class itself), "maybe", ""."""
        owner = function.owner
        assert owner is not None
        values = self.inference.values(module, node)
        unknown = True
        sibling = False
        for value in values:
            if isinstance(value, Instance):
                unknown = False
                sibling = sibling or self._stands_in_for(function, value.cls)
                if self.inference.method(value.cls, function.name) is function:
                    return "yes"
                is_super = isinstance(node, ast.Call) and last_name(node.func) == "super"
                if value.origin is None and not is_super and value.cls in self.inference.lineage(owner):
                    return "yes"
            elif isinstance(value, ClassObject):
                unknown = False
                if self.inference.method(value.cls, function.name) is function:
                    return "class"
            else:
                unknown = False
        if sibling:
            return "maybe"
        if not unknown or values or function.name in COMMON_METHODS or function.name.startswith("__"):
            return ""
        return "maybe" if self._only_family(owner, function.name) else ""

    def _stands_in_for(self, function: Function, cls: Class) -> bool:
        """Whether a method does otherwise what a class that is used does: a base of both only declares it."""
        owner, name = function.owner, function.name
        if owner is None or cls is owner or name.startswith("__") or name not in owner.methods:
            return False
        bases = self.inference.lineage(cls)[1:]
        return any(
            name in base.methods and base.methods[name].is_declaration
            for base in self.inference.lineage(owner)[1:]
            if base in bases
        )

    def _only_family(self, owner: Class, name: str) -> bool:
        """Whether all classes of the project with a method of this name are kin of `owner`."""
        classes = self.project.memo.ask(("classes with", name), lambda: self._classes_with(name), None)
        lineage = self.inference.lineage(owner)
        return classes is not None and all(cls in lineage or owner in self.inference.lineage(cls) for cls in classes)

    def _classes_with(self, name: str) -> list[Class]:
        modules = self.inference.looking_through(defining(self.project, name))
        return [cls for module in modules for cls in module.classes.values() if name in cls.methods]

    def _instantiations(self, owner: Class, function: Function) -> Iterator[Edge]:
        family = [owner, *(c for c in self.inference.subclasses(owner) if "__init__" not in c.methods)]
        for cls in family:
            for module in self.inference.looking_through(calling(self.project, cls.name)):
                yield from self._made_in(module, cls)
        for child in self.inference.subclasses(owner):
            for call in child.module.calls.get("__init__", ()):
                inner = call.func.value if isinstance(call.func, ast.Attribute) else None
                around = child.module.function_of(call)
                if inner is None or around is None or around.owner is not child:
                    continue
                if isinstance(inner, ast.Call) and last_name(inner.func) == "super":
                    if self._next_init(child) is function:
                        yield Edge(child.module, call, skip=1)
                elif any(
                    isinstance(v, ClassObject) and v.cls is owner for v in self.inference.values(child.module, inner)
                ):
                    yield Edge(child.module, call, skip=0)

    def _made_in(self, module: Module, cls: Class) -> Iterator[Edge]:
        for alias in [cls.name, *_aliases(module, cls.name)]:
            for call in module.calls.get(alias, ()):
                values = self.inference.values(module, call.func)
                if any(isinstance(v, ClassObject) and v.cls is cls for v in values):
                    yield Edge(module, call, skip=1)

    def _next_init(self, cls: Class) -> Function | None:
        for owner in self.inference.lineage(cls)[1:]:
            if "__init__" in owner.methods:
                return owner.methods["__init__"]
        return None

    def _instance_calls(self, owner: Class, function: Function) -> Iterator[Edge]:
        """Where an instance is called (or indexed) directly; searched in the modules that name its class.

        An instance of a class that inherits the method is one too, and `super().__call__(x)` runs it by its name.
        """
        name = function.name
        if name not in ("__call__", "__getitem__"):
            return
        family = [owner, *(cls for cls in self.inference.subclasses(owner) if name not in cls.methods)]
        heirs = [cls for cls in self.inference.subclasses(owner) if name in cls.methods]
        names = {cls.name for cls in family}
        if sum(self.project.how_many_mention(name) for name in names) > limits.MANY_MODULES:
            return
        modules = {module.path: module for name in sorted(names) for module in self.mentioning(name)}
        stored = {name for module in modules.values() for name in module.stores}
        for module in modules.values():
            if name == "__call__":
                called = (call for word, calls in module.calls.items() if word not in names for call in calls)
                for call in chain(called, module.other_calls):
                    if self._is_instance(module, call.func, function, stored):
                        yield Edge(module, call, skip=1)
                yield from self._instances_handed_over(module, function, stored)
                continue
            for item in module.order.within(module.tree, ast.Subscript):
                if isinstance(item.ctx, ast.Load) and self._is_instance(module, item.value, function, stored):
                    yield Edge(module, item, skip=1, on=item.value, handed=Handed((item.slice,)))
        for cls in heirs:
            for call in cls.module.calls.get(name, ()):
                caller = cls.module.function_of(call)
                if caller is not None and caller.owner is cls:
                    yield from self._call(cls.module, call, function)

    def _is_instance(self, module: Module, node: ast.expr, function: Function, stored: set[str]) -> bool:
        """Whether an expression can be an object that runs a method where it is called or indexed."""
        return _may_be_instance(module, node, stored) and any(
            self.runs_as(value, function) for value in self.inference.values(module, node)
        )

    def _instances_handed_over(self, module: Module, function: Function, stored: set[str]) -> Iterator[Edge]:
        """Where an instance is given to what runs it as a function: `dataset.map(Features())`."""
        takers = [call for name in sorted(TAKES_FUNCTIONS) for call in module.calls.get(name, ())]
        for call in takers:
            for given in (*call.args, *(keyword.value for keyword in call.keywords)):
                if self._is_instance(module, given, function, stored):
                    yield from self.passed_on(module, given, function)


def inference_of(project: Project) -> Inference:
    """The one instance of inference that answers for a project."""
    return Callers.of(project).inference


def _may_be_instance(module: Module, node: ast.expr, stored: set[str]) -> bool:
    """Whether an expression that is called can be an instance, by how its name is bound: no function or class is."""
    if isinstance(node, ast.Attribute):
        return node.attr in stored
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Name)
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name | ast.Attribute)
    if not isinstance(node, ast.Name):
        return False
    scope = module.scopes[node].find(node.id)
    if scope is None:
        return False
    never = (BindingKind.FUNCTION, BindingKind.CLASS, BindingKind.IMPORT)
    return any(binding.kind not in never for binding in scope.bindings[node.id])


def _aliases(module: Module, name: str) -> list[str]:
    """The names under which a module imports `name`, where they differ from it."""
    key = "_alias_table"
    table: dict[str, list[str]] | None = getattr(module, key, None)
    if table is None:
        table = {}
        for bindings in module.scope.bindings.values():
            for binding in bindings:
                node = binding.node
                if binding.kind is BindingKind.IMPORT_FROM and isinstance(node, ast.alias) and node.asname:
                    table.setdefault(node.name, []).append(node.asname)
        object.__setattr__(module, key, table)
    return table.get(name, [])


def _fits(call: ast.Call, function: Function, skip: int) -> bool:
    """Whether a call's arguments can be those of a function: not too many, none without a name for it."""
    arguments = function.node.args
    positional = len(function.parameters) - skip
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return True
    if len(call.args) > positional and arguments.vararg is None:
        return False
    required = positional - len(arguments.defaults)
    if len(call.args) + len(call.keywords) < required:
        return False
    names = {a.arg for a in [*function.parameters, *arguments.kwonlyargs]}
    return arguments.kwarg is not None or all(k.arg in names for k in call.keywords)
