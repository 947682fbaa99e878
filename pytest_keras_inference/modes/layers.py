"""Which layers of a model depend on the mode: each is run again, in both modes, on the inputs it was seen with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pytest_keras_inference.models.compare import Difference, worst_difference
from pytest_keras_inference.models.flavour import Flavour, is_built_in, layers_of, takes_training, variables_of
from pytest_keras_inference.models.snapshot import Moved, take_snapshot
from pytest_keras_inference.models.ways import as_arrays
from pytest_keras_inference.modes.layer_trace import LayerCall, Run, traced

_DRAWS = 24
"""A layer that draws random numbers may by chance change nothing: a flip of one image is often no flip."""


@dataclass(frozen=True)
class Dependence:
    """How one layer differs between training and inference on the same input and from the same state."""

    call: LayerCall
    difference: Difference | None
    moved: tuple[Moved, ...]
    """What training changes and inference does not, seeds left out."""


@dataclass(frozen=True)
class OneMode:
    """A layer that its model calls in one mode only."""

    call: LayerCall
    mode: str


@dataclass(frozen=True)
class Tolerance:
    """`|a - b| <= atol + rtol * |b|` counts as equal."""

    atol: float
    rtol: float

    def worst(self, left: Any, right: Any) -> Difference | None:
        return worst_difference(left, right, atol=self.atol, rtol=self.rtol)


def dependent_layers(
    fit: Run, predict: Run, top: LayerCall, flavour: Flavour, seeds: Iterable[Any], tolerance: Tolerance
) -> list[Dependence]:
    """The mode-dependent layers of the two runs in execution order; `top` is the call of the model itself.

    `seeds` are the states of generators that no layer owns. A layer is named at the deepest level that explains it.
    """
    seeds = list(seeds)
    found: dict[int, Dependence] = {}
    tried: dict[int, int] = {}
    seen = {call.key for call in predict.calls}
    calls = [*predict.calls, *(call for call in fit.calls if call.key not in seen)]
    if all(call.layer is not top.layer for call in calls):
        calls.append(top)
    for call in calls:
        layer = call.layer
        # A shared layer is run on its first inputs, and on one more set when those show nothing.
        if id(layer) in found or not takes_training(layer) or not call.concrete or tried.get(id(layer), 0) > 1:
            continue
        tried[id(layer)] = tried.get(id(layer), 0) + 1
        inside = any(child.concrete for child in call.children) or call is top
        if inside and isinstance(layer, flavour.model_class) and is_built_in(layer):
            continue
        if inside and not _acts_itself(call, flavour, seeds, tolerance):
            continue
        dependence = replay(call, flavour, seeds, tolerance)
        if dependence is not None:
            found[id(layer)] = dependence
    return list(found.values())


def replay(call: LayerCall, flavour: Flavour, seeds: Iterable[Any], tolerance: Tolerance) -> Dependence | None:
    """Run the layer of `call` on the same arguments in both modes; None when nothing differs. State is put back."""
    start = take_snapshot(call.layer, flavour, seeds)
    difference: Difference | None = None
    moved: tuple[Moved, ...] = ()
    try:
        for draw in range(_DRAWS):
            here = take_snapshot(call.layer, flavour, seeds)
            still = as_arrays(_run(call, False), flavour)
            moved_in_inference = {change.path for change in here.moved()}
            here.restore()
            trained = as_arrays(_run(call, True), flavour)
            if draw == 0:
                moved = tuple(
                    change for change in here.moved() if change.kind != "seed" and change.path not in moved_in_inference
                )
            difference = tolerance.worst(trained, still)
            if difference is not None or not here.drew():
                break
    finally:
        start.restore()
    return Dependence(call, difference, moved) if difference is not None or moved else None


def called_in_one_mode(fit: Run, predict: Run) -> list[OneMode]:
    """Layers that one run calls and the other does not; of a layer and those inside it, the outer one."""
    found = []
    for run, other, mode in ((fit, predict, "training"), (predict, fit, "inference")):
        there = {id(call.layer) for call in other.calls}
        missing = [call for call in run.calls if id(call.layer) not in there]
        ids = {id(call.layer) for call in missing}
        for call in missing:
            if call.nth == 0 and not (call.parent is not None and id(call.parent.layer) in ids):
                found.append(OneMode(call, mode))
    return found


def first_divergence(left: Run, right: Run, tolerance: Tolerance) -> Iterator[tuple[LayerCall, Difference]]:
    """The calls that got equal inputs in both runs and returned different outputs, innermost first."""
    others = right.by_key()
    for call in left.calls:
        other = others.get(call.key)
        if other is None or not (call.concrete and other.concrete):
            continue
        if tolerance.worst(call.inputs, other.inputs) is None:
            difference = tolerance.worst(call.outputs, other.outputs)
            if difference is not None:
                yield call, difference


def _acts_itself(call: LayerCall, flavour: Flavour, seeds: Iterable[Any], tolerance: Tolerance) -> bool:
    """Whether a layer with layers inside depends on the mode by what it does itself, not only through them."""
    start = take_snapshot(call.layer, flavour, seeds)
    own = _own_variables(call.layer)
    runs = []
    try:
        for training in (False, True):
            start.restore()
            with traced(call.layer, flavour) as run:
                _run(call, training)
            runs.append(run)
            if training and any(id(variable) in own for variable in start.moved_variables()):
                return True
    finally:
        start.restore()
    still, trained = (next((c for c in run.calls if c.layer is call.layer), None) for run in runs)
    if still is None or trained is None:
        return False
    # A layer inside that only one of the modes calls is told by `called_in_one_mode`.
    in_training = {child.key: child for child in trained.children}
    for ours in still.children:
        theirs = in_training.get(ours.key)
        if theirs is None:
            continue
        if not (ours.concrete and theirs.concrete):
            return False
        if tolerance.worst(ours.inputs, theirs.inputs) is not None:
            return True
        if tolerance.worst(ours.outputs, theirs.outputs) is not None:
            # From here on everything may differ because of this child.
            return False
    return tolerance.worst(still.outputs, trained.outputs) is not None


def _own_variables(layer: Any) -> set[int]:
    below = {id(variable) for child in layers_of(layer) if child is not layer for variable in variables_of(child)}
    return {id(variable) for variable in variables_of(layer)} - below


def _run(call: LayerCall, training: bool) -> Any:
    return call.layer(*call.args, **{**call.kwargs, "training": training})
