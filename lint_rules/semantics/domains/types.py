"""What is this expression? Asked on demand, memoised, safe against cycles.

The answer is every kind of value that the code of the project shows the expression to have: through assignments,
attributes that any method of a class binds, returns of functions (here and in other modules), elements of lists,
parameters with all their visible callers. What the code does not show stays out of the answer.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Protocol

from lint_rules.semantics.domains import decorated, deferred, mappings, named_members, pickled, spread_arguments
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
    first,
    union,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.read_back import argument_for, fields, read_back
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge import higher_order, keras_names
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import AttributeStore, Class, Function, Module, dotted, last_name, start
from lint_rules.semantics.syntax.scopes import Binding, BindingKind, Scope, ScopeKind

_ARRAY_METHODS = frozenset(
    [
        "reshape",
        "astype",
        "flatten",
        "ravel",
        "transpose",
        "squeeze",
        "copy",
        "mean",
        "sum",
        "max",
        "min",
        "argmax",
        "argmin",
        "argsort",
        "repeat",
        "take",
        "clip",
        "dot",
        "round",
        "std",
        "var",
        "cumsum",
        "swapaxes",
        "numpy",
        "tolist",
        "item",
    ]
)
_MODEL_VALUE_METHODS = frozenset(
    ["predict", "predict_on_batch", "predict_generator", "predict_classes", "predict_proba"]
)
_TENSOR_METHODS = frozenset(["numpy"])
_WALKERS = frozenset({"reversed", "sorted", "list", "tuple", "tqdm", "trange", "iter", "set", "track", "as_completed"})
_FILLING = ("append", "add", "insert", "extend", "appendleft", "setdefault", "put", "put_nowait")
_CONTEXT_MANAGERS = ("contextmanager", "asynccontextmanager")
_NAMESPACES = frozenset({"types.SimpleNamespace", "argparse.Namespace", "sklearn.utils.Bunch", "addict.Dict"})
_PROPERTIES = ("property", "cached_property", "lazy_property", "lazyproperty", "lazy")


class Run(Protocol):
    """A place that runs a function, as far as its parameters are concerned."""

    @property
    def module(self) -> Module: ...

    @property
    def node(self) -> ast.expr: ...

    @property
    def skip(self) -> int: ...

    @property
    def handed(self) -> object | None: ...

    def element(self, function: Function, parameter: ast.arg) -> tuple[ast.expr, tuple[int, ...]] | None: ...

    def argument(self, function: Function, parameter: ast.arg) -> ast.expr | None: ...


class Inference:
    """The questions `what is this expression` over one project; `runs` tells who runs a function."""

    def __init__(self, project: Project, runs: Callable[[Function], Sequence[Run]]) -> None:
        self.project = project
        self.runs = runs

    def _ask(self, key: object, answer: Callable[[], Iterator[Values]]) -> Values:
        return self.project.memo.ask(key, lambda: first(answer(), limits.MAX_VALUES), (), most=limits.MAX_COST)

    def looking_through(self, modules: Iterator[Module]) -> Iterator[Module]:
        """Modules that a question looks through, as long as it may cost more; outside a question, all of them."""
        for module in modules:
            self.project.memo.spend(limits.MODULE_COST)
            yield module

    def values(self, module: Module, node: ast.expr) -> Values:
        """Every kind of value that `node`, an expression of `module`, is shown to have."""
        return self._ask(node, lambda: self._expression(module, node))

    def cheap_values(self, module: Module, node: ast.expr) -> Values:
        """The same for one of many expressions of which few matter: nothing is known where it is far to seek."""
        return self.project.memo.ask_cheaply(
            node, lambda: first(self._expression(module, node), limits.MAX_VALUES), (), most=limits.CHEAP_COST
        )

    def _expression(self, module: Module, node: ast.expr) -> Iterator[Values]:
        if isinstance(node, ast.Name):
            yield from self._name(module, node)
        elif (held := read_back(self, module, node)) is not None:
            yield self.values(module, held)
        elif isinstance(node, ast.Attribute):
            base = self.values(module, node.value)
            for value in base:
                yield self.attribute(value, node.attr)
            yield from self._stored_outside(module, node, base)
        elif isinstance(node, ast.Call):
            yield from self._call(module, node)
        elif isinstance(node, ast.Constant):
            yield self._constant(node)
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            if len(node.elts) <= 32 and not any(isinstance(item, ast.Starred) for item in node.elts):
                items = tuple(self.values(module, item) for item in node.elts)
                yield (Collection(items, union(*items)),)
            else:
                yield (Collection(None, union(*(self.values(module, item) for item in node.elts[:32]))),)
        elif isinstance(node, ast.Dict):
            values = [self.values(module, item) for item in node.values[:32]]
            yield (Collection(None, union(*values), mappings.keyed(node.keys, values)),)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            yield (Collection(None, self.values(module, node.elt)),)
        elif isinstance(node, ast.DictComp):
            yield (Collection(None, self.values(module, node.value)),)
        elif isinstance(node, ast.Subscript):
            yield from self._subscript(module, node)
        elif isinstance(node, ast.IfExp):
            yield self.values(module, node.body)
            yield self.values(module, node.orelse)
        elif isinstance(node, ast.BoolOp):
            for item in node.values:
                yield self.values(module, item)
        elif isinstance(node, ast.NamedExpr | ast.Await | ast.Starred):
            yield self.values(module, node.value)
        elif isinstance(node, ast.BinOp):
            both = union(self.values(module, node.left), self.values(module, node.right))
            kept = [v for v in both if v in (Basic.ARRAY, Basic.TENSOR) or isinstance(v, Collection)]
            yield tuple(kept) or tuple(v for v in both if isinstance(v, Basic))
        elif isinstance(node, ast.UnaryOp):
            yield tuple(v for v in self.values(module, node.operand) if isinstance(v, Basic))
        elif isinstance(node, ast.Compare):
            yield (Basic.NUMBER,)
        elif isinstance(node, ast.JoinedStr):
            yield (Basic.TEXT,)
        elif isinstance(node, ast.Lambda):
            yield (FunctionObject(module.functions[node]),)

    @staticmethod
    def _constant(node: ast.Constant) -> Values:
        if node.value is None:
            return (Basic.NONE,)
        if isinstance(node.value, str | bytes):
            return (Basic.TEXT,)
        return (Basic.NUMBER,)

    # Names

    def _name(self, module: Module, node: ast.Name) -> Iterator[Values]:
        bindings = bindings_of(module, node)
        for binding in bindings:
            yield self.binding(module, binding)
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
        return self._ask(binding, lambda: self._binding(module, binding))

    def _binding(self, module: Module, binding: Binding) -> Iterator[Values]:
        kind = binding.kind
        if kind in (BindingKind.ASSIGN, BindingKind.AUGMENT) and binding.value is not None:
            found = self.unpack(self.values(module, binding.value), binding.path)
            yield found
            if any(isinstance(value, Collection) for value in found):
                yield self._filled(module, binding)
            annotation = getattr(binding.node, "annotation", None)
            if annotation is not None:
                yield self._annotation(module, annotation)
        elif kind is BindingKind.DECLARE:
            annotation = getattr(binding.node, "annotation", None)
            if annotation is not None:
                yield self._annotation(module, annotation)
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
                yield from self._parameter(function, binding.node)

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
        return self._ask(("global", target, name), lambda: self._global_name(target, name))

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
        found = self.project.find_module(name, folder / "__init__.py", 1) if folder is not None else None
        return (ModuleObject(found),) if found is not None else None

    # Parameters

    def _parameter(self, function: Function, node: ast.arg) -> Iterator[Values]:
        parameters = function.parameters
        if function.is_method and parameters and parameters[0] is node and function.owner is not None:
            if function.has_decorator("classmethod") or function.name == "__new__":
                yield (ClassObject(function.owner),)
            else:
                yield (Instance(function.owner),)
            return
        if node.annotation is not None:
            yield self._annotation(function.module, node.annotation)
        default = default_of(function, node)
        if default is not None:
            yield tuple(value for value in self.values(function.module, default) if value is not Basic.NONE)
        arguments = function.node.args
        if node is arguments.vararg or node is arguments.kwarg:
            yield from spread_arguments.collected(self, function, node)
            return
        if parameters[1 if function.is_method else 0 :][:1] == [node]:
            yield decorated.given(self, function)
        for edge in self.runs(function):
            argument = edge.argument(function, node)
            if argument is not None:
                yield tuple(v for v in self.values(edge.module, argument) if v is not Basic.NONE)
            elif (element := edge.element(function, node)) is not None:
                collection, path = element
                yield self.unpack(self.elements(edge.module, collection), path)
            elif isinstance(edge.node, ast.Call) and edge.handed is None:
                yield spread_arguments.spread(self, edge.module, edge.node, function, node, edge.skip)

    def entered(self, module: Module, node: ast.expr) -> Values:
        """What `with node as x` gives the name."""
        found: list[Values] = []
        values = self.values(module, node)
        for value in values:
            method = self.method(value.cls, "__enter__") if isinstance(value, Instance) else None
            found.append(self.returned(method) if method is not None else (value,))
        if isinstance(node, ast.Call):
            for callee in self.values(module, node.func):
                if isinstance(callee, FunctionObject) and callee.function.has_decorator(*_CONTEXT_MANAGERS):
                    found.append(self._yielded(callee.function))
        return union(*found)

    def _yielded(self, function: Function) -> Values:
        """What a generator function yields."""
        return self._ask(("yielded", function), lambda: self._given_out(function))

    def _given_out(self, function: Function) -> Iterator[Values]:
        for node in function.yields:
            yield self.values(function.module, node)
        for node in function.yields_from:
            yield self.elements(function.module, node)

    def _annotation(self, module: Module, node: ast.expr) -> Values:
        """Instances of the classes that an annotation names; unions, Optional and strings are looked into."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self._quoted(module, node.value)
        if isinstance(node, ast.BinOp):
            return union(self._annotation(module, node.left), self._annotation(module, node.right))
        if isinstance(node, ast.Subscript):
            name = last_name(node.value)
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            found = union(*(self._annotation(module, item) for item in inner))
            if name in ("Optional", "Union", "Annotated", "Final", "ClassVar"):
                return found
            if name in ("List", "list", "Sequence", "Iterable", "Tuple", "tuple", "Iterator", "Set", "set"):
                return (Collection(None, found),)
            if name in ("Dict", "dict", "Mapping"):
                return (Collection(None, self._annotation(module, inner[-1])),)
            return ()
        if not isinstance(node, ast.Name | ast.Attribute):
            return ()
        return union(*(self._instance_of(value) for value in self.values(module, node)))

    def _quoted(self, module: Module, text: str) -> Values:
        names = text.strip().strip("'\"").split("[")[-1].rstrip("]").split(".")
        found = self.global_name(module.path, names[0]) if names[0].isidentifier() else ()
        for attribute in names[1:]:
            found = union(*(self.attribute(value, attribute) for value in found))
        return union(*(self._instance_of(value) for value in found))

    def _instance_of(self, value: Value) -> Values:
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

    # Collections

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
                    names = named_members.field_names(self, value.cls)
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
                held = self._element_values(self.values(module, iterable.func.value))
                if name == "items":
                    return (Collection(((Basic.TEXT,), held), held),)
                return held if name == "values" else (Basic.TEXT,)
            if name in _WALKERS and arguments:
                return self.elements(module, arguments[0])
        values = self.values(module, iterable)
        found = [self._element_values(values)]
        if isinstance(iterable, ast.Call):
            for callee in self.values(module, iterable.func):
                if isinstance(callee, FunctionObject) and callee.function.is_generator:
                    found.append(self._yielded(callee.function))
        found.extend(self._iterated(value) for value in values if isinstance(value, Instance))
        return union(*found)

    def _iterated(self, value: Instance) -> Values:
        """What iterating over an instance of a class of the project gives."""
        return self._ask(("iterated", value.cls), lambda: self._walked(value.cls))

    def _walked(self, cls: Class) -> Iterator[Values]:
        walk = self.method(cls, "__iter__")
        if walk is not None:
            yield self._yielded(walk)
            for node in walk.returns:
                if not _is_own(walk, node):
                    yield self.elements(walk.module, node)
            following = self.method(cls, "__next__")
            if following is not None:
                yield self.returned(following)
            return
        method = self.method(cls, "__getitem__")
        if method is not None:
            yield self.returned(method)

    def _element_values(self, values: Values) -> Values:
        found: list[Values] = []
        for value in values:
            if isinstance(value, Collection):
                found.append(value.element)
            elif value in (Basic.ARRAY, Basic.TENSOR):
                found.append((value,))
            elif isinstance(value, Result):
                found.append((Result(f"{value.name}[]", value.origin),))
        return union(*found)

    def _subscript(self, module: Module, node: ast.Subscript) -> Iterator[Values]:
        base = union(
            *(
                group
                for value in self.values(module, node.value)
                for group in (mappings.of_instance(self, value) if isinstance(value, Instance) else ())
            ),
            self.values(module, node.value),
        )
        if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name) and not base:
            if node.value.func.id in ("globals", "locals", "vars") and not node.value.args:
                yield from named_members.by_spelling(self, module, node.value.func.id, node.slice)
        if not any(isinstance(value, Collection) for value in base):
            yield mappings.kept_under(self, module, node)
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

    @staticmethod
    def item_stores(module: Module) -> list[tuple[ast.Subscript, ast.expr]]:
        """`x[i] = value` statements of a module."""
        return _item_stores(module)

    def _filled(self, module: Module, binding: Binding) -> Values:
        """What is put into a list or dict after it was made: `models.append(m)`, `models[k] = m`."""
        found: list[Values] = []
        named: dict[str, Values] = {}
        whole = True
        for method in _FILLING:
            for call in module.calls.get(method, ()):
                target = call.func.value if isinstance(call.func, ast.Attribute) else None
                if isinstance(target, ast.Name) and target.id == binding.name and call.args:
                    if module.scopes[target].find(target.id) is binding.scope:
                        found.append(self._added(module, method, call.args[-1]))
        for statement_target, value in _item_stores(module):
            base = statement_target.value
            if isinstance(base, ast.Name) and base.id == binding.name:
                if module.scopes[base].find(base.id) is binding.scope:
                    found.append(self.values(module, value))
                    key = statement_target.slice.value if isinstance(statement_target.slice, ast.Constant) else None
                    if isinstance(key, str):
                        named[key] = union(named.get(key, ()), found[-1])
                    else:
                        whole = False
        elements = union(*found)
        return (Collection(None, elements, tuple(named.items()) if whole else ()),) if elements else ()

    def _added(self, module: Module, method: str, argument: ast.expr) -> Values:
        return self.elements(module, argument) if method == "extend" else self.values(module, argument)

    # Attributes

    def attribute(self, value: Value, name: str) -> Values:
        """What `value.name` is."""
        return self._ask(("attribute", value, name), lambda: self._attribute(value, name))

    def _attribute(self, value: Value, name: str) -> Iterator[Values]:
        if isinstance(value, External):
            yield (External(keras_names.canonical(f"{value.name}.{name}")),)
        elif isinstance(value, ModuleObject):
            yield self.global_name(value.path, name)
        elif isinstance(value, Instance | ClassObject):
            yield from self._member(value, name)
        elif isinstance(value, KerasModel):
            if name in ("layers",):
                yield (Collection(None, (KerasLayer("keras.layers.Layer"),)),)
            elif name in ("input", "output", "inputs", "outputs"):
                yield (Basic.TENSOR,)
            elif name == "__class__":
                yield self._class_of(value)
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
            yield self._class_of(value)
            return
        options = self.project.options
        if f"{cls.name}.{name}" in options.model_attributes:
            yield (KerasModel(f"{cls.name}.{name}"),)
            return
        lineage = self.lineage(cls)
        for owner in lineage:
            method = owner.methods.get(name)
            if method is not None:
                if method.has_decorator(*_PROPERTIES):
                    yield self.returned(method)
                    for store in owner.stores.get(name, ()):
                        yield self._store(owner.module, store)
                else:
                    yield (FunctionObject(method, value),)
                return
        found: list[Values] = []
        for owner in lineage:
            for binding in owner.scope.bindings.get(name, ()):
                found.append(self.binding(owner.module, binding))
            for store in owner.stores.get(name, ()):
                found.append(self._store(owner.module, store))
        if isinstance(value, Instance) and name in fields(self, cls) and self.method(cls, "__init__") is None:
            found += [self.values(module, given) for module, given in self._filling(value, name)]
        merged: Values = tuple(v for v in union(*found) if v is not Basic.NONE)
        if not merged and self.project.how_many_mention(cls.name) <= limits.MANY_MODULES:
            for child in self.subclasses(cls):
                for store in child.stores.get(name, ()):
                    found.append(self._store(child.module, store))
                for binding in child.scope.bindings.get(name, ()):
                    found.append(self.binding(child.module, binding))
            merged = union(*found)
        if not merged:
            merged = union(named_members.field(self, value, name), named_members.set_by_name(self, lineage, name))
        if any(isinstance(v, Collection) for v in merged):
            merged = union(merged, self._filled_attribute(lineage, name))
        if merged:
            yield merged
        elif name == "model" and any(n.startswith("keras.callbacks.") for n in self.external_bases(cls)):
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
        return self._ask(("delegate", cls), lambda: iter((named_members.delegate(self, cls),)))

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
        return self._ask(store, lambda: self._stored(module, store))

    def _stored(self, module: Module, store: AttributeStore) -> Iterator[Values]:
        if store.value is None:
            return
        if store.kind is BindingKind.ITERATION:
            yield self.unpack(self.elements(module, store.value), store.path)
        else:
            yield self.unpack(self.values(module, store.value), store.path)

    def _filled_attribute(self, lineage: list[Class], name: str) -> Values:
        found: list[Values] = []
        for owner in lineage:
            module = owner.module
            for node in module.attributes.get(name, ()):
                parent = module.parents[node]
                if isinstance(parent, ast.Attribute) and parent.attr in _FILLING:
                    call = module.parents[parent]
                    if isinstance(call, ast.Call) and call.func is parent and call.args and self._on_self(node, owner):
                        found.append(self._added(module, parent.attr, call.args[-1]))
                elif isinstance(parent, ast.Subscript) and isinstance(parent.ctx, ast.Store):
                    statement = module.parents[parent]
                    if isinstance(statement, ast.Assign) and self._on_self(node, owner):
                        found.append(self.values(module, statement.value))
        elements = union(*found)
        return (Collection(None, elements),) if elements else ()

    @staticmethod
    def _on_self(node: ast.Attribute, owner: Class) -> bool:
        function = owner.module.scopes[node].function
        while function is not None and function.owner is None:
            parent = function.scope.parent
            function = parent.function if parent is not None else None
        return (
            function is not None
            and function.owner is owner
            and isinstance(node.value, ast.Name)
            and bool(function.parameters)
            and node.value.id == function.parameters[0].arg
        )

    def _stored_outside(self, module: Module, node: ast.Attribute, base: Values) -> Iterator[Values]:
        """An attribute that code outside the class binds: `agent.model = build()`, in the module at hand."""
        text = dotted(node)
        if text is None or any(isinstance(value, External | ModuleObject) for value in base):
            return
        for store in module.stores_of(text):
            owner = node.value
            root = mappings.root_of(owner)
            if isinstance(owner, ast.Attribute) and root is not None and self._self_class(module, root) is None:
                if mappings.same_root(module, owner, store.target.value):
                    yield self._store(module, store)
            if isinstance(owner, ast.Name) and isinstance(store.target.value, ast.Name):
                same = module.scopes[owner].find(owner.id) is module.scopes[store.target.value].find(owner.id)
                if same and not isinstance(self._self_class(module, owner), Class):
                    yield self._store(module, store)

    @staticmethod
    def _self_class(module: Module, name: ast.Name) -> Class | None:
        scope = module.scopes[name].find(name.id)
        function = scope.function if scope is not None else None
        if function is None or not function.is_method or not function.parameters:
            return None
        return function.owner if function.parameters[0].arg == name.id else None

    def _stored_on(self, cls: Class, name: str) -> Values:
        """An attribute that no method of the class binds, but code elsewhere in its module does."""
        found: list[Values] = []
        for store in cls.module.stores.get(name, ()):
            base = store.target.value
            if any(isinstance(v, Instance) and v.cls is cls for v in self.values(cls.module, base)):
                found.append(self._store(cls.module, store))
        return union(*found)

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

    # Classes

    def bases(self, cls: Class) -> Values:
        """What the bases of a class are, in order."""
        return self._ask(("bases", cls), lambda: (self.values(cls.module, base) for base in cls.node.bases))

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

    # Calls

    def returned(self, function: Function) -> Values:
        """What calling a function of the project gives."""
        return self._ask(("returned", function), lambda: self._returned(function))

    def _returned(self, function: Function) -> Iterator[Values]:
        shown = False
        for node in list(function.returns):
            found = self.values(function.module, node)
            shown = shown or any(value is not Basic.NONE for value in found)
            yield found
        if function.owner is not None and not shown:
            # What a method only declares, its overrides give.
            for other in self.overrides(function):
                yield self.returned(other)

    def _call(self, module: Module, node: ast.Call) -> Iterator[Values]:
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
                yield self.returned(callee.function)
        elif isinstance(callee, KerasModel | KerasLayer):
            yield (Basic.TENSOR,)
        elif isinstance(callee, Instance):
            method = self.method(callee.cls, "__call__")
            if method is not None:
                yield self.returned(method)
            elif self.is_model_class(callee.cls) or self.is_layer_class(callee.cls):
                yield (Basic.TENSOR,)
        elif isinstance(callee, ModelMethod):
            if callee.name in _MODEL_VALUE_METHODS:
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
        elif name in pickled.LOADERS:
            yield pickled.loaded(self, module, node) or (Result(name, origin),)
        elif name in _NAMESPACES:
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
            for value in self.values(module, node.args[0]):
                if isinstance(node.args[1], ast.Constant):
                    yield self.attribute(value, str(node.args[1].value))
                elif isinstance(value, ModuleObject) and value.path.suffix == ".py":
                    target = self.project.try_module(value.path)
                    if target is not None:
                        yield from named_members.by_spelling(self, target, name, node.args[1])
        elif name == "map" and len(node.args) >= 2:
            yield (Collection(None, self._mapped(module, node)),)
        elif name == "type" and len(node.args) == 1:
            yield union(*(self._class_of(value) for value in self.values(module, node.args[0])))
        elif name == "super":
            function = module.function_of(node)
            while function is not None and function.owner is None:
                parent = function.scope.parent
                function = parent.function if parent is not None else None
            if function is not None and function.owner is not None:
                for value in self.bases(function.owner):
                    yield self._instance_of(value)

    def _class_of(self, value: Value) -> Values:
        """What `type(x)` and `x.__class__` are."""
        if isinstance(value, Instance):
            return (ClassObject(value.cls),)
        return (External("keras.Model"),) if isinstance(value, KerasModel) else ()

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
        if name in _ARRAY_METHODS and any(value in (Basic.ARRAY, Basic.TENSOR) for value in base):
            yield (Basic.ARRAY,) if name == "numpy" else tuple(v for v in base if v in (Basic.ARRAY, Basic.TENSOR))
        elif Basic.DATASET in base:
            yield (Basic.DATASET,)
        elif name == "__new__" and node.args:
            yield tuple(Instance(v.cls) for v in self.values(module, node.args[0]) if isinstance(v, ClassObject))
        elif name in ("pop", "get", "get_nowait", "popleft", "setdefault"):
            key = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            yield self.item(base, key) if isinstance(key, str) else self._element_values(base)
        elif name == "enter_context" and node.args:
            yield self.entered(module, node.args[0])
        elif name in ("values", "items") and not node.args and any(isinstance(v, Collection) for v in base):
            yield (Collection(None, self.elements(module, node)),)
        elif name in ("copy",):
            yield tuple(value for value in base if isinstance(value, Collection))
        elif name in ("format", "join", "strip", "lower", "upper") and Basic.TEXT in base:
            yield (Basic.TEXT,)


