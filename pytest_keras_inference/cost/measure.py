"""What a call of a model costs: predict, predict_on_batch, the direct call and a compiled one, over batch sizes.

Also a command: ``python -m pytest_keras_inference.cost model.keras --input-shape 224,224,3``.
"""

from __future__ import annotations

import argparse
import json
import os
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter
from types import ModuleType
from typing import Any

import numpy as np

from pytest_keras_inference.cost.memory import MemoryMeter
from pytest_keras_inference.cost.report import COMPILED, DIRECT, ON_BATCH, PREDICT, WHOLE, CostReport, Timing
from pytest_keras_inference.models.compare import leaves, map_leaves
from pytest_keras_inference.models.flavour import flavour_of
from pytest_keras_inference.models.snapshot import backend_of, kept
from pytest_keras_inference.models.ways import (
    Ways,
    as_tensors,
    build,
    fixed_batch,
    for_predict,
    only_batch,
    require_batch,
    rows_of,
)
from pytest_keras_inference.watching import hooks

__all__ = ["CostReport", "Timing", "measure_cost"]

_SECONDS = 1.0
"""Rounds go on this long at each batch size,"""
_ROUNDS = (3, 50)
"""but at least and at most so many."""
_DEFAULT_BATCH = 32
"""The rows that predict hands the model at a time when nothing else is said."""

Call = Callable[[], Any]


def measure_cost(model: Any, sample: Any, *, batch_sizes: Sequence[int] = (1, 8, 32, 256, 4096)) -> CostReport:
    """Time the ways of running `model` for inference on batches made of the rows of `sample`.

    `sample` is an array with one row per sample, or a list or dict of them; its rows are repeated to fill a batch. The
    ways are predict (with its default batch size; from 33 rows on with all rows as one batch too), predict_on_batch,
    `model(x, training=False)` and the same compiled. At each batch size they take turns, so that a busy machine slows
    all of them alike: compare the ratios, not the milliseconds. Tracing and compiling are done before, and not counted.
    On torch the calls run under `no_grad`. Weights, state and seeds are put back.

    Raises TypeError when `model` is no Keras model, ValueError when `batch_sizes` is empty or has one below one.
    """
    if not batch_sizes or not all(isinstance(size, int) and size >= 1 for size in batch_sizes):
        raise ValueError(f"batch_sizes={tuple(batch_sizes)}: give one or more numbers of rows, each at least 1")
    flavour = flavour_of(model)
    if not isinstance(model, flavour.model_class):
        raise TypeError(f"measure_cost needs a model with predict, got the layer {type(model).__name__} {model.name!r}")
    ways = Ways(model, flavour)
    backend = backend_of(flavour)
    with hooks.paused(), backend.without_gradients(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        require_batch(sample, "measure_cost", model, name="sample")
        fixed = fixed_batch(model)
        if fixed is not None:
            batch_sizes = (fixed,)
        sample = map_leaves(_as_array, sample)
        build(ways, as_tensors(_batch(sample, min(batch_sizes)), flavour, "measure_cost"))
        timings: list[Timing] = []
        unavailable: dict[str, str] = {}
        with kept(model, flavour):
            for rows in sorted(set(batch_sizes)):
                timings += _measure(ways, _batch(sample, rows), rows, backend, unavailable)
    return CostReport(
        model=f"{type(model).__name__} {model.name!r}",
        keras=str(flavour),
        backend=flavour.backend,
        device=backend.device_name(),
        timings=tuple(timings),
        unavailable=tuple(unavailable.items()),
        alone="PYTEST_XDIST_WORKER" not in os.environ,
        notes=() if fixed is None else (only_batch(fixed),),
    )


def _measure(ways: Ways, x: Any, rows: int, backend: ModuleType, unavailable: dict[str, str]) -> list[Timing]:
    calls = _calls(ways, x, backend)
    meter = MemoryMeter(backend)
    peaks: dict[str, int | None] = {}
    for way in list(calls):
        if way in unavailable or not _warm(way, calls[way], backend, unavailable):
            del calls[way]
        else:
            peaks[way] = meter.peak_bytes(calls[way])
    seconds: dict[str, list[float]] = {way: [] for way in calls}
    names = list(calls)
    least, most = _ROUNDS
    started = perf_counter()
    for turn in range(most):
        for position in range(len(names)):
            # Who comes first in a round finds other caches than who comes last.
            way = names[(position + turn) % len(names)]
            begin = perf_counter()
            backend.wait(calls[way]())
            seconds[way].append(perf_counter() - begin)
        if turn + 1 >= least and perf_counter() - started > _SECONDS:
            break
    return [_timing(way, rows, taken, seconds[PREDICT], peaks[way]) for way, taken in seconds.items()]


def _timing(way: str, rows: int, taken: list[float], base: list[float], peak_bytes: int | None) -> Timing:
    ratios = [one / other for one, other in zip(base, taken, strict=True)]
    low, middle, high = quantiles(ratios, n=4, method="inclusive")
    return Timing(way, rows, median(taken), middle, len(taken), peak_bytes, spread=(high - low) / 2 / middle)


def _calls(ways: Ways, x: Any, backend: ModuleType) -> dict[str, Call]:
    """The ways to call the model on `x`, those that need little memory first, as `MemoryMeter` wants it."""
    model = ways.model
    tensors = as_tensors(x, ways.flavour, "measure_cost")
    x = for_predict(x, ways.flavour)
    compiled = backend.compiled_call(ways.direct if ways.flavour.backend != "jax" else model, ways.hears_training)
    rows = rows_of(x)
    one_batch: dict[str, Call] = {WHOLE: lambda: model.predict(x, batch_size=rows, verbose=0)}
    return {
        PREDICT: lambda: model.predict(x, verbose=0),
        **(one_batch if rows > _DEFAULT_BATCH else {}),
        ON_BATCH: lambda: model.predict_on_batch(x),
        COMPILED: lambda: compiled(tensors),
        DIRECT: lambda: ways.direct(tensors),
    }


def _warm(way: str, call: Call, backend: ModuleType, unavailable: dict[str, str]) -> bool:
    """Trace and compile; note why a way does not work here. predict and the direct call have to."""
    try:
        backend.wait(call())
    except Exception as error:  # compilers fail in many ways, and each is a reason to go without
        if way in (PREDICT, DIRECT):
            raise
        told = [line.strip() for line in str(error).splitlines() if line.strip()]
        unavailable[way] = f"{type(error).__name__}: {told[0][:160] if told else ''}"
        return False
    return True


def _as_array(leaf: Any) -> Any:
    return np.asarray(leaf.detach().cpu() if hasattr(leaf, "detach") else leaf)


def _batch(sample: Any, rows: int) -> Any:
    """A batch of `rows` rows: those of the sample, again and again."""
    for path, leaf in leaves(sample):
        if leaf.ndim == 0 or leaf.shape[0] == 0:
            raise ValueError(f"measure_cost needs rows to repeat, but {path} of the sample has the shape {leaf.shape}")
    return map_leaves(lambda leaf: np.take(leaf, np.arange(rows) % leaf.shape[0], axis=0), sample)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Returns the exit code: 0, or 2 for a file or shape that cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m pytest_keras_inference.cost",
        description="Measure predict, predict_on_batch, the direct call and a compiled call of a saved Keras model.",
    )
    parser.add_argument("model", help="a .keras file, or what keras.saving.load_model reads")
    parser.add_argument(
        "--input-shape",
        action="append",
        type=_shape,
        metavar="224,224,3",
        help="shape of one sample, without the batch; once per input; needed where the model leaves it open",
    )
    parser.add_argument("--batch-sizes", type=_sizes, default=(1, 8, 32, 256, 4096), metavar="1,8,32,256,4096")
    parser.add_argument("--plot", metavar="FILE", help="also write a chart (needs matplotlib)")
    parser.add_argument("--json", metavar="FILE", help="also write the figures as JSON; - prints them instead")
    options = parser.parse_args(arguments)
    if not Path(options.model).exists():
        parser.error(f"{options.model}: no such file")

    import keras

    try:
        model = keras.saving.load_model(options.model, compile=False)
    except (OSError, ValueError, TypeError) as error:
        parser.error(f"{options.model}: {error}")
    try:
        sample = _random_sample(model, options.input_shape)
    except ValueError as error:
        parser.error(str(error))
    report = measure_cost(model, sample, batch_sizes=options.batch_sizes)
    if options.json == "-":
        print(json.dumps(report.to_dict(), indent=2))
    else:
        print(report)
    if options.json not in (None, "-"):
        Path(options.json).write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")
    if options.plot:
        try:
            report.plot(options.plot)
        except ImportError as error:
            parser.error(f"--plot: {error}")
    return 0


