"""What an attribute is: of a module, a library, an object of the project, a model."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types import application_state, mappings, named_members
from lint_rules.semantics.domains.types.elements import Elements
from lint_rules.semantics.domains.types.module_stores import stored_on_module
from lint_rules.semantics.domains.types.stored_by_name import set_by_name, stored_by_name
from lint_rules.semantics.domains.values import (
    Basic,
    ClassObject,
    Collection,
    External,
    FunctionObject,
    Instance,
    KerasLayer,
    KerasModel,
    ModelMethod,
    ModuleObject,
    Result,
    Value,
    Values,
    union,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.read_back import argument_for, fields
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.knowledge.application_state import is_state
from lint_rules.semantics.knowledge.decorators import PROPERTIES
from lint_rules.semantics.project.prefilter import storing
from lint_rules.semantics.syntax.module_index import AttributeStore, Class, Module, dotted
from lint_rules.semantics.syntax.scopes import BindingKind


class Attributes(Elements):
    """What an attribute is: of a module, a library, an object of the project, a model."""

    def of_attribute(self, module: Module, node: ast.Attribute) -> Iterator[Values]:
        """What an attribute of an expression is."""
        base = self.values(module, node.value)
        for value in base:
            yield self.attribute(value, node.attr)
        yield from self._stored_outside(module, node, base)
        yield from application_state.kept_as(self, module, node.value, node.attr)

    def attribute(self, value: Value, name: str) -> Values:
        """What `value.name` is."""
        return self.ask(("attribute", value, name), lambda: self._attribute(value, name))

    def _attribute(self, value: Value, name: str) -> Iterator[Values]:
        if isinstance(value, External) and is_state(value.name):
            yield (Result(f"{value.name}.{name}"),)
        elif isinstance(value, External):
            yield (External(keras_names.canonical(f"{value.name}.{name}")),)
        elif isinstance(value, ModuleObject):
            own = self.global_name(value.path, name)
            yield own
            yield from stored_on_module(self, value.path, name, own)
        elif isinstance(value, Instance | ClassObject):
            yield from self._member(value, name)
        elif isinstance(value, KerasModel):
            if name in ("layers",):
                yield (Collection(None, (KerasLayer("keras.layers.Layer"),)),)
            elif name in ("input", "output", "inputs", "outputs"):
                yield (Basic.TENSOR,)
            elif name == "__class__":
                yield self.class_of(value)
            else:
                yield (ModelMethod(name, value),)
        elif isinstance(value, KerasLayer):
            if name in ("output", "input"):
                yield (Basic.TENSOR,)
            elif name == "layer" and value.origin is not None and isinstance(value.origin.node, ast.Call):
                yield self.values(value.origin.module, value.origin.node.args[0]) if value.origin.node.args else ()
        elif isinstance(value, Result):
            if keras_names.holds_model(f"{value.name}.{name}"):
                yield (KerasModel(f"{value.name}.{name}", value.origin),)
                return
            yield (Result(f"{value.name}.{name}", value.origin),)
            yield self._stored_on_result(value, name)
        elif isinstance(value, Collection):
            yield value.under(name) or ()
        elif value in (Basic.ARRAY, Basic.TENSOR) and name in ("T", "shape", "real"):
            yield (value,)

    def _member(self, value: Instance | ClassObject, name: str) -> Iterator[Values]:
        cls = value.cls
        if name == "__class__" and isinstance(value, Instance):
            return iter((self.class_of(value),))
        if f"{cls.name}.{name}" in self.project.options.model_attributes:
            return iter(((KerasModel(f"{cls.name}.{name}"),),))
        owner = next((owner for owner in self.lineage(cls) if name in owner.methods), None)
        if owner is not None:
            return self._method(value, owner, name)
        held = self._held(value, name)
        if not held:
            return self._elsewhere(value, name)
        # `self.net = None` leaves it to others.
        return iter((held,) if set(held) != {Basic.NONE} else (held, self._stored_on(cls, name)))

    def _method(self, value: Instance | ClassObject, owner: Class, name: str) -> Iterator[Values]:
        """A method, or what a property gives and its setter stores.

        What is stored under the name of a method hides it in that object: `self.model = self.model()`.
        """
        method = owner.methods[name]
        if method.has_decorator(*PROPERTIES):
            yield self.returned(method)
        else:
            yield (FunctionObject(method, value),)
        if isinstance(value, Instance):
            for heir in self.lineage(value.cls):
                for store in heir.stores.get(name, ()):
                    yield self._store(heir.module, store)

    def _held(self, value: Instance | ClassObject, name: str) -> Values:
        """What a class binds or its methods store, or failing that those of its subclasses, or a declaration."""
        cls, lineage = value.cls, self.lineage(value.cls)
        found = [held for owner in lineage for held in self._bound_in(owner, name)]
        if isinstance(value, Instance) and name in fields(self, cls) and self.method(cls, "__init__") is None:
            found += [self.values(module, given) for module, given in self._filling(value, name)]
        merged: Values = tuple(v for v in union(*found) if v is not Basic.NONE)
        if not merged and self.project.how_many_mention(cls.name) <= limits.MANY_MODULES:
            found += [held for child in self.subclasses(cls) for held in self._bound_in(child, name)]
            merged = union(*found)
        if not merged:
            merged = set_by_name(self, lineage, name)
        if any(isinstance(v, Collection) for v in merged):
            merged = union(merged, self._filled_attribute(lineage, name))
        return merged

    def _bound_in(self, owner: Class, name: str) -> Iterator[Values]:
        """What one class binds to a name in its body, and what its methods store under it."""
        for binding in owner.scope.bindings.get(name, ()):
            yield self.binding(owner.module, binding)
        for store in owner.stores.get(name, ()):
            yield self._store(owner.module, store)

    def _elsewhere(self, value: Instance | ClassObject, name: str) -> Iterator[Values]:
        """What Keras sets, or code outside of the class, or what the class hands on to another object."""
        cls = value.cls
        if name == "model" and any(n.startswith("keras.callbacks.") for n in self.external_bases(cls)):
            # Keras sets it before training starts.
            yield (KerasModel("keras.callbacks.Callback.model"),)
        elif self.is_model_class(cls):
            if name in ("layers",):
                yield (Collection(None, (KerasLayer("keras.layers.Layer"),)),)
            elif isinstance(value, Instance):
                yield (ModelMethod(name, value),)
            elif name == "from_config":
                yield (External("keras.Model.from_config"),)
        else:
            yield self._stored_on(cls, name)
            if not name.startswith("__"):
                yield from (self.attribute(given, name) for given in self.delegate(cls))

    def delegate(self, cls: Class) -> Values:
        """What the `__getattr__` of a class hands the attributes on to that it does not have."""
        return self.ask(("delegate", cls), lambda: iter((named_members.delegate(self, cls),)))

    def _filling(self, value: Instance, name: str) -> Iterator[tuple[Module, ast.expr]]:
        """What fills a field of a dataclass: where the object was made, else wherever its class is called."""
        order = fields(self, value.cls)
        if value.origin is not None and isinstance(value.origin.node, ast.Call):
            makers = [(value.origin.module, value.origin.node)]
        elif self.project.how_many_mention(value.cls.name) > limits.MANY_MODULES:
            makers = []
        else:
            makers = [
                (module, call)
                for module in self.looking_through(self.project.modules_mentioning(value.cls.name))
                for call in module.calls.get(value.cls.name, ())
                if self.class_made(module, call) is value.cls
            ]
        for module, call in makers:
            given = argument_for(call, name, order)
            if given is not None:
                yield module, given

    def _store(self, module: Module, store: AttributeStore) -> Values:
        return self.ask(store, lambda: self._stored(module, store))

    def _stored(self, module: Module, store: AttributeStore) -> Iterator[Values]:
        if store.value is None:
            return
        if store.kind is BindingKind.ITERATION:
            yield self.unpack(self.elements(module, store.value), store.path)
        else:
            yield self.unpack(self.values(module, store.value), store.path)

    def _filled_attribute(self, lineage: list[Class], name: str) -> Values:
        return self.put_into(
            (owner.module, node)
            for owner in lineage
            for node in owner.module.attributes.get(name, ())
            if (method := owner.module.own_method(node.value)) is not None and method.owner is owner
        )

    def _stored_outside(self, module: Module, node: ast.Attribute, base: Values) -> Iterator[Values]:
        """An attribute that code outside the class binds: `agent.model = build()`, in the module at hand."""
        text = dotted(node)
        if text is None or any(isinstance(value, External | ModuleObject) for value in base):
            return
        owner = node.value
        if isinstance(owner, ast.Name):
            if module.own_method(owner) is None:
                scope = module.scopes[owner].find(owner.id)
                for store in module.stores_of(text):
                    target = store.target.value
                    if isinstance(target, ast.Name) and module.scopes[target].find(target.id) is scope:
                        yield self._store(module, store)
            return
        root = mappings.root_of(owner)
        if root is not None and module.own_method(root) is None:
            for store in module.stores_of(text):
                if mappings.same_root(module, owner, store.target.value):
                    yield self._store(module, store)

    def _stored_on_result(self, value: Result, name: str) -> Values:
        """What the module that made an object of a library stores on it: `args.model = build()`."""
        if value.origin is None:
            return ()
        module = value.origin.module
        return union(
            *(
                self._store(module, store)
                for store in module.stores.get(name, ())
                if value in self.values(module, store.target.value)
            )
        )

    def _stored_on(self, cls: Class, name: str) -> Values:
        """An attribute that no method of the class binds, but code elsewhere does: `policy.net = build()`."""
        if self.project.how_many_mention(name) > limits.MANY_MODULES:
            return self._stored_in(cls.module, cls, name)
        modules = {module.path: module for module in (cls.module, *storing(self.project, name))}
        return union(*(self._stored_in(module, cls, name) for module in self.looking_through(iter(modules.values()))))

    def _stored_in(self, module: Module, cls: Class, name: str) -> Values:
        """What the code of one module stores under an attribute of objects of a class."""
        found: list[Values] = []
        for store in module.stores.get(name, ()):
            if self._is_instance(module, store.target.value, cls):
                found.append(self._store(module, store))
        for owner, value in stored_by_name(module, name):
            if self._is_instance(module, owner, cls):
                found.append(self.values(module, value))
        return union(*found)

    def _is_instance(self, module: Module, node: ast.expr, cls: Class) -> bool:
        return any(
            isinstance(value, Instance) and cls in self.lineage(value.cls) for value in self.values(module, node)
        )
