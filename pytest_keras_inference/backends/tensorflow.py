"""What only TensorFlow can answer. Serves Keras 3 on TensorFlow, and tf_keras."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

try:  # private, present in TensorFlow 2.15 to 2.21; 0.07 microseconds
    from tensorflow.python.pywrap_tfe import TFE_Py_TapeSetIsEmpty as _no_tape_records
except ImportError:
    _no_tape_records = None

_inside_function: Callable[[], bool] = tf.inside_function


def is_recording() -> bool | None:
    """Whether a GradientTape of this thread records now. True also for a ForwardAccumulator and for a tape that
    watches no variables; False under `stop_recording` and in a `py_function`. None when TensorFlow cannot tell."""
    return None if _no_tape_records is None else not _no_tape_records()


def is_tracing() -> bool | None:
    """Whether a graph (`tf.function`, `Dataset.map`, ...) is being traced now."""
    return bool(_inside_function())
