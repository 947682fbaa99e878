"""What holds on TensorFlow holds on JAX and torch. KERAS_BACKEND is read once: each backend has a process of its own.

Gradients, programs that train, modes, cost and twins of layers: one test in `SHARE` of them, others with every commit;
EVERYTHING=true takes all. `.ci/run` takes all of gradients_on_*.py in an environment that has one backend.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
FILES = ("test_adapters.py", "test_cost.py", "test_every_twin.py", "test_modes_every_layer.py")
SHARE = 8
LEAST = 12
"""Tests that a run takes at least."""


@pytest.mark.parametrize("backend", [pytest.param(name, marks=pytest.mark.backend(name)) for name in ("jax", "torch")])
def test_the_same_holds_on(backend: str, tmp_path: Path) -> None:
    devices = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    environment = os.environ | devices | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "-1"}
    environment.pop("PYTEST_XDIST_WORKER", None)
    options = ["-q", "--tb=short", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore"]
    paths = [*HERE.glob(f"*_on_{backend}.py"), *(HERE / name for name in FILES)]
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", *options, f"--basetemp={tmp_path / 'inner'}"),
            *("--only-backend", backend, "--one-in", str(SHARE), *map(str, sorted(paths))),
        ],
        env=environment,
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= LEAST