def _random_sample(model: Any, shapes: Sequence[tuple[int, ...]] | None) -> Any:
    """One row for each input of `model`, of values in [0, 1), which serve as index 0 too."""
    inputs = list(getattr(model, "inputs", None) or [])
    if shapes is None:
        if not inputs:
            raise ValueError("--input-shape is needed: the saved model does not say what it takes")
        shapes = [tuple(tensor.shape[1:]) for tensor in inputs]
        if any(size is None for shape in shapes for size in shape):
            raise ValueError(f"--input-shape is needed: the model leaves sizes open ({', '.join(map(str, shapes))})")
    elif inputs and len(shapes) != len(inputs):
        raise ValueError(f"--input-shape was given {len(shapes)} times, the model has {len(inputs)} inputs")
    generator = np.random.default_rng(0)
    arrays = []
    for position, shape in enumerate(shapes):
        dtype = str(inputs[position].dtype) if inputs else "float32"
        arrays.append(generator.random((1, *shape)).astype(dtype))
    return arrays[0] if len(arrays) == 1 else arrays


def _shape(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.strip("()").split(",") if part.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no shape: write sizes with commas, as in 224,224,3") from None


def _sizes(text: str) -> tuple[int, ...]:
    sizes = _shape(text)
    if not sizes or min(sizes) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no list of batch sizes: write numbers of at least 1, as in 1,32")
    return sizes
