"""Does a model take inputs of any length? `keras.Input((None,))` leaves an axis open, besides that of the batch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External, KerasModel, Value
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.keras_names import INPUTS, SHAPES_OF_SAMPLE, SHAPES_WITH_BATCH
from lint_rules.semantics.syntax.module_index import Module, last_name

_MAX_NAMES = 4


def leaves_axis_open(inference: Inference, model: Value) -> bool:
    """Whether the code shows a model to be made with an input of which an axis of each sample has any length."""
    origin = model.origin if isinstance(model, KerasModel) else None
    if origin is None or not isinstance(origin.node, ast.Call):
        return False
    makers = [*_makers(origin.module, origin.node), *_added(inference, origin.module, model)]
    return any(_is_open(shape) for maker in makers for shape in _shapes(inference, origin.module, maker))


def _makers(module: Module, call: ast.Call) -> Iterator[ast.Call]:
    """The calls that make the inputs of a model which `call` makes, or the layers that tell their shape."""
    given = next((keyword.value for keyword in call.keywords if keyword.arg in ("inputs", "input", "layers")), None)
    if given is None and call.args:
        given = call.args[0]
    if given is not None:
        yield from _calls(module, given)


def _calls(module: Module, node: ast.expr, depth: int = 0) -> Iterator[ast.Call]:
    if isinstance(node, ast.Call):
        yield node
    elif isinstance(node, ast.List | ast.Tuple):
        for item in node.elts:
            yield from _calls(module, item, depth)
    elif isinstance(node, ast.Dict):
        for value in node.values:
            yield from _calls(module, value, depth)
    elif isinstance(node, ast.Name) and depth < _MAX_NAMES:
        for binding in bindings_of(module, node):
            if binding.value is not None and not binding.path:
                yield from _calls(module, binding.value, depth + 1)


def _added(inference: Inference, module: Module, model: Value) -> Iterator[ast.Call]:
    """The layers that a model is given later: `model.add(Input((None, 8)))`."""
    for call in module.calls.get("add", ()):
        layer = call.args[0] if len(call.args) == 1 else None
        if isinstance(call.func, ast.Attribute) and isinstance(layer, ast.Call):
            if model in inference.values(module, call.func.value):
                yield layer


def _shapes(inference: Inference, module: Module, call: ast.Call) -> Iterator[list[ast.expr]]:
    """The shapes that a call gives to each sample, as they are written."""
    for keyword in call.keywords:
        if keyword.arg in SHAPES_WITH_BATCH | SHAPES_OF_SAMPLE and isinstance(keyword.value, ast.Tuple | ast.List):
            yield keyword.value.elts[1 if keyword.arg in SHAPES_WITH_BATCH else 0 :]
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Tuple | ast.List) and last_name(call.func) in ("Input", "InputLayer"):
        if any(isinstance(value, External) and value.name in INPUTS for value in inference.values(module, call.func)):
            yield first.elts


def _is_open(shape: list[ast.expr]) -> bool:
    return any(isinstance(size, ast.Constant) and size.value is None for size in shape)
