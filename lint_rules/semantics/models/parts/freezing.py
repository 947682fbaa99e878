"""Does the code freeze the weights of a model or layer?"""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import Origin, Value
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind


def frozen(inference: Inference, value: Value) -> bool:
    """Whether the module that makes a model or a layer stores into its `trainable`."""
    origin = getattr(value, "origin", None)
    return isinstance(origin, Origin) and bool(trainable_set(inference, value, origin.module))


def trainable_set(inference: Inference, value: Value, module: Module) -> list[bool]:
    """The constants that a module stores in `trainable` of a model (or of its layers), in source order."""
    found: list[bool] = []
    for store in module.stores.get("trainable", ()):
        if not isinstance(store.value, ast.Constant) or not isinstance(store.value.value, bool):
            continue
        owner: ast.expr = store.target.value
        if value in inference.values(module, owner) or _is_layer_of(inference, module, owner, value):
            found.append(store.value.value)
    return found


def _is_layer_of(inference: Inference, module: Module, node: ast.expr, value: Value) -> bool:
    """`layer` of `for layer in base.layers[:n]`, `base.layers[0]`, `base.get_layer(name)`."""
    if isinstance(node, ast.Name):
        return any(
            binding.value is not None and _is_layer_of(inference, module, binding.value, value)
            for binding in bindings_of(module, node)
            if binding.kind in (BindingKind.ITERATION, BindingKind.ASSIGN)
        )
    if isinstance(node, ast.Subscript):
        return _is_layer_of(inference, module, node.value, value)
    if isinstance(node, ast.Call):
        name = last_name(node.func)
        if name == "get_layer" and isinstance(node.func, ast.Attribute):
            return value in inference.values(module, node.func.value)
        through = name in ("enumerate", "reversed", "list") and bool(node.args)
        return through and _is_layer_of(inference, module, node.args[0], value)
    return isinstance(node, ast.Attribute) and node.attr == "layers" and value in inference.values(module, node.value)
