"""`gradient_check` on torch and JAX. KERAS_BACKEND holds for a process: each backend runs in one of its own.

What is tested stands in gradients_on_torch.py and gradients_on_jax.py, and for programs that train in ways_on_torch.py
and ways_on_jax.py.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def count_of_tests(paths: list[Path]) -> int:
    """How many test functions files define; parametrised ones run more often."""
    return sum(
        isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for path in paths
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    )


@pytest.mark.parametrize(
    "backend",
    [pytest.param("torch", marks=pytest.mark.backend("torch")), pytest.param("jax", marks=pytest.mark.backend("jax"))],
)
def test_causes_and_messages(backend):
    paths = sorted(HERE.glob(f"*_on_{backend}.py"))
    devices = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--tb=short",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            *map(str, paths),
        ],
        env={**os.environ, **devices, "KERAS_BACKEND": backend, "PYTHONWARNINGS": "ignore"},
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) >= count_of_tests(paths)
    assert "skipped" not in done.stdout
