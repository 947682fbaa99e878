"""Where tf_keras differs from Keras 3: training reaches every layer, written flags count, seeds live elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pytest_keras_inference import check_modes, check_parity
from pytest_keras_inference.modes.check import ModeReport

keras = pytest.importorskip("tf_keras")
layers = keras.layers
ROWS = np.arange(12, dtype="float32").reshape(4, 3) / 4


@pytest.fixture(autouse=True)
def seeded() -> None:
    keras.utils.set_random_seed(5)


def found(report: ModeReport) -> list[str]:
    return [layer.path for layer in report.layers]


def test_layers_statistics_and_the_bare_call_are_reported() -> None:
    flip, norm = layers.RandomFlip(name="flip"), layers.BatchNormalization(name="norm")
    model = keras.Sequential([keras.Input((6, 6, 3)), flip, norm], name="net")
    report = check_modes(model, np.random.default_rng(0).normal(size=(4, 6, 6, 3)))
    assert report.keras.startswith("tf_keras 2")
    assert found(report) == ["net/flip", "net/norm"]
    assert [(layer.fit, layer.predict, layer.bare) for layer in report.layers] == [
        (True, False, True),
        (True, False, False),
    ]
    assert [path.rsplit("/", 1)[-1] for path in report.layers[1].state] == ["moving_mean:0", "moving_variance:0"]


def test_training_reaches_the_layers_of_a_model_whose_call_does_not_take_it() -> None:
    class Deaf(keras.Model):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__(name="deaf")
            self.drop = layers.Dropout(0.5, name="drop")

        def call(self, x: Any) -> Any:
            return self.drop(x)

    report = check_modes(Deaf(), ROWS)
    assert [(layer.path, layer.fit) for layer in report.layers] == [("deaf/drop", True)]
    assert not report.notes


def test_a_training_flag_written_into_the_graph_counts() -> None:
    x = keras.Input((3,))
    model = keras.Model(x, layers.Dropout(0.5, name="always")(x, training=True), name="net")
    report = check_modes(model, ROWS)
    assert not report.notes
    assert [(layer.path, layer.predict) for layer in report.layers] == [("net/always", True)]
    assert report.noise_layer == "net/always"


def test_a_stateful_rnn_is_told_as_state() -> None:
    memory = layers.LSTM(2, stateful=True, name="memory")
    model = keras.Sequential([keras.Input((3, 1), batch_size=4), memory], name="net")
    report = check_modes(model, ROWS[:, :, None])
    assert not report.deterministic
    assert "inference changes memory/Variable:0, and predict carries it on" in str(report)


@pytest.mark.parametrize("seed", [None, 3])
def test_random_layers_go_on_as_if_nothing_had_happened(seed: int | None) -> None:
    def draw(checked: bool) -> Any:
        keras.utils.set_random_seed(11)
        drop = layers.Dropout(0.5, seed=seed)
        flip = layers.RandomFlip(seed=seed)
        model = keras.Sequential([keras.Input((4, 4, 3)), flip, drop])
        x = np.arange(192.0, dtype="float32").reshape(4, 4, 4, 3)
        model(x, training=True)
        if checked:
            check_modes(model, x)
        return model(x, training=True).numpy()

    np.testing.assert_array_equal(draw(True), draw(False))


def test_ways_of_calling_agree() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.Dropout(0.5)], name="net")
    assert check_parity(model, ROWS).ok
