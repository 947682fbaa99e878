"""How many rows a slice cuts out."""

from __future__ import annotations

import ast

from lint_rules.semantics.domains.arrays.value import Array, Dim, Extent
from lint_rules.semantics.flow.activations import Place
from lint_rules.semantics.flow.evaluator import Evaluator
from lint_rules.semantics.flow.same_value import constant_of, same_value, written_out
from lint_rules.semantics.syntax.module_index import Module


def slice_extent(evaluator: Evaluator[Array], place: Place, node: ast.Slice, axis: Dim = Extent.ANY) -> Dim:
    """What `x[a:b]` leaves of an axis: one for `x[i:i+1]`, `x[:1]`, `x[-1:]`; what is known of another; else some.

    A cut that is empty where the data end counts as what it is elsewhere.
    """
    lower, upper, step = (
        (bound, whole(evaluator, place, bound) if bound is not None else None)
        for bound in (node.lower, node.upper, node.step)
    )
    written = [bound for bound in (lower, upper, step) if bound[0] is not None]
    readable = all(number is not None for _, number in written)
    if not any(bound[0] is not None for bound in (lower, upper)) and (step[0] is None or step[1] in (1, -1)):
        return axis
    if isinstance(axis, int) and readable and step[1] != 0:
        return len(range(axis)[slice(lower[1], upper[1], step[1])])
    if step[0] is not None and step[1] != 1:
        return Extent.SOME
    if _is_one(place.module, lower, upper):
        return 1
    # The same cut of each of several arrays is none of one.
    return Extent.MANY if readable else Extent.SOME


def _is_one(
    module: Module, lower: tuple[ast.expr | None, int | None], upper: tuple[ast.expr | None, int | None]
) -> bool:
    """Whether two bounds, which have these values where they are known, leave one row."""
    if lower[0] is None:
        return upper[1] == 1
    if upper[0] is None:
        return lower[1] == -1
    if _ahead(module, lower[0], upper[0]) == 1 and lower[1] != -1:
        return True
    return lower[1] is not None and upper[1] is not None and 0 <= lower[1] == upper[1] - 1


def most_rows(module: Module, node: ast.expr) -> int | None:
    """How many rows `x[i:i + n]` has at most; None for anything else."""
    match written_out(module, node):
        case ast.Subscript(slice=ast.Slice(lower=ast.expr() as lower, upper=ast.expr() as upper, step=None)):
            return _ahead(module, lower, upper)
    return None


def _ahead(module: Module, lower: ast.expr, upper: ast.expr) -> int | None:
    """By how much one bound is ahead of the other: n for `i` and `i + n`."""
    upper = written_out(module, upper)
    if not isinstance(upper, ast.BinOp) or not isinstance(upper.op, ast.Add):
        return None
    for one, other in ((upper.left, upper.right), (upper.right, upper.left)):
        ahead = constant_of(module, other)
        if ahead is not None and isinstance(ahead.value, int) and same_value(module, one, lower):
            return ahead.value
    return None


def whole(evaluator: Evaluator[Array], place: Place, node: ast.expr) -> int | None:
    """The value of a whole number that is the same on all ways."""
    only = evaluator.evaluate(place.at(node)).only
    return only.number if only is not None and isinstance(only.number, int) else None
