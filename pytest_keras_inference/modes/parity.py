"""predict against the direct inference call, predict_on_batch and other batch sizes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from pytest_keras_inference.models.compare import Difference, leaves, map_leaves
from pytest_keras_inference.models.flavour import BUILT_IN, default_training, flavour_of, variable_path
from pytest_keras_inference.models.snapshot import Snapshot, backend_of, kept
from pytest_keras_inference.models.ways import (
    Ways,
    as_arrays,
    as_tensors,
    build,
    fixed_batch,
    fixed_rows,
    for_predict,
    only_batch,
    require_batch,
    rows_of,
)
from pytest_keras_inference.modes.layer_trace import Run, traced
from pytest_keras_inference.modes.layers import Tolerance, first_divergence
from pytest_keras_inference.watching import hooks

__all__ = ["Cause", "ParityError", "ParityReport", "WayResult", "check_parity"]

_ROUNDING = 1e-3
"""Differences below this share of the largest value are what another order of the same sums gives in float32."""


class ParityError(AssertionError):
    """Two ways of calling a model for inference disagree; `report` has every way."""

    def __init__(self, report: ParityReport) -> None:
        super().__init__(str(report))
        self.report = report


@dataclass(frozen=True)
class WayResult:
    """One way of calling the model, compared with the direct inference call on the whole input."""

    way: str
    """The call as it is written, such as `predict(x, batch_size=1)`."""
    difference: Difference | None
    """None when the outputs agree."""
    error: str = ""
    """The exception that the call raised, when it did."""
    required: bool = True
    """False for the bare call, which is shown but never a failure: it is not meant to be inference."""

    @property
    def agrees(self) -> bool:
        return self.difference is None and not self.error


@dataclass(frozen=True)
class Cause:
    """Why ways disagree, as far as the run shows it."""

    code: str
    text: str


@dataclass(frozen=True)
class ParityReport:
    """Whether every way of calling the model for inference returns the same.

    `reference` is the call that the others are compared with; in each `Difference` it is on the right. Outputs agree
    within `atol + rtol * |reference|`.
    """

    model: str
    keras: str
    rows: int
    atol: float
    rtol: float
    reference: str
    ways: tuple[WayResult, ...]
    causes: tuple[Cause, ...]
    notes: tuple[str, ...] = ()
    """What was left out, and why."""

    @property
    def ok(self) -> bool:
        """Whether all ways agree; the bare call `model(x)` does not count."""
        return all(way.agrees for way in self.ways if way.required)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "model": self.model,
            "keras": self.keras,
            "rows": self.rows,
            "atol": self.atol,
            "rtol": self.rtol,
            "reference": self.reference,
            "ok": self.ok,
            "ways": [
                asdict(way) | {"difference": way.difference.to_dict() if way.difference else None} for way in self.ways
            ],
            "causes": [asdict(cause) for cause in self.causes],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        verdict = "every way of calling agrees" if self.ok else "ways of calling disagree"
        head = f"{self.model}: {verdict} ({self.rows:,} row{'s' * (self.rows != 1)}, {self.keras})"
        width = max(len(way.way) for way in (*self.ways, WayResult(self.reference, None)))
        lines = [head, f"  {self.reference.ljust(width)}  reference"]
        for way in self.ways:
            if way.error:
                said = f"raised {way.error}"
            elif way.difference is not None:
                said = way.difference.describe("here", "in the reference")
            else:
                said = "agrees"
            lines.append(f"  {way.way.ljust(width)}  {said}")
        lines += [f"  because {cause.text}" for cause in self.causes]
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


def check_parity(
    model: Any,
    x: Any,
    *,
    batch_sizes: Sequence[int | None] = (1, 32, None),
    atol: float = 1e-5,
    rtol: float = 1e-5,
) -> ParityReport:
    """Compare predict, at each batch size, and predict_on_batch with the direct inference call on all of `x`.

    `model` is a Keras 3 or tf_keras model, `x` arrays or tensors with one row per sample, or lists and dicts of them.
    A batch size of None means all rows in one batch. Outputs agree when `|a - b| <= atol + rtol * |reference|`. The
    bare call `model(x)` is compared too, but never fails. Every way starts from the same weights, state and seeds, and
    these are put back.

    Raises ParityError, an AssertionError with the report, when two ways disagree; TypeError when `model` is no Keras
    model or `x` is a dataset; ValueError for a batch size below one.
    """
    for size in batch_sizes:
        if size is not None and size < 1:
            raise ValueError(f"batch_sizes={tuple(batch_sizes)}: a batch has at least one row, or is None for all rows")
    flavour = flavour_of(model)
    if not isinstance(model, flavour.model_class):
        raise TypeError(f"check_parity needs a model with predict, got the layer {type(model).__name__} {model.name!r}")
    ways = Ways(model, flavour)
    with hooks.paused(), backend_of(flavour).without_gradients():
        require_batch(x, "check_parity", model)
        build(ways, as_tensors(x, flavour, "check_parity"))
        fixed = fixed_batch(model)
        if fixed is not None:
            x, batch_sizes = fixed_rows(x, fixed, "check_parity"), (fixed,)
        inputs = as_tensors(x, flavour, "check_parity")
        with kept(model, flavour) as snapshot:
            report = _compare(ways, x, inputs, snapshot, batch_sizes, Tolerance(atol, rtol))
    if fixed is not None:
        report = replace(report, notes=(only_batch(fixed),))
    if not report.ok:
        raise ParityError(report)
    return report


def _compare(
    ways: Ways, x: Any, inputs: Any, snapshot: Snapshot, batch_sizes: Sequence[int | None], tolerance: Tolerance
) -> ParityReport:
    model = ways.model
    rows = rows_of(inputs)
    x = for_predict(map_leaves(lambda leaf: leaf if hasattr(leaf, "shape") else np.asarray(leaf), x), ways.flavour)
    reference = as_arrays(ways.direct(inputs), ways.flavour)
    calls: dict[str, Callable[[], Any]] = {}
    for size in sorted({min(size or rows, rows) for size in batch_sizes}):
        calls[f"predict(x, batch_size={size})"] = partial(model.predict, x, batch_size=size, verbose=0)
    calls["predict_on_batch(x)"] = partial(model.predict_on_batch, x)
    results = [_result(way, call, reference, snapshot, ways, tolerance) for way, call in calls.items()]
    if ways.hears_training:
        bare = _result("model(x)", lambda: ways.bare(inputs), reference, snapshot, ways, tolerance)
        results.append(WayResult(bare.way, bare.difference, bare.error, required=False))
    snapshot.restore()
    causes = (
        () if all(result.agrees for result in results) else tuple(_causes(ways, inputs, results, snapshot, tolerance))
    )
    return ParityReport(
        model=f"{type(model).__name__} {model.name!r}",
        keras=str(ways.flavour),
        rows=rows,
        atol=tolerance.atol,
        rtol=tolerance.rtol,
        reference="model(x, training=False)" if ways.hears_training else "model(x)",
        ways=tuple(results),
        causes=causes,
    )


def _result(
    way: str, call: Callable[[], Any], reference: Any, snapshot: Snapshot, ways: Ways, tolerance: Tolerance
) -> WayResult:
    snapshot.restore()
    try:
        outputs = as_arrays(call(), ways.flavour)
    except Exception as error:  # the user's model raised: that is a result, and the other ways are still of interest
        backend_of(ways.flavour).after_failed_predict(ways.model)
        return WayResult(way, None, f"{type(error).__name__}: {_gist(error)}")
    return WayResult(way, tolerance.worst(outputs, reference))


def _gist(error: Exception) -> str:
    """The line of the message that says what went wrong, without Keras's frame around it and its colours."""
    lines = [re.sub(r"\x1b\[\d*m", "", line).strip() for line in str(error).splitlines()]
    told = [line for line in lines if line and not line.startswith("Exception encountered when calling")]
    return told[0][:300] if told else ""


