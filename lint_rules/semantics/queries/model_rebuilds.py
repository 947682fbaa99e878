"""Is the same model made again for every prediction: loaded or built in the loop, or in the handler, that predicts?

Proven only: how the model is made must be fixed (constants and names that the loop does not bind), nothing may train or
save between, and a model that is built must get its weights from a file, be a part of another model, or serve what
arrives live. Code that is traced makes a model at each trace, whatever it is made of.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from enum import Enum, auto

from lint_rules.semantics.calls.contexts import Contexts, Frame, Path, Region, RegionKind
from lint_rules.semantics.domains.values import External, FunctionObject, Instance, KerasModel, Result
from lint_rules.semantics.flow.read_back import stands_for
from lint_rules.semantics.flow.use_def import always_runs_before, bindings_of
from lint_rules.semantics.knowledge import live as arrivals
from lint_rules.semantics.syntax.module_index import Function, Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind

_LOADERS = frozenset({"load_model", "from_pretrained"})
_SAVES = frozenset(
    {
        "save",
        "save_model",
        "save_weights",
        "ModelCheckpoint",
        "fit",
        "train_on_batch",
        "fit_generator",
        "apply_gradients",
    }
)
_ROUTES = frozenset({"route", "post", "get", "put", "api_view", "message_handler", "command", "event", "websocket"})
_ROUTERS = frozenset({"app", "router", "api", "bp", "blueprint", "server", "bot", "client", "application"})
_HANDLERS = frozenset({"lambda_handler"})
# Decorators and base classes of frameworks that run a function, or these methods, for every request or task.
_MARKS = frozenset({"rest_framework.decorators.api_view", "celery.shared_task"})
_VIEWS = frozenset(
    {
        "flask.views.MethodView",
        "flask_restful.Resource",
        "flask_restx.Resource",
        "django.views.View",
        "django.views.generic.View",
        "rest_framework.views.APIView",
        "tornado.web.RequestHandler",
    }
)
_VERBS = frozenset({"get", "post", "put", "patch", "delete"})
_OTHER_FILES = (".jpg", ".jpeg", ".png", ".npy", ".npz", ".wav", ".mp3", ".csv", ".pdf")
_PLAIN_CALLS = frozenset(
    {"join", "Path", "str", "abspath", "dirname", "realpath", "format", "getenv", "len", "open", "read", "get_layer"}
)
# What a server hands to a handler under a name of the module.
_REQUESTS = frozenset({"request", "req", "session", "g", "event"})


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that a server runs for every request."""

    name: str


class _How(Enum):
    """How a call makes a model: read from disk, of the layers of another model, or with new weights."""

    LOADED = auto()
    PART = auto()
    FRESH = auto()


