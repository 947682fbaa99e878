"""Which calls can run a function that binds names of an outer scope: `global model` in `def load()`."""

from __future__ import annotations

import ast

from lint_rules.semantics.flow.expressions import is_called
from lint_rules.semantics.syntax.module_index import Function

ANY_CALL = "*"


def callers_by_name(function: Function) -> frozenset[str]:
    """The last names under which calls in its module can run a function, itself or through others.

    ANY_CALL alone where it is handed on as a value, or run in ways that show no name.
    """
    module = function.module
    names: set[str] = set()
    todo, seen = [function], {function}
    while todo:
        current = todo.pop()
        node = current.node
        if isinstance(node, ast.Lambda) or node.decorator_list or current.name.startswith("__"):
            return frozenset({ANY_CALL})
        names.add(current.name)
        mentions: list[ast.expr] = [*module.names.get(current.name, ()), *module.attributes.get(current.name, ())]
        for mention in mentions:
            if not is_called(module, mention):
                return frozenset({ANY_CALL})
            caller = module.function_of(mention)
            if caller is not None and caller not in seen:
                seen.add(caller)
                todo.append(caller)
    return frozenset(names)
