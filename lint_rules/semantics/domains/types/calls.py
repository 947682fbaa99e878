"""What a call returns: of the project, of a library, of Keras."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.domains.types import deferred, environments, mappings, named_members, pickled
from lint_rules.semantics.domains.types.attributes import Attributes
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
    Origin,
    Result,
    Value,
    Values,
    union,
)
from lint_rules.semantics.flow.feasibility import bound_left_open
from lint_rules.semantics.knowledge import higher_order, keras_names
from lint_rules.semantics.knowledge.array_calls import GIVES_ARRAY
from lint_rules.semantics.knowledge.containers import KEEPS, TAKES_OUT
from lint_rules.semantics.knowledge.environments import MAKERS
from lint_rules.semantics.knowledge.model_methods import PREDICTS
from lint_rules.semantics.knowledge.plain_classes import NAMESPACES
from lint_rules.semantics.syntax.module_index import Function, Module, last_name


class Calls(Attributes):
    """What a call returns: of the project, of a library, of Keras."""

    def returned(self, function: Function) -> Values:
        """What calling a function of the project gives."""
        return self.ask(("returned", function), lambda: self._returned(function))

    def _returned(self, function: Function) -> Iterator[Values]:
        shown = False
        for node in list(function.returns):
            found = self.values(function.module, node)
            shown = shown or any(value is not Basic.NONE for value in found)
            yield found
        if function.owner is not None and not shown:
            # What a method only declares, its overrides give.
            for other in self.overrides(function):
                found = self.returned(other)
                shown = shown or any(value is not Basic.NONE for value in found)
                yield found
        declared = None if shown or isinstance(function.node, ast.Lambda) else function.node.returns
        if declared is not None:
            yield self.annotated(function.module, declared)

    def _returned_to(self, module: Module, node: ast.Call, callee: FunctionObject) -> Values:
        """What calling a function of the project gives at one place, which may pass constants that it asks for."""
        function = callee.function
        bound = callee.receiver is not None and function.is_method
        left = bound_left_open(function, Edge(module, node, skip=1 if bound else 0))
        if left == function.returns:
            return self.returned(function)
        return union(*(self.values(function.module, result) for result in left))

    def of_call(self, module: Module, node: ast.Call) -> Iterator[Values]:
        callees = self.values(module, node.func)
        for callee in callees:
            yield from self._called(module, node, callee)
        if isinstance(node.func, ast.Attribute):
            yield from self._method_result(module, node, node.func, callees)
        elif not callees and isinstance(node.func, ast.Name):
            yield from self._builtin(module, node, node.func.id)

    def _called(self, module: Module, node: ast.Call, callee: Value) -> Iterator[Values]:
        origin = Origin(module, node)
        if isinstance(callee, External | Result) and keras_names.gives_model(callee.name):
            yield (KerasModel(callee.name, origin),)
        elif isinstance(callee, External | Result) and keras_names.gives_models(callee.name):
            yield (Collection(None, (KerasModel(callee.name, origin),)),)
        elif isinstance(callee, External | Result) and (run := deferred.run(self, module, node, callee)) is not None:
            yield run
        elif isinstance(callee, External):
            yield from self._external_result(module, node, callee.name, origin)
        elif isinstance(callee, ClassObject):
            yield (Instance(callee.cls, origin),)
        elif isinstance(callee, FunctionObject):
            if self._is_factory(callee.function):
                yield (KerasModel(callee.function.name, origin),)
            elif not callee.function.is_generator:
                yield self._returned_to(module, node, callee)
        elif isinstance(callee, KerasModel | KerasLayer):
            yield (Basic.TENSOR,)
        elif isinstance(callee, Instance):
            method = self.method(callee.cls, "__call__")
            if method is not None:
                yield self.returned(method)
            elif self.is_model_class(callee.cls) or self.is_layer_class(callee.cls):
                yield (Basic.TENSOR,)
        elif isinstance(callee, ModelMethod):
            if callee.name in PREDICTS:
                yield (Basic.ARRAY,)
            elif callee.name == "get_layer":
                yield (KerasLayer("keras.layers.Layer", origin),)
        elif isinstance(callee, Result) and callee.name.endswith(".__enter__"):
            yield (Result(callee.name.removesuffix(".__enter__"), callee.origin),)
        elif isinstance(callee, Result):
            if callee.name in higher_order.KEEPS_FUNCTION and node.args:
                yield self.values(module, node.args[0])
            elif callee.name in ("collections.namedtuple", "typing.NamedTuple") and callee.origin is not None:
                yield mappings.record(self, module, node, callee.origin.node)
            else:
                yield (Result(f"{callee.name}()", callee.origin),)

    def call_of(self, module: Module, node: ast.Call, function: ast.expr) -> Values:
        """What the functions that an expression can be give when they are called at `node`."""
        return union(
            *(values for callee in self.values(module, function) for values in self._called(module, node, callee))
        )

    def _is_factory(self, function: Function) -> bool:
        return any(
            name == function.name or name.endswith(f".{function.name}") for name in self.project.options.model_factories
        )

    def _external_result(self, module: Module, node: ast.Call, name: str, origin: Origin) -> Iterator[Values]:
        if name in self.project.options.not_models:
            yield (Result(name, origin),)
        elif keras_names.makes_model(name) or name in self.project.options.model_factories:
            yield (KerasModel(name, origin),)
        elif name in ("keras.Input", "keras.layers.Input"):
            yield (Basic.TENSOR,)
        elif keras_names.is_layer(name):
            yield (KerasLayer(name, origin),)
        elif name in ("functools.partial", "copy.copy", "copy.deepcopy", *higher_order.KEEPS_FUNCTION) and node.args:
            yield self.values(module, node.args[0])
        elif name in MAKERS:
            yield environments.made(self, module, node) or (Result(name, origin),)
        elif name in pickled.LOADERS:
            yield pickled.loaded(self, module, node) or (Result(name, origin),)
        elif name in NAMESPACES:
            held = [self.values(module, keyword.value) for keyword in node.keywords]
            keys: list[ast.expr | None] = [ast.Constant(keyword.arg) for keyword in node.keywords]
            yield (Collection(None, union(*held), mappings.keyed(keys, held)),) if held else (Result(name, origin),)
        elif name == "collections.defaultdict" and node.args:
            yield (Collection(None, self.call_of(module, node, node.args[0])),)
        elif name in ("collections.OrderedDict", "collections.deque"):
            yield from self._builtin(module, node, "dict" if name.endswith("Dict") else "list")
        elif name in higher_order.QUEUES:
            yield (Collection(None, ()),)
        elif name == "random.choice" and node.args:
            yield self.elements(module, node.args[0])
        elif name == "importlib.import_module":
            yield named_members.imported_by_name(self, module, node)
        elif (declared := named_members.field_default(self, module, node, name)) is not None:
            yield declared
        elif keras_names.is_restored(name):
            yield (Result(name, origin),)
        elif name.startswith("numpy."):
            objects = any(k.arg == "dtype" and last_name(k.value) in ("object", "object_") for k in node.keywords)
            yield (Collection(None, ()),) if objects else (Basic.ARRAY,)
        elif name.startswith("tensorflow.data.") or (
            name.startswith("keras.utils.") and name.endswith("_from_directory")
        ):
            yield (Basic.DATASET,)
        elif name == "tensorflow_datasets.load":
            yield _loaded(node, origin)
        elif name == "tensorflow.GradientTape" or name in keras_names.SAVED_MODEL_LOADERS:
            yield (Result(name, origin),)
        elif name.startswith(("keras.ops.", "keras.backend.")) or (
            name.startswith("tensorflow.") and name.rpartition(".")[2][:1].islower()
        ):
            yield (Basic.TENSOR,) if not name.startswith("tensorflow.keras") else ()
        else:
            yield (Result(name, origin),)

    def _builtin(self, module: Module, node: ast.Call, name: str) -> Iterator[Values]:
        if name in ("list", "tuple", "set", "sorted", "reversed", "iter") and node.args:
            yield (Collection(None, self.elements(module, node.args[0])),)
        elif name == "dict" and (node.args or node.keywords):
            yield from mappings.mapping(self, module, node)
        elif name in ("max", "min") and any(keyword.arg == "key" for keyword in node.keywords):
            one = len(node.args) == 1
            yield self.elements(module, node.args[0]) if one else union(*(self.values(module, a) for a in node.args))
        elif name in ("staticmethod", "classmethod") and node.args:
            yield self.values(module, node.args[0])
        elif name == "property" and node.args:
            yield self.call_of(module, node, node.args[0])
        elif name in ("list", "dict", "set", "tuple"):
            yield (Collection(None, ()),)
        elif name in ("float", "int", "len", "abs", "round", "sum", "bool"):
            yield (Basic.NUMBER,)
        elif name in ("str", "input", "repr"):
            yield (Basic.TEXT,)
        elif name == "next" and node.args:
            yield self.elements(module, node.args[0])
        elif name == "getattr" and len(node.args) >= 2:
            yield from self._got(module, node)
        elif name == "map" and len(node.args) >= 2:
            yield (Collection(None, self._mapped(module, node)),)
        elif name == "type" and len(node.args) == 1:
            yield union(*(self.class_of(value) for value in self.values(module, node.args[0])))
        elif name == "super":
            function = module.function_of(node)
            while function is not None and function.owner is None:
                parent = function.scope.parent
                function = parent.function if parent is not None else None
            if function is not None and function.owner is not None:
                for value in self.bases(function.owner):
                    yield self.instance_of(value)

    def _got(self, module: Module, node: ast.Call) -> Iterator[Values]:
        """What `getattr(x, name)` gives."""
        owner, name = node.args[:2]
        for value in self.values(module, owner):
            if isinstance(name, ast.Constant):
                yield self.attribute(value, str(name.value))
            elif isinstance(value, ModuleObject) and value.path.suffix == ".py":
                target = self.project.try_module(value.path)
                if target is not None:
                    yield from named_members.by_spelling(self, target, name)

    def _mapped(self, module: Module, node: ast.Call) -> Values:
        """What `map(f, xs)` gives for each element."""
        found: list[Values] = []
        for callee in self.values(module, node.args[0]):
            if isinstance(callee, FunctionObject | ClassObject) or (
                isinstance(callee, External) and keras_names.makes_model(callee.name)
            ):
                found.extend(self._called(module, node, callee))
        return union(*found)

    def _method_result(
        self, module: Module, node: ast.Call, function: ast.Attribute, callees: Values
    ) -> Iterator[Values]:
        name = function.attr
        if any(isinstance(callee, FunctionObject | ClassObject | External) for callee in callees):
            return
        base = self.values(module, function.value)
        if name in GIVES_ARRAY and any(value in (Basic.ARRAY, Basic.TENSOR) for value in base):
            yield (Basic.ARRAY,) if name == "numpy" else tuple(v for v in base if v in (Basic.ARRAY, Basic.TENSOR))
        elif Basic.DATASET in base:
            yield (Basic.DATASET,)
        elif name == "__new__" and node.args:
            yield tuple(Instance(v.cls) for v in self.values(module, node.args[0]) if isinstance(v, ClassObject))
        elif name in (*TAKES_OUT, *KEEPS):
            key = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            yield self.item(base, key) if isinstance(key, str) else self.element_of(base)
        elif name == "enter_context" and node.args:
            yield self.entered(module, node.args[0])
        elif name in ("values", "items") and not node.args and any(isinstance(v, Collection) for v in base):
            yield (Collection(None, self.elements(module, node)),)
        elif name in ("copy",):
            yield tuple(value for value in base if isinstance(value, Collection))
        elif name in ("format", "join", "strip", "lower", "upper") and Basic.TEXT in base:
            yield (Basic.TEXT,)


def _loaded(node: ast.Call, origin: Origin) -> Values:
    """What `tfds.load(...)` gives: a data set for one split, several for a list of them or for all, with their info."""
    given = {keyword.arg: keyword.value for keyword in node.keywords}
    split = given.get("split", node.args[1] if len(node.args) > 1 else None)
    one = isinstance(split, ast.Constant) and isinstance(split.value, str)
    found: Values = (Basic.DATASET,) if one else (Collection(None, (Basic.DATASET,)),)
    info = given.get("with_info")
    if info is None or (isinstance(info, ast.Constant) and info.value is False):
        return found
    return (Collection((found, (Result("tensorflow_datasets.DatasetInfo", origin),)), found),)
