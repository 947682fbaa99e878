"""Direct calls in training mode where no gradient is taken: each changes what BatchNormalization has learnt."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pytest_keras_inference.models.flavour import layers_of
from pytest_keras_inference.watching import backwards
from pytest_keras_inference.watching.calls import DIRECT, Call, SiteCalls
from pytest_keras_inference.watching.callsite import CallSite
from pytest_keras_inference.watching.findings import Finding, finding_of

_RANDOM = ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "BaseSpatialDropout")
"""Layers that Monte-Carlo dropout calls in training mode on purpose; the base classes of others."""


@dataclass(slots=True)
class _Span:
    """From the first to the last of some calls, as numbers of calls."""

    first: int
    last: float = 0


@dataclass(slots=True)
class _Place:
    """The calls that one place made of one model in training mode, outside of any tape."""

    calls: SiteCalls
    span: _Span
    is_random: bool
    """Whether the model draws random numbers in training mode."""
    input: weakref.ref[Any] | None = None
    """What the last call was given,"""
    is_same: bool = True
    """and all before it."""


class TrainingCalls:
    """Direct calls with `training=True`, by place and model."""

    def __init__(self) -> None:
        self._places: dict[tuple[CallSite, int], _Place] = {}
        self._trained: dict[int, _Span] = {}
        self._open: dict[int, int] = {}
        """Models that torch may yet take gradients of, each since a call of that number;"""
        self._last = 0
        """and the number of the last call."""

    def look(self, call: Call, model: Any, x: Any, number: int) -> None:
        """Called after the `number`th call, one in training mode: a step of training, or one that takes no gradient."""
        self._last = number
        if call.recording is None and not call.tracing and backwards.is_followed():
            self._open.setdefault(call.model_number, number)
        elif call.recording is not False or call.tracing:
            span = self._trained.setdefault(call.model_number, _Span(number))
            # What is traced runs again and again without a call.
            span.last = float("inf") if call.tracing else max(span.last, number)
            return
        key = (call.site, call.model_number)
        place = self._places.get(key)
        if place is None:
            layers = layers_of(model)
            if not any(map(_has_statistics, layers)):
                return
            is_random = any(_is_one_of(layer, _RANDOM) for layer in layers)
            place = self._places[key] = _Place(SiteCalls(call.site, DIRECT, call.model), _Span(number), is_random)
        elif place.input is None or place.input() is not x:
            place.is_same = False
        place.calls.add(call)
        place.span.last = number
        place.input = _reference(x)

    def gradients_taken(self) -> None:
        """torch computes gradients: what was called since it did so before was called in order to train."""
        opened, self._open = self._open, {}
        for model_number, first in opened.items():
            span = self._trained.setdefault(model_number, _Span(first))
            span.last = max(span.last, self._last)

    def findings(self, *, test: str = "", monte_carlo: bool = False) -> Iterator[Finding]:
        """Places that call models in training mode where no gradient is taken; with `monte_carlo` only those that draw
        several outputs for one input, which has no other purpose.

        While a model is being trained it may be meant: a generator that makes examples for its discriminator.
        """
        for (_, number), place in self._places.items():
            trained = self._trained.get(number)
            if trained is not None and place.span.last >= trained.first and trained.last >= place.span.first:
                continue
            is_drawn = place.is_random and place.is_same and place.calls.calls > 1
            calls = replace(place.calls, test=test)
            if is_drawn:
                yield replace(finding_of("KI306", calls, _DRAWN), instead=_FREEZE)
            elif not monte_carlo:
                yield finding_of("KI306", calls, _EVIDENCE)

    def forget(self) -> None:
        """Count anew."""
        self._places.clear()
        self._trained.clear()
        self._open.clear()


_EVIDENCE = "training=True where no gradient is taken: BatchNormalization uses this batch and changes its statistics"
_DRAWN = (
    "training=True draws several outputs for one input (Monte-Carlo dropout), and each call changes the statistics of "
    "BatchNormalization too"
)
_FREEZE = "freeze what learns statistics before: for each BatchNormalization layer, layer.trainable = False"


def _has_statistics(layer: Any) -> bool:
    """Whether a call in training mode changes state of the layer: BatchNormalization that is frozen keeps its own."""
    if _is_one_of(layer, ("SpectralNormalization",)):
        return True
    return bool(_is_one_of(layer, ("BatchNormalization",)) and layer.trainable)


def _is_one_of(layer: Any, names: tuple[str, ...]) -> bool:
    return any(base.__name__ in names for base in type(layer).__mro__)


def _reference(x: Any) -> weakref.ref[Any] | None:
    try:
        return weakref.ref(x)
    except TypeError:  # a list, say
        return None