@dataclass(frozen=True, slots=True)
class _Made:
    """The call that makes a model, and the number of the frame that it stands in."""

    module: Module
    call: ast.Call
    frame: int
    how: _How


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A model made again and again: the call that makes it, and the loop, handler or trace that repeats it.

    `frame` numbers the function of the way that holds the cause; `apart` tells that the model is made once for many
    calls of it: in a function further out, or before a loop.
    """

    module: Module
    made: ast.Call
    path: Path
    frame: int
    cause: Region | Handler
    apart: bool = False


class Rebuilds:
    """The questions `is the same model made for every prediction` over one project."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self.inference = contexts.inference

    def of(self, module: Module, call: ast.Call, receiver: ast.expr) -> Rebuild | None:
        """The loop, handler or trace in which the model of a call is made anew, the nearest first."""
        for path in self.contexts.paths(module, call):
            if path.likely or path.recursive:
                continue
            made = self._made_by(path, receiver)
            found = self._along(path, made) if made is not None else None
            if found is not None:
                return found
        return None

    # How the model is made

    def _made_by(self, path: Path, receiver: ast.expr) -> _Made | None:
        """The call that always makes the receiver before it is used, here or in a function that passes it."""
        number, node = 0, receiver
        while True:
            frame = path.frames[number]
            module = frame.module
            if isinstance(node, ast.Call):
                return self._made(frame, number, node, None)
            node = stands_for(self.inference, module, node)
            bindings = bindings_of(module, node) if isinstance(node, ast.Name) else []
            if not isinstance(node, ast.Name) or len(bindings) != 1 or bindings[0].path:
                return None
            binding = bindings[0]
            if (
                binding.kind is BindingKind.PARAMETER
                and frame.function is not None
                and isinstance(binding.node, ast.arg)
            ):
                given = path.given(frame.function, binding.node)
                if given is None or given[0] != number + 1:
                    return None
                number, node = given[0], given[2]
                continue
            value = binding.value
            if binding.kind is not BindingKind.ASSIGN or not isinstance(value, ast.Call):
                return None
            if module.function_of(value) is not module.function_of(frame.node):
                return None
            if not always_runs_before(module, value, frame.node):
                return None
            return self._made(frame, number, value, node)

    def _made(self, frame: Frame, number: int, value: ast.Call, name: ast.Name | None) -> _Made | None:
        how = self._makes(frame.module, value, name)
        return _Made(frame.module, value, number, how) if how is not None else None

    def _makes(self, module: Module, value: ast.Call, receiver: ast.Name | None) -> _How | None:
        """How a call makes a model, None for one that makes none or whose making cannot be read."""
        for callee in self.inference.values(module, value.func):
            if isinstance(callee, External):
                name = callee.name.rpartition(".")[2]
                if not any(isinstance(v, KerasModel) for v in self.inference.values(module, value)):
                    return None
                if name in _LOADERS or (".applications." in callee.name and not _given(value, "weights", None)):
                    return _How.LOADED
                if self._is_part(module, value):
                    return _How.PART
                return _How.LOADED if self._gets_weights(module, value, receiver) else _How.FRESH
            if isinstance(callee, FunctionObject):
                return self._builder_makes(module, value, callee.function, receiver)
        return None

    def _is_part(self, module: Module, value: ast.Call) -> bool:
        """Whether a call makes a model of layers of another model: `keras.Model(model.inputs, layer.output)`."""
        inputs = next((k.value for k in value.keywords if k.arg == "inputs"), value.args[0] if value.args else None)
        ends = [inputs.elts[0]] if isinstance(inputs, ast.List | ast.Tuple) and len(inputs.elts) == 1 else [inputs]
        return any(
            isinstance(node, ast.Attribute)
            and node.attr in ("input", "inputs")
            and any(
                isinstance(v, KerasModel) or (isinstance(v, Instance) and self.inference.is_model_class(v.cls))
                for v in self.inference.values(module, node.value)
            )
            for node in ends
        )

    def _builder_makes(
        self, module: Module, value: ast.Call, function: Function, receiver: ast.Name | None
    ) -> _How | None:
        if function.decorators or function.is_generator or not function.returns or function.is_method:
            return None
        if any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(function.node)):
            return None
        inner = function.module
        loads = False
        for result in function.returns:
            given = result
            if isinstance(given, ast.Name):
                bindings = bindings_of(inner, given)
                if not bindings or any(
                    b.kind is not BindingKind.ASSIGN or b.value is None or inner.function_of(b.value) is not function
                    for b in bindings
                ):
                    return None
                made = [b.value for b in bindings]
            else:
                made = [given]
            for item in made:
                values = self.inference.values(inner, item) if item is not None else ()
                if not values or not all(isinstance(v, KerasModel) for v in values) or not isinstance(item, ast.Call):
                    return None
                loads = loads or last_name(item.func) in _LOADERS
        inside = [c for c in inner.calls.get("load_weights", ()) if inner.function_of(c) is function]
        inside += [c for name in _LOADERS for c in inner.calls.get(name, ()) if inner.function_of(c) is function]
        for call in inside:
            if not all(
                self._is_plain(inner, item, function) for item in [*call.args, *(k.value for k in call.keywords)]
            ):
                return None
        weights = loads or bool(inside) or self._gets_weights(module, value, receiver)
        return _How.LOADED if weights else _How.FRESH

    def _gets_weights(self, module: Module, value: ast.Call, receiver: ast.Name | None) -> bool:
        """Whether the model's weights are read from a file where it is made."""
        if receiver is None:
            return False
        return any(
            isinstance(call.func, ast.Attribute)
            and isinstance(call.func.value, ast.Name)
            and [b.value for b in bindings_of(module, call.func.value)] == [value]
            for call in module.calls.get("load_weights", ())
        )

    def _is_plain(self, module: Module, node: ast.expr, function: Function) -> bool:
        """Whether an argument inside a builder is the same on every call: no parameter in it, nothing computed."""
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and last_name(part.func) not in _PLAIN_CALLS:
                return False
            if not isinstance(part, ast.Name) or module.scopes[part].find(part.id) is not function.scope:
                continue
            if any(b.value is None or not isinstance(b.value, ast.Constant) for b in bindings_of(module, part)):
                return False
        return True

    # Where that repeats

    def _is_handler(self, function: Function) -> bool:
        """Whether a server runs a function for every request: `@app.route(...)`, `Resource.post`, `lambda_handler`."""
        if function.name in _HANDLERS:
            return True
        if function.owner is not None and function.name in _VERBS:
            return not _VIEWS.isdisjoint(self.inference.external_bases(function.owner))
        for decorator in function.decorators:
            inner = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(inner, ast.Attribute) and inner.attr in _ROUTES and last_name(inner.value) in _ROUTERS:
                return True
            values = self.inference.values(function.module, inner)
            if any(isinstance(value, External) and value.name in _MARKS for value in values):
                return True
        return False

    def _along(self, path: Path, made: _Made) -> Rebuild | None:
        fixed: list[tuple[Module, ast.expr]] = [(made.module, node) for node in self._inputs(made.module, made.call)]
        apart = made.frame > 0
        for number, frame in enumerate(path.frames[made.frame :], made.frame):
            for region in frame.regions:
                if region.kind is RegionKind.TRACED and (number > made.frame or not isinstance(region.node, ast.expr)):
                    return Rebuild(made.module, made.call, path, number, region, apart)
                if region.kind is not RegionKind.LOOP or region.once:
                    continue
                inside = {node for part in _body(region.node) for node in ast.walk(part)}
                if number == made.frame and made.call not in inside:
                    apart = True
                    continue
                varying = [item for item in fixed if not self._is_fixed(*item, inside)]
                if varying and made.how is _How.PART and isinstance(region.node, ast.For):
                    # One part for each layer: the loop further out makes all of them again.
                    fixed = [item for item in fixed if item not in varying] + [(region.module, region.node.iter)]
                    continue
                if varying or self._changes(path, number, region):
                    return None
                if made.how is _How.FRESH and not self._is_live(region):
                    return None
                return Rebuild(made.module, made.call, path, number, region, apart)
            function = frame.function
            if function is None:
                return None
            if self._is_handler(function) and made.how is not _How.FRESH:
                if any(not self._is_fixed(where, node, set(), function) for where, node in fixed):
                    return None
                if self._changes(path, number, None):
                    return None
                return Rebuild(made.module, made.call, path, number, Handler(function.name), apart)
            if number + 1 >= len(path.frames):
                return None
            outer = path.frames[number + 1]
            mapped: list[tuple[Module, ast.expr]] = []
            for where, node in fixed:
                further = self._outside(where, node, function, outer)
                if further is None:
                    return None
                mapped += further
            fixed = mapped
        return None

    def _is_live(self, region: Region) -> bool:
        """Whether an endless loop waits for what arrives: no search among random models does."""
        if not isinstance(region.node, ast.While):
            return False
        calls = [node for part in region.node.body for node in ast.walk(part) if isinstance(node, ast.Call)]
        return any(
            last_name(call.func) in arrivals.CALLS
            or (
                isinstance(call.func, ast.Attribute)
                and call.func.attr == arrivals.READ
                and any(
                    isinstance(value, Result) and value.name.startswith(arrivals.DEVICES)
                    for value in self.inference.values(region.module, call.func.value)
                )
            )
            for call in calls
            if not isinstance(call.func, ast.Call)
        )

    def _inputs(self, module: Module, made: ast.Call) -> list[ast.expr]:
        """Everything that decides which model is made: the arguments, and those of `load_weights` on it."""
        inputs: list[ast.expr] = [*made.args, *(k.value for k in made.keywords)]
        for call in module.calls.get("load_weights", ()):
            if module.function_of(call) is module.function_of(made):
                inputs += [*call.args, *(k.value for k in call.keywords)]
        return inputs

    def _outside(
        self, module: Module, node: ast.expr, function: Function, outer: Frame
    ) -> list[tuple[Module, ast.expr]] | None:
        """The expressions outside a function on which one inside it rests; None if they cannot be told."""
        found: list[tuple[Module, ast.expr]] = []
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and last_name(part.func) not in _PLAIN_CALLS:
                return None
            if not isinstance(part, ast.Name) or not isinstance(part.ctx, ast.Load):
                continue
            if module.scopes[part].find(part.id) is not function.scope:
                continue
            for binding in bindings_of(module, part):
                if binding.kind is BindingKind.ITERATION and _is_within(binding.node, node):
                    continue
                if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg):
                    if function.is_method and binding.node is function.parameters[0]:
                        held = module.parents.get(part)
                        receiver = outer.edge.receiver if outer.edge is not None else None
                        if (
                            receiver is None
                            or not isinstance(held, ast.Attribute)
                            or not self._is_set_once(function, held)
                        ):
                            return None
                        found.append((outer.module, receiver))
                        continue
                    argument = outer.edge.argument(function, binding.node) if outer.edge is not None else None
                    if argument is None and outer.edge is not None and outer.edge.kind.name != "CALL":
                        return None
                    if argument is not None:
                        found.append((outer.module, argument))
                elif binding.kind is BindingKind.ASSIGN and binding.value is not None and not binding.path:
                    deeper = self._outside(module, binding.value, function, outer)
                    if deeper is None:
                        return None
                    found += deeper
                else:
                    return None
        return found

    def _is_set_once(self, function: Function, node: ast.AST | None) -> bool:
        """Whether a node is an attribute of a method's own object that only the constructor sets."""
        owner = function.owner
        if owner is None or not isinstance(node, ast.Attribute):
            return False
        stores = [
            (cls.module, store) for cls in self.inference.lineage(owner) for store in cls.stores.get(node.attr, ())
        ]
        makers = [module.function_of(store.target) for module, store in stores]
        return bool(makers) and all(maker is not None and maker.name == "__init__" for maker in makers)

    def _is_fixed(self, module: Module, node: ast.expr, inside: set[ast.AST], handler: Function | None = None) -> bool:
        """Whether an expression is the same in every round: constants, and names that the loop does not bind."""
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and last_name(part.func) not in _PLAIN_CALLS:
                return False
            if isinstance(part, ast.Await | ast.Yield | ast.NamedExpr):
                return False
            if isinstance(part, ast.Subscript) and not _is_constant_index(part.slice):
                return False
            if isinstance(part, ast.Attribute) and any(s.target in inside for s in module.stores.get(part.attr, ())):
                return False
            if isinstance(part, ast.Name) and part.id in _REQUESTS:
                return False
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                for binding in bindings_of(module, part):
                    if binding.kind is BindingKind.ITERATION:
                        if _is_within(binding.node, node):
                            continue
                        return False
                    bound_there = binding.node in inside or (handler is not None and binding.scope is handler.scope)
                    if bound_there and not (
                        binding.value is not None
                        and binding.kind in (BindingKind.ASSIGN, BindingKind.WITH)
                        and self._is_fixed(module, binding.value, inside, handler)
                    ):
                        return False
        return True

    def _changes(self, path: Path, number: int, region: Region | None) -> bool:
        """Whether anything on the way trains a model or writes one to disk."""
        for frame in path.frames[:number]:
            if frame.function is not None and self._writes(frame.module, [frame.function.node]):
                return True
        if region is not None:
            return self._writes(region.module, _body(region.node))
        function = path.frames[number].function
        return function is not None and self._writes(path.frames[number].module, [function.node])

    def _writes(self, module: Module, nodes: list[ast.AST], depth: int = 3) -> bool:
        """Whether code trains a model or saves one, directly or through functions of the project."""
        calls = [part for node in nodes for part in ast.walk(node) if isinstance(part, ast.Call)]
        if any(last_name(call.func) in _SAVES and _may_write_model(call) for call in calls):
            return True
        if depth == 0:
            return False
        called = {
            value.function
            for call in calls
            for value in self.inference.values(module, call.func)
            if isinstance(value, FunctionObject)
        }
        return any(self._writes(function.module, [function.node], depth - 1) for function in called)


def _is_within(inner: ast.AST, node: ast.expr) -> bool:
    """Whether a comprehension stands in an expression itself."""
    return any(part is inner for part in ast.walk(node))


def _is_constant_index(node: ast.expr) -> bool:
    if isinstance(node, ast.Slice):
        return all(part is None or _is_constant_index(part) for part in (node.lower, node.upper, node.step))
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


def _may_write_model(call: ast.Call) -> bool:
    """`save` writes images and figures too: those that name another kind of file write no model."""
    if last_name(call.func) != "save":
        return True
    texts = [p.value for p in ast.walk(call) if isinstance(p, ast.Constant) and isinstance(p.value, str)]
    return isinstance(call.func, ast.Attribute) and not any(text.lower().endswith(_OTHER_FILES) for text in texts)


def _given(call: ast.Call, name: str, constant: object) -> bool:
    return any(k.arg == name and isinstance(k.value, ast.Constant) and k.value.value is constant for k in call.keywords)


def _body(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.For | ast.AsyncFor | ast.While):
        return list(node.body)
    return [node]
