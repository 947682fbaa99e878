"""What torch does to the graph that a direct call of a model leaves."""

from __future__ import annotations

GRAPH_OFF = frozenset({"inference_mode", "no_grad", "set_grad_enabled"})
"""Contexts and decorators under which torch keeps no graph."""

TRAINING_CALLS = frozenset({"backward", "grad", "step", "zero_grad"})
"""Methods and functions that a loop calls which trains."""

WITHOUT_GRAPH = frozenset(
    """
    argmax argmin argsort backward convert_to_numpy detach dim is_tensor item ndim no_grad numel numpy shape size
    stop_gradient tolist
    """.split()
)
"""Methods and functions whose results hold no graph."""

PLAIN_ATTRIBUTES = frozenset({"data", "device", "dtype", "grad", "ndim", "requires_grad", "shape"})
"""Attributes of a tensor that hold no graph."""

TRAINING_METHODS = frozenset({"call", "compute_loss", "forward", "predict_step", "test_step", "train_step"})
"""Methods that Keras and torch call where they train, or want the graph."""

TENSOR_LIBRARIES = ("torch.", "keras.ops.")
"""Where the functions stand whose results hold the graph of what they are given."""

HOLDING = frozenset({"abs", "dict", "list", "reversed", "sorted", "sum", "tuple"})
"""What Python has that computes with tensors, or puts them into something."""

OWN_WEIGHTS = ("parameters", "trainable_weights", "trainable_variables")
"""What torch code takes a model's weights by."""

STEPS = ("step", "apply", "apply_gradients")
"""Methods by which an optimizer steps."""

ASKS_FOR_GRADIENTS = ("backward", "grad")
"""The calls by which torch is asked for gradients."""
