"""Which object does an expression name: one answer for all the names that a program gives it.

`net` in the function that opens a tape, `model` in the helper that gets it, `self.net` in a method that is called on
the object which keeps it.
"""

from __future__ import annotations

import ast

from lint_rules.records import dataclass, replace
from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.values import FunctionObject, Instance, ModuleObject, Value
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Activation, Place
from lint_rules.semantics.flow.own_objects import objects
from lint_rules.semantics.flow.read_back import argument_for, fields, read_back
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Class, Function, Module
from lint_rules.semantics.syntax.scopes import Binding, BindingKind, Scope


@dataclass(frozen=True, slots=True)
class Reference:
    """An object: the variable that holds it (of a scope, or the instance of a class), and attributes of that."""

    home: Scope | Class
    name: str
    attributes: tuple[str, ...] = ()

    def holds(self, other: Reference) -> bool:
        """Whether the other is this object or a part of it."""
        return (
            self.home is other.home
            and self.name == other.name
            and other.attributes[: len(self.attributes)] == self.attributes
        )

    def at(self, attributes: tuple[str, ...]) -> Reference:
        return replace(self, attributes=self.attributes + attributes)


class References:
    """The questions `which object is this` over one project."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.types = inference_of(project)

    def of(self, place: Place, steps: int = limits.MAX_CHAIN) -> Reference | None:
        """The object that a name, an attribute or what reads one back stands for at a place; None for anything else."""
        attributes: list[str] = []
        node = place.node
        while not isinstance(node, ast.Name):
            kept = read_back(self.types, place.module, node) if steps > 0 else None
            if kept is not None:
                found = self.of(place.at(kept), steps - 1)
                return found.at(tuple(reversed(attributes))) if found is not None else None
            if isinstance(node, ast.Call) and steps > 0:
                found = self._returned(place.at(node), node, steps - 1)
                return found.at(tuple(reversed(attributes))) if found is not None else None
            if not isinstance(node, ast.Attribute):
                return None
            attributes.append(node.attr)
            node = node.value
        path = tuple(reversed(attributes))
        # What nothing in the module binds is a name of the module: a star import brings it, or the reader knows it.
        scope = place.module.scopes[node].find(node.id) or place.module.scope
        bindings = bindings_of(place.module, node)
        if len(bindings) == 1 and steps > 0:
            found = self._bound(place, bindings[0], node, path, steps - 1)
            if found is not None:
                return found
        return Reference(scope, node.id, path)

    def _returned(self, place: Place, node: ast.Call, steps: int) -> Reference | None:
        """The object that a function of the project gives, where it is the same on all ways: `def net(self): ...`."""
        values = self.types.values(place.module, node.func)
        only = values[0] if len(values) == 1 else None
        if not isinstance(only, FunctionObject) or len(only.function.returns) != 1 or only.function.decorators:
            return None
        function = only.function
        bound = only.receiver is not None and function.is_method
        run = Activation(function, Edge(place.module, node, skip=1 if bound else 0), place.run)
        return self.of(Place(function.module, next(iter(function.returns)), run), steps)

    def _bound(
        self, place: Place, binding: Binding, name: ast.Name, path: tuple[str, ...], steps: int
    ) -> Reference | None:
        function = binding.scope.function
        if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg) and function is not None:
            return self._parameter(place, function, binding.node, path, steps)
        if (
            binding.kind is BindingKind.ASSIGN
            and not binding.path
            and isinstance(binding.value, ast.Name | ast.Attribute)
        ):
            found = self.of(place.at(binding.value), steps)
            return found.at(path) if found is not None else None
        if binding.kind in (BindingKind.IMPORT, BindingKind.IMPORT_FROM):
            return self._imported(place.module, binding, name, path)
        return None

    def _parameter(
        self, place: Place, function: Function, parameter: ast.arg, path: tuple[str, ...], steps: int
    ) -> Reference | None:
        run = place.run.of(function) if place.run is not None else None
        if function.is_method and function.parameters[:1] == [parameter] and function.owner is not None:
            receiver = self._receiver(run, steps) if run is not None else None
            if receiver is None:
                receiver = Reference(function.owner, "self")
            elif path and run is not None:
                kept = self._kept(run, path, steps)
                if kept is not None:
                    return kept
            return receiver.at(path)
        if run is None or run.edge is None:
            return None
        given, module, outer = run.edge.argument(function, parameter), run.edge.module, run.outer
        if given is None and run.edge.is_plain():
            given, module, outer = function.default_of(parameter), function.module, None
        found = self.of(Place(module, given, outer), steps) if given is not None else None
        return found.at(path) if found is not None else None

    def _receiver(self, run: Activation, steps: int) -> Reference | None:
        """The object on which a run calls its method."""
        node = receiver_of(run)
        if node is None or run.edge is None:
            return None
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super":
            caller = run.edge.module.function_of(node)
            if caller is None or not caller.parameters:
                return None
            return self._parameter(Place(run.edge.module, node, run.outer), caller, caller.parameters[0], (), steps)
        return self.of(Place(run.edge.module, node, run.outer), steps)

    def _kept(self, run: Activation, path: tuple[str, ...], steps: int) -> Reference | None:
        """What the call that made the receiver gave it to keep: `Trainer(net)` for `self.model` in its methods."""
        node = receiver_of(run)
        if node is None or run.edge is None:
            return None
        made = objects(self.types, Place(run.edge.module, node, run.outer))
        kept = {self._kept_in(value, path[0], steps) for value in made}
        found = kept.pop() if len(kept) == 1 else None
        return found.at(path[1:]) if found is not None else None

    def _kept_in(self, made: Value, name: str, steps: int) -> Reference | None:
        """What the call that made one object gave it to keep under a name."""
        if not isinstance(made, Instance) or made.origin is None or not isinstance(made.origin.node, ast.Call):
            return None
        module, call = made.origin.module, made.origin.node
        maker = self.types.method(made.cls, "__init__")
        stores = [store for cls in self.types.lineage(made.cls) for store in cls.stores.get(name, ())]
        if maker is None and not stores:
            given = argument_for(call, name, fields(self.types, made.cls))
            return self.of(Place(module, given), steps) if given is not None else None
        if maker is not None and len(stores) == 1 and isinstance(stores[0].value, ast.Name) and not stores[0].path:
            return self._kept_by(maker, stores[0].value, Edge(module, call, skip=1), steps)
        return None

    def _kept_by(self, maker: Function, value: ast.Name, made: Edge, steps: int) -> Reference | None:
        """What a constructor keeps that it is given, or that is a variable of its module.

        What a base class of another module keeps, its own constructor was given.
        """
        if value not in maker.module.scopes:
            return None
        found = self.of(Place(maker.module, value, Activation(maker, made)), steps)
        return found if found is not None and found.home is not maker.scope else None

    def _imported(self, module: Module, binding: Binding, name: ast.Name, path: tuple[str, ...]) -> Reference | None:
        values = self.types.values(module, name)
        target = values[0] if len(values) == 1 else None
        if isinstance(target, ModuleObject):
            other = self._module(target)
            return Reference(other.scope, path[0], path[1:]) if other is not None and path else None
        alias = binding.node
        statement = module.parents.get(alias)
        if not isinstance(alias, ast.alias) or not isinstance(statement, ast.ImportFrom):
            return None
        file = self.project.find_module(statement.module or "", module.path, statement.level)
        other = self._module(ModuleObject(file)) if file is not None else None
        return Reference(other.scope, alias.name, path) if other is not None else None

    def _module(self, target: ModuleObject) -> Module | None:
        return self.project.try_module(target.path) if target.path.suffix in (".py", ".ipynb") else None


def references_of(project: Project) -> References:
    """The one instance that answers for a project."""
    return project.memo.one(References, lambda: References(project))


def receiver_of(run: Activation) -> ast.expr | None:
    """The expression on which a run calls its method, or reads its property."""
    if run.edge is None or run.edge.on is not None:
        return run.edge.on if run.edge is not None else None
    node = run.edge.node
    if isinstance(node, ast.Call):
        return node.func.value if isinstance(node.func, ast.Attribute) else node.func
    return node
