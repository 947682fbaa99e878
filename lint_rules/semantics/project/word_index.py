"""Which files mention a word: an index of eight bytes for each different word of a file.

It also knows which files use a name as an attribute, and which as the base of a class, so that few files need be
parsed for the question who calls a method or who inherits from a class.

A table of words takes several hundred bytes for every name that a project has; in a project of many thousand files
that is most of what a run holds in memory. So words are kept as hashes, in buckets that are sorted when they are
first asked. Two words with one hash mean one module too many that is looked at, and nothing else.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol
from zlib import crc32

from lint_rules.regex import lazy_pattern
from lint_rules.source.files import read_source_bytes
from lint_rules.source.words import split_words, without_escapes

BUCKETS = 256
# The lowest eight bits of a hash name the bucket, the others stand above the number of the file.
FILE_BITS = 24
_NUMBER = (1 << FILE_BITS) - 1

_ATTRIBUTE = lazy_pattern(rb"\.[\s\\]*([\w\x80-\xff]+)")
_BASES = lazy_pattern(rb"class[ \t]+[\w\x80-\xff]+\s*(?:\[[^\]]{0,400}\]\s*)?\((.{1,2000}?)\)\s*:", re.DOTALL)
# A base can have another name: `from m import Base as B`, `B = m.Base`. A notebook's line ends with a quote.
_ASSIGNED = lazy_pattern(rb"=[ \t]*([\w.\x80-\xff]+)[ \t]*(?:$|[#\"])", re.MULTILINE)


def words_of(data: bytes) -> set[bytes]:
    """Every word in the bytes of a file: names, and the words of strings and comments, which do no harm.

    A name behind a dot is in it as `.name` too, and one that may be the base of a class as `(Name`.
    """
    found = set(split_words(data))
    found.update(b"." + name for name in set(_ATTRIBUTE.findall(data)))
    found.update(b"(" + name for name in _possible_bases(data))
    return found


def _possible_bases(data: bytes) -> set[bytes]:
    found: set[bytes] = set()
    for bases in _BASES.findall(data):
        found.update(split_words(bases))
    if found:
        found.update(value.rpartition(b".")[2] for value in _ASSIGNED.findall(data))
        for before in data.split(b" as ")[:-1]:
            found.update(split_words(before[-80:])[-1:])
    return found


def codes_of(data: bytes, notebook: bool = False) -> set[int]:
    """The hashes of the words in the bytes of a file, the same in every run."""
    return set(map(crc32, words_of(without_escapes(data) if notebook else data)))


def code_of(word: str) -> int:
    """The hash of one word; the name of a file on disk can be a word that is no text."""
    return crc32(word.encode(errors="surrogateescape"))


class KnownMentions(Protocol):
    """An index that was made before, of which some files still are as they were."""

    @property
    def numbers(self) -> Mapping[Path, int]:
        """The numbers that those files have in it."""

    def bucket(self, number: int) -> array[int]:
        """The sorted entries of one bucket."""


class Mentions:
    """The index over files; `read` gives the bytes of one and may raise OSError. What is `known` is not read."""

    def __init__(
        self,
        files: Sequence[Path],
        read: Callable[[Path], bytes] = read_source_bytes,
        known: KnownMentions | None = None,
    ) -> None:
        self._known = known
        self._opened: dict[int, array[int]] = {}
        self._answers: dict[str, list[int]] = {}
        self._renumbered: dict[int, int] = {}
        self._buckets: list[array[int]] = [array("Q") for _ in range(BUCKETS)]
        self._sorted = [False] * BUCKETS
        numbers = known.numbers if known is not None else {}
        adders = [bucket.append for bucket in self._buckets]
        for number, file in enumerate(files):
            old = numbers.get(file)
            if old is not None:
                self._renumbered[old] = number
                continue
            try:
                data = read(file)
            except OSError:
                continue
            for code in codes_of(data, file.suffix == ".ipynb"):
                adders[code & BUCKETS - 1](code >> 8 << FILE_BITS | number)

    def count(self, word: str) -> int:
        """How many files mention a word."""
        return len(self.of(word))

    def of(self, word: str) -> list[int]:
        """The numbers of the files that mention a word, ascending."""
        known = self._answers.get(word)
        if known is None:
            known = self._answers[word] = self._of(code_of(word))
        return known

    def _of(self, code: int) -> list[int]:
        number, low = code & BUCKETS - 1, code >> 8 << FILE_BITS
        found = [entry & _NUMBER for entry in _between(self._fresh(number), low)]
        if self._known is not None:
            opened = self._opened.get(number)
            if opened is None:
                opened = self._opened[number] = self._known.bucket(number)
            renumbered = self._renumbered
            found += [renumbered[entry & _NUMBER] for entry in _between(opened, low) if entry & _NUMBER in renumbered]
            found.sort()
        return found

    def bucket(self, number: int) -> array[int]:
        """All sorted entries of one bucket, with the numbers that the files have here."""
        fresh = self._fresh(number)
        if self._known is None:
            return fresh
        renumbered = self._renumbered
        old = (
            entry >> FILE_BITS << FILE_BITS | renumbered[entry & _NUMBER]
            for entry in self._known.bucket(number)
            if entry & _NUMBER in renumbered
        )
        return array("Q", sorted((*fresh, *old)))

    def _fresh(self, number: int) -> array[int]:
        if not self._sorted[number]:
            self._buckets[number] = array("Q", sorted(self._buckets[number]))
            self._sorted[number] = True
        return self._buckets[number]


def _between(bucket: array[int], low: int) -> Sequence[int]:
    """The entries of one word."""
    return bucket[bisect_left(bucket, low) : bisect_left(bucket, low + (1 << FILE_BITS))]
