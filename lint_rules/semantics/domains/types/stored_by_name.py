"""Attributes that code stores by their names: `setattr(self, name, value)`, `object.__setattr__`, `self.__dict__`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from lint_rules.semantics.domains.types.classes import Classes
from lint_rules.semantics.domains.types.item_stores import item_stores
from lint_rules.semantics.domains.values import Values, union
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import Class, Module, last_name
from lint_rules.semantics.syntax.scopes import Binding, BindingKind


def set_by_name(inference: Classes, lineage: list[Class], name: str) -> Values:
    """What `setattr(self, "name", value)` and `self.__dict__.update(name=value)` give an attribute."""
    return union(*(group for owner in lineage for group in _set_in(inference, owner, name)))


def _set_in(inference: Classes, owner: Class, name: str) -> Iterator[Values]:
    module = owner.module
    for target, key, value in _named_stores(module):
        if not _is_self(module, target, owner):
            continue
        if isinstance(key, ast.Constant):
            if key.value == name:
                yield inference.values(module, value)
        elif isinstance(key, ast.Name):
            yield _of_loop(inference, module, key, value, name)
    for call in module.calls.get("update", ()):
        if isinstance(call.func, ast.Attribute) and _is_namespace(module, call.func.value, owner):
            for keyword in call.keywords:
                if keyword.arg == name:
                    yield inference.values(module, keyword.value)
                elif keyword.arg is None:
                    yield inference.item(inference.values(module, keyword.value), name)
            for argument in call.args:
                yield inference.item(inference.values(module, argument), name)
    for target, value in item_stores(module):
        if isinstance(target.slice, ast.Constant) and target.slice.value == name:
            if _is_namespace(module, target.value, owner):
                yield inference.values(module, value)


def stored_by_name(module: Module, name: str) -> Iterator[tuple[ast.expr, ast.expr]]:
    """(object, value) of all that stores an attribute by its name: `setattr(policy, "net", value)`."""
    for target, key, value in _named_stores(module):
        if isinstance(key, ast.Constant) and key.value == name:
            yield target, value


def _named_stores(module: Module) -> Iterator[tuple[ast.expr, ast.expr, ast.expr]]:
    """(object, name, value) of `setattr(x, name, value)`, `object.__setattr__(x, name, value)` and
    `x.__setattr__(name, value)`, where `super()` stands for the object of the method.
    """
    for call in module.calls.get("setattr", ()):
        if isinstance(call.func, ast.Name) and len(call.args) == 3:
            yield call.args[0], call.args[1], call.args[2]
    for call in module.calls.get("__setattr__", ()):
        if not isinstance(call.func, ast.Attribute):
            continue
        if len(call.args) == 3:
            yield call.args[0], call.args[1], call.args[2]
        elif len(call.args) == 2:
            yield call.func.value, call.args[0], call.args[1]


def _of_loop(inference: Classes, module: Module, key: ast.Name, value: ast.expr, name: str) -> Values:
    """What a loop over names and values stores under one: `for key, value in table: setattr(self, key, value)`."""
    for binding in bindings_of(module, key):
        if binding.kind is not BindingKind.ITERATION or binding.value is None:
            continue
        if binding.path:
            return _of_pair(inference, module, binding.value, value, name)
        if isinstance(value, ast.Subscript) and last_name(value.slice) == key.id:
            return inference.item(inference.values(module, value.value), name)
        listed = _display(inference, module, binding.value)
        if any(isinstance(item, ast.Constant) and item.value == name for item in _names_in(listed)):
            return inference.values(module, value)
    return ()


def _of_pair(inference: Classes, module: Module, pairs: ast.expr, value: ast.expr, name: str) -> Values:
    """The same where the loop goes over pairs; `value` may call what a pair holds: `setattr(self, key, make())`."""
    table: ast.expr = pairs
    if isinstance(pairs, ast.Call) and last_name(pairs.func) == "items" and isinstance(pairs.func, ast.Attribute):
        table = pairs.func.value
    given = _under(_display(inference, module, table), name)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and given is not None:
        return inference.call_of(module, value, given)
    if not isinstance(value, ast.Name):
        return ()
    if given is not None:
        return inference.values(module, given)
    return inference.item(inference.values(module, table), name) if table is not pairs else ()


def _display(inference: Classes, module: Module, node: ast.expr) -> ast.expr:
    """The list or dict as it is written out that a name of the module, or an attribute of the class, stands for."""
    bindings: Sequence[Binding] = ()
    if isinstance(node, ast.Name):
        bindings = bindings_of(module, node)
    elif isinstance(node, ast.Attribute) and (method := module.own_method(node.value)) is not None:
        bindings = method.owner.scope.bindings.get(node.attr, ()) if method.owner is not None else ()
    only = bindings[0] if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGN else None
    return only.value if only is not None and only.value is not None and not only.path else node


def _names_in(listed: ast.expr) -> Sequence[ast.expr | None]:
    if isinstance(listed, ast.Dict):
        return listed.keys
    return listed.elts if isinstance(listed, ast.List | ast.Tuple | ast.Set) else ()


def _under(table: ast.expr, name: str) -> ast.expr | None:
    """What a table that is written out has for a name: a dict, `dict(name=...)`, or pairs."""
    rows: list[tuple[ast.expr | None, ast.expr]] = []
    if isinstance(table, ast.Dict):
        rows = list(zip(table.keys, table.values, strict=True))
    elif isinstance(table, ast.Call) and last_name(table.func) == "dict":
        return next((keyword.value for keyword in table.keywords if keyword.arg == name), None)
    elif isinstance(table, ast.List | ast.Tuple):
        pairs = [row.elts for row in table.elts if isinstance(row, ast.List | ast.Tuple) and len(row.elts) == 2]
        rows = [(pair[0], pair[1]) for pair in pairs]
    return next((value for key, value in rows if isinstance(key, ast.Constant) and key.value == name), None)


def _is_namespace(module: Module, node: ast.expr, owner: Class) -> bool:
    """Whether an expression is `self.__dict__` or `vars(self)`."""
    if isinstance(node, ast.Attribute) and node.attr == "__dict__":
        return _is_self(module, node.value, owner)
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "vars"
        and len(node.args) == 1
        and _is_self(module, node.args[0], owner)
    )


def _is_self(module: Module, node: ast.expr, owner: Class) -> bool:
    if isinstance(node, ast.Call):
        around = module.function_of(node) if last_name(node.func) == "super" else None
        return around is not None and around.owner is owner
    method = module.own_method(node)
    return method is not None and method.owner is owner
