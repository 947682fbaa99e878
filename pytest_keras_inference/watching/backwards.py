"""When torch computes gradients: with gradients switched on a call says nothing of whether any will be taken."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from pytest_keras_inference import fault

_ENGINE = "_engine_run_backward"
"""Private, in torch 2.3 and newer: what `backward()`, `autograd.grad` and all that is built on them run."""

_original: Callable[..., Any] | None = None
_listeners: tuple[Callable[[], None], ...] = ()


def follow() -> None:
    """Hear of gradients from now on, where this torch lets it."""
    global _original
    autograd: Any = sys.modules["torch"].autograd
    if _original is None and hasattr(autograd, _ENGINE):
        _original = getattr(autograd, _ENGINE)
        setattr(autograd, _ENGINE, _run)


def unfollow() -> None:
    """Put torch back."""
    global _original
    original, _original = _original, None
    autograd: Any = getattr(sys.modules.get("torch"), "autograd", None)
    if original is not None and getattr(autograd, _ENGINE, None) is _run:
        setattr(autograd, _ENGINE, original)


def is_followed() -> bool:
    """Whether gradients that torch takes are heard of."""
    return _original is not None


def on_gradients(listener: Callable[[], None]) -> None:
    """Call `listener()` whenever torch is about to compute gradients."""
    global _listeners
    _listeners = (*_listeners, listener)


def off_gradients(listener: Callable[[], None]) -> None:
    """Undo `on_gradients`."""
    global _listeners
    left = list(_listeners)
    if listener in left:
        left.remove(listener)
    _listeners = tuple(left)


def _run(*args: Any, **kwargs: Any) -> Any:
    __tracebackhide__ = True
    for listener in _listeners:
        fault.guarded(listener)
    run = _original or getattr(sys.modules["torch"].autograd, _ENGINE)
    try:
        return run(*args, **kwargs)
    except BaseException as error:
        fault.without_own_frame(error)
        raise
