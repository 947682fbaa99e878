"""What a loop walks through, also a `while` loop that walks through an iterator, and so is a `for` loop.

`while True:` with `x = next(items)` in a `try` that ends the loop on StopIteration, and
`while (x := next(items, None)) is not None:`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TypeGuard

from lint_rules.records import dataclass
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.syntax.module_index import COMPREHENSIONS, Module, last_name
from lint_rules.semantics.syntax.scopes import BindingKind


@dataclass(frozen=True, slots=True)
class Walk:
    """What a loop walks through, and the name or names that each element gets."""

    iterable: ast.expr
    target: ast.expr


def walk_of(module: Module, loop: ast.AST) -> Walk | None:
    """What a loop or a comprehension walks through; None for one that only tests a condition."""
    if isinstance(loop, ast.For | ast.AsyncFor):
        return Walk(loop.iter, loop.target)
    if isinstance(loop, COMPREHENSIONS):
        return Walk(loop.generators[0].iter, loop.generators[0].target)
    step = step_of(module, loop)
    given = iterated(module, step) if step is not None else None
    taken = module.parents.get(step) if step is not None else None
    if given is None or not isinstance(taken, ast.Assign | ast.NamedExpr):
        return None
    return Walk(given, taken.targets[0] if isinstance(taken, ast.Assign) else taken.target)


def step_of(module: Module, loop: ast.AST) -> ast.Call | None:
    """The `next(items)` by which a loop walks through what was made an iterator before it; None for other loops."""
    if not isinstance(loop, ast.While):
        return None
    return module.once(
        ("step of", loop), lambda: next((call for call in _steps(loop) if iterated(module, call) is not None), None)
    )


def is_next(node: ast.expr) -> TypeGuard[ast.Call]:
    """Whether an expression is a call `next(...)`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "next"


def iterated(module: Module, step: ast.Call) -> ast.expr | None:
    """What `next(items)` walks through: `rows` of `items = iter(rows)`."""
    if not step.args or not isinstance(step.args[0], ast.Name):
        return None
    bindings = bindings_of(module, step.args[0])
    made = bindings[0].value if len(bindings) == 1 and bindings[0].kind is BindingKind.ASSIGN else None
    if not isinstance(made, ast.Call) or last_name(made.func) != "iter" or len(made.args) != 1 or bindings[0].path:
        return None
    return made.args[0]


def _steps(loop: ast.While) -> Iterator[ast.Call]:
    for statement in loop.body:
        if isinstance(statement, ast.Try) and any(_ends_loop(handler) for handler in statement.handlers):
            for part in statement.body:
                if isinstance(part, ast.Assign) and is_next(part.value):
                    yield part.value
    for tested in ast.walk(loop.test):
        if isinstance(tested, ast.NamedExpr) and is_next(tested.value):
            yield tested.value


def _ends_loop(handler: ast.ExceptHandler) -> bool:
    leaves = bool(handler.body) and isinstance(handler.body[-1], ast.Break | ast.Return)
    return last_name(handler.type) == "StopIteration" and leaves
