"""`x[i] = value` statements."""

from __future__ import annotations

import ast

from lint_rules.semantics.syntax.module_index import Module, start


def item_stores(module: Module) -> list[tuple[ast.Subscript, ast.expr]]:
    """The targets and values of the item stores of a module, in source order."""
    return module.once("item stores", lambda: _item_stores(module))


def _item_stores(module: Module) -> list[tuple[ast.Subscript, ast.expr]]:
    found = [
        (target, node.value)
        for node in module.scopes
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Subscript)
    ]
    return sorted(found, key=lambda pair: start(pair[0]))
