"""Bound methods as values, written out as the calls that they stand for.

`pool.map(m.predict, xs)` does what `pool.map(lambda x, *more, **named: m.predict(x, *more, **named), xs)` does, and
after `p = m.predict` a call `p(x)` is `m.predict(x)`. In this form everything that follows functions and calls follows
them too. The tree alone is rewritten: what is written out stands where the method is named.
"""

from __future__ import annotations

import ast
import copy
import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property

from lint_rules.semantics.syntax.module_index import SCOPES

# Where a value is handed on. Elsewhere a method is asked for a name or compared, and nobody calls it.
_HANDED_ON: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Call: ("args",),
    ast.keyword: ("value",),
    ast.List: ("elts",),
    ast.Tuple: ("elts",),
    ast.Dict: ("values",),
    ast.Return: ("value",),
    ast.Assign: ("value",),
    ast.AnnAssign: ("value",),
    ast.NamedExpr: ("value",),
    ast.IfExp: ("body", "orelse"),
    ast.arguments: ("defaults", "kw_defaults"),
}


def write_out(tree: ast.Module, text: str, methods: frozenset[str]) -> None:
    """Replace, in place, the bound methods of some names that are handed on as values."""
    names = "|".join(sorted(methods))
    if re.search(rf"\.[\s\\]*(?:{names})\b(?!\s*\()", text) is None:
        return
    _inline(_Scope(tree), methods)
    for node in list(ast.walk(tree)):
        for name in _HANDED_ON.get(type(node), ()):
            _expand(node, name, methods)


def _is_method(node: object, methods: frozenset[str]) -> bool:
    """Whether an expression is a method of an object that has a name: evaluating that again does nothing."""
    if not isinstance(node, ast.Attribute) or node.attr not in methods or not isinstance(node.ctx, ast.Load):
        return False
    owner = node.value
    while isinstance(owner, ast.Attribute | ast.Subscript):
        if isinstance(owner, ast.Subscript) and not isinstance(owner.slice, ast.Constant | ast.Name):
            return False
        owner = owner.value
    return isinstance(owner, ast.Name)


def _root(method: ast.expr) -> str:
    """The name with which `m` of `m.predict` begins."""
    while isinstance(method, ast.Attribute | ast.Subscript):
        method = method.value
    assert isinstance(method, ast.Name)
    return method.id


# Handed on: a lambda


def _expand(node: ast.AST, field: str, methods: frozenset[str]) -> None:
    if isinstance(node, ast.Assign) and _keeps_its_name(node):
        return
    value = getattr(node, field)
    if isinstance(value, list):
        value[:] = [_as_lambda(item) if _is_method(item, methods) else item for item in value]
    elif _is_method(value, methods):
        setattr(node, field, _as_lambda(value))


def _keeps_its_name(node: ast.Assign) -> bool:
    """`self.predict = self.model.predict`: the object then has the method itself."""
    value = node.value
    return isinstance(value, ast.Attribute) and any(
        isinstance(target, ast.Attribute) and target.attr == value.attr for target in node.targets
    )


def _as_lambda(method: ast.Attribute) -> ast.Lambda:
    """`lambda x, *more, **named: method(x, *more, **named)`, all of it where the method stands."""
    load = ast.Load()
    first = "x" if _root(method) != "x" else "<x>"
    more, named = "<more>", "<named>"  # no name that the method's owner can have
    arguments = ast.arguments([], [ast.arg(first)], ast.arg(more), [], [], ast.arg(named), [])
    given: list[ast.expr] = [ast.Name(first, load), ast.Starred(ast.Name(more, load), load)]
    made = ast.Lambda(arguments, ast.Call(method, given, [ast.keyword(None, ast.Name(named, load))]))
    _place_at(made, method, keep=method)
    return made


def _place_at(made: ast.AST, place: ast.expr, keep: ast.AST | None = None) -> None:
    """Give a node, and all in it but `keep`, the place of another."""
    if made is keep:
        return
    ast.copy_location(made, place)
    for child in ast.iter_child_nodes(made):
        _place_at(child, place, keep)


# Under a name: the call itself


class _Scope:
    """A module, function or class, and what it binds."""

    def __init__(self, node: ast.AST) -> None:
        self.node = node

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """What is evaluated in it, with the heads of the scopes within."""
        found: list[ast.AST] = []
        waiting = list(ast.iter_child_nodes(self.node))
        while waiting:
            node = waiting.pop()
            found.append(node)
            if not isinstance(node, SCOPES):
                waiting.extend(ast.iter_child_nodes(node))
        return found

    @cached_property
    def bound(self) -> Counter[str]:
        """How often it binds each name; a name that it takes from outside, or gives away, counts twice."""
        found: Counter[str] = Counter()
        for node in self.nodes:
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
                found[node.id] += 1
            elif isinstance(node, ast.arg):
                found[node.arg] += 1
            elif isinstance(node, ast.alias):
                found[(node.asname or node.name).partition(".")[0]] += 1
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                found[node.name] += 1
            elif isinstance(node, ast.Global | ast.Nonlocal):
                found.update([*node.names, *node.names])
        return found

    def within(self) -> Iterator[_Scope]:
        return (_Scope(node) for node in self.nodes if isinstance(node, SCOPES))


def _inline(scope: _Scope, methods: frozenset[str]) -> None:
    """After `p = m.predict`, the only binding of `p`, let calls of `p` be calls of `m.predict`."""
    for node in scope.nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and _is_method(node.value, methods):
            target, value = node.targets[0], node.value
            if isinstance(target, ast.Name) and isinstance(value, ast.Attribute):
                root = _root(value)
                if scope.bound[target.id] == 1 and scope.bound[root] <= 1 and not isinstance(scope.node, ast.ClassDef):
                    _call_by_method(scope, target.id, root, value)
    for inner in scope.within():
        _inline(inner, methods)


def _call_by_method(scope: _Scope, name: str, root: str, method: ast.Attribute) -> None:
    for node in scope.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            function = copy.deepcopy(method)
            _place_at(function, node.func)
            node.func = function
    for inner in scope.within():
        # A class binds for its own body alone.
        if isinstance(inner.node, ast.ClassDef) or not inner.bound.keys() & {name, root}:
            _call_by_method(inner, name, root, method)
