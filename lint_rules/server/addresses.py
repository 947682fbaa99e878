"""Which of the addresses that an editor names are files that can be judged."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Sequence

from pygls.uris import to_fs_path

from lint_rules.config.patterns import below

UNTITLED = "untitled:"
"""The scheme of a text that was never saved."""


def path_of(uri: str, folders: Sequence[str], suffix: str = ".py") -> str | None:
    """The path of a text in the folders that an editor works in (any, where there are none); None for what is left
    alone. One that was never saved counts as a file of the first folder that is called as its tab is.
    """
    path = _untitled(uri, folders, suffix) if uri.startswith(UNTITLED) else file_path(uri)
    if path is None or not local_file(path):
        return None
    return path if not folders or any(is_below(path, folder) for folder in folders) else None


def file_path(uri: str) -> str | None:
    """The absolute path of a file or folder, None for what is on no disk of this machine."""
    if not uri.startswith("file:"):
        return None
    try:
        path: str | None = to_fs_path(uri.replace("file://localhost/", "file:///", 1))
    except ValueError:
        return None
    if not path or not os.path.isabs(path) or (path.startswith("//") and os.name == "posix"):
        return None
    return str(os.path.normpath(path))


def _untitled(uri: str, folders: Sequence[str], suffix: str) -> str | None:
    """A path for a text that has none; `untitled:/folder/new.py` is one that will be saved there."""
    rest = uri.removeprefix(UNTITLED)
    if rest.startswith("/"):
        return file_path(f"file://{rest}")
    folder = folders[0] if folders else os.path.join(tempfile.gettempdir(), "keras-inference-untitled")
    name = re.sub(r"\W+", "_", rest.partition("?")[0].removesuffix(suffix)) or "untitled"
    while os.path.lexists(path := os.path.join(folder, f"{name}{suffix}")):
        name += "_"
    return path


def local_file(path: str) -> bool:
    """Whether a path is that of a file on this machine, or of one that could be saved there.

    A file at the top of a disk is none: all of the disk would be the project around it.
    """
    folder = os.path.dirname(path)
    if os.path.dirname(folder) == folder:
        return False
    try:
        return stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        # A name that is too long or holds a NUL byte, a folder that is a file, links in a circle.
        return False


def is_below(path: str, folder: str) -> bool:
    """Whether a path lies in a folder, by its name or by where links lead."""
    return below(path, folder) or below(os.path.realpath(path), os.path.realpath(folder))
