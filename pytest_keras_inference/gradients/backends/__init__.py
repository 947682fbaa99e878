"""What a gradient check sees of TensorFlow, JAX and torch: one module each, with the same functions."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def adapter_of(backend: str) -> Any:
    """The module for `tensorflow`, `jax` or `torch`. It imports its backend, so ask only for the one in use."""
    return import_module(f"{__name__}.{backend}")
