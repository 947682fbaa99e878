"""One call of a model as it is seen from outside: who made it, on what, and how it went on from the call before."""

from __future__ import annotations

import sys
import weakref
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from pytest_keras_inference.backends import Probe, probes
from pytest_keras_inference.importhook import MODULES
from pytest_keras_inference.watching import callsite
from pytest_keras_inference.watching.calls import Call

_SMALL_INPUT = 4096
"""Bytes up to which inputs and outputs are compared with those of the previous call."""
_MOST_PREVIOUS = 10_000
_BATCH_SIZE = {"predict": 1, "evaluate": 2}
"""Where the batch size stands among the positional arguments."""


@dataclass(slots=True)
class _Previous:
    """The input of the last call from a place, and whether all calls so far went on in the same way."""

    base: weakref.ref[Any] | None
    """The array that it was cut from."""
    print: int | None
    """Of a small input and its output."""
    slices: bool = True
    repeats: bool = True


_Known = tuple[weakref.ref[Any], int, str, set[str], Probe, Probe]
"""A model: itself, its number, what it is called, how it was called, whether a tape records and a graph is traced."""
_models: dict[int, _Known] = {}
_previous: dict[tuple[int, int], _Previous | None] = {}
_FIRST = _Previous(None, None)
_probes: dict[str, tuple[Probe, Probe]] = {}
_model_count = 0


def begun(kind: str, model: Any, x: Any, args: Any, kwargs: dict[str, Any], inside: str | None, thread: str) -> Call:
    """A call that begins now; the caller's caller is who calls."""
    known = _models.get(id(model))
    if known is None or known[0]() is not model:
        known = _identity(model)
    _, number, label, kinds, is_recording, is_tracing = known
    first = kind not in kinds
    if first:
        kinds.add(kind)
    batch_size = kwargs.get("batch_size")
    if batch_size is None and args:
        position = _BATCH_SIZE.get(kind)
        if position is not None and len(args) > position and isinstance(args[position], int):
            batch_size = args[position]
    return Call(
        kind,
        callsite.find(3),
        label,
        number,
        rows_in(x),
        batch_size,
        0.0,
        first,
        is_recording(),
        is_tracing(),
        inside,
        thread,
        training=kwargs.get("training") is True,
    )


def complete(call: Call, start: float, x: Any, result: Any) -> None:
    """Note what is known of a call that began at `start` once it has returned, or raised."""
    call.seconds = perf_counter() - start
    if call.kind in ("predict", "predict_on_batch"):
        if call.rows is None:
            call.rows = rows_in(result)
        if call.kind == "predict":
            _compare(call, x, result)


def is_compared(call: Call) -> bool:
    """Whether the input of the next such call will be compared with that of this one."""
    return call.kind == "predict" and _previous.get(_place(call)) is not None


def _place(call: Call) -> tuple[int, int]:
    return id(call.site), call.model_number


def backend_of(owner: type) -> str:
    """The backend that a Model class computes on: tf_keras and Keras 2 have TensorFlow only."""
    package = next((name for base in owner.__mro__ if (name := base.__module__.partition(".")[0]) in MODULES), "")
    config: Any = getattr(sys.modules.get("keras"), "config", None)
    if package == "tf_keras" or not hasattr(config, "backend"):
        return "tensorflow"
    return str(config.backend())


def knows_tapes(owner: type) -> bool:
    """Whether it is known of a call that it is under a tape when nothing of its input is: on JAX that is asked for."""
    return backend_of(owner) != "jax"


def is_symbolic(x: Any) -> bool:
    """Whether `x` is a placeholder of the functional API: building a model is not a call of it."""
    if isinstance(x, (list, tuple)) and x:
        x = x[0]
    elif isinstance(x, dict) and x:
        x = next(iter(x.values()))
    return type(x).__name__ == "KerasTensor"


def rows_in(data: Any) -> int | None:
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


def forget_inputs() -> None:
    """Compare inputs anew: a new test begins, or somebody else begins to listen."""
    _previous.clear()


def forget() -> None:
    """Nobody listens any more: nothing of what was seen is kept."""
    _models.clear()
    _previous.clear()


def _identity(model: Any) -> _Known:
    global _model_count
    known = _models.get(id(model))
    if known is not None and known[0]() is model:
        return known
    _model_count += 1
    label = f"{type(model).__name__} {getattr(model, 'name', '?')!r}"
    key = id(model)

    def forget_model(_: object) -> None:
        _models.pop(key, None)

    probes_of_it = probes_of(type(model))
    known = _models[key] = (weakref.ref(model, forget_model), _model_count, label, set(), *probes_of_it)
    return known


def probes_of(model_class: type) -> tuple[Probe, Probe]:
    """Whether a tape records and whether a graph is traced, for the backend of the model's class."""
    backend = backend_of(model_class)
    known = _probes.get(backend)
    if known is None:
        known = _probes[backend] = probes(backend)
    return known


def _compare(call: Call, x: Any, result: Any) -> None:
    """Note whether this input is cut from the array that the previous one was, and whether anything changed. What has
    once been otherwise at a place, in one test, is not looked at again: both are asked of all its calls."""
    key = _place(call)
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
