"""How often what predict runs was traced anew: each new shape or type of input costs a trace, for good."""

from __future__ import annotations

import weakref
from dataclasses import asdict, dataclass, field
from typing import Any

from pytest_keras_inference.watching.calls import Call
from pytest_keras_inference.watching.callsite import CallSite

TOLD = 3
"""Traces beyond the first that are worth telling."""
_MOST_SHAPES = 1000
FUNCTIONS = {
    "predict": "predict_function",
    "predict_on_batch": "predict_function",
    "evaluate": "test_function",
    "test_on_batch": "test_function",
}
"""What each kind of call runs: the attribute that a model keeps it in."""


@dataclass(frozen=True, slots=True)
class Retracing:
    """What one model's predict runs was traced so many times beyond the first, for inputs of so many shapes.

    `site` is the last place that had it traced.
    """

    site: CallSite
    model: str
    kind: str
    times: int
    shapes: int

    @property
    def what(self) -> str:
        """Without the place."""
        shapes = f" (inputs of {self.shapes:,} shapes)" if self.shapes > 1 else ""
        return f"{self.times:,} retracings of {self.kind}{shapes}, {self.model}"

    def __str__(self) -> str:
        return f"{self.site.location}: {self.what}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which JSON and pytest-xdist can carry."""
        data = asdict(self)
        return data | {"call": data.pop("kind")}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Retracing:
        """What `to_dict` made."""
        values = {**data, "site": CallSite(**data["site"]), "kind": data["call"]}
        del values["call"]
        return cls(**values)


@dataclass(slots=True)
class _Traced:
    model: str
    kind: str
    site: CallSite
    times: int = 0
    shapes: set[Any] = field(default_factory=set)


class Traces:
    """Counts the traces of the functions that `predict` and `evaluate` run, on TensorFlow."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, str], tuple[weakref.ref[Any], int]] = {}
        self._seen: dict[tuple[int, str], _Traced] = {}

    def look(self, call: Call, model: Any, x: Any) -> None:
        """Called after a call of the predict family."""
        name = FUNCTIONS.get(call.kind, "")
        function = getattr(model, name, None)
        count = getattr(function, "experimental_get_tracing_count", None)
        if count is None:
            return
        key = (call.model_number, name)
        traced = self._seen.get(key)
        if traced is None:
            traced = self._seen[key] = _Traced(call.model, call.kind, call.site)
        if x is not None and len(traced.shapes) < _MOST_SHAPES:
            traced.shapes.add(getattr(x, "shape", None))
        traces = count()
        known = self._counts.get(key)
        before = 0 if known is None or known[0]() is not function else known[1]
        if traces > before:
            self._counts[key] = (weakref.ref(function), traces)
            traced.site = call.site
            # The first trace of a model is no retracing; that of a function made anew, by `compile` say, is.
            traced.times += traces - before - (known is None)

    def retracings(self, least: int = TOLD) -> list[Retracing]:
        """The models that were traced anew at least so often, the worst first."""
        found = [
            Retracing(one.site, one.model, one.kind, one.times, len(one.shapes))
            for one in self._seen.values()
            if one.times >= least
        ]
        return sorted(found, key=lambda one: -one.times)

    def forget(self) -> None:
        """Count anew: what has been traced so far is no retracing of what comes."""
        self._seen.clear()
