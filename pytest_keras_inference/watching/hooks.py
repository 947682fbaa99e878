"""Follows the calls of Keras models: wraps methods of `keras.Model` and `tf_keras.Model`, and hands each call on.

The methods are wrapped while somebody listens, and put back exactly when nobody does. Whatever goes wrong in here
never reaches the user: see `fault`.
"""

from __future__ import annotations

import functools
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from types import ModuleType
from typing import Any

from pytest_keras_inference.backends import Probe, probes
from pytest_keras_inference.watching import callsite, fault
from pytest_keras_inference.watching.calls import DIRECT, PREDICT_FAMILY, Call
from pytest_keras_inference.watching.importhook import ImportWatch

Listener = Callable[[Call, Any, Any], None]
"""Called after every watched call with the call, the model and its input. Keep neither longer than needed."""

OutputListener = Callable[[Call, Any], None]
"""Called after every watched call with the call and what it returned, None where it failed. Keep it no longer than
needed."""

_FIT = ("fit", "train_on_batch")
_SMALL_INPUT = 4096
"""Bytes up to which inputs and outputs are compared with those of the previous call."""
_MOST_PREVIOUS = 10_000


@dataclass(slots=True)
class _Previous:
    """The input of the last call from a place, and whether all calls so far went on in the same way."""

    base: weakref.ref[Any] | None
    """The array that it was cut from."""
    print: int | None
    """Of a small input and its output."""
    slices: bool = True
    repeats: bool = True


class _Thread(threading.local):
    """What is on this thread's stack: "fit", "predict" or "call" (the innermost), None outside all of them."""

    inside: str | None = None

    def __init__(self) -> None:
        self.thread = threading.current_thread()


_thread = _Thread()
_listeners: tuple[Listener, ...] = ()
_output_listeners: tuple[OutputListener, ...] = ()
_patched: dict[type, dict[str, tuple[Any, bool]]] = {}
_import_watch: ImportWatch | None = None
_Known = tuple[weakref.ref[Any], int, str, set[str], Probe, Probe]
"""A model: itself, its number, what it is called, how it was called, whether a tape records and a graph is traced."""
_models: dict[int, _Known] = {}
_previous: dict[tuple[int, int, str], _Previous | None] = {}
_FIRST = _Previous(None, None)
_probes: dict[str, tuple[Probe, Probe]] = {}
_model_count = 0


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
    forget_inputs()
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
    _models.clear()
    _previous.clear()


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


def model_number(model: object) -> int:
    """A number for the model that is its own as long as the process lives."""
    return _identity(model)[1]


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
    if _backend_of(owner) == "tensorflow" and "tensorflow" in sys.modules:
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
    if kind in _FIT:
        return _fit_wrapper(original)
    if kind == DIRECT:
        return _direct_wrapper(original)
    return _predict_wrapper(kind, original)


def _fit_wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        outer = _thread.inside
        _thread.inside = "fit"
        try:
            return original(self, *args, **kwargs)
        except BaseException as error:
            fault.without_own_frame(error)
            raise
        finally:
            _thread.inside = outer

    return wrapper


