"""Memory that grows while models are called: the resident memory of the process, looked at now and then."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import pairwise
from time import monotonic
from typing import Any

_STATM = "/proc/self/statm"
_PAUSE = 0.2
"""Seconds between two looks, at least,"""
_PAUSE_OF_LOOK = 1000
"""and so many times what a look takes: where the system is slow to tell, it is asked less often."""
_MOST = 256
"""Looks that are kept: beyond, every second one is forgotten, and the pause doubles."""
_LEAST = 8
"""Looks without which nothing is said,"""
_TOLD = 64 * 2**20
"""and bytes of growth."""
_WARM = 0.2
"""The part of the looks at the beginning that does not count: caches fill, functions are traced."""
_SHARE = 0.1
"""Memory grows steadily if each quarter of the calls has at least this share of the growth."""


@dataclass(frozen=True, slots=True)
class Growth:
    """Resident memory grew by so many bytes, in every quarter of so many calls."""

    bytes: int
    calls: int

    def __str__(self) -> str:
        each = round(self.bytes / self.calls / 1024)
        size = f"{self.bytes / 2**20:,.0f} MB"
        return f"memory +{size} over {self.calls:,} calls ({each:,} KB a call), in every quarter of them"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which JSON and pytest-xdist can carry."""
        return {"bytes": self.bytes, "calls": self.calls}


class MemoryLooks:
    """Looks at the memory of the process, where the platform shows it for little: on Linux."""

    def __init__(self) -> None:
        self._page = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
        self._pause = _PAUSE
        self._next = 0.0
        self._looks: list[tuple[int, int]] = []

    def look(self, calls: int) -> None:
        """Called after every call of a model, with how many there were."""
        now = monotonic()
        if now < self._next or not self._page:
            return
        try:
            resident = _resident_pages() * self._page
        except OSError:
            self._page = 0
            return
        after = monotonic()
        self._next = after + max(self._pause, _PAUSE_OF_LOOK * (after - now))
        self._looks.append((calls, resident))
        if len(self._looks) > _MOST:
            del self._looks[1::2]
            self._pause *= 2

    @property
    def growth(self) -> Growth | None:
        """The growth, if there is one to tell."""
        return steady_growth(self._looks)

    def forget(self) -> None:
        """Look anew."""
        self._looks.clear()
        self._pause = _PAUSE


def _resident_pages() -> int:
    """The system's own calls: a file object would take as long again."""
    file = os.open(_STATM, os.O_RDONLY)
    try:
        return int(os.read(file, 100).split()[1])
    finally:
        os.close(file)


def steady_growth(looks: list[tuple[int, int]]) -> Growth | None:
    """What (calls, bytes) show: None unless memory grew much, and all the time."""
    looks = looks[int(len(looks) * _WARM) :]
    if len(looks) < _LEAST:
        return None
    marks = [looks[round(quarter * (len(looks) - 1) / 4)][1] for quarter in range(5)]
    grown = marks[-1] - marks[0]
    if grown < _TOLD or any(after - before < _SHARE * grown for before, after in pairwise(marks)):
        return None
    return Growth(grown, looks[-1][0] - looks[0][0])
