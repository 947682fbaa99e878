"""Which of very many patterns can match a text, looked up instead of tried one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")

WILD = "*?["


class WildcardIndex(Generic[T]):
    """Values by patterns of `*`, `?` and `[...]`, found by how the patterns begin, or else end.

    A hundred thousand patterns cost little more than one. Those that begin and end with a wildcard are told by what
    stands between, which takes a look at each.
    """

    def __init__(self) -> None:
        self._exact: dict[str, list[T]] = {}
        self._by_head: dict[str, list[T]] = {}
        self._by_tail: dict[str, list[T]] = {}
        self._others: list[tuple[str, T]] = []
        self._heads: set[int] = set()
        self._tails: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._exact or self._heads or self._tails or self._others)

    def add(self, pattern: str, value: T) -> None:
        """Let the value be found for every text that the pattern matches."""
        start = next((index for index, character in enumerate(pattern) if character in WILD), None)
        tail = pattern[max(map(pattern.rfind, "*?]")) + 1 :]
        if start is None:
            self._exact.setdefault(pattern, []).append(value)
        elif start:
            self._by_head.setdefault(pattern[:start], []).append(value)
            self._heads.add(start)
        elif tail:
            self._by_tail.setdefault(tail, []).append(value)
            self._tails.add(len(tail))
        else:
            middle = "" if "[" in pattern else max(pattern.replace("?", "*").split("*"), key=len)
            self._others.append((middle, value))

    def add_always(self, value: T) -> None:
        """Let the value be found for every text."""
        self._others.append(("", value))

    def find(self, text: str) -> Iterator[T]:
        """The values whose patterns may match a text, and no other value that is found by an exact one."""
        yield from self._exact.get(text, ())
        for length in self._heads:
            yield from self._by_head.get(text[:length], ())
        for length in self._tails:
            yield from self._by_tail.get(text[-length:], ())
        for middle, value in self._others:
            if middle in text:
                yield value
