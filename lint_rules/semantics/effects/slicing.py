"""What a value depends on: a backward slice through names, attributes and mutated objects.

Within one region (a loop, or a whole function) the slice follows a value back through the assignments that reach it,
through stores to attributes, and through method calls that change an object it reads (`env.step(action)` changes what
`env.state` gives next).
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from lint_rules.records import dataclass, field
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.effects.arguments import uses_of_argument
from lint_rules.semantics.effects.attribute_effects import (
    Attributes,
    both,
    changes_self,
    reads_of,
    wanted_of,
)
from lint_rules.semantics.effects.inplace import array_views, written_arguments, written_texts
from lint_rules.semantics.effects.local_stores import is_own_cell, stays_in_round
from lint_rules.semantics.effects.object_changes import Change, changed_by, changed_within, run_by, stores
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.expressions import is_called
from lint_rules.semantics.flow.iterators import iterated, step_of
from lint_rules.semantics.flow.own_objects import is_super
from lint_rules.semantics.flow.read_back import handed_back, read_back
from lint_rules.semantics.flow.use_def import always_runs_before, bindings_of, carried_bindings
from lint_rules.semantics.knowledge.array_calls import SIZES
from lint_rules.semantics.syntax.module_index import Function, Module, dotted, last_name, start
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

# What gives the same as long as its parts do.
_STEADY = (
    ast.Name | ast.Constant | ast.Tuple | ast.List | ast.Dict | ast.Subscript | ast.Slice | ast.BinOp | ast.operator
    | ast.expr_context
)  # fmt: skip
_EVERYTHING: Mapping[ast.AST, frozenset[str]] = {}
_UNFILLED: Mapping[str, Sequence[Filling]] = {}


@dataclass(frozen=True, slots=True)
class Filling:
    """Where in an object something is put: in which attributes (None for any), and at which first index, if at one."""

    attributes: Attributes = None
    cell: ast.expr | None = None


@dataclass(slots=True)
class Slice:
    """What a backward slice reached.

    `nodes` are all expressions in it; `element` tells that it reached the element of the region's own loop, `changes`
    that something it reads is bound or changed within the region; `parameters` are parameters of the function reached,
    `reads_self` that state of the instance was: the attributes `of_self`, None for any; `refilled` that it reads an
    object which the region's `stop` has put what it gives into.
    """

    nodes: set[ast.AST] = field(default_factory=set)
    element: bool = False
    changes: bool = False
    parameters: set[str] = field(default_factory=set)
    reads_self: bool = False
    of_self: Attributes = frozenset()
    globals_read: set[str] = field(default_factory=set)
    refilled: bool = False
    # The statements around what is in the slice whose tests are in it too.
    tested: set[ast.AST] = field(default_factory=set, repr=False)

    def reaches(self, node: ast.AST) -> bool:
        return node in self.nodes

    def calls(self) -> list[ast.Call]:
        return [node for node in self.nodes if isinstance(node, ast.Call)]


@dataclass(frozen=True, slots=True)
class _Changes:
    """What changes objects in a region: `of` which, by their dotted names, and the `calls` among the changes."""

    of: Mapping[str, Sequence[Change]]
    calls: frozenset[ast.AST]


class Slicer:
    """Makes backward slices in one module; `region` bounds what counts as changing.

    A slice does not look into `stop` nor into `barriers`. Without `mutations` it asks which object a value is, not what
    state that object is in. Of the objects in `only` it wants no more than those attributes; those in `filled` hold
    what `stop` gives.
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
        filled: Mapping[str, Sequence[Filling]] = _UNFILLED,
    ) -> None:
        self.inference = inference
        self.module = module
        self.region = region
        self.stop = stop
        self.barriers = barriers
        self.mutations = mutations
        self.only = only
        self.filled = filled
        self._spans = _spans_of(module, region)
        self._found: _Changes | None = None

    def inside(self, node: ast.AST) -> bool:
        """Whether a node lies in the region (in its body, not in the iterable of a `for`)."""
        number = self.module.order.number(node)
        return any(first <= number < end for first, end in self._spans)

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
            if is_super(node):
                result.reads_self, result.of_self = True, None
                continue
            if isinstance(node, ast.Call):
                kept = handed_back(self.inference, self.module, node)
                if kept is not None:
                    queue.append(kept)
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
            for child in self.parts(node):
                if isinstance(child, ast.expr | ast.comprehension | ast.keyword):
                    queue.append(child)
        return result

    def parts(self, node: ast.AST) -> Iterable[ast.AST]:
        """The parts of an expression that its value depends on."""
        return ast.iter_child_nodes(node)

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
                    result.of_self = both(result.of_self, self._wanted(node))
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
                    if not self._runs_before(binding.node, node):
                        self._controls(binding.node, result, queue)
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
            for part in self._parts_read(node):
                self._mutations(f"{node.id}.{part}", node, result, queue, seen)
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
        for store in self.module.stores_of(text):
            if self.inside(store.target) and not self._stays(node.value, store.target):
                result.changes = True
                self._controls(store.target, result, queue)
                if store.value is not None:
                    queue.append(store.value)
        self._mutations(text, node, result, queue, seen)

    def _mutations(self, text: str, node: ast.expr, result: Slice, queue: list[ast.AST], seen: set[str]) -> None:
        """Method calls on an object, item stores and the like in the region that can change what is read of it."""
        if not self.mutations:
            return
        sized = self._reads_size(node)
        fillings = self.filled.get(text, ())
        if any(self._reads(node, filling) for filling in fillings if not (sized and filling.cell is not None)):
            result.refilled = result.changes = True
        if text in seen:
            return
        events = [event for event in self._events(text) if not (sized and isinstance(event.target, ast.Subscript))]
        if not events:
            return
        changes = [change for change in self.changes_of(text, node) if change in events]
        if len(changes) == len(events) and not sized:
            # Nothing was left out that another read of the object may see.
            seen.add(text)
        for event in changes:
            result.changes = True
            if event.value in result.nodes:
                continue
            self._controls(event.value, result, queue)
            if event.stored or event.value is not self.stop:
                queue.extend(event.put_in)

    def _reads_size(self, node: ast.expr) -> bool:
        """Whether only the size of an array is read, which stays whatever is stored in its cells."""
        above = self.module.parents.get(node)
        return isinstance(above, ast.Attribute) and above.value is node and above.attr in SIZES

    def _reads(self, node: ast.expr, filling: Filling) -> bool:
        """Whether what is read of an object can be what was put there in an earlier iteration."""
        wanted = self._wanted(node)
        if filling.attributes is not None and wanted is not None and not filling.attributes & wanted:
            return False
        return not is_own_cell(self.inference, self.module, self.region, node, filling.cell)

    def _parts_read(self, node: ast.Name) -> set[str]:
        """The attributes, dotted, that functions read of an object that they are given."""
        found: set[str] = set()
        for _, function, use in uses_of_argument(self.inference, self.module, node) or ():
            parts: list[str] = []
            parents = function.module.parents
            current = parents.get(use)
            while isinstance(current, ast.Attribute) and not is_called(function.module, current):
                parts.append(current.attr)
                current = parents.get(current)
            if parts:
                found.add(".".join(parts))
        return found

    def all_changes(self) -> Mapping[str, Sequence[Change]]:
        """Everything in the region that changes an object, by the dotted name of the object."""
        return self._changes().of

    def changes_of(self, text: str, read: ast.expr) -> list[Change]:
        """What changes an object in the region, without what this read or no other iteration sees."""
        events = self._events(text)
        wanted = self._carried_into(self._wanted(read), events) if events else None
        return [
            event
            for event in events
            if (wanted is None or self._touches(event, wanted))
            and not (
                (place := event.target or event.given) is not None and self.inside(place) and self._stays(read, place)
            )
        ]

    def _wanted(self, read: ast.expr) -> Attributes:
        """The attributes that are read of an object, None for who knows which."""
        if read in self.only:
            return self.only[read]
        return wanted_of(self.inference, self.module, read)

    def _carried_into(self, wanted: Attributes, events: Sequence[Change]) -> Attributes:
        """Some attributes of an object, and those from which its methods that run in the region fill them."""
        known: Attributes = frozenset()
        while wanted is not None and wanted != known:
            known = wanted
            for event in events:
                if isinstance(event.value, ast.Call) and event.target is None and self._touches(event, known):
                    methods = self.run_by(event.value.func)
                    wanted = both(wanted, reads_of(self.inference, methods) if methods else None)
        return wanted

    def _touches(self, event: Change, attributes: frozenset[str]) -> bool:
        """Whether a change of an object can be seen in some attributes of it."""
        if event.target is not None:
            return not isinstance(event.target, ast.Attribute) or event.target.attr in attributes
        known = self.run_by(event.value.func) if isinstance(event.value, ast.Call) else []
        return not known or any(
            changes_self(item, self.inference, attribute) for item in known for attribute in sorted(attributes)
        )

    def _stays(self, read: ast.expr, target: ast.expr) -> bool:
        """Whether no other iteration of the loop reads what is stored."""
        return stays_in_round(self.inference, self.module, self.region, self.inside, read, target)

    def _events(self, text: str) -> Sequence[Change]:
        """What changes an object in the region, by the dotted name of the object."""
        found = self._changes().of.get(text, ())
        return [change for change in found if change.given is None or change.value is not self.stop]

    def is_change(self, call: ast.AST) -> bool:
        """Whether a call in the region may change an object that it is called on or given."""
        return call in self._changes().calls

    def _changes(self) -> _Changes:
        """All changes in the region, which are the same for every slice in it."""
        if self._found is None:
            known = self.inference.project.memo.ask(("changes in", self.region), self._find_changes, unknown=None)
            # What costs too much for the memo is found by each slicer, and once by each.
            self._found = self._find_changes() if known is None else known
        return self._found

    def _find_changes(self) -> _Changes:
        found: defaultdict[str, list[Change]] = defaultdict(list)
        for span in self._spans:
            order = self.module.order
            for call in order.between(span, ast.Call):
                for text, change in self._changes_by(call):
                    found[text].append(change)
            for kind in (ast.Assign, ast.AugAssign, ast.AnnAssign):
                for statement in order.between(span, kind):
                    for text, change in stores(self.inference, self.module, statement):
                        found[text].append(change)
        calls = frozenset(change.value for changes in found.values() for change in changes if change.target is None)
        return _Changes(dict(found), calls)

    def _changes_by(self, call: ast.Call) -> Iterable[tuple[str, Change]]:
        """What a call changes: asked by itself, as all calls of a large region may cost more than the memo allows."""
        found = self.inference.project.memo.ask(("changes by", call), lambda: self._find_changes_by(call), unknown=None)
        return self._find_changes_by(call) if found is None else found

    def _find_changes_by(self, call: ast.Call) -> tuple[tuple[str, Change], ...]:
        inference, module = self.inference, self.module
        return (
            *((text, Change(call)) for text in changed_by(inference, module, call)),
            *changed_within(inference, module, call),
            *(
                (text, Change(call, given=written))
                for written in written_arguments(inference, module, call, drawn=False)
                for text in written_texts(inference, module, written)
            ),
        )

    def run_by(self, function: ast.expr) -> list[Function]:
        """The functions of the project that a call of an expression can run."""
        return run_by(self.inference, self.module, function)

    def _runs_before(self, node: ast.AST, use: ast.Name) -> bool:
        """Whether a binding has run whenever its use is reached: what decided on the one decided on the other."""
        return isinstance(node, ast.stmt) and always_runs_before(self.module, node, use)

    def _controls(self, node: ast.AST, result: Slice, queue: list[ast.AST]) -> None:
        """The tests that decide in the region whether something happens."""
        for _, parent in self.module.ancestors(node):
            if parent is self.region or parent in result.tested or not self.inside(parent):
                return
            result.tested.add(parent)
            if isinstance(parent, ast.If | ast.While):
                queue.append(parent.test)


def _spans_of(module: Module, region: ast.AST) -> list[tuple[int, int]]:
    """The numbers of the nodes that lie in a region: in its body, not in the iterable of a `for`."""
    if isinstance(region, ast.For | ast.AsyncFor):
        roots: list[list[ast.AST]] = [[region.target], list(region.body)]
    elif isinstance(region, ast.While):
        roots = [[region.test], list(region.body)]
    elif isinstance(region, ast.Call):
        roots = [list(region.args)]
    else:
        roots = [[region]]
    return [(module.order.span(row[0])[0], module.order.span(row[-1])[1]) for row in roots if row]


def _is_alias(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and last_name(node) is not None
