"""Where a fix can put statements of its own."""

from __future__ import annotations

import libcst as cst

from lint_rules.fixes.tree.locate import Tree


def above_statement(tree: Tree, node: cst.CSTNode | None = None) -> int:
    """The offset of the row above a statement, its decorators, and the comments that stand directly on it.

    The top-level statement of the tree without `node`.
    """
    start = tree.base if node is None else tree.span(node)[0]
    if node is None:
        while tree.text[start] in " \t\r\n":
            start += 1
    start = tree.line_start(start)
    while start:
        before = tree.line_start(start - 1)
        if not tree.text[before:start].lstrip().startswith("#") or tree.text.startswith("#!", before):
            break
        start = before
    return start
