"""How many rows a slice cuts out."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.arrays.value import Array, Dim, Extent
from lint_rules.semantics.flow.evaluator import Evaluator, Place


def slice_extent(evaluator: Evaluator[Array], place: Place, node: ast.Slice) -> Dim:
    """The rows of `x[a:b]`: one for `x[i:i+1]`, `x[:1]`, `x[-1:]`; else some."""
    lower, upper = node.lower, node.upper
    if node.step is not None:
        return Extent.SOME
    bounds = [bound for bound in (lower, upper) if bound is not None]
    if lower is not None and upper is not None:
        if _one_more(lower, upper):
            return 1
        first, last = whole(evaluator, place, lower), whole(evaluator, place, upper)
        if first is not None and last is not None and 0 <= first < last:
            return last - first
    if lower is None and upper is not None and whole(evaluator, place, upper) == 1:
        return 1
    if lower is not None and upper is None and whole(evaluator, place, lower) == -1:
        return 1
    if all(whole(evaluator, place, bound) is not None for bound in bounds):
        # The same cut of each of several arrays is none of one.
        return Extent.MANY if bounds else Extent.ANY
    return Extent.SOME


def _one_more(lower: ast.expr, upper: ast.expr) -> bool:
    """Whether two bounds are written `i` and `i + 1`."""
    if not isinstance(upper, ast.BinOp) or not isinstance(upper.op, ast.Add):
        return False
    for one, other in ((upper.left, upper.right), (upper.right, upper.left)):
        if isinstance(other, ast.Constant) and other.value == 1 and ast.dump(one) == ast.dump(lower):
            return True
    return False


def whole(evaluator: Evaluator[Array], place: Place, node: ast.expr) -> int | None:
    only = evaluator.evaluate(place.at(node)).only
    return only.number if only is not None and isinstance(only.number, int) else None
