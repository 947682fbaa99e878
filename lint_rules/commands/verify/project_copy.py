"""A copy of a project, for a command that runs in it and may change it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

LEFT_OUT = frozenset(
    {".git", ".hg", ".svn", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".keras_inference_cache"}
)
"""What a program does not need, and what runs leave behind."""


class CopyError(Exception):
    """The project cannot be copied; the message says why."""


def root_of(paths: list[str], folder: str) -> str:
    """The folder that is copied: the one that holds all files to be fixed and the folder that the command runs in.

    Raises:
        CopyError: that is a whole disk or somebody's home.
    """
    root = os.path.commonpath([*paths, folder])
    if root in (os.path.abspath(os.sep), os.path.expanduser("~")):
        raise CopyError(f"--verify: would have to copy all of {root}; run it in the folder of the project")
    return root


def copy_project(root: str, to: str, texts: Mapping[str, bytes]) -> None:
    """Copy a project. `texts` replaces the contents of some of its files, named by their paths in the project.

    A virtual environment is not copied but linked to, and so is what a link leads to outside of the project. Files
    keep mode and time.

    Raises:
        CopyError: a file cannot be read, or there is no room.
    """
    try:
        shutil.copytree(root, to, symlinks=True, ignore=_left_out)
        _lead_links(root, to)
        for folder in _environments(root):
            os.symlink(folder, os.path.join(to, os.path.relpath(folder, root)), target_is_directory=True)
        for path, data in texts.items():
            target = Path(to, os.path.relpath(path, root))
            target.unlink()  # a link leads back to the project
            target.write_bytes(data)
    except shutil.Error as error:
        source, _, reason = error.args[0][0]
        raise CopyError(f"--verify: cannot copy {source}: {reason}") from None
    except OSError as error:
        raise CopyError(f"--verify: cannot copy {error.filename or root}: {error.strerror}") from None


def _lead_links(root: str, to: str) -> None:
    """Let the links of a copy lead where those of the project do: in the copy to what it holds, and outside of the
    project to the very place, also where that is named from the folder of the link."""
    home = os.path.realpath(root)
    for folder, names, files in os.walk(to):
        for link in (os.path.join(folder, name) for name in (*names, *files)):
            if not os.path.islink(link):
                continue
            named = os.readlink(link)
            origin = os.path.realpath(os.path.join(root, os.path.relpath(folder, to)))
            target = os.path.normpath(os.path.join(origin, named))
            inside = _is_below(target, home)
            if inside == os.path.isabs(named):
                os.unlink(link)
                os.symlink(os.path.join(to, os.path.relpath(target, home)) if inside else target, link)


def _is_below(path: str, folder: str) -> bool:
    return os.path.commonpath([path, folder]) == folder


Stamp: TypeAlias = tuple[int, int]
"""What changes when a file is written: its size, and its time in nanoseconds."""


def stamps(root: str) -> dict[str, Stamp]:
    """The regular files of a project or its copy, by name; neither links nor what is not copied."""
    found = {}
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in LEFT_OUT and not _is_environment(os.path.join(folder, name))]
        for path in (os.path.join(folder, name) for name in files):
            if os.path.isfile(path) and not os.path.islink(path):
                status = os.stat(path)
                found[os.path.relpath(path, root)] = (status.st_size, status.st_mtime_ns)
    return found


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Names not to be copied: caches, environments, and what is no regular file, such as a socket."""
    return {name for name in names if name in LEFT_OUT or _is_odd(os.path.join(folder, name))}


def _is_odd(path: str) -> bool:
    if os.path.islink(path):
        return False
    if os.path.isdir(path):
        return _is_environment(path)
    return not os.path.isfile(path)


def _is_environment(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, "pyvenv.cfg"))


def _environments(root: str) -> Iterator[str]:
    """The virtual environments in a project; a command may name what is installed in one."""
    for folder, names, _ in os.walk(root):
        for name in list(names):
            path = os.path.join(folder, name)
            if name in LEFT_OUT or os.path.islink(path):
                names.remove(name)
            elif _is_environment(path):
                names.remove(name)
                yield path
