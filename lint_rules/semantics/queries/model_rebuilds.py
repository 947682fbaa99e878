"""Is the same model made again for every prediction: loaded or built in the loop, or in the handler, that predicts?

Proven only: how the model is made must be fixed (constants and names that the loop does not bind), nothing may train or
save between, and a model that is built must get its weights from a file.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from lint_rules.semantics.calls.contexts import Contexts, Frame, Path, Region, RegionKind
from lint_rules.semantics.domains.values import External, FunctionObject, KerasModel
from lint_rules.semantics.flow.read_back import stands_for
from lint_rules.semantics.flow.use_def import always_runs_before, bindings_of
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
    {"join", "Path", "str", "abspath", "dirname", "realpath", "format", "getenv", "len", "open", "read"}
)
# What a server hands to a handler under a name of the module.
_REQUESTS = frozenset({"request", "req", "session", "g", "event"})


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that a server runs for every request."""

    name: str


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A model made again and again: the call that makes it, and the loop or handler that repeats it."""

    made: ast.Call
    path: Path
    frame: int
    cause: Region | Handler


class Rebuilds:
    """The questions `is the same model made for every prediction` over one project."""

    def __init__(self, contexts: Contexts) -> None:
        self.contexts = contexts
        self.inference = contexts.inference

    def of(self, module: Module, call: ast.Call) -> Rebuild | None:
        """The loop or handler in which the receiver of a predict call is made anew, the nearest first."""
        assert isinstance(call.func, ast.Attribute)
        made = self._made_by(module, call.func.value, call)
        if made is None:
            return None
        for path in self.contexts.paths(module, call):
            if path.likely or path.recursive:
                continue
            found = self._along(path, module, made)
            if found is not None:
                return found
        return None

    # How the model is made

    def _made_by(self, module: Module, receiver: ast.expr, call: ast.Call) -> ast.Call | None:
        """The call in the same function that always makes the receiver before the prediction."""
        if isinstance(receiver, ast.Call):
            return receiver if self._makes(module, receiver, None) else None
        receiver = stands_for(self.inference, module, receiver)
        if not isinstance(receiver, ast.Name):
            return None
        bindings = bindings_of(module, receiver)
        if len(bindings) != 1 or bindings[0].kind is not BindingKind.ASSIGN or bindings[0].path:
            return None
        value = bindings[0].value
        if not isinstance(value, ast.Call) or module.function_of(value) is not module.function_of(call):
            return None
        if not always_runs_before(module, value, call):
            return None
        return value if self._makes(module, value, receiver) else None

    def _makes(self, module: Module, value: ast.Call, receiver: ast.Name | None) -> bool:
        """Whether a call gives a model with weights of its own: loaded, or built and then given them from a file."""
        for callee in self.inference.values(module, value.func):
            if isinstance(callee, External):
                name = callee.name.rpartition(".")[2]
                models = any(isinstance(v, KerasModel) for v in self.inference.values(module, value))
                if models and (
                    name in _LOADERS or (".applications." in callee.name and not _given(value, "weights", None))
                ):
                    return True
                return models and self._gets_weights(module, value, receiver)
            if isinstance(callee, FunctionObject):
                return self._builder_makes(module, value, callee.function, receiver)
        return False

    def _builder_makes(self, module: Module, value: ast.Call, function: Function, receiver: ast.Name | None) -> bool:
        if function.decorators or function.is_generator or not function.returns or function.is_method:
            return False
        if any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(function.node)):
            return False
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
                    return False
                made = [b.value for b in bindings]
            else:
                made = [given]
            for item in made:
                values = self.inference.values(inner, item) if item is not None else ()
                if not values or not all(isinstance(v, KerasModel) for v in values) or not isinstance(item, ast.Call):
                    return False
                loads = loads or last_name(item.func) in _LOADERS
        inside = [c for c in inner.calls.get("load_weights", ()) if inner.function_of(c) is function]
        inside += [c for name in _LOADERS for c in inner.calls.get(name, ()) if inner.function_of(c) is function]
        for call in inside:
            if not all(
                self._is_plain(inner, item, function) for item in [*call.args, *(k.value for k in call.keywords)]
            ):
                return False
        return loads or bool(inside) or self._gets_weights(module, value, receiver)

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

    def _along(self, path: Path, module: Module, made: ast.Call) -> Rebuild | None:
        fixed: list[tuple[Module, ast.expr]] = [(module, node) for node in self._inputs(module, made)]
        for number, frame in enumerate(path.frames):
            for region in frame.regions:
                if region.kind is not RegionKind.LOOP or region.once:
                    continue
                inside = {node for part in _body(region.node) for node in ast.walk(part)}
                if number == 0 and made not in inside:
                    return None
                if any(not self._is_fixed(where, node, inside) for where, node in fixed):
                    return None
                if self._changes(path, number, region):
                    return None
                return Rebuild(made, path, number, region)
            function = frame.function
            if function is None:
                return None
            if self._is_handler(function):
                if any(not self._is_fixed(where, node, set(), function) for where, node in fixed):
                    return None
                return (
                    None if self._changes(path, number, None) else Rebuild(made, path, number, Handler(function.name))
                )
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
                if binding.kind is BindingKind.PARAMETER and isinstance(binding.node, ast.arg):
                    if function.is_method and binding.node is function.parameters[0]:
                        return None
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

    def _is_fixed(self, module: Module, node: ast.expr, inside: set[ast.AST], handler: Function | None = None) -> bool:
        """Whether an expression is the same in every round: constants, and names that the loop does not bind."""
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and last_name(part.func) not in _PLAIN_CALLS:
                return False
            if isinstance(part, ast.Subscript | ast.Await | ast.Yield | ast.NamedExpr):
                return False
            if isinstance(part, ast.Attribute) and any(s.target in inside for s in module.stores.get(part.attr, ())):
                return False
            if isinstance(part, ast.Name) and part.id in _REQUESTS:
                return False
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
                for binding in bindings_of(module, part):
                    if binding.kind is BindingKind.ITERATION:
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
