"""What is in a collection: its items, what iterating over it gives, what is put into it later."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from lint_rules.semantics.domains.types import application_state, mappings, named_members
from lint_rules.semantics.domains.types.annotations import Annotations
from lint_rules.semantics.domains.values import (
    Basic,
    Collection,
    External,
    FunctionObject,
    Instance,
    ModuleObject,
    Result,
    Values,
    union,
)
from lint_rules.semantics.flow.read_back import fields
from lint_rules.semantics.knowledge.containers import ADDS_MANY, ADDS_ONE, KEEPS
from lint_rules.semantics.knowledge.decorators import CONTEXT_MANAGERS
from lint_rules.semantics.knowledge.iteration import WALKS
from lint_rules.semantics.syntax.module_index import Class, Function, Module, last_name
from lint_rules.semantics.syntax.scopes import Binding


class Elements(Annotations):
    """What is in a collection: its items, what iterating over it gives, what is put into it later."""

    def entered(self, module: Module, node: ast.expr) -> Values:
        """What `with node as x` gives the name."""
        found: list[Values] = []
        values = self.values(module, node)
        for value in values:
            method = self.method(value.cls, "__enter__") if isinstance(value, Instance) else None
            found.append(self.returned(method) if method is not None else (value,))
        if isinstance(node, ast.Call):
            for callee in self.values(module, node.func):
                if isinstance(callee, FunctionObject) and callee.function.has_decorator(*CONTEXT_MANAGERS):
                    found.append(self._yielded(callee.function))
        return union(*found)

    def _yielded(self, function: Function) -> Values:
        """What a generator function yields."""
        return self.ask(("yielded", function), lambda: self._given_out(function))

    def _given_out(self, function: Function) -> Iterator[Values]:
        for node in function.yields:
            yield self.values(function.module, node)
        for node in function.yields_from:
            yield self.elements(function.module, node)

    def unpack(self, values: Values, path: tuple[int, ...]) -> Values:
        for index in path:
            found: list[Values] = []
            for value in values:
                if isinstance(value, Collection):
                    if index >= 0 and value.items is not None and index < len(value.items):
                        found.append(value.items[index])
                    elif index == -1:
                        found.append((Collection(None, value.element),))
                    else:
                        found.append(value.element)
                elif value in (Basic.ARRAY, Basic.TENSOR):
                    found.append((value,))
                elif isinstance(value, Result):
                    found.append((Result(f"{value.name}[]", value.origin),))
                elif isinstance(value, Instance) and index >= 0:
                    names = fields(self, value.cls)
                    if index < len(names) and "typing.NamedTuple" in self.external_bases(value.cls):
                        found.append(self.attribute(value, names[index]))
            values = union(*found)
        return values

    def item(self, values: Values, key: str) -> Values:
        """What is under a key of a dict that an expression can be."""
        found: list[Values] = []
        for value in values:
            if isinstance(value, Collection):
                under = value.under(key)
                if under is not None:
                    found.append(under)
                elif not value.named:
                    found.append(value.element)
        return union(*found)

    def elements(self, module: Module, iterable: ast.expr) -> Values:
        """What iterating over an expression gives."""
        if isinstance(iterable, ast.Call):
            name = last_name(iterable.func)
            arguments = iterable.args
            if name == "zip" and isinstance(iterable.func, ast.Name):
                items = tuple(self.elements(module, argument) for argument in arguments)
                return (Collection(items, union(*items)),)
            if name == "enumerate" and arguments:
                inner = self.elements(module, arguments[0])
                return (Collection(((Basic.NUMBER,), inner), inner),)
            if name == "range" and isinstance(iterable.func, ast.Name):
                return (Basic.NUMBER,)
            if name in ("items", "values", "keys") and isinstance(iterable.func, ast.Attribute) and not arguments:
                held = self.element_of(self.values(module, iterable.func.value))
                if name == "items":
                    return (Collection(((Basic.TEXT,), held), held),)
                return held if name == "values" else (Basic.TEXT,)
            if name in WALKS and arguments:
                return self.elements(module, arguments[0])
        values = self.values(module, iterable)
        found = [self.element_of(values)]
        if isinstance(iterable, ast.Call):
            for callee in self.values(module, iterable.func):
                if isinstance(callee, FunctionObject) and callee.function.is_generator:
                    found.append(self._yielded(callee.function))
        found.extend(self._iterated(value) for value in values if isinstance(value, Instance))
        return union(*found)

    def _iterated(self, value: Instance) -> Values:
        """What iterating over an instance of a class of the project gives."""
        return self.ask(("iterated", value.cls), lambda: self._walked(value.cls))

    def _walked(self, cls: Class) -> Iterator[Values]:
        walk = self.method(cls, "__iter__")
        if walk is not None:
            yield self._yielded(walk)
            for node in walk.returns:
                if walk.module.own_method(node) is not walk:
                    yield self.elements(walk.module, node)
            following = self.method(cls, "__next__")
            if following is not None:
                yield self.returned(following)
            return
        method = self.method(cls, "__getitem__")
        if method is not None:
            yield self.returned(method)

    def element_of(self, values: Values) -> Values:
        found: list[Values] = []
        for value in values:
            if isinstance(value, Collection):
                found.append(value.element)
            elif value in (Basic.ARRAY, Basic.TENSOR):
                found.append((value,))
            elif isinstance(value, Result):
                found.append((Result(f"{value.name}[]", value.origin),))
        return union(*found)

    def of_subscript(self, module: Module, node: ast.Subscript) -> Iterator[Values]:
        values = self.values(module, node.value)
        kinds_of_dict = [mappings.of_instance(self, value) for value in values if isinstance(value, Instance)]
        base = union(*(held for group in kinds_of_dict for held in group), values)
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name) and not base:
            if node.value.func.id in ("globals", "locals", "vars") and not node.value.args:
                yield from named_members.by_spelling(self, module, node.slice)
        if not any(isinstance(value, Collection) for value in base):
            yield mappings.kept_under(self, module, node)
            if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
                yield from application_state.kept_under(self, module, node.value, node.slice.value)
        for value in base:
            if isinstance(value, Collection):
                index = node.slice.value if isinstance(node.slice, ast.Constant) else None
                if isinstance(node.slice, ast.Slice):
                    yield (Collection(None, value.element),)
                elif isinstance(index, str):
                    yield self.item((value,), index)
                elif (
                    isinstance(index, int) and value.items is not None and -len(value.items) <= index < len(value.items)
                ):
                    yield value.items[index]
                else:
                    yield value.element
            elif value in (Basic.ARRAY, Basic.TENSOR):
                yield (value,)
            elif isinstance(value, Result):
                if value.name == "sys.modules" and isinstance(node.slice, ast.Name) and node.slice.id == "__name__":
                    yield (ModuleObject(module.path),)
                yield (Result(f"{value.name}[]", value.origin),)
            elif isinstance(value, External) and value.name == "sys.modules":
                if isinstance(node.slice, ast.Name) and node.slice.id == "__name__":
                    yield (ModuleObject(module.path),)
            elif isinstance(value, Instance):
                method = self.method(value.cls, "__getitem__")
                if method is not None:
                    yield self.returned(method)

    def filled(self, module: Module, binding: Binding) -> Values:
        """What is put into the list or dict of a name after it was made."""
        uses = [
            (module, node)
            for node in module.names.get(binding.name, ())
            if module.scopes[node].find(binding.name) is binding.scope
        ]
        return self.put_into(uses)

    def put_into(self, uses: Iterable[tuple[Module, ast.expr]]) -> Values:
        """What is put into a list or dict where it is used: `models.append(m)`, `models[k] = m`."""
        found: list[Values] = []
        named: dict[str, Values] = {}
        whole = True
        for module, use in uses:
            parent = module.parents[use]
            around = module.parents.get(parent)
            if isinstance(parent, ast.Attribute) and isinstance(around, ast.Call) and around.func is parent:
                if around.args and parent.attr in ADDS_MANY:
                    found.append(self.elements(module, around.args[-1]))
                elif around.args and parent.attr in (*ADDS_ONE, *KEEPS):
                    found.append(self.values(module, around.args[-1]))
            elif isinstance(parent, ast.Subscript) and isinstance(around, ast.Assign) and _is_stored_in(parent, use):
                found.append(self.values(module, around.value))
                key = parent.slice.value if isinstance(parent.slice, ast.Constant) else None
                if isinstance(key, str):
                    named[key] = union(named.get(key, ()), found[-1])
                else:
                    whole = False
        elements = union(*found)
        return (Collection(None, elements, tuple(named.items()) if whole else ()),) if elements else ()


def _is_stored_in(target: ast.Subscript, container: ast.expr) -> bool:
    return target.value is container and isinstance(target.ctx, ast.Store)
