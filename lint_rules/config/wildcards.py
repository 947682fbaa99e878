"""Which of very many patterns can match a text, looked up instead of tried one after the other."""

from __future__ import annotations

from collections.abc import Iterator

WILD = "*?["


class WildcardIndex:
    """Patterns of `*`, `?` and `[...]`, found by how they begin, or else end.

    A hundred thousand patterns cost little more than one. Those that begin and end with a wildcard are told by what
    stands between, which takes a look at each.
    """

    def __init__(self) -> None:
        self._exact: set[str] = set()
        self._by_head: dict[str, list[str]] = {}
        self._by_tail: dict[str, list[str]] = {}
        self._others: list[tuple[str, str]] = []
        self._heads: set[int] = set()
        self._tails: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self._exact or self._heads or self._tails or self._others)

    def add(self, pattern: str) -> None:
        """Let the pattern be found for every text that it matches."""
        start = next((index for index, character in enumerate(pattern) if character in WILD), None)
        tail = pattern[max(map(pattern.rfind, "*?]")) + 1 :]
        if start is None:
            self._exact.add(pattern)
        elif start:
            self._by_head.setdefault(pattern[:start], []).append(pattern)
            self._heads.add(start)
        elif tail:
            self._by_tail.setdefault(tail, []).append(pattern)
            self._tails.add(len(tail))
        else:
            middle = "" if "[" in pattern else max(pattern.replace("?", "*").split("*"), key=len)
            self._others.append((middle, pattern))

    def find(self, text: str) -> Iterator[str]:
        """The patterns that may match a text."""
        if text in self._exact:
            yield text
        for length in self._heads:
            yield from self._by_head.get(text[:length], ())
        for length in self._tails:
            yield from self._by_tail.get(text[-length:], ())
        for middle, pattern in self._others:
            if middle in text:
                yield pattern
