"""What only torch can answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import torch


def is_recording() -> bool | None:
    """False under `no_grad` and `inference_mode`, else None: grad mode is on by default and proves nothing."""
    return None if torch.is_grad_enabled() else False


def is_tracing() -> bool | None:
    """Whether `torch.compile`, `torch.export` or `torch.jit.trace` is capturing the code."""
    return bool(torch.compiler.is_compiling() or torch.jit.is_tracing())


# Random state, and running a model for the checks of modes, parity and cost


def random_state() -> dict[str, Any]:
    """What torch's generators hold now: on this backend Keras's Dropout draws from them, not from Keras's seeds."""
    state = {"cpu": torch.random.get_rng_state().clone()}
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        state["cuda"] = [device.clone() for device in torch.cuda.get_rng_state_all()]
    return state


def restore_random_state(state: dict[str, Any]) -> None:
    """Put back what `random_state` returned."""
    torch.random.set_rng_state(state["cpu"])
    if "cuda" in state:
        torch.cuda.set_rng_state_all(state["cuda"])


def without_gradients() -> AbstractContextManager[Any]:
    """torch records by default; a comparison needs no graph, and predict keeps none either."""
    return torch.no_grad()  # type: ignore[no-any-return]


def to_numpy(tensor: Any) -> Any:
    """A copy of the values of a concrete tensor; raises for a fake, meta or functorch-wrapped one."""
    value = tensor.detach()
    if value.dtype == torch.bfloat16:
        value = value.to(torch.float32)
    return value.cpu().numpy().copy()


def wait(outputs: Any) -> None:
    """Return when the work that was sent to the devices is done."""
    if torch.cuda.is_available() and torch.cuda.is_initialized():
        torch.cuda.synchronize()


def compiled_call(inference: Callable[[Any], Any], hears_training: bool) -> Callable[[Any], Any]:
    """`torch.compile` around the inference call, without gradients."""
    compiled = torch.compile(inference)

    def run(x: Any) -> Any:
        with torch.no_grad():
            return compiled(x)

    return run


def device_peak_bytes(reset: bool = False) -> int | None:
    """Peak bytes on the first accelerator since the last reset; None where there is none."""
    if not (torch.cuda.is_available() and torch.cuda.is_initialized()):
        return None
    if reset:
        torch.cuda.reset_peak_memory_stats()
    return int(torch.cuda.max_memory_allocated())


def hidden_state(layers: list[Any]) -> list[tuple[str, Any]]:
    """Buffers of torch modules inside the layers, such as a wrapped BatchNorm's running_mean, by name."""
    buffers: dict[int, tuple[str, Any]] = {}
    for layer in layers:
        for name, buffer in layer.named_buffers():
            buffers.setdefault(id(buffer), (f"{layer.name}/{name}", buffer))
    return list(buffers.values())


def after_failed_predict(model: Any) -> None:
    """Nothing to do: torch works on the variables themselves."""


def device_name() -> str:
    """Where models run by default."""
    return "GPU" if torch.cuda.is_available() else "CPU"
