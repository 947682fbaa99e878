"""What the settings tell of code that the analysis cannot see changes what is found."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from lint_rules.cli import main

CASES = {
    "model-factories": (
        'model-factories = ["mylib.build_network"]',
        """
        from mylib import build_network

        model = build_network()
        scores = [model.predict(x[None]) for x in xs]
        """,
        ["KI201"],
    ),
    "model-attributes": (
        'model-attributes = ["Service.model"]',
        """
        import keras
        from mylib import registry

        class Service:
            def __init__(self):
                self.model = registry["current"]

            def score(self, xs):
                return [self.model.predict(x[None]) for x in xs]
        """,
        ["KI201"],
    ),
    "step-functions": (
        'step-functions = ["Agent.act"]',
        """
        import keras

        class Agent:
            def __init__(self):
                self.model = keras.Sequential([keras.layers.Dense(2)])

            def act(self, state):
                return self.model.predict(state[None])
        """,
        ["KI202"],
    ),
    "traced-decorators": (
        'traced-decorators = ["mylib.compiled"]',
        """
        import keras
        from mylib import compiled

        model = keras.Sequential([keras.layers.Dense(2)])

        @compiled
        def loss(x):
            return model.predict(x)
        """,
        ["KI102"],
    ),
}


def check(folder: Path, settings: str, code: str, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """The codes found in one module under some settings."""
    (folder / "pyproject.toml").write_text(f"[tool.keras-inference]\n{settings}\n", encoding="utf-8")
    (folder / "module.py").write_text(textwrap.dedent(code), encoding="utf-8")
    main(["check", str(folder), "--output-format", "json"])
    return [found["code"] for found in json.loads(capsys.readouterr().out)]


@pytest.mark.parametrize("key", CASES)
def test_what_is_told_is_found(key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings, code, wanted = CASES[key]
    assert check(tmp_path, settings, code, capsys) == wanted


@pytest.mark.parametrize("key", CASES)
def test_without_being_told_nothing_is_found(key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, "", CASES[key][1], capsys) == []


LOOP = """
import keras

model = keras.Sequential([keras.layers.Dense(2)])
scores = [model.predict(x[None]) for x in xs]
"""


def test_not_models_are_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path, "", LOOP, capsys) == ["KI201"]
    assert check(tmp_path, 'not-models = ["keras.Sequential"]', LOOP, capsys) == []


@pytest.mark.parametrize(("backend", "words"), [("tensorflow", "500-600"), ("jax", "17-119"), ("torch", "47-88")])
def test_the_backend_decides_the_figure(
    backend: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[tool.keras-inference]\nbackend = "{backend}"\n', encoding="utf-8")
    (tmp_path / "module.py").write_text(LOOP, encoding="utf-8")
    main(["check", str(tmp_path)])
    assert words in capsys.readouterr().out


@pytest.mark.parametrize(("version", "wanted"), [("2.15", []), ("3.0", ["KI401"])])
def test_the_keras_version_decides_what_was_removed(
    version: str, wanted: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = """
    import keras

    model = keras.Sequential([keras.layers.Dense(2)])
    model.predict(x, workers=4)
    """
    assert check(tmp_path, f'keras-version = "{version}"', code, capsys) == wanted
