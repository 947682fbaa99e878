"""A limit on the time that one file may take."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS_PER_FILE = 20.0


class BudgetExceeded(BaseException):
    """The file took too long. No `Exception`, so that no handler on the way takes it for a property of the file."""


class _Deadline(threading.local):
    """When the running thread must be done, in seconds of its processor time."""

    at: float | None = None


_deadline = _Deadline()


def check() -> None:
    """Raise BudgetExceeded if the file at hand has used up its time: what may run long calls this now and then."""
    if _deadline.at is not None and time.thread_time() > _deadline.at:
        raise BudgetExceeded


@contextmanager
def budget(seconds: float) -> Iterator[None]:
    """Raise BudgetExceeded in the block once it has used so much processor time.

    The block itself asks `check`, on every system and in every thread. A signal also stops what never asks, such as
    the parser; only the main thread of a Unix process gets those, and only where nothing else uses that timer.
    """
    outer = _deadline.at
    _deadline.at = time.thread_time() + seconds
    try:
        with _alarm(seconds):
            yield
    finally:
        _deadline.at = outer


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    usable = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
    if not usable or signal.getsignal(signal.SIGVTALRM) not in (signal.SIG_DFL, signal.SIG_IGN):
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise BudgetExceeded

    previous = signal.signal(signal.SIGVTALRM, stop)
    # The interval repeats, should the first signal be swallowed.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, previous)
