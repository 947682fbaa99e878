"""The plugin's own tests: pytest run under pytest.

The outer process runs TensorFlow, because KERAS_BACKEND holds for a whole process; tests marked `backend("jax")` or
`backend("torch")` start subprocesses. A backend that is missing fails under CI=true and is skipped elsewhere.
"""

from __future__ import annotations

import os
from importlib import metadata, util
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

ROOT = Path(__file__).resolve().parents[2]
_INSTALLED = any(entry.value == "pytest_keras_inference.plugin" for entry in metadata.entry_points(group="pytest11"))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "backend(name): needs this Keras backend; missing is a failure under CI=true")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("backend"):
        (name,) = mark.args
        if util.find_spec(name) is None:
            message = f"the {name} backend is not installed: pip install {name}"
            if os.environ.get("CI", "").lower() in {"1", "true"}:
                pytest.fail(message, pytrace=False)
            pytest.skip(message)


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
