"""The page "When predict pays" shows what was measured, and what it says of it is so."""

from __future__ import annotations

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The script that measures and draws."""
    spec = importlib.util.spec_from_file_location("when_predict_pays", ROOT / "benchmarks" / "when_predict_pays.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def data(benchmark: ModuleType) -> Any:
    return benchmark.load()


def speedup(benchmark: ModuleType, data: Any, backend: str, model: str, way: str, rows: int = 1) -> float:
    """How much faster than predict a way was."""
    value: float = dict(benchmark.points(data, backend, model, way, "speedup"))[rows]
    return value


def test_the_tables_of_the_page_are_the_data(benchmark: ModuleType) -> None:
    page = benchmark.PAGE.read_text(encoding="utf-8")
    assert page.count("<!-- measured: ") == page.count("<!-- end -->") == 7
    assert page == benchmark.filled(page), "run: python benchmarks/when_predict_pays.py draw"


def test_the_charts_are_drawn_from_the_data(benchmark: ModuleType) -> None:
    measured = [device for device in (benchmark.CPU, benchmark.GPU) if device.data.exists()]
    assert benchmark.CPU in measured
    for device in measured:
        for model in benchmark.MODELS:
            chart = (benchmark.CHARTS / benchmark.chart_name(device, model)).read_text(encoding="utf-8")
            assert f"<dc:identifier>{benchmark.digest(device)}</dc:identifier>" in chart, (
                "run: benchmarks/when_predict_pays.py draw"
            )
            words = (*benchmark.load(device)["backends"], *benchmark.WAYS[:3], "milliseconds per row")
            assert all(word in chart for word in words)


def test_what_was_measured_on_a_gpu_makes_a_section(
    benchmark: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file, page = tmp_path / "gpu.json", "<!-- measured: gpu -->\n\n<!-- end -->\n"
    monkeypatch.setattr(benchmark, "GPU", replace(benchmark.GPU, data=file))
    assert benchmark.filled(page) == page
    data = benchmark.load() | {"machine": "a GPU of one kind", "date": "2026-01-31"}
    del data["backends"]["tensorflow"]
    file.write_text(json.dumps(data), encoding="utf-8")
    section = benchmark.filled(page)
    assert "; a GPU of one kind; 2026-01-31." in section
    assert "(charts/cnn_gpu.svg)" in section
    assert "| model | jax | torch |\n|---|---|---|" in section
    assert benchmark.filled(section) == section


def test_everything_was_measured(benchmark: ModuleType, data: Any) -> None:
    for backend in benchmark.CPU.backends:
        assert data["backends"][backend]["version"]
        for model, sizes in benchmark.SIZES.items():
            for way in ("predict", "predict_on_batch", "direct call"):
                assert [rows for rows, _ in benchmark.points(data, backend, model, way, "seconds")] == list(sizes)


def test_one_row_on_tensorflow_is_mostly_set_up(benchmark: ModuleType, data: Any) -> None:
    for model in benchmark.MODELS:
        assert 40 <= speedup(benchmark, data, "tensorflow", model, "predict_on_batch") <= 80
        (rows, seconds), *_ = benchmark.points(data, "tensorflow", model, "predict", "seconds")
        assert rows == 1
        assert seconds > 0.02


def test_a_direct_call_that_is_not_compiled_can_be_slower_than_predict(benchmark: ModuleType, data: Any) -> None:
    assert speedup(benchmark, data, "jax", "cnn", "direct call") < 1
    for backend in ("tensorflow", "jax"):
        assert speedup(benchmark, data, backend, "lstm", "direct call") < 1


def test_predict_needs_less_memory_for_many_rows(benchmark: ModuleType, data: Any) -> None:
    rows = benchmark.SIZES["cnn"][-1]
    for backend in benchmark.CPU.backends:
        peaks = [dict(benchmark.points(data, backend, "cnn", way, "peak_bytes"))[rows] for way in benchmark.WAYS[:3]]
        assert peaks[0] * 5 < min(peaks[1:])
