"""What `check_modes` found, as data and as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pytest_keras_inference.models.compare import Difference

_MOST_ROWS = 24
"""Layers that the text shows; the data have all of them."""


class ModeError(AssertionError):
    """An assertion about a model's modes that does not hold; `report` has everything that was found."""

    def __init__(self, message: str, report: ModeReport) -> None:
        super().__init__(message)
        self.report = report


@dataclass(frozen=True)
class LayerMode:
    """One layer that depends on the mode."""

    path: str
    """Names from the model down, joined by `/`."""
    kind: str
    """The class."""
    calls: int
    """How often one inference run of the model calls it."""
    fit: bool | None
    """Whether fit runs it in training mode; None if fit does not call it."""
    predict: bool | None
    bare: bool | None
    difference: Difference | None
    """Training against inference on the same input and from the same state; None if only its state differs."""
    state: tuple[str, ...]
    """The variables that training changes and inference does not."""

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        data = asdict(self)
        data["difference"] = self.difference.to_dict() if self.difference else None
        data["state"] = list(self.state)
        return data


@dataclass(frozen=True)
class StateChange:
    """One variable that running the model changed."""

    path: str
    kind: str
    """`seed`, `state` or `weight`."""
    moved_by: tuple[str, ...]
    """Of `training`, `inference`, `bare call`."""
    change: float
    """The largest absolute change of an element in the first of these."""


@dataclass(frozen=True)
class Note:
    """Something about the modes that is easy to get wrong, in one or two sentences, with the way out."""

    code: str
    layer: str
    """Path of the layer it is about; of several, joined by commas."""
    text: str


