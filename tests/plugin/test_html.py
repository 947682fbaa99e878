"""`--keras-inference-html`: one page that needs nothing but itself."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from pytest_keras_inference.report.html import page

VOID = {"meta", "br", "hr"}
CLOSED_IN_SVG = {"line", "polyline"}


class Page(HTMLParser):
    """Reads a page back: its text, its tags in order, and what is left open or closed wrongly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data.strip())

    def widths(self) -> list[str]:
        """How long the bars are, in order."""
        styles = [str(attributes.get("style", "")) for tag, attributes in self.tags if tag == "div"]
        return [style.removeprefix("width:") for style in styles if style.startswith("width:")]


def observation(row: int, time: float, *findings: dict[str, Any], code: str = "model.predict(x)") -> dict[str, Any]:
    return {
        "filename": "/project/agent.py",
        "path": "agent.py",
        "location": {"row": row, "column": 5},
        "code": code,
        "call": "predict",
        "calls": 1200,
        "rows": 1200,
        "seconds": time,
        "findings": list(findings),
    }


FINDING = {
    "code": "KI202",
    "name": "predict-per-step",
    "severity": "warning",
    "message": "the same model, a few rows at a time",
    "instead": "model.predict_on_batch(x)",
    "speedup": 70.4,
    "allowed": False,
}


def run(*observations: dict[str, Any], reports: list[dict[str, Any]] | None = None, trouble: Any = ()) -> Page:
    data = {"observations": list(observations), "reports": reports or [], "trouble": list(trouble), "keras": "keras 3"}
    text = page(data)
    read = Page(text)
    assert read.open == []
    assert "http" not in text
    assert "<script" not in text
    return read


def test_a_finding_with_place_figures_code_and_fix() -> None:
    read = run(observation(88, 61.0, FINDING))
    assert read.texts[read.texts.index("Findings") + 1 :][:6] == [
        "KI202 predict-per-step",
        "agent.py:88",
        "1,200 calls, 1,200 rows, 61.0 s, predict_on_batch 70x faster",
        "model.predict(x)",
        "the same model, a few rows at a time. Instead: model.predict_on_batch(x)",
        "Time by call site",
    ]
    assert ("article", {"class": "warning"}) in read.tags


def test_what_is_allowed_is_shown_as_such() -> None:
    read = run(observation(88, 61.0, {**FINDING, "allowed": True}))
    assert ("article", {"class": "warning allowed"}) in read.tags
    assert "(allowed)" in read.texts


def test_remarks_are_left_out() -> None:
    read = run(observation(88, 61.0, {**FINDING, "severity": "info"}))
    assert "None." in read.texts


def test_bars_compare_the_time_of_call_sites() -> None:
    assert run(observation(1, 8.0), observation(2, 2.0)).widths() == ["100.0%", "25.0%"]


def test_code_of_the_user_is_text_not_markup() -> None:
    read = run(observation(1, 1.0, FINDING, code="model.predict(x[i<j]) # <script>alert(1)</script>"))
    assert "model.predict(x[i<j]) # <script>alert(1)</script>" in read.texts


def test_a_run_without_calls() -> None:
    read = run(trouble=["KeyError: 'x'"])
    assert "0 calls from 0 places" in read.texts[3]
    assert "The watch switched itself off: KeyError: 'x'" in read.texts


def test_gradients_are_bars_on_a_logarithmic_scale() -> None:
    rows = [
        {
            "path": "dense/kernel",
            "shape": [3, 2],
            "status": "ok",
            "norm": 10.0,
            "failed": False,
            "note": "",
            "cause": None,
        },
        {"path": "dense/bias", "shape": [2], "status": "ok", "norm": 0.1, "failed": False, "note": "", "cause": None},
        {
            "path": "other/kernel",
            "shape": [2, 2],
            "status": "none",
            "norm": None,
            "failed": True,
            "note": "",
            "cause": {"what": "predict() cut it off"},
        },
        {"path": "nan/kernel", "shape": [], "status": "nan", "norm": "nan", "failed": True, "note": "", "cause": None},
    ]
    read = run(reports=[{"test": "t.py::t", "check": "gradient_check", "report": {"rows": rows}}])
    assert read.widths() == ["100.0%", "20.0%"]
    assert "predict() cut it off" in read.texts
    assert ("span", {"class": "bad"}) in read.tags


def test_the_chart_of_the_crossover() -> None:
    timings = [
        {"way": way, "rows": rows, "seconds": seconds}
        for way, times in {"predict": (0.05, 0.06), "direct call": (0.005, 0.5)}.items()
        for rows, seconds in zip((1, 1000), times, strict=True)
    ]
    report = {"model": "cnn", "recommendation": "Use predict.", "timings": timings, "crossover": 150}
    read = run(reports=[{"test": "t.py::t", "check": "inference_cost", "report": report}])
    lines = [str(attributes["points"]).split() for tag, attributes in read.tags if tag == "polyline"]
    assert [len(line) for line in lines] == [2, 2]
    # predict starts above the direct call and ends below it; y grows downwards
    (predict_start, predict_end), (direct_start, direct_end) = [
        [float(point.partition(",")[2]) for point in line] for line in lines
    ]
    assert predict_start < direct_start
    assert predict_end > direct_end
    assert {"crossover 150", "predict", "direct call", "1,000"} <= set(read.texts)


def test_real_reports_of_every_check(with_model: pytest.Pytester) -> None:
    with_model.makepyfile(
        """
        import keras
        import numpy as np
        import pytest


        @pytest.fixture
        def net():
            layers = [keras.layers.Dense(4), keras.layers.Dropout(0.5), keras.layers.Dense(2, name="head")]
            return keras.Sequential([keras.Input((3,)), *layers])


        def test_all(net, gradient_check, mode_check, predict_parity, inference_cost):
            x, y = np.random.rand(4, 3).astype("float32"), np.zeros((4, 2), "float32")
            gradient_check(net, x, y, loss="mse")
            mode_check(net, x)
            predict_parity(net, x)
            inference_cost(net, x[:1], batch_sizes=(1, 4))


        def test_fails(model, x, gradient_check):
            import tensorflow as tf
            gradient_check(model, x, loss=lambda out: tf.stop_gradient(tf.reduce_sum(out)))
        """
    )
    result = with_model.runpytest("--keras-inference-html=out/page.html")
    result.assert_outcomes(passed=1, failed=1)
    read = Page(Path(with_model.path, "out", "page.html").read_text(encoding="utf-8"))
    assert read.open == []
    checks = [
        text for text in read.texts if text in {"gradient_check", "mode_check", "predict_parity", "inference_cost"}
    ]
    assert checks == ["gradient_check", "mode_check", "predict_parity", "inference_cost", "gradient_check"]
    assert "dropout" in " ".join(read.texts)
