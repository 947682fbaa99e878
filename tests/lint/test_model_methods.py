"""The table of a Keras model's methods says what the installed Keras 3 and Keras 2 have."""

from __future__ import annotations

import importlib
import inspect
from functools import cache
from typing import Any

import pytest

from lint_rules.semantics.knowledge.model_methods import METHODS, Method, Runs

np = pytest.importorskip("numpy")


@cache
def model_of(package: str) -> Any:
    keras = importlib.import_module(package)
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])
    model.compile("sgd", "mse")
    return model


@pytest.fixture(scope="module", params=[pytest.param(p, marks=pytest.mark.backend(p)) for p in ("keras", "tf_keras")])
def model(request: pytest.FixtureRequest) -> Any:
    return model_of(request.param)


def parameters_of(model: Any, method: Method) -> list[str]:
    return list(inspect.signature(getattr(model, method.name)).parameters)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
class TestEachMethod:
    def test_it_is_there_in_the_versions_that_are_said_to_have_it(self, method: Method) -> None:
        assert hasattr(model_of("keras"), method.name) == method.in_keras_3

    def test_the_place_of_its_steps(self, model: Any, method: Method) -> None:
        if method.steps is not None and hasattr(model, method.name):
            assert parameters_of(model, method)[method.steps] == "steps"

    def test_its_own_keywords_are_its_parameters_in_one_version(self, method: Method) -> None:
        there = (
            {name for package in ("keras", "tf_keras") for name in parameters_of(model_of(package), method)}
            if (method.own)
            else set()
        )
        assert method.own - {"nb_epoch"} <= there  # Keras 1 called the epochs so

    def test_it_takes_all_that_it_takes(self, model: Any, method: Method) -> None:
        if method.takes:
            assert set(parameters_of(model, method)) - {"kwargs"} <= method.takes

    def test_what_changes_weights_does(self, model: Any, method: Method) -> None:
        if not hasattr(model, method.name) or method.from_generator or method.runs is None:
            return
        x, y = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")
        before = model.get_weights()
        getattr(model, method.name)(*((x,) if method.runs is Runs.PREDICTIONS else (x, y)))
        changed = any((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))
        assert changed == (method.runs is Runs.TRAINING)
