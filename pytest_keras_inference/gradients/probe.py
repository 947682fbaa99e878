"""The probe that works on every backend: change a variable a little and look whether the loss moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_keras_inference.models.snapshot import Snapshot

_SIZES = (1e-3, 1e-1)


def moves(variable: Any, loss: Callable[[], float], found: Snapshot) -> bool | None:
    """Whether the loss moves with `variable`; None when the loss is not the same twice, so that nothing can be told.

    Everything else, seeds included, is put back to `found` before each evaluation and at the end.
    """
    import numpy as np

    def evaluated() -> float:
        return loss()

    found.restore()
    base = evaluated()
    found.restore()
    if evaluated() != base:
        return None
    values = np.array(variable.numpy())
    generator = np.random.default_rng(0)
    direction = generator.standard_normal(values.shape).astype(values.dtype)
    try:
        for size in _SIZES:
            found.restore()
            variable.assign(
                values + np.asarray(size, values.dtype) * direction * max(float(np.abs(values).mean()), 0.1)
            )
            if abs(evaluated() - base) > 1e-6 * max(1.0, abs(base)):
                return True
    finally:
        found.restore()
    return False
