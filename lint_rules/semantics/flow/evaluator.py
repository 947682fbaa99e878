"""What is this expression, in an abstract domain, wherever its value comes from?

The evaluator follows a value: through names and their reaching definitions, parameters and what the call chain passes
for them, returns of functions, attributes of objects, items that are unpacked, elements that are iterated. A `Domain`
says only what literals, operators and library calls do to its values. An answer holds every value that the code shows
(*may*) and tells whether a source was out of sight, so that it says as well what holds on all ways (*must*).

A question that is asked while it is being answered adds nothing at first, and is then asked again from what it gave,
until it gives the same: the least fixed point.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable, Iterator
from typing import Any, Generic, TypeVar

from lint_rules.semantics.calls.call_graph import Callers
from lint_rules.semantics.calls.edges import Edge, Handed
from lint_rules.semantics.domains.values import ClassObject, FunctionObject, Instance, ModuleObject
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.activations import Activation, Place
from lint_rules.semantics.flow.additions import Additions, additions_to, additions_to_attribute, stored_under_keys
from lint_rules.semantics.flow.answers import Answer, StoredAttribute, StoredGlobal, join, unknown
from lint_rules.semantics.flow.domain import Domain, Given
from lint_rules.semantics.flow.exposure import is_attribute_exposed, is_exposed
from lint_rules.semantics.flow.feasibility import returns_left_open
from lint_rules.semantics.flow.iterators import is_next, iterated
from lint_rules.semantics.flow.own_objects import objects
from lint_rules.semantics.flow.read_back import argument_for, fields, read_back
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.flow.wrapping import is_partial, wrapping_of
from lint_rules.semantics.knowledge.decorators import CONTEXT_MANAGERS, GIVE_WHAT_IS_RETURNED, PROPERTIES
from lint_rules.semantics.knowledge.iteration import GIVES_ITSELF, RANGES, WALKS
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import AttributeStore, Class, Function, Module, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

V = TypeVar("V", bound=Hashable)

_BEGUN: Answer[Any] = Answer()
"""What those get who ask a question that is being answered."""


class Evaluator(Generic[V]):
    """Evaluates the expressions of one project in one domain.

    `given` is what a question says by itself of some expressions, which are then not followed; None of all others.
    """

    def __init__(self, project: Project, domain: Domain[V], given: Given[V] | None = None) -> None:
        self.project = project
        self.domain = domain
        self.given = given
        self.callers = Callers.of(project)
        self.types = self.callers.inference

    def _ask(self, key: object, answer: Callable[[], Answer[V]]) -> Answer[V]:
        nothing: Answer[V] = unknown()
        return self.project.memo.ask(
            (self, key), answer, nothing, cycle=_BEGUN, widen=Answer.incomplete, most=limits.MAX_EVALUATED
        )

    # Expressions

    def evaluate(self, place: Place) -> Answer[V]:
        """What an expression is."""
        run = place.run.of(place.module.function_of(place.node)) if place.run is not None else None
        place = Place(place.module, place.node, run if run is not None else self._outer(place))
        if isinstance(place.node, ast.Name | ast.Constant):
            return self._typed(place)
        return self._ask((place.node, place.run), lambda: self._typed(place))

    def _typed(self, place: Place) -> Answer[V]:
        """What the question or the code says that an expression is, else what its type says."""
        given = self.given(self, place) if self.given is not None else None
        if given is not None:
            return given
        found = self._expression(place)
        return found if found.values else self.domain.of_type(self, place, found)

    @staticmethod
    def _outer(place: Place) -> Activation | None:
        """The run of an enclosing function, for what a nested one reads of it."""
        function = place.module.function_of(place.node)
        run = place.run
        while function is not None and run is not None:
            parent = function.scope.parent
            function = parent.function if parent is not None else None
            if (found := run.of(function)) is not None:
                return found
        return None

    def _expression(self, place: Place) -> Answer[V]:
        node = place.node
        if isinstance(node, ast.Name):
            return self._definitions(place, node)
        if isinstance(node, ast.NamedExpr | ast.Await | ast.Starred):
            return self.evaluate(place.at(node.value))
        if isinstance(node, ast.IfExp):
            return self.evaluate(place.at(node.body)) | self.evaluate(place.at(node.orelse))
        if isinstance(node, ast.BoolOp):
            return join(self.evaluate(place.at(item)) for item in node.values)
        kept = read_back(self.types, place.module, node)
        if kept is not None:
            return self.evaluate(place.at(kept))
        if isinstance(node, ast.Attribute):
            return self._attribute(place, node)
        if isinstance(node, ast.Call):
            return self._call(place, node)
        if isinstance(node, ast.Subscript):
            return self._subscript(place, node)
        return self.domain.expression(self, place)

    # Names

    def _definitions(self, place: Place, node: ast.Name) -> Answer[V]:
        bindings = [binding for binding in bindings_of(place.module, node) if binding.kind is not BindingKind.DECLARE]
        if not bindings:
            return unknown()
        found = join(self._binding(place, binding) for binding in bindings)
        scope = bindings[0].scope
        return found.assuming(StoredGlobal(place.module, node.id)) if scope is place.module.scope else found

    def _binding(self, place: Place, binding: Binding) -> Answer[V]:
        return self._ask(
            (binding, place.run.of(binding.scope.function) if place.run else None), lambda: self._bound(place, binding)
        )

    def _bound(self, place: Place, binding: Binding) -> Answer[V]:
        kind, value = binding.kind, binding.value
        if kind is BindingKind.ASSIGN and value is not None:
            return self._assigned(place, binding, value)
        if kind is BindingKind.AUGMENT and isinstance(binding.node, ast.AugAssign):
            target = binding.node.target
            before = self._definitions(place, target) if isinstance(target, ast.Name) else unknown()
            again = isinstance(target, ast.Name) and binding in bindings_of(place.module, target)
            return self.domain.augmented(binding.node, before, self.evaluate(place.at(binding.node.value)), again)
        if kind is BindingKind.ITERATION and value is not None:
            return self.unpacked(self.element(place.at(value)), binding.path)
        if kind is BindingKind.WITH and value is not None:
            return self.unpacked(self._entered(place.at(value)), binding.path)
        if kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg) and binding.scope.function is not None:
            passed = self._parameter(place, binding.scope.function, binding.node)
            return self._changed(place, binding, passed)
        if kind is BindingKind.IMPORT_FROM and isinstance(binding.node, ast.alias):
            return self._imported(place.module, binding.node)
        return unknown()

    def _assigned(self, place: Place, binding: Binding, value: ast.expr) -> Answer[V]:
        return self._changed(place, binding, self.unpacked(self.evaluate(place.at(value)), binding.path))

    def _changed(self, place: Place, binding: Binding, made: Answer[V]) -> Answer[V]:
        """What a name holds after all that is put into it, if it is something that can be filled."""
        if not any(self.domain.is_container(value) for value in made.values):
            return made
        stored = tuple(self.evaluate(place.at(node)) for node in stored_under_keys(place.module, binding))
        if stored:
            made = made.then(lambda start: self.domain.filled(start, stored))
        additions = additions_to(place.module, binding)
        return self._grown(place, made, additions, is_exposed(self.types, place.module, binding))

    def _grown(self, place: Place, made: Answer[V], additions: Additions, exposed: bool) -> Answer[V]:
        if additions:
            added = join(
                self.element(place.at(node)) if node in additions.lists else self.evaluate(place.at(node))
                for node in additions.nodes
            )
            walked = (
                self.domain.counted(self, place.at(additions.walked)) if additions.walked is not None else unknown()
            )
            made = made.then(lambda start: self.domain.grown(start, additions, added, walked))
        return made.incomplete() if exposed else made

    def _entered(self, place: Place) -> Answer[V]:
        """What `with node as x` gives the name."""
        node = place.node
        for value in objects(self.types, place):
            method = self.types.method(value.cls, "__enter__") if isinstance(value, Instance) else None
            if method is not None:
                return self._given_by(place, method, Edge(place.module, node, skip=1, on=node)).incomplete()
        if isinstance(node, ast.Call):
            managers = [
                self._given_out(place, node, function, skip)
                for function, skip in self.called(place, node)
                if function.has_decorator(*CONTEXT_MANAGERS)
            ]
            if managers:
                return join(managers)
        return self.evaluate(place)

    def unpacked(self, answer: Answer[V], path: tuple[int, ...]) -> Answer[V]:
        """What stands at a place in nested tuples."""
        for index in path:
            answer = answer.then(lambda value, at=index: self.domain.item(value, at))  # type: ignore[misc]
        return answer

    def _imported(self, module: Module, alias: ast.alias) -> Answer[V]:
        statement = module.parents[alias]
        assert isinstance(statement, ast.ImportFrom)
        target = self.project.find_module(statement.module or "", module.path, statement.level)
        other = self.project.try_module(target) if target is not None and target.suffix in (".py", ".ipynb") else None
        bindings = other.scope.bindings.get(alias.name, ()) if other is not None else ()
        if other is None or not bindings:
            return unknown()
        found = join(self._binding(Place(other, other_node(binding)), binding) for binding in bindings)
        return found.assuming(StoredGlobal(other, alias.name))

    # Parameters

    def _parameter(self, place: Place, function: Function, parameter: ast.arg) -> Answer[V]:
        arguments = function.node.args
        parameters = function.parameters
        run = place.run.of(function) if place.run is not None else None
        if parameter is arguments.kwarg or (function.is_method and parameters and parameters[0] is parameter):
            return unknown()
        if run is not None and run.edge is not None:
            return self._passed(run, run.edge, parameter)
        edges = self.callers.edges(function)
        if not edges or len(edges) > limits.MAX_CALLERS_FOLLOWED:
            return self._default(function, parameter).incomplete()
        found = join(self._passed(Activation(function, edge), edge, parameter) for edge in edges)
        return Answer(found.values, found.complete, found.assumes | {function})

    def _passed(self, run: Activation, edge: Edge, parameter: ast.arg) -> Answer[V]:
        if parameter is run.function.node.args.vararg:
            rest = edge.rest(run.function)
            places = [Place(edge.module, item, run.outer) for item in rest or ()]
            return self.domain.packed(tuple(map(self.evaluate, places))) if rest is not None else unknown()
        argument = edge.argument(run.function, parameter)
        if argument is not None:
            return self.evaluate(Place(edge.module, argument, run.outer))
        element = edge.element(run.function, parameter)
        if element is not None:
            collection, path = element
            return self.unpacked(self.element(Place(edge.module, collection, run.outer)), path)
        spread = edge.spread(run.function, parameter)
        if spread is not None:
            items, index = spread
            given = self.unpacked(self.evaluate(Place(edge.module, items, run.outer)), (index,))
            # A shorter list leaves the default.
            required = run.function.default_of(parameter) is None
            return given if required else given.incomplete() | self._default(run.function, parameter)
        found = self._default(run.function, parameter)
        return found if edge.is_plain() else found.incomplete()

    def _default(self, function: Function, parameter: ast.arg) -> Answer[V]:
        default = function.default_of(parameter)
        return self.evaluate(Place(function.module, default)) if default is not None else unknown()

    # Calls

    def _call(self, place: Place, node: ast.Call) -> Answer[V]:
        walked = iterated(place.module, node) if is_next(node) else None
        if walked is not None:
            return self.element(place.at(walked))
        functions = list(self.called(place, node))
        if not functions:
            return self.domain.expression(self, place)
        wrapping = wrapping_of(self.types, place.module, node.func)
        if wrapping is None:
            found = join(self.returned(place, node, function, skip) for function, skip in functions)
        else:
            found = join(self._returned_within(place, node, function, skip, wrapping) for function, skip in functions)
        for function, _ in functions:
            if function.owner is not None:
                found = found.assuming(StoredAttribute(function.owner, function.name))
                if function.name in ("next", "__next__"):
                    found = found.map(self.domain.yielded)
        return found if self._calls_nothing_else(place.module, node.func) else found.incomplete()

    def _calls_nothing_else(self, module: Module, function: ast.expr) -> bool:
        """Whether all that a called expression can be is shown, and a function of the project."""
        if isinstance(function, ast.Name) and not all(
            binding.kind in (BindingKind.FUNCTION, BindingKind.DECLARE) or self.types.binding(module, binding)
            for binding in bindings_of(module, function)
        ):
            return False
        return all(isinstance(value, FunctionObject | Instance) for value in self.types.values(module, function))

    def _returned_within(
        self, place: Place, node: ast.Call, function: Function, skip: int, wrapping: ast.Call
    ) -> Answer[V]:
        """What a call gives of `f = partial(function, ...)`, or of a function that something else was made of."""
        if not is_partial(wrapping):
            return self.returned(place, node, function, skip).incomplete()
        edge = Edge(place.module, node, skip=skip, partial=wrapping)
        inner = self._enter(place, function, edge)
        if inner is None or function.is_generator:
            return unknown()
        return self._results(function, inner)

    def called(self, place: Place, node: ast.Call) -> Iterator[tuple[Function, int]]:
        """The functions of the project that a call runs, each with how many parameters its receiver fills."""
        for callee in objects(self.types, place.at(node.func)):
            if isinstance(callee, FunctionObject):
                bound = callee.receiver is not None and callee.function.is_method
                for function in self.types.implementations(callee.function):
                    yield function, 1 if bound else 0
            elif isinstance(callee, Instance):
                method = self.types.method(callee.cls, "__call__")
                if method is not None:
                    yield method, 1

    def returned(self, place: Place, node: ast.Call, function: Function, skip: int) -> Answer[V]:
        """What a call gives that runs a function of the project."""
        inner = self._enter(place, function, Edge(place.module, node, skip=skip))
        if inner is None or function.is_generator:
            return unknown()
        return self._results(function, inner)

    def _results(self, function: Function, run: Activation) -> Answer[V]:
        """What a run of a function returns, if no decorator makes another of it."""
        if not function.returns:
            return unknown()
        results = returns_left_open(function, run.edge) if run.edge is not None else function.returns
        found = join(self.evaluate(Place(function.module, result, run)) for result in results)
        plain = all(last_name(decorator) in GIVE_WHAT_IS_RETURNED for decorator in function.decorators)
        return found if plain else found.incomplete()

    def _edge(self, place: Place, node: ast.Call, skip: int) -> Edge:
        """The edge of a call; what a `partial` has filled before is part of it."""
        wrapping = wrapping_of(self.types, place.module, node.func)
        partial = wrapping if wrapping is not None and is_partial(wrapping) else None
        return Edge(place.module, node, skip=skip, partial=partial)

    @staticmethod
    def _enter(place: Place, function: Function, edge: Edge) -> Activation | None:
        """The run of a function that an edge makes; None where that is a recursion too deep to follow."""
        run = Activation(function, edge, place.run)
        return run if run.depth <= limits.MAX_CHAIN else None

    # Elements

    def element(self, place: Place) -> Answer[V]:
        """What iterating over an expression gives: the elements of a list, the rows of an array, what a generator
        yields."""
        return self._ask(("element", place.node, place.run), lambda: self._element(place))

    def _element(self, place: Place) -> Answer[V]:
        node = place.node
        if isinstance(node, ast.Name):
            bindings = bindings_of(place.module, node)
            plain = [b for b in bindings if b.kind is BindingKind.ASSIGN and not b.path and b.value is not None]
            if bindings and len(plain) == len(bindings):
                return join(
                    self.element(place.at(binding.value))
                    if isinstance(binding.value, ast.Call) and not additions_to(place.module, binding)
                    else self._binding(place, binding).then(self.domain.element)
                    for binding in plain
                    if binding.value is not None
                )
        methods = [
            method
            for value in objects(self.types, place)
            if isinstance(value, Instance)
            for method in self._iterating(value.cls)
        ]
        if methods:
            # One by one, whether a generator yields them or `__next__` returns them.
            edge = Edge(place.module, node, skip=1, on=node)
            return join(self._given_by(place, method, edge).map(self.domain.yielded) for method in methods)
        if isinstance(node, ast.Call):
            return self._element_of_call(place, node)
        if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            return self.evaluate(place.at(node.elt))
        return self.evaluate(place).then(self.domain.element)

    def _iterating(self, cls: Class) -> list[Function]:
        for name in ("__iter__", "__next__", "__getitem__"):
            method = self.types.method(cls, name)
            if method is not None and (method.is_generator or name != "__iter__"):
                return [method]
        return []

    def _given_by(self, place: Place, method: Function, edge: Edge) -> Answer[V]:
        """What a method gives that Python runs on an object."""
        inner = self._enter(place, method, edge)
        results = method.yields if method.is_generator else method.returns
        if inner is None or not results:
            return unknown()
        found = join(self.evaluate(Place(method.module, result, inner)) for result in results)
        return found.map(self.domain.yielded) if method.is_generator else found

    def _element_of_call(self, place: Place, node: ast.Call) -> Answer[V]:
        functions = list(self.called(place, node))
        name = node.func.id if isinstance(node.func, ast.Name) and not functions else None
        arguments = [argument for argument in node.args if not isinstance(argument, ast.Starred)]
        if name == "zip" and arguments:
            return self.domain.packed(tuple(self.element(place.at(argument)) for argument in arguments))
        if name == "enumerate" and arguments:
            return self.domain.packed((self.domain.count(), self.element(place.at(arguments[0]))))
        if not functions and last_name(node.func) in RANGES:
            return self.domain.count()
        if name == "map" and len(arguments) == 2:
            return self._mapped(place, arguments[0], arguments[1])
        if not functions and last_name(node.func) in WALKS and arguments:
            return self.element(place.at(arguments[0]))
        if isinstance(node.func, ast.Attribute) and not node.args:
            if node.func.attr == "values":
                return self._held(place.at(node.func.value))
            if node.func.attr == "items":
                return self.domain.packed((unknown(), self._held(place.at(node.func.value))))
            if node.func.attr in GIVES_ITSELF:
                return self.element(place.at(node.func.value))
        generators = [(function, skip) for function, skip in functions if function.is_generator]
        if generators:
            return join(self._yielded(place, node, function, skip) for function, skip in generators)
        if functions:
            return join(self._element_returned(place, node, function, skip) for function, skip in functions)
        return self.evaluate(place).then(self.domain.element)

    def _held(self, place: Place) -> Answer[V]:
        """The values of a dict one by one."""
        return self.evaluate(place).then(self.domain.held)

    def _yielded(self, place: Place, node: ast.Call, function: Function, skip: int) -> Answer[V]:
        return self._given_out(place, node, function, skip).map(self.domain.yielded)

    def _given_out(self, place: Place, node: ast.Call, function: Function, skip: int) -> Answer[V]:
        """What the generator yields that a call makes."""
        inner = self._enter(place, function, self._edge(place, node, skip))
        if inner is None or not function.yields:
            return unknown()
        return join(self.evaluate(Place(function.module, result, inner)) for result in function.yields)

    def _element_returned(self, place: Place, node: ast.Call, function: Function, skip: int) -> Answer[V]:
        inner = self._enter(place, function, self._edge(place, node, skip))
        if inner is None or not function.returns:
            return unknown()
        return join(self.element(Place(function.module, result, inner)) for result in function.returns)

    def _mapped(self, place: Place, function: ast.expr, iterable: ast.expr) -> Answer[V]:
        """What `map(function, iterable)` gives one by one."""
        found: list[Answer[V]] = []
        for callee in self.types.values(place.module, function):
            if not isinstance(callee, FunctionObject) or not callee.function.returns:
                return unknown()
            call = place.module.parents.get(function)
            if not isinstance(call, ast.Call):
                return unknown()
            edge = Edge(place.module, call, skip=1 if callee.receiver is not None else 0, element_of=iterable)
            inner = self._enter(place, callee.function, _each(edge))
            results = callee.function.returns
            found += [self.evaluate(Place(callee.function.module, result, inner)) for result in results if inner]
        return join(found) if found else unknown()

    # Attributes and subscripts of objects

    def _attribute(self, place: Place, node: ast.Attribute) -> Answer[V]:
        found: list[Answer[V]] = []
        for value in objects(self.types, place.at(node.value)):
            if isinstance(value, ModuleObject):
                found.append(self._global(value, node.attr))
            elif isinstance(value, Instance | ClassObject):
                found.append(self._member(place, node, value))
        if not found:
            return self.domain.expression(self, place)
        return join(found)

    def _global(self, target: ModuleObject, name: str) -> Answer[V]:
        module = self.project.try_module(target.path) if target.path.suffix in (".py", ".ipynb") else None
        bindings = module.scope.bindings.get(name, ()) if module is not None else ()
        if module is None or not bindings:
            return unknown()
        found = join(self._binding(Place(module, other_node(binding)), binding) for binding in bindings)
        return found.assuming(StoredGlobal(module, name))

    def _member(self, place: Place, node: ast.Attribute, value: Instance | ClassObject) -> Answer[V]:
        lineage = self.types.lineage(value.cls)
        method = self.types.method(value.cls, node.attr)
        if method is not None:
            if not method.has_decorator(*PROPERTIES):
                return unknown()
            return self._given_by(place, method, Edge(place.module, node, skip=1, on=node.value))
        found = [self._stored(value, cls, store) for cls in lineage for store in cls.stores.get(node.attr, ())]
        found += [self._stored_outside(place, node)]
        for cls in lineage:
            for binding in cls.scope.bindings.get(node.attr, ()):
                filled = self._field(value, cls, node.attr) if isinstance(value, Instance) else None
                if filled is not None:
                    found.append(filled)
                elif binding.value is not None and _is_none(binding.value):
                    found.append(self.domain.unset())
                else:
                    found.append(self._binding(Place(cls.module, other_node(binding)), binding))
        known_answers = [answer for answer in found if answer.values or not answer.complete]
        if not known_answers:
            return unknown()
        held = join(known_answers).assuming(StoredAttribute(value.cls, node.attr))
        if not any(self.domain.is_container(item) for item in held.values):
            return held
        for cls in lineage:
            exposed = is_attribute_exposed(self.types, cls, node.attr)
            held = self._grown(Place(cls.module, node), held, additions_to_attribute(cls, node.attr), exposed)
        return held

    def _stored(self, value: Instance | ClassObject, cls: Class, store: AttributeStore) -> Answer[V]:
        if store.value is None or store.kind is BindingKind.AUGMENT:
            return unknown()
        if _is_none(store.value):
            return self.domain.unset()
        function = cls.module.function_of(store.target)
        run = None
        if function is not None and isinstance(value, Instance) and value.origin is not None:
            run = self.run_on(value, function)
        place = Place(cls.module, store.value, run)
        answer = self.element(place) if store.kind is BindingKind.ITERATION else self.evaluate(place)
        return self.unpacked(answer, store.path)

    def run_on(self, value: Instance, method: Function) -> Activation:
        """The run of a method on an object; of its `__init__`, the one that makes it."""
        made = value.origin
        is_own = method.name == "__init__" and self.types.method(value.cls, "__init__") is method
        if is_own and made is not None and isinstance(made.node, ast.Call):
            return Activation(method, Edge(made.module, made.node, skip=1), receiver=value)
        return Activation(method, None, receiver=value)

    def _stored_outside(self, place: Place, node: ast.Attribute) -> Answer[V]:
        """What the same function stores on the object: `run.model = model; run.model.predict(x)`."""
        owner = node.value
        module = place.module
        if not isinstance(owner, ast.Name) or module.own_method(owner) is not None:
            return Answer()
        scope = module.scopes[owner].find(owner.id)
        return join(
            self.unpacked(self.evaluate(Place(module, store.value, place.run)), store.path)
            for store in module.stores.get(node.attr, ())
            if store.value is not None
            and isinstance(store.target.value, ast.Name)
            and store.target.value.id == owner.id
            and module.scopes[store.target.value].find(owner.id) is scope
        )

    def _field(self, value: Instance, cls: Class, name: str) -> Answer[V] | None:
        """A field that is declared in the class and filled by the call that makes the object: a dataclass's."""
        made = value.origin
        if made is None or not isinstance(made.node, ast.Call) or self.types.method(cls, "__init__") is not None:
            return None
        if any(isinstance(argument, ast.Starred) for argument in made.node.args):
            return unknown()
        given = argument_for(made.node, name, fields(self.types, cls))
        return self.evaluate(Place(made.module, given)) if given is not None else None

    def _subscript(self, place: Place, node: ast.Subscript) -> Answer[V]:
        methods = [
            method
            for value in objects(self.types, place.at(node.value))
            if isinstance(value, Instance) and (method := self.types.method(value.cls, "__getitem__")) is not None
        ]
        if methods:
            edge = Edge(place.module, node, skip=1, on=node.value, handed=Handed((node.slice,)))
            return join(self._given_by(place, method, edge) for method in methods)
        return self.domain.expression(self, place)


def other_node(binding: Binding) -> ast.expr:
    """An expression that stands where a binding does."""
    return binding.value if binding.value is not None else ast.Constant(None)


def _each(edge: Edge) -> Edge:
    from lint_rules.records import replace
    from lint_rules.semantics.knowledge.higher_order import EdgeKind

    return replace(edge, kind=EdgeKind.EACH)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None