def _direct_wrapper(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        outer = _thread.inside
        x = args[0] if args else next(iter(kwargs.values()), None)
        call = None
        if outer is None and _listeners and fault.trouble() is None and not fault.guarded(_is_symbolic, x):
            call = fault.guarded(_begin, DIRECT, self, x, args, kwargs, None)
            _thread.inside = "call"
        start = perf_counter()
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            fault.guarded(_failed, call, start, self, x)
            fault.without_own_frame(error)
            raise
        finally:
            _thread.inside = outer
        fault.guarded(_end, call, start, self, x, result)
        return result

    return wrapper


def _predict_wrapper(kind: str, original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        outer = _thread.inside
        x = args[0] if args else kwargs.get("x")
        call = None
        if _listeners and fault.trouble() is None:
            call = fault.guarded(_begin, kind, self, x, args, kwargs, outer)
            _thread.inside = "fit" if outer == "fit" else "predict"
        start = perf_counter()
        try:
            result = original(self, *args, **kwargs)
        except BaseException as error:
            fault.guarded(_failed, call, start, self, x)
            fault.without_own_frame(error)
            raise
        finally:
            _thread.inside = outer
        fault.guarded(_end, call, start, self, x, result)
        return result

    return wrapper


def _begin(kind: str, model: Any, x: Any, args: Any, kwargs: dict[str, Any], inside: str | None) -> Call:
    known = _models.get(id(model))
    if known is None or known[0]() is not model:
        known = _identity(model)
    _, number, label, kinds, is_recording, is_tracing = known
    first = kind not in kinds
    if first:
        kinds.add(kind)
    batch_size = kwargs.get("batch_size")
    if batch_size is None and kind in ("predict", "evaluate"):
        position = 1 if kind == "predict" else 2
        if len(args) > position and isinstance(args[position], int):
            batch_size = args[position]
    return Call(
        kind,
        callsite.find(3),
        label,
        number,
        _rows(x),
        batch_size,
        0.0,
        first,
        is_recording(),
        is_tracing(),
        inside,
        _thread.thread.name,
        training=kwargs.get("training") is True,
    )


def _failed(call: Call | None, start: float, model: Any, x: Any) -> None:
    if call is not None:
        call.failed = True
        _end(call, start, model, x, None)


def _end(call: Call | None, start: float, model: Any, x: Any, result: Any) -> None:
    """Complete `call`, if one was begun, and hand it on."""
    if call is None:
        return
    call.seconds = perf_counter() - start
    if call.kind in ("predict", "predict_on_batch"):
        if call.rows is None:
            call.rows = _rows(result)
        _compare(call, x, result)
    if call.recording and call.kind != DIRECT:
        from pytest_keras_inference.watching import tapes

        tapes.note(call, model, x)
    for listener in _listeners:
        listener(call, model, x)
    for hears_outputs in _output_listeners:
        hears_outputs(call, result)


def _identity(model: Any) -> _Known:
    global _model_count
    known = _models.get(id(model))
    if known is not None and known[0]() is model:
        return known
    _model_count += 1
    label = f"{type(model).__name__} {getattr(model, 'name', '?')!r}"
    key = id(model)

    def forget(_: object) -> None:
        _models.pop(key, None)

    known = _models[key] = (weakref.ref(model, forget), _model_count, label, set(), *_probes_of(type(model)))
    return known


def _backend_of(owner: type) -> str:
    """The backend that a Model class computes on: tf_keras and Keras 2 have TensorFlow only."""
    package = owner.__module__.partition(".")[0]
    config: Any = getattr(sys.modules.get("keras"), "config", None)
    if package == "tf_keras" or not hasattr(config, "backend"):
        return "tensorflow"
    return str(config.backend())


def _probes_of(model_class: type) -> tuple[Probe, Probe]:
    """Whether a tape records and whether a graph is traced, for the backend of the model's class."""
    owner = next((base for base in model_class.__mro__ if base in _patched), model_class)
    package = owner.__module__
    known = _probes.get(package)
    if known is None:
        known = _probes[package] = probes(_backend_of(owner))
    return known


def _rows(data: Any) -> int | None:
    """Samples in an input or output: the first axis of the first array in it; None where that cannot be read."""
    for _ in range(4):
        shape = getattr(data, "shape", None)
        if shape is not None:
            try:
                rows = shape[0]
            except (IndexError, ValueError, TypeError):
                return None
            return rows if isinstance(rows, int) else None
        if isinstance(data, dict):
            data = next(iter(data.values()), None)
        elif isinstance(data, (list, tuple)) and data:
            if not hasattr(data[0], "shape") and not isinstance(data[0], (dict, list, tuple)):
                return len(data)
            if isinstance(data[0], (list, tuple)):
                return len(data)
            data = data[0]
        else:
            return None
    return None


def _is_symbolic(x: Any) -> bool:
    """Whether `x` is a placeholder of the functional API: building a model is not a call of it."""
    if isinstance(x, (list, tuple)) and x:
        x = x[0]
    elif isinstance(x, dict) and x:
        x = next(iter(x.values()))
    return type(x).__name__ == "KerasTensor"


def _compare(call: Call, x: Any, result: Any) -> None:
    """Note whether this input is cut from the array that the previous one was, and whether anything changed. What has
    once been otherwise at a place, in one test, is not looked at again: both are asked of all its calls."""
    key = (id(call.site), call.model_number, call.kind)
    before = _previous.get(key, _FIRST)
    if before is None or type(x).__name__ != "ndarray":
        return
    base = x.base
    if base is not None and type(base).__name__ != "ndarray":
        base = None
    print_ = None
    if before.repeats and x.nbytes <= _SMALL_INPUT and getattr(result, "nbytes", _SMALL_INPUT + 1) <= _SMALL_INPUT:
        print_ = hash((x.tobytes(), result.tobytes()))
    if before is not _FIRST:
        call.slices = before.slices and base is not None and before.base is not None and before.base() is base
        call.repeats = print_ is not None and before.print == print_
        if not (call.slices or call.repeats):
            _previous[key] = None
            return
        before.base, before.print = weakref.ref(base) if call.slices else None, print_ if call.repeats else None
        before.slices, before.repeats = call.slices, call.repeats
        return
    if len(_previous) > _MOST_PREVIOUS:
        _previous.clear()  # many models, each called a little: what is forgotten would hardly be asked for again
    _previous[key] = _Previous(None if base is None else weakref.ref(base), print_)


def forget_inputs() -> None:
    """Compare inputs anew: a new test begins, or somebody else begins to listen."""
    _previous.clear()
