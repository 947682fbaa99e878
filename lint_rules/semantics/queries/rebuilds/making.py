"""How is the model of a call made? By the call that always makes it before it is used, here or further out.

A model that is built has weights where they are read from a file; else it may be a part of another model.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.contexts import Path
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External, FunctionObject, Instance, KerasModel
from lint_rules.semantics.flow import limits
from lint_rules.semantics.flow.read_back import stands_for
from lint_rules.semantics.flow.use_def import bindings_of, leads_only_through
from lint_rules.semantics.knowledge import keras_names
from lint_rules.semantics.knowledge.keras_names import LOADS_WITH_WEIGHTS
from lint_rules.semantics.queries.rebuilds.fixed import follows_from_the_call
from lint_rules.semantics.queries.rebuilds.held import MAX_ATTRIBUTES, Attributes, made_in_constructor, may_hold
from lint_rules.semantics.queries.rebuilds.verdicts import How, Made
from lint_rules.semantics.syntax.module_index import Function, Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind


def made_by(inference: Inference, path: Path, receiver: ast.expr) -> list[Made]:
    """The calls one of which makes a receiver on a way; none where the making cannot be read."""
    number, node = 0, receiver
    held: Attributes = ()
    while True:
        frame = path.frames[number]
        node = stands_for(inference, frame.module, node)
        if isinstance(node, ast.Attribute) and len(held) < MAX_ATTRIBUTES:
            held = (node.attr, *held)
            if frame.module.own_method(node.value) is None:
                node = node.value
                continue
            edge = path.frames[number + 1].edge if number + 1 < len(path.frames) else None
            if edge is None or edge.receiver is None:
                return []
            number, node = number + 1, edge.receiver
            continue
        sources = _sources_of(inference, frame.module, node, frame.node)
        made = [
            Made(frame.module, given, number, how, _own_object(inference, frame.module, given), held=bool(held))
            for name, given in sources
            if isinstance(given, ast.Call) and (how := _how(inference, frame.module, given, name, held)) is not None
        ]
        parameter = sources[0][1] if len(sources) == 1 else None
        if not isinstance(parameter, ast.arg):
            return made if len(made) == len(sources) else []
        passed = path.given(frame.function, parameter) if frame.function is not None else None
        if passed is None or passed[0] != number + 1:
            return []
        number, node = passed[0], passed[2]


def may_be_made_by_a_call(inference: Inference, module: Module, call: ast.Call, receiver: ast.expr) -> bool:
    """Whether `made_by` can find what makes a receiver, whichever way leads to the call of it."""
    node = stands_for(inference, module, receiver)
    return may_hold(inference, module, node) or bool(_sources_of(inference, module, node, call))


_Source = tuple[ast.Name | None, ast.Call | ast.arg]


def _sources_of(inference: Inference, module: Module, node: ast.expr, user: ast.expr) -> list[_Source]:
    """The calls one of which makes what `user` uses, always before it, or the parameter that it is.

    Each with the name of it; more than one where the arms of an `if` make a model each.
    """
    if isinstance(node, ast.Call):
        return [(None, node)]
    if not isinstance(node, ast.Name):
        return []
    bindings = bindings_of(module, node)
    if len(bindings) == 1 and bindings[0].kind is BindingKind.PARAMETER and isinstance(bindings[0].node, ast.arg):
        return [(node, bindings[0].node)]
    made = [
        binding.value
        for binding in bindings
        if binding.kind is BindingKind.ASSIGN and not binding.path and isinstance(binding.value, ast.Call)
    ]
    if (
        not made
        or len(made) < len(bindings)
        or any(module.function_of(v) is not module.function_of(user) for v in made)
    ):
        return []
    return [(node, value) for value in made] if leads_only_through(module, made, user) else []


def _how(
    inference: Inference, module: Module, value: ast.Call, receiver: ast.Name | None, held: Attributes
) -> How | None:
    """How a call makes a model, or the object that keeps one under some attributes."""
    made = made_in_constructor(inference, module, value, held)
    if made is None:
        return None
    how = _makes(inference, made.module, made.call, receiver if not held else None)
    return How.LOADED if how is How.FRESH and made.weighted else how


def _makes(
    inference: Inference, module: Module, value: ast.Call, receiver: ast.Name | None, hands: int = limits.MAX_HANDS
) -> How | None:
    """How a call makes a model, None for one that makes none or whose making cannot be read."""
    for callee in inference.values(module, value.func):
        if isinstance(callee, External):
            name = callee.name.rpartition(".")[2]
            if not any(isinstance(v, KerasModel) for v in inference.values(module, value)):
                return None
            if name in LOADS_WITH_WEIGHTS or _is_pretrained(inference, module, value):
                return How.LOADED
            if _is_part(inference, module, value):
                return How.PART
            return How.LOADED if _gets_weights(module, value, receiver) else How.FRESH
        if isinstance(callee, FunctionObject):
            return _builder_makes(inference, module, value, callee.function, receiver, hands - 1) if hands else None
    return None


def _own_object(inference: Inference, module: Module, value: ast.Call) -> ast.expr | None:
    """The object whose method a call runs; None for a function."""
    for callee in inference.values(module, value.func):
        if isinstance(callee, FunctionObject) and callee.function.is_method and isinstance(value.func, ast.Attribute):
            return value.func.value
    return None


def _is_pretrained(inference: Inference, module: Module, call: ast.Call) -> bool:
    """Whether a call makes a model of `keras.applications`, with its weights."""
    return any(
        isinstance(value, External) and ".applications." in value.name and keras_names.makes_model(value.name)
        for value in inference.values(module, call.func)
    ) and not _without_weights(call)


def _without_weights(call: ast.Call) -> bool:
    """`VGG16(weights=None)`"""
    return any(
        keyword.arg == "weights" and isinstance(keyword.value, ast.Constant) and keyword.value.value is None
        for keyword in call.keywords
    )


def _is_part(inference: Inference, module: Module, value: ast.Call, builder: Function | None = None) -> bool:
    """Whether a call makes a model of layers of another model: `keras.Model(model.inputs, layer.output)`.

    That of a `builder` is one only if it does not make the other model itself.
    """
    return any(
        (builder is None or not _is_made_in(module, owner, builder))
        and any(
            isinstance(v, KerasModel) or (isinstance(v, Instance) and inference.is_model_class(v.cls))
            for v in inference.values(module, owner)
        )
        for owner in _owners_of_layers(value)
    )


def _owners_of_layers(call: ast.Call) -> list[ast.expr]:
    """The models of whose layers a call makes another, by how it is written.

    `Model(net.input, ...)`, `Sequential(net.layers[:-1])`, `Sequential([layer for layer in net.layers])`.
    """
    inputs = next(
        (k.value for k in call.keywords if k.arg in ("inputs", "layers")), call.args[0] if call.args else None
    )
    if isinstance(inputs, ast.List | ast.Tuple):
        ends = inputs.elts if len(inputs.elts) == 1 else []
    elif isinstance(inputs, ast.ListComp) and len(inputs.generators) == 1:
        ends = [inputs.generators[0].iter] if last_name(inputs.elt) == last_name(inputs.generators[0].target) else []
    else:
        ends = [inputs] if inputs is not None else []
    whole = [end.value if isinstance(end, ast.Starred | ast.Subscript) else end for end in ends]
    whole = [end.value if isinstance(end, ast.Subscript) else end for end in whole]
    return [end.value for end in whole if isinstance(end, ast.Attribute) and end.attr in ("input", "inputs", "layers")]


def _is_made_in(module: Module, node: ast.expr, function: Function) -> bool:
    """Whether a name gets its value in a function, and is no parameter of it."""
    bindings = bindings_of(module, node) if isinstance(node, ast.Name) else []
    return any(b.scope is function.scope and b.kind is not BindingKind.PARAMETER for b in bindings)


def _builder_makes(
    inference: Inference, module: Module, value: ast.Call, function: Function, receiver: ast.Name | None, hands: int
) -> How | None:
    """How a function of the project makes a model, the same for the same arguments; None if it need not be the same.

    What another function makes for it is asked so many functions further.
    """
    if function.decorators or function.is_generator or not function.returns:
        return None
    if function.is_method and not isinstance(value.func, ast.Attribute):
        return None
    inner = function.module
    if any(isinstance(node, ast.Global | ast.Nonlocal) for node in ast.walk(function.node)):
        return None
    makers = [maker for result in function.returns for maker in _makers_in(function, result)]
    if not all(isinstance(maker, ast.Call) and _is_model(inference, inner, maker) for maker in makers):
        return None
    reads = [
        call
        for name in ("load_weights", *sorted(LOADS_WITH_WEIGHTS))
        for call in inner.calls.get(name, ())
        if inner.function_of(call) is function
    ]
    for call in reads:
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not all(follows_from_the_call(inference, inner, item, function) for item in given):
            return None
    others = [
        _makes(inference, inner, maker, None, hands)
        for maker in makers
        if isinstance(maker, ast.Call)
        and any(isinstance(callee, FunctionObject) for callee in inference.values(inner, maker.func))
    ]
    if None in others:
        return None
    loads = How.LOADED in others
    loads |= any(isinstance(maker, ast.Call) and last_name(maker.func) in LOADS_WITH_WEIGHTS for maker in makers)
    loads = loads or any(_is_pretrained(inference, inner, call) for call in inner.order.within(function.node, ast.Call))
    if loads or reads or _gets_weights(module, value, receiver):
        return How.LOADED
    parts = all(isinstance(maker, ast.Call) and _is_part(inference, inner, maker, function) for maker in makers)
    return How.PART if parts else How.FRESH


def _makers_in(function: Function, result: ast.expr) -> list[ast.expr | None]:
    """The expressions of a function that a result of it is; None for one that cannot be told."""
    if not isinstance(result, ast.Name):
        return [result]
    module = function.module
    bindings = bindings_of(module, result)
    own = [
        binding.value
        if binding.kind is BindingKind.ASSIGN
        and binding.value is not None
        and module.function_of(binding.value) is function
        else None
        for binding in bindings
    ]
    return own or [None]


def _is_model(inference: Inference, module: Module, node: ast.expr) -> bool:
    values = inference.values(module, node)
    return bool(values) and all(isinstance(value, KerasModel) for value in values)


def _gets_weights(module: Module, value: ast.Call, receiver: ast.Name | None) -> bool:
    """Whether the model's weights are read from a file where it is made."""
    if receiver is None:
        return False
    return any(
        isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and [b.value for b in bindings_of(module, call.func.value)] == [value]
        for call in module.calls.get("load_weights", ())
    )
