"""The classes of the project: their bases, methods, and what stands in for a method."""

from __future__ import annotations

import ast
from itertools import chain

from lint_rules.semantics.domains.types.questions import Questions
from lint_rules.semantics.domains.values import ClassObject, External, Instance, KerasModel, Value, Values
from lint_rules.semantics.flow import limits
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.knowledge.plain_classes import WITHOUT_MEMBERS
from lint_rules.semantics.syntax.module_index import Class, Function, Module, last_name


class Classes(Questions):
    """The classes of the project: their bases, methods, and what stands in for a method."""

    def bases(self, cls: Class) -> Values:
        """What the bases of a class are, in order."""
        return self.ask(("bases", cls), lambda: (self.values(cls.module, base) for base in cls.node.bases))

    def lineage(self, cls: Class) -> list[Class]:
        """The class and its bases in the project, nearest first."""
        return self.project.memo.ask(("lineage", cls), lambda: self._lineage(cls), [cls])

    def _lineage(self, cls: Class) -> list[Class]:
        found: list[Class] = []
        queue = [cls]
        while queue:
            current = queue.pop(0)
            if current in found:
                continue
            found.append(current)
            queue.extend(value.cls for value in self.bases(current) if isinstance(value, ClassObject))
        return found

    def external_bases(self, cls: Class) -> list[str]:
        """The canonical names of the bases outside the project, of the class and of its bases in it."""
        return [v.name for owner in self.lineage(cls) for v in self.bases(owner) if isinstance(v, External)]

    def is_whole(self, cls: Class) -> bool:
        """Whether all members of a class are in sight: its bases are of the project, and it computes no names."""
        return self.method(cls, "__getattr__") is None and all(
            isinstance(base, ClassObject) or (isinstance(base, External) and base.name in WITHOUT_MEMBERS)
            for owner in self.lineage(cls)
            for node in owner.node.bases
            if last_name(node) != "object"
            for base in self.values(owner.module, node) or (None,)
        )

    def is_model_class(self, cls: Class) -> bool:
        """Whether a class of the project is a Keras model by its bases."""
        options = self.project.options
        if any(name == cls.name or name.endswith(f".{cls.name}") for name in options.not_models):
            return False
        names = self.external_bases(cls)
        return any(keras_names.is_model_base(name) or name in options.model_factories for name in names)

    def is_layer_class(self, cls: Class) -> bool:
        """Whether a class of the project is a Keras layer (a model is none here)."""
        return not self.is_model_class(cls) and any(
            keras_names.is_layer_base(name) for name in self.external_bases(cls)
        )

    def class_of(self, value: Value) -> Values:
        """What `type(x)` and `x.__class__` are."""
        if isinstance(value, Instance):
            return (ClassObject(value.cls),)
        return (External("keras.Model"),) if isinstance(value, KerasModel) else ()

    def class_made(self, module: Module, call: ast.Call) -> Class | None:
        """The class of the project that a call makes an instance of, where it can be no other."""
        found = self.values(module, call.func)
        return found[0].cls if len(found) == 1 and isinstance(found[0], ClassObject) else None

    def method(self, cls: Class, name: str) -> Function | None:
        """The method that an instance of the class has under a name, from the class or its bases in the project."""
        for owner in self.lineage(cls):
            if name in owner.methods:
                return owner.methods[name]
        return None

    def implementations(self, function: Function) -> list[Function]:
        """What a call of a method can run: the method itself, or the overrides of one that is only declared."""
        owner = function.owner
        if owner is None or not function.is_declaration:
            return [function]
        if self.project.how_many_mention(owner.name) > limits.MANY_MODULES:
            return [function]
        return self.overrides(function) or [function]

    def overrides(self, function: Function) -> list[Function]:
        """The methods of subclasses that stand in for a method."""
        owner = function.owner
        if owner is None or self.project.how_many_mention(owner.name) > limits.MANY_MODULES:
            return []
        return [cls.methods[function.name] for cls in self.subclasses(owner) if function.name in cls.methods]

    def subclasses(self, cls: Class) -> list[Class]:
        """The classes of the project that inherit from a class, directly or not.

        None for a class that is everybody's base: what they do says nothing of one of them.
        """
        nothing: list[Class] = []
        return self.project.memo.ask(("subclasses", cls), lambda: self._subclasses(cls), nothing)

    def _subclasses(self, cls: Class) -> list[Class]:
        found: list[Class] = []
        for base in chain([cls], found):  # which grows meanwhile
            if self.project.how_many_mention(f"({base.name}") > limits.MANY_MODULES:
                return []
            for module in self.looking_through(self.project.modules_mentioning(f"({base.name}")):
                for other in module.classes.values():
                    if other is not base and other.node.bases and other not in found and base in self.lineage(other):
                        found.append(other)
        return found
