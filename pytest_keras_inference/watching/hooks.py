"""Follows the calls of Keras models: wraps methods of `keras.Model` and `tf_keras.Model`, and hands each call on.

The methods are wrapped while somebody listens, and put back exactly when nobody does. Whatever goes wrong in here
never reaches the user: see `fault`.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from sys import _getframe
from threading import get_ident
from time import perf_counter
from types import ModuleType
from typing import Any

from pytest_keras_inference import fault
from pytest_keras_inference.importhook import ImportWatch
from pytest_keras_inference.watching import observing
from pytest_keras_inference.watching.calls import DIRECT, PREDICT_FAMILY, Call
from pytest_keras_inference.watching.equal_calls import TOGETHER, Equal, EqualCalls
from pytest_keras_inference.watching.stacks import MAIN_THREAD, here, main

Listener = Callable[[Call, Any, Any], None]
"""Called after every watched call with the call, the model and its input. Keep neither longer than needed.

One that adds calls up is also called now and then with a call that stands for several (`Call.times`), and with None for
the input."""

OutputListener = Callable[[Call, Any], None]
"""Called after every watched call with the call and what it returned, None where it failed. Keep it no longer than
needed."""

_FIT = ("fit", "train_on_batch")


_listeners: tuple[Listener, ...] = ()
_adding_up: tuple[Listener, ...] = ()
"""Those of the listeners that take equal direct calls together."""
_output_listeners: tuple[OutputListener, ...] = ()
_patched: dict[type, dict[str, tuple[Any, bool]]] = {}
_import_watch: ImportWatch | None = None
_is_compiled: Callable[[], bool] | None = None
"""Whether torch compiles the code that asks, while models of torch are followed."""


def listen(listener: Listener, *, adds_up: bool = False, whole: int = 1) -> None:
    """Hand every call to `listener` from now on; wraps the methods, now or when keras is imported.

    One that `adds_up` takes equal calls together, for less: ask for `settle` before its figures are read. Of `predict`
    and its kin it wants so many `whole` before.
    After a fault the first new listener gives the hooks another chance.
    """
    if not _listeners:
        fault.forget()
    fault.guarded(_listen, listener, adds_up, whole)


def settle(*, anew: bool = False) -> None:
    """Hand on the calls that have been added up so far; with `anew` the next ones are recorded whole."""
    fault.guarded(_equal.forget if anew else _equal.settle_all)


def _listen(listener: Listener, adds_up: bool, whole: int) -> None:
    global _listeners, _adding_up, _import_watch
    _equal.forget()
    _equal.whole = max(whole, _equal.whole) if _adding_up else whole
    _listeners = (*_listeners, listener)
    if adds_up:
        _adding_up = (*_adding_up, listener)
    observing.forget_inputs()
    if _import_watch is None:
        _import_watch = ImportWatch(_wrap_module)
        _import_watch.start()


def unlisten(listener: Listener) -> None:
    """Undo `listen`; the last one out puts the methods back and forgets what it saw."""
    global _listeners, _adding_up
    fault.guarded(_equal.forget)
    _listeners = _without(_listeners, listener)
    _adding_up = _without(_adding_up, listener)
    if not _listeners:
        fault.guarded(_forget)


def _without(listeners: tuple[Listener, ...], one: Listener) -> tuple[Listener, ...]:
    """The listeners, one of them taken out once."""
    left = list(listeners)
    if one in left:
        left.remove(one)
    return tuple(left)


def _hand_on_together(call: Call, model: Any) -> None:
    for listener in _adding_up:
        listener(call, model, None)


_equal = EqualCalls(_hand_on_together)


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
    fault.guarded(_equal.settle_all)
    outer, outer_outputs = _listeners, _output_listeners
    _listeners, _output_listeners = (), ()
    try:
        yield
    finally:
        _listeners, _output_listeners = outer, outer_outputs


def _wrap_module(module: ModuleType) -> None:
    global _is_compiled
    owner = module.Model
    if not isinstance(owner, type) or owner in _patched:
        return
    backend = observing.backend_of(owner)
    if backend == "torch" and "torch" in sys.modules:
        from pytest_keras_inference.watching import backwards

        _is_compiled = getattr(sys.modules["torch"].compiler, "is_compiling", None)
        backwards.follow()
    saved = _patched[owner] = {}
    for name in (*PREDICT_FAMILY, *_FIT, DIRECT):
        original = getattr(owner, name, None)
        if original is None:
            continue
        wrapper = _wrapper(name, original)
        saved[name] = (original, name in vars(owner))
        setattr(owner, name, wrapper)
    if backend == "tensorflow" and "tensorflow" in sys.modules:
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
    if not _patched:
        from pytest_keras_inference.watching import backwards, tapes

        backwards.unfollow()
        tapes.unfollow()


def _wrapper(kind: str, original: Callable[..., Any]) -> Callable[..., Any]:
    return _fit_wrapper(original) if kind in _FIT else _call_wrapper(kind, original)


def _fit_wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        stack = here.stack
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
    """A way of calling a model, followed; of direct calls within each other the outermost. What the watch does here
    happens between two pieces of a model's work, with nothing of it in the processor's caches: each function that is
    called costs microseconds, so there are few. A call that equals earlier ones in all that is counted is only added to
    them, if everybody who listens takes them together; of many that came one after the other it is only the number."""
    direct = kind == DIRECT
    within = "call" if direct else "predict"
    repeated = _equal.repeated(kind)

    @functools.wraps(original)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        if direct and _is_compiled is not None and _is_compiled():
            return original(self, *args, **kwargs)  # what torch compiles is to hold nothing of ours
        __tracebackhide__ = True
        known = repeated.get(id(self))
        if (
            known is not None
            and known.left
            and args
            and type(x := args[0]) is known.input
            and (known.shape is None or x.shape == known.shape)
            and get_ident() == MAIN_THREAD
            and main.inside is None
            and not main.tapes
            and (frame := _getframe(1)).f_lasti == known.instruction
            and frame.f_code is known.code
            and not (direct and kwargs.get("training") is True)
        ):
            known.left -= 1
            main.inside = within
            try:
                return original(self, *args, **kwargs)
            except BaseException as error:
                known.left += 1
                fault.guarded(_end_failed, _unlike(known.equal), perf_counter(), self, x)
                fault.without_own_frame(error)
                raise
            finally:
                main.inside = None
        stack = here.stack
        outer = stack.inside
        call = equal = x = None
        if _listeners and (outer is None or not direct):
            try:
                x = args[0] if args else _input_among(kwargs, direct)
                if outer is None and len(_adding_up) == len(_listeners) and kwargs.get("training") is not True:
                    equal = _equal.like(kind, _getframe(1), self, x)
                if equal is None and fault.trouble() is None and not (direct and observing.is_symbolic(x)):
                    call = observing.begun(kind, self, x, args, kwargs, outer, stack.thread)
            except Exception as error:
                fault.switch_off(error)
            if not direct:
                stack.inside = "fit" if outer == "fit" else "predict"
            elif call is not None or equal is not None:
                stack.inside = "call"
        start = perf_counter()
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            if equal is not None:
                fault.guarded(_end_failed, _unlike(equal), start, self, x)
            elif call is not None:
                fault.guarded(_end_failed, call, start, self, x)
            fault.without_own_frame(error)
            raise
        finally:
            stack.inside = outer
        if equal is not None:
            if type(result) is equal.result:
                equal.times += 1
                equal.timed += 1
                equal.seconds += (now := perf_counter()) - start
                if now > equal.due and equal.times - equal.told >= TOGETHER:
                    fault.guarded(_equal.settle, equal)
            else:
                fault.guarded(_end, _unlike(equal), start, self, x, result)
        elif call is not None:
            try:
                _end(call, start, self, x, result)
                if outer is None and len(_adding_up) == len(_listeners):
                    _equal.begin(call, _getframe(1), self, x, result)
            except Exception as error:
                fault.switch_off(error)
        return result

    return wrapper


def _input_among(kwargs: dict[str, Any], direct: bool) -> Any:
    return next(iter(kwargs.values()), None) if direct else kwargs.get("x")


def _unlike(equal: Equal) -> Call:
    """A call that began like earlier ones, and failed or gave something else."""
    return replace(equal.call, tracing=equal.is_tracing())


def _end_failed(call: Call, start: float, model: Any, x: Any) -> None:
    call.failed = True
    _end(call, start, model, x, None)


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
