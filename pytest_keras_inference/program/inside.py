"""The watch within a program, from Python's start to its end.

Imports next to nothing: what watches is imported once the program has imported Keras.
"""

from __future__ import annotations

import atexit
import os
from types import ModuleType
from typing import TYPE_CHECKING

from pytest_keras_inference.fault import guarded
from pytest_keras_inference.importhook import ImportWatch
from pytest_keras_inference.program.options import Options, out_of
from pytest_keras_inference.recorded import VARIABLE

if TYPE_CHECKING:
    from pytest_keras_inference.program.session import Session


def begin() -> None:
    """Watch this process, which `launch` has started, or record what it computes."""
    if VARIABLE in os.environ:
        from pytest_keras_inference.recording import recorder

        guarded(recorder.begin)
    else:
        _Program(out_of(os.environ)).begin()


class _Program:
    """This process: waits for Keras, and has the last word."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._pid = os.getpid()
        self._root = os.getcwd()
        self._imports = ImportWatch(self._keras_imported)
        self._session: Session | None = None

    def begin(self) -> None:
        self._imports.start()
        atexit.register(self._end)  # the first to be registered is the last to be called

    def _keras_imported(self, module: ModuleType) -> None:
        from pytest_keras_inference.program.session import Session

        if self._session is None and os.getpid() == self._pid:
            self._session = Session(self._options, self._root)
            self._session.begin()

    def _end(self) -> None:
        if os.getpid() != self._pid:  # a fork: what it did is not what the program did
            return
        guarded(self._tell)

    def _tell(self) -> None:
        self._imports.stop()
        if self._session is not None:
            self._session.end()
        elif self._options.json or self._options.html:
            from pytest_keras_inference.program.session import Session

            Session(self._options, self._root).write()
