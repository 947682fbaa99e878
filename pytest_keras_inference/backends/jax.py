"""What only JAX can answer."""

from __future__ import annotations

from typing import Any

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
