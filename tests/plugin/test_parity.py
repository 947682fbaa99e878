"""What check_parity says about predict, predict_on_batch and direct calls of one model."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from pytest_keras_inference import check_parity, watch_predicts
from pytest_keras_inference.modes.parity import ParityError, ParityReport

BACKEND = keras.backend.backend()
ROWS = np.arange(12, dtype="float32").reshape(6, 2)


class Center(layers.Layer):
    """Takes the mean of the batch away: rows influence each other."""

    def call(self, x: Any) -> Any:
        return x - keras.ops.mean(x, axis=0, keepdims=True)


class Brighten(layers.Layer):
    """Trains unless it is told otherwise, as the augmentation layers of Keras do."""

    def call(self, x: Any, training: bool = True) -> Any:
        return x + 5.0 if training else x


class Flip(keras.Model):
    """Flips at random in every mode, because `call` takes no `training`."""

    def __init__(self) -> None:
        super().__init__(name="flip")
        self.flip = layers.RandomFlip("horizontal", seed=1, name="random")

    def call(self, x: Any) -> Any:
        return self.flip(x)


class Doubling(keras.Model):
    """Does more in predict than in a direct call."""

    def __init__(self) -> None:
        super().__init__(name="doubling")
        self.same = layers.Identity()

    def call(self, x: Any) -> Any:
        return self.same(x)

    def predict_step(self, *args: Any) -> Any:
        result = super().predict_step(*args)
        return (result[0] * 2.0, result[1]) if isinstance(result, tuple) else result * 2.0


@pytest.fixture(autouse=True)
def seeded() -> None:
    keras.utils.clear_session()
    keras.utils.set_random_seed(5)


def failure(model: Any, x: Any, **options: Any) -> ParityReport:
    with pytest.raises(ParityError) as error:
        check_parity(model, x, **options)
    assert str(error.value) == str(error.value.report)
    return error.value.report


def text_of(report: ParityReport) -> str:
    return re.sub(r"Keras [\d.]+ on \w+", "KERAS", str(report))


def test_a_model_whose_ways_agree_passes() -> None:
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3), layers.Dropout(0.5)], name="net")
    assert text_of(check_parity(model, ROWS)) == (
        "Sequential 'net': every way of calling agrees (6 rows, KERAS)\n"
        "  model(x, training=False)  reference\n"
        "  predict(x, batch_size=1)  agrees\n"
        "  predict(x, batch_size=6)  agrees\n"
        "  predict_on_batch(x)       agrees\n"
        "  model(x)                  agrees"
    )


def test_rows_that_influence_each_other() -> None:
    model = keras.Sequential([keras.Input((2,)), layers.Rescaling(2.0), Center(name="center")], name="net")
    assert text_of(failure(model, ROWS, batch_sizes=(1, None))) == (
        "Sequential 'net': ways of calling disagree (6 rows, KERAS)\n"
        "  model(x, training=False)  reference\n"
        "  predict(x, batch_size=1)  output[0, 0] differs by 10 (0 here, -10 in the reference); "
        "12 of 12 values differ\n"
        "  predict(x, batch_size=6)  agrees\n"
        "  predict_on_batch(x)       agrees\n"
        "  model(x)                  agrees\n"
        "  because rows of a batch influence each other in net/center (Center): its output depends on the batch size"
    )


def test_a_predict_step_of_its_own() -> None:
    assert text_of(failure(Doubling(), ROWS, batch_sizes=(None,))) == (
        "Doubling 'doubling': ways of calling disagree (6 rows, KERAS)\n"
        "  model(x)                  reference\n"
        "  predict(x, batch_size=6)  output[5, 1] differs by 11 (22 here, 11 in the reference); "
        "11 of 12 values differ\n"
        "  predict_on_batch(x)       output[5, 1] differs by 11 (22 here, 11 in the reference); "
        "11 of 12 values differ\n"
        "  because Doubling defines its own `predict_step`"
    )


def test_random_inference() -> None:
    report = failure(Flip(), np.arange(90.0).reshape(10, 3, 3, 1), batch_sizes=(1,))
    assert [cause.text for cause in report.causes] == [
        "inference is random: flip/random (RandomFlip, which runs in training mode)"
    ]


def test_state_that_inference_keeps() -> None:
    class Counter(layers.Layer):
        def build(self, shape: Any) -> None:
            self.count = self.add_weight(name="count", shape=(), initializer="zeros", trainable=False)

        def call(self, x: Any) -> Any:
            self.count.assign(self.count + 1.0)
            return x * self.count

    counter = Counter(name="counter")
    report = failure(keras.Sequential([keras.Input((2,)), counter], name="net"), ROWS)
    by_way = {way.way: way for way in report.ways}
    assert not by_way["predict(x, batch_size=1)"].agrees
    assert by_way["predict_on_batch(x)"].agrees, "each way starts from the same state"
    assert report.causes[0].code == "state"
    assert report.causes[0].text == (
        f"inference changes {counter.count.path}: a later batch starts from what an earlier one left. "
        "Call `reset_states()` of that layer between calls"
    )


class TestOneBatchSize:
    """A model that takes one number of rows is compared at that number, and the report says so."""

    NOTE = "the model takes batches of exactly 6 rows: other batch sizes are left out"

    @pytest.mark.parametrize(
        "model",
        [
            lambda: [keras.Input((2, 1), batch_size=6), layers.SimpleRNN(2, stateful=True)],
            lambda: [keras.Input(batch_shape=(6, 2, 1)), layers.Flatten(), layers.Dense(1)],
            lambda: [layers.GRU(2, stateful=True)],
        ],
        ids=["stateful", "fixed", "built_by_its_first_call"],
    )
    def test_only_that_size_is_used(self, model: Callable[[], list[Any]]) -> None:
        report = check_parity(keras.Sequential(model(), name="net"), ROWS[:, :, None])
        assert [way.way for way in report.ways if way.required] == ["predict(x, batch_size=6)", "predict_on_batch(x)"]
        assert report.notes == (self.NOTE,)
        assert f"note: {self.NOTE}" in str(report)

    def test_of_more_rows_the_first_are_taken(self) -> None:
        model = keras.Sequential([keras.Input(batch_shape=(4, 2)), layers.Dense(1)])
        assert check_parity(model, ROWS).rows == 4

    def test_fewer_rows_are_refused(self) -> None:
        model = keras.Sequential([keras.Input(batch_shape=(8, 2)), layers.Dense(1)])
        with pytest.raises(ValueError, match="x has 6 rows, and the model takes batches of exactly 8"):
            check_parity(model, ROWS)

    def test_any_size_is_the_rule(self) -> None:
        model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
        assert check_parity(model, ROWS).notes == ()


def test_the_model_still_predicts_after_a_way_that_raised() -> None:
    class Sometimes(keras.Sequential):
        fails = True

        def predict_step(self, *data: Any) -> Any:
            if self.fails:
                raise ValueError("not now")
            return super().predict_step(*data)

    model = Sometimes([keras.Input((2,)), layers.Dense(2)])
    weights = [weight.copy() for weight in model.get_weights()]
    failure(model, ROWS)
    model.fails = False
    assert model.predict(ROWS, verbose=0).shape == (6, 2)
    for before, after in zip(weights, model.get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_a_bare_call_that_trains_is_shown_and_does_not_fail() -> None:
    model = keras.Sequential([keras.Input((2,)), Brighten(name="light")], name="net")
    assert text_of(check_parity(model, ROWS, batch_sizes=(None,))) == (
        "Sequential 'net': every way of calling agrees (6 rows, KERAS)\n"
        "  model(x, training=False)  reference\n"
        "  predict(x, batch_size=6)  agrees\n"
        "  predict_on_batch(x)       agrees\n"
        "  model(x)                  output[0, 0] differs by 5 (5 here, 0 in the reference); 12 of 12 values differ\n"
        "  because model(x) runs net/light (Brighten, whose default is training=True) in training mode: "
        "write `model(x, training=False)` for inference"
    )


def test_differences_of_rounding_are_called_that() -> None:
    model = keras.Sequential([keras.Input((64,)), layers.Dense(64), layers.Dense(1)])
    x = np.random.default_rng(0).normal(size=(50, 64)).astype("float32") * 1000
    report = None
    try:
        report = check_parity(model, x, batch_sizes=(1, 7), atol=0.0, rtol=0.0)
    except ParityError as error:
        report = error.report
    # Whether sums are added in another order depends on the machine; if they are, it is no other cause.
    assert {cause.code for cause in report.causes} <= {"rounding"}
    assert report.ok == (not report.causes)


def test_the_worst_of_several_outputs_is_named() -> None:
    x = keras.Input((2,))
    model = keras.Model(x, {"plain": layers.Identity()(x), "centered": Center()(x)}, name="net")
    report = failure(model, ROWS, batch_sizes=(1,))
    difference = report.ways[0].difference
    assert difference is not None
    assert (difference.output, difference.index) == ("output['centered']", (0, 0))


def test_a_report_is_plain_data_too() -> None:
    data = json.loads(json.dumps(failure(Doubling(), ROWS, batch_sizes=(None,)).to_dict()))
    assert data["ok"] is False
    assert [way["way"] for way in data["ways"]] == ["predict(x, batch_size=6)", "predict_on_batch(x)"]
    assert data["ways"][0]["difference"]["index"] == [5, 1]
    assert data["causes"] == [{"code": "own-predict-step", "text": "Doubling defines its own `predict_step`"}]


def test_what_cannot_be_compared_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="check_parity needs a model with predict, got the layer Dense"):
        check_parity(layers.Dense(1), ROWS)
    with pytest.raises(ValueError, match=re.escape("batch_sizes=(0,): a batch has at least one row, or is None")):
        check_parity(Doubling(), ROWS, batch_sizes=(0,))


def test_weights_and_seeds_are_left_as_found() -> None:
    model = keras.Sequential([keras.Input((3, 3, 1)), layers.RandomFlip(seed=1), layers.BatchNormalization()])
    before = [np.array(variable.numpy()) for variable in model.variables]
    check_parity(model, np.arange(90.0).reshape(10, 3, 3, 1))
    for variable, value in zip(model.variables, before, strict=True):
        assert variable.numpy().tobytes() == value.tobytes(), variable.path


def test_the_calls_of_a_check_are_nobodys_predict_calls() -> None:
    with watch_predicts() as watched:
        check_parity(keras.Sequential([keras.Input((2,)), layers.Dense(1)]), ROWS)
    assert watched.sites == []


@pytest.mark.skipif(BACKEND != "tensorflow", reason="once is enough")
def test_the_fixture_fails_the_test_with_the_message(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import keras, numpy as np

        class Center(keras.layers.Layer):
            def call(self, x):
                return x - keras.ops.mean(x, axis=0, keepdims=True)

        def test_it_does_not_matter_how_it_is_called(predict_parity):
            predict_parity(keras.Sequential([keras.Input((3,)), Center(name="center")], name="net"), np.eye(3))
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*Sequential 'net': ways of calling disagree*",
            "*because rows of a batch influence each other in net/center (Center): its output depends on the batch*",
        ]
    )
