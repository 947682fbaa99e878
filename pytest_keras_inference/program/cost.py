"""What other ways of calling cost, measured after the program on its own model and rows, where that is cheap."""

from __future__ import annotations

import contextlib
import io
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from pytest_keras_inference.watching.calls import SiteCalls
from pytest_keras_inference.watching.speedup import speedup_on_batch

_SECONDS = 0.5
"""A model that takes longer for one call is not called again for the sake of a figure."""
_BYTES = 32 * 2**20
"""The rows of all calls are predicted in one call if they have at most this size together."""
_WORTH = 2.0


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds that the calls of one place would have taken, had they been made in another way.

    on_batch: each of them as predict_on_batch
    at_once: all their rows in one predict; None if there are too many
    speedup: how many times faster predict_on_batch is than predict
    """

    on_batch: float
    at_once: float | None
    speedup: float


def measured(model: Any, x: Any, calls: SiteCalls) -> Cost | None:
    """What the calls of a place would cost otherwise; None if that is not worth telling, or not cheap to know."""
    typical = calls.typical_seconds
    if typical is None or typical > _SECONDS:
        return None
    speedup = speedup_on_batch(model, x)
    if speedup is None or speedup < _WORTH:
        return None
    repeated = calls.calls * typical
    return Cost(repeated / speedup, _at_once(model, x, calls.calls), speedup)


def _at_once(model: Any, x: Any, calls: int) -> float | None:
    """Seconds of one predict of the rows of so many calls, its trace not counted."""
    import numpy as np

    from pytest_keras_inference.models.snapshot import kept
    from pytest_keras_inference.watching import hooks

    if x.nbytes * calls > _BYTES:
        return None
    rows = np.concatenate([x] * calls)
    try:
        with hooks.paused(), kept(model), contextlib.redirect_stdout(io.StringIO()):
            model.predict(rows[:64], verbose=0)
            start = perf_counter()
            model.predict(rows, verbose=0)
            return perf_counter() - start
    except Exception:  # what a model raises here it did not raise in the program: there is no figure, and no fault
        return None
