"""Which layers one call of a model runs, in which order, on what, in which mode, and what each returns."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import numpy as np

from pytest_keras_inference.models.compare import leaves
from pytest_keras_inference.models.flavour import Flavour, default_training, is_built_in, takes_training
from pytest_keras_inference.models.snapshot import backend_of

_TRANSPARENT = frozenset({"Wrapper", "Bidirectional", "TimeDistributed", "Pipeline"})
"""Built-in layers that run layers of the user's: those are named, not the wrapper."""


@dataclass
class LayerCall:
    """One call of one layer."""

    layer: Any
    path: str
    """Names of the layers from the model down to this one, joined by `/`."""
    nth: int
    """How often this layer had been called before in the same run."""
    parent: LayerCall | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    training: bool | None
    """The mode that reached the layer's `call`; None when nothing set one."""
    inputs: list[Any] = field(default_factory=list)
    """The tensors of the arguments, as arrays."""
    outputs: list[Any] = field(default_factory=list)
    """The tensors of the result, as arrays."""
    children: list[LayerCall] = field(default_factory=list)
    concrete: bool = True
    """False when the call saw symbols instead of values, as inside `jax.jit` or `tf.function`."""

    @property
    def key(self) -> tuple[int, int]:
        """The same in two runs of the same model."""
        return id(self.layer), self.nth


@dataclass
class Run:
    """Every layer call of one run of a model, in the order in which they returned: a layer before the one it is in."""

    calls: list[LayerCall] = field(default_factory=list)
    counts: dict[int, int] = field(default_factory=dict)

    def by_key(self) -> dict[tuple[int, int], LayerCall]:
        return {call.key: call for call in self.calls}


def is_unit(layer: Any, flavour: Flavour) -> bool:
    """Whether what runs inside `layer` is Keras's own business: a built-in layer that wraps no layer of the user's."""
    if isinstance(layer, flavour.model_class) or not is_built_in(layer):
        return False
    return not any(base.__name__ in _TRANSPARENT for base in type(layer).__mro__)


@contextmanager
def traced(model: Any, flavour: Flavour) -> Iterator[Run]:
    """Record the layer calls that this thread makes in the block; `model` is where the paths start.

    Inside a unit (see `is_unit`) nothing is recorded: the cells of an RNN would be recorded once a step.
    """
    owner = flavour.call_owner
    original: Any = owner.__dict__["__call__"]
    backend = backend_of(flavour)
    run = Run()
    stack: list[LayerCall] = []
    thread = threading.get_ident()
    closed = False

    @wraps(original)
    def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal closed
        if closed or threading.get_ident() != thread or not isinstance(self, flavour.layer_class):
            return original(self, *args, **kwargs)
        nth = run.counts.get(id(self), 0)
        run.counts[id(self)] = nth + 1
        parent = stack[-1] if stack else None
        start = parent.path if parent else model.name
        path = start if self is model else f"{start}/{self.name}"
        mode = _mode(self, kwargs, parent, flavour)
        call = LayerCall(self, path, nth, parent, args, dict(kwargs), mode)
        call.inputs, concrete_inputs = _values(list(args) + list(kwargs.values()), backend)
        stack.append(call)
        closed = is_unit(self, flavour)
        try:
            result = original(self, *args, **kwargs)
        finally:
            closed = False
            stack.pop()
        call.outputs, concrete_outputs = _values(result, backend)
        call.concrete = concrete_inputs and concrete_outputs
        if parent is not None:
            parent.children.append(call)
        run.calls.append(call)
        return result

    owner.__call__ = recorded
    try:
        yield run
    finally:
        owner.__call__ = original


def _mode(layer: Any, kwargs: dict[str, Any], parent: LayerCall | None, flavour: Flavour) -> bool | None:
    value = kwargs.get("training")
    if value is None and not flavour.is_keras3 and takes_training(layer):
        # tf_keras resolves the mode after this point, from the call around it.
        value = parent.training if parent is not None else None
    if value is None and takes_training(layer):
        value = default_training(layer)
    return None if value is None else bool(value)


def _values(structure: Any, backend: Any) -> tuple[list[Any], bool]:
    found, concrete = [], True
    for _, leaf in leaves(structure):
        if isinstance(leaf, np.ndarray):
            found.append(leaf)
        elif hasattr(leaf, "dtype") and hasattr(leaf, "shape"):
            try:
                found.append(backend.to_numpy(leaf))
            except Exception:  # each backend has its own error for "this is a symbol"
                concrete = False
    return found, concrete
