"""How much faster predict_on_batch is where predict was called in a loop: measured on the test's own model and input.

Measured only where nobody can notice: a model made of Keras's own layers with Keras's own predict_step, after the test
has passed, and weights, state and seeds are put back.
"""

from __future__ import annotations

import contextlib
import io
from statistics import median
from time import perf_counter
from typing import Any

_ROUNDS = 3
_PACKAGES = ("keras", "tf_keras")


def speedup_on_batch(model: Any, x: Any) -> float | None:
    """How many times faster `model.predict_on_batch(x)` is than `model.predict(x)`.

    The median over rounds in which each runs once, so that the ratio holds on a busy machine; both run once before, as
    their first call traces. None if it is not to be measured or raises.
    """
    from pytest_keras_inference.models.snapshot import kept
    from pytest_keras_inference.watching import hooks

    ratios: list[float] = []
    try:
        if not _is_plain(model):
            return None
        with hooks.paused(), kept(model), contextlib.redirect_stdout(io.StringIO()):
            for _ in range(1 + _ROUNDS):
                start = perf_counter()
                model.predict(x, verbose=0)
                middle = perf_counter()
                model.predict_on_batch(x)
                ratios.append((middle - start) / (perf_counter() - middle))
    except Exception:  # whatever a model raises here, it did not raise in the test: there is no figure, and no fault
        return None
    return median(ratios[1:])


def _is_plain(model: Any) -> bool:
    """Whether nothing but Keras's own code runs when the model predicts."""
    layers = model._flatten_layers() if hasattr(model, "_flatten_layers") else [model]
    classes = [type(model).predict_step, *(type(layer) for layer in layers)]
    return all(one.__module__.partition(".")[0] in _PACKAGES for one in classes) and not _has_functions(layers)


def _has_functions(layers: Any) -> bool:
    """A Lambda layer runs the user's function."""
    return any(type(layer).__name__ == "Lambda" for layer in layers)
