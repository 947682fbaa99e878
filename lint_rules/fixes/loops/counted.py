"""`while i < len(xs): ... i += 1`: a loop that counts, and may be gone over like one over a range."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from lint_rules.fixes.loops.loop_shape import leaves_early, loop_around, suspends
from lint_rules.fixes.tree.locate import Tree
from lint_rules.fixes.tree.names import bound_paths, read_paths, touches
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Counted:
    """A `while` that goes on as long as a counter is less than something; `code` is the range of it from here on.

    `before` and `behind` are the statements of the body around that of the call, but for the one that counts, which
    stands behind the call.
    """

    node: cst.While
    counter: cst.Name
    source: cst.BaseExpression
    code: str
    before: Sequence[cst.BaseStatement]
    at: cst.CSTNode
    behind: Sequence[cst.BaseStatement]


def counted_around(tree: Tree, node: cst.CSTNode) -> Counted | None:
    """The loop that counts around a call, or around a loop, which it runs once in each of its rounds."""
    block = tree.parent(node)
    loop: cst.CSTNode | None = tree.parent(block) if isinstance(block, cst.IndentedBlock) else None
    at: cst.CSTNode | None = node
    if isinstance(node, cst.BaseExpression):
        loop, at = loop_around(tree, node)
    if (
        at is None
        or not isinstance(loop, cst.While)
        or loop.orelse is not None
        or not isinstance(loop.body, cst.IndentedBlock)
    ):
        return None
    match loop.test:
        case cst.Comparison(
            left=cst.Name() as counter,
            comparisons=[cst.ComparisonTarget(operator=cst.LessThan(), comparator=limit)],
        ):
            pass
        case _:
            return None
    rows = [row for row in loop.body.body if isinstance(row, cst.BaseStatement)]
    place = next((place for place, row in enumerate(rows) if at is row or at in _statements(row)), None)
    steps = {place: step for place, row in enumerate(rows) if (step := _step(tree, row, counter.value)) is not None}
    if place is None or len(steps) != 1 or leaves_early(rows) or suspends(rows):
        return None
    (counting, step), *_ = steps.items()
    others = [row for number, row in enumerate(rows) if number != counting]
    if counting < place or touches({counter.value} | read_paths(limit), bound_paths(others)):
        return None
    code = f"range({counter.value}, {tree.item(limit)}{'' if step == '1' else f', {step}'})"
    behind = [row for number, row in enumerate(rows) if number > place and number != counting]
    return Counted(loop, counter, cst.parse_expression(code), code, rows[:place], at, behind)


def _statements(row: cst.BaseStatement) -> Sequence[cst.CSTNode]:
    return row.body if isinstance(row, cst.SimpleStatementLine) and len(row.body) == 1 else ()


def _step(tree: Tree, row: cst.BaseStatement, counter: str) -> str | None:
    """`1` of `i += 1` and `i = i + 1`; None for any other statement."""
    match row:
        case cst.SimpleStatementLine(
            body=[cst.AugAssign(target=cst.Name(value=name), operator=cst.AddAssign(), value=cst.Integer(value=step))]
        ):
            return step if name == counter and step != "0" else None
        case cst.SimpleStatementLine(
            body=[
                cst.Assign(
                    targets=[cst.AssignTarget(target=cst.Name(value=name))],
                    value=cst.BinaryOperation(
                        left=cst.Name(value=again), operator=cst.Add(), right=cst.Integer(value=step)
                    ),
                )
            ]
        ):
            return step if name == again == counter and step != "0" else None
    return None