def _causes(ways: Ways, x: Any, results: list[WayResult], snapshot: Snapshot, tolerance: Tolerance) -> Iterator[Cause]:
    """What the run shows of the reasons, those that are certain first."""
    model = ways.model
    failed = [result for result in results if result.required and not result.agrees]
    explained = False
    for name in ("predict_step", "predict", "predict_on_batch", "make_predict_function", "__call__"):
        owner = next((base for base in type(model).__mro__ if name in vars(base)), None)
        if failed and owner is not None and not _of_keras(owner):
            explained = True
            yield Cause("own-" + name.strip("_").replace("_", "-"), f"{owner.__name__} defines its own `{name}`")
    rounding = bool(failed) and all(_is_rounding(result.difference, ways, x) for result in failed)
    if failed and not rounding:
        for cause in _measured(ways, x, snapshot, tolerance):
            explained = True
            yield cause
    bare = next((result for result in results if not result.required and not result.agrees), None)
    if bare is not None:
        yield _bare_cause(ways, x, snapshot)
    if failed and not explained:
        if any(result.error for result in failed):
            yield Cause("raised", "a way of calling raised: see above")
        elif rounding:
            yield Cause(
                "rounding",
                "the differences are as small as rounding: compiled code adds in another order. Raise atol or rtol",
            )
        else:
            yield Cause(
                "unknown",
                "of nothing that was looked for: inference is deterministic, keeps no state, treats rows alone, "
                "and no method of predict is overridden",
            )


