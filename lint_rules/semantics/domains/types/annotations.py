"""What an annotation says that something is."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.types.classes import Classes
from lint_rules.semantics.domains.values import (
    Basic,
    ClassObject,
    Collection,
    External,
    Instance,
    KerasLayer,
    KerasModel,
    Result,
    Value,
    Values,
    union,
)
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.syntax.module_index import Module, last_name


class Annotations(Classes):
    """What an annotation says that something is."""

    def annotated(self, module: Module, node: ast.expr) -> Values:
        """Instances of the classes that an annotation names; unions, Optional and strings are looked into."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._quoted(module, node.value)
        if isinstance(node, ast.BinOp):
            return union(self.annotated(module, node.left), self.annotated(module, node.right))
        if isinstance(node, ast.Subscript):
            name = last_name(node.value)
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            found = union(*(self.annotated(module, item) for item in inner))
            if name in ("Optional", "Union", "Annotated", "Final", "ClassVar"):
                return found
            if name in ("List", "list", "Sequence", "Iterable", "Tuple", "tuple", "Iterator", "Set", "set"):
                return (Collection(None, found),)
            if name in ("Dict", "dict", "Mapping"):
                return (Collection(None, self.annotated(module, inner[-1])),)
            return ()
        if not isinstance(node, ast.Name | ast.Attribute):
            return ()
        return union(*(self.instance_of(value) for value in self.values(module, node)))

    def _quoted(self, module: Module, text: str) -> Values:
        names = text.strip().strip("'\"").split("[")[-1].rstrip("]").split(".")
        found = self.global_name(module.path, names[0]) if names[0].isidentifier() else ()
        for attribute in names[1:]:
            found = union(*(self.attribute(value, attribute) for value in found))
        return union(*(self.instance_of(value) for value in found))

    def instance_of(self, value: Value) -> Values:
        if isinstance(value, ClassObject):
            return (Instance(value.cls),)
        if isinstance(value, External):
            if keras_names.makes_model(value.name) or keras_names.is_model_base(value.name):
                return (KerasModel(value.name),)
            if keras_names.is_layer(value.name):
                return (KerasLayer(value.name),)
            if value.name in ("numpy.ndarray", "numpy.array"):
                return (Basic.ARRAY,)
            if value.name == "tensorflow.data.Dataset":
                return (Basic.DATASET,)
            if value.name in ("tensorflow.Tensor", "tensorflow.Variable"):
                return (Basic.TENSOR,)
            return () if value.name.startswith(("typing.", "typing_extensions.")) else (Result(value.name),)
        return ()
