"""`--keras-inference-json`: the observations that the linter and other programs read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_keras_inference.report.summary import plain
from pytest_keras_inference.watching.calls import SiteCalls
from pytest_keras_inference.watching.callsite import CallSite

STEPS = """
import numpy as np


def loop(model, x):
    for i in range(4):
        model.predict(
            x + i, verbose=0)


def meant(model, x):
    for i in range(4):
        model.predict(x + i, verbose=0)


def direct(model):
    model(np.ones((5, 3)))
"""
TESTS = """
import pytest
import steps


def test_loop(model, x):
    steps.loop(model, x)


@pytest.mark.keras_inference(allow=["KI202"])
def test_meant(model, x):
    steps.meant(model, x)


def test_direct(model):
    steps.direct(model)
"""


def observe(pytester: pytest.Pytester, *arguments: str) -> dict[str, Any]:
    pytester.makeini("[pytest]\nkeras_inference_threshold = 3\npythonpath = .\n")
    pytester.makepyfile(test_seen=TESTS, steps=STEPS)
    pytester.runpytest("--keras-inference-json=out/seen.json", *arguments)
    return dict(json.loads(Path(pytester.path, "out", "seen.json").read_text(encoding="utf-8")))


def test_every_call_site_with_figures_and_findings(with_model: pytest.Pytester) -> None:
    import keras

    seen = observe(with_model)
    assert (seen["version"], seen["tool"]) == (1, "pytest-keras-inference")
    assert (seen["keras"], seen["backend"]) == (f"keras {keras.__version__}", "tensorflow")
    assert seen["root"] == with_model.path.as_posix()
    assert seen["trouble"] == []
    by_line = {one["location"]["row"]: one for one in seen["observations"]}
    assert sorted(by_line) == [6, 12, 16]
    loop = by_line[6]
    assert loop["seconds"] > 0
    assert loop["findings"][0]["speedup"] > 1
    for name in ("seconds", "first_seconds"):
        del loop[name]
    del loop["findings"][0]["speedup"]
    assert loop == {
        "filename": str(with_model.path / "steps.py"),
        "path": "steps.py",
        "location": {"row": 6, "column": 9},
        "end_location": {"row": 7, "column": 30},
        "function": "loop",
        "line": "        model.predict(",
        "code": "model.predict(\n    x + i, verbose=0)",
        "call": "predict",
        "model": "Sequential 'policy'",
        "calls": 4,
        "rows": 4,
        "min_rows": 1,
        "max_rows": 1,
        "first_calls": 1,
        "recording": 0,
        "tracing": 0,
        "inside_fit": 0,
        "failed": 0,
        "gradient_lost": 0,
        "tests": ["test_seen.py::test_loop"],
        "findings": [
            {
                "code": "KI202",
                "name": "predict-per-step",
                "severity": "warning",
                "message": "the same model, a few rows at a time",
                "instead": "model.predict_on_batch(x), or model(x, training=False); one call for all samples if they "
                "do not depend on each other",
                "allowed": False,
            }
        ],
    }
    assert [finding["allowed"] for finding in by_line[12]["findings"]] == [True]
    assert (by_line[16]["call"], by_line[16]["rows"], by_line[16]["findings"]) == ("__call__", 5, [])


def test_the_terminal_says_where_it_is(with_model: pytest.Pytester) -> None:
    with_model.makepyfile("def test_one():\n    pass\n")
    result = with_model.runpytest("--keras-inference-json=seen.json")
    result.stdout.fnmatch_lines(["*- generated keras inference file: seen.json -*"])


def test_a_file_that_cannot_be_written_fails_no_run(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one():\n    pass\n")
    pytester.mkdir("folder")
    result = pytester.runpytest("--keras-inference-json=folder")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["*- cannot write keras inference file: *folder*"])


@pytest.mark.backend("jax")
def test_workers_of_xdist_observe_the_same(
    with_model: pytest.Pytester,
    in_backend: Callable[..., pytest.RunResult],
    section: Callable[[pytest.RunResult], str],
) -> None:
    """JAX starts the fastest."""
    with_model.makeini("[pytest]\nkeras_inference_threshold = 3\npythonpath = .\n")
    with_model.makepyfile(test_seen=TESTS, steps=STEPS)
    result = in_backend("jax", "-n", "2", "--keras-inference-json=seen.json")
    result.assert_outcomes(passed=3)
    assert section(result).splitlines()[:2] == [
        "steps.py:6 predict: 4 calls of 1 row, T",  # a worker shares its processor, and measures nothing
        "    KI202 predict-per-step: the same model, a few rows at a time",
    ]
    seen = json.loads(Path(with_model.path, "seen.json").read_text(encoding="utf-8"))
    assert {one["location"]["row"]: one["calls"] for one in seen["observations"]} == {6: 4, 12: 4, 16: 1}
    assert seen["backend"] == "jax"


def test_reports_of_the_checks_are_in_the_file(with_model: pytest.Pytester) -> None:
    with_model.makepyfile(
        """
        import pytest
        from pytest_keras_inference.session import fixtures


        class Report:
            def to_dict(self):
                return {"ok": True, "worst": float("nan")}


        def test_modes(mode_check, monkeypatch):
            from pytest_keras_inference.modes import check as modes
            monkeypatch.setattr(modes, "check_modes", lambda model, x: Report())
            mode_check(None, None)
        """
    )
    with_model.runpytest("--keras-inference-json=seen.json").assert_outcomes(passed=1)
    seen = json.loads(Path(with_model.path, "seen.json").read_text(encoding="utf-8"))
    (report,) = seen["reports"]
    assert report["check"] == "mode_check"
    assert report["test"].endswith("::test_modes")
    assert report["report"] == {"ok": True, "worst": "nan"}


def test_counts_survive_the_way_to_the_controller() -> None:
    sites = SiteCalls(CallSite("a.py", 1, 2, 3, 4, "f"), "predict", "Model 'm'", "t", calls=3, min_rows=1, max_rows=2)
    assert SiteCalls.from_dict(json.loads(json.dumps(sites.to_dict()))) == sites


def test_plain_values() -> None:
    import numpy as np

    given = {"a": np.float32(0.5), 1: (np.int64(2), None, True), "inf": float("inf"), "other": Path("x")}
    assert plain(given) == {"a": 0.5, "1": [2, None, True], "inf": "inf", "other": "x"}
