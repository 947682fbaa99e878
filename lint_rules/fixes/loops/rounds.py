"""The loops and comprehensions around a call, each of which runs all of the next one every time."""

from __future__ import annotations

import libcst as cst

from lint_rules.fixes.loops.batch_comprehension import runs_every_time
from lint_rules.fixes.loops.counted import counted_around
from lint_rules.fixes.loops.loop_shape import Shape, leaves_early, shape_around, suspends
from lint_rules.fixes.tree.locate import Tree
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Round:
    """`for target in source`, of a loop or a comprehension, with the code of its conditions; of a `while` that counts,
    the range that it counts through, with its `code`.

    `before` and `rest` are the statements of a loop's body: those that have run once the call, or the next loop, is
    come to, and the others with it. `made` are the names among them that the body binds before the next loop, and that
    samples are made of, with their values.
    """

    node: cst.CSTNode
    target: cst.BaseAssignTargetExpression
    source: cst.BaseExpression
    condition: str = ""
    code: str = ""
    before: tuple[cst.CSTNode, ...] = ()
    rest: tuple[cst.CSTNode, ...] = ()
    made: tuple[tuple[str, cst.BaseExpression], ...] = ()

    @property
    def body(self) -> tuple[cst.CSTNode, ...]:
        return (*self.before, *self.rest)

    @property
    def counts(self) -> bool:
        """Whether it is a `while`, which is not gone over but goes on."""
        return isinstance(self.node, cst.While)


def rounds_around(tree: Tree, call: cst.Call) -> list[Round]:
    """The loops and comprehensions around a call, the outermost first: each runs all of the next one every time."""
    found: list[Round] = []
    inside: cst.CSTNode = call
    while True:
        further = _around_comprehension(tree, inside) or _around_loop(tree, inside)
        if not further:
            return found
        found = [*further, *found]
        inside = further[0].node


def _around_comprehension(tree: Tree, node: cst.CSTNode) -> list[Round]:
    inside = node
    for around in tree.ancestors(node):
        if isinstance(around, (cst.ListComp, cst.SetComp, cst.DictComp)):
            if inside is around.for_in or not runs_every_time(tree, node, around):
                return []
            clause: cst.CompFor | None = around.for_in
            rounds = []
            while clause is not None:
                condition = "".join(f" if {tree.code(check.test)}" for check in clause.ifs)
                rounds.append(Round(around, clause.target, clause.iter, condition))
                clause = clause.inner_for_in
            return rounds
        if isinstance(around, (cst.BaseStatement, cst.BaseSmallStatement, cst.Lambda, cst.GeneratorExp)):
            return []
        inside = around
    return []


def _around_loop(tree: Tree, node: cst.CSTNode) -> list[Round]:
    counted = counted_around(tree, node)
    if counted is not None:
        rest = (counted.at, *counted.behind)
        return [Round(counted.node, counted.counter, counted.source, "", counted.code, (*counted.before,), rest)]
    shape = _shape(tree, node)
    if shape is None or shape.node.orelse is not None or leaves_early(shape.body) or suspends(shape.body):
        return []
    loop = shape.node
    return [Round(loop, loop.target, loop.iter, before=(*shape.before,), rest=(shape.at, *shape.behind))]


def _shape(tree: Tree, node: cst.CSTNode) -> Shape | None:
    """The loop that runs a node in each of its rounds; of a loop itself, the loop around it."""
    if isinstance(node, cst.BaseExpression):
        return shape_around(tree, node)
    block = tree.parent(node)
    outer = tree.parent(block) if isinstance(block, cst.IndentedBlock) else None
    if not isinstance(node, cst.For) or not isinstance(outer, cst.For) or outer.asynchronous:
        return None
    rows = [row for row in outer.body.body if isinstance(row, cst.BaseStatement)]
    place = rows.index(node)
    return Shape(outer, rows[:place], node, rows[place + 1 :])
