"""What a value depends on: a backward slice through names, attributes and mutated objects.

Within one region (a loop, or a whole function) the slice follows a value back through the assignments that reach it,
through stores to attributes, and through method calls that change an object it reads (`env.step(action)` changes what
`env.state` gives next).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from lint_rules.semantics.inference import Inference
from lint_rules.semantics.modules import Function, Module, dotted, last_name
from lint_rules.semantics.reaching import bindings_of
from lint_rules.semantics.scopes import Binding, BindingKind
from lint_rules.semantics.stores import stays_in_round
from lint_rules.semantics.values import External, FunctionObject, KerasModel, ModuleObject

# Methods that leave their object as it is, of those that code calls in loops.
_PURE = frozenset(
    [
        "predict",
        "predict_on_batch",
        "predict_proba",
        "predict_classes",
        "evaluate",
        "copy",
        "astype",
        "reshape",
        "flatten",
        "format",
        "join",
        "split",
        "strip",
        "lower",
        "upper",
        "mean",
        "sum",
        "max",
        "min",
        "argmax",
        "items",
        "keys",
        "values",
        "get",
        "index",
        "count",
        "numpy",
        "tolist",
        "write",
        "print",
        "info",
        "debug",
        "warning",
        "error",
        "log",
        "shape",
        "transpose",
        "squeeze",
        "ravel",
        "startswith",
        "endswith",
        "replace",
        "encode",
        "decode",
        "save",
        "summary",
        "imshow",
        "plot",
        "compile",
        "fit",
        "train_on_batch",
        "fit_generator",
        "sleep",
        "putText",
        "rectangle",
        "show",
        "savefig",
        "title",
        "add_scalar",
        "flush",
        "close",
        "__len__",
        "isOpened",
    ]
)
_MAX_NODES = 4000


@dataclass(slots=True)
class Slice:
    """What a backward slice reached.

    `nodes` are all expressions in it; `element` tells that it reached the element of the region's own loop, `changes`
    that something it reads is bound or changed within the region; `parameters` are parameters of the function reached,
    `reads_self` that state of the instance was.
    """

    nodes: set[ast.AST] = field(default_factory=set)
    element: bool = False
    changes: bool = False
    parameters: set[str] = field(default_factory=set)
    reads_self: bool = False
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
    state that object is in.
    """

    def __init__(
        self,
        inference: Inference,
        module: Module,
        region: ast.AST,
        stop: ast.AST | None = None,
        barriers: frozenset[ast.AST] = frozenset(),
        mutations: bool = True,
    ) -> None:
        self.inference = inference
        self.module = module
        self.region = region
        self.stop = stop
        self.barriers = barriers
        self.mutations = mutations
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

    def _name(self, node: ast.Name, result: Slice, queue: list[ast.AST], seen: set[str]) -> None:
        module = self.module
        scope = module.scopes[node].find(node.id)
        if scope is None:
            # A name of a star import.
            self._mutations(node.id, node, result, queue, seen)
            return
        function = module.scopes[node].function
        for binding in bindings_of(module, node):
            kind = binding.kind
            if kind in (BindingKind.IMPORT, BindingKind.IMPORT_FROM, BindingKind.FUNCTION, BindingKind.CLASS):
                return
            if kind is BindingKind.PARAMETER:
                if self._is_self(function, node):
                    result.reads_self = True
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
        self._mutations(node.id, node, result, queue, seen)

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
            if dotted(store.target) == text and self.inside(store.target):
                result.changes = True
                self._controls(store.target, queue)
                if store.value is not None:
                    queue.append(store.value)
        self._mutations(text, node, result, queue, seen)

    def _mutations(self, text: str, node: ast.expr, result: Slice, queue: list[ast.AST], seen: set[str]) -> None:
        """Method calls on an object, item stores and the like in the region."""
        if text in seen or not self.mutations:
            return
        changes = self.changes_of(text, node)
        if len(changes) == len(self.events.get(text, ())):
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
        """What changes an object in the region, without the stores that no other round of the loop reads."""
        return [
            event
            for event in self.events.get(text, ())
            if event.target is None
            or not stays_in_round(self.inference, self.module, self.region, self.inside, read, event.target)
        ]

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
                        if node.func.attr in ("shuffle",) and node.args:
                            shuffled = dotted(node.args[0])
                            if shuffled:
                                events.setdefault(shuffled, []).append(_Change(node))
                elif isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign) and node.value is not None:
                    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                    for target in targets:
                        for part in ast.walk(target):
                            if isinstance(part, ast.Subscript) and isinstance(part.ctx, ast.Store):
                                text = _base_text(part)
                                if text is not None:
                                    text = text.removesuffix(".loc").removesuffix(".iloc")
                                    stored = [_Change(node.value, part), _Change(part.slice, part)]
                                    events.setdefault(text, []).extend(stored)
                            elif isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store):
                                text = dotted(part.value)
                                if text is not None:
                                    events.setdefault(text, []).append(_Change(node.value, part))
            self._events = events
        return self._events

    def _mutates(self, call: ast.Call, function: ast.Attribute) -> bool:
        if function.attr in _PURE:
            return False
        values = self.inference.values(self.module, function.value)
        if any(isinstance(value, External | ModuleObject) for value in values):
            return False
        if values and all(isinstance(value, KerasModel) for value in values):
            return False
        callees = self.inference.values(self.module, function)
        known = [
            item
            for value in callees
            if isinstance(value, FunctionObject)
            for item in self.inference.implementations(value.function)
        ]
        return not (known and all(not changes_self(item, self.inference) for item in known))

    def _controls(self, node: ast.AST, queue: list[ast.AST]) -> None:
        """The tests that decide in the region whether something happens."""
        for _, parent in self.module.ancestors(node):
            if parent is self.region or not self.inside(parent):
                return
            if isinstance(parent, ast.If | ast.While):
                queue.append(parent.test)


def changes_self(function: Function, inference: Inference, depth: int = 0) -> bool:
    """Whether a method may change its object: stores on self, or calls of its methods or attributes that may."""
    key = ("changes self", function)
    memo = inference.project.memo
    if key in memo:
        return bool(memo[key])
    memo[key] = True
    memo[key] = _changes_self(function, inference, depth)
    return bool(memo[key])


def _changes_self(function: Function, inference: Inference, depth: int) -> bool:
    if not function.is_method or not function.parameters:
        return True
    instance = function.parameters[0].arg
    for node in ast.walk(function.node):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            base = _base_text(node) if isinstance(node, ast.Subscript) else dotted(node)
            if base is not None and base.partition(".")[0] == instance:
                return True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            text = dotted(node.func.value)
            if text is None or text.partition(".")[0] != instance or node.func.attr in _PURE:
                continue
            callees = inference.values(function.module, node.func)
            known = [value.function for value in callees if isinstance(value, FunctionObject)]
            if depth > 3 or not known or any(changes_self(item, inference, depth + 1) for item in known):
                values = inference.values(function.module, node.func.value)
                if not (values and all(isinstance(value, KerasModel) for value in values)):
                    return True
    return False


def _base_text(node: ast.expr) -> str | None:
    while isinstance(node, ast.Subscript):
        node = node.value
    return dotted(node)


def _is_alias(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and last_name(node) is not None
