"""Which ways lead from one place of a unit to another: what runs before what, what again, and what not at all."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Container, Iterable
from functools import cached_property

from lint_rules.semantics.flow.dataflow import Dominators, reverse_postorder
from lint_rules.semantics.flow.graph import Graph, Start
from lint_rules.semantics.syntax.module_index import Module


class Ways:
    """The ways through one unit, each question answered for the statement that holds a node."""

    def __init__(self, module: Module, unit: ast.AST, graph: Graph) -> None:
        self.module = module
        self.unit = unit
        self.entry = graph.entry.number
        self.successors = [block.successors for block in graph.blocks]
        self._planned = [block.planned for block in graph.blocks]
        self._starts = graph.starts
        self.branches = graph.branches
        self.loops = graph.loops

    def starts(self, node: ast.AST) -> list[Start] | None:
        """Where the statement of a node begins, None for the body of a lambda."""
        current = node
        while not isinstance(current, ast.stmt):
            if current is self.unit:
                return None
            current = self.module.parents[current]
        return self._starts.get(current, [])

    @cached_property
    def _dominators(self) -> Dominators:
        return Dominators(self.successors, self.entry)

    @cached_property
    def _predecessors(self) -> list[list[int]]:
        found: list[list[int]] = [[] for _ in self.successors]
        for number, successors in enumerate(self.successors):
            for following in successors:
                found[following].append(number)
        return found

    def dominates(self, first: ast.AST, then: ast.AST, reached: Container[int]) -> bool:
        """Whether every way to a node goes through another, of those that are `reached` at all."""
        earlier = self.starts(first) or ()
        later = [start for start in self.starts(then) or () if start.block in reached]
        return bool(later) and all(
            any(
                one.clock < start.clock
                if one.block == start.block
                else self._dominators.dominates(one.block, start.block)
                for one in earlier
            )
            for start in later
        )

    def leads_only_through(self, nodes: Iterable[ast.AST], then: ast.AST) -> bool:
        """Whether every way to a node goes through one of some others, whichever."""
        passed = [start for node in nodes for start in self.starts(node) or ()]
        closed = {start.block for start in passed}
        later = self.starts(then) or ()
        return bool(later) and all(
            any(one.block == start.block and one.clock < start.clock for one in passed)
            if start.block in closed
            else not self._is_reached_around(closed, start.block)
            for start in later
        )

    def _is_reached_around(self, closed: Collection[int], block: int) -> bool:
        """Whether some way leads to a block through none of some others.

        What comes before all of them is left out: it leads to the last block that all ways to them go through.
        """
        begin = self._dominators.nearest(block, closed)
        if begin is None or begin in closed:
            return False
        seen, waiting = {block}, [block]
        while waiting:
            one = waiting.pop()
            if one == begin:
                return True
            before = [other for other in self._predecessors[one] if other not in seen and other not in closed]
            seen.update(before)
            waiting += before
        return False

    def comes_again(self, node: ast.AST, loop: ast.AST) -> bool:
        """Whether a loop may go on with another iteration once a node in it has run as it should.

        `for path in paths: return model.predict(path)` never does; what fails, and is tried again, does not count.
        """
        for blocks in self.loops.get(loop, ()):
            begin = [start.block for start in self.starts(node) or () if start.block in blocks]
            inside = {
                number: [following for following in self._planned[number] if following in blocks]
                for number in range(blocks.header, blocks.end)
            }
            if not begin or blocks.header in reverse_postorder(inside, begin):
                return True
        return loop not in self.loops

    def left_open(self, truth: Callable[[ast.expr], bool | None]) -> frozenset[int] | None:
        """The blocks that some way leads to if `truth` is right about the tests of `if` and `assert`.

        `truth` gives None where either is possible. None where it says nothing of any test.
        """
        closed: set[int] = set()
        for test, copies in self.branches.items():
            answer = truth(test)
            if answer is not None:
                closed.update(each.fails if answer else each.holds for each in copies)
        if not closed:
            return None
        open_ways = [
            [following for following in successors if following not in closed] for successors in self.successors
        ]
        return frozenset(reverse_postorder(open_ways, [self.entry]))

    def is_cut_off(self, node: ast.AST, left_open: Container[int] | None) -> bool:
        """Whether none of the blocks that are left open is where a node begins."""
        starts = self.starts(node)
        return left_open is not None and bool(starts) and not any(start.block in left_open for start in starts or ())
