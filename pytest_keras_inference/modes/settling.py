"""Moving averages that lag behind: of a model that was trained for so few steps that predict uses other statistics than
the ones which training normalized with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil, log
from typing import Any

import numpy as np

from pytest_keras_inference.models.flavour import is_built_in
from pytest_keras_inference.models.snapshot import values_of
from pytest_keras_inference.modes.layer_trace import Run
from pytest_keras_inference.modes.layers import Dependence
from pytest_keras_inference.modes.report import Note, some

_SETTLED = 0.9
"""The part of the way from which on averages count as settled: a batch of its own differs from them by about that."""
_MISFIT = 0.1
"""Averages that are on their way lie on the line from where they start to where they go. Beyond this share of their way
beside that line, something else is the matter with them: other data, a statistic that was set."""
_STARTS = {"moving_mean": "Zeros", "moving_variance": "Ones"}
"""The averages of a BatchNormalization, and the initializers that this knows the start of."""


@dataclass(frozen=True)
class _Lag:
    """A layer whose averages have gone the part `way` of their way, at most `_SETTLED` of it."""

    path: str
    way: float
    momentum: float


def settling_notes(fit: Run, dependent: Iterable[Dependence]) -> Iterator[Note]:
    """One note for all layers whose averages are not settled; none where they have never been updated."""
    lags = [lag for one in dependent if (lag := _lag(one.call.layer, one.call.path, fit)) is not None]
    if not lags:
        return
    paths = [lag.path for lag in lags]
    least, most = min(lag.way for lag in lags), max(lag.way for lag in lags)
    part = f"{least:.0%}" if f"{least:.0%}" == f"{most:.0%}" else f"{least:.0%} to {most:.0%}"
    momentum = max(lag.momentum for lag in lags)
    steps = _rounded(log(0.05) / log(momentum))
    yield Note(
        "averages-not-settled",
        ", ".join(paths),
        f"The averages of {some(paths)} are not settled, so predict differs from training: they have gone {part} of "
        "the way from 0 and 1, where they start, to the mean and variance of this batch, with which training "
        f"normalizes. At momentum={momentum:g} that takes about {steps} training steps. Train longer, or set a "
        "lower `momentum`.",
    )


def _rounded(steps: float) -> int:
    """A number of steps as a person would say it: 4, 60, 300."""
    return ceil(steps) if steps < 20 else int(round(steps, -1))


def _lag(layer: Any, path: str, fit: Run) -> _Lag | None:
    averages = _averages(layer)
    call = next((call for call in fit.calls if call.layer is layer), None)
    if averages is None or call is None or not call.concrete or call.kwargs.get("mask") is not None:
        return None
    inputs = np.asarray(call.inputs[0], "float64")
    kept = {axis % inputs.ndim for axis in np.atleast_1d(layer.axis)}  # Keras 2 keeps a list, of several perhaps
    axes = tuple(axis for axis in range(inputs.ndim) if axis not in kept)
    if len(kept) != 1:
        return None
    seen = np.stack([inputs.mean(axes), inputs.var(axes)])
    start = np.array([[0.0], [1.0]])
    gone, whole = averages - start, seen - start
    if not gone.any() or not np.isfinite(whole).all() or not np.isfinite(gone).all() or not whole.any():
        return None
    way = float((gone * whole).sum() / (whole * whole).sum())
    beside = float(((gone - way * whole) ** 2).sum() / (gone * gone).sum())
    momentum = float(layer.momentum)
    if not 0 < way < _SETTLED or beside > _MISFIT or not 0 < momentum < 1:
        return None
    return _Lag(path, way, momentum)


def _averages(layer: Any) -> Any:
    """Moving mean and variance of a BatchNormalization of Keras, one row each; None of other layers."""
    if type(layer).__name__ != "BatchNormalization" or not is_built_in(layer):
        return None
    if any(type(getattr(layer, f"{name}_initializer", None)).__name__ != kind for name, kind in _STARTS.items()):
        return None
    return np.stack([np.asarray(values_of(getattr(layer, name)), "float64") for name in _STARTS])
