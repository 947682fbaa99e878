"""What a name is: what it is bound to, here or in the module that it is imported from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from lint_rules.semantics.domains.types.module_stores import stored_on_module
from lint_rules.semantics.domains.types.parameters import Parameters
from lint_rules.semantics.domains.values import (
    ClassObject,
    Collection,
    External,
    FunctionObject,
    ModuleObject,
    Values,
    first,
    union,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.syntax.module_index import Module
from lint_rules.semantics.syntax.scopes import Binding, BindingKind


class Names(Parameters):
    """What a name is: what it is bound to, here or in the module that it is imported from."""

    def of_name(self, module: Module, node: ast.Name) -> Iterator[Values]:
        bindings = bindings_of(module, node)
        for binding in bindings:
            yield self.binding(module, binding)
        if bindings and bindings[0].scope is module.scope:
            own = union(*(self.binding(module, binding) for binding in bindings))
            yield from stored_on_module(self, module.path, node.id, own)
        if not bindings:
            yield from self._star(module, node.id)

    def _star(self, module: Module, name: str) -> Iterator[Values]:
        """A name that only a star import can have brought.

        Each module that stars lead to is looked at once: such imports may go round in circles, and in a package whose
        modules all import each other there are as many ways as orders of its modules.
        """
        seen: set[Path | str] = set()
        waiting = list(reversed(self._stars(module)))
        while waiting:
            target = waiting.pop()
            if target in seen:
                continue
            seen.add(target)
            self.project.memo.spend(1)
            if isinstance(target, str):
                qualified = keras_names.canonical(f"{target}.{name}")
                if keras_names.makes_model(qualified) or keras_names.is_layer(qualified):
                    yield (External(qualified),)
                continue
            own = self._own_name(target, name)
            further = self._module_at(target) if own is None else None
            if own is not None:
                yield own
            elif further is not None:
                waiting += reversed(self._stars(further))

    def _stars(self, module: Module) -> tuple[Path | str, ...]:
        """What a module imports all names of: modules of the project by their place, others by their name."""

        def found() -> Iterator[Path | str]:
            for statement in module.stars:
                target = self.project.find_module(statement.module or "", module.path, statement.level)
                if target is not None:
                    yield target
                elif statement.module and not statement.level:
                    yield statement.module

        return self.project.memo.ask(("stars", module), lambda: tuple(found()), ())

    def binding(self, module: Module, binding: Binding) -> Values:
        """What a binding gives its name."""
        return self.ask(binding, lambda: self._binding(module, binding))

    def _binding(self, module: Module, binding: Binding) -> Iterator[Values]:
        kind = binding.kind
        if kind in (BindingKind.ASSIGN, BindingKind.AUGMENT) and binding.value is not None:
            found = self.unpack(self.values(module, binding.value), binding.path)
            yield found
            if any(isinstance(value, Collection) for value in found):
                yield self.filled(module, binding)
            annotation = getattr(binding.node, "annotation", None)
            if annotation is not None:
                yield self.annotated(module, annotation)
        elif kind is BindingKind.DECLARE:
            annotation = getattr(binding.node, "annotation", None)
            if annotation is not None:
                yield self.annotated(module, annotation)
        elif kind is BindingKind.ITERATION and binding.value is not None:
            yield self.unpack(self.elements(module, binding.value), binding.path)
        elif kind is BindingKind.WITH and binding.value is not None:
            yield self.unpack(self.entered(module, binding.value), binding.path)
        elif kind is BindingKind.IMPORT:
            yield self._imported(module, binding)
        elif kind is BindingKind.IMPORT_FROM:
            yield self._imported_from(module, binding)
        elif kind is BindingKind.FUNCTION:
            yield (FunctionObject(module.functions[binding.node]),)
        elif kind is BindingKind.CLASS:
            yield (ClassObject(module.classes[binding.node]),)
        elif kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg):
            function = binding.scope.function
            if function is not None:
                yield from self.of_parameter(function, binding.node)

    def _imported(self, module: Module, binding: Binding) -> Values:
        alias = binding.node
        assert isinstance(alias, ast.alias)
        name = alias.name if alias.asname else alias.name.partition(".")[0]
        target = self.project.find_module(name, module.path)
        if target is not None:
            return (ModuleObject(target),)
        return (External(keras_names.canonical(name)),)

    def _imported_from(self, module: Module, binding: Binding) -> Values:
        alias = binding.node
        assert isinstance(alias, ast.alias)
        statement = module.parents[alias]
        assert isinstance(statement, ast.ImportFrom)
        target = self.project.find_module(statement.module or "", module.path, statement.level)
        if target is None:
            if statement.level:
                return ()
            return (External(keras_names.canonical(f"{statement.module}.{alias.name}")),)
        if target == module.path:
            # `from . import networks` in a package's own __init__ names the module: nothing else has bound it yet.
            submodule = self.project.find_module(alias.name, module.path, 1)
            return (ModuleObject(submodule),) if submodule is not None else ()
        return self.global_name(target, alias.name)

    def global_name(self, target: object, name: str) -> Values:
        """What `name` is in a module of the project (`target` is its file, or a folder)."""
        return self.ask(("global", target, name), lambda: self._global_name(target, name))

    def _global_name(self, target: object, name: str) -> Iterator[Values]:
        assert isinstance(target, Path)
        own, module = self._own_name(target, name), self._module_at(target)
        if own is not None:
            yield own
        elif module is not None:
            yield from self._star(module, name)

    def _module_at(self, target: Path) -> Module | None:
        return self.project.try_module(target) if target.suffix in (".py", ".ipynb") else None

    def _own_name(self, target: Path, name: str) -> Values | None:
        """What a module binds a name to, or the submodule of that name; None for what only a star can have brought."""
        module = self._module_at(target)
        bindings = module.scope.bindings.get(name) if module is not None else None
        if module is not None and bindings:
            return first((self.binding(module, binding) for binding in bindings), limits.MAX_VALUES)
        folder = target.parent if target.name == "__init__.py" else target if target.suffix == "" else None
        if folder is None and target.stem == target.parent.name:
            # zoo/zoo.py stands in the way of the package `zoo` for its own modules, which may well mean the package.
            folder = target.parent
        found = self.project.find_module(name, folder / "__init__.py", 1) if folder is not None else None
        return (ModuleObject(found),) if found is not None else None
