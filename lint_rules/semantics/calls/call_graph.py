"""Who runs this function: its calls, and the places that pass it on to be called.

Asked project-wide: plain functions through imports and aliases, methods through the class of their receiver,
functions given to `map`, `Dataset.map`, `jax.grad` or to a function of the project that calls its parameter.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from lint_rules.semantics.calls.edges import Edge, function_of, handed_by, is_function_of, passed
from lint_rules.semantics.domains.types.inference import Inference
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
from lint_rules.semantics.knowledge import higher_order
from lint_rules.semantics.knowledge.higher_order import EdgeKind, HigherOrder
from lint_rules.semantics.project.prefilter import defining, importing
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Class, Function, Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind

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
        if function.owner is not None:
            others = self._mentioning(f".{name}")
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
        yield from self._inherited_handler(function)
        for module in self._modules(function, function.name):
            yield from self._in_module(module, function, function.name)
            if module is not function.module and owner is None:
                for alias in _aliases(module, function.name):
                    yield from self._in_module(module, function, alias)

    def _in_module(self, module: Module, function: Function, name: str) -> Iterator[Edge]:
        if function.owner is not None and function.has_decorator("property", "cached_property"):
            for attribute in module.attributes.get(name, ()):
                if self._is_receiver(module, attribute.value, function):
                    yield Edge(module, attribute, of_property=True)
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
                if isinstance(value, External | Result) and _runs_on_arrival(value.name):
                    yield Edge(function.module, decorator, EdgeKind.EVENT, label=value.name)
                edge = self._tracer(function.module, decorator, value)
                if edge is not None:
                    yield edge

    def _inherited_handler(self, function: Function) -> Iterator[Edge]:
        """A method that a library runs whenever something arrives, as it does that of the class it inherits from."""
        owner = function.owner
        packages = higher_order.ARRIVING_METHODS.get(function.name) if owner is not None else None
        if owner is None or packages is None or not owner.node.bases:
            return
        if any(name.startswith(packages) for name in self.inference.external_bases(owner)):
            yield Edge(owner.module, owner.node.bases[0], EdgeKind.EVENT, 1, label=function.name)

    def _tracer(self, module: Module, node: ast.expr, value: Value) -> Edge | None:
        if not isinstance(value, External):
            return None
        name = value.name
        differentiator = higher_order.differentiator(name)
        if differentiator is not None:
            return Edge(module, node, EdgeKind.DIFFERENTIATED, label=differentiator)
        if name == "tensorflow.function" and "run_functions_eagerly(True)" in module.text:
            return None
        if name in higher_order.TRACERS and name not in higher_order.EAGER_OUTSIDE_GRAPHS:
            return Edge(module, node, EdgeKind.TRACED, label=higher_order.TRACERS[name])
        if name in self.project.options.traced_decorators:
            return Edge(module, node, EdgeKind.TRACED, label=name)
        if name in higher_order.CALLBACKS_TO_PYTHON:
            return Edge(module, node, EdgeKind.PYTHON, label=name)
        if name in higher_order.SEARCHES and not _is_vectorized(node):
            return Edge(module, node, EdgeKind.SEARCH, label=name)
        return None

    def _passed_on(self, module: Module, node: ast.expr, function: Function, depth: int = 0) -> Iterator[Edge]:
        """Where a function that `node` names ends up being run."""
        parent = module.parents.get(node)
        if isinstance(parent, ast.keyword):
            call = module.parents.get(parent)
            outer = module.parents.get(call) if call is not None else None
            if isinstance(call, ast.Call) and isinstance(outer, ast.keyword) and last_name(call.func) == "dict":
                above = module.parents.get(outer)
                row = self._row(module, above) if isinstance(above, ast.Call) else None
                if isinstance(above, ast.Call) and row is not None and depth < 3:
                    yield from self._as_its_argument(module, above, row, node, function, depth)
            elif isinstance(call, ast.Call):
                yield from self._argument(module, call, node, parent.arg, function, depth)
        elif isinstance(parent, ast.Call) and parent.func is not node:
            yield from self._argument(module, parent, node, None, function, depth)
        elif isinstance(parent, ast.List | ast.Tuple | ast.Dict):
            above = module.parents.get(parent)
            call = module.parents.get(above) if isinstance(above, ast.keyword) else above
            if isinstance(call, ast.Call) and isinstance(above, ast.keyword) and above.arg in ("loss", "metrics"):
                yield from self._argument(module, call, node, above.arg, function, depth)
            elif isinstance(call, ast.Call) and depth < 3:
                row = self._row(module, call)
                if row is not None and row.kind is EdgeKind.CALL:
                    yield from self._as_its_argument(module, call, row, node, function, depth)
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
                        if self._holds_handler(module, target):
                            skip = 1 if self._is_bound(module, node, function) else 0
                            yield Edge(module, target, EdgeKind.EVENT, skip, label=name, target=node)
                        for other in self._mentioning(name):
                            if other is not module:
                                yield from self._calls_of_value(other, name, function)

    def _holds_handler(self, module: Module, target: ast.Attribute) -> bool:
        """Whether a library runs what an attribute holds whenever something arrives: `client.on_message = f`."""
        owners = higher_order.ARRIVING_ATTRIBUTES.get(target.attr)
        return owners is not None and any(
            isinstance(value, Result) and value.name.startswith(owners)
            for value in self.inference.values(module, target.value)
        )

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
                yield from self._through_parameter(module, call, callee, node, keyword, function, depth)
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
        if name == "partial" and call.args and depth < 3:
            for callee in self.inference.values(module, call.args[0]):
                if isinstance(callee, FunctionObject):
                    for parameter in callee.function.parameters:
                        skip = 1 if self._is_bound(module, call.args[0], callee.function) else 0
                        if passed(call.keywords, call.args[1:], callee.function, parameter, skip) is node:
                            yield from self._taken_anywhere(callee.function, parameter.arg, function, depth)
            return
        if name == "delayed" and first:
            outer = module.parents.get(call)
            if isinstance(outer, ast.Call) and outer.func is call:
                yield Edge(module, outer, skip=1 if function.is_method else 0)
            return
        if name == "minimize" and (first or keyword == "loss") and _minimizes_weights(call, callees):
            yield Edge(module, call, EdgeKind.DIFFERENTIATED, label="optimizer.minimize")
            return
        if name in higher_order.KEYED and keyword == "key":
            yield from self._keyed(module, call, name)
            return
        if name in higher_order.DATASET_METHODS and first and isinstance(call.func, ast.Attribute):
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
        elif name is not None:
            yield from self._handed_over(module, call, node, keyword, function, depth)

    @staticmethod
    def _keyed(module: Module, call: ast.Call, name: str) -> Iterator[Edge]:
        """`sorted(xs, key=f)`, `max(xs, key=f)`, `xs.sort(key=f)`."""
        position = higher_order.KEYED[name]
        if position is None:
            collection = call.func.value if isinstance(call.func, ast.Attribute) else None
        else:
            collection = call.args[position] if position < len(call.args) else None
        yield Edge(module, call, EdgeKind.EACH, element_of=collection, label=name)

    def _handed_over(
        self, module: Module, call: ast.Call, node: ast.expr, keyword: str | None, function: Function, depth: int
    ) -> Iterator[Edge]:
        """A callable of a library gets our function: as what it runs, or as an argument of what it runs."""
        row = self._row(module, call)
        if row is None:
            return
        if is_function_of(row, call, node, keyword):
            edge = self._run_by(module, call, row, node, function)
            if edge is not None:
                yield edge
        elif depth < 3 and row.kind is EdgeKind.CALL:
            yield from self._as_its_argument(module, call, row, node, function, depth)

    def _row(self, module: Module, call: ast.Call) -> HigherOrder | None:
        name = last_name(call.func) or ""
        if name not in higher_order.ROWS:
            return None
        shown = [v.name for v in self.inference.values(module, call.func) if isinstance(v, External | Result)]
        return higher_order.row(name, shown)

    def _run_by(
        self, module: Module, call: ast.Call, row: HigherOrder, node: ast.expr, function: Function
    ) -> Edge | None:
        """How a callable with a row runs the function that `node` names."""
        name = last_name(call.func) or ""
        skip = 1 if self._is_bound(module, node, function) else 0
        if row.kind is EdgeKind.CALL:
            return Edge(module, call, skip=skip, target=node, handed=handed_by(row, call))
        if row.kind is EdgeKind.EVENT:
            return Edge(module, call, EdgeKind.EVENT, skip, target=node, label=name)
        owner = call.func.value if isinstance(call.func, ast.Attribute) else None
        if owner is not None and name == "map" and self._maps_dataset(module, owner, call):
            return Edge(module, call, EdgeKind.TRACED, label="Dataset.map")
        if name == "filter" and owner is not None:
            return None
        collection: ast.expr | None = None
        if row.collection is not None and row.collection < len(call.args):
            collection = call.args[row.collection]
        elif owner is not None and (row.collection is None or name == "map"):
            collection = owner
        further = tuple(call.args[row.collection + 1 :]) if row.parallel and row.collection is not None else ()
        return Edge(
            module,
            call,
            EdgeKind.EACH,
            skip,
            element_of=collection,
            label=name,
            target=node,
            parallel=further,
            unpacked=row.unpacked,
        )

    def _is_bound(self, module: Module, node: ast.expr, function: Function) -> bool:
        """Whether an expression names a method together with its object, so that it fills the first parameter."""
        return function.is_method and any(
            isinstance(value, FunctionObject) and value.function is function and value.receiver is not None
            for value in self.inference.values(module, node)
        )

    def _maps_dataset(self, module: Module, owner: ast.expr, call: ast.Call) -> bool:
        values = self.inference.values(module, owner)
        return Basic.DATASET in values or (
            not values and any(k.arg in ("num_parallel_calls", "deterministic") for k in call.keywords)
        )

    def _as_its_argument(
        self, module: Module, call: ast.Call, row: HigherOrder, node: ast.expr, function: Function, depth: int
    ) -> Iterator[Edge]:
        """`Thread(target=play, args=(env, act))`: what `play` does with the parameter that gets `act`."""
        target = function_of(row, call)
        if target is None:
            return
        for value in self.inference.values(module, target):
            if not isinstance(value, FunctionObject):
                continue
            handed = self._run_by(module, call, row, target, value.function)
            taken = [p for p in value.function.parameters if handed and handed.argument(value.function, p) is node]
            if handed is not None and taken:
                yield from self._taken(value.function, taken[0].arg, handed, function, depth)

    def _through_parameter(
        self,
        module: Module,
        call: ast.Call,
        callee: FunctionObject | ClassObject,
        node: ast.expr,
        keyword: str | None,
        function: Function,
        depth: int,
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
        if parameter is not None:
            yield from self._taken(taker, parameter, Edge(module, call, skip=skip), function, depth)

    def _taken_anywhere(self, taker: Function, parameter: str, function: Function, depth: int) -> Iterator[Edge]:
        """The same where the call that runs the taker is not the one that hands the function over: `partial`."""
        somewhere = Edge(taker.module, taker.node if isinstance(taker.node, ast.expr) else ast.Constant(None))
        for edge in self._taken(taker, parameter, somewhere, function, depth):
            yield replace(edge, via=None)

    def _taken(self, taker: Function, parameter: str, handed: Edge, function: Function, depth: int) -> Iterator[Edge]:
        """Where a function runs what `handed` gives it for a parameter."""
        inner = taker.module
        for inner_call in inner.calls.get(parameter, ()):
            if isinstance(inner_call.func, ast.Name):
                scope = inner.scopes[inner_call].find(parameter)
                if scope is taker.scope:
                    yield _only_where(taker, handed, Edge(inner, inner_call))
        for name in inner.names.get(parameter, ()):
            if inner.scopes[name].find(parameter) is not taker.scope:
                continue
            parent = inner.parents[name]
            if isinstance(parent, ast.Assign) and parent.value is name:
                for target in parent.targets:
                    if isinstance(target, ast.Attribute):
                        yield from self._calls_of_value(inner, target.attr, function)
                    elif (
                        isinstance(target, ast.Name) and len(taker.scope.bindings.get(target.id, ())) == 1 and depth < 3
                    ):
                        yield from self._taken(taker, target.id, handed, function, depth + 1)
            elif depth < 3 and (isinstance(parent, ast.keyword | ast.Tuple | ast.List) or _is_argument(parent, name)):
                for edge in self._passed_on(inner, name, function, depth + 1):
                    yield _only_where(taker, handed, edge)


def inference_of(project: Project) -> Inference:
    """The one instance of inference that answers for a project."""
    return Callers.of(project).inference


def _only_where(taker: Function, handed: Edge, edge: Edge) -> Edge:
    """An edge that begins in `taker`, of the runs of it alone that `handed` makes."""
    if edge.via is not None:
        return replace(edge, via=_only_where(taker, handed, edge.via))
    here = edge.module is taker.module and taker.module.function_of(edge.node) is taker
    return replace(edge, via=handed) if here else edge


def _runs_on_arrival(name: str) -> bool:
    """Whether a decorator of a qualified name runs its function whenever something arrives."""
    owners = higher_order.ARRIVING_DECORATORS.get(name.rpartition(".")[2])
    return owners is not None and name.startswith(owners)


def _is_argument(parent: ast.AST, node: ast.expr) -> bool:
    return isinstance(parent, ast.Call) and parent.func is not node


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
