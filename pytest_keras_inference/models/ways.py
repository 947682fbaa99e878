"""The ways of running a model that the checks compare: as fit runs it, as predict runs it, and bare."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np

from pytest_keras_inference.models.compare import leaves, map_leaves
from pytest_keras_inference.models.flavour import Flavour, layers_of, takes_training
from pytest_keras_inference.models.snapshot import backend_of


@dataclass(frozen=True)
class Ways:
    """Runs one model, eagerly, on inputs that `as_tensors` prepared. Outputs are the backend's tensors."""

    model: Any
    flavour: Flavour

    def fit(self, x: Any) -> Any:
        """The forward pass of a training step: the outputs."""
        return self._as_trainer(x, training=True)

    def predict(self, x: Any) -> Any:
        """The forward pass of predict: the outputs."""
        return self._as_trainer(x, training=False)

    def bare(self, x: Any) -> Any:
        """`model(x)`."""
        return self.model(x)

    def direct(self, x: Any) -> Any:
        """`model(x, training=False)`, or `model(x)` where `call` takes no `training`."""
        return self.model(x, training=False) if self.hears_training else self.model(x)

    @property
    def hears_training(self) -> bool:
        """Whether fit and predict tell the model the mode: tf_keras always, Keras 3 if `call` takes it."""
        return not self.flavour.is_keras3 or takes_training(self.model)

    def _as_trainer(self, x: Any, *, training: bool) -> Any:
        model = self.model
        mode = {"training": training} if self.hears_training else {}
        if self.flavour.backend == "torch":
            model.train(training)
        if self.flavour.backend != "jax" or not isinstance(model, self.flavour.model_class):
            return model(x, **mode)
        # JAX's trainer calls `stateless_call`, which enters `call` without the context that hands `training` down.
        outputs, state = model.stateless_call(
            [variable.value for variable in model.trainable_variables],
            [variable.value for variable in model.non_trainable_variables],
            x,
            **mode,
        )
        for variable, value in zip(model.non_trainable_variables, state, strict=True):
            variable.assign(value)
        return outputs


_SEVERAL = ("Dataset", "DatasetV2", "DataLoader", "Sequence")
"""How the names of classes end whose objects hold many batches: those of TensorFlow, torch and Keras."""


def require_batch(x: Any, check: str, model: Any = None, *, name: str = "x") -> None:
    """Raise for what is not one batch of arrays, naming the argument and the way out.

    TypeError for a dataset, a generator, a string or nothing, and for text where `model` takes numbers; ValueError for
    no rows, or a shape that it does not take.
    """
    kind = type(x).__name__
    classes = (one for one in type(x).__mro__ if one.__module__ != "collections.abc")
    if any(one.__name__.endswith(_SEVERAL) for one in classes) or hasattr(x, "__next__"):
        raise TypeError(
            f"{check} takes one batch of inputs, got a {kind} as {name}: pass arrays, or one batch of it, "
            f"as in `x, y = next(iter({name}))`"
        )
    if isinstance(x, (str, bytes)) or callable(x) or not any(True for _ in leaves(x)):
        raise TypeError(
            f"{check} takes one batch of inputs, got {x!r} as {name}: pass an array, or a list or dict of them"
        )
    if any(tuple(getattr(leaf, "shape", ()))[:1] == (0,) for _, leaf in leaves(x)):
        raise ValueError(f"{check}: {name} has no rows; pass a batch of at least one")
    wanted = _input_shapes(model)
    types = {str(getattr(tensor, "dtype", "string")) for tensor in _inputs(model)}
    if types and "string" not in types and any(_is_text(leaf) for _, leaf in leaves(x)):
        raise TypeError(
            f"{check}: {name} holds text, and the model takes {', '.join(sorted(types))}: pass numbers, or put a "
            'TextVectorization or StringLookup layer before it, with keras.Input(..., dtype="string")'
        )
    given = [tuple(leaf.shape) for _, leaf in leaves(x) if hasattr(leaf, "shape")]
    for shape, wants in zip(given, wanted if len(wanted) == len(given) == 1 else (), strict=False):
        differs = any(a is not None and b is not None and a != b for a, b in zip(shape[1:], wants[1:], strict=False))
        if len(shape) == len(wants) and differs:
            raise ValueError(f"{check}: {name} has the shape {shape}, and the model takes {wants}")


