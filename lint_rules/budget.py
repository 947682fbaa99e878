"""A limit on the time that one file may take."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS_PER_FILE = 20.0


_seconds = getattr(time, "thread_time", time.process_time)
"""Processor time of this thread; of all of the process where a thread has none, as in WebAssembly."""


class BudgetExceeded(BaseException):
    """The file took too long. No `Exception`, so that no handler on the way takes it for a property of the file."""


class _Deadline(threading.local):
    """When the running thread must be done, in seconds of its processor time."""

    at: float | None = None


_deadline = _Deadline()


def check() -> None:
    """Raise BudgetExceeded if the file at hand has used up its time: what may run long calls this now and then."""
    if _deadline.at is not None and _seconds() > _deadline.at:
        raise BudgetExceeded


@contextmanager
def budget(seconds: float) -> Iterator[None]:
    """Raise BudgetExceeded in the block once it has used so much processor time.

    The block itself asks `check`, on every system and in every thread; what never asks, such as the parser, is stopped
    where `watched` is around it.
    """
    outer = _deadline.at
    _deadline.at = _seconds() + seconds
    try:
        yield
    finally:
        _deadline.at = outer


@contextmanager
def watched() -> Iterator[None]:
    """Look at the budgets in the block once a second.

    A signal does it, which only the main thread of a Unix process gets, and only where nothing else uses that timer.
    It goes by the clock on the wall: a timer of processor time makes every look at that time a hundred times slower on
    some systems.
    """
    usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not usable or signal.getsignal(signal.SIGALRM) != signal.SIG_DFL or any(signal.getitimer(signal.ITIMER_REAL)):
        yield
        return

    def look(_number: int, _frame: FrameType | None) -> None:
        check()

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, 1.0, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
