"""The index of words on disk: its buckets one after the other, each read when a word in it is asked for."""

from __future__ import annotations

import json
import sys
from array import array
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from lint_rules.cache import folder
from lint_rules.semantics.project.word_index import BUCKETS, FILE_BITS

_WORD = 8


class StoredWords:
    """An index as it was written. `digests` are the contents that it was made of, by path relative to the project."""

    def __init__(self, body: bytes) -> None:
        head, _, rest = body.partition(b"\n")
        order, self._sizes, names = json.loads(head)
        if order != sys.byteorder or len(self._sizes) != BUCKETS or sum(self._sizes) * _WORD != len(rest):
            raise ValueError("not an index of words")
        self._rest = rest
        self.digests: dict[str, str] = dict(names)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each file in the index."""
        return {name: number for number, name in enumerate(self.digests)}

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for size in self._sizes:
            starts.append(starts[-1] + size * _WORD)
        return starts

    def bucket(self, number: int) -> array[int]:
        """The sorted entries of one bucket."""
        entries: array[int] = array("Q")
        entries.frombytes(self._rest[self._starts[number] : self._starts[number + 1]])
        return entries


class Membership:
    """Which of some words the files of an index mention: each bucket is read once."""

    def __init__(self, stored: StoredWords) -> None:
        self._stored = stored
        self._buckets: dict[int, array[int]] = {}

    def mentions(self, name: str, code: int) -> bool:
        """Whether a file of the index mentions the word with a code."""
        bucket = self._buckets.get(code & (BUCKETS - 1))
        if bucket is None:
            bucket = self._buckets[code & (BUCKETS - 1)] = self._stored.bucket(code & (BUCKETS - 1))
        entry = code >> 8 << FILE_BITS | self._stored.numbers[name]
        place = bisect_left(bucket, entry)
        return place < len(bucket) and bucket[place] == entry


def load(path: Path) -> StoredWords | None:
    """The index in a file, None if it is not there or not whole."""
    body = folder.read(path)
    try:
        return StoredWords(body) if body is not None else None
    except (ValueError, TypeError, RecursionError):
        return None


def dump(path: Path, names: Sequence[tuple[str, str]], buckets: Sequence[array[int]]) -> bool:
    """Write an index of the files `names` (path, digest), numbered as they stand there."""
    head = json.dumps([sys.byteorder, [len(bucket) for bucket in buckets], names]).encode()
    return folder.write(path, b"\n".join((head, b"".join(bucket.tobytes() for bucket in buckets))))
