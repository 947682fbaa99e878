"""The hooks, options, markers and fixtures that pytest sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_keras_inference.fixtures import GradientCheck, InferenceCost, ModeCheck, PredictParity


def _keep(name: str, report: Any) -> None:
    """Reports are kept once the page and the JSON file ask for them."""


@pytest.fixture
def gradient_check() -> GradientCheck:
    """Fails on None, all-zero, NaN and infinite gradients and says why: gradient_check(model, x, y, loss=...)."""
    from pytest_keras_inference.fixtures import GradientCheck

    return GradientCheck(_keep)


@pytest.fixture
def mode_check() -> ModeCheck:
    """Compares a model in training, inference and bare calls: mode_check(model, x) returns a ModeReport."""
    from pytest_keras_inference.fixtures import ModeCheck

    return ModeCheck(_keep)


@pytest.fixture
def predict_parity() -> PredictParity:
    """Compares predict with the direct call and other batch sizes: predict_parity(model, x)."""
    from pytest_keras_inference.fixtures import PredictParity

    return PredictParity(_keep)


@pytest.fixture
def inference_cost() -> InferenceCost:
    """Measures the ways of calling a model over batch sizes: inference_cost(model, sample) returns a CostReport."""
    from pytest_keras_inference.fixtures import InferenceCost

    return InferenceCost(_keep)
