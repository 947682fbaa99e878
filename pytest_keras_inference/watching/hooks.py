"""Follows the calls of Keras models: wraps methods of `keras.Model` and `tf_keras.Model`, and hands each call on.

The methods are wrapped while somebody listens, and put back exactly when nobody does. Whatever goes wrong in here
never reaches the user: see `fault`.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from types import ModuleType
from typing import Any

from pytest_keras_inference.watching import fault, observing
from pytest_keras_inference.watching.calls import DIRECT, PREDICT_FAMILY, Call
from pytest_keras_inference.watching.importhook import ImportWatch

Listener = Callable[[Call, Any, Any], None]
"""Called after every watched call with the call, the model and its input. Keep neither longer than needed."""

OutputListener = Callable[[Call, Any], None]
"""Called after every watched call with the call and what it returned, None where it failed. Keep it no longer than
needed."""

_FIT = ("fit", "train_on_batch")


@dataclass(slots=True)
class _Stack:
    """What is on the stack of a thread: "fit", "predict" or "call" (the innermost), None outside all of them."""

    thread: str
    inside: str | None = None


class _Here(threading.local):
    """The stack of the thread that asks."""

    def __init__(self) -> None:
        self.stack = _Stack(threading.current_thread().name)


_here = _Here()
_listeners: tuple[Listener, ...] = ()
_output_listeners: tuple[OutputListener, ...] = ()
_patched: dict[type, dict[str, tuple[Any, bool]]] = {}
_import_watch: ImportWatch | None = None


def listen(listener: Listener) -> None:
    """Hand every call to `listener` from now on; wraps the methods, now or when keras is imported.

    After a fault the first new listener gives the hooks another chance.
    """
    if not _listeners:
        fault.forget()
    fault.guarded(_listen, listener)


def _listen(listener: Listener) -> None:
    global _listeners, _import_watch
    _listeners = (*_listeners, listener)
    observing.forget_inputs()
    if _import_watch is None:
        _import_watch = ImportWatch(_wrap_module)
        _import_watch.start()


def unlisten(listener: Listener) -> None:
    """Undo `listen`; the last one out puts the methods back and forgets what it saw."""
    global _listeners
    left = list(_listeners)
    if listener in left:
        left.remove(listener)
    _listeners = tuple(left)
    if not _listeners:
        fault.guarded(_forget)


def _forget() -> None:
    global _import_watch
    if _import_watch is None:
        return
    watch, _import_watch = _import_watch, None
    watch.stop()
    for owner in list(_patched):
        fault.guarded(_unwrap, owner)
    observing.forget()


def listen_outputs(listener: OutputListener) -> None:
    """Hand what every call returns to `listener`, as long as somebody listens to the calls."""
    global _output_listeners
    _output_listeners = (*_output_listeners, listener)


def unlisten_outputs(listener: OutputListener) -> None:
    """Undo `listen_outputs`."""
    global _output_listeners
    _output_listeners = tuple(each for each in _output_listeners if each != listener)


@contextmanager
def paused() -> Iterator[None]:
    """Hand no call to anybody in the block: the checks of this package call models a great deal themselves."""
    global _listeners, _output_listeners
    outer, outer_outputs = _listeners, _output_listeners
    _listeners, _output_listeners = (), ()
    try:
        yield
    finally:
        _listeners, _output_listeners = outer, outer_outputs


def _wrap_module(module: ModuleType) -> None:
    owner = module.Model
    if not isinstance(owner, type) or owner in _patched:
        return
    saved = _patched[owner] = {}
    for name in (*PREDICT_FAMILY, *_FIT, DIRECT):
        original = getattr(owner, name, None)
        if original is None:
            continue
        wrapper = _wrapper(name, original)
        saved[name] = (original, name in vars(owner))
        setattr(owner, name, wrapper)
    if observing.backend_of(owner) == "tensorflow" and "tensorflow" in sys.modules:
        from pytest_keras_inference.watching import tapes

        tapes.follow()


def _unwrap(owner: type) -> None:
    for name, (original, own) in _patched.pop(owner).items():
        if getattr(vars(owner).get(name), "__wrapped__", None) is not original:
            continue  # someone wrapped it again: leave theirs, ours passes everything through
        if own:
            setattr(owner, name, original)
        else:
            delattr(owner, name)
    if not _patched and "pytest_keras_inference.watching.tapes" in sys.modules:
        from pytest_keras_inference.watching import tapes

        tapes.unfollow()


def _wrapper(kind: str, original: Callable[..., Any]) -> Callable[..., Any]:
    return _fit_wrapper(original) if kind in _FIT else _call_wrapper(kind, original)


def _fit_wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        stack = _here.stack
        outer, stack.inside = stack.inside, "fit"
        try:
            return original(self, *args, **kwargs)
        except BaseException as error:
            fault.without_own_frame(error)
            raise
        finally:
            stack.inside = outer

    return wrapper


def _call_wrapper(kind: str, original: Callable[..., Any]) -> Callable[..., Any]:
    """The model's method, followed. What the watch does here happens between two pieces of a model's work, with nothing
    of it in the processor's caches: each function that is called costs microseconds, so there are few."""
    is_direct = kind == DIRECT

    @functools.wraps(original)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        stack = _here.stack
        outer = stack.inside
        call = x = None
        if _listeners and (outer is None or not is_direct):
            try:
                x = args[0] if args else next(iter(kwargs.values()), None) if is_direct else kwargs.get("x")
                if fault.trouble() is None and not (is_direct and observing.is_symbolic(x)):
                    call = observing.begun(kind, self, x, args, kwargs, outer, stack.thread)
            except Exception as error:
                fault.switch_off(error)
            if not is_direct:
                stack.inside = "fit" if outer == "fit" else "predict"
            elif call is not None:
                stack.inside = "call"
        start = perf_counter()
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            if call is not None:
                call.failed = True
                fault.guarded(_end, call, start, self, x, None)
            fault.without_own_frame(error)
            raise
        finally:
            stack.inside = outer
        if call is not None:
            try:
                _end(call, start, self, x, result)
            except Exception as error:
                fault.switch_off(error)
        return result

    return wrapper


def _end(call: Call, start: float, model: Any, x: Any, result: Any) -> None:
    """Complete a call and hand it on."""
    observing.complete(call, start, x, result)
    if call.recording and call.kind != DIRECT:
        from pytest_keras_inference.watching import tapes

        tapes.note(call, model, x)
    for listener in _listeners:
        listener(call, model, x)
    for hears_outputs in _output_listeners:
        hears_outputs(call, result)
