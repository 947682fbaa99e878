"""What of its object does a method read, and what does it change: some attributes of it, or who knows what."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import ClassObject, FunctionObject, Instance, KerasModel
from lint_rules.semantics.effects.arguments import uses_of_argument
from lint_rules.semantics.knowledge.pure_methods import PURE_METHODS
from lint_rules.semantics.syntax.module_index import Class, Function, Module, dotted
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

Attributes = frozenset[str] | None
"""Some attributes of an object; None for any of them."""
_NOTHING: Attributes = frozenset()
_LITERALS = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp)


def both(one: Attributes, other: Attributes) -> Attributes:
    """What is wanted where two things are wanted."""
    return None if one is None or other is None else one | other


# Reading


def wanted_of(inference: Inference, module: Module, node: ast.expr) -> Attributes:
    """What code wants of an object of the project, by the attribute or the method that it asks for."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.Call | ast.keyword):
        return _wanted_by_callee(inference, module, node)
    values = inference.values(module, node)
    if not isinstance(parent, ast.Attribute) or not values:
        return None
    found: Attributes = frozenset()
    for value in values:
        found = both(found, _wanted(inference, value.cls, parent.attr) if isinstance(value, Instance) else None)
    return found


def _wanted_by_callee(inference: Inference, module: Module, node: ast.expr) -> Attributes:
    """What the functions that get an object as an argument want of it."""

    def found() -> Attributes:
        uses = uses_of_argument(inference, module, node)
        wanted: Attributes = frozenset() if uses is not None else None
        for _, function, use in uses or ():
            wanted = both(wanted, wanted_of(inference, function.module, use))
        return wanted

    return inference.project.memo.ask(("wanted of", node), found, unknown=None, cycle=_NOTHING)


def _wanted(inference: Inference, owner: Class, name: str) -> Attributes:
    """What `x.name` reads of an object: the attribute, or what a method or a property of that name reads."""
    method = inference.method(owner, name)
    if method is not None:
        return _read_by(inference, method)
    lineage = inference.lineage(owner)
    bound = [binding for cls in lineage for binding in cls.scope.bindings.get(name, ())]
    if not all(_is_data(binding) for binding in bound):
        return None
    stored = bool(bound) or any(name in cls.stores for cls in lineage)
    return frozenset({name}) if stored or all(_is_seen(inference, cls) for cls in lineage) else None


def _is_data(binding: Binding) -> bool:
    """Whether a class holds a plain value under a name, and no descriptor: a field, a number, a table."""
    annotated = binding.kind in (BindingKind.ASSIGN, BindingKind.DECLARE) and isinstance(binding.node, ast.AnnAssign)
    return annotated or (binding.kind is BindingKind.ASSIGN and isinstance(binding.value, _LITERALS))


def _is_seen(inference: Inference, cls: Class) -> bool:
    """Whether all bases of a class are classes of the project: one that is not may have a property of any name."""
    return all(
        dotted(base) == "object"
        or (bool(values := inference.values(cls.module, base)) and all(isinstance(v, ClassObject) for v in values))
        for base in cls.node.bases
    )


def _read_by(inference: Inference, method: Function) -> Attributes:
    """The attributes that a method reads, through methods of its object too."""
    memo = inference.project.memo
    return memo.ask(("reads of self", method), lambda: _reads(inference, method), unknown=None, cycle=_NOTHING)


def _reads(inference: Inference, method: Function) -> Attributes:
    if not method.is_method or not method.parameters or method.owner is None:
        return None
    instance = method.parameters[0].arg
    found: Attributes = frozenset()
    for node in ast.walk(method.node):
        if not isinstance(node, ast.Name) or node.id != instance:
            continue
        parent = method.module.parents.get(node)
        if not isinstance(parent, ast.Attribute):
            found = both(found, wanted_of(inference, method.module, node))
        elif isinstance(parent.ctx, ast.Load):
            found = both(found, _wanted(inference, method.owner, parent.attr))
    return found


def reads_of(inference: Inference, methods: list[Function]) -> Attributes:
    """The attributes of their object that some methods read, all together."""
    found: Attributes = frozenset()
    for method in methods:
        found = both(found, _read_by(inference, method))
    return found


# Changing


def changes_self(function: Function, inference: Inference, attribute: str | None = None) -> bool:
    """Whether a method may change its object, or one attribute of it: by stores, by its methods, by its attributes."""
    return inference.project.memo.ask(
        ("changes self", function, attribute),
        lambda: _changes_self(function, inference, attribute),
        unknown=True,
        cycle=False,
    )


def changed_attributes(inference: Inference, methods: list[Function]) -> Attributes:
    """The attributes of their object that some methods may change; None for who knows which."""
    owners = [method.owner for method in methods]
    if not methods or any(owner is None or not _is_seen(inference, owner) for owner in owners):
        return None
    names = {name for owner in owners if owner is not None for cls in inference.lineage(owner) for name in cls.stores}
    return frozenset(name for name in names if any(changes_self(method, inference, name) for method in methods))


def _changes_self(function: Function, inference: Inference, attribute: str | None) -> bool:
    if function.owner is not None and function.has_decorator("staticmethod"):
        return False
    if not function.is_method or not function.parameters:
        return True
    instance = function.parameters[0].arg
    for node in ast.walk(function.node):
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store | ast.Del):
            base = base_text(node) if isinstance(node, ast.Subscript) else dotted(node)
            if base is not None and _is_part(base, instance, attribute):
                return True
        elif isinstance(node, ast.Call) and attribute is not None and _hands_on(node, instance):
            return True
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            text = dotted(node.func.value)
            if text is None or not _is_part(text, instance, attribute) or node.func.attr in PURE_METHODS:
                continue
            callees = inference.values(function.module, node.func)
            known = [value.function for value in callees if isinstance(value, FunctionObject)]
            inner = attribute if text == instance else None
            if not known or any(changes_self(item, inference, inner) for item in known):
                values = inference.values(function.module, node.func.value)
                if not (values and all(isinstance(value, KerasModel) for value in values)):
                    return True
    return False


def _is_part(text: str, instance: str, attribute: str | None) -> bool:
    """Whether a dotted name is the instance or something of it: of one attribute, if that is all that is asked for."""
    parts = text.split(".")
    return parts[0] == instance and (attribute is None or len(parts) == 1 or parts[1] == attribute)


def _hands_on(call: ast.Call, instance: str) -> bool:
    """Whether a call is given the instance itself, and may do anything with it."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(isinstance(item, ast.Name) and item.id == instance for item in given)


def base_text(node: ast.expr) -> str | None:
    """The dotted name of what an expression is a part of: `self.x` of `self.x[0][1]`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return dotted(node)
