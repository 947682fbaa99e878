"""The few things that differ between TensorFlow, JAX and torch, one small module each.

A module here imports its backend, so import it only once that backend is known to be in use.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

Probe = Callable[[], bool | None]
"""Answers True, False, or None for unknown; unknown is never told as no."""


def probes(backend: str) -> tuple[Probe, Probe]:
    """(is_recording, is_tracing) of `backend`: "tensorflow", "jax" or "torch"; others answer unknown to both."""
    if backend not in ("tensorflow", "jax", "torch"):
        return _unknown, _unknown
    module = import_module(f"{__name__}.{backend}")
    return module.is_recording, module.is_tracing


def _unknown() -> bool | None:
    return None
