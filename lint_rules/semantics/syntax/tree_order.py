"""The nodes of a module in one order in which all that lies below a node comes right behind it.

So "does a loop hold this call?" compares two numbers, and "all calls in this loop" is a stretch of a list: neither
walks the loop again for each of the calls in it.
"""

from __future__ import annotations

import ast
from bisect import bisect_left
from typing import TypeVar

Node = TypeVar("Node", bound=ast.AST)


class TreeOrder:
    """Where each node stands. `children` names the fields of a kind of node that hold other nodes."""

    def __init__(self, tree: ast.AST, children: dict[type, tuple[str, ...]]) -> None:
        self._nodes: list[ast.AST] = []
        self._number: dict[ast.AST, int] = {}
        self._of_kind: dict[type, list[int]] = {}
        above: list[int] = []
        stack: list[tuple[ast.AST, int]] = [(tree, -1)]
        while stack:
            node, parent = stack.pop()
            number = len(self._nodes)
            self._number[node] = number
            self._nodes.append(node)
            above.append(parent)
            self._of_kind.setdefault(type(node), []).append(number)
            below: list[tuple[ast.AST, int]] = []
            for name in children[type(node)]:
                value = getattr(node, name, None)
                if isinstance(value, list):
                    below += [(child, number) for child in value if child is not None]
                elif value is not None:
                    below.append((value, number))
            stack += reversed(below)
        self._end = [number + 1 for number in range(len(self._nodes))]
        for number in range(len(self._nodes) - 1, 0, -1):
            parent = above[number]
            self._end[parent] = max(self._end[parent], self._end[number])

    def holds(self, outer: ast.AST, node: ast.AST) -> bool:
        """Whether a node is `outer` or lies below it."""
        first, number = self._number.get(outer), self._number.get(node)
        return first is not None and number is not None and first <= number < self._end[first]

    def within(self, outer: ast.AST, kind: type[Node]) -> list[Node]:
        """The nodes of one kind in `outer`, itself included, in order."""
        return self.between(self.span(outer), kind)

    def between(self, span: tuple[int, int], kind: type[Node]) -> list[Node]:
        """The nodes of one kind whose numbers lie in a span, in order."""
        numbers = self._of_kind.get(kind, [])
        found = numbers[bisect_left(numbers, span[0]) : bisect_left(numbers, span[1])]
        return [node for number in found if isinstance(node := self._nodes[number], kind)]

    def span(self, node: ast.AST) -> tuple[int, int]:
        """The numbers of a node and all that lies below it: the first, and the one behind the last."""
        first = self._number.get(node)
        return (first, self._end[first]) if first is not None else (0, 0)

    def number(self, node: ast.AST) -> int:
        """The number of a node, -1 for one of another module."""
        return self._number.get(node, -1)
