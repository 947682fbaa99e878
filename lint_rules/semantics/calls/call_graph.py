"""Who runs this function: its calls, and the places that pass it on to be called.

Asked project-wide: plain functions through imports and aliases, methods through the class of their receiver,
functions given to `map`, `Dataset.map`, `jax.grad` or to a function of the project that calls its parameter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto

from lint_rules.semantics.domains.types import Inference
from lint_rules.semantics.domains.values import (
    Basic,
    ClassObject,
    External,
    FunctionObject,
    Instance,
    Result,
    Value,
    Values,
)
from lint_rules.semantics.flow import limits
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.project.prefilter import defining
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Class, Function, Module, last_name, start
from lint_rules.semantics.syntax.scopes import BindingKind


class EdgeKind(Enum):
    """How a function is run from a place."""

    CALL = auto()
    EACH = auto()  # once for every element of a collection: map, apply, np.vectorize
    SEARCH = auto()  # once for every point that an optimiser tries: scipy.optimize.minimize(f, x0)
    TRACED = auto()  # while a graph is traced: tf.function(f), Dataset.map(f), Lambda(f), compile(loss=f)
    DIFFERENTIATED = auto()  # jax.grad(f), tfp.math.value_and_gradient(f)
    PYTHON = auto()  # called back from a graph in plain Python: tf.py_function(f)


@dataclass(frozen=True, slots=True)
class Edge:
    """A place that runs a function.

    `node` is the call; `skip` is how many of the function's parameters the call does not fill by position (the self of
    a method; less than 0 where its first arguments are not for the function); `element_of` is the collection whose
    elements the first parameter takes; `label` names the tracer; `partial` is the `functools.partial(f, ...)` that
    fills the parameters before; `via` is the only call that leads here, where a function got ours as an argument.
    """

    module: Module
    node: ast.expr
    kind: EdgeKind = EdgeKind.CALL
    skip: int = 0
    likely: bool = False
    element_of: ast.expr | None = None
    label: str = ""
    property: bool = False
    partial: ast.Call | None = None
    via: Edge | None = None

    def is_plain(self) -> bool:
        """Whether the call shows which parameters it leaves out: nothing is spread, and nothing bound before."""
        return (
            self.kind is EdgeKind.CALL
            and self.partial is None
            and isinstance(self.node, ast.Call)
            and not any(isinstance(argument, ast.Starred) for argument in self.node.args)
            and all(keyword.arg is not None for keyword in self.node.keywords)
        )

    def in_python(self) -> Edge:
        """This edge where what it traces calls back into Python: a data set's method then runs that once an element."""
        is_dataset = self.kind is EdgeKind.TRACED and self.label.startswith("Dataset.")
        if not is_dataset or not isinstance(self.node, ast.Call) or not isinstance(self.node.func, ast.Attribute):
            return self
        return replace(self, kind=EdgeKind.EACH, element_of=self.node.func.value)

    def place(self) -> tuple[object, ...]:
        """What tells an edge from others of the same function."""
        via = self.via.place() if self.via is not None else None
        return str(self.module.path), start(self.node), self.kind, via

    def argument(self, function: Function, parameter: ast.arg) -> ast.expr | None:
        """The expression that this place passes for a parameter, None if it passes none that can be read."""
        skip = self.skip
        if self.partial is not None:
            found = passed(self.partial.keywords, self.partial.args[1:], function, parameter, skip)
            if found is not None:
                return found
            skip += len(self.partial.args) - 1
        if not isinstance(self.node, ast.Call):
            return None
        if self.kind is EdgeKind.PYTHON and self.label.startswith("tensorflow."):
            inputs = next((keyword.value for keyword in self.node.keywords if keyword.arg == "inp"), None)
            inputs = inputs or (self.node.args[1] if len(self.node.args) > 1 else None)
            given = inputs.elts if isinstance(inputs, ast.List | ast.Tuple) else []
            return passed([], given, function, parameter, 1 if function.is_method else 0)
        if self.kind is not EdgeKind.CALL:
            return None
        return passed(self.node.keywords, self.node.args, function, parameter, skip)


def passed(
    keywords: list[ast.keyword], arguments: list[ast.expr], function: Function, parameter: ast.arg, skip: int
) -> ast.expr | None:
    """What the arguments of a call have for a parameter; the first one is for the parameter number `skip`."""
    for keyword in keywords:
        if keyword.arg == parameter.arg:
            return keyword.value
    parameters = function.parameters
    if parameter not in parameters:
        return None
    index = parameters.index(parameter) - skip
    if any(isinstance(argument, ast.Starred) for argument in arguments[: index + 1]):
        return None
    return arguments[index] if 0 <= index < len(arguments) else None


