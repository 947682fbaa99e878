"""Lets a program that runs in a copy of a project import what the copy holds, not what the project does.

An installation for development leads to the project: by a folder that Python searches for modules, or by a finder of
its own, as that of setuptools.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

_OWN = ("_frozen_importlib", "_frozen_importlib_external")
"""The modules of Python's own finders, which search the folders of `sys.path` or none."""


def lead_to_the_copy(project: str, copy: str) -> None:
    """Let what leads to modules of a project lead to those of its copy, in this process."""
    sys.path[:] = [_moved(path, project, copy) for path in sys.path]
    for number, finder in enumerate(sys.meta_path):
        if getattr(finder, "__module__", "") not in _OWN:
            sys.meta_path[number] = _FindsInCopy(finder, project, copy)


def _moved(path: str, project: str, copy: str) -> str:
    return copy + path[len(project) :] if path == project or path.startswith(project + os.sep) else path


class _FindsInCopy:
    """A finder that finds what another one does, modules of the project in the copy."""

    def __init__(self, finder: Any, project: str, copy: str) -> None:
        self._finder, self._project, self._copy = finder, project, copy

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the finder says of a module.

        https://docs.python.org/3/library/importlib.html#importlib.abc.MetaPathFinder.find_spec
        """
        spec: ModuleSpec | None = self._finder.find_spec(name, path, target)
        if spec is None or not spec.has_location or spec.origin is None:
            return spec
        there = _moved(spec.origin, self._project, self._copy)
        if there == spec.origin:
            return spec
        from importlib.util import spec_from_file_location

        folders = spec.submodule_search_locations
        moved = [_moved(folder, self._project, self._copy) for folder in folders] if folders is not None else None
        return spec_from_file_location(name, there, submodule_search_locations=moved)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._finder, name)
