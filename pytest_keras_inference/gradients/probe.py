"""The probe that works on every backend: change a variable a little and look whether the loss moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pytest_keras_inference.models.snapshot import Snapshot

_SIZES = (1e-3, 1e-1, 1.0)


Effect = Literal["none", "stationary", "moves"]
"""Whether the loss stays, changes in the same direction whichever way the variable goes, or follows it."""


def effect_of(variable: Any, loss: Callable[[], float], found: Snapshot) -> Effect | None:
    """What the loss does when `variable` changes; None when it is not the same twice, so that nothing can be told.

    Everything else, seeds included, is put back to `found` before each evaluation and at the end.
    """
    import numpy as np

    def evaluated(values: Any = None) -> float:
        found.restore()
        if values is not None:
            variable.assign(values)
        return loss()

    base = evaluated()
    if evaluated() != base:
        return None
    values = np.array(variable.numpy())
    generator = np.random.default_rng(0)
    direction = generator.standard_normal(values.shape).astype(values.dtype)
    least = 1e-6 * max(1.0, abs(base))
    try:
        for size in _SIZES:
            step = np.asarray(size, values.dtype) * direction * max(float(np.abs(values).mean()), 0.1)
            there, back = evaluated(values + step) - base, evaluated(values - step) - base
            if max(abs(there), abs(back)) > least:
                return "stationary" if min(abs(there), abs(back)) > least and there * back > 0 else "moves"
    finally:
        found.restore()
    return "none"
