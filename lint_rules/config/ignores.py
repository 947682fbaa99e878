"""What git ignores: .gitignore files and the repository's own list."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from operator import add

from lint_rules.config.wildcards import WildcardIndex
from lint_rules.source.files import SETTINGS_BYTES, read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class IgnoreFile:
    """The lines of one ignore file, whose patterns count from `folder`. Only lines that can mean a path are compiled:
    that takes some three hundred microseconds for each."""

    def __init__(self, folder: str, lines: Sequence[str]) -> None:
        self._start = len(folder.rstrip(os.sep)) + 1
        self._lines = lines
        self._index = WildcardIndex()
        self._telling: defaultdict[str, list[int]] = defaultdict(list)
        self._always: list[int] = []
        self._compiled: dict[int, GitIgnoreSpec] = {}
        self._specs: dict[tuple[int, ...], GitIgnoreSpec] = {}
        for number, line in enumerate(lines):
            name = _telling_name(line)
            if name is None:
                self._always.append(number)
            else:
                self._index.add(name)
                self._telling[name].append(number)

    def decision(self, path: str) -> bool | None:
        """Whether the file ignores a path (a folder ends with a slash) or takes it back, None where it does neither."""
        relative = path[self._start :]
        names = relative.replace(os.sep, "/").split("/")
        telling = {pattern for name in names for pattern in self._index.find(name)}
        numbers = tuple(sorted((*self._always, *(number for each in telling for number in self._telling[each]))))
        if not numbers:
            return None
        spec = self._specs.get(numbers)
        if spec is None:
            spec = self._specs[numbers] = self._spec(numbers)
        return spec.check_file(relative).include

    def _spec(self, numbers: Sequence[int]) -> GitIgnoreSpec:
        for number in numbers:
            if number not in self._compiled:
                self._compiled[number] = _compiled(self._lines[number])
        return reduce(add, [self._compiled[number] for number in numbers])


def _compiled(line: str) -> GitIgnoreSpec:
    """The pattern of a line; git passes over one that is none, such as a lone backslash, and so does this."""
    from pathspec import GitIgnoreSpec

    try:
        return GitIgnoreSpec.from_lines([line])
    except ValueError:
        return GitIgnoreSpec([])


def _telling_name(line: str) -> str | None:
    """A part of a pattern that a name in a path must match for the whole to match; None where that cannot be told."""
    if "\\" in line or "[" in line:
        return None
    parts = [part for part in line.rstrip().removeprefix("!").split("/") if part and part != "**"]
    return min(parts, key=lambda part: ("*" in part or "?" in part, -len(part)), default=None)


Ignores = tuple[IgnoreFile, ...]


def above(folder: str) -> list[str] | None:
    """The folders above one, up to the top of its git work tree, innermost first; None outside of a work tree."""
    outer: list[str] = []
    current = folder
    while not os.path.exists(os.path.join(current, ".git")):
        parent = os.path.dirname(current)
        if parent == current:
            return None
        current = parent
        outer.append(current)
    return outer


def repository_root(folder: str) -> str | None:
    """The top of the git work tree that a folder is in; None outside of a work tree."""
    outside = above(folder)
    return None if outside is None else outside[-1] if outside else folder


def outer_ignores(folder: str) -> Ignores:
    """The .gitignore files above a folder, up to the top of its git work tree, outermost first."""
    outside = above(folder)
    if outside is None:
        return ()
    top = outside[-1] if outside else folder
    found = [*read_ignores(top, os.path.join(".git", "info", "exclude"))]
    for outer in reversed(outside):
        found += read_ignores(outer, ".gitignore")
    return tuple(found)


def read_ignores(folder: str, name: str) -> Ignores:
    """One ignore file in a folder; empty where there is none that can be read, or no pattern in it."""
    try:
        text = read_bytes(os.path.join(folder, name), SETTINGS_BYTES).decode("utf-8", "replace")
    except OSError:
        return ()
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return (IgnoreFile(folder, lines),) if lines else ()


def is_ignored(path: str, ignores: Ignores) -> bool:
    """What git says: the innermost .gitignore that has a word to say decides."""
    for file in reversed(ignores):
        decision = file.decision(path)
        if decision is not None:
            return decision
    return False
