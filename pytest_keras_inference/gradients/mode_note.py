"""A training step on JAX whose `stateless_call` was not told that it trains (KI301)."""

from __future__ import annotations

from typing import Any

from pytest_keras_inference.gradients.trace import LayerUse
from pytest_keras_inference.models.flavour import default_training, layers_of, takes_training

_STRENGTHS = ("rate", "dropout", "recurrent_dropout", "stddev", "max_rate")
"""Attributes of Keras's layers that say how much they do in training; 0 switches them off."""
_MOST = 4


def mode_note(use: LayerUse) -> str:
    """What to say of a differentiated `stateless_call` without `training=`; empty if no layer would do otherwise."""
    if not use.modeless or default_training(use.layer):
        return ""
    names = [str(layer.name) for layer in layers_of(use.layer) if _acts_in_training(layer)]
    if not names:
        return ""
    shown = ", ".join(names[:_MOST]) + (f" and {len(names) - _MOST} more" if len(names) > _MOST else "")
    at = f" at {use.site}" if use.site else ""
    name = getattr(use.layer, "name", "model")
    return (
        f"the differentiated function ran {shown} of {name!r} in inference mode{at} (KI301): stateless_call trains no "
        "layer unless it is told. Instead: stateless_call(..., training=True), or training=False if this is meant"
    )


def _acts_in_training(layer: Any) -> bool:
    """Whether a built-in layer does something else in training, with the strength it has and unless it is frozen."""
    if not takes_training(layer):
        return False
    if any(isinstance(getattr(layer, name, None), int | float) and getattr(layer, name) > 0 for name in _STRENGTHS):
        return True
    return hasattr(layer, "moving_mean") and bool(layer.trainable)