# Names of callables that run their function argument once an element: position of the function, of the collection.
_EACH = {
    "map": (0, 1),
    "filter": (0, 1),
    "imap": (0, 1),
    "imap_unordered": (0, 1),
    "starmap": (0, 1),
    "map_async": (0, 1),
    "process_map": (0, 1),
    "thread_map": (0, 1),
    "apply_along_axis": (0, 2),
    "apply": (0, None),
    "progress_apply": (0, None),
    "parallel_apply": (0, None),
    "applymap": (0, None),
    "vectorize": (0, None),
    "map_fn": (0, 1),
    "fl_image": (0, None),
    "fl": (0, None),
}
# Those that take it as `key=`: position of the collection.
_KEYED = {"sorted": 0, "min": 0, "max": 0, "groupby": 0, "nlargest": 1, "nsmallest": 1, "sort": None}
# Methods of a tf.data.Dataset, besides map, that trace their function.
_DATASET_METHODS = frozenset({"filter", "flat_map", "interleave", "take_while"})
# Methods of Keras models and layers that Keras itself traces.
TRACED_METHODS = frozenset({"call", "train_step", "test_step", "predict_step", "compute_loss", "compute_metrics"})
# Names so common that an unknown receiver says nothing of them.
_COMMON = frozenset(
    [
        "predict",
        "fit",
        "evaluate",
        "get",
        "set",
        "run",
        "step",
        "update",
        "reset",
        "call",
        "forward",
        "load",
        "save",
        "train",
        "main",
        "build",
        "append",
        "add",
        "close",
        "start",
        "next",
        "sample",
        "render",
        "transform",
        "read",
        "write",
        "process",
        "compile",
        "summary",
        "show",
        "plot",
        "test",
        "put",
        "pop",
        "open",
        "init",
        "setup",
        "__call__",
        "execute",
        "send",
        "stop",
        "remember",
        "store",
        "generate",
        "play",
        "move",
        "learn",
    ]
)


