"""The causes that `gradient_check` names are the true ones: see broken_twins.py, which runs once for each backend.

A run takes a sample that changes with the commit, of the layers that are known to be right on every backend.
EVERY_TWIN=true takes all layers, three quarters of an hour of processor time, and then asks for 98 in 100;
`python tests/plugin/broken_twins.py --applications` looks at keras.applications.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sampling import seed

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EVERY = os.environ.get("EVERY_TWIN", "").lower() in {"1", "true"}
SAMPLE = {"tensorflow": 4, "jax": 2, "torch": 6}
"""Layers; on JAX each takes the longest."""


@pytest.mark.parametrize("backend", [pytest.param(name, marks=pytest.mark.backend(name)) for name in SAMPLE])
def test_what_is_told_of_sound_and_broken_models_is_so(backend: str) -> None:
    chosen = ["--all"] if EVERY else ["--sample", str(SAMPLE[backend]), seed()]
    done = subprocess.run(
        [sys.executable, str(HERE / "broken_twins.py"), *chosen],
        env=os.environ | {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "-1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    print(done.stdout)
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["backend"] == backend
    assert told["cases"] >= 10 * SAMPLE[backend]
    allowed = 0.02 * told["cases"] if EVERY else 0
    assert len(told["wrong"]) <= allowed, done.stdout
