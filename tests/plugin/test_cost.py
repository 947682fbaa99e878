"""What measure_cost measures and says; never how fast this machine is."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import keras
import numpy as np
import pytest
from keras import layers

from pytest_keras_inference import CostReport, measure_cost, watch_predicts
from pytest_keras_inference.cost import measure as cost
from pytest_keras_inference.cost.memory import MemoryMeter
from pytest_keras_inference.cost.report import COMPILED, DIRECT, ON_BATCH, PREDICT, WHOLE, Timing

BACKEND = keras.backend.backend()


@pytest.fixture(scope="module")
def model() -> Any:
    return keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.Dropout(0.5)], name="net")


@pytest.fixture(scope="module")
def report(model: Any) -> CostReport:
    patch = pytest.MonkeyPatch()
    patch.setattr(cost, "_SECONDS", 0.05)
    patch.delenv("PYTEST_XDIST_WORKER", raising=False)
    try:
        return measure_cost(model, np.ones((2, 3)), batch_sizes=(4, 1))
    finally:
        patch.undo()


def reported(times: dict[int, dict[str, float]], peaks: dict[str, int] | None = None) -> CostReport:
    """A report with the given seconds by rows and way; the peaks stand at the largest number of rows."""
    largest = max(times)
    timings = tuple(
        Timing(way, rows, seconds, ways[PREDICT] / seconds, 5, (peaks or {}).get(way) if rows == largest else None)
        for rows, ways in times.items()
        for way, seconds in ways.items()
    )
    return CostReport("Sequential 'net'", "Keras 3 on tensorflow", "tensorflow", "CPU", timings, ())


TENSORFLOW = {
    1: {PREDICT: 0.05, ON_BATCH: 0.001, DIRECT: 0.005, COMPILED: 0.0005},
    100: {PREDICT: 0.06, ON_BATCH: 0.02, DIRECT: 0.03, COMPILED: 0.02},
    10_000: {PREDICT: 1.0, ON_BATCH: 2.5, DIRECT: 2.0, COMPILED: 1.9},
}


# Measuring


@pytest.mark.skipif(BACKEND == "torch", reason="torch.compile needs a C++ compiler; see the next test")
def test_every_way_is_measured_at_every_batch_size(report: CostReport) -> None:
    assert [(timing.rows, timing.way) for timing in report.timings] == [
        (rows, way) for rows in (1, 4) for way in (PREDICT, ON_BATCH, COMPILED, DIRECT)
    ]
    assert report.unavailable == ()


def test_the_ways_that_always_work_are_measured_the_same_number_of_times(report: CostReport) -> None:
    assert report.batch_sizes == (1, 4)
    for rows in report.batch_sizes:
        timings = [report.timing(way, rows) for way in (PREDICT, ON_BATCH, DIRECT)]
        assert None not in timings
        assert len({timing.runs for timing in timings if timing}) == 1, "they take turns"
        assert all(timing.seconds > 0 and timing.runs >= 3 for timing in timings if timing)
        predict = report.timing(PREDICT, rows)
        assert predict is not None
        assert predict.speedup == 1.0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can reset a process's peak memory")
def test_memory_is_measured(report: CostReport) -> None:
    assert all(timing.peak_bytes is not None and timing.peak_bytes >= 0 for timing in report.timings)


def test_a_way_that_does_not_work_is_left_out_with_its_reason(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: Any) -> Any:
        raise RuntimeError("no compiler here\nand more")

    monkeypatch.setattr(cost, "_SECONDS", 0.01)
    monkeypatch.setattr(model, "predict_on_batch", broken)
    report = measure_cost(model, np.ones((1, 3)), batch_sizes=(1, 2))
    assert (ON_BATCH, "RuntimeError: no compiler here") in report.unavailable
    assert ON_BATCH not in {timing.way for timing in report.timings}
    assert "predict_on_batch not measured: RuntimeError: no compiler here" in str(report)


def test_weights_and_seeds_are_left_as_found(model: Any, report: CostReport) -> None:
    assert [weight.shape for weight in model.get_weights()] == [(3, 2), (2,)]
    assert model.predict(np.ones((1, 3)), verbose=0).shape == (1, 2)


def test_the_calls_of_a_measurement_are_nobodys_predict_calls(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_SECONDS", 0.01)
    with watch_predicts() as watched:
        measure_cost(model, np.ones((1, 3)), batch_sizes=(1,))
    assert watched.sites == []


def test_what_cannot_be_measured_is_refused_by_name(model: Any) -> None:
    with pytest.raises(ValueError, match="give one or more numbers of rows"):
        measure_cost(model, np.ones((1, 3)), batch_sizes=())
    with pytest.raises(ValueError, match="give one or more numbers of rows"):
        measure_cost(model, np.ones((1, 3)), batch_sizes=(8, "32"))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="measure_cost: sample has no rows"):
        measure_cost(model, np.ones((0, 3)), batch_sizes=(1,))
    with pytest.raises(TypeError, match="measure_cost needs a model with predict, got the layer Dense"):
        measure_cost(layers.Dense(1), np.ones((1, 3)))


def test_a_report_is_plain_data_too(report: CostReport) -> None:
    data = json.loads(json.dumps(report.to_dict()))
    assert data.keys() == {
        *("model", "keras", "backend", "device", "timings", "alone", "unavailable", "crossover", "recommendation"),
        "notes",
    }
    assert data["timings"][0].keys() == {"way", "rows", "seconds", "speedup", "runs", "peak_bytes", "spread"}


# Saying


class Device:
    """An accelerator that holds `held` bytes and may count its peak."""

    def __init__(self, counts: bool) -> None:
        self.counts, self.held, self.peak = counts, 1000, 5000

    def device_name(self) -> str:
        return "GPU"

    def wait(self, outputs: object) -> None: ...

    def device_peak_bytes(self, reset: bool = False) -> int | None:
        if reset:
            self.peak = self.held
        return self.peak if self.counts else None


@pytest.mark.parametrize(("counts", "added"), [(True, 2000), (False, None)])
def test_on_an_accelerator_its_own_counter_tells_what_was_added(counts: bool, added: int | None) -> None:
    device = Device(counts)

    def work() -> None:
        device.peak = 3000

    assert MemoryMeter(cast(ModuleType, device)).peak_bytes(work) == added


def test_the_table() -> None:
    assert reported(TENSORFLOW, {PREDICT: 33_000_000, DIRECT: 1_540_000_000}).table() == (
        "  rows  predict  predict_on_batch  direct call  compiled call\n"
        "     1    50 ms        1 ms (50x)   5 ms (10x)  500 us (100x)\n"
        "   100    60 ms        20 ms (3x)   30 ms (2x)     20 ms (3x)\n"
        "10,000      1 s      2.5 s (0.4x)   2 s (0.5x)  1.9 s (0.53x)\n"
        "\n"
        "memory added at the peak, MB\n"
        "  rows  predict  predict_on_batch  direct call  compiled call\n"
        "     1        -                 -            -              -\n"
        "   100        -                 -            -              -\n"
        "10,000     33.0                 -      1,540.0              -"
    )


def test_the_crossover_is_interpolated_between_the_sizes_measured() -> None:
    assert reported(TENSORFLOW).crossover == 1000  # from twice as fast at 100 to half as fast at 10,000
    assert reported({1: {PREDICT: 1.0, DIRECT: 2.0}}).crossover == 1
    assert reported({1: {PREDICT: 1.0, DIRECT: 0.5}}).crossover is None
    assert reported({1: {PREDICT: 1.0}}).crossover is None


@pytest.mark.parametrize(
    ("times", "peaks", "sentence"),
    [
        (
            TENSORFLOW,
            {PREDICT: 33_000_000, DIRECT: 1_540_000_000},
            "At 1 row use tf.function(model), 100x faster than predict; predict is no slower than a direct call from "
            "about 1,000 rows on, and at 10,000 rows predict needs 47 times less memory.",
        ),
        (
            {1: {PREDICT: 0.001, ON_BATCH: 0.0002, DIRECT: 0.002}},
            {},
            "At 1 row use model.predict_on_batch(x), 5x faster than predict; predict is no slower than a direct call "
            "from 1 row on.",
        ),
        (
            {1: {PREDICT: 0.001, DIRECT: 0.0009}, 64: {PREDICT: 0.0021, DIRECT: 0.002}},
            {},
            "Keep predict: at 1 row nothing else is much faster; "
            "a direct call stays faster than predict up to 64 rows.",
        ),
    ],
)
def test_the_recommendation_is_one_sentence(times: Any, peaks: dict[str, int], sentence: str) -> None:
    assert reported(times, peaks).recommendation == sentence


def test_predict_in_one_batch_is_told_where_it_is_much_faster() -> None:
    times = {1: {PREDICT: 0.05, DIRECT: 0.005}, 4096: {PREDICT: 4.6, WHOLE: 1.0, DIRECT: 2.0}}
    assert reported(times).recommendation == (
        "At 1 row use model(x, training=False), 10x faster than predict; a direct call stays faster than predict up to "
        "4,096 rows; at 4,096 rows predict(x, batch_size=4096) is 4.6x faster than predict(x)."
    )


def test_nothing_is_said_of_sizes_that_were_not_measured() -> None:
    advice = reported({4: {PREDICT: 0.05, DIRECT: 0.005}}).recommendation
    assert advice.endswith("a direct call stays faster than predict at 4 rows.")


def test_one_batch_is_measured_where_it_is_more_than_the_default(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_SECONDS", 0.01)
    found = measure_cost(model, np.ones((1, 3)), batch_sizes=(32, 33))
    assert found.timing(WHOLE, 32) is None
    whole = found.timing(WHOLE, 33)
    assert whole is not None
    assert whole.spread is not None
    assert whole.spread >= 0


def test_the_spread_is_half_of_the_middle_half_of_the_rounds() -> None:
    (timing,) = [cost._timing(DIRECT, 1, [1.0] * 5, [8.0, 9.0, 10.0, 11.0, 12.0], None)]
    assert (timing.speedup, timing.spread) == (10.0, 0.1)
    report = CostReport("m", "Keras 3", "jax", "CPU", (timing,), ())
    assert "1 s (10x +-10%)" in report.table()


def test_beside_other_tests_nothing_is_concluded(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    monkeypatch.setattr(cost, "_SECONDS", 0.01)
    report = measure_cost(model, np.ones((1, 3)), batch_sizes=(1,))
    assert report.crossover is None
    assert report.recommendation == (
        "No advice: under pytest-xdist other tests take the processor; run this test alone, with -n0."
    )
    assert report.timing(PREDICT, 1) is not None


def test_printing_has_everything_once() -> None:
    report = replace(reported(TENSORFLOW), unavailable=((COMPILED, "no compiler"),))
    lines = str(report).splitlines()
    assert lines[0] == (
        "Sequential 'net', Keras 3 on tensorflow, CPU: median time of a call (and how much faster than predict)"
    )
    assert lines[-2:] == ["compiled call not measured: no compiler", report.recommendation]
    assert report.table() in str(report)


def test_the_plot_is_written(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    reported(TENSORFLOW).plot(tmp_path / "cost.svg")
    chart = (tmp_path / "cost.svg").read_text(encoding="utf-8")
    assert "<svg" in chart


def test_a_plot_without_matplotlib_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("matplotlib", "matplotlib.figure", "matplotlib.backends.backend_agg"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=r"needs matplotlib: pip install 'pytest-keras-inference\[plot\]'"):
        reported(TENSORFLOW).plot("cost.png")


# As a command


@pytest.fixture
def saved(model: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(cost, "_SECONDS", 0.01)
    path = tmp_path / "net.keras"
    model.save(path)
    return str(path)


def test_the_command_prints_the_table(saved: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cost.main([saved, "--input-shape", "3", "--batch-sizes", "1,2"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Sequential 'net', Keras ")
    assert "predict_on_batch" in out


def test_the_command_writes_json(saved: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cost.main([saved, "--batch-sizes", "1", "--json", str(tmp_path / "cost.json")]) == 0
    data = json.loads((tmp_path / "cost.json").read_text(encoding="utf-8"))
    assert {timing["rows"] for timing in data["timings"]} == {1}
    assert capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.keras"], "missing.keras: no such file"),
        (["SAVED", "--input-shape", "3,x"], "argument --input-shape: '3,x' is no shape: write sizes with commas"),
        (["SAVED", "--batch-sizes", "0"], "argument --batch-sizes: '0' is no list of batch sizes"),
        (["SAVED", "--input-shape", "3", "--input-shape", "3"], "--input-shape was given 2 times, the model has 1"),
    ],
)
def test_the_command_refuses_with_exit_code_2(
    saved: str, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    with pytest.raises(SystemExit) as stop:
        cost.main([saved if argument == "SAVED" else argument for argument in arguments])
    assert stop.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("layer_shape", [(None, 3)])
def test_the_command_asks_for_sizes_that_the_model_leaves_open(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], layer_shape: tuple[int | None, ...]
) -> None:
    path = tmp_path / "open.keras"
    keras.Sequential([keras.Input(layer_shape), layers.Dense(1)]).save(path)
    with pytest.raises(SystemExit):
        cost.main([str(path)])
    assert "--input-shape is needed: the model leaves sizes open ((None, 3))" in capsys.readouterr().err


def test_only_the_batch_size_that_a_model_fixes_is_measured() -> None:
    model = keras.Sequential([keras.Input(batch_shape=(4, 2, 1)), keras.layers.LSTM(2, stateful=True)])
    found = measure_cost(model, np.ones((4, 2, 1), "float32"))
    assert found.batch_sizes == (4,)
    assert found.notes == ("the model takes batches of exactly 4 rows: other batch sizes are left out",)
    assert f"note: {found.notes[0]}" in str(found)


@pytest.mark.backend("tensorflow")
@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="text is TensorFlow's alone")
def test_text_is_measured_as_string_tensors() -> None:
    words = keras.layers.TextVectorization(max_tokens=9, output_sequence_length=3, vocabulary=["a", "b"])
    model = keras.Sequential([keras.Input((), dtype="string"), words, keras.layers.Embedding(9, 2)])
    assert measure_cost(model, np.array(["a b", "b"]), batch_sizes=(2,)).batch_sizes == (2,)
