"""Do two expressions of one function have the same value, by whatever names? `i + 1`, and `j` of `j = i + 1`."""

from __future__ import annotations

import ast

from lint_rules.semantics.flow.use_def import always_runs_before, bindings_of, loops_around
from lint_rules.semantics.syntax.module_index import Module, start
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

_STEPS = 4
"""Names of names that are followed."""

_PLAIN = (ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.operator, ast.unaryop, ast.expr_context)


def written_out(module: Module, node: ast.expr) -> ast.expr:
    """The plain expression that a name was given last, if what that names is the same still; else the expression."""
    for _ in range(_STEPS):
        definition = _definition(module, node) if isinstance(node, ast.Name) else None
        if definition is None or definition.value is None:
            return node
        node = definition.value
    return node


def constant_of(module: Module, node: ast.expr) -> ast.Constant | None:
    """The constant that an expression is written as, or that its name was given last."""
    found = written_out(module, node)
    return found if isinstance(found, ast.Constant) else None


def same_value(module: Module, one: ast.expr, other: ast.expr) -> bool:
    """Whether two expressions of one place have the same value for certain."""
    one, other = written_out(module, one), written_out(module, other)
    if isinstance(one, ast.BinOp) and isinstance(other, ast.BinOp):
        alike = type(one.op) is type(other.op) and same_value(module, one.left, other.left)
        return alike and same_value(module, one.right, other.right)
    return ast.dump(one) == ast.dump(other)


def _definition(module: Module, name: ast.Name) -> Binding | None:
    """The one binding of a name by a plain expression that has the same value where the name is used."""
    scope = module.scopes[name].find(name.id)
    bindings = bindings_of(module, name) if scope is not None else []
    made = bindings[0] if len(bindings) == 1 else None
    if made is None or made.kind is not BindingKind.ASSIGN or made.path or made.value is None:
        return None
    if not isinstance(made.value, ast.Constant) and not _holds_still(module, made, made.value, name):
        return None
    return made


def _is_of_module(module: Module, node: ast.AST) -> bool:
    """Whether an expression is what a module has under a name: `np.newaxis`."""
    owner = node.value if isinstance(node, ast.Attribute) else None
    bindings = bindings_of(module, owner) if isinstance(owner, ast.Name) else []
    return bool(bindings) and all(binding.kind is BindingKind.IMPORT for binding in bindings)


def _holds_still(module: Module, made: Binding, value: ast.expr, use: ast.Name) -> bool:
    """Whether nothing that a value names is bound anew on the way from its binding to a use of that."""
    if module.function_of(value) is not module.function_of(use) or not always_runs_before(module, made.node, use):
        return False
    parts = list(ast.walk(value))
    # Loops that go on between the two: what they bind, a later iteration sees.
    between = set(loops_around(module, use)) - set(loops_around(module, made.node))
    for part in parts:
        if not isinstance(part, _PLAIN) and not _is_of_module(module, part):
            return False
        scope = module.scopes[part].find(part.id) if isinstance(part, ast.Name) else None
        for binding in scope.bindings[part.id] if scope is not None and isinstance(part, ast.Name) else ():
            if start(value) < binding.effect < start(use) or binding.node in between:
                return False
            if between & set(loops_around(module, binding.node)):
                return False
    return True
