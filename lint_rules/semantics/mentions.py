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
from collections.abc import Callable, Sequence
from pathlib import Path
from zlib import crc32

from lint_rules.source.words import split_words, without_escapes

_BUCKETS = 256
# The lowest eight bits of a hash name the bucket, the others stand above the number of the file.
_FILE = 24

_ATTRIBUTE = re.compile(rb"\.[\s\\]*([\w\x80-\xff]+)")
_BASES = re.compile(rb"class[ \t]+[\w\x80-\xff]+\s*(?:\[[^\]]{0,400}\]\s*)?\((.{1,2000}?)\)\s*:", re.DOTALL)
# A base can have another name: `from m import Base as B`, `B = m.Base`. The end of a notebook's line is written \\n.
_ASSIGNED = re.compile(rb"=[ \t]*([\w.\x80-\xff]+)[ \t]*(?:$|#|\\n)", re.MULTILINE)


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


class Mentions:
    """The index over files; `read` gives the bytes of one and may raise OSError."""

    def __init__(self, files: Sequence[Path], read: Callable[[Path], bytes] = Path.read_bytes) -> None:
        self._buckets: list[array[int]] = [array("Q") for _ in range(_BUCKETS)]
        self._sorted = [False] * _BUCKETS
        adders = [bucket.append for bucket in self._buckets]
        for number, file in enumerate(files):
            try:
                data = read(file)
            except OSError:
                continue
            if file.suffix == ".ipynb":
                data = without_escapes(data)
            for word in words_of(data):
                code = crc32(word)
                adders[code & 255](code >> 8 << _FILE | number)

    def count(self, word: str) -> int:
        """How many files mention a word."""
        return len(self._entries(word))

    def of(self, word: str) -> list[int]:
        """The numbers of the files that mention a word, ascending."""
        return [entry & ((1 << _FILE) - 1) for entry in self._entries(word)]

    def _entries(self, word: str) -> Sequence[int]:
        code = crc32(word.encode())
        number = code & 255
        bucket = self._buckets[number]
        if not self._sorted[number]:
            bucket = self._buckets[number] = array("Q", sorted(bucket))
            self._sorted[number] = True
        low = code >> 8 << _FILE
        return bucket[bisect_left(bucket, low) : bisect_left(bucket, low + (1 << _FILE))]
