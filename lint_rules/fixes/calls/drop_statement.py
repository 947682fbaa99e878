"""A call that stands for its own sake taken out, with the row that it leaves empty."""

from __future__ import annotations

import libcst as cst

from lint_rules.findings.diagnostics import Edit, Position
from lint_rules.fixes.tree.locate import Tree, call_at
from lint_rules.fixes.tree.text import edits


def drop_statement(text: str, at: Position, *, end: Position | None = None) -> tuple[Edit, ...] | None:
    """Take out the statement that is nothing but the call at `at`; `pass` where its block would be empty.

    None where the value of the call is used, and in a `try`, whose handlers may be there for this call. Comments above
    it stay; one beside it goes.
    """
    found = call_at(text, at, end=end)
    if found is None:
        return None
    tree, call = found
    alone = tree.parent(call)
    if not isinstance(alone, cst.Expr) or any(isinstance(it, (cst.Try, cst.TryStar)) for it in tree.ancestors(alone)):
        return None
    row = tree.parent(alone)
    block = tree.parent(row) if row is not None else None
    if isinstance(row, cst.SimpleStatementLine) and len(row.body) == 1 and _has_others(block):
        return edits(text, [(tree.line_start(tree.span(row)[0]), tree.full_span(row)[1], "")])
    if isinstance(row, (cst.SimpleStatementLine, cst.SimpleStatementSuite)) and len(row.body) > 1:
        return edits(text, [_among_others(tree, row, alone)])
    return edits(text, [(*tree.span(call), "pass")])


def _has_others(block: cst.CSTNode | None) -> bool:
    return isinstance(block, cst.Module) or (isinstance(block, cst.IndentedBlock) and len(block.body) > 1)


def _among_others(
    tree: Tree, row: cst.SimpleStatementLine | cst.SimpleStatementSuite, alone: cst.Expr
) -> tuple[int, int, str]:
    """The change of a row with several statements: the one goes with the semicolon that parts it from the next."""
    place = list(row.body).index(alone)
    if place + 1 < len(row.body):
        return tree.span(alone)[0], tree.span(row.body[place + 1])[0], ""
    first, start = tree.span(row.body[place - 1])[0], tree.span(alone)[0]
    kept = tree.text[first:start].rstrip().removesuffix(";").rstrip()
    return first + len(kept), tree.span(alone.value)[1], ""
