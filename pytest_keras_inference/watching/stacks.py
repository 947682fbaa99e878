"""What of Keras is on the stack of each thread."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from threading import get_ident
from typing import Any


@dataclass(slots=True)
class Stack:
    """What is on the stack of a thread: "fit", "predict" or "call" (the innermost), None outside all of them."""

    thread: str
    inside: str | None = None
    tapes: list[Any] = field(default_factory=list)
    """The tapes of TensorFlow that it has entered and not left."""


MAIN_THREAD = threading.main_thread().ident
main = Stack(threading.main_thread().name)
"""That of the main thread: to ask for it takes less than to ask which thread runs."""


class _Here(threading.local):
    """The stack of the thread that asks."""

    def __init__(self) -> None:
        self.stack = main if get_ident() == MAIN_THREAD else Stack(threading.current_thread().name)


here = _Here()
