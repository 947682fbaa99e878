"""Which bindings of a name a use of it can see.

Flow-sensitive within a function: the last binding before the use that always runs hides the earlier ones; what a loop
binds further down reaches the use in the next round; the other branch of an `if` does not. A name of an enclosing
function or of the module can have any of its values.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.syntax.module_index import Module, start
from lint_rules.semantics.syntax.scopes import Binding, BindingKind, Scope, ScopeKind

LOOPS = (ast.For, ast.AsyncFor, ast.While)


def bindings_of(module: Module, name: ast.Name) -> list[Binding]:
    """The bindings that a use of a name can see; empty for builtins and names from star imports."""
    scope = module.scopes[name].find(name.id)
    if scope is None:
        return []
    return reaching(module, scope.bindings[name.id], name, scope)


def reaching(module: Module, bindings: list[Binding], use: ast.AST, scope: Scope) -> list[Binding]:
    """Of the bindings of one name in `scope`, those that reach `use`."""
    if len(bindings) == 1:
        return bindings
    if scope.kind is ScopeKind.COMPREHENSION or _home(module.scopes[use]) is not scope:
        return [binding for binding in bindings if binding.kind is not BindingKind.DECLARE] or bindings
    place = start(use)
    blocks = blocks_around(module, use)
    loops = {owner for owner, _ in blocks if isinstance(owner, LOOPS)}
    found: list[Binding] = []
    killer: Binding | None = None
    for binding in reversed(bindings):
        if binding.effect > place or binding.kind is BindingKind.DECLARE:
            continue
        if _other_branch(module, binding.node, blocks):
            continue
        found.append(binding)
        if binding.kind is not BindingKind.AUGMENT and dominates(module, binding, blocks):
            killer = binding
            break
    killing = {owner for owner, _ in blocks_around(module, killer.node)} if killer is not None else set()
    if killer is not None and isinstance(killer.node, LOOPS):
        killing.add(killer.node)
    carrying = loops - killing
    for binding in bindings:
        if binding.effect > place and binding.kind is not BindingKind.DECLARE:
            around = {owner for owner, _ in blocks_around(module, binding.node)}
            if binding.node in carrying or around & carrying:
                found.append(binding)
    return found or bindings


def _home(scope: Scope) -> Scope:
    while scope.kind is ScopeKind.COMPREHENSION and scope.parent is not None:
        scope = scope.parent
    return scope


def blocks_around(module: Module, node: ast.AST) -> list[tuple[ast.AST, str]]:
    """(owner, field) of every statement list that holds a node, from the inside out, up to its function."""
    blocks: list[tuple[ast.AST, str]] = []
    for child, parent in module.ancestors(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case):
            for name in ("body", "orelse", "finalbody", "handlers", "cases"):
                held = getattr(parent, name, None)
                if isinstance(held, list) and any(item is child for item in held):
                    blocks.append((parent, name))
                    break
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            break
    return blocks


def dominates(module: Module, binding: Binding, blocks: list[tuple[ast.AST, str]]) -> bool:
    """Whether a binding runs on every way to the use whose `blocks` are given."""
    node = binding.node
    if isinstance(node, ast.For | ast.AsyncFor):
        # The loop variable is bound in the body, and behind the loop only if it ran.
        return (node, "body") in blocks
    if isinstance(node, ast.NamedExpr | ast.comprehension):
        return False
    own = blocks_around(module, node)
    if isinstance(node, ast.With | ast.AsyncWith | ast.ExceptHandler):
        return (node, "body") in blocks or bool(own and own[0] in blocks)
    return not own or own[0] in blocks


def _other_branch(module: Module, node: ast.AST, blocks: list[tuple[ast.AST, str]]) -> bool:
    """Whether a binding stands in another branch of an `if` (or `match`) than the use."""
    mine = dict(blocks)
    for owner, field in blocks_around(module, node):
        if owner in mine and mine[owner] != field and isinstance(owner, ast.If):
            return True
    return False