@dataclass(frozen=True)
class ModeReport:
    """A model in training mode (as fit runs it), in inference mode (as predict runs it) and bare (`model(x)`).

    Every `Difference` has the named way on the left and inference on the right. None means equal within
    `atol + rtol * |inference|`.
    """

    model: str
    keras: str
    rows: int
    repeats: int
    atol: float
    rtol: float
    training_difference: Difference | None
    bare_difference: Difference | None
    inference_noise: Difference | None
    """Between inference runs of the same input, one after the other."""
    noise_layer: str
    """The first layer that made inference differ from itself; empty if none did, or none can be named."""
    origin: str
    """The first layer, in execution order, at which training leaves inference; empty if none does."""
    layers: tuple[LayerMode, ...]
    """Every layer that depends on the mode, in execution order."""
    state: tuple[StateChange, ...]
    notes: tuple[Note, ...]

    @property
    def outputs_differ(self) -> bool:
        """Whether the model returns something else in training than in inference."""
        return self.training_difference is not None

    @property
    def deterministic(self) -> bool:
        """Whether inference on the same input returned the same `repeats` times."""
        return self.inference_noise is None

    @property
    def bare_call_is_inference(self) -> bool:
        """Whether `model(x)` returns what inference returns."""
        return self.bare_difference is None

    def assert_same_outputs(self) -> None:
        """Raise ModeError, an AssertionError, if training and inference return different outputs."""
        __tracebackhide__ = True
        if self.training_difference is None:
            return
        self._fail(
            f"training changes the outputs of {self.model}",
            self.training_difference.describe("in training", "in inference"),
            self._origin_line(),
        )

    def assert_outputs_differ(self) -> None:
        """Raise ModeError, an AssertionError, if training and inference return the same outputs."""
        __tracebackhide__ = True
        if self.training_difference is not None:
            return
        if not self.layers:
            why = "no layer of it depends on the mode"
        else:
            idle = [layer for layer in self.layers if not layer.fit]
            names = some([layer.path for layer in idle or self.layers])
            why = (
                f"fit runs these in inference mode: {names}" if idle else f"these had no effect on this input: {names}"
            )
        self._fail(f"training and inference return the same for {self.model}", why)

    def assert_inference_deterministic(self) -> None:
        """Raise ModeError, an AssertionError, if the same input gave different outputs in inference mode."""
        __tracebackhide__ = True
        if self.inference_noise is None:
            return
        self._fail(
            f"inference of {self.model} is not deterministic",
            self.inference_noise.describe("in one run", "in the first"),
            self._noise_line(),
        )

    def assert_bare_call_is_inference(self) -> None:
        """Raise ModeError, an AssertionError, if `model(x)` does not return what inference returns."""
        __tracebackhide__ = True
        if self.bare_difference is None:
            return
        self._fail(
            f"a bare call of {self.model} is not inference",
            self.bare_difference.describe("in model(x)", "in inference"),
            self._bare_line(),
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "model": self.model,
            "keras": self.keras,
            "rows": self.rows,
            "repeats": self.repeats,
            "atol": self.atol,
            "rtol": self.rtol,
            "training_difference": _difference(self.training_difference),
            "bare_difference": _difference(self.bare_difference),
            "inference_noise": _difference(self.inference_noise),
            "noise_layer": self.noise_layer,
            "origin": self.origin,
            "layers": [layer.to_dict() for layer in self.layers],
            "state": [
                asdict(change)
                | {"change": None if math.isnan(change.change) else change.change, "moved_by": list(change.moved_by)}
                for change in self.state
            ],
            "notes": [asdict(note) for note in self.notes],
        }

    def __str__(self) -> str:
        lines = [f"{self.model}, {self.rows:,} row{'s' * (self.rows != 1)}, {self.keras}"]
        if self.training_difference is None:
            lines.append("  training    returns what inference returns")
        else:
            lines.append(f"  training    {self.training_difference.describe('in training', 'in inference')}")
            if self.origin:
                lines.append(f"              {self._origin_line()}")
        if self.inference_noise is None:
            lines.append(
                f"  inference   is deterministic ({self.repeats} runs)"
                if self.repeats > 1
                else "  inference   ran once"
            )
        else:
            lines.append(f"  inference   {self.inference_noise.describe('in one run', 'in the first')}")
            lines.append(f"              {self._noise_line()}")
        if self.bare_difference is None:
            lines.append("  model(x)    is inference")
        else:
            lines.append(f"  model(x)    {self.bare_difference.describe('in model(x)', 'in inference')}")
            lines.append(f"              {self._bare_line()}")
        lines += self._state_lines()
        if self.layers:
            lines += ["", *_table(self.layers)]
        for note in self.notes:
            lines += ["", f"note: {note.text}"]
        return "\n".join(lines)

    def _fail(self, *lines: str) -> None:
        __tracebackhide__ = True
        head, *rest = [line for line in lines if line]
        body = [f"  {line}" for line in rest]
        if self.layers:
            body += ["", *_table(self.layers)]
        for note in self.notes:
            body += ["", f"note: {note.text}"]
        raise ModeError("\n".join([head, *body]), self)

    def _origin_line(self) -> str:
        return f"it starts at {self.origin}" if self.origin else ""

    def _noise_line(self) -> str:
        kept = [c.path for c in self.state if c.kind != "seed" and "inference" in c.moved_by]
        if kept:
            why = (
                f"inference changes {some(kept)}, and predict carries it on from batch to batch and from call to call: "
                "call `reset_states()` of that layer between sequences, or build it without `stateful=True`"
            )
        elif any(layer.path == self.noise_layer and layer.predict for layer in self.layers):
            why = "predict runs it in training mode"
        else:
            why = "it draws random numbers in inference too: let it do so only `if training`"
        return f"it starts at {self.noise_layer}: {why}" if self.noise_layer else why

    def _bare_line(self) -> str:
        names = [layer.path for layer in self.layers if layer.bare and not layer.predict]
        if names:
            return f"model(x) runs {some(names)} in training mode: write `model(x, training=False)`"
        return "write `model(x, training=False)`"

    def _state_lines(self) -> list[str]:
        lines = []
        for way, label in (("training", "training"), ("inference", "inference"), ("bare call", "model(x)")):
            changes = [c for c in self.state if way in c.moved_by and c.kind != "seed"]
            if way != "inference":
                changes = [c for c in changes if "inference" not in c.moved_by]
            if changes:
                lines.append(f"  state       {label} changes {some([c.path for c in changes])}")
                if way == "training" and any(not layer.state and layer.fit for layer in self.layers):
                    lines.append(
                        "              and so does model(x, training=True), as for Monte-Carlo dropout: set "
                        "`trainable = False` on their layers before"
                    )
        return lines


def _table(layers: Sequence[LayerMode]) -> list[str]:
    rows = [("layer", "class", "fit", "predict", "model(x)", "same input, other mode")]
    for layer in layers[:_MOST_ROWS]:
        effect = []
        if layer.difference is not None:
            effect.append(_effect(layer.difference))
        if layer.state:
            effect.append("updates " + ", ".join(path.rsplit("/", 1)[-1] for path in layer.state))
        calls = f" ({layer.calls} calls)" if layer.calls > 1 else ""
        modes = (_mode(layer.fit), _mode(layer.predict), _mode(layer.bare))
        rows.append((layer.path + calls, layer.kind, *modes, "; ".join(effect)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    if len(layers) > _MOST_ROWS:
        lines.append(f"  and {len(layers) - _MOST_ROWS} more: see `report.layers`")
    return lines


def _effect(difference: Difference) -> str:
    if difference.mismatch:
        return difference.mismatch
    if math.isnan(difference.difference):
        return f"{difference.differing:,} of {difference.size:,} values differ"
    return f"output differs by {difference.difference:.3g}"


def _mode(training: bool | None) -> str:
    return "-" if training is None else "training" if training else "inference"


def some(names: Sequence[str], most: int = 4) -> str:
    """The first names, and how many more there are."""
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return ", ".join(shown)


def _difference(difference: Difference | None) -> dict[str, Any] | None:
    return difference.to_dict() if difference is not None else None
