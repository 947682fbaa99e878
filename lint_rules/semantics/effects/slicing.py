"""What a value depends on: a backward slice through names, attributes and mutated objects.

Within one region (a loop, or a whole function) the slice follows a value back through the assignments that reach it,
through stores to attributes, and through method calls that change an object it reads (`env.step(action)` changes what
`env.state` gives next).
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from lint_rules.semantics.domains.types import Inference
from lint_rules.semantics.domains.values import External, FunctionObject, KerasModel, ModuleObject, Result, Value
from lint_rules.semantics.effects.attribute_effects import (
    PURE,
    Attributes,
    base_text,
    both,
    changes_self,
    reads_of,
    wanted_of,
)
from lint_rules.semantics.effects.inplace import array_views, written_arguments, written_texts
from lint_rules.semantics.effects.local_stores import stays_in_round
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.iterators import iterated, step_of
from lint_rules.semantics.flow.read_back import read_back
from lint_rules.semantics.flow.use_def import bindings_of, carried_bindings
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, last_name, start
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

# What gives the same as long as its parts do.
_STEADY = (
    ast.Name | ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.Subscript | ast.Slice | ast.BinOp | ast.operator
    | ast.expr_context
)  # fmt: skip
_PROGRESS = ("tqdm.", "rich.progress.", "alive_progress.", "progressbar.", "fastprogress.")
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
    """What changes an object: a method call on it, or a value stored under an index or attribute of it (`target`)."""

    value: ast.expr
    target: ast.expr | None = None

    @property
    def stored(self) -> bool:
        return self.target is not None


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
        seen_text: set[str] = set()
        while queue and len(result.nodes) < limits.MAX_SLICE_NODES:
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
            kept = read_back(self.inference, self.module, node) if isinstance(node, ast.expr) else None
            if kept is not None:
                queue.append(kept)
                assert isinstance(node, ast.Attribute | ast.Subscript)
                self._mutations(dotted(node.value) or "", node.value, result, queue, seen_text)
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

    def _name(self, node: ast.Name, result: Slice, queue: list[ast.AST], seen: set[str]) -> None:
        module = self.module
        scope = module.scopes[node].find(node.id)
        if scope is None:
            # A name of a star import.
            self._mutations(node.id, node, result, queue, seen)
            return
        function = module.scopes[node].function
        bindings = bindings_of(module, node)
        for binding in bindings:
            kind = binding.kind
            if kind in (BindingKind.IMPORT, BindingKind.IMPORT_FROM, BindingKind.FUNCTION, BindingKind.CLASS):
                return
            if kind is BindingKind.PARAMETER:
                if self._is_self(function, node):
                    result.reads_self = True
                    result.of_self = both(result.of_self, wanted_of(self.inference, module, node))
                else:
                    result.parameters.add(node.id)
                continue
            if binding.node is self.region or self._own_generator(binding):
                result.element = True
                if binding.value is not None:
                    queue.append(binding.value)
                continue
            if isinstance(binding.value, ast.Call) and binding.value is step_of(module, self.region):
                result.element = True
                queue.extend(part for part in [iterated(module, binding.value)] if part is not None)
                continue
            if scope.parent is None and function is not None:
                result.globals_read.add(node.id)
            if self.inside(binding.node):
                if not self._is_steady(node, bindings, binding):
                    result.changes = True
                    self._controls(binding.node, queue)
                if binding.value is not None:
                    queue.append(binding.value)
                if kind is BindingKind.AUGMENT:
                    queue.extend(self._earlier(binding))
            elif isinstance(self.region, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and binding.value:
                queue.append(binding.value)
            elif binding.value is not None and _is_alias(binding.value) and not self._is_outdated(binding):
                # x = self.state before the loop: what changes self.state in the loop matters.
                queue.append(binding.value)
        self._mutations(node.id, node, result, queue, seen)
        if self.mutations:
            for base in array_views(self.inference, module, node):
                self._mutations(dotted(base) or "", base, result, queue, seen)

    def _is_steady(self, use: ast.Name, bindings: list[Binding], binding: Binding) -> bool:
        """Whether a binding in the region only names what may be read in its place as well: `x = rows`, `p = (x, y)`.

        What these are made of tells by itself whether it changes.
        """
        value = binding.value
        return (
            len(bindings) == 1
            and binding.kind is BindingKind.ASSIGN
            and value is not None
            and all(isinstance(node, _STEADY) for node in ast.walk(value))
            and not carried_bindings(self.module, use, self.region)
        )

    def _is_outdated(self, alias: Binding) -> bool:
        """Whether `beams = grown` behind the region gives an object that `grown = []` before it has replaced since."""
        value = alias.value
        if not isinstance(value, ast.Name) or start(alias.node) < start(self.region):
            return False
        scope = self.module.scopes[value].find(value.id)
        around = [parent for _, parent in self.module.ancestors(self.region)]
        loop = next((item for item in around if isinstance(item, ast.For | ast.AsyncFor | ast.While)), None)
        if scope is None or loop is None:
            return False
        return any(
            binding.kind is BindingKind.ASSIGN
            and start(loop) < start(binding.node) < start(self.region)
            and self.module.parents.get(binding.node) in around
            for binding in scope.bindings[value.id]
        )

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

    def _attribute(self, node: ast.Attribute, result: Slice, queue: list[ast.AST], seen: set[str]) -> None:
        text = dotted(node)
        if text is None or isinstance(node.ctx, ast.Store):
            return
        for store in self.module.stores.get(node.attr, ()):
            if dotted(store.target) == text and self.inside(store.target) and not self._stays(node.value, store.target):
                result.changes = True
                self._controls(store.target, queue)
                if store.value is not None:
                    queue.append(store.value)
        self._mutations(text, node, result, queue, seen)

    def _mutations(self, text: str, node: ast.expr, result: Slice, queue: list[ast.AST], seen: set[str]) -> None:
        """Method calls on an object, item stores and the like in the region that can change what is read of it."""
        if not self.mutations or text in seen or text not in self.events:
            return
        changes = self.changes_of(text, node)
        if len(changes) == len(self.events[text]):
            # Nothing was left out that another read of the object may see.
            seen.add(text)
        for event in changes:
            result.changes = True
            if event.value in result.nodes:
                continue
            self._controls(event.value, queue)
            if event.stored:
                queue.append(event.value)
            elif isinstance(event.value, ast.Call) and event.value is not self.stop:
                queue.extend(event.value.args)
                queue.extend(keyword.value for keyword in event.value.keywords)

    def changes_of(self, text: str, read: ast.expr) -> list[_Change]:
        """What changes an object in the region, without what this read of it, or no other round of the loop, sees."""
        events = self.events.get(text, [])
        wanted = self._carried_into(self._wanted(read), events) if events else None
        return [
            event
            for event in events
            if (wanted is None or self._touches(event, wanted))
            and not (event.target is not None and self._stays(read, event.target))
        ]

    def _wanted(self, read: ast.expr) -> Attributes:
        """The attributes that are read of an object, None for who knows which."""
        if read in self.only:
            return self.only[read]
        return wanted_of(self.inference, self.module, read)

    def _carried_into(self, wanted: Attributes, events: list[_Change]) -> Attributes:
        """Some attributes of an object, and those from which its methods that run in the region fill them."""
        known: Attributes = frozenset()
        while wanted is not None and wanted != known:
            known = wanted
            for event in events:
                if isinstance(event.value, ast.Call) and event.target is None and self._touches(event, known):
                    methods = self._run_by(event.value.func)
                    wanted = both(wanted, reads_of(self.inference, methods) if methods else None)
        return wanted

    def _touches(self, event: _Change, attributes: frozenset[str]) -> bool:
        """Whether a change of an object can be seen in some attributes of it."""
        if event.target is not None:
            return not isinstance(event.target, ast.Attribute) or event.target.attr in attributes
        known = self._run_by(event.value.func) if isinstance(event.value, ast.Call) else []
        return not known or any(
            changes_self(item, self.inference, attribute) for item in known for attribute in sorted(attributes)
        )

    def _stays(self, read: ast.expr, target: ast.expr) -> bool:
        """Whether no other round of the loop reads what is stored."""
        return stays_in_round(self.inference, self.module, self.region, self.inside, read, target)

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
                        events.setdefault(text, []).append(_Change(node))
                elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    for target in targets:
                        for part in ast.walk(target):
                            if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
                                text = base_text(part)
                                if text is not None:
                                    text = text.removesuffix(".loc").removesuffix(".iloc")
                                    stored = [_Change(item, part) for item in (node.value, part.slice)]
                                    events.setdefault(text, []).extend(stored)
                            elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                                text = dotted(part.value)
                                if text is not None:
                                    events.setdefault(text, []).append(_Change(node.value, part))
            self._add_writes(events)
            self._events = events
        return self._events

    def _add_writes(self, events: dict[str, list[_Change]]) -> None:
        """Add what calls write into their arguments, and what is written through a view of an object."""
        for node in self._inside or ():
            if isinstance(node, ast.Call) and node is not self.stop:
                for written in written_arguments(self.inference, self.module, node, drawn=False):
                    for text in written_texts(self.inference, self.module, written):
                        events.setdefault(text, []).append(_Change(node))
            elif (
                isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store) and isinstance(node.value, ast.Name)
            ):
                statement = self.module.statement_of(node)
                value = statement.value if isinstance(statement, ast.Assign | ast.AugAssign) else None
                for text in written_texts(self.inference, self.module, node.value):
                    if text != node.value.id and value is not None:
                        events.setdefault(text, []).extend([_Change(value, node), _Change(node.slice, node)])

    def _mutates(self, call: ast.Call, function: ast.Attribute) -> bool:
        if function.attr in PURE:
            return False
        values = self.inference.values(self.module, function.value)
        if any(isinstance(value, External | ModuleObject) for value in values):
            return False
        if values and all(isinstance(value, KerasModel) or _is_progress_bar(value) for value in values):
            return False
        known = self._run_by(function)
        return not (known and all(not changes_self(item, self.inference) for item in known))

    def _run_by(self, function: ast.expr) -> list[Function]:
        """The functions of the project that a call of an expression can run."""
        return [
            item
            for value in self.inference.values(self.module, function)
            if isinstance(value, FunctionObject)
            for item in self.inference.implementations(value.function)
        ]

    def _controls(self, node: ast.AST, queue: list[ast.AST]) -> None:
        """The tests that decide in the region whether something happens."""
        for _, parent in self.module.ancestors(node):
            if parent is self.region or not self.inside(parent):
                return
            if isinstance(parent, ast.If | ast.While):
                queue.append(parent.test)


def _is_progress_bar(value: Value) -> bool:
    """Whether a value is what a loop walks through to show how far it is: `bar = tqdm(data)`."""
    return isinstance(value, Result) and value.name.startswith(_PROGRESS)


def _is_alias(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and last_name(node) is not None
