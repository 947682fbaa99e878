"""Leaving a model as it was found: weights, state, seeds, recorded losses and every random generator in reach."""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from pytest_keras_inference.models.flavour import (
    Flavour,
    flavour_of,
    is_seed,
    layers_of,
    variable_path,
    variables_of,
)

Values = npt.NDArray[Any]


def backend_of(flavour: Flavour) -> ModuleType:
    """The module of `backends` for the backend that `flavour` runs on.

    Raises ValueError for a backend of Keras that has none.
    """
    if flavour.backend not in ("tensorflow", "jax", "torch"):
        raise ValueError(
            f"Keras runs on the backend {flavour.backend!r}; these checks know tensorflow, jax and torch. "
            "Set KERAS_BACKEND to one of them."
        )
    return import_module(f"pytest_keras_inference.backends.{flavour.backend}")


@dataclass(frozen=True)
class Moved:
    """One variable, or one buffer of a torch module, that changed."""

    path: str
    kind: str
    """`seed`, `state` (not trainable) or `weight`."""
    change: float
    """The largest absolute change of an element; NaN for what is not a number."""


@dataclass
class Snapshot:
    """The values of everything that a call of `layer` can change, taken when this is made by `take_snapshot`."""

    layer: Any
    flavour: Flavour
    values: list[tuple[Any, Values]]
    buffers: list[tuple[str, Any, Values]]
    losses: list[tuple[Any, list[Any], set[Any]]]
    modules: list[tuple[Any, bool]]
    counters: list[tuple[Any, Any]]
    python_state: Any
    numpy_state: Any
    backend_state: dict[str, Any]
    late: list[tuple[Any, Values]] = field(default_factory=list)
    """Seed generators that no layer owns, noted when they are first drawn from (see `kept`)."""

    def restore(self) -> None:
        """Put everything back. Values that did not change are not assigned."""
        backend = backend_of(self.flavour)
        for variable, value in [*self.values, *self.late]:
            if not _holds(variable, value):
                variable.assign(value)
        for _, buffer, value in self.buffers:
            if not _equal(backend.to_numpy(buffer), value):
                buffer.copy_(buffer.new_tensor(value))
        for sub, losses, ids in self.losses:
            sub._losses[:] = losses
            if hasattr(sub, "_loss_ids"):
                sub._loss_ids.clear()
                sub._loss_ids.update(ids)
        for module, training in self.modules:
            module.training = training
        moved = False
        for generator, seed in self.counters:
            moved = moved or generator._seed != seed
            generator._seed = seed
        random.setstate(self.python_state)
        np.random.set_state(self.numpy_state)
        backend.restore_random_state(self.backend_state)
        if moved:
            backend.forget_seeded_kernels()

    def moved(self) -> list[Moved]:
        """What differs now from when the snapshot was taken, seeds included."""
        found = []
        for variable, value in [*self.values, *self.late]:
            now = values_of(variable)
            if not _equal(now, value):
                kind = "seed" if is_seed(variable) else "weight" if variable.trainable else "state"
                found.append(Moved(variable_path(variable), kind, _change(now, value)))
        backend = backend_of(self.flavour)
        for path, buffer, value in self.buffers:
            now = backend.to_numpy(buffer)
            if not _equal(now, value):
                found.append(Moved(path, "state", _change(now, value)))
        return found

    def moved_variables(self) -> list[Any]:
        """The variables that differ now and are no seeds."""
        return [v for v, value in self.values if not is_seed(v) and not _equal(values_of(v), value)]

    def drew(self) -> bool:
        """Whether random numbers were drawn from anything that the snapshot holds."""
        if any(moved.kind == "seed" for moved in self.moved()):
            return True
        if any(generator._seed != seed for generator, seed in self.counters):
            return True
        return self.backend_drew()

    def backend_drew(self) -> bool:
        """Whether the backend's own generator moved."""
        now = backend_of(self.flavour).random_state()
        return not _same_state(now, self.backend_state)


def take_snapshot(layer: Any, flavour: Flavour | None = None, extra: Iterable[Any] = ()) -> Snapshot:
    """Copy what a call of `layer`, a Keras model or layer, can change, and the variables in `extra`."""
    flavour = flavour or flavour_of(layer)
    backend = backend_of(flavour)
    subs = layers_of(layer)
    generators = [getattr(sub, "_random_generator", None) for sub in subs] if not flavour.is_keras3 else []
    return Snapshot(
        layer=layer,
        flavour=flavour,
        values=[(variable, values_of(variable)) for variable in [*variables_of(layer), *extra]],
        buffers=[(path, buffer, backend.to_numpy(buffer)) for path, buffer in backend.hidden_state(subs)],
        losses=[
            (sub, list(sub._losses), set(getattr(sub, "_loss_ids", ()))) for sub in subs if hasattr(sub, "_losses")
        ],
        modules=_torch_modes(layer),
        counters=[(generator, generator._seed) for generator in generators if generator is not None],
        python_state=random.getstate(),
        numpy_state=np.random.get_state(),
        backend_state=backend.random_state(),
    )


@contextmanager
def kept(layer: Any, flavour: Flavour | None = None) -> Iterator[Snapshot]:
    """Give the block a snapshot of `layer`, and leave everything as it was found, also when the block raises.

    Seed generators that no layer owns, such as the global one or one in a closure, are noted when they are first
    drawn from.
    """
    snapshot = take_snapshot(layer, flavour)
    try:
        with _noting_generators(snapshot):
            yield snapshot
    finally:
        snapshot.restore()


@contextmanager
def _noting_generators(snapshot: Snapshot) -> Iterator[None]:
    if not snapshot.flavour.is_keras3:
        yield
        return
    generator_class = sys.modules[snapshot.flavour.name].random.SeedGenerator
    known = {id(variable) for variable, _ in snapshot.values}
    original = generator_class.next

    def noted_next(self: Any, *args: Any, **kwargs: Any) -> Any:
        if id(self.state) not in known:
            known.add(id(self.state))
            snapshot.late.append((self.state, values_of(self.state)))
        return original(self, *args, **kwargs)

    generator_class.next = noted_next
    try:
        yield
    finally:
        generator_class.next = original


def values_of(variable: Any) -> Values:
    """A copy of a variable's values. Never the variable's own buffer: predict on JAX donates it."""
    return np.array(variable.numpy())


def _holds(variable: Any, value: Values) -> bool:
    try:
        return _equal(values_of(variable), value)
    except Exception:  # a predict that raised on JAX has taken the values out, and each release says so differently
        return False


def _torch_modes(layer: Any) -> list[tuple[Any, bool]]:
    """train() and eval() of torch modules: Keras's torch trainer and its TorchModuleWrapper flip them."""
    if not hasattr(layer, "modules") or not hasattr(layer, "named_buffers"):
        return []
    return [(module, module.training) for module in layer.modules()]


def _equal(left: Values, right: Values) -> bool:
    if left.dtype != right.dtype or left.shape != right.shape:
        return False
    if left.dtype.kind in "fc":
        return bool(np.array_equal(left, right, equal_nan=True))
    return left.tobytes() == right.tobytes() if left.dtype.kind != "O" else bool((left == right).all())


def _change(now: Values, before: Values) -> float:
    if now.shape != before.shape or now.dtype.kind not in "biuf" or now.size == 0:
        return float("nan")
    return float(np.max(np.abs(now.astype(np.float64) - before.astype(np.float64))))


def _same_state(left: Any, right: Any) -> bool:
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same_state(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(_same_state, left, right))
    if hasattr(left, "shape"):
        return bool((left == right).all())
    return bool(left is right or left == right)
