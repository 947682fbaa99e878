"""What calls do to a gradient: which take one, which none passes, which say nothing of a value but its shape."""

from __future__ import annotations

# The attributes and methods by which a model's weights are named as the sources of a gradient.
WEIGHTS = frozenset(
    {
        "trainable_variables",
        "trainable_weights",
        "variables",
        "weights",
        "trainable_params",
        "parameters",
        "non_trainable_weights",
        "get_weights",
    }
)
# Methods of a tape that take (target, sources).
GRADIENT_CALLS = frozenset({"gradient", "jacobian", "batch_jacobian"})
# Constants on purpose.
STOPS = frozenset({"stop_gradient", "detach", "stop_recording"})
# What comes out of these picks something; it is no number that a gradient could flow through.
PICKS = frozenset({"argmax", "argmin", "argsort", "argpartition", "arg_max", "nonzero", "categorical", "one_hot"})

# The gradient ends here, with the words for what to do about it.
NUMBERS = frozenset({"float", "int", "bool"})
WHOLE = frozenset({"argmax", "argmin", "argsort"})
COMPARISONS = frozenset({"equal", "not_equal", "greater", "greater_equal", "less", "less_equal"})
TO_PYTHON = frozenset({"item", "tolist"})
INTEGERS = ("int", "uint", "bool")
# Libraries that compute with Python numbers and NumPy arrays, and take tensors for those without a word.
ARRAY_LIBRARIES = ("numpy.", "scipy.", "sklearn.", "math.", "statistics.", "pandas.", "skimage.", "cv2.")
TO_ARRAY = frozenset(
    {"keras.ops.convert_to_numpy", "keras.backend.eval", "keras.backend.get_value", "tensorflow.get_static_value"}
)
TENSOR_LIBRARIES = ("tensorflow.", "keras.", "torch.", "jax.numpy.")
# Called back in plain Python with arrays; of these tf.py_function alone has a gradient.
WITHOUT_GRADIENT = frozenset({"tensorflow.numpy_function"})

# A sum or mean of a sum is the sum of its terms.
LINEAR = frozenset({"reduce_mean", "reduce_sum", "add", "add_n", "mean", "sum", "convert_to_tensor", "cast"})
# These tell the form of a value, never its numbers.
FORM_CALLS = frozenset(
    {"shape", "size", "rank", "ndim", "len", "zeros_like", "ones_like", "isinstance", "type", "print", "get_shape"}
)
FORM_ATTRIBUTES = frozenset({"shape", "dtype", "size", "ndim", "device", "name"})
# Functions that the user gives a gradient by hand.
BY_HAND = ("custom_gradient", "custom_jvp", "custom_vjp", "recompute_grad")

GRADIENT_WORDS = frozenset(
    {"GradientTape", "gradient", "jacobian", "batch_jacobian", "value_and_grad", "grad", "backward"}
)
"""Without any of these words nothing is differentiated in a module."""
