"""The one solver of data-flow problems, and dominators: on graphs of numbered nodes, with bit sets as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lint_rules import budget

Successors = Sequence[Sequence[int]] | Mapping[int, Sequence[int]]


# Graphs of more nodes look at the time that the file has left; a look costs more than a small graph.
_LARGE = 500


def run_analysis(
    successors: Successors,
    entries: Mapping[int, int],
    gen: Sequence[int] | Mapping[int, int],
    kill: Sequence[int] | Mapping[int, int],
) -> dict[int, int]:
    """The bits that hold before each node on some way from an entry: a forward may-analysis.

    `entries` gives the bits at the nodes where ways begin. A node takes off its `kill` and then adds its `gen`. What no
    way reaches is not in the result.
    """
    order = reverse_postorder(successors, entries)
    before = dict.fromkeys(order, 0)
    before.update((node, bits) for node, bits in entries.items() if node in before)
    dirty = set(order)
    while dirty:
        if len(order) > _LARGE:
            budget.check()
        for node in order:
            if node not in dirty:
                continue
            dirty.discard(node)
            after = before[node] & ~kill[node] | gen[node]
            for following in successors[node]:
                known = before.get(following)
                if known is not None and known | after != known:
                    before[following] = known | after
                    dirty.add(following)
    return before


def reverse_postorder(successors: Successors, entries: Iterable[int]) -> list[int]:
    """The nodes that some entry leads to, each before what follows it, as far as there are no cycles."""
    seen: set[int] = set()
    finished: list[int] = []
    for entry in entries:
        if entry in seen:
            continue
        seen.add(entry)
        stack = [(entry, iter(successors[entry]))]
        while stack:
            node, following = stack[-1]
            for child in following:
                if child not in seen:
                    seen.add(child)
                    stack.append((child, iter(successors[child])))
                    break
            else:
                finished.append(node)
                stack.pop()
    finished.reverse()
    return finished


class Dominators:
    """Which nodes every way from the entry to a node goes through (Cooper, Harvey and Kennedy)."""

    def __init__(self, successors: Successors, entry: int) -> None:
        order = reverse_postorder(successors, [entry])
        rank = {node: number for number, node in enumerate(order)}
        predecessors: list[list[int]] = [[] for _ in order]
        for node in order:
            for following in successors[node]:
                predecessors[rank[following]].append(rank[node])
        immediate = [0] + [-1] * (len(order) - 1)
        changed = True
        while changed:
            changed = False
            for node in range(1, len(order)):
                found = -1
                for other in predecessors[node]:
                    if immediate[other] >= 0 or other == 0:
                        found = other if found < 0 else _meet(immediate, found, other)
                if found != immediate[node]:
                    immediate[node] = found
                    changed = True
        self._order = order
        self._rank = rank
        self._immediate = immediate
        self._first, self._last = _intervals(immediate)

    def dominates(self, one: int, other: int) -> bool:
        """Whether every way to `other` goes through `one`; a node dominates itself."""
        if one not in self._rank or other not in self._rank:
            return False
        a, b = self._rank[one], self._rank[other]
        return self._first[a] <= self._first[b] <= self._last[a]

    def nearest(self, node: int, others: Iterable[int]) -> int | None:
        """The last node that every way to a node and to some others goes through; None where none leads to the node.

        Others that no way leads to do not count.
        """
        if node not in self._rank:
            return None
        found = self._rank[node]
        for other in others:
            if other in self._rank:
                found = _meet(self._immediate, found, self._rank[other])
        return self._order[found]


def _meet(immediate: Sequence[int], one: int, other: int) -> int:
    while one != other:
        while one > other:
            one = immediate[one]
        while other > one:
            other = immediate[other]
    return one


def _intervals(immediate: Sequence[int]) -> tuple[list[int], list[int]]:
    """When a walk over the dominator tree enters each node, and the last time it enters one below."""
    children: list[list[int]] = [[] for _ in immediate]
    for node in range(1, len(immediate)):
        children[immediate[node]].append(node)
    first, last = [0] * len(immediate), [0] * len(immediate)
    clock = 0
    stack = [(0, False)]
    while stack:
        node, left = stack.pop()
        if left:
            last[node] = clock
            continue
        clock += 1
        first[node] = clock
        stack.append((node, True))
        stack.extend((child, False) for child in children[node])
    return first, last
