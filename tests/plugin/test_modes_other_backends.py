"""Modes of every layer and cost on JAX and torch: the same tests, in one subprocess a backend.

Those of test_modes.py and test_parity.py run with `--only-backend`, in environments that have one backend.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = ("test_modes_every_layer.py", "test_cost.py")


@pytest.mark.parametrize(
    "backend",
    [pytest.param("jax", marks=pytest.mark.backend("jax")), pytest.param("torch", marks=pytest.mark.backend("torch"))],
)
def test_the_same_holds_on(backend: str, tmp_path: Path) -> None:
    environment = os.environ | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "-1"}
    environment.pop("PYTEST_XDIST_WORKER", None)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore", f"--basetemp={tmp_path / 'inner'}"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *(str(HERE / name) for name in FILES)],
        env=environment,
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
