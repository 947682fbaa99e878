"""Is a branch taken? What the tests around a node say where the value of what they ask is known.

`def values(x, target=False)` with `if target: return target_model.predict(x)`: a caller that says nothing of `target`
does not run that call.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence

from lint_rules.semantics.syntax.blocks import Place, place_of
from lint_rules.semantics.syntax.module_index import Module, last_name

UNKNOWN = object()


def skipped(module: Module, node: ast.AST, known: Callable[[ast.Name], object]) -> bool:
    """Whether an `if` around a node, or one before it that leaves, keeps it from running.

    `known` gives the value of a name, UNKNOWN where the code does not show it.
    """
    for child, parent in module.ancestors(node):
        if isinstance(parent, ast.If | ast.IfExp):
            answer = _answer(parent.test, known) if child is not parent.test else None
            if answer is not None and answer is not _in_body(parent, child):
                return True
        if isinstance(child, ast.stmt):
            if any(_left_behind(earlier, known) for earlier in _ways_out_before(module, child)):
                return True
        if isinstance(parent, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            break
    return False


def _in_body(parent: ast.If | ast.IfExp, child: ast.AST) -> bool:
    return child is parent.body if isinstance(parent, ast.IfExp) else any(item is child for item in parent.body)


def _ways_out_before(module: Module, child: ast.stmt) -> list[ast.If]:
    """The `if` statements before a statement in its block of which a branch leaves the function."""
    place = place_of(module, child)
    if place is None:
        return []
    found = module.once(
        ("ways out", module.parents.get(child), place.field),
        lambda: [
            (number, statement)
            for number, statement in enumerate(place.block)
            if isinstance(statement, ast.If) and "all" in (leaving(statement.body), leaving(statement.orelse))
        ],
    )
    return [statement for number, statement in found if number < place.number]


def _left_behind(statement: ast.If, known: Callable[[ast.Name], object]) -> bool:
    """Whether an `if` is known to take a branch that leaves the function."""
    answer = _answer(statement.test, known)
    return answer is not None and leaving(statement.body if answer else statement.orelse) == "all"


def _answer(test: ast.expr, known: Callable[[ast.Name], object]) -> bool | None:
    """What a test says: `flag`, `not flag`, `flag is None`, `mode == "train"`; None where it is not known."""
    if isinstance(test, ast.Name):
        value = known(test)
        return None if value is UNKNOWN else bool(value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        answer = _answer(test.operand, known)
        return None if answer is None else not answer
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Name):
        other, value = test.comparators[0], known(test.left)
        if value is UNKNOWN or not isinstance(other, ast.Constant):
            return None
        same = value == other.value and type(value) is type(other.value)
        if isinstance(test.ops[0], ast.Is | ast.Eq):
            return same
        if isinstance(test.ops[0], ast.IsNot | ast.NotEq):
            return not same
    return None


def leaving(block: Sequence[ast.stmt]) -> str:
    """How a block always ends: "loop" by break, "all" by return, "next" by continue, "" if it goes on."""
    return next((left for statement in block if (left := _ends(statement)) is not None), "")


def leaving_behind(module: Module, place: Place, parent: ast.AST) -> str:
    """The same for what stands behind a statement in its block."""
    behind = module.once(
        ("leaving from", parent, place.field), lambda: _next_known([_ends(statement) for statement in place.block])
    )
    return behind[place.number + 1]


def _next_known(ends: Sequence[str | None]) -> list[str]:
    """For each place the first that is known from there on; one more at the end, behind all."""
    found = [""]
    for end in reversed(ends):
        found.append(found[-1] if end is None else end)
    return found[::-1]


def _ends(statement: ast.stmt) -> str | None:
    """How a statement ends its block, "" where it is not known whether it does, None where it does not."""
    if isinstance(statement, ast.Return | ast.Raise):
        return "all"
    if isinstance(statement, ast.Break):
        return "loop"
    if isinstance(statement, ast.Continue):
        return ""
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        if last_name(statement.value.func) in ("exit", "_exit") and not statement.value.keywords:
            return "all"
    if isinstance(statement, ast.If):
        one, other = leaving(statement.body), leaving(statement.orelse)
        if one and other:
            return "loop" if "loop" in (one, other) else "all"
        if _may_continue(statement):
            return ""
    if isinstance(statement, ast.With | ast.AsyncWith):
        return leaving(statement.body) or None
    if isinstance(statement, ast.Try):
        body = [*statement.body, *statement.orelse]
        # What a body raises, its handlers may catch.
        caught = bool(statement.handlers) and any(isinstance(item, ast.Raise) for item in body)
        inside = "" if caught else leaving(body)
        return inside or leaving(statement.finalbody) or None
    return None


def _may_continue(statement: ast.If) -> bool:
    return any(isinstance(item, ast.Continue) for item in [*statement.body, *statement.orelse])
