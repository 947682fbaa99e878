"""What is known of calls in a builder or in a `call`: that they add nothing to a model, or nothing that is seen."""

from __future__ import annotations

import builtins
import sys

BUILTINS = frozenset(dir(builtins))
CALL_METHODS = frozenset({"call", "__call__"})

PLAIN = (
    "tensorflow.", "numpy.", "math.", "keras.ops.", "keras.backend.", "keras.activations.", "keras.initializers.",
    "keras.regularizers.", "keras.constraints.", "keras.utils.", "keras.losses.", "keras.applications.",
    "keras.random.",
    "keras.saving.", "keras.Input", "keras.layers.Input", "keras.InputSpec", "keras.layers.InputSpec", "keras.metrics.",
    "keras.dtype_policies.", "keras.Variable", "keras.name_scope", "jax.", "torch.", "einops.", "absl.", "six.",
    "tensorflow_probability.distributions.", "tensorflow_probability.bijectors.",
)  # fmt: skip
"""External callables that compute and know no mode, by the start of their name."""

OPAQUE = ("tensorflow.layers.", "tensorflow.contrib.", "tensorflow.py_function", "tensorflow.cond")
"""External callables that may hold layers, or run functions that do."""

MERGES = frozenset({"add", "subtract", "multiply", "average", "maximum", "minimum", "concatenate", "dot"})
"""Keras's functional forms of layers, in `keras.layers`."""

ASK_MODE = frozenset({"in_train_phase", "in_test_phase", "smart_cond", "learning_phase", "batch_normalization"})
"""Functions that ask the mode themselves."""

PLAIN_METHODS = frozenset(
    "append extend insert pop get items keys values update copy format join split strip lower upper startswith "
    "endswith index count sort reverse add remove as_list get_shape set_shape numpy reshape astype transpose sum "
    "mean max min flatten squeeze with_values consumers eval assign assign_add assign_sub value read_value add_loss "
    "add_metric add_update add_weight add_variable compute_mask compute_output_shape build get_weights set_weights "
    "info debug warning error stack unstack write read size log_prob sample entropy mode prob stddev variance gather "
    "concat count_params summary get_config from_config compile load_weights save_weights save replace encode decode "
    "title setdefault round clip dot item tolist view permute contiguous unsqueeze write_sequence get_layer "
    "shape activation state_dict to_tensor to_dense with_flat_values row_lengths nested_row_lengths".split()
)
"""Methods of tensors, arrays and Python's own objects, and of layers and models, that call no layer."""

DATA_LAYERS = frozenset(
    "Rescaling Resizing CenterCrop Normalization Discretization CategoryEncoding Hashing HashedCrossing StringLookup "
    "IntegerLookup TextVectorization AutoContrast ContrastLimitedAdaptiveHistogramEqualization MaxNumBoundingBoxes "
    "Equalization Solarization RandAugment AugMix CutMix MixUp Pipeline MelSpectrogram STFTSpectrogram "
    "RandomBrightness RandomHeight RandomWidth InputLayer".split()
)
"""Layers of Keras that prepare or augment data."""

FOREIGN_WRAPPERS = frozenset({"JaxLayer", "FlaxLayer", "TFSMLayer", "TorchModuleWrapper"})
"""Layers of Keras around a module of another library, into which nothing here looks."""


def is_plain(name: str) -> bool:
    """Whether an external callable of this name computes and knows no mode."""
    return name.startswith(PLAIN) or name.partition(".")[0] in sys.stdlib_module_names