def _is_own(function: Function, node: ast.expr) -> bool:
    """Whether a node is the method's own object."""
    parameters = function.parameters
    return isinstance(node, ast.Name) and bool(parameters) and node.id == parameters[0].arg


def default_of(function: Function, parameter: ast.arg) -> ast.expr | None:
    """The default value of a parameter, None without one."""
    arguments = function.node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    if parameter in positional:
        index = positional.index(parameter) - (len(positional) - len(arguments.defaults))
        return arguments.defaults[index] if index >= 0 else None
    if parameter in arguments.kwonlyargs:
        return arguments.kw_defaults[arguments.kwonlyargs.index(parameter)]
    return None


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


def _item_stores(module: Module) -> list[tuple[ast.Subscript, ast.expr]]:
    """`x[i] = value` statements of a module."""
    found = getattr(module, "_item_stores", None)
    if found is None:
        found = []
        for node in module.scopes:
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    if isinstance(target, ast.Subscript):
                        found.append((target, node.value))
        found.sort(key=lambda pair: start(pair[0]))
        object.__setattr__(module, "_item_stores", found)
    return found


def enclosing_class_scope(scope: Scope) -> Scope | None:
    """The class scope right around a function scope, if there is one."""
    parent = scope.parent
    return parent if parent is not None and parent.kind is ScopeKind.CLASS else None
