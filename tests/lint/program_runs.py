"""Programs that are checked, fixed, and run both ways on real Keras models: what the tests of fixes share.

Every program makes its own models, so that the analysis sees them, and leaves what it computed in `result`.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lint_rules import check_source
from lint_rules.fixes.apply.apply import FixedFile, fix_text

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
np = pytest.importorskip("numpy")
tf = pytest.importorskip("tensorflow")
keras = pytest.importorskip("keras")
if keras.backend.backend() != "tensorflow":
    pytest.skip("the programs use TensorFlow", allow_module_level=True)

PRELUDE = """\
import keras
import numpy as np
import tensorflow as tf

keras.utils.set_random_seed(7)
model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2, activation="softmax")])
xs = np.random.default_rng(3).normal(size=(6, 3)).astype("float32")
"""


@dataclass(frozen=True)
class Program:
    """`rule` finds something in `code`, and nothing more once it is fixed; `calls` are those of predict before and
    after. `holds` are texts that the fixed code must have."""

    name: str
    rule: str
    code: str
    safe: bool = False
    calls: tuple[int, int] | None = None
    holds: tuple[str, ...] = ()
    left: int = 0


def fixed(folder: Path, code: str, rule: str, *, unsafe: bool) -> FixedFile:
    """The file after all its fixes, judged anew in every round."""
    path = folder / "program.py"
    return fix_text(path, code, lambda at, text: check_source(text, str(at), select=[rule], fixes=True), unsafe=unsafe)


def run(code: str, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, Any], int]:
    """What the program leaves behind, and how often it called predict."""
    calls = 0
    predict = keras.Model.predict

    def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        return predict(self, *args, **{"verbose": 0, **kwargs})

    scope: dict[str, Any] = {"__name__": "program"}
    with monkeypatch.context() as patched:
        patched.setattr(keras.Model, "predict", counted)
        patched.setattr(keras.datasets.mnist, "load_data", digits)
        exec(compile(code, "program.py", "exec"), scope)
    return scope, calls


def digits() -> Any:
    """As many random images as a test needs, in the shape of MNIST."""
    images = np.random.default_rng(5).integers(0, 255, (40, 28, 28)).astype("uint8")
    return (images, np.zeros(40)), (images[:20] / 255.0, np.zeros(20))


def same(one: Any, other: Any) -> None:
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert list(one) == list(other)
        one, other = list(one.values()), list(other.values())
    if isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            same(left, right)
    elif isinstance(one, str):
        assert one == other
    else:
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=1e-4, atol=1e-5)
