"""What only TensorFlow can answer. Serves Keras 3 on TensorFlow, and tf_keras."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import tensorflow as tf

try:  # private, present in TensorFlow 2.15 to 2.21; 0.07 microseconds
    from tensorflow.python.pywrap_tfe import TFE_Py_TapeSetIsEmpty as _no_tape_records
except ImportError:
    _no_tape_records = None

try:  # private, for speed alone
    from tensorflow.python.eager.context import context as _context
except ImportError:
    _context = None

_inside_function: Callable[[], bool] = tf.inside_function


def is_recording() -> bool | None:
    """Whether a GradientTape of this thread records now. True also for a ForwardAccumulator and for a tape that
    watches no variables; False under `stop_recording` and in a `py_function`. None when TensorFlow cannot tell."""
    return None if _no_tape_records is None else not _no_tape_records()


def is_tracing() -> bool | None:
    """Whether a graph (`tf.function`, `Dataset.map`, ...) is being traced now."""
    try:
        if _context()._thread_local_data.is_eager:
            return False
    except (AttributeError, TypeError):  # moved by a release
        pass
    return bool(_inside_function())


# Random state, and running a model for the checks of modes, parity and cost


def random_state() -> dict[str, Any]:
    """What TensorFlow's own generators hold now; the random layers of Keras 3 keep theirs in variables instead.

    tf_keras draws through `tf.random`, whose seeds come from the eager context (private, the same from TF 2.4 to 2.21).
    """
    from tensorflow.python.eager import context
    from tensorflow.python.ops import stateful_random_ops

    source = getattr(context.context(), "_rng", None)
    generator = getattr(stateful_random_ops, "global_generator", None)
    return {
        "source": source,
        "source_state": source.getstate() if source is not None else None,
        "generator": generator,
        "generator_state": generator.state.numpy().copy() if generator is not None else None,
    }


def restore_random_state(state: dict[str, Any]) -> None:
    """Put back what `random_state` returned."""
    from tensorflow.python.eager import context

    source = state["source"]
    if source is not None and source.getstate() != state["source_state"]:
        source.setstate(state["source_state"])
        # A kernel is cached under its seed and counts its draws: the same seed must start a fresh one.
        context.context().clear_kernel_cache()
    if state["generator"] is not None:
        state["generator"].state.assign(state["generator_state"])


def forget_seeded_kernels() -> None:
    """Drop cached random kernels, so that a seed that was put back starts its sequence again."""
    from tensorflow.python.eager import context

    context.context().clear_kernel_cache()


def without_gradients() -> AbstractContextManager[Any]:
    """TensorFlow records only under a tape that the caller opened; there is nothing to switch off."""
    return nullcontext()


def to_numpy(tensor: Any) -> Any:
    """The values of an eager tensor (ragged and sparse ones made dense); raises for a symbolic one."""
    if hasattr(tensor, "to_tensor"):
        tensor = tensor.to_tensor()
    elif type(tensor).__name__ == "SparseTensor":
        tensor = tf.sparse.to_dense(tensor)
    return tensor.numpy()


def wait(outputs: Any) -> None:
    """Return when the work that was sent to the devices is done."""
    if tf.config.list_logical_devices("GPU"):
        tf.test.experimental.sync_devices()


def compiled_call(inference: Callable[[Any], Any], hears_training: bool) -> Callable[[Any], Any]:
    """`tf.function` around the inference call."""

    @tf.function(autograph=False)  # type: ignore[untyped-decorator]
    def call(x: Any) -> Any:
        return inference(x)

    return call  # type: ignore[no-any-return]


def device_peak_bytes(reset: bool = False) -> int | None:
    """Peak bytes on the first accelerator since the last reset; None where there is none, or it does not count."""
    if not tf.config.list_logical_devices("GPU"):
        return None
    if reset:
        tf.config.experimental.reset_memory_stats("GPU:0")
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])


def hidden_state(layers: list[Any]) -> list[tuple[str, Any]]:
    """State of layers that is in no variable: none on TensorFlow."""
    return []


def after_failed_predict(model: Any) -> None:
    """Nothing to do: TensorFlow works on the variables themselves."""


def device_name() -> str:
    """Where models run by default."""
    return "GPU" if tf.config.list_logical_devices("GPU") else "CPU"
