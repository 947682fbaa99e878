"""The methods of a Keras model: one row each, from which all that is asked of them is derived."""

from __future__ import annotations

from enum import Enum, auto

from lint_rules.records import dataclass


class Runs(Enum):
    """What a method runs the model for."""

    PREDICTIONS = auto()
    METRICS = auto()
    TRAINING = auto()


class Shows(Enum):
    """What a call of a method shows of its receiver, in a project that uses Keras."""

    NOTHING = auto()
    """Models of other libraries have it as well."""
    IN_COMPANY = auto()
    """A Keras model, if another such method is called on it."""
    A_MODEL = auto()
    """A Keras model: no other library has it."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method of `keras.Model`."""

    name: str
    runs: Runs | None = None
    shows: Shows = Shows.NOTHING
    steps: int | None = None
    """The position (without self) of its number of batches."""
    own: frozenset[str] = frozenset()
    """Keywords that no other library's method of this name takes."""
    takes: frozenset[str] = frozenset()
    """All keywords that it has or had, where one that it never had shows another library's model."""
    from_generator: bool = False
    """Takes what gives the batches, and no arrays."""
    writes_weights: bool = False
    in_keras_3: bool = True


_PREDICT_WORDS = frozenset({"verbose", "batch_size", "steps", "callbacks", "workers", "use_multiprocessing"})
_FIT_WORDS = frozenset({"epochs", "nb_epoch", "validation_data", "validation_split", "callbacks", "steps_per_epoch"})
_FIT_TAKES = _FIT_WORDS.union(
    """
    x y batch_size verbose shuffle class_weight sample_weight initial_epoch validation_steps validation_batch_size
    validation_freq max_queue_size workers use_multiprocessing generator
    """.split()
)
_COMPILE_WORDS = frozenset({"loss", "optimizer", "metrics", "loss_weights"})
_COMPILE_TAKES = _COMPILE_WORDS.union(
    """
    weighted_metrics run_eagerly steps_per_execution jit_compile auto_scale_loss sample_weight_mode target_tensors
    distribute options pss_evaluation_shards
    """.split()
)

METHODS = (
    Method("predict", Runs.PREDICTIONS, steps=3, own=_PREDICT_WORDS),
    Method("predict_on_batch", Runs.PREDICTIONS, Shows.A_MODEL),
    Method("predict_classes", Runs.PREDICTIONS, in_keras_3=False),
    Method("predict_proba", Runs.PREDICTIONS, in_keras_3=False),
    Method("predict_generator", Runs.PREDICTIONS, Shows.A_MODEL, steps=1, from_generator=True, in_keras_3=False),
    Method("evaluate", Runs.METRICS, steps=5),
    Method("evaluate_generator", Runs.METRICS, Shows.A_MODEL, steps=1, from_generator=True, in_keras_3=False),
    Method("test_on_batch", Runs.METRICS, Shows.A_MODEL),
    Method("fit", Runs.TRAINING, own=_FIT_WORDS, takes=_FIT_TAKES),
    Method("fit_generator", Runs.TRAINING, Shows.A_MODEL, from_generator=True, in_keras_3=False),
    Method("train_on_batch", Runs.TRAINING, Shows.A_MODEL),
    Method("compile", own=_COMPILE_WORDS, takes=_COMPILE_TAKES),
    Method("get_layer", shows=Shows.A_MODEL),
    Method("get_weights", shows=Shows.IN_COMPANY),
    Method("set_weights", shows=Shows.IN_COMPANY, writes_weights=True),
    Method("load_weights", shows=Shows.A_MODEL, writes_weights=True),
    Method("save_weights", shows=Shows.A_MODEL),
    Method("make_predict_function", shows=Shows.A_MODEL),
    Method("summary", shows=Shows.IN_COMPANY),
    Method("to_json", shows=Shows.IN_COMPANY),
)

BY_NAME = {method.name: method for method in METHODS}

PREDICTS = frozenset(method.name for method in METHODS if method.runs is Runs.PREDICTIONS)
"""What gives predictions."""
TRAINS = frozenset(method.name for method in METHODS if method.runs is Runs.TRAINING)
"""What trains with Keras's own loop, or one batch."""
PREDICT_FAMILY = PREDICTS | {method.name for method in METHODS if method.runs is Runs.METRICS}
"""What runs a model forward and returns values."""
LOOP_FAMILY = frozenset(name for name in PREDICTS if not BY_NAME[name].from_generator)
"""What predicts on as many samples as it is handed: the others always walk a whole data set."""
GIVES_NUMPY = frozenset(name for name in PREDICTS if BY_NAME[name].in_keras_3)
"""What gives the outputs as arrays of NumPy, in every version.

Fixes rewrite these, and they are followed where code hands them on without calling them: `pool.map(model.predict, xs)`.
"""
REMOVED = frozenset(name for name in PREDICT_FAMILY if not BY_NAME[name].in_keras_3)
"""What Keras 3 no longer has of the family."""
WRITES_OWN_WEIGHTS = TRAINS | {method.name for method in METHODS if method.writes_weights}
"""What changes the weights of the model that it is called on, by itself."""
SETS_UP = frozenset({"build", "compile", *(method.name for method in METHODS if method.writes_weights)})
"""What makes a model ready that was just made, in the same way whenever it is given the same."""
STEPS_PLACE = {
    method.name: method.steps for method in METHODS if method.steps is not None and method.name in PREDICT_FAMILY
}
"""The methods that take a number of batches, with the position of their `steps` (without self)."""

PREDICT_PARAMETERS = ("x", "batch_size", "verbose", "steps", "callbacks")
"""The parameters of `predict` in their order, without self; `predict_on_batch` has the first.

https://keras.io/api/models/model_training_apis/
"""

LEAVES_VALUES = frozenset({"verbose", "workers", "max_queue_size", "use_multiprocessing"})
"""Parameters of theirs that make no other predictions. Who gives another `batch_size` compares two."""

BATCH_SIZE = 32
"""How many rows predict, fit and evaluate take in one batch where they are told no number.

https://keras.io/api/models/model_training_apis/
"""

ATTRIBUTES = frozenset(
    {"input_shape", "non_trainable_weights", "output_shape", "trainable_weights"}
    | {"input", "inputs", "layers", "output", "outputs"}
)
"""Attributes that only Keras models have, of those that code reads of what it predicts with.

Any `tf.Module` has `trainable_variables`. Networks of many libraries have `layers` or `inputs`, but no `predict`: all
nine such calls in labelled repositories, for whose receiver nothing else spoke, are of Keras models.
"""

LEAVES_MODEL = frozenset(
    {"predict", "predict_on_batch", "predict_generator", "predict_classes", "predict_proba", "evaluate", "summary"}
    | {"compile", "count_params", "get_config", "get_layer", "get_weights", "input", "input_shape", "inputs", "name"}
    | {"output", "output_shape", "outputs", "make_predict_function", "_make_predict_function", "to_json"}
)
"""Methods and attributes of a model that leave it as it is."""
