"""What only JAX can answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import jax
import numpy as np

try:  # private; where the current trace is kept has moved between releases
    from jax._src.core import trace_ctx as _context
except ImportError:
    _context = None

_DIFFERENTIATES = ("JVPTrace", "LinearizeTrace")
_EVALUATES = "EvalTrace"


def is_recording() -> bool | None:
    """Whether the code runs inside `jax.grad`, `value_and_grad`, `jvp` or `linearize`. None when JAX cannot tell."""
    traces = _traces()
    return None if traces is None else any(name in _DIFFERENTIATES for name in traces)


def is_tracing() -> bool | None:
    """Whether the code runs inside `jit`, `vmap`, `scan` or another transformation that hands out abstract values.
    Differentiation alone does not count. None when JAX cannot tell."""
    traces = _traces()
    return None if traces is None else any(name not in (*_DIFFERENTIATES, _EVALUATES) for name in traces)


def _traces() -> list[str] | None:
    """Class names of the current traces, innermost first."""
    trace: Any = getattr(_context, "trace", None)
    if trace is None:
        return None
    names: list[str] = []
    while trace is not None:
        names.append(type(trace).__name__)
        trace = getattr(trace, "parent_trace", None)
    return names


# Random state, and running a model for the checks of modes, parity and cost


def random_state() -> dict[str, Any]:
    """JAX has no generator of its own: keys are values, and Keras keeps its seeds in variables."""
    return {}


def restore_random_state(state: dict[str, Any]) -> None:
    """Put back what `random_state` returned: nothing."""


def without_gradients() -> AbstractContextManager[Any]:
    """JAX records only inside `jax.grad` and its kin; there is nothing to switch off."""
    return nullcontext()


def to_numpy(tensor: Any) -> Any:
    """The values of a concrete array; raises for a tracer."""
    return np.asarray(tensor)


def wait(outputs: Any) -> None:
    """Return when the arrays in `outputs` are computed."""
    jax.block_until_ready(outputs)


def compiled_call(model: Any, hears_training: bool) -> Callable[[Any], Any]:
    """`jax.jit` around the stateless inference call; it reads the weights each time, because predict donates them."""

    mode = {"training": False} if hears_training else {}

    def call(weights: Any, state: Any, x: Any) -> Any:
        return model.stateless_call(weights, state, x, **mode)[0]

    jitted = jax.jit(call)

    def run(x: Any) -> Any:
        weights = [variable.value for variable in model.trainable_variables]
        return jitted(weights, [variable.value for variable in model.non_trainable_variables], x)

    return run


def device_peak_bytes(reset: bool = False) -> int | None:
    """None: JAX cannot reset the counter of a device, so the peak of one piece of work is not to be had."""
    return None


def hidden_state(layers: list[Any]) -> list[tuple[str, Any]]:
    """State of layers that is in no variable: none on JAX."""
    return []


def after_failed_predict(model: Any) -> None:
    """Forget the state that predict held when it raised: it has taken the values out of the variables meanwhile."""
    if hasattr(model, "_jax_state_synced"):
        model._jax_state = None
        model._jax_state_synced = True


def device_name() -> str:
    """Where models run by default."""
    return str(jax.devices()[0].platform).upper()
