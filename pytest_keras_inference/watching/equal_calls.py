"""Direct calls that are equal in all that is counted, added up where they are made and handed on together.

A direct call may take half a millisecond, and what a watch does for it happens with nothing in the processor's caches:
each function and each record that it touches costs microseconds. So the first call of a place is recorded whole, and
of those that equal it only their number and their time.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import RLock, get_ident
from types import CodeType, FrameType
from typing import Any

from pytest_keras_inference.backends import Probe
from pytest_keras_inference.watching.calls import Call
from pytest_keras_inference.watching.observing import rows_in

TOGETHER = 32
"""Calls that are handed on together, at most: what watches is to know of the passing of time."""
_MOST = 1000

_Key = tuple[int, int, int, int, type, int | None]
"""Thread, code, instruction, model, type of the input and its rows."""


@dataclass(slots=True, eq=False)
class Equal:
    """Calls that equal `call`: so many, which took so long. One thread writes that, so that nothing is lost."""

    call: Call
    model: weakref.ref[Any]
    code: CodeType
    """Kept, so that its id stays its own."""
    is_recording: Probe
    is_tracing: Probe
    times: int = 0
    seconds: float = 0.0
    told: int = 0
    told_seconds: float = 0.0


class EqualCalls:
    """The calls that are added up. `hand_on(call)` is called with what they come to, in `Call.times`."""

    def __init__(self, hand_on: Callable[[Call], None]) -> None:
        self._hand_on = hand_on
        self._settling = RLock()
        self._known: dict[_Key, Equal] = {}

    def like(self, frame: FrameType, model: Any, x: Any) -> Equal | None:
        """The calls that one which begins now equals: `frame` makes it. None if it has to be recorded whole."""
        key = (get_ident(), id(frame.f_code), frame.f_lasti, id(model), type(x), rows_in(x))
        known = self._known.get(key)
        if (
            known is not None
            and known.model() is model
            and known.is_recording() is known.call.recording
            and known.is_tracing() is known.call.tracing
        ):
            return known
        return None

    def begin(self, call: Call, frame: FrameType, model: Any, x: Any, probes: tuple[Probe, Probe]) -> None:
        """Add up those that will equal a call that was recorded whole; `probes` say what records and what is traced."""
        if call.training or call.site.filename != frame.f_code.co_filename:
            return  # what somebody else's code calls, a library say, is known by more than that code
        if len(self._known) >= _MOST:
            self.forget()
        key = (get_ident(), id(frame.f_code), frame.f_lasti, id(model), type(x), rows_in(x))
        known = self._known.get(key)
        if known is None or known.model() is not model:
            if known is not None:
                self._settle(known)
            self._known[key] = Equal(replace(call, first=False), weakref.ref(model), frame.f_code, *probes)

    def settle(self) -> None:
        """Hand on what has been added up."""
        for known in list(self._known.values()):
            self._settle(known)

    def forget(self) -> None:
        """Hand on what has been added up, and begin anew."""
        self.settle()
        self._known.clear()

    def _settle(self, known: Equal) -> None:
        with self._settling:
            times, seconds = known.times - known.told, known.seconds - known.told_seconds
            known.told += times
            known.told_seconds += seconds
        if times:
            self._hand_on(replace(known.call, times=times, seconds=seconds))
