"""Is what decides on a model the same each time it is made: constants, and names that nothing binds in between?"""

from __future__ import annotations

import ast
from collections.abc import Set as AbstractSet

from lint_rules.semantics.calls.contexts import Frame
from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.higher_order import REQUEST_NAMES, EdgeKind
from lint_rules.semantics.knowledge.pure_methods import GIVES_THE_SAME_AGAIN
from lint_rules.semantics.syntax.module_index import Function, Module, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind


def inputs_of(module: Module, made: ast.Call) -> list[ast.expr]:
    """Everything that decides which model is made: the arguments, and those of `load_weights` on it."""
    inputs: list[ast.expr] = [*made.args, *(keyword.value for keyword in made.keywords)]
    for call in module.calls.get("load_weights", ()):
        if module.function_of(call) is module.function_of(made):
            inputs += [*call.args, *(keyword.value for keyword in call.keywords)]
    return inputs


def follows_from_the_call(inference: Inference, module: Module, node: ast.expr, function: Function) -> bool:
    """Whether an argument inside a builder is the same on every call with the same arguments, of a method also on the
    same object: constants, parameters, and attributes that the constructor has set; nothing computed."""
    for part in ast.walk(node):
        if _computes(part):
            return False
        if not isinstance(part, ast.Name) or module.scopes[part].find(part.id) is not function.scope:
            continue
        for binding in bindings_of(module, part):
            held = module.parents.get(part)
            if binding.kind is not BindingKind.PARAMETER:
                if not isinstance(binding.value, ast.Constant):
                    return False
            elif is_own_object(function, binding) and not (
                isinstance(held, ast.Attribute) and _is_set_once(inference, function, held)
            ):
                return False
    return True


def is_own_object(function: Function, binding: Binding) -> bool:
    """Whether a binding is that of `self`."""
    return function.is_method and bool(function.parameters) and binding.node is function.parameters[0]


def is_fixed(module: Module, node: ast.expr, inside: AbstractSet[ast.AST], handler: Function | None = None) -> bool:
    """Whether an expression is the same in every iteration: `inside` is what the loop holds.

    Of a handler it is asked in every request: the names of its own scope are bound anew.
    """
    for part in ast.walk(node):
        if _computes(part) or isinstance(part, ast.Await | ast.Yield | ast.NamedExpr):
            return False
        if isinstance(part, ast.Subscript) and not _is_constant_index(part.slice):
            return False
        if isinstance(part, ast.Attribute) and any(s.target in inside for s in module.stores.get(part.attr, ())):
            return False
        if isinstance(part, ast.Name) and part.id in REQUEST_NAMES:
            return False
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            for binding in bindings_of(module, part):
                if not _binds_the_same(module, node, binding, inside, handler):
                    return False
    return True


def _binds_the_same(
    module: Module, node: ast.expr, binding: Binding, inside: AbstractSet[ast.AST], handler: Function | None
) -> bool:
    """Whether a binding gives a name that stands in `node` the same value in every iteration."""
    if binding.kind is BindingKind.ITERATION:
        return _is_within(binding.node, node)
    if binding.node not in inside and (handler is None or binding.scope is not handler.scope):
        return True
    return (
        binding.value is not None
        and binding.kind in (BindingKind.ASSIGN, BindingKind.WITH)
        and is_fixed(module, binding.value, inside, handler)
    )


def _computes(part: ast.AST) -> bool:
    return isinstance(part, ast.Call) and last_name(part.func) not in GIVES_THE_SAME_AGAIN


def _is_within(inner: ast.AST, node: ast.expr) -> bool:
    """Whether a comprehension stands in an expression itself."""
    return any(part is inner for part in ast.walk(node))


def _is_constant_index(node: ast.expr) -> bool:
    if isinstance(node, ast.Slice):
        return all(part is None or _is_constant_index(part) for part in (node.lower, node.upper, node.step))
    return isinstance(node.operand if isinstance(node, ast.UnaryOp) else node, ast.Constant)


# Through the edge of a function

Outside = tuple[Module, ast.expr]
"""An expression, with its module."""


def outside(
    inference: Inference, module: Module, node: ast.expr, function: Function, outer: Frame
) -> list[Outside] | None:
    """The expressions outside a function on which one inside it rests; None if they cannot be told."""
    found: list[Outside] = []
    for part in ast.walk(node):
        if _computes(part):
            return None
        if not isinstance(part, ast.Name) or not isinstance(part.ctx, ast.Load):
            continue
        if module.scopes[part].find(part.id) is not function.scope:
            continue
        for binding in bindings_of(module, part):
            if binding.kind is BindingKind.ITERATION and _is_within(binding.node, node):
                continue
            further = _bound_outside(inference, module, part, binding, function, outer)
            if further is None:
                return None
            found += further
    return found


def _bound_outside(
    inference: Inference, module: Module, name: ast.Name, binding: Binding, function: Function, outer: Frame
) -> list[Outside] | None:
    """The same for one binding of a name."""
    if binding.kind is BindingKind.ASSIGN and binding.value is not None and not binding.path:
        return outside(inference, module, binding.value, function, outer)
    if binding.kind is not BindingKind.PARAMETER or not isinstance(binding.node, ast.arg):
        return None
    edge = outer.edge
    if is_own_object(function, binding):
        held = module.parents.get(name)
        receiver = edge.receiver if edge is not None else None
        if receiver is None or not isinstance(held, ast.Attribute) or not _stays(inference, function, held):
            return None
        return [(outer.module, receiver)]
    argument = edge.argument(function, binding.node) if edge is not None else None
    if argument is None:
        return [] if edge is None or edge.kind is EdgeKind.CALL else None
    return [(outer.module, argument)]


def _stays(inference: Inference, function: Function, node: ast.Attribute) -> bool:
    """Whether an attribute of a method's own object is a method, or set by nothing but the constructor."""
    owner = function.owner
    is_method = owner is not None and inference.method(owner, node.attr) is not None
    return is_method or _is_set_once(inference, function, node)


def _is_set_once(inference: Inference, function: Function, node: ast.Attribute) -> bool:
    """Whether an attribute of a method's own object is set by the constructor alone, or is a constant of the class."""
    owner = function.owner
    if owner is None:
        return False
    makers = [
        cls.module.function_of(store.target)
        for cls in inference.lineage(owner)
        for store in cls.stores.get(node.attr, ())
    ]
    if not makers:
        bound = [binding for cls in inference.lineage(owner) for binding in cls.scope.bindings.get(node.attr, ())]
        return bool(bound) and all(isinstance(binding.value, ast.Constant) for binding in bound)
    return all(maker is not None and maker.name == "__init__" for maker in makers)
