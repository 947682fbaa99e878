"""Which files mention a word: an index of eight bytes for each different word of a file.

A table of words takes several hundred bytes for every name that a project has; in a project of many thousand files
that is most of what a run holds in memory. So words are kept as hashes, in buckets that are sorted when they are
first asked. Two words with one hash mean one module too many that is looked at, and nothing else.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Callable, Sequence
from pathlib import Path

_BUCKETS = 256
# 39 bits of a hash are kept, its lowest eight name the bucket, and 24 bits are left for the number of a file.
_HASH = (1 << 39) - 1
_FILE = 24

# Everything that is no part of a name becomes a space. Bytes above 127 are letters in UTF-8 names, as in Python.
_NAMES = bytes(byte if byte > 127 or bytes([byte]).isalnum() or byte == ord("_") else ord(" ") for byte in range(256))


def words_of(data: bytes) -> set[bytes]:
    """Every word in the bytes of a file: names, and the words of strings and comments, which do no harm."""
    return set(data.translate(_NAMES).split())


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
                # In JSON a line end is written \n, so the first word of a line seems to begin with the letter n.
                data = data.replace(rb"\n", b" ").replace(rb"\t", b" ")
            for word in words_of(data):
                code = hash(word)
                adders[code & 255]((code >> 8 & _HASH) << _FILE | number)

    def count(self, word: str) -> int:
        """How many files mention a word."""
        return len(self._entries(word))

    def of(self, word: str) -> list[int]:
        """The numbers of the files that mention a word, ascending."""
        return [entry & ((1 << _FILE) - 1) for entry in self._entries(word)]

    def _entries(self, word: str) -> Sequence[int]:
        code = hash(word.encode())
        number = code & 255
        bucket = self._buckets[number]
        if not self._sorted[number]:
            bucket = self._buckets[number] = array("Q", sorted(bucket))
            self._sorted[number] = True
        low = (code >> 8 & _HASH) << _FILE
        return bucket[bisect_left(bucket, low) : bisect_left(bucket, low + (1 << _FILE))]
