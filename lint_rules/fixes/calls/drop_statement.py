"""A call that stands for its own sake taken out, with the row that it leaves empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.calls.drop_method import drop_method
from lint_rules.fixes.tree.imports import leave_out
from lint_rules.fixes.tree.locate import Tree, call_at
from lint_rules.fixes.tree.text import edits

Span: TypeAlias = tuple[Position, Position]
"""Where a call starts, and where it ends."""


def drop_statement(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Take out the statement that is nothing but the call at `at`; `pass` where its block would be empty.

    None where the value of the call is used, and in a `try`, whose handlers may be there for this call. Comments above
    it stay; one beside it goes.
    """
    found = call_at(text, at, end=end)
    alone = found[0].parent(found[1]) if found is not None else None
    if found is None or not isinstance(alone, cst.Expr) or _may_be_caught(*found):
        return None
    return _dropped(found[0], alone)


def drop_imported(
    text: str, at: Position, name: str, calls: Sequence[Span], *, end: Position | None = None
) -> tuple[Edit, ...] | None:
    """As `drop_statement`, for all calls of a function that was imported as `name`: the import goes with them."""
    dropped = [leave_out(text, name), *(drop_statement(text, first, end=last) for first, last in calls)]
    return tuple(edit for part in dropped for edit in part or ()) if all(dropped) else None


def drop_eval(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Leave out `model.eval()`: the statement, also `model = model.eval()`; of its value `model` is left."""
    found = call_at(text, at, end=end, named={"eval"})
    if found is None or not isinstance(found[1].func, cst.Attribute) or _may_be_caught(*found):
        return None
    tree, call = found
    match tree.parent(call):
        case cst.Expr() as alone:
            return _dropped(tree, alone)
        case cst.Assign(targets=[cst.AssignTarget(target=target)]) as alone if tree.code(target) == tree.code(
            found[1].func.value
        ):
            return _dropped(tree, alone)
    return drop_method(text, at, "eval", end=end)


def _may_be_caught(tree: Tree, call: cst.Call) -> bool:
    return any(isinstance(around, (cst.Try, cst.TryStar)) for around in tree.ancestors(call))


def _dropped(tree: Tree, alone: cst.Expr | cst.Assign) -> tuple[Edit, ...]:
    """The edits that take out a statement."""
    text = tree.text
    row = tree.parent(alone)
    block = tree.parent(row) if row is not None else None
    if isinstance(row, cst.SimpleStatementLine) and len(row.body) == 1 and _has_others(block):
        return edits(text, [(tree.line_start(tree.span(row)[0]), tree.full_span(row)[1], "")])
    if isinstance(row, (cst.SimpleStatementLine, cst.SimpleStatementSuite)) and len(row.body) > 1:
        return edits(text, [_among_others(tree, row, alone)])
    return edits(text, [(*tree.span(alone), "pass")])


def _has_others(block: cst.CSTNode | None) -> bool:
    return isinstance(block, cst.Module) or (isinstance(block, cst.IndentedBlock) and len(block.body) > 1)


def _among_others(
    tree: Tree, row: cst.SimpleStatementLine | cst.SimpleStatementSuite, alone: cst.Expr | cst.Assign
) -> tuple[int, int, str]:
    """The change of a row with several statements: the one goes with the semicolon that parts it from the next."""
    place = list(row.body).index(alone)
    if place + 1 < len(row.body):
        return tree.span(alone)[0], tree.span(row.body[place + 1])[0], ""
    first, start = tree.span(row.body[place - 1])[0], tree.span(alone)[0]
    kept = tree.text[first:start].rstrip().removesuffix(";").rstrip()
    return first + len(kept), tree.full_span(alone.value)[1], ""