def _measured(ways: Ways, x: Any, snapshot: Snapshot, tolerance: Tolerance) -> Iterator[Cause]:
    """State that inference keeps, random numbers that it draws, and layers in which rows influence each other."""
    snapshot.restore()
    with traced(ways.model, ways.flavour) as first:
        ways.direct(x)
    states = sorted({variable_path(variable) for variable in snapshot.moved_variables()})
    with traced(ways.model, ways.flavour) as second:
        ways.direct(x)
    snapshot.restore()
    noisy = next((call for call, _ in first_divergence(first, second, tolerance)), None)
    if states:
        yield Cause(
            "state",
            f"inference changes {', '.join(states)}: a later batch starts from what an earlier one left. "
            "Call `reset_states()` of that layer between calls",
        )
    elif noisy is not None:
        loud = ", which runs in training mode" if noisy.training else ""
        yield Cause("random", f"inference is random: {noisy.path} ({type(noisy.layer).__name__}{loud})")
    rows = rows_of(x)
    if rows < 2 or states or noisy is not None:
        return
    part = rows // 2
    with traced(ways.model, ways.flavour) as cut:
        ways.direct(map_leaves(lambda leaf: leaf[:part], x))
    snapshot.restore()
    mixer = _first_mixer(first, cut, rows, part, tolerance)
    if mixer:
        yield Cause("batch", f"rows of a batch influence each other in {mixer}: its output depends on the batch size")


def _first_mixer(whole: Run, cut: Run, rows: int, part: int, tolerance: Tolerance) -> str:
    """The first layer that returns something else for the same rows when the others are missing."""
    others = cut.by_key()

    def head(arrays: list[Any]) -> list[Any]:
        return [array[:part] if array.ndim and array.shape[0] == rows else array for array in arrays]

    for call in whole.calls:
        other = others.get(call.key)
        if other is None or not (call.concrete and other.concrete):
            continue
        same = tolerance.worst(head(call.inputs), other.inputs) is None
        if same and tolerance.worst(head(call.outputs), other.outputs) is not None:
            return f"{call.path} ({type(call.layer).__name__})"
    return ""


def _bare_cause(ways: Ways, x: Any, snapshot: Snapshot) -> Cause:
    snapshot.restore()
    with traced(ways.model, ways.flavour) as run:
        ways.bare(x)
    snapshot.restore()
    seen: dict[int, str] = {}
    for call in run.calls:
        if call.training and not isinstance(call.layer, ways.flavour.model_class):
            note = ", whose default is training=True" if default_training(call.layer) else ""
            seen.setdefault(id(call.layer), f"{call.path} ({type(call.layer).__name__}{note})")
    names = ", ".join(seen.values())
    which = f"runs {names} in training mode" if names else "does not say which mode it means"
    return Cause("bare-call", f"model(x) {which}: write `model(x, training=False)` for inference")


def _is_rounding(difference: Difference | None, ways: Ways, x: Any) -> bool:
    if difference is None or difference.mismatch or math.isnan(difference.difference):
        return False
    scale = max(abs(complex(difference.left)), abs(complex(difference.right)), 1e-30)
    return difference.difference / scale < _ROUNDING or difference.difference < _ROUNDING * _largest(ways, x)


def _largest(ways: Ways, x: Any) -> float:
    arrays = [np.asarray(array) for _, array in leaves(as_arrays(ways.direct(x), ways.flavour))]
    sizes = [float(np.max(np.abs(array))) for array in arrays if array.size and array.dtype.kind in "biuf"]
    return max(sizes, default=0.0)


def _of_keras(owner: type) -> bool:
    return owner is object or owner.__module__.split(".")[0] in BUILT_IN
