"""What becomes of a function that is passed on as a value: who runs it, and how.

Handed to a callable of a library (one row each in `knowledge/higher_order.py`) or of the project, decorated, returned,
kept under another name or in an attribute.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from lint_rules.records import dataclass, replace
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
from lint_rules.semantics.flow.read_back import readers_of
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge import higher_order
from lint_rules.semantics.knowledge.higher_order import EdgeKind, HigherOrder
from lint_rules.semantics.project.prefilter import importing
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Function, Module, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

_HOLDERS = (ast.keyword, ast.Tuple, ast.List, ast.Dict)


@dataclass(frozen=True, slots=True)
class Handing:
    """A call that is given a function: the expression that names it, and the keyword that passes it."""

    module: Module
    call: ast.Call
    node: ast.expr
    keyword: str | None
    function: Function
    depth: int

    @property
    def name(self) -> str | None:
        """The last part of the name of what is called."""
        return last_name(self.call.func)

    @property
    def first(self) -> bool:
        """Whether the function is the first argument."""
        return bool(self.call.args) and self.call.args[0] is self.node


class PassedOn(ABC):
    """The part of the call graph that follows functions as values."""

    project: Project
    inference: Inference

    @abstractmethod
    def edges(self, function: Function) -> list[Edge]:
        """Every visible place that runs a function."""

    @abstractmethod
    def mentioning(self, word: str) -> Iterator[Module]:
        """The modules in whose text a word stands."""

    def decorated(self, function: Function) -> Iterator[Edge]:
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

    def inherited_handler(self, function: Function) -> Iterator[Edge]:
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

    def passed_on(self, module: Module, node: ast.expr, function: Function, depth: int = 0) -> Iterator[Edge]:
        """Where a function that `node` names ends up being run."""
        parent = module.parents.get(node)
        readers = readers_of(self.inference, module, node) if depth < limits.MAX_HANDS else []
        if readers:
            found = (self.passed_on(module, reader, function, depth + 1) for reader in readers)
            return chain.from_iterable(found)
        if isinstance(parent, ast.keyword):
            return self._as_keyword(module, parent, node, function, depth)
        if isinstance(parent, ast.Call):
            if parent.func is node:
                return self._call_of_value(module, parent, function)
            return self._argument(Handing(module, parent, node, None, function, depth))
        if isinstance(parent, ast.List | ast.Tuple | ast.Dict):
            unpacked = _unpacked_into(module, parent, node)
            if unpacked:
                return self._assigned(module, unpacked, node, function, depth)
            return self._in_literal(module, parent, node, function, depth)
        if isinstance(parent, ast.IfExp | ast.BoolOp | ast.NamedExpr) and getattr(parent, "test", None) is not node:
            return self.passed_on(module, parent, function, depth)
        if isinstance(parent, ast.Return) and depth < limits.MAX_HANDS:
            return self._returned(module, parent, function, depth)
        if isinstance(parent, ast.Assign | ast.AnnAssign):
            targets = parent.targets if isinstance(parent, ast.Assign) else [parent.target]
            return self._assigned(module, targets, node, function, depth)
        if isinstance(parent, ast.arguments) and depth < limits.MAX_HANDS:
            return self._as_default(module, parent, node, function, depth)
        return iter(())

    def _as_default(
        self, module: Module, arguments: ast.arguments, node: ast.expr, function: Function, depth: int
    ) -> Iterator[Edge]:
        """`def play(env, policy=act)`: what `play` does with it where nobody passes another."""
        taker = module.functions.get(module.parents[arguments])
        if taker is None:
            return
        for parameter in (*taker.parameters, *taker.node.args.kwonlyargs):
            if taker.default_of(parameter) is node:
                yield from self._taken_anywhere(taker, parameter.arg, function, depth + 1)

    def _as_keyword(
        self, module: Module, keyword: ast.keyword, node: ast.expr, function: Function, depth: int
    ) -> Iterator[Edge]:
        """`map(func=f)`, `Thread(target=play, kwargs=dict(policy=f))`."""
        call = module.parents.get(keyword)
        if not isinstance(call, ast.Call):
            return
        outer = module.parents.get(call)
        if not isinstance(outer, ast.keyword) or last_name(call.func) != "dict":
            yield from self._argument(Handing(module, call, node, keyword.arg, function, depth))
            return
        above = module.parents.get(outer)
        row = self._row(module, above) if isinstance(above, ast.Call) else None
        if isinstance(above, ast.Call) and row is not None and depth < limits.MAX_HANDS:
            yield from self._as_its_argument(module, above, row, node, function, depth)

    def _in_literal(
        self, module: Module, literal: ast.expr, node: ast.expr, function: Function, depth: int
    ) -> Iterator[Edge]:
        """`compile(metrics=[f])`, `Thread(target=play, args=(env, f))`."""
        above = module.parents.get(literal)
        call = module.parents.get(above) if isinstance(above, ast.keyword) else above
        if not isinstance(call, ast.Call):
            yield from self._in_table(module, above, function)
            return
        if isinstance(above, ast.keyword) and above.arg in ("loss", "metrics"):
            yield from self._argument(Handing(module, call, node, above.arg, function, depth))
            return
        row = self._row(module, call) if depth < limits.MAX_HANDS else None
        if row is not None and row.kind is EdgeKind.CALL:
            yield from self._as_its_argument(module, call, row, node, function, depth)

    def _in_table(self, module: Module, above: ast.AST | None, function: Function) -> Iterator[Edge]:
        """`MODES = {"train": train, "test": test}`, and then `MODES[mode](x)`, here or where the table is imported."""
        tables: list[ast.expr] = []
        if isinstance(above, ast.Assign):
            tables = above.targets
        elif isinstance(above, ast.AnnAssign):
            tables = [above.target]
        for where in dict.fromkeys((module, *(other for table in tables for other in self._sees(module, table)))):
            for call in _calls_of_variables(where):
                yield from self._call_of_value(where, call, function)

    def _sees(self, module: Module, table: ast.expr) -> Iterator[Module]:
        """The other modules that may read a variable or an attribute of a module."""
        if isinstance(table, ast.Attribute):
            yield from self.mentioning(f".{table.attr}")
        elif isinstance(table, ast.Name) and module.scopes[table] is module.scope:
            files = importing(self.project, module.path, table.id)
            yield from self.inference.looking_through(
                other for file in files if (other := self.project.try_module(file)) is not None
            )

    def _returned(self, module: Module, statement: ast.Return, function: Function, depth: int) -> Iterator[Edge]:
        """A function that another makes and returns: what is done with it where that is called."""
        maker = module.function_of(statement)
        for edge in self.edges(maker) if maker is not None else ():
            if edge.kind is EdgeKind.CALL and isinstance(edge.node, ast.Call):
                yield from self.passed_on(edge.module, edge.node, function, depth + 1)

    def _assigned(
        self, module: Module, targets: Sequence[ast.expr], node: ast.expr, function: Function, depth: int
    ) -> Iterator[Edge]:
        """A function under another name, or in an attribute."""
        for target in targets:
            name = last_name(target)
            if name is None:
                continue
            yield from self._calls_of_value(module, name, function)
            if isinstance(target, ast.Name) and depth < limits.MAX_HANDS:
                yield from self._under_another_name(module, target, function, depth + 1)
            if isinstance(target, ast.Attribute):
                if self._holds_handler(module, target):
                    yield self._handler(module, target, node, function)
                for other in self.mentioning(name):
                    if other is not module:
                        yield from self._calls_of_value(other, name, function)

    def _holds_handler(self, module: Module, target: ast.Attribute) -> bool:
        """Whether a library runs what an attribute holds whenever something arrives: `client.on_message = f`."""
        owners = higher_order.ARRIVING_ATTRIBUTES.get(target.attr)
        return owners is not None and any(
            isinstance(value, Result) and value.name.startswith(owners)
            for value in self.inference.values(module, target.value)
        )

    def _handler(self, module: Module, target: ast.Attribute, node: ast.expr, function: Function) -> Edge:
        """The runs of a function that such an attribute holds."""
        skip = 1 if self._is_bound(module, node, function) else 0
        return Edge(module, target, EdgeKind.EVENT, skip, label=target.attr, target=node)

    def _under_another_name(self, module: Module, target: ast.Name, function: Function, depth: int) -> Iterator[Edge]:
        """`loss = lambda: ...`, and then `optimizer.minimize(loss)`."""
        for node in module.names.get(target.id, ()):
            if isinstance(node.ctx, ast.Load) and not is_callee(module, node):
                values = self.inference.values(module, node)
                if any(isinstance(value, FunctionObject) and value.function is function for value in values):
                    yield from self.passed_on(module, node, function, depth)

    def _calls_of_value(self, module: Module, name: str, function: Function) -> Iterator[Edge]:
        for call in module.calls.get(name, ()):
            yield from self._call_of_value(module, call, function)

    def _call_of_value(self, module: Module, call: ast.Call, function: Function) -> Iterator[Edge]:
        for value in self.inference.values(module, call.func):
            if isinstance(value, FunctionObject) and value.function is function:
                yield Edge(module, call, skip=1 if value.receiver is not None and function.is_method else 0)
                break

    def _argument(self, given: Handing) -> Iterator[Edge]:
        """What a call does with a function that it is given, by the first that knows the call."""
        known = (self._by_callee, self._by_partial, self._by_name, self._by_keras)
        edges = next((found for reading in known if (found := reading(given)) is not None), None)
        return iter(edges) if edges is not None else self._handed_over(given)

    def _by_callee(self, given: Handing) -> Iterable[Edge] | None:
        """A callable that traces or differentiates, or a function of the project."""
        for callee in self.inference.values(given.module, given.call.func):
            edge = self._tracer(given.module, given.call, callee)
            if edge is not None:
                return (edge,)
            if isinstance(callee, FunctionObject | ClassObject):
                return self._through_parameter(given, callee)
        return None

    def _by_partial(self, given: Handing) -> Iterable[Edge] | None:
        """`partial(f, 1)`, and `partial(play, policy=f)`."""
        if given.name != "partial":
            return None
        if given.first:
            return self._of_partial(given)
        return self._within_partial(given) if given.call.args and given.depth < limits.MAX_HANDS else ()

    def _of_partial(self, given: Handing) -> Iterator[Edge]:
        module, call, function = given.module, given.call, given.function
        bound = any(isinstance(v, FunctionObject) and v.receiver for v in self.inference.values(module, given.node))
        for edge in self.passed_on(module, call, function, given.depth):
            skip = max(edge.skip, 1 if bound and function.is_method else 0)
            if edge.module is module:
                yield replace(edge, partial=call, skip=skip)
            else:
                # What the partial fills stands in another module than the call: it cannot be read from there.
                yield replace(edge, skip=skip + len(call.args) - 1)

    def _within_partial(self, given: Handing) -> Iterator[Edge]:
        module, call = given.module, given.call
        for callee in self.inference.values(module, call.args[0]):
            if isinstance(callee, FunctionObject):
                for parameter in callee.function.parameters:
                    skip = 1 if self._is_bound(module, call.args[0], callee.function) else 0
                    if passed(call.keywords, call.args[1:], callee.function, parameter, skip) is given.node:
                        yield from self._taken_anywhere(callee.function, parameter.arg, given.function, given.depth)

    def _by_name(self, given: Handing) -> Iterable[Edge] | None:
        """`delayed(f)(x)`, `optimizer.minimize(loss)`, `sorted(xs, key=f)`, methods of a data set."""
        module, call, name = given.module, given.call, given.name
        if name == "delayed" and given.first:
            outer = module.parents.get(call)
            if not isinstance(outer, ast.Call) or outer.func is not call:
                return ()
            return (Edge(module, outer, skip=1 if given.function.is_method else 0),)
        if name == "minimize" and (given.first or given.keyword == "loss"):
            if _minimizes_weights(call, self.inference.values(module, call.func)):
                return (Edge(module, call, EdgeKind.DIFFERENTIATED, label=higher_order.MINIMIZES),)
        if name in higher_order.KEYED and given.keyword == "key":
            return self._keyed(module, call, name)
        if name in higher_order.DATASET_METHODS and given.first and isinstance(call.func, ast.Attribute):
            if Basic.DATASET in self.inference.values(module, call.func.value):
                return (Edge(module, call, EdgeKind.TRACED, label=f"Dataset.{name}"),)
        return None

    def _by_keras(self, given: Handing) -> Iterable[Edge] | None:
        """What Keras traces: losses and metrics that are compiled or added, what a distribution strategy runs."""
        module, call, name, keyword = given.module, given.call, given.name, given.keyword
        if name == "compile":
            if keyword is None and len(call.args) > 1 and call.args[1] is given.node:
                keyword = "loss"
            if keyword not in ("loss", "metrics", "weighted_metrics"):
                return None
            if any(k.arg == "run_eagerly" and _is_true(k.value) for k in call.keywords):
                return ()
            label = "a compiled loss" if keyword == "loss" else "a compiled metric"
            return (Edge(module, call, EdgeKind.TRACED, label=label),)
        if name in ("add_loss", "add_metric"):
            return (Edge(module, call, EdgeKind.TRACED, label=f"model.{name}"),)
        if name == "experimental_run_v2" or (name == "run" and _looks_like_strategy(call)):
            return (Edge(module, call, EdgeKind.TRACED, label="strategy.run"),)
        return None

    @staticmethod
    def _keyed(module: Module, call: ast.Call, name: str) -> Iterator[Edge]:
        """`sorted(xs, key=f)`, `max(xs, key=f)`, `xs.sort(key=f)`."""
        position = higher_order.KEYED[name]
        if position is None:
            collection = call.func.value if isinstance(call.func, ast.Attribute) else None
        else:
            collection = call.args[position] if position < len(call.args) else None
        yield Edge(module, call, EdgeKind.EACH, element_of=collection, label=name)

    def _handed_over(self, given: Handing) -> Iterator[Edge]:
        """A callable of a library gets our function: as what it runs, or as an argument of what it runs."""
        module, call, node, function = given.module, given.call, given.node, given.function
        row = self._row(module, call)
        if row is None:
            return
        if is_function_of(row, call, node, given.keyword):
            edge = self._run_by(module, call, row, node, function)
            if edge is not None:
                yield edge
        elif given.depth < limits.MAX_HANDS and row.kind is EdgeKind.CALL:
            yield from self._as_its_argument(module, call, row, node, function, given.depth)

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
            accumulates=row.accumulates,
        )

    def _is_bound(self, module: Module, node: ast.expr, function: Function) -> bool:
        """Whether an expression names a method together with its object, so that it fills the first parameter."""
        return function.is_method and any(
            (isinstance(value, FunctionObject) and value.function is function and value.receiver is not None)
            or self.runs_as(value, function)
            for value in self.inference.values(module, node)
        )

    def runs_as(self, value: Value, function: Function) -> bool:
        """Whether an object runs this very `__call__` where it is called, or `__getitem__` where it is indexed."""
        return isinstance(value, Instance) and self.inference.method(value.cls, function.name) is function

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

    def _through_parameter(self, given: Handing, callee: FunctionObject | ClassObject) -> Iterator[Edge]:
        """A function of the project takes ours as a parameter: calls of that parameter, and of where it keeps it."""
        if isinstance(callee, ClassObject):
            taker = self.inference.method(callee.cls, "__init__")
            skip = 1
        else:
            taker = callee.function
            skip = 1 if callee.receiver is not None and taker.is_method else 0
        if taker is None:
            return
        parameter, call = given.keyword, given.call
        if parameter is None and given.node in call.args:
            index = call.args.index(given.node) + skip
            parameters = taker.parameters
            parameter = parameters[index].arg if index < len(parameters) else None
        if parameter is not None:
            handed = Edge(given.module, call, skip=skip)
            yield from self._taken(taker, parameter, handed, given.function, given.depth)

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
            parent, onwards = inner.parents[name], depth < limits.MAX_HANDS
            if onwards and isinstance(parent, ast.Return | ast.Lambda) and isinstance(handed.node, ast.expr):
                # It gives the function back to who has handed it over.
                yield from self.passed_on(handed.module, handed.node, function, depth + 1)
                continue
            if isinstance(parent, ast.Assign) and parent.value is name:
                for target in parent.targets:
                    if isinstance(target, ast.Attribute):
                        yield from self._calls_of_value(inner, target.attr, function)
                        if self._holds_handler(inner, target):
                            yield self._handler(inner, target, name, function)
                    elif isinstance(target, ast.Name) and onwards and len(_bindings(taker, target.id)) == 1:
                        yield from self._taken(taker, target.id, handed, function, depth + 1)
            elif onwards and (
                isinstance(parent, ast.keyword | ast.Tuple | ast.List | ast.Dict) or _is_argument(parent, name)
            ):
                for edge in self.passed_on(inner, name, function, depth + 1):
                    yield _only_where(taker, handed, edge)


def _bindings(function: Function, name: str) -> Sequence[Binding]:
    """What a function itself binds to a name."""
    return function.scope.bindings.get(name, ())


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


def is_callee(module: Module, node: ast.expr) -> bool:
    parent = module.parents.get(node)
    return isinstance(parent, ast.Call) and parent.func is node


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


def _unpacked_into(module: Module, literal: ast.expr, node: ast.expr) -> list[ast.expr]:
    """What gets an item of a tuple or list that is unpacked at once: `self.step` of `self.env, self.step = env, f`."""
    statement = module.parents.get(literal)
    if not isinstance(literal, ast.Tuple | ast.List) or not isinstance(statement, ast.Assign):
        return []
    if any(isinstance(item, ast.Starred) for item in literal.elts):
        return []
    place = literal.elts.index(node)
    return [
        target.elts[place]
        for target in statement.targets
        if isinstance(target, ast.Tuple | ast.List)
        and len(target.elts) == len(literal.elts)
        and not any(isinstance(item, ast.Starred) for item in target.elts)
    ]


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def _looks_like_strategy(call: ast.Call) -> bool:
    owner = call.func.value if isinstance(call.func, ast.Attribute) else None
    name = last_name(owner) or ""
    return "strategy" in name.lower()


def _calls_of_variables(module: Module) -> list[ast.Call]:
    """The calls of what a variable, a table or a condition gives: `run(x)` behind `run = fast`, `MODES[mode](x)`."""

    def found() -> list[ast.Call]:
        return [call for call in module.order.within(module.tree, ast.Call) if _is_variable(module, call.func)]

    return module.once("calls of variables", found)


def _is_variable(module: Module, callee: ast.expr) -> bool:
    if isinstance(callee, ast.Name):
        kinds = {binding.kind for binding in bindings_of(module, callee)}
        return bool(kinds & {BindingKind.ASSIGN, BindingKind.ITERATION})
    return isinstance(callee, ast.Subscript | ast.IfExp | ast.BoolOp | ast.Call)
