"""Which Keras a model belongs to, Keras 3 or tf_keras, and the few things that are spelled differently in them.

Nothing is imported here: a model that exists has imported its Keras already.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

BUILT_IN = ("keras", "tf_keras")


@dataclass(frozen=True)
class Flavour:
    """The Keras of one model."""

    name: str
    """`keras` or `tf_keras`, as it is imported."""
    version: str
    backend: str
    """`tensorflow`, `jax`, `torch` or another backend of Keras 3."""
    layer_class: type[Any]
    model_class: type[Any]
    call_owner: type[Any]
    """The class whose `__call__` every layer call passes, after Keras has resolved `training` and the masks."""

    @property
    def is_keras3(self) -> bool:
        return self.name == "keras" and not self.version.startswith("2")

    def __str__(self) -> str:
        kind = "Keras" if self.name == "keras" else self.name
        return f"{kind} {self.version} on {self.backend}"


def flavour_of(model: Any) -> Flavour:
    """The Keras that `model`, a Keras model or layer, is made of.

    Raises TypeError when `model` is no Keras layer, naming what it is.
    """
    line = type(model).__mro__
    bases = {base.__name__: base for base in reversed(line) if base.__module__.split(".")[0] in BUILT_IN}
    layer_class = bases.get("Layer")
    if layer_class is None:
        if hasattr(model, "signatures") and callable(getattr(model, "serve", None)):
            raise TypeError(
                "expected a Keras model or layer, got an exported model as tf.saved_model.load() gives it, which has "
                "the one mode of its export. As a layer it runs by keras.layers.TFSMLayer(path, call_endpoint='serve')"
            )
        raise TypeError(
            f"expected a Keras model or layer, got {type(model).__module__}.{type(model).__qualname__}: "
            "pass the model itself, not its outputs or a wrapper around it"
        )
    root = layer_class.__module__.split(".")[0]
    library: Any = sys.modules[root]
    version = str(library.__version__)
    if "Operation" in bases and not version.startswith("2"):
        return Flavour(root, version, library.backend.backend(), layer_class, library.Model, bases["Operation"])
    from importlib import import_module

    tensorflow: Any = sys.modules.get("tensorflow")
    models: Any = import_module(f"{root}.models") if root == "tf_keras" else tensorflow.keras.models
    return Flavour(root, version, "tensorflow", layer_class, models.Model, layer_class)


def layers_of(layer: Any) -> list[Any]:
    """`layer` and every layer below it, each once."""
    return list(layer._flatten_layers())


def variables_of(layer: Any) -> list[Any]:
    """Every variable that a call of `layer` can read or change: weights, statistics, seeds, states; each once."""
    found: dict[int, Any] = {}
    for sub in layers_of(layer):
        for variable in (*sub.variables, *_untracked(sub)):
            found.setdefault(id(variable), variable)
    return list(found.values())


def _untracked(layer: Any) -> Iterator[Any]:
    """Variables that Keras leaves out of `layer.variables`: the states of a stateful RNN, tf_keras's generators."""
    for value in vars(layer).values():
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if hasattr(item, "assign") and hasattr(item, "trainable") and hasattr(item, "numpy"):
                yield item
    generator = getattr(getattr(layer, "_random_generator", None), "_generator", None)
    if generator is not None:
        yield generator.state


def is_seed(variable: Any) -> bool:
    """Whether `variable` is the state of a random generator, by the name that both Keras lines give it."""
    name = variable_path(variable)
    return "seed_generator_state" in name or "StateVar" in name


def variable_path(variable: Any) -> str:
    """The name under which Keras shows `variable`."""
    return str(getattr(variable, "path", None) or variable.name)


def takes_training(layer: Any) -> bool:
    """Whether `layer.call` has a parameter named `training`. Keras looks for it before fit and predict pass it."""
    for private in ("_call_has_training_arg", "_expects_training_arg"):
        known = getattr(layer, private, None)
        if known is not None:
            return bool(known)
    return "training" in inspect.signature(layer.call).parameters


def default_training(layer: Any) -> bool | None:
    """What `training` is in `layer.call` when nobody says: True for Keras's augmentation layers."""
    parameter = inspect.signature(layer.call).parameters.get("training")
    if parameter is None or parameter.default is inspect.Parameter.empty or parameter.default is None:
        return None
    return bool(parameter.default)


def is_built_in(layer: Any) -> bool:
    """Whether Keras itself defines the layer's class."""
    return type(layer).__module__.split(".")[0] in BUILT_IN


def baked_training(model: Any, flavour: Flavour) -> Iterator[tuple[Any, bool]]:
    """Each layer that a functional graph below `model` calls with its own `training=True` or `False`."""
    for sub in layers_of(model):
        if isinstance(sub, flavour.model_class):
            depths = getattr(sub, "_nodes_by_depth", None) or {}
            for nodes in depths.values():
                for node in nodes:
                    layer = node.operation if flavour.is_keras3 else node.layer
                    kwargs = node.arguments.kwargs if flavour.is_keras3 else node.call_kwargs
                    value = kwargs.get("training")
                    if isinstance(value, bool):
                        yield layer, value
