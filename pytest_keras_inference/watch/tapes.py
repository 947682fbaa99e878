"""Which predict calls a GradientTape lost: TensorFlow only.

A predict under a tape is harmless when its value is a constant (a target network) and wrong when the tape is then
asked for gradients of that model's variables, of its input, or of anything else that it alone leads to.
"""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable
from typing import Any

from pytest_keras_inference.watch.calls import Call

Lost = Callable[[Call], None]


class _Open(threading.local):
    """The tapes that this thread has entered and not left."""

    def __init__(self) -> None:
        self.tapes: list[Any] = []


_open = _Open()
_under: weakref.WeakKeyDictionary[Any, list[tuple[Call, weakref.ref[Any], Any]]] = weakref.WeakKeyDictionary()
_originals: dict[str, Any] = {}
_on_lost: tuple[Lost, ...] = ()
_METHODS = ("__enter__", "__exit__", "gradient", "jacobian")


def follow() -> None:
    """Wrap `tf.GradientTape`, once."""
    from tensorflow import GradientTape

    if _originals:
        return
    for name in _METHODS:
        _originals[name] = vars(GradientTape)[name]
    GradientTape.__enter__ = _entering(_originals["__enter__"])
    GradientTape.__exit__ = _leaving(_originals["__exit__"])
    GradientTape.gradient = _asking(_originals["gradient"])
    GradientTape.jacobian = _asking(_originals["jacobian"])


def unfollow() -> None:
    """Put `tf.GradientTape` back."""
    from tensorflow import GradientTape

    for name, original in _originals.items():
        if getattr(vars(GradientTape).get(name), "__wrapped__", None) is original:
            setattr(GradientTape, name, original)
    _originals.clear()
    _open.tapes.clear()
    _under.clear()


def on_lost(listener: Lost) -> None:
    """Call `listener` for every call that turns out to have cut a gradient off; its `gradient_lost` is True then."""
    global _on_lost
    _on_lost = (*_on_lost, listener)


def off_lost(listener: Lost) -> None:
    """Undo `on_lost`."""
    global _on_lost
    left = list(_on_lost)
    if listener in left:
        left.remove(listener)
    _on_lost = tuple(left)


def note(call: Call, model: Any, x: Any) -> None:
    """Remember a call made while a tape of this thread recorded."""
    for tape in _open.tapes:
        _under.setdefault(tape, []).append((call, weakref.ref(model), _weak(x)))


def _entering(original: Any) -> Any:
    @functools.wraps(original)
    def __enter__(self: Any) -> Any:  # noqa: N807
        _open.tapes.append(self)
        return original(self)

    return __enter__


def _leaving(original: Any) -> Any:
    @functools.wraps(original)
    def __exit__(self: Any, *error: Any) -> Any:  # noqa: N807
        if self in _open.tapes:
            _open.tapes.remove(self)
        return original(self, *error)

    return __exit__


def _asking(original: Any) -> Any:
    @functools.wraps(original)
    def wrapper(self: Any, target: Any, sources: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        result = original(self, target, sources, *args, **kwargs)
        calls = _under.get(self)
        if calls:
            from pytest_keras_inference.watch import hooks

            try:
                _judge(calls, sources, result)
            except Exception as error:
                hooks.switch_off(error)
        return result

    return wrapper


def _judge(calls: list[tuple[Call, weakref.ref[Any], Any]], sources: Any, result: Any) -> None:
    wanted = {id(leaf) for leaf in _leaves(sources)}
    gradients = _leaves(result)
    nothing = bool(gradients) and all(gradient is None for gradient in gradients)
    for call, model_ref, x_ref in calls:
        if call.gradient_lost:
            continue
        model = model_ref()
        own = set() if model is None else _ids(model.trainable_variables)
        x = None if x_ref is None else x_ref()
        if nothing or wanted & own or (x is not None and id(x) in wanted):
            call.gradient_lost = True
            for listener in _on_lost:
                listener(call)


def _ids(variables: Any) -> set[int]:
    """Ids of Keras variables and of the TensorFlow variables they hold: a tape is asked with either."""
    found: set[int] = set()
    for variable in variables:
        found.add(id(variable))
        held = getattr(variable, "value", None)
        if held is not None and not callable(held):
            found.add(id(held))
    return found


def _leaves(structure: Any) -> list[Any]:
    if isinstance(structure, dict):
        return [leaf for value in structure.values() for leaf in _leaves(value)]
    if isinstance(structure, (list, tuple)):
        return [leaf for value in structure for leaf in _leaves(value)]
    return [structure]


def _weak(x: Any) -> Any:
    try:
        return weakref.ref(x)
    except TypeError:
        return None