def _is_text(leaf: Any) -> bool:
    dtype = getattr(leaf, "dtype", None)
    return isinstance(leaf, str | bytes) or getattr(dtype, "kind", "") in ("U", "S") or "string" in str(dtype)


def _inputs(model: Any) -> list[Any]:
    """The placeholders that a functional or Sequential model was made with; none of another model."""
    try:
        return list(getattr(model, "inputs", None) or ())
    except ValueError:  # Keras 3.3: a Sequential that is not built yet
        return []


def _input_shapes(model: Any) -> list[tuple[int | None, ...]]:
    return [tuple(tensor.shape) for tensor in _inputs(model) if getattr(tensor, "shape", None) is not None]


def fixed_batch(model: Any) -> int | None:
    """The only number of rows that `model` takes, by its inputs or by a stateful layer; None where any number does."""
    for shape in _input_shapes(model):
        if shape and shape[0] is not None:
            return int(shape[0])
    for layer in layers_of(model):
        for _, state in leaves(getattr(layer, "states", None)) if getattr(layer, "stateful", False) else ():
            if getattr(state, "shape", None) and state.shape[0] is not None:
                return int(state.shape[0])
    return None


def fixed_rows(x: Any, size: int, check: str) -> Any:
    """The first `size` rows of `x`. Raises ValueError where there are fewer."""
    if rows_of(x) < size:
        raise ValueError(f"{check}: x has {rows_of(x)} rows, and the model takes batches of exactly {size}")
    return map_leaves(lambda leaf: leaf[:size], x)


def only_batch(size: int) -> str:
    """What a report says of a model that takes one batch size."""
    return f"the model takes batches of exactly {size} rows: other batch sizes are left out"


def for_predict(x: Any, flavour: Flavour) -> Any:
    """`x` as predict takes it: text as string tensors, which Keras does not make of arrays itself."""

    def convert(leaf: Any) -> Any:
        is_text = isinstance(leaf, np.ndarray) and leaf.dtype.kind in "USO" and flavour.backend == "tensorflow"
        return sys.modules["tensorflow"].convert_to_tensor(leaf) if is_text else leaf

    return map_leaves(convert, x)


def as_tensors(x: Any, flavour: Flavour, check: str, model: Any = None) -> Any:
    """The arrays of `x` as tensors of the backend, as predict would convert them: floats become Keras's floatx.

    Raises what `require_batch` does.
    """
    require_batch(x, check, model)
    library = sys.modules[flavour.name]
    floatx = library.backend.floatx() if flavour.name == "tf_keras" else library.config.floatx()

    def convert(leaf: Any) -> Any:
        if not isinstance(leaf, (np.ndarray, np.generic)) and hasattr(leaf, "dtype"):
            return leaf
        array = np.asarray(leaf)
        if array.dtype.kind == "f":
            array = array.astype(floatx)
        if flavour.backend == "tensorflow":
            return sys.modules["tensorflow"].convert_to_tensor(array)
        return array if array.dtype.kind in "USO" else library.ops.convert_to_tensor(array)

    return map_leaves(convert, x)


def as_arrays(outputs: Any, flavour: Flavour) -> Any:
    """The outputs of a call as NumPy arrays, in the same structure."""
    backend = backend_of(flavour)
    return map_leaves(lambda leaf: leaf if isinstance(leaf, np.ndarray) else backend.to_numpy(leaf), outputs)


def rows_of(x: Any) -> int:
    """The length of the first axis of the first array in `x`."""
    for _, leaf in leaves(x):
        shape = tuple(getattr(leaf, "shape", np.shape(leaf)))
        return int(shape[0]) if shape else 1
    return 0


def build(ways: Ways, x: Any) -> None:
    """Give a model that has no weights yet its weights, by one inference call, as its first use would."""
    if not all(layer.built for layer in layers_of(ways.model)):
        ways.direct(x)
