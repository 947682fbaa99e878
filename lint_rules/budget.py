"""A limit on the time that one file may take."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import FrameType

SECONDS_PER_FILE = 20.0


_seconds = getattr(time, "thread_time", time.process_time)
"""Processor time of this thread; of all of the process where a thread has none, as in WebAssembly."""


class BudgetExceeded(BaseException):
    """The file took too long. No `Exception`, so that no handler on the way takes it for a property of the file."""


_deadline: ContextVar[float | None] = ContextVar("deadline", default=None)
"""When the running thread must be done, in seconds of its processor time."""


def check() -> None:
    """Raise BudgetExceeded if the file at hand has used up its time: what may run long calls this now and then."""
    deadline = _deadline.get()
    if deadline is not None and _seconds() > deadline:
        raise BudgetExceeded


@contextmanager
def budget(seconds: float) -> Iterator[None]:
    """Raise BudgetExceeded in the block once it has used so much processor time.

    The block itself asks `check`, on every system and in every thread; what never asks, such as the parser, is stopped
    where `watched` is around it.
    """
    outer = _deadline.set(_seconds() + seconds)
    try:
        yield
    finally:
        _deadline.reset(outer)


@contextmanager
def watched() -> Iterator[None]:
    """Look at the budgets in the block once a second.

    A signal does it, which only the main thread of a Unix process gets, and only where nothing else uses that timer.
    It goes by the clock on the wall: a timer of processor time makes every look at that time a hundred times slower on
    some systems.
    """
    if not _listens():
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _listens() -> bool:
    """Look at the budgets whenever the timer rings; False where that cannot be, or something else listens to it."""
    if not hasattr(signal, "setitimer") or any(signal.getitimer(signal.ITIMER_REAL)):
        return False
    if signal.getsignal(signal.SIGALRM) != signal.SIG_DFL:
        return False
    try:
        signal.signal(signal.SIGALRM, _look)
    except ValueError:  # another thread than the main one
        return False
    return True


def _look(_number: int, _frame: FrameType | None) -> None:
    check()
