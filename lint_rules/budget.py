"""A limit on the time that one file may take."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SECONDS_PER_FILE = 20.0


class BudgetExceeded(BaseException):
    """The file took too long. No `Exception`, so that no handler on the way takes it for a property of the file."""


@contextmanager
def budget(seconds: float) -> Iterator[None]:
    """Raise BudgetExceeded in the block once it has used so much processor time.

    Signals are what can stop a busy loop, and only the main thread of a Unix process gets them: elsewhere, and where
    the program uses that timer itself, the block runs without a limit.
    """
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
