"""A fault of this package switches the watch off and is told in one line; the user's code goes on without it.

Everything that pytest, Python's import system or Keras calls goes through `guarded`.

Nothing in here asserts: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, TypeVar

_T = TypeVar("_T")
_PACKAGE = __name__.partition(".")[0]
_trouble: str | None = None


def trouble() -> str | None:
    """Why the watch switched itself off, in one line; None while it works."""
    return _trouble


def switch_off(error: BaseException) -> None:
    """Stop watching; the first fault is the one that is told."""
    global _trouble
    if _trouble is None:
        _trouble = described(error)


def forget() -> None:
    """Give the watch another chance."""
    global _trouble
    _trouble = None


def described(error: BaseException) -> str:
    """The error and where it was raised, in one line."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f" at {trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
    text = f"{type(error).__name__}: {' '.join(str(error).split())}{place}"
    return "".join(one if one.isprintable() else repr(one)[1:-1] for one in text)


def guarded(work: Callable[..., _T], *args: Any) -> _T | None:
    """`work(*args)`; None after a fault, which switches the watch off."""
    try:
        return work(*args)
    except Exception as error:
        switch_off(error)
        return None


class Guard:
    """`guarded` for one session, which remembers what went wrong in it."""

    def __init__(self, passes: type[Exception]) -> None:
        """Errors of the kind `passes` are no fault of this package, and are raised on."""
        self._passes = passes
        self.faults: set[str] = set()

    def __call__(self, work: Callable[..., _T], *args: Any) -> _T | None:
        """`work(*args)`; None after a fault, which switches the watch off."""
        try:
            return work(*args)
        except self._passes:
            raise
        except Exception as error:
            switch_off(error)
            self.faults.add(described(error))
            return None


def without_own_frame(error: BaseException) -> None:
    """Take the frame of the caller, which is about to raise `error` on, out of its traceback.

    A bare `raise` adds no entry for the frame that it stands in, so that the user reads the traceback that Python
    prints without the watch.
    """
    trace = error.__traceback__
    if trace is not None:
        error.__traceback__ = trace.tb_next


def without_own_frames(trace: TracebackType | None) -> TracebackType | None:
    """The entries of a traceback that are not of this package: what the user's code and Keras did.

    As it is where the error was raised in this package: that is a fault, and its place is wanted.
    """
    entries = []
    while trace is not None:
        entries.append(trace)
        trace = trace.tb_next
    kept = [entry for entry in entries if not _is_own(entry)]
    if entries and _is_own(entries[-1]):
        kept = entries
    found: TracebackType | None = None
    for entry in reversed(kept):
        found = TracebackType(found, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return found


def _is_own(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__")).partition(".")[0] == _PACKAGE
