"""How often what predict runs was traced anew: each new shape or type of input costs a trace, for good."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

_TOLD = 3
"""Traces beyond the first that are worth telling."""
_MOST_SHAPES = 1000
_FUNCTIONS = {"predict": "predict_function", "predict_on_batch": "predict_function", "evaluate": "test_function"}


@dataclass(frozen=True, slots=True)
class Retracing:
    """One model's predict was traced so many times beyond the first, for inputs of so many shapes."""

    model: str
    kind: str
    times: int
    shapes: int

    def __str__(self) -> str:
        shapes = f" (inputs of {self.shapes:,} shapes)" if self.shapes > 1 else ""
        return f"{self.times:,} retracings of {self.kind}{shapes}, {self.model}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which JSON can carry."""
        return {"model": self.model, "call": self.kind, "times": self.times, "shapes": self.shapes}


@dataclass(slots=True)
class _Traced:
    model: str
    kind: str
    traces: int = 0
    shapes: set[Any] = field(default_factory=set)


class Traces:
    """Counts the traces of the functions that `predict` and `evaluate` run, on TensorFlow."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, str], _Traced] = {}

    def look(self, kind: str, number: int, label: str, model: Any, x: Any) -> None:
        """Called after a call of the predict family."""
        name = _FUNCTIONS.get(kind)
        count = getattr(getattr(model, name, None), "experimental_get_tracing_count", None) if name else None
        if count is None or name is None:
            return
        traced = self._seen.get((number, name))
        if traced is None:
            traced = self._seen[number, name] = _Traced(label, kind)
        if len(traced.shapes) < _MOST_SHAPES:
            traced.shapes.add(getattr(x, "shape", None))
        traced.traces = max(traced.traces, count())

    @property
    def retracings(self) -> list[Retracing]:
        """What is worth telling, the worst first."""
        found = [
            Retracing(one.model, one.kind, one.traces - 1, len(one.shapes))
            for one in self._seen.values()
            if one.traces - 1 >= _TOLD
        ]
        return sorted(found, key=lambda one: -one.times)
