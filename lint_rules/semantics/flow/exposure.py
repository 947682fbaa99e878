"""Whether a list or dict may be changed out of sight of the code that made it.

What is put into it by name, `rows.append(row)`, is in sight (`additions`).
"""

from __future__ import annotations

import ast
import builtins

from lint_rules.semantics.domains.types.inference import Inference
from lint_rules.semantics.domains.values import External, FunctionObject, KerasModel, ModelMethod, Value
from lint_rules.semantics.flow.additions import additions_to
from lint_rules.semantics.flow.use_def import bindings_of, uses_of
from lint_rules.semantics.knowledge.containers import TAKES_OR_SETS
from lint_rules.semantics.knowledge.library import WRITES
from lint_rules.semantics.syntax.module_index import Class, Function, Module
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

_MAX_CALLS = 3


def is_exposed(types: Inference, module: Module, binding: Binding, depth: int = _MAX_CALLS) -> bool:
    """Whether the list that a binding makes may be changed in ways that `additions_to` does not find.

    It is handed to a function of which that is not known to be harmless, bound to another name, kept in an object, or
    changed in place.
    """
    return any(_may_change(types, module, node, depth) for node in uses_of(module, binding))


def is_attribute_exposed(types: Inference, cls: Class, name: str) -> bool:
    """The same of the list in an attribute, in the module of its class."""
    return any(
        _may_change(types, cls.module, node, _MAX_CALLS)
        for node in cls.module.attributes.get(name, ())
        if isinstance(node.ctx, ast.Load)
    )


def _may_change(types: Inference, module: Module, node: ast.expr, depth: int) -> bool:
    """Whether what is done where a list is read may change it."""
    if _changes_in_place(module, node) or _is_kept(module, node):
        return True
    call = module.parents.get(node)
    if isinstance(call, ast.keyword | ast.Starred):
        call = module.parents.get(call)
    return isinstance(call, ast.Call) and call.func is not node and not _is_harmless(types, module, call, depth)


def _changes_in_place(module: Module, node: ast.expr) -> bool:
    """`rows[0] = row`, `del rows[0]`, `rows.pop()`."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.Subscript) and parent.value is node:
        return not isinstance(parent.ctx, ast.Load)
    return isinstance(parent, ast.Attribute) and parent.attr in TAKES_OR_SETS


def _is_kept(module: Module, node: ast.expr) -> bool:
    """`other = rows`, `self.rows = rows`, `all = [rows]`."""
    parent = module.parents.get(node)
    if isinstance(parent, ast.Assign | ast.AnnAssign | ast.NamedExpr):
        return parent.value is node
    return isinstance(parent, ast.List | ast.Tuple | ast.Dict | ast.Set) and _is_stored(module, parent)


def _is_stored(module: Module, display: ast.expr) -> bool:
    return isinstance(module.parents.get(display), ast.Assign | ast.AnnAssign | ast.NamedExpr)


def _is_harmless(types: Inference, module: Module, call: ast.Call, depth: int) -> bool:
    """Whether what is called changes none of its arguments, as far as libraries go."""
    values = types.values(module, call.func)
    if isinstance(call.func, ast.Name) and not values:
        return hasattr(builtins, call.func.id) and not bindings_of(module, call.func)
    return bool(values) and all(_leaves_arguments(types, value, depth) for value in values)


def _leaves_arguments(types: Inference, value: Value, depth: int) -> bool:
    if isinstance(value, FunctionObject):
        return depth > 0 and _leaves_parameters(types, value.function, depth - 1)
    if isinstance(value, External):
        return value.name not in WRITES
    return isinstance(value, ModelMethod | KerasModel)


def _leaves_parameters(types: Inference, function: Function, depth: int) -> bool:
    """Whether a function puts nothing into what it is given, and keeps none of it."""
    module = function.module
    return not any(
        additions_to(module, binding) or is_exposed(types, module, binding, depth)
        for bindings in function.scope.bindings.values()
        for binding in bindings
        if binding.kind is BindingKind.PARAMETER
    )
