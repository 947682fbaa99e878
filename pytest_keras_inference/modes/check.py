"""A model in training, in inference and in a bare call: what differs, and which layer is responsible."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from pytest_keras_inference.models.compare import Difference
from pytest_keras_inference.models.flavour import (
    flavour_of,
    takes_training,
)
from pytest_keras_inference.models.snapshot import Moved, Snapshot, backend_of, kept
from pytest_keras_inference.models.ways import Ways, as_arrays, as_tensors, build, rows_of
from pytest_keras_inference.modes.baked import baked_notes
from pytest_keras_inference.modes.layer_trace import LayerCall, Run, traced
from pytest_keras_inference.modes.layers import (
    Dependence,
    Tolerance,
    called_in_one_mode,
    dependent_layers,
    first_divergence,
)
from pytest_keras_inference.modes.report import LayerMode, ModeError, ModeReport, Note, StateChange
from pytest_keras_inference.modes.settling import settling_notes
from pytest_keras_inference.watching import hooks

__all__ = ["LayerMode", "ModeError", "ModeReport", "Note", "StateChange", "check_modes"]


def check_modes(model: Any, x: Any, *, repeats: int = 3, atol: float = 1e-6, rtol: float = 1e-5) -> ModeReport:
    """Run `model` on `x` in training mode, in inference mode and as a bare call, and report what differs and why.

    `model` is a Keras 3 or tf_keras model or layer, `x` one batch of its inputs: arrays or tensors, or lists and dicts
    of them. Training is what fit computes and inference what predict computes, on the backend in use. `repeats` runs
    are made of each. Values are equal when `|a - b| <= atol + rtol * |b|`. The model is left as it was found: weights,
    state, seeds and the random generators of Python, NumPy and the backend. A model without weights is built first.

    Raises TypeError when `model` is no Keras layer or `x` is a dataset or text, ValueError when `repeats` is less than
    one or `x` has a shape that the model does not take.
    """
    if repeats < 1:
        raise ValueError(f"repeats={repeats}: at least one run is needed, and two to see whether inference is random")
    flavour = flavour_of(model)
    ways = Ways(model, flavour)
    tolerance = Tolerance(atol, rtol)
    with hooks.paused(), backend_of(flavour).without_gradients():
        inputs = as_tensors(x, flavour, "check_modes", model)
        build(ways, inputs)
        with kept(model, flavour) as snapshot:
            return _check(ways, inputs, snapshot, repeats, tolerance)


def _check(ways: Ways, x: Any, snapshot: Snapshot, repeats: int, tolerance: Tolerance) -> ModeReport:
    model, flavour = ways.model, ways.flavour
    predict, inferred, moved_by_predict = _runs(ways.predict, ways, x, snapshot, repeats)
    fit, trained, moved_by_fit = _runs(ways.fit, ways, x, snapshot, repeats)
    bare, called, moved_by_bare = _runs(ways.bare, ways, x, snapshot, 1)
    snapshot.restore()

    seeds = [variable for variable, _ in snapshot.late]
    top = LayerCall(model, model.name, 0, None, (x,), {}, None)
    dependent = dependent_layers(fit, predict, top, flavour, seeds, tolerance)
    layers = tuple(_layer_mode(one, ways, fit, predict, bare) for one in dependent)
    noise = _first(tolerance.worst(again, inferred[0]) for again in inferred[1:])
    return ModeReport(
        model=f"{type(model).__name__} {model.name!r}",
        keras=str(flavour),
        rows=rows_of(x),
        repeats=repeats,
        atol=tolerance.atol,
        rtol=tolerance.rtol,
        training_difference=_first(map(tolerance.worst, trained, inferred)),
        bare_difference=tolerance.worst(called[0], inferred[0]),
        inference_noise=noise,
        noise_layer=_noise_layer(ways, x, snapshot, tolerance) if noise is not None else "",
        origin=_origin(fit, predict, {id(one.call.layer) for one in dependent}, tolerance),
        layers=layers,
        state=_state_changes(moved_by_fit, moved_by_predict, moved_by_bare),
        notes=tuple(_notes(ways, fit, predict, layers, dependent)),
    )


def _runs(
    way: Callable[[Any], Any], ways: Ways, x: Any, snapshot: Snapshot, repeats: int
) -> tuple[Run, list[Any], list[Moved]]:
    """The first of `repeats` runs in full, the outputs of all of them, and what the first one moved.

    They start from the snapshot and follow each other as they would in a program: state and seeds move on.
    """
    snapshot.restore()
    with traced(ways.model, ways.flavour) as run:
        outputs = [as_arrays(way(x), ways.flavour)]
    moved = snapshot.moved()
    outputs += [as_arrays(way(x), ways.flavour) for _ in range(repeats - 1)]
    return run, outputs, moved


def _layer_mode(dependence: Dependence, ways: Ways, fit: Run, predict: Run, bare: Run) -> LayerMode:
    layer = dependence.call.layer
    # JAX's trainer enters the model's own `call` directly, so no run has it.
    told = layer is ways.model and ways.hears_training
    return LayerMode(
        path=dependence.call.path,
        kind=type(layer).__name__,
        calls=predict.counts.get(id(layer), 0),
        fit=True if told else _mode_in(fit, layer),
        predict=False if told else _mode_in(predict, layer),
        bare=_mode_in(bare, layer),
        difference=dependence.difference,
        state=tuple(moved.path for moved in dependence.moved),
    )


def _mode_in(run: Run, layer: Any) -> bool | None:
    """Whether `run` called the layer in training mode, at least once; None if it did not call it."""
    modes = [call.training for call in run.calls if call.layer is layer]
    return any(modes) if modes else None


def _origin(fit: Run, predict: Run, dependent: set[int], tolerance: Tolerance) -> str:
    for call, _ in first_divergence(fit, predict, tolerance):
        if id(call.layer) in dependent:
            return call.path
    return ""


def _noise_layer(ways: Ways, x: Any, snapshot: Snapshot, tolerance: Tolerance) -> str:
    """The innermost layer that first returns something else when inference runs a second time."""
    snapshot.restore()
    runs = []
    for _ in range(2):
        with traced(ways.model, ways.flavour) as run:
            ways.predict(x)
        runs.append(run)
    snapshot.restore()
    return next((call.path for call, _ in first_divergence(runs[0], runs[1], tolerance)), "")


def _state_changes(fit: list[Moved], predict: list[Moved], bare: list[Moved]) -> tuple[StateChange, ...]:
    ways: dict[str, list[str]] = {}
    changes: dict[str, Moved] = {}
    for name, moved in (("training", fit), ("inference", predict), ("bare call", bare)):
        for change in moved:
            if name not in ways.setdefault(change.path, []):
                ways[change.path].append(name)
            changes.setdefault(change.path, change)
    return tuple(StateChange(path, change.kind, tuple(ways[path]), change.change) for path, change in changes.items())


def _notes(
    ways: Ways, fit: Run, predict: Run, layers: tuple[LayerMode, ...], dependent: list[Dependence]
) -> Iterator[Note]:
    model, flavour = ways.model, ways.flavour
    kind = type(model).__name__
    if not ways.hears_training:
        quiet = ", ".join(layer.path for layer in layers if layer.fit is False)
        loud = ", ".join(layer.path for layer in layers if layer.predict)
        effects = [f"fit never runs {quiet} in training mode"] if quiet else []
        effects += [f"predict runs {loud} in training mode"] if loud else []
        if effects:
            yield Note(
                "training-not-taken",
                model.name,
                f"{' and '.join(effects)}: {kind}.call has no parameter `training`, so Keras does not pass it. "
                "Write `def call(self, x, training=None)` and hand it on to the layers.",
            )
    elif takes_training(model):
        deaf = [layer for layer in layers if layer.fit is False]
        if deaf and flavour.backend == "jax":
            names = ", ".join(layer.path for layer in deaf)
            yield Note(
                "training-not-handed-on",
                model.name,
                f"fit runs {names} in inference mode: on JAX, what `call` does not hand on is lost. Write "
                f"`layer(x, training=training)` in the `call` around it.",
            )
    yield from baked_notes(model, flavour, fit, predict, dependent)
    yield from settling_notes(fit, dependent)
    for one in called_in_one_mode(fit, predict):
        around = one.call.parent
        by = f"{type(around.layer).__name__}.call" if around is not None else f"{kind}.call"
        yield Note(
            "called-in-one-mode",
            one.call.path,
            f"{by} calls {one.call.path} in {one.mode} only.",
        )


def _first(differences: Iterator[Difference | None]) -> Difference | None:
    return next((difference for difference in differences if difference is not None), None)
