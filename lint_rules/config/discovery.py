"""From paths to the files to check: what git ignores and what the settings exclude is passed over.

Paths are absolute strings and come out sorted. Symbolic links to folders are not followed, so nothing is met twice
and no walk can turn in circles; a linked file counts unless the walk meets its target too.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from lint_rules.config.ignores import is_ignored, outer_ignores, read_ignores
from lint_rules.config.keys import SettingsError
from lint_rules.config.patterns import Patterns, below
from lint_rules.config.settings import Settings
from lint_rules.records import NamedTuple
from lint_rules.source.files import working_folder

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
        elif os.path.lexists(absolute):
            # A link that leads nowhere or round in a circle is told as a file that cannot be read.
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
    ignores = outer_ignores(folder)
    if ignores and is_ignored(folder + os.sep, ignores):
        ignores = ()
    settings = settings_of(folder)
    stack = [(folder, ignores, settings, _patterns(settings))]
    while stack:
        current, ignores, settings, excluded = stack.pop()
        try:
            with os.scandir(current) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError:
            continue
        names = {entry.name for entry in entries}
        if "pyvenv.cfg" in names and current != folder:
            continue
        if ".gitignore" in names:
            ignores = (*ignores, *read_ignores(current, ".gitignore"))
        here = settings_of(current)
        if here is not settings:
            settings, excluded = here, _patterns(here)
        files = []
        for entry in entries:
            is_folder = _is_folder(entry)
            if not is_folder and not entry.name.endswith(SUFFIXES):
                continue
            if excluded.match_entry(entry.path):
                continue
            if ignores and is_ignored(entry.path + os.sep if is_folder else entry.path, ignores):
                continue
            if is_folder:
                stack.append((entry.path, ignores, settings, excluded))
            elif _is_file(entry) and not (entry.is_symlink() and below(os.path.realpath(entry.path), folder)):
                files.append(entry.path)
        yield current, files


def is_entered(folder: str, settings_of: SettingsOf) -> bool:
    """Whether a walk through the folder above enters one, whatever git ignores."""
    if os.path.islink(folder) or not os.path.isdir(folder) or os.path.exists(os.path.join(folder, "pyvenv.cfg")):
        return False
    return not _patterns(settings_of(os.path.dirname(folder))).match_entry(folder)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a regular file or leads to one; a link can also lead round in a circle."""
    try:
        return entry.is_file()
    except OSError:
        return False


def passed_over(paths: Iterable[str], settings_of: SettingsOf) -> set[str]:
    """Which of these files a walk through their project would not meet, because the settings exclude them."""
    folders: dict[str, bool] = {}
    patterns: dict[int, Patterns] = {}

    def excluded(path: str, root: str) -> bool:
        settings = settings_of(os.path.dirname(path))
        if id(settings) not in patterns:
            patterns[id(settings)] = _patterns(settings)
        return patterns[id(settings)].match_entry(path) or outside(os.path.dirname(path), root)

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
    return marked_root(path, settings_of) or _folder_of(path)


def marked_root(path: str, settings_of: SettingsOf) -> str | None:
    """The same; None for a file or folder that no mark says to belong to a project."""
    folder = _folder_of(path)
    return settings_of(folder).root or _marked(folder, (".git",)) or _marked(folder, PACKAGING)


def _folder_of(path: str) -> str:
    return path if os.path.isdir(path) else os.path.dirname(path)


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


def means(named: str, path: str) -> bool:
    """Whether a path names the file that another one leads to, or a folder that this file really lies in."""
    absolute, target = os.path.abspath(named), os.path.realpath(path)
    if os.path.isdir(absolute):
        return below(target, os.path.realpath(absolute))
    folder, name = os.path.split(absolute)
    return target == os.path.join(os.path.realpath(folder), name)


def _patterns(settings: Settings) -> Patterns:
    return Patterns(settings.exclude, settings.root or working_folder())
