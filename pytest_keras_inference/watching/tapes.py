"""Which predict calls a GradientTape lost: TensorFlow only.

A predict under a tape is harmless when its value is a constant (a target network) and wrong when the tape is then
asked for gradients of that model's variables, of its input, or of anything else that it alone leads to.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

from pytest_keras_inference import fault
from pytest_keras_inference.watching.calls import Call
from pytest_keras_inference.watching.stacks import here

Lost = Callable[[Call], None]
Asked = Callable[[Any, Any], None]


_under: weakref.WeakKeyDictionary[Any, list[tuple[Call, weakref.ref[Any], Any]]] = weakref.WeakKeyDictionary()
_followed: type | None = None
"""`tf.GradientTape` while it is wrapped."""
_originals: dict[str, Any] = {}
_on_lost: tuple[Lost, ...] = ()
_on_asked: tuple[Asked, ...] = ()


def follow() -> None:
    """Wrap `tf.GradientTape`, once."""
    global _followed
    from tensorflow import GradientTape

    if _followed is not None:
        return
    _followed = GradientTape
    wrappers = {"__enter__": _entering, "__exit__": _leaving, "gradient": _asking, "jacobian": _asking}
    for name, wrap in wrappers.items():
        original = vars(GradientTape)[name]
        setattr(GradientTape, name, wrap(original))
        _originals[name] = original


def unfollow() -> None:
    """Put `tf.GradientTape` back, if it was followed."""
    global _followed
    owner, _followed = _followed, None
    for name, original in _originals.items():
        if getattr(vars(owner).get(name), "__wrapped__", None) is original:
            setattr(owner, name, original)
    _originals.clear()
    here.stack.tapes.clear()
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


def on_asked(listener: Asked) -> None:
    """Call `listener(tape, gradients)` whenever a tape has been asked for gradients."""
    global _on_asked
    _on_asked = (*_on_asked, listener)


def off_asked(listener: Asked) -> None:
    """Undo `on_asked`."""
    global _on_asked
    left = list(_on_asked)
    if listener in left:
        left.remove(listener)
    _on_asked = tuple(left)


def innermost() -> Any:
    """The tape that this thread entered last and has not left; None without one."""
    return here.stack.tapes[-1] if here.stack.tapes else None


def lost_by(tape: Any) -> list[Call]:
    """The calls of the predict family under a tape that cut off gradients which it was asked for."""
    return [call for call, _, _ in _under.get(tape, ()) if call.gradient_lost]


def note(call: Call, model: Any, x: Any) -> None:
    """Remember a call made while a tape of this thread recorded."""
    for tape in here.stack.tapes:
        _under.setdefault(tape, []).append((call, weakref.ref(model), _weak(x)))


def _entering(original: Any) -> Any:
    @functools.wraps(original)
    def __enter__(self: Any) -> Any:  # noqa: N807
        here.stack.tapes.append(self)
        return original(self)

    return __enter__


def _leaving(original: Any) -> Any:
    @functools.wraps(original)
    def __exit__(self: Any, *error: Any) -> Any:  # noqa: N807
        here.stack.tapes[:] = [tape for tape in here.stack.tapes if tape is not self]
        return original(self, *error)

    return __exit__


def _asking(original: Any) -> Any:
    @functools.wraps(original)
    def wrapper(self: Any, target: Any, sources: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            result = original(self, target, sources, *args, **kwargs)
        except BaseException as error:
            fault.without_own_frame(error)
            raise
        if fault.trouble() is None:
            fault.guarded(_judge, self, sources, result)
            for listener in _on_asked:
                fault.guarded(listener, self, result)
        return result

    return wrapper


def _judge(tape: Any, sources: Any, result: Any) -> None:
    calls = _under.get(tape)
    if not calls:
        return
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
