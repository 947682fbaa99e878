"""Notes on a `training=` that somebody wrote where a functional graph was built, and that Keras does not heed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pytest_keras_inference.models.flavour import Flavour, baked_training, default_training, layers_of
from pytest_keras_inference.modes.layer_trace import Run
from pytest_keras_inference.modes.layers import Dependence
from pytest_keras_inference.modes.report import Note, some

Effect = Literal["none", "statistics", "random", "both"]
"""What depends on the mode in a layer: statistics that training moves, random numbers or another output, or both."""


@dataclass(frozen=True)
class _Ignored:
    """A layer whose flag is ignored."""

    layer: Any
    path: str
    position: int
    """Among the calls of the run, which are in execution order."""
    baked: bool
    effect: Effect
    random: tuple[str, ...]
    """Paths of the layers in it that differ between the modes and hold no statistics."""


def baked_notes(model: Any, flavour: Flavour, fit: Run, predict: Run, dependent: list[Dependence]) -> Iterator[Note]:
    """One note for all layers for which the same is to be said."""
    groups: dict[tuple[bool, Effect], list[_Ignored]] = {}
    for one in _ignored(model, flavour, fit, predict, dependent):
        groups.setdefault((one.baked, one.effect), []).append(one)
    for (baked, effect), found in groups.items():
        layers = sorted(found, key=lambda one: one.position)
        way, mode = ("predict", "inference") if baked else ("fit", "training")
        paths = [one.path for one in layers]
        text = (
            f"`training={baked}`, written where the graph was built, is ignored by Keras {flavour.version}: {way} runs "
            f"{some(paths)} in {mode} mode. {_advice(baked, effect, layers)}"
        )
        yield Note("baked-training-ignored", ", ".join(paths), text)


def _ignored(model: Any, flavour: Flavour, fit: Run, predict: Run, dependent: list[Dependence]) -> Iterator[_Ignored]:
    responsible = {id(one.call.layer): one for one in dependent}
    told: set[tuple[int, bool]] = set()
    for layer, baked in baked_training(model, flavour):
        # Keras notes the default of a layer's `call` in the graph just as it notes what somebody wrote.
        if baked is default_training(layer):
            continue
        run = predict if baked else fit
        calls = [call for call in run.calls if call.layer is layer]
        if (id(layer), baked) in told or not calls or all(bool(call.training) == baked for call in calls):
            continue
        told.add((id(layer), baked))
        inside = [responsible[id(sub)] for sub in layers_of(layer) if id(sub) in responsible]
        random = tuple(one.call.path for one in inside if not one.moved)
        statistics = any(one.moved for one in inside)
        effect: Effect = "both" if statistics and random else "statistics" if statistics else "random"
        position = next(n for n, call in enumerate(run.calls) if call is calls[0])
        yield _Ignored(layer, calls[0].path, position, baked, effect if inside else "none", random)


def _advice(baked: bool, effect: Effect, layers: list[_Ignored]) -> str:
    its, them = ("its", "it") if len(layers) == 1 else ("their", "them")
    if effect == "none":
        return f"Nothing in {them} depends on the mode, so this changes no output."
    override = (
        f"override `call` in a subclass: `def call(self, x, training=None): return super().call(x, training={baked})`."
    )
    if baked:
        return f"To keep {them} on, {override}"
    if effect == "random":
        return f"To keep {them} off, {override}"
    which = f"`{layers[0].layer.name}.trainable = False`" if len(layers) == 1 else "`trainable = False` on each"
    advice = f"To keep {its} statistics fixed, set {which}."
    if effect == "both":
        advice += f" That does not switch off {some([path for one in layers for path in one.random])}."
    return advice
