"""The plugin's own tests: pytest run under pytest.

The outer process runs TensorFlow, because KERAS_BACKEND holds for a whole process; tests marked `backend("jax")` or
`backend("torch")` start subprocesses.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest

# pytester forgets what an inner run imported, but packages keep it as attributes: import it before all of them
from pytest_keras_inference.report import (
    html,  # noqa: F401
    record,  # noqa: F401
    summary,  # noqa: F401
)
from pytest_keras_inference.session import (
    allow,  # noqa: F401
    fixtures,  # noqa: F401
    lint_items,  # noqa: F401
    wholerun,  # noqa: F401
)
from pytest_keras_inference.watching import tapes  # noqa: F401

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

ROOT = Path(__file__).resolve().parents[2]
_INSTALLED = any(entry.value == "pytest_keras_inference.plugin" for entry in metadata.entry_points(group="pytest11"))


@pytest.fixture(autouse=True)
def plugin_in_inner_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every pytest that a test starts, in-process or not, loads the plugin of this working copy."""
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.syspath_prepend(str(ROOT))
    if not _INSTALLED:
        monkeypatch.setenv("PYTEST_PLUGINS", "pytest_keras_inference.plugin")


@pytest.fixture(scope="session")
def keras_in_process() -> None:
    """Imports keras in the outer process, which in-process pytester runs need: they must not import it twice."""
    import keras  # noqa: F401


@pytest.fixture
def with_model(pytester: pytest.Pytester, keras_in_process: None) -> pytest.Pytester:
    """A folder whose tests have `model` (three inputs, two outputs, one model for the run) and `x` (one row)."""
    pytester.makeconftest(MODEL_CONFTEST)
    return pytester


MODEL_CONFTEST = """
import keras
import numpy as np
import pytest


@pytest.fixture(scope="session")
def model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="policy")
    model.compile(loss="mse")
    return model


@pytest.fixture
def x():
    return np.ones((1, 3), "float32")
"""


@pytest.fixture
def in_backend(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[..., pytest.RunResult]:
    """Runs pytest in a subprocess whose Keras backend is the first argument."""

    def run(backend: str, *args: str) -> pytest.RunResult:
        monkeypatch.setenv("KERAS_BACKEND", backend)
        return pytester.runpytest_subprocess(*args)

    return run


_RATIO = re.compile(r"[0-9][0-9,]*x faster")
_FIGURE = re.compile(r"[0-9][0-9,.]* m?s\b")


def steady(text: str) -> str:
    """A message with its measured times and ratios replaced by `T` and `N`, for comparison with an expected text."""
    return _RATIO.sub("Nx faster", _FIGURE.sub("T", text))


@pytest.fixture
def section() -> Callable[[pytest.RunResult], str]:
    """The "keras inference" section of a run, times replaced by `T`; empty if there is none."""

    def read(result: pytest.RunResult) -> str:
        lines = result.stdout.lines
        starts = [row for row, line in enumerate(lines) if line.strip("= ") == "keras inference" and "=" in line]
        if not starts:
            return ""
        rest = lines[starts[0] + 1 :]
        end = next((row for row, line in enumerate(rest) if line.startswith(("=", "--- generated"))), len(rest) - 1)
        return steady("\n".join(rest[:end])).strip()

    return read


@pytest.fixture
def message() -> Callable[[pytest.RunResult], str]:
    """The E lines of a failed run, or its failure text where there is no traceback, times replaced by `T`."""

    def read(result: pytest.RunResult) -> str:
        lines = [line[1:].removeprefix(" " * 7).rstrip() for line in result.stdout.lines if line.startswith("E   ")]
        return steady("\n".join(line.strip("\n") for line in lines))

    return read
