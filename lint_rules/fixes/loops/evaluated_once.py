"""The statement above which a row may be put that makes ready what a call in it needs."""

from __future__ import annotations

import libcst as cst

from lint_rules.fixes.tree.locate import Tree

_OWN_SCOPE = (cst.Lambda, cst.BaseComp, cst.IfExp, cst.BooleanOperation, cst.NamedExpr)


def evaluated_once(tree: Tree, call: cst.Call) -> cst.SimpleStatementLine | cst.For | cst.If | None:
    """The statement that evaluates a call once, whenever it is run, and before it runs anything else."""
    inside: cst.CSTNode = call
    for around in tree.ancestors(call):
        match around:
            case cst.SimpleStatementLine(body=[_]):
                return around
            case cst.For(asynchronous=None):
                return around if inside is around.iter else None
            case cst.If() if inside is around.test and not isinstance(tree.parent(around), cst.If):
                return around
            case cst.CompFor() if inside is not around.iter:
                return None
            case cst.BaseComp() if inside is around.for_in:
                pass
            case cst.BaseCompoundStatement() | cst.SimpleStatementSuite() | cst.SimpleStatementLine():
                return None
            case _ if isinstance(around, _OWN_SCOPE):
                return None
        inside = around
    return None