class Callers:
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

    def _mentioning(self, word: str) -> Iterator[Module]:
        return self.inference.looking_through(self.project.modules_mentioning(word))

    # Finding them

    def _modules(self, function: Function, name: str) -> Iterator[Module]:
        yield function.module
        if function.scope.parent is not None and function.scope.parent.function is not None and function.owner is None:
            return
        for module in self._mentioning(name if function.owner is None else f".{name}"):
            if module is not function.module:
                yield module

    def _find(self, function: Function) -> Iterator[Edge]:
        if isinstance(function.node, ast.Lambda):
            yield from self._passed_on(function.module, function.node, function)
            return
        owner = function.owner
        if owner is not None and function.name == "__init__":
            yield from self._instantiations(owner, function)
            return
        if owner is not None and function.name in ("__call__", "__getitem__", "__next__", "__iter__"):
            yield from self._instance_calls(owner, function)
            return
        yield from self._decorated(function)
        for module in self._modules(function, function.name):
            yield from self._in_module(module, function, function.name)
            if module is not function.module and owner is None:
                for alias in _aliases(module, function.name):
                    yield from self._in_module(module, function, alias)

    def _in_module(self, module: Module, function: Function, name: str) -> Iterator[Edge]:
        if function.owner is not None and function.has_decorator("property", "cached_property"):
            for attribute in module.attributes.get(name, ()):
                if self._is_receiver(module, attribute.value, function):
                    yield Edge(module, attribute, property=True)
            return
        for call in module.calls.get(name, ()):
            yield from self._call(module, call, function)
        references: list[ast.expr] = [
            node for node in module.names.get(name, ()) if not _is_callee(module, node) and function.owner is None
        ]
        if function.owner is not None:
            references = [node for node in module.attributes.get(name, ()) if not _is_callee(module, node)]
        for node in references:
            values = self.inference.values(module, node)
            if any(isinstance(v, FunctionObject) and v.function is function for v in values):
                yield from self._passed_on(module, node, function)

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
        for value in values:
            if isinstance(value, Instance):
                unknown = False
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
        if not unknown or values or function.name in _COMMON or function.name.startswith("__"):
            return ""
        return "maybe" if self._only_family(owner, function.name) else ""

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
            for module in self._mentioning(cls.name):
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
        if function.name != "__call__":
            return
        family = [owner, *(cls for cls in self.inference.subclasses(owner) if "__call__" not in cls.methods)]
        heirs = [cls for cls in self.inference.subclasses(owner) if "__call__" in cls.methods]
        names = {cls.name for cls in family}
        if sum(self.project.how_many_mention(name) for name in names) > limits.MANY_MODULES:
            return
        modules = {module.path: module for name in sorted(names) for module in self._mentioning(name)}
        stored = {name for module in modules.values() for name in module.stores}
        for module in modules.values():
            for name, calls in module.calls.items():
                if name in names:
                    continue
                for call in calls:
                    if not _may_be_instance(module, call.func, stored):
                        continue
                    values = self.inference.values(module, call.func)
                    if any(
                        isinstance(v, Instance) and self.inference.method(v.cls, "__call__") is function for v in values
                    ):
                        yield Edge(module, call, skip=1)
        for cls in heirs:
            for call in cls.module.calls.get("__call__", ()):
                caller = cls.module.function_of(call)
                if caller is not None and caller.owner is cls:
                    yield from self._call(cls.module, call, function)

    # Passed on

    def _decorated(self, function: Function) -> Iterator[Edge]:
        for decorator in function.decorators:
            node = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(decorator, ast.Call) and last_name(node) == "partial" and decorator.args:
                node = decorator.args[0]
            for value in self.inference.values(function.module, node):
                if isinstance(value, External) and value.name == "numpy.vectorize":
                    yield Edge(function.module, decorator, EdgeKind.EACH, label="np.vectorize")
                edge = self._tracer(function.module, decorator, value)
                if edge is not None:
                    yield edge

    def _tracer(self, module: Module, node: ast.expr, value: Value) -> Edge | None:
        if not isinstance(value, External):
            return None
        name = value.name
        differentiator = keras_names.differentiator(name)
        if differentiator is not None:
            return Edge(module, node, EdgeKind.DIFFERENTIATED, label=differentiator)
        if name == "tensorflow.function" and "run_functions_eagerly(True)" in module.text:
            return None
        if name in keras_names.TRACERS and name not in keras_names.EAGER_OUTSIDE_GRAPHS:
            return Edge(module, node, EdgeKind.TRACED, label=keras_names.TRACERS[name])
        if name in self.project.options.traced_decorators:
            return Edge(module, node, EdgeKind.TRACED, label=name)
        if name in keras_names.CALLBACKS_TO_PYTHON:
            return Edge(module, node, EdgeKind.PYTHON, label=name)
        if name in keras_names.SEARCHES and not _is_vectorized(node):
            return Edge(module, node, EdgeKind.SEARCH, label=name)
        return None

    def _passed_on(self, module: Module, node: ast.expr, function: Function, depth: int = 0) -> Iterator[Edge]:
        """Where a function that `node` names ends up being run."""
        parent = module.parents.get(node)
        if isinstance(parent, ast.keyword):
            call = module.parents.get(parent)
            if isinstance(call, ast.Call):
                yield from self._argument(module, call, node, parent.arg, function, depth)
        elif isinstance(parent, ast.Call) and parent.func is not node:
            yield from self._argument(module, parent, node, None, function, depth)
        elif isinstance(parent, ast.List | ast.Tuple | ast.Dict):
            above = module.parents.get(parent)
            call = module.parents.get(above) if isinstance(above, ast.keyword) else above
            if isinstance(call, ast.Call) and isinstance(above, ast.keyword) and above.arg in ("loss", "metrics"):
                yield from self._argument(module, call, node, above.arg, function, depth)
        elif isinstance(parent, ast.Call) and parent.func is node:
            yield Edge(module, parent)
        elif isinstance(parent, ast.Return) and depth < 3:
            maker = module.function_of(parent)
            for edge in self.edges(maker) if maker is not None else ():
                if edge.kind is EdgeKind.CALL and isinstance(edge.node, ast.Call):
                    yield from self._passed_on(edge.module, edge.node, function, depth + 1)
        elif isinstance(parent, ast.Assign | ast.AnnAssign):
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            for target in targets:
                name = last_name(target)
                if name is not None:
                    yield from self._calls_of_value(module, name, function)
                    if isinstance(target, ast.Name) and depth < 3:
                        yield from self._under_another_name(module, target, function, depth + 1)
                    if isinstance(target, ast.Attribute):
                        for other in self._mentioning(name):
                            if other is not module:
                                yield from self._calls_of_value(other, name, function)

    def _under_another_name(self, module: Module, target: ast.Name, function: Function, depth: int) -> Iterator[Edge]:
        """`loss = lambda: ...`, and then `optimizer.minimize(loss)`."""
        for node in module.names.get(target.id, ()):
            if isinstance(node.ctx, ast.Load) and not _is_callee(module, node):
                values = self.inference.values(module, node)
                if any(isinstance(value, FunctionObject) and value.function is function for value in values):
                    yield from self._passed_on(module, node, function, depth)

    def _calls_of_value(self, module: Module, name: str, function: Function) -> Iterator[Edge]:
        for call in module.calls.get(name, ()):
            values = self.inference.values(module, call.func)
            for value in values:
                if isinstance(value, FunctionObject) and value.function is function:
                    yield Edge(module, call, skip=1 if value.receiver is not None and function.is_method else 0)
                    break

    def _argument(
        self, module: Module, call: ast.Call, node: ast.expr, keyword: str | None, function: Function, depth: int
    ) -> Iterator[Edge]:
        name = last_name(call.func)
        callees = self.inference.values(module, call.func)
        for callee in callees:
            edge = self._tracer(module, call, callee)
            if edge is not None:
                yield edge
                return
            if isinstance(callee, FunctionObject | ClassObject):
                yield from self._through_parameter(module, call, callee, node, keyword, function)
                return
        first = bool(call.args) and call.args[0] is node
        if name == "partial" and first:
            bound = any(isinstance(v, FunctionObject) and v.receiver for v in self.inference.values(module, node))
            for edge in self._passed_on(module, call, function, depth):
                skip = max(edge.skip, 1 if bound and function.is_method else 0)
                if edge.module is module:
                    yield replace(edge, partial=call, skip=skip)
                else:
                    # What the partial fills stands in another module than the call: it cannot be read from there.
                    yield replace(edge, skip=skip + len(call.args) - 1)
            return
        if name == "delayed" and first:
            outer = module.parents.get(call)
            if isinstance(outer, ast.Call) and outer.func is call:
                yield Edge(module, outer, skip=1 if function.is_method else 0)
            return
        if name == "submit" and first and isinstance(call.func, ast.Attribute):
            yield Edge(module, call, skip=(1 if function.is_method else 0) - 1)
            return
        if name == "minimize" and (first or keyword == "loss") and _minimizes_weights(call, callees):
            yield Edge(module, call, EdgeKind.DIFFERENTIATED, label="optimizer.minimize")
            return
        if name in _KEYED and keyword == "key":
            yield from self._keyed(module, call, name)
            return
        if name in _DATASET_METHODS and first and isinstance(call.func, ast.Attribute):
            if Basic.DATASET in self.inference.values(module, call.func.value):
                yield Edge(module, call, EdgeKind.TRACED, label=f"Dataset.{name}")
                return
        if name == "compile" and keyword is None and len(call.args) > 1 and call.args[1] is node:
            keyword = "loss"
        is_compile = name == "compile" and keyword in ("loss", "metrics", "weighted_metrics")
        if is_compile and any(k.arg == "run_eagerly" and _is_true(k.value) for k in call.keywords):
            return
        if is_compile or name in ("add_loss", "add_metric"):
            label = "a compiled loss" if keyword == "loss" else "a compiled metric"
            yield Edge(module, call, EdgeKind.TRACED, label=label if is_compile else f"model.{name}")
        elif name in ("experimental_run_v2",) or (name == "run" and _looks_like_strategy(module, call)):
            yield Edge(module, call, EdgeKind.TRACED, label="strategy.run")
        elif name in _EACH and keyword in (None, "func", "function", "f", "fn", "pyfunc"):
            yield from self._each(module, call, node, name)

    @staticmethod
    def _keyed(module: Module, call: ast.Call, name: str) -> Iterator[Edge]:
        """`sorted(xs, key=f)`, `max(xs, key=f)`, `xs.sort(key=f)`."""
        position = _KEYED[name]
        if position is None:
            collection = call.func.value if isinstance(call.func, ast.Attribute) else None
        else:
            collection = call.args[position] if position < len(call.args) else None
        yield Edge(module, call, EdgeKind.EACH, element_of=collection, label=name)

    def _each(self, module: Module, call: ast.Call, node: ast.expr, name: str) -> Iterator[Edge]:
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if owner is not None and name == "map":
            values = self.inference.values(module, owner)
            is_dataset = Basic.DATASET in values or (
                not values and any(k.arg in ("num_parallel_calls", "deterministic") for k in call.keywords)
            )
            if is_dataset:
                yield Edge(module, call, EdgeKind.TRACED, label="Dataset.map")
                return
        function_at, collection_at = _EACH[name]
        position = call.args.index(node) if node in call.args else function_at
        if position != function_at:
            return
        collection: ast.expr | None = None
        if collection_at is not None and collection_at < len(call.args):
            collection = call.args[collection_at]
        elif owner is not None and (collection_at is None or name == "map"):
            collection = owner
        if name == "filter" and owner is not None:
            return
        yield Edge(module, call, EdgeKind.EACH, element_of=collection, label=name)

    def _through_parameter(
        self,
        module: Module,
        call: ast.Call,
        callee: FunctionObject | ClassObject,
        node: ast.expr,
        keyword: str | None,
        function: Function,
    ) -> Iterator[Edge]:
        """A function of the project takes ours as a parameter: calls of that parameter, and of where it keeps it."""
        if isinstance(callee, ClassObject):
            taker = self.inference.method(callee.cls, "__init__")
            skip = 1
        else:
            taker = callee.function
            skip = 1 if callee.receiver is not None and taker.is_method else 0
        if taker is None:
            return
        parameter = keyword
        if parameter is None and node in call.args:
            index = call.args.index(node) + skip
            parameters = taker.parameters
            parameter = parameters[index].arg if index < len(parameters) else None
        if parameter is None:
            return
        inner = taker.module
        handed = Edge(module, call, skip=skip)

        def only_there(edge: Edge) -> Edge:
            return replace(edge, via=handed) if inner.function_of(edge.node) is taker else edge

        for inner_call in inner.calls.get(parameter, ()):
            if isinstance(inner_call.func, ast.Name):
                scope = inner.scopes[inner_call].find(parameter)
                if scope is taker.scope:
                    yield only_there(Edge(inner, inner_call))
        for name in inner.names.get(parameter, ()):
            if inner.scopes[name].find(parameter) is not taker.scope:
                continue
            parent = inner.parents[name]
            if isinstance(parent, ast.Assign) and parent.value is name:
                for target in parent.targets:
                    if isinstance(target, ast.Attribute):
                        yield from self._calls_of_value(inner, target.attr, function)
            elif isinstance(parent, ast.Call) and parent.func is not name and parent is not call:
                inner_name = last_name(parent.func)
                if inner_name in _EACH:
                    yield from map(only_there, self._each(inner, parent, name, inner_name))
                else:
                    for value in self.inference.values(inner, parent.func):
                        edge = self._tracer(inner, parent, value)
                        if edge is not None:
                            yield only_there(edge)


