"""What a value depends on: a backward slice through names, attributes and mutated objects.

Within one region (a loop, or a whole function) the slice follows a value back through the assignments that reach it,
through stores to attributes, and through method calls that change an object it reads (`env.step(action)` changes what
`env.state` gives next).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from lint_rules.semantics.inference import Inference
from lint_rules.semantics.modules import Function, Module, dotted, end, last_name, start
from lint_rules.semantics.reaching import bindings_of
from lint_rules.semantics.scopes import Binding, BindingKind
from lint_rules.semantics.selves import PURE, Attributes, base_text, both, changes_self, wanted_of_self
from lint_rules.semantics.values import External, FunctionObject, KerasModel, ModuleObject

_MAX_NODES = 4000
_EVERYTHING: Mapping[ast.AST, frozenset[str]] = {}


@dataclass(slots=True)
class Slice:
    """What a backward slice reached.

    `nodes` are all expressions in it; `element` tells that it reached the element of the region's own loop, `changes`
    that something it reads is bound or changed within the region; `parameters` are parameters of the function reached,
    `reads_self` that state of the instance was: the attributes `of_self`, None for any.
    """

    nodes: set[ast.AST] = field(default_factory=set)
    element: bool = False
    changes: bool = False
    parameters: set[str] = field(default_factory=set)
    reads_self: bool = False
    of_self: Attributes = frozenset()
    globals_read: set[str] = field(default_factory=set)

    def reaches(self, node: ast.AST) -> bool:
        return node in self.nodes

    def calls(self) -> list[ast.Call]:
        return [node for node in self.nodes if isinstance(node, ast.Call)]


@dataclass(frozen=True, slots=True)
class _Change:
    """What changes an object: a method call on it, or a value `stored` under an `index` or an `attribute` of it.

    `effect` is the place in the text behind which it has changed.
    """

    value: ast.expr
    effect: tuple[int, int]
    stored: bool = False
    attribute: str | None = None
    index: ast.expr | None = None


@dataclass(frozen=True, slots=True)
class _Reading:
    """What an expression wants of an object: all of it, unless one of these tells less.

    Only some `attributes`; only what it is at a `place` of the text, where the round has the object `anew`, or reads it
    at its `own` index, the loop's variable: what comes behind that place is for no later round.
    """

    attributes: Attributes = None
    place: tuple[int, int] = (0, 0)
    anew: bool = False
    own: frozenset[str] = frozenset()


_ALL = _Reading()
_Seen = set[tuple[str, _Reading]]


class Slicer:
    """Makes backward slices in one module; `region` bounds what counts as changing.

    A slice does not look into `stop` nor into `barriers`. Without `mutations` it asks which object a value is, not what
    state that object is in. Of the objects in `only` it wants no more than those attributes.
    """

    def __init__(
        self,
        inference: Inference,
        module: Module,
        region: ast.AST,
        stop: ast.AST | None = None,
        barriers: frozenset[ast.AST] = frozenset(),
        mutations: bool = True,
        only: Mapping[ast.AST, frozenset[str]] = _EVERYTHING,
    ) -> None:
        self.inference = inference
        self.module = module
        self.region = region
        self.stop = stop
        self.barriers = barriers
        self.mutations = mutations
        self.only = only
        self._inside: set[ast.AST] | None = None
        self._events: dict[str, list[_Change]] | None = None

    def inside(self, node: ast.AST) -> bool:
        """Whether a node lies in the region (in its body, not in the iterable of a `for`)."""
        if self._inside is None:
            self._inside = set()
            region = self.region
            if isinstance(region, ast.For | ast.AsyncFor):
                roots: list[ast.AST] = [region.target, *region.body]
            elif isinstance(region, ast.While):
                roots = [region.test, *region.body]
            elif isinstance(region, ast.Call):
                roots = list(region.args)
            else:
                roots = [region]
            for root in roots:
                self._inside.update(ast.walk(root))
        return node in self._inside

    def of(self, *expressions: ast.expr) -> Slice:
        """The backward slice of some expressions."""
        result = Slice()
        queue: list[ast.AST] = list(expressions)
        seen_text: _Seen = set()
        while queue and len(result.nodes) < _MAX_NODES:
            node = queue.pop()
            if node in result.nodes:
                continue
            result.nodes.add(node)
            if node is self.stop or node in self.barriers:
                continue
            if isinstance(node, ast.Name):
                if isinstance(node.ctx, ast.Load):
                    self._name(node, result, queue, seen_text)
                continue
            if isinstance(node, ast.Attribute):
                self._attribute(node, result, queue, seen_text)
            if isinstance(node, ast.Lambda):
                continue
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr | ast.comprehension | ast.keyword):
                    queue.append(child)
        return result

    # Names and attributes

    def _name(self, node: ast.Name, result: Slice, queue: list[ast.AST], seen: _Seen) -> None:
        module = self.module
        scope = module.scopes[node].find(node.id)
        if scope is None:
            # A name of a star import.
            self._mutations(node.id, node, result, queue, seen, self._reading(node))
            return
        function = module.scopes[node].function
        bindings = bindings_of(module, node)
        attributes: Attributes = None
        for binding in bindings:
            kind = binding.kind
            if kind in (BindingKind.IMPORT, BindingKind.IMPORT_FROM, BindingKind.FUNCTION, BindingKind.CLASS):
                return
            if kind is BindingKind.PARAMETER:
                if self._is_self(function, node):
                    result.reads_self = True
                    attributes = wanted_of_self(self.inference, module, node)
                    result.of_self = both(result.of_self, attributes)
                else:
                    result.parameters.add(node.id)
                continue
            if binding.node is self.region or self._own_generator(binding):
                result.element = True
                if binding.value is not None:
                    queue.append(binding.value)
                continue
            if scope.parent is None and function is not None:
                result.globals_read.add(node.id)
            if self.inside(binding.node):
                result.changes = True
                self._controls(binding.node, queue)
                if binding.value is not None:
                    queue.append(binding.value)
                if kind is BindingKind.AUGMENT:
                    queue.extend(self._earlier(binding))
            elif isinstance(self.region, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and binding.value:
                queue.append(binding.value)
            elif binding.value is not None and _is_alias(binding.value):
                # x = self.state before the loop: what changes self.state in the loop matters.
                queue.append(binding.value)
        reading = self._reading(node, self.only.get(node, attributes), self._has_anew(node, bindings))
        self._mutations(node.id, node, result, queue, seen, reading)

    def _reading(self, node: ast.Name, attributes: Attributes = None, anew: bool = False) -> _Reading:
        own = self._own_index(node)
        return _Reading(attributes, start(node), anew, own) if anew or own else _Reading(attributes)

    def _has_anew(self, node: ast.Name, bindings: list[Binding]) -> bool:
        """Whether each round of the loop binds a name to an object of its own before it is read."""
        if not isinstance(self.region, ast.For | ast.AsyncFor | ast.While) or not self.inside(node):
            return False
        return bool(bindings) and all(
            binding.node is self.region
            or (
                self.inside(binding.node)
                and binding.kind is BindingKind.ASSIGN
                and binding.value is not None
                and self._makes_anew(binding.value)
            )
            for binding in bindings
        )

    def _makes_anew(self, value: ast.expr) -> bool:
        """Whether an expression gives another object each time, and not what is kept somewhere."""
        if not isinstance(value, ast.Call):
            return isinstance(value, ast.BinOp | ast.ListComp)
        if last_name(value.func) in ("get", "setdefault", "iter", "next"):
            return False
        callees = self.inference.values(self.module, value.func)
        results = [node for callee in callees if isinstance(callee, FunctionObject) for node in callee.function.returns]
        return not any(isinstance(node, ast.Name | ast.Attribute | ast.Subscript) for node in results)

    def _own_index(self, node: ast.Name) -> frozenset[str]:
        """The variables of the loop, if a name stands for what the loop goes over, or is read at one of them only."""
        if not isinstance(self.region, ast.For | ast.AsyncFor):
            return frozenset()
        names = frozenset(item.id for item in ast.walk(self.region.target) if isinstance(item, ast.Name))
        if any(item is node for item in ast.walk(self.region.iter)):
            return names
        around: ast.AST | None = self.module.parents.get(node)
        while isinstance(around, ast.Attribute):
            around = self.module.parents.get(around)
        return names if isinstance(around, ast.Subscript) and _first(around.slice) in names else frozenset()

    def _own_generator(self, binding: Binding) -> bool:
        return isinstance(binding.node, ast.comprehension) and self.module.parents.get(binding.node) is self.region

    def _earlier(self, binding: Binding) -> list[ast.expr]:
        """`x += y` depends on the other bindings of x in the region too."""
        return [
            other.value
            for other in binding.scope.bindings.get(binding.name, ())
            if other is not binding and other.value is not None and self.inside(other.node)
        ]

    @staticmethod
    def _is_self(function: Function | None, node: ast.Name) -> bool:
        while function is not None:
            if function.is_method and function.parameters and function.parameters[0].arg == node.id:
                return True
            parent = function.scope.parent
            function = parent.function if parent is not None else None
        return False

    def _attribute(self, node: ast.Attribute, result: Slice, queue: list[ast.AST], seen: _Seen) -> None:
        text = dotted(node)
        if text is None or isinstance(node.ctx, ast.Store):
            return
        base: ast.expr = node
        while isinstance(base, ast.Attribute):
            base = base.value
        anew = isinstance(base, ast.Name) and self._has_anew(base, bindings_of(self.module, base))
        for store in self.module.stores.get(node.attr, ()):
            if anew and store.value is not None and end(store.value) > start(node):
                continue
            if dotted(store.target) == text and self.inside(store.target):
                result.changes = True
                self._controls(store.target, queue)
                if store.value is not None:
                    queue.append(store.value)
        self._mutations(text, node, result, queue, seen, _Reading(self.only.get(node)))

    def _mutations(
        self,
        text: str,
        node: ast.expr,
        result: Slice,
        queue: list[ast.AST],
        seen: _Seen,
        reading: _Reading = _ALL,
    ) -> None:
        """Method calls on an object, item stores and the like in the region that can change what is read of it."""
        if (text, reading) in seen or (text, _ALL) in seen or not self.mutations:
            return
        seen.add((text, reading))
        for event in self.events.get(text, ()):
            if not self._touches(event, reading):
                continue
            result.changes = True
            if event.value in result.nodes:
                continue
            self._controls(event.value, queue)
            if event.stored:
                queue.append(event.value)
            elif isinstance(event.value, ast.Call) and event.value is not self.stop:
                queue.extend(event.value.args)
                queue.extend(keyword.value for keyword in event.value.keywords)

    def _touches(self, event: _Change, reading: _Reading) -> bool:
        """Whether a change of an object can be seen by a reading of it."""
        own = event.index is not None and _first(event.index) in reading.own
        if (reading.anew or own) and event.effect > reading.place:
            return False
        if reading.attributes is None:
            return True
        if event.stored:
            return event.attribute is None or event.attribute in reading.attributes
        callees = self.inference.values(self.module, event.value.func) if isinstance(event.value, ast.Call) else ()
        known = [value.function for value in callees if isinstance(value, FunctionObject)]
        return not known or any(
            changes_self(item, self.inference, attribute) for item in known for attribute in sorted(reading.attributes)
        )

    @property
    def events(self) -> dict[str, list[_Change]]:
        """What changes objects in the region, by the dotted name of the object."""
        if self._events is None:
            events: dict[str, list[_Change]] = {}
            self.inside(self.region)
            assert self._inside is not None
            for node in self._inside:
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    text = dotted(node.func.value)
                    if text is not None and self._mutates(node, node.func):
                        events.setdefault(text, []).append(_Change(node, end(node)))
                        if node.func.attr in ("shuffle",) and node.args:
                            shuffled = dotted(node.args[0])
                            if shuffled:
                                events.setdefault(shuffled, []).append(_Change(node, end(node)))
                elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    for target in targets:
                        for part in ast.walk(target):
                            if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
                                text = base_text(part)
                                if text is not None:
                                    text = text.removesuffix(".loc").removesuffix(".iloc")
                                    for item in (node.value, part.slice):
                                        change = _Change(item, end(node.value), stored=True, index=part.slice)
                                        events.setdefault(text, []).append(change)
                            elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                                text = dotted(part.value)
                                if text is not None:
                                    change = _Change(node.value, end(node.value), stored=True, attribute=part.attr)
                                    events.setdefault(text, []).append(change)
            self._events = events
        return self._events

    def _mutates(self, call: ast.Call, function: ast.Attribute) -> bool:
        if function.attr in PURE:
            return False
        values = self.inference.values(self.module, function.value)
        if any(isinstance(value, External | ModuleObject) for value in values):
            return False
        if values and all(isinstance(value, KerasModel) for value in values):
            return False
        callees = self.inference.values(self.module, function)
        known = [value.function for value in callees if isinstance(value, FunctionObject)]
        return not (known and all(not changes_self(item, self.inference) for item in known))

    def _controls(self, node: ast.AST, queue: list[ast.AST]) -> None:
        """The tests that decide in the region whether something happens."""
        for _, parent in self.module.ancestors(node):
            if parent is self.region or not self.inside(parent):
                return
            if isinstance(parent, ast.If | ast.While):
                queue.append(parent.test)


def _first(index: ast.expr) -> str | None:
    """The name that an index is, or begins with: `i` of `x[i]` and `x[i, 0]`."""
    head = index.elts[0] if isinstance(index, ast.Tuple) and index.elts else index
    return head.id if isinstance(head, ast.Name) else None


def _is_alias(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and last_name(node) is not None
