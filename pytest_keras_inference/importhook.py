"""Tells when keras or tf_keras has been imported, without importing either.

Programs start with it: of the standard library it asks for nothing that Python has not imported by itself or the
plugin's other modules need (`importlib.abc` alone would bring forty modules).

Nothing in here asserts: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pytest_keras_inference.fault import guarded, without_own_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

MODULES = ("keras", "tf_keras")


class ImportWatch:
    """Calls `imported(module)` for keras and tf_keras: at once if already imported, else right after their import.

    The module is found and loaded by whoever finds it without us; only its loader's `exec_module` is followed.
    """

    def __init__(self, imported: Callable[[ModuleType], None]) -> None:
        self._imported = imported

    def start(self) -> None:
        """Report what is imported already and watch for the rest."""
        sys.meta_path.insert(0, self)
        for name in MODULES:
            if name in sys.modules:
                guarded(self._tell, sys.modules[name])

    def stop(self) -> None:
        """Watch no longer."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders give, its loader followed; None for every other module."""
        if fullname not in MODULES:
            return None
        for finder in sys.meta_path:
            find = None if isinstance(finder, ImportWatch) else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if find is None else find(fullname, path, target)
            if spec is not None:
                guarded(self._follow, spec)
                return spec
        return None

    def _tell(self, module: ModuleType) -> None:
        if hasattr(module, "Model"):  # another module of that name is none of our business
            self._imported(module)

    def _follow(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        if loader is None or not hasattr(loader, "exec_module"):
            return
        run = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            try:
                run(module)
            except BaseException as error:
                without_own_frame(error)
                raise
            # Who has begun to watch in the meantime is told too: the import of tf_keras imports keras on its way.
            for watch in [one for one in sys.meta_path if isinstance(one, ImportWatch)]:
                guarded(watch._tell, module)

        try:
            loader.exec_module = exec_module  # type: ignore[method-assign]
        except AttributeError:  # a loader with slots: the module is then seen when the next test begins
            return