def inference_of(project: Project) -> Inference:
    """The one instance of inference that answers for a project."""
    return Callers.of(project).inference


def _is_callee(module: Module, node: ast.expr) -> bool:
    parent = module.parents.get(node)
    return isinstance(parent, ast.Call) and parent.func is node


def _may_be_instance(module: Module, node: ast.expr, stored: set[str]) -> bool:
    """Whether an expression that is called can be an instance, by how its name is bound: no function or class is."""
    if isinstance(node, ast.Attribute):
        return node.attr in stored
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


def _minimizes_weights(call: ast.Call, callees: Values) -> bool:
    """Whether `minimize` is that of a Keras optimizer, which takes gradients, and not scipy's, which needs none."""
    if any(isinstance(value, Result) and value.name.startswith(("keras.", "tensorflow.")) for value in callees):
        return True
    variables = [k.value for k in call.keywords if k.arg == "var_list"] or call.args[1:2]
    names = {item.attr for node in variables for item in ast.walk(node) if isinstance(item, ast.Attribute)}
    return not callees and bool(names & {"trainable_variables", "trainable_weights", "variables", "weights"})


def _is_vectorized(node: ast.expr) -> bool:
    """Whether an optimiser hands many points at once to its function: `differential_evolution(f, vectorized=True)`."""
    return isinstance(node, ast.Call) and any(keyword.arg == "vectorized" for keyword in node.keywords)


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _looks_like_strategy(module: Module, call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    name = last_name(owner) or ""
    return "strategy" in name.lower()
