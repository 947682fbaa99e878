"""One watched call, and the calls of one place added up: plain data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from pytest_keras_inference.watching.callsite import CallSite

PREDICT_FAMILY = ("predict", "predict_on_batch", "evaluate", "test_on_batch")
"""The methods that a budget counts."""

DIRECT = "__call__"
"""The kind of a direct call, `model(x)`."""


@dataclass(slots=True)
class Call:
    """One call of a Keras model that user code made.

    kind: method name, `__call__` for a direct call
    model: class and name of the model; `model_number` tells models of equal names apart within the process
    rows: samples in the input (or, where the input cannot tell, in the output); None if neither can
    batch_size: as passed, else None
    seconds: wall clock; `first` says that this model had not been called this way before, so tracing is included
    recording, tracing: whether a tape recorded and a graph was traced when it began; None if the backend cannot tell
    inside: "fit" when `fit` was on the stack, "predict" within the predict family, "call" within a direct call
    thread: name of the thread
    failed: whether it raised
    slices: whether the input is a part of the same array as the previous input from this place
    repeats: whether input and output equal those of the previous call from this place
    gradient_lost: a tape then asked for gradients that this call cut off
    training: whether `training=True` was passed
    times: how many calls it stands for: equal direct calls are added up, `seconds` is then that of all
    """

    kind: str
    site: CallSite
    model: str
    model_number: int
    rows: int | None
    batch_size: int | None
    seconds: float
    first: bool
    recording: bool | None
    tracing: bool | None
    inside: str | None
    thread: str
    failed: bool = False
    slices: bool = False
    repeats: bool = False
    gradient_lost: bool = False
    training: bool = False
    times: int = 1


@dataclass(slots=True)
class SiteCalls:
    """The calls of one kind that one place in the code made on one model in one test ("" outside tests)."""

    site: CallSite
    kind: str
    model: str
    test: str = ""
    calls: int = 0
    rows: int = 0
    min_rows: int | None = None
    max_rows: int | None = None
    seconds: float = 0.0
    first_calls: int = 0
    first_seconds: float = 0.0
    recording: int = 0
    tracing: int = 0
    inside_fit: int = 0
    failed: int = 0
    slices: int = 0
    repeats: int = 0
    gradient_lost: int = 0

    def add(self, call: Call) -> None:
        """Count a call, or those that it stands for."""
        times = call.times
        self.calls += times
        self.seconds += call.seconds
        rows = call.rows
        if rows is not None:
            self.rows += rows * times
            if self.min_rows is None or rows < self.min_rows:
                self.min_rows = rows
            if self.max_rows is None or rows > self.max_rows:
                self.max_rows = rows
        if call.first:
            self.first_calls += 1
            self.first_seconds += call.seconds
        if call.recording:
            self.recording += times
        if call.tracing:
            self.tracing += times
        if call.inside == "fit":
            self.inside_fit += 1
        if call.failed:
            self.failed += 1
        if call.slices:
            self.slices += 1
        if call.repeats:
            self.repeats += 1

    def merge(self, other: SiteCalls) -> None:
        """Add the figures of another model or test to these."""
        for name in _SUMS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        if other.min_rows is not None:
            self.min_rows = other.min_rows if self.min_rows is None else min(self.min_rows, other.min_rows)
        if other.max_rows is not None:
            self.max_rows = other.max_rows if self.max_rows is None else max(self.max_rows, other.max_rows)

    @property
    def typical_seconds(self) -> float | None:
        """Mean seconds of a call, first calls (which trace) left out; None if there were only first calls."""
        repeats = self.calls - self.first_calls
        return (self.seconds - self.first_seconds) / repeats if repeats > 0 else None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which JSON and pytest-xdist can carry."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SiteCalls:
        """What `to_dict` made."""
        return cls(**{**data, "site": CallSite(**data["site"])})


_SUMS = tuple(
    field.name
    for field in fields(SiteCalls)
    if field.name not in ("site", "kind", "model", "test", "min_rows", "max_rows")
)
