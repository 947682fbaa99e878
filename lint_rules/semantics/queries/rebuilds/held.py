"""The model that an object keeps from its constructor on: `Detector()`, which does `self.net = load_model(...)`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.records import dataclass
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.queries.rebuilds.fixed import follows_from_the_call
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, CONSTRUCTORS, Class, Function, Module, last_name

Attributes = tuple[str, ...]
"""The attributes that lead from an object to what it keeps: `("detector", "net")` of `app.detector.net`."""
MAX_ATTRIBUTES = 3
_DEPTH = 3
"""How many functions a constructor is followed into."""
_CONDITIONS = (
    *(ast.If, ast.IfExp, ast.BoolOp, ast.Match, ast.ExceptHandler, ast.For, ast.AsyncFor, ast.While),
    *(*COMPREHENSIONS, ast.Lambda, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef),
)


@dataclass(frozen=True, slots=True)
class Held:
    """The call that makes what an object keeps; `weighted` tells that the constructor reads its weights from a file."""

    module: Module
    call: ast.Call
    weighted: bool = False


def may_hold(inference: Inference, module: Module, node: ast.expr) -> bool:
    """Whether an expression names an attribute that a call fills, as far as the class of `self` shows."""
    if not isinstance(node, ast.Attribute):
        return False
    method = module.own_method(node.value)
    if method is None or method.owner is None:
        return isinstance(node.value, ast.Name | ast.Attribute | ast.Call)
    stores = [store for cls in inference.lineage(method.owner) for store in cls.stores.get(node.attr, ())]
    return any(isinstance(store.value, ast.Call) for store in stores)


def made_in_constructor(inference: Inference, module: Module, call: ast.Call, attributes: Attributes) -> Held | None:
    """What makes the object that another one, made by `call`, keeps under some attributes.

    None unless the constructor always makes it, out of nothing but what it is given.
    """
    held = Held(module, call)
    for attribute in attributes:
        cls = inference.class_made(held.module, held.call)
        if cls is None or not _makes_anew(inference, cls):
            return None
        found = _kept(inference, cls, attribute)
        if found is None:
            return None
        held = found
    return held


def _makes_anew(inference: Inference, cls: Class) -> bool:
    """Whether each call of a class makes another object: no decorator, metaclass or `__new__` keeps one for all."""
    return inference.method(cls, "__new__") is None and not any(
        owner.node.keywords or any(last_name(item) != "dataclass" for item in owner.node.decorator_list)
        for owner in inference.lineage(cls)
    )


def _kept(inference: Inference, cls: Class, attribute: str) -> Held | None:
    """The call whose value the constructor of a class, and nothing else of it, always stores under an attribute."""
    stores = [store for owner in inference.lineage(cls) for store in owner.stores.get(attribute, ())]
    if len(stores) != 1 or stores[0].path or not isinstance(stores[0].value, ast.Call):
        return None
    target, value = stores[0].target, stores[0].value
    makers = (maker for name in CONSTRUCTORS if (maker := inference.method(cls, name)) is not None)
    run = [function for maker in makers for function in _always_run(inference, cls, maker)]
    function = next((each for each in run if each.module.own_method(target.value) is each), None)
    if function is None or not _always_runs(function, target) or not _follows(inference, value, function):
        return None
    return Held(function.module, value, any(_reads_weights(inference, each, attribute) for each in run))


def _always_run(inference: Inference, cls: Class, function: Function, depth: int = _DEPTH) -> Iterator[Function]:
    """A function of a new object, and those that it always runs on that object, with what it is given itself."""
    yield function
    if depth == 0:
        return
    for call in function.module.order.within(function.node, ast.Call):
        further = _method_run(inference, cls, function, call)
        if further is not None and _always_runs(function, call) and _follows(inference, call, function):
            yield from _always_run(inference, cls, further, depth - 1)


def _method_run(inference: Inference, cls: Class, function: Function, call: ast.Call) -> Function | None:
    """The method of the same object that a call runs: `self.load()`, `super().__init__()`."""
    if not isinstance(call.func, ast.Attribute):
        return None
    receiver, name = call.func.value, call.func.attr
    if isinstance(receiver, ast.Call) and last_name(receiver.func) == "super" and function.owner is not None:
        bases = inference.lineage(function.owner)[1:]
        return next((base.methods[name] for base in bases if name in base.methods), None)
    return inference.method(cls, name) if function.module.own_method(receiver) is function else None


def _always_runs(function: Function, node: ast.AST) -> bool:
    """Whether a function runs what stands at a node, under no condition and in no loop."""
    for _, parent in function.module.ancestors(node):
        if parent is function.node or isinstance(parent, _CONDITIONS):
            return parent is function.node
    return False


def _follows(inference: Inference, call: ast.Call, function: Function) -> bool:
    """Whether a call in a function is given nothing but what follows from the call of that function."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return all(follows_from_the_call(inference, function.module, each, function) for each in given)


def _reads_weights(inference: Inference, function: Function, attribute: str) -> bool:
    """Whether a method does `self.net.load_weights(path)`."""
    return any(
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Attribute)
        and call.func.value.attr == attribute
        and function.module.own_method(call.func.value.value) is function
        and _always_runs(function, call)
        and _follows(inference, call, function)
        for call in function.module.calls.get("load_weights", ())
    )
