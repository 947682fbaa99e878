"""The model that an object keeps from its constructor on: `Detector()`, which does `self.net = load_model(...)`."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.queries.rebuilds.fixed import follows_from_the_call
from lint_rules.semantics.syntax.module_index import Class, Function, Module

Attributes = tuple[str, ...]
"""The attributes that lead from an object to what it keeps: `("detector", "net")` of `app.detector.net`."""
MAX_ATTRIBUTES = 3


def may_hold(inference: Inference, module: Module, node: ast.expr) -> bool:
    """Whether an expression names an attribute that a call fills, as far as the class of `self` shows."""
    if not isinstance(node, ast.Attribute):
        return False
    method = module.own_method(node.value)
    if method is None or method.owner is None:
        return isinstance(node.value, ast.Name | ast.Attribute | ast.Call)
    stores = [store for cls in inference.lineage(method.owner) for store in cls.stores.get(node.attr, ())]
    return any(isinstance(store.value, ast.Call) for store in stores)


def made_in_constructor(
    inference: Inference, module: Module, call: ast.Call, attributes: Attributes
) -> tuple[Module, ast.Call] | None:
    """The call that makes what an object keeps under some attributes, wherever the object itself is made by `call`.

    None unless the constructor always makes it, out of nothing but what it is given.
    """
    for attribute in attributes:
        cls = inference.class_made(module, call)
        maker = inference.method(cls, "__init__") if cls is not None and _makes_anew(inference, cls) else None
        value = _stored(inference, cls, maker, attribute) if cls is not None and maker is not None else None
        if maker is None or value is None:
            return None
        given = [*value.args, *(keyword.value for keyword in value.keywords)]
        if not all(follows_from_the_call(inference, maker.module, each, maker) for each in given):
            return None
        module, call = maker.module, value
    return module, call


def _makes_anew(inference: Inference, cls: Class) -> bool:
    """Whether each call of a class makes another object: no decorator, metaclass or `__new__` keeps one for all."""
    return inference.method(cls, "__new__") is None and not any(
        owner.node.decorator_list or owner.node.keywords for owner in inference.lineage(cls)
    )


def _stored(inference: Inference, cls: Class, maker: Function, attribute: str) -> ast.Call | None:
    """The call whose value a constructor, and nothing else of the class, always stores under an attribute."""
    stores = [store for owner in inference.lineage(cls) for store in owner.stores.get(attribute, ())]
    if len(stores) != 1 or stores[0].path or not isinstance(stores[0].value, ast.Call):
        return None
    module, node = maker.module, stores[0].target
    if module.function_of(node) is not maker or module.own_method(node.value) is not maker:
        return None
    around = [parent for _, parent in module.ancestors(node)]
    statement = next((parent for parent in around if isinstance(parent, ast.stmt)), None)
    return stores[0].value if statement in getattr(maker.node, "body", ()) else None
