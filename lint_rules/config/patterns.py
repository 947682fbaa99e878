"""The patterns of the settings that mean files and folders.

A pattern without a slash is a name at any depth; one with a slash is a path from the root of the settings, or an
absolute one. What means a folder means everything in it. `*` goes through slashes too.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache

from lint_rules.config.wildcards import WILD, WildcardIndex

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re


class Patterns:
    """Some patterns of settings in `root`, of which there may be very many."""

    def __init__(self, patterns: Iterable[str], root: str) -> None:
        self._root = root
        self._plain: set[str] = set()
        self._names = WildcardIndex()
        self._paths = WildcardIndex()
        self._absolute = WildcardIndex()
        for written in patterns:
            pattern = written.removesuffix("/").removeprefix("./")
            if "/" in pattern:
                (self._absolute if os.path.isabs(pattern) else self._paths).add(pattern)
            elif set(pattern).isdisjoint(WILD):
                self._plain.add(pattern)
            else:
                self._names.add(pattern)

    def match(self, path: str) -> bool:
        """Whether one of them means a file or a folder above it."""
        parts = _parts(path, self._root)
        return not self._plain.isdisjoint(parts) or self._match_others(path, parts)

    def match_entry(self, path: str) -> bool:
        """The same for an entry of a folder that a walk has entered, whatever plain names the folders above have."""
        if os.path.basename(path) in self._plain:
            return True
        if not (self._names or self._paths or self._absolute):
            return False
        return self._match_others(path, _parts(path, self._root))

    def _match_others(self, path: str, parts: list[str]) -> bool:
        return (
            _matches_any(self._names, parts)
            or _matches_any(self._paths, _leading(parts))
            or _matches_any(self._absolute, _leading(path.replace(os.sep, "/").split("/")))
        )


def below(path: str, folder: str) -> bool:
    """Whether a path lies in a folder, at any depth."""
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def _parts(path: str, root: str) -> list[str]:
    """The names in a path, from the root where it lies there."""
    return (os.path.relpath(path, root) if below(path, root) else path).replace(os.sep, "/").split("/")


def _leading(parts: list[str]) -> Iterator[str]:
    """A path and the folders above it."""
    return ("/".join(parts[:count]) for count in range(len(parts), 0, -1))


def _matches_any(index: WildcardIndex, texts: Iterable[str]) -> bool:
    return bool(index) and any(
        pattern == text or _compiled(pattern).match(text) is not None for text in texts for pattern in index.find(text)
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    import re
    from fnmatch import translate

    return re.compile(translate(pattern))
