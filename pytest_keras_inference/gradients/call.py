"""One gradient that was taken, as every backend hands it over to be judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pytest_keras_inference.gradients.causes import Source, Tape
from pytest_keras_inference.gradients.report import Cause, Status
from pytest_keras_inference.gradients.trace import Node
from pytest_keras_inference.watching.callsite import CallSite

NO_TAPE = Tape()


@dataclass(frozen=True)
class GradientCall:
    """A call of `tape.gradient`, `backward`, `autograd.grad` or a `jax.grad` function."""

    sources: tuple[Source, ...]
    gradients: tuple[Any, ...]
    """NumPy arrays or their sizes, None where there is no gradient, or `UNKNOWN` where only its existence is known."""
    target: tuple[Node, ...]
    tape: Tape = NO_TAPE
    site: CallSite | None = None
    loss: float | None = None
    cause: Cause | None = None
    """Given when the computation raised, and why: nothing else is asked then."""
    foreign_effect: bool | None = None
    """JAX: see `Question`."""


UNKNOWN = object()
"""A gradient without values yet: that of a traced function."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a gradient is judged by, where its values are not kept."""

    largest: float | None
    """The largest absolute value, NaN if one is; None of no elements."""
    norm: float


def size_of(values: Any) -> Size:
    """The size of an array."""
    import numpy as np

    if values.dtype.kind not in "fc":
        values = values.astype("float64")
    absolute = np.abs(values).astype("float64")
    return Size(float(absolute.max()) if values.size else None, float(np.sqrt(np.sum(np.square(absolute)))))


def status_of(gradient: Any, atol: float) -> tuple[Status, float | None]:
    """(status, Euclidean norm) of one gradient; all elements within `atol` of 0 count as zero."""
    import math

    import numpy as np

    if gradient is None:
        return "none", None
    if gradient is UNKNOWN:
        return "ok", None
    size = gradient if isinstance(gradient, Size) else size_of(np.asarray(gradient))
    if size.largest is None:
        return "ok", size.norm
    if math.isnan(size.largest):
        return "nan", size.norm
    if math.isinf(size.largest):
        return "inf", size.norm
    return "zero" if size.largest <= atol else "ok", size.norm


def owners(models: Iterable[Any]) -> dict[int, tuple[Any, ...]]:
    """id of each variable -> the layers that own it, innermost first."""
    found: dict[int, tuple[Any, ...]] = {}
    for model in models:
        for layer in _below(model):
            for variable in _own(layer):
                known = found.get(id(variable), ())
                if all(layer is not other for other in known):
                    found[id(variable)] = (layer, *known)
    return found


def _below(model: Any) -> list[Any]:
    try:
        return list(model._flatten_layers())
    except (AttributeError, ValueError):
        return [model]


def _own(layer: Any) -> list[Any]:
    own: list[Any] = []
    for name in ("_trainable_variables", "_non_trainable_variables", "_trainable_weights", "_non_trainable_weights"):
        own += list(getattr(layer, name, None) or [])
    return own
