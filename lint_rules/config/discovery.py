"""From paths to the files to check: what git ignores and what the settings exclude is passed over.

Paths are absolute strings and come out sorted. Symbolic links to folders are not followed, so nothing is met twice
and no walk can turn in circles; a linked file counts unless the walk meets its target too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from fnmatch import translate
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from lint_rules.config.settings import Settings, SettingsError

if TYPE_CHECKING:
    import re

    from pathspec import GitIgnoreSpec

SUFFIXES = (".py", ".ipynb")
PACKAGING = ("pyproject.toml", "setup.py", "setup.cfg")
INSTALLED = ("site-packages", "dist-packages")

SettingsOf = Callable[[str], Settings]


class File(NamedTuple):
    """A file to check; `named` tells one that was asked for by its own name."""

    path: str
    named: bool = False


def discover(paths: Iterable[str], settings_of: SettingsOf) -> list[File]:
    """The files that the paths mean, sorted; a path that names a file is always taken.

    Raises:
        SettingsError: a path does not exist, or a pyproject.toml on the way is wrong.
    """
    files: dict[str, File] = {}
    for path in paths:
        absolute = os.path.abspath(path)
        if os.path.isdir(absolute):
            for found in walk(absolute, settings_of):
                files.setdefault(found, File(found))
        elif os.path.exists(absolute):
            files[absolute] = File(absolute, named=True)
        else:
            raise SettingsError(f"{path}: no such file or folder")
    return sorted(files.values())


def walk(folder: str, settings_of: SettingsOf) -> Iterator[str]:
    """Every Python file and notebook below a folder that is not passed over. The folder itself is never judged."""
    for _, files in folders(folder, settings_of):
        yield from files


def folders(folder: str, settings_of: SettingsOf) -> Iterator[tuple[str, list[str]]]:
    """The folder and all folders below it that a walk enters, each with the files that the walk meets in it."""
    ignores = _outer_ignores(folder)
    if ignores and _is_ignored(folder + os.sep, ignores):
        ignores = ()
    stack = [(folder, ignores)]
    while stack:
        current, ignores = stack.pop()
        try:
            with os.scandir(current) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError:
            continue
        names = {entry.name for entry in entries}
        if "pyvenv.cfg" in names and current != folder:
            continue
        if ".gitignore" in names:
            ignores = (*ignores, *_read_ignores(current, ".gitignore"))
        excluded = _Excluder(settings_of(current))
        files = []
        for entry in entries:
            is_folder = entry.is_dir(follow_symlinks=False)
            if not is_folder and not entry.name.endswith(SUFFIXES):
                continue
            if excluded(entry.path):
                continue
            if ignores and _is_ignored(entry.path + os.sep if is_folder else entry.path, ignores):
                continue
            if is_folder:
                stack.append((entry.path, ignores))
            elif entry.is_file() and not (entry.is_symlink() and below(os.path.realpath(entry.path), folder)):
                files.append(entry.path)
        yield current, files


def passed_over(paths: Iterable[str], settings_of: SettingsOf) -> set[str]:
    """Which of these files a walk through their project would not meet, because the settings exclude them."""
    folders: dict[str, bool] = {}

    def excluded(path: str, root: str) -> bool:
        return _Excluder(settings_of(os.path.dirname(path)))(path) or outside(os.path.dirname(path), root)

    def outside(folder: str, root: str) -> bool:
        if not below(folder, root):
            return False
        if folder not in folders:
            folders[folder] = os.path.exists(os.path.join(folder, "pyvenv.cfg")) or excluded(folder, root)
        return folders[folder]

    return {path for path in paths if excluded(path, project_root(path, settings_of))}


def project_root(path: str, settings_of: SettingsOf) -> str:
    """The folder of the project that a file or folder belongs to.

    That is the folder of the settings that hold there; else the top of its git work tree; else the nearest folder
    above it with a packaging file; else the folder itself. An installed package is a project of its own.
    """
    folder = path if os.path.isdir(path) else os.path.dirname(path)
    return settings_of(folder).root or _marked(folder, (".git",)) or _marked(folder, PACKAGING) or folder


def bounded(root: str, path: str, folders: Iterable[str]) -> str:
    """The root of a file's project, no further up than the folder of the workspace that the file is in.

    The top of a disk is no project: a file is then seen with its own folder.
    """
    inner = max((folder for folder in folders if below(path, folder)), key=len, default=None)
    if inner is not None and below(inner, root):
        return inner
    return root if os.path.dirname(root) != root else os.path.dirname(path)


def forget() -> None:
    """Look for the marks of projects again: a long-lived process sees them come and go."""
    _marked.cache_clear()


@cache
def _marked(folder: str, marks: tuple[str, ...]) -> str | None:
    """The nearest folder that holds one of the marks, looking no further up than an installed package."""
    if any(os.path.exists(os.path.join(folder, mark)) for mark in marks):
        return folder
    parent = os.path.dirname(folder)
    if parent == folder or os.path.basename(folder) in INSTALLED:
        return None
    return folder if os.path.basename(parent) in INSTALLED else _marked(parent, marks)


def matches(pattern: str, path: str, root: str) -> bool:
    """Whether a pattern of the settings means a file or a folder above it.

    A pattern without a slash is a name at any depth; one with a slash is a path from `root`, or an absolute one.
    """
    plain = pattern.removesuffix("/").removeprefix("./")
    relative = os.path.relpath(path, root) if below(path, root) and not os.path.isabs(plain) else path
    parts = relative.replace(os.sep, "/").split("/")
    compiled = _compiled(plain)
    if "/" not in plain:
        return any(compiled.match(part) for part in parts)
    return any(compiled.match("/".join(parts[:count])) for count in range(len(parts), 0, -1))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    import re

    return re.compile(translate(pattern))


def below(path: str, folder: str) -> bool:
    """Whether a path lies in a folder, at any depth."""
    return path.startswith(folder.rstrip(os.sep) + os.sep)


def means(named: str, path: str) -> bool:
    """Whether a path names the file that another one leads to, or a folder that this file really lies in."""
    absolute, target = os.path.abspath(named), os.path.realpath(path)
    if os.path.isdir(absolute):
        return below(target, os.path.realpath(absolute))
    folder, name = os.path.split(absolute)
    return target == os.path.join(os.path.realpath(folder), name)


class _Excluder:
    """Whether an entry of one folder is excluded by the settings that hold there: plain names cost one look-up."""

    def __init__(self, settings: Settings) -> None:
        self._names = {pattern for pattern in settings.exclude if not set(pattern) & set("*?[/")}
        self._patterns = [pattern for pattern in settings.exclude if pattern not in self._names]
        self._root = settings.root

    def __call__(self, path: str) -> bool:
        if os.path.basename(path) in self._names:
            return True
        root = self._root or os.getcwd()
        return any(matches(pattern, path, root) for pattern in self._patterns)


# What git ignores

Ignores = tuple[tuple[str, "GitIgnoreSpec"], ...]


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


def _outer_ignores(folder: str) -> Ignores:
    """The .gitignore files above a folder, up to the top of its git work tree, outermost first."""
    outside = above(folder)
    if outside is None:
        return ()
    top = outside[-1] if outside else folder
    specs = [*_read_ignores(top, os.path.join(".git", "info", "exclude"))]
    for outer in reversed(outside):
        specs += _read_ignores(outer, ".gitignore")
    return tuple(specs)


def _read_ignores(folder: str, name: str) -> Ignores:
    """The patterns of one ignore file with the folder that they count from; empty without patterns."""
    try:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as stream:
            lines = stream.read().splitlines()
    except OSError:
        return ()
    lines = [line for line in lines if line.strip() and not line.startswith("#")]
    if not lines:
        return ()
    from pathspec import GitIgnoreSpec

    return ((folder, GitIgnoreSpec.from_lines(lines)),)


def _is_ignored(path: str, ignores: Ignores) -> bool:
    """What git says: the innermost .gitignore that has a word to say decides."""
    for folder, spec in reversed(ignores):
        decision = spec.check_file(path[len(folder.rstrip(os.sep)) + 1 :]).include
        if decision is not None:
            return decision
    return False
