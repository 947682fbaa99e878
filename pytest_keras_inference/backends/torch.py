"""What only torch can answer."""

from __future__ import annotations

import torch


def is_recording() -> bool | None:
    """False under `no_grad` and `inference_mode`, else None: grad mode is on by default and proves nothing."""
    return None if torch.is_grad_enabled() else False


def is_tracing() -> bool | None:
    """Whether `torch.compile`, `torch.export` or `torch.jit.trace` is capturing the code."""
    return bool(torch.compiler.is_compiling() or torch.jit.is_tracing())
