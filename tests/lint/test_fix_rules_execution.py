"""Rules and their fixes, end to end: a program is checked, fixed until nothing is left to fix, and run both ways.

Every program makes its own models, so that the analysis sees them, and leaves what it computed in `result`.
"""

from __future__ import annotations

import ast
import os
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lint_rules import check_source
from lint_rules.fixes.apply import FixedFile, fix_text

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
        exec(compile(code, "program.py", "exec"), scope)
    return scope, calls


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


BATCHED = [
    Program(
        "helper that is one expression",
        "KI201",
        """
        def embed(x):
            return model.predict(x[None])[0]

        result = [embed(x) for x in xs]
        """,
        calls=(6, 1),
        holds=("def embed(all_x):", "result = embed(xs)"),
    ),
    Program(
        "helper with statements, types and a docstring",
        "KI201",
        '''
        def classify(image: np.ndarray) -> int:
            """The class of an image."""
            scaled = image / 2.0  # as in training
            scaled = np.expand_dims(scaled, 0)

            scores = model.predict(scaled)
            best = int(np.argmax(scores))
            return best

        result = []
        for x in xs:
            result.append(classify(x))
        ''',
        calls=(6, 1),
        holds=(
            "def classify(images: list[np.ndarray]) -> list[int]:",
            "# as in training",
            "result.extend(classify(xs))",
        ),
    ),
    Program(
        "helper whose caller computes its argument",
        "KI201",
        """
        def score(x):
            return float(model.predict(x[None])[0, 0])

        result = [round(score(x * 2), 4) for x in xs if x[0] > 0]
        """,
        calls=(2, 1),
        holds=("score([x * 2 for x in xs if x[0] > 0])",),
    ),
    Program(
        "helper whose caller goes on with the result",
        "KI201",
        """
        def score(x):
            return model.predict(x[None])[0]

        result = []
        for x in xs[:4]:
            best = np.argmax(score(x))
            result.append((x.sum(), best))
        """,
        calls=(4, 1),
        holds=("for x, one_result in zip(xs[:4], score(xs[:4])):",),
    ),
    Program(
        "method that is a helper",
        "KI201",
        """
        class Ranker:
            def __init__(self):
                self.model = model

            def rank(self, image):
                image = image + 1
                return self.model.predict(image[None])[0]

            def all(self, images):
                return [self.rank(image) for image in images]

        result = Ranker().all(xs)
        """,
        calls=(6, 1),
        holds=("return self.rank(images)",),
    ),
    Program(
        "mapped lambda",
        "KI201",
        "result = list(map(lambda x: model.predict(x[None])[0], xs))",
        calls=(6, 1),
        holds=("result = list(model.predict(np.stack(xs)))",),
    ),
    Program(
        "mapped lambda that computes",
        "KI201",
        "result = list(map(lambda x: int(np.argmax(model.predict(x[None]))) + 1, xs))",
        calls=(6, 1),
    ),
    Program(
        "no known shape: the cheaper call, safely",
        "KI201",
        """
        result = []
        for x in xs:
            if x[0] > 0:
                result.append(model.predict(x[None], verbose=0)[0])
        """,
        safe=True,
        calls=(2, 0),
        holds=("model.predict_on_batch(x[None])[0]",),
        left=1,
    ),
]

STEPS = [
    Program(
        "step loop",
        "KI202",
        """
        state = np.zeros((1, 3), "float32")
        result = []
        while len(result) < 4:
            probabilities = model.predict(state, verbose=0)
            result.append(probabilities)
            state = np.concatenate([state[:, 1:], probabilities[:, :1]], axis=1)
        """,
        safe=True,
        calls=(4, 0),
        holds=("model.predict_on_batch(state)",),
    ),
]


@pytest.mark.parametrize("program", [*BATCHED, *STEPS], ids=lambda program: f"{program.rule} {program.name}")
def test_the_fixed_program_computes_the_same(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + textwrap.dedent(program.code).lstrip("\n")
    result = fixed(tmp_path, code, program.rule, unsafe=not program.safe)
    assert [each.code for each in result.applied][:1] == [program.rule]
    assert len(result.remaining) == program.left, result.after
    ast.parse(result.after)
    for text in program.holds:
        assert text in result.after, result.after
    assert not fixed(tmp_path, result.after, program.rule, unsafe=not program.safe).changed
    before, calls = run(code, monkeypatch)
    after, fewer = run(result.after, monkeypatch)
    same(before["result"], after["result"])
    if program.calls is not None:
        assert (calls, fewer) == program.calls
