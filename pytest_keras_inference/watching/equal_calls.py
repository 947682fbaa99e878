"""Calls that are equal in all that is counted, added up where they are made and handed on together.

What a watch does for a call happens with nothing in the processor's caches, as the model's work has filled them: each
function and each record that it touches costs microseconds. So the first calls of a place are recorded whole, and of
those that equal them only their number and their time. Once many have come, those that the place makes of the model are
only counted, and about one in `_STRIDE` of them is looked at: the others are held to be like the one before them that
was. How many a place made stays exact, and how many rows each NumPy array had; the rows of other inputs, and how long
the calls took, are an estimate then.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import RLock, get_ident
from time import perf_counter
from types import CodeType, FrameType
from typing import Any

from pytest_keras_inference.backends import Probe
from pytest_keras_inference.watching import observing
from pytest_keras_inference.watching.calls import DIRECT, Call
from pytest_keras_inference.watching.stacks import MAIN_THREAD
from pytest_keras_inference.watching.tracing import FUNCTIONS

TOGETHER = 16
"""So many calls are handed on together at least,"""
_SECONDS = 0.2
"""and those of so many seconds: what watches is to know of the passing of time, and costs as much each time."""
_STRIDE = 16
_SHAPED = 2
"""So many times as many are not looked at where each is asked for the shape of its input."""
_MOST = 1000

_Key = tuple[str, int, int, int, int, type, Any]
"""Kind of call, thread, code, instruction, model, type of the input and its shape, or rows. Made where it is asked
for: a function would cost as much as the rest of the question."""


@dataclass(slots=True, eq=False)
class Equal:
    """Calls that equal `call`: so many, which took so long. One thread writes that, so that nothing is lost."""

    call: Call
    model: weakref.ref[Any]
    code: CodeType
    """Kept, so that its id stays its own."""
    function_name: str
    function: weakref.ref[Any] | None
    """What the call runs, an attribute of the model: made anew, by `compile` say, it is traced anew."""
    result: type
    """The type of what it returns: within a trace it is another one."""
    is_recording: Probe
    is_tracing: Probe
    repeats: bool = False
    """Whether of many only some need to be looked at."""
    whole: int = 1
    """How many were recorded whole,"""
    times: int = 0
    """and added up since;"""
    timed: int = 0
    seconds: float = 0.0
    """of so many of them, the time;"""
    told: int = 0
    told_seconds: float = 0.0
    due: float = 0.0
    """when they are handed on next."""


@dataclass(slots=True, eq=False)
class Repeated:
    """Calls that one place makes of one model, in the main thread, and that are counted without a look at them."""

    equal: Equal
    """Those that they are held to equal."""
    model: weakref.ref[Any]
    instruction: int
    """Which one of `equal.code` makes them."""
    code: CodeType
    input: type[Any]
    """The type of their input: within a trace it is another one;"""
    shape: tuple[Any, ...] | None
    """and its shape, if it is a NumPy array: others may take long to tell, or fail."""
    left: int = 0
    """So many may follow before the next look, of"""
    of: int = 0

    def settle(self) -> None:
        """Add those that came to the ones that they are held to equal."""
        left = self.left  # the main thread may count on meanwhile
        self.equal.times += self.of - left
        self.of = left


class EqualCalls:
    """The calls that are added up. `hand_on(call, model)` is called with what they come to, in `Call.times`."""

    def __init__(self, hand_on: Callable[[Call, Any], None]) -> None:
        self.whole = 1
        """So many calls of `predict` and its kin from a place are recorded whole; of direct calls one."""
        self._hand_on = hand_on
        self._settling = RLock()
        self._known: dict[_Key, Equal] = {}
        self._repeated: dict[str, dict[int, Repeated]] = {}
        self._strides = 0

    def repeated(self, kind: str) -> dict[int, Repeated]:
        """The calls of this kind that need no look, by the id of their model."""
        return self._repeated.setdefault(kind, {})

    def like(self, kind: str, frame: FrameType, model: Any, x: Any) -> Equal | None:
        """The calls that one which begins now equals: `frame` makes it. None if it has to be recorded whole."""
        shape = getattr(x, "shape", None)
        size = shape if isinstance(shape, tuple) else observing.rows_in(x)
        known = self._known.get((kind, get_ident(), id(frame.f_code), frame.f_lasti, id(model), type(x), size))
        if (
            known is not None
            and known.whole >= self.whole
            and known.model() is model
            and known.is_recording() is known.call.recording
            and (known.function is None or known.function() is getattr(model, known.function_name, None))
        ):
            if known.repeats and known.times >= TOGETHER:
                self._count_next(known, frame, model, type(x), shape if type(x).__name__ == "ndarray" else None)
            return known
        return None

    def _count_next(
        self, equal: Equal, frame: FrameType, model: Any, type_of_input: type, shape: tuple[Any, ...] | None
    ) -> None:
        """Look at the next calls of a place no more, for a while that differs: inputs that alternate are to be seen."""
        repeated, key = self._repeated[equal.call.kind], id(model)
        known = repeated.get(key)
        if known is None:
            gone = weakref.ref(model, lambda _: repeated.pop(key).settle() if key in repeated else None)
            known = repeated[key] = Repeated(equal, gone, frame.f_lasti, frame.f_code, type_of_input, shape)
        known.settle()
        self._strides = (self._strides * 5 + 3) % _STRIDE  # each number below it once, and then again
        known.equal, known.instruction, known.code = equal, frame.f_lasti, frame.f_code
        known.input, known.shape = type_of_input, shape
        known.of = known.left = (_STRIDE // 2 + self._strides) * (1 if shape is None else _SHAPED)

    def begin(self, call: Call, frame: FrameType, model: Any, x: Any, result: Any) -> None:
        """Add up those that will equal a call that was recorded whole."""
        if call.training or call.tracing or call.site.filename != frame.f_code.co_filename:
            return  # what somebody else's code calls, a library say, is known by more than that code
        if call.kind != DIRECT and (call.recording or observing.is_compared(call)):
            return
        if len(self._known) >= _MOST:
            self.forget()
        shape = getattr(x, "shape", None)
        size = shape if isinstance(shape, tuple) else observing.rows_in(x)
        key = (call.kind, get_ident(), id(frame.f_code), frame.f_lasti, id(model), type(x), size)
        name = FUNCTIONS.get(call.kind, "")
        function = getattr(model, name, None)
        known = self._known.get(key)
        if known is not None and known.model() is model:
            if known.function is None or known.function() is function:
                known.whole += 1
                return
            self.settle(known)
        self._known[key] = Equal(
            replace(call, first=False),
            weakref.ref(model),
            frame.f_code,
            name,
            None if function is None else weakref.ref(function),
            type(result),
            *observing.probes_of(type(model)),
            repeats=get_ident() == MAIN_THREAD
            and (call.kind == DIRECT or (call.kind in FUNCTIONS and observing.knows_tapes(type(model)))),
            whole=self.whole if call.kind == DIRECT else 1,
            due=perf_counter() + _SECONDS,
        )

    def settle_all(self) -> None:
        """Hand on what has been added up, and look at the next calls."""
        for by_model in self._repeated.values():
            for one in list(by_model.values()):
                one.settle()
                one.left = one.of = 0
        for known in list(self._known.values()):
            self.settle(known)

    def forget(self) -> None:
        """Hand on what has been added up, and begin anew."""
        self.settle_all()
        self._known.clear()
        for by_model in self._repeated.values():
            by_model.clear()

    def settle(self, known: Equal) -> None:
        """Hand on what has been added up to one."""
        with self._settling:
            for by_model in self._repeated.values():
                for one in list(by_model.values()):
                    if one.equal is known:
                        one.settle()
            times = known.times - known.told
            seconds = known.seconds * known.times / max(known.timed, 1) - known.told_seconds
            known.told += times
            known.told_seconds += seconds
            known.due = perf_counter() + _SECONDS
        if times:
            self._hand_on(replace(known.call, times=times, seconds=seconds), known.model())
