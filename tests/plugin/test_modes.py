"""What check_modes says about a model in training, in inference and in a bare call."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from pytest_keras_inference import check_modes, watch_predicts
from pytest_keras_inference.modes.check import ModeError, ModeReport

BACKEND = keras.backend.backend()
ROWS = np.arange(12, dtype="float32").reshape(4, 3) / 4
IMAGES = np.random.default_rng(3).normal(size=(4, 6, 6, 3)).astype("float32")


class Shift(layers.Layer):
    """Adds one in training."""

    def call(self, x: Any, training: bool | None = None) -> Any:
        return x + 1.0 if training else x


class Exported:
    """What `tf.saved_model.load` makes of `model.export(path)`."""

    signatures = ()

    def serve(self, x: Any) -> Any:
        return x


class Noise(layers.Layer):
    """Draws random numbers in both modes: a mistake."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seed = keras.random.SeedGenerator(3)

    def call(self, x: Any) -> Any:
        return x + keras.random.normal(keras.ops.shape(x), seed=self.seed)


class GlobalNoise(layers.Layer):
    """Draws from the generator that belongs to no layer."""

    def call(self, x: Any) -> Any:
        return x + keras.random.normal(keras.ops.shape(x))


class Brighten(layers.Layer):
    """Trains unless it is told otherwise, as the augmentation layers of Keras do."""

    def call(self, x: Any, training: bool = True) -> Any:
        return x + 5.0 if training else x


@pytest.fixture(autouse=True)
def seeded() -> None:
    keras.utils.clear_session()
    keras.utils.set_random_seed(5)


def text_of(report: ModeReport | pytest.ExceptionInfo[ModeError]) -> str:
    """The text with version and backend replaced, for comparison on every backend."""
    text = str(report.value) if isinstance(report, pytest.ExceptionInfo) else str(report)
    return re.sub(r"Keras [\d.]+( on \w+)?", "KERAS", text)


def found(report: ModeReport) -> list[str]:
    return [layer.path for layer in report.layers]


def notes(report: ModeReport) -> dict[str, str]:
    return {note.code: note.text for note in report.notes}


# What it says


def test_a_model_that_trains_otherwise_than_it_infers() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Rescaling(2.0, name="scale"), Shift(name="shift")], name="net")
    report = check_modes(model, ROWS)
    assert text_of(report) == (
        "Sequential 'net', 4 rows, KERAS\n"
        "  training    output[0, 0] differs by 1 (1 in training, 0 in inference); 12 of 12 values differ\n"
        "              it starts at net/shift\n"
        "  inference   is deterministic (3 runs)\n"
        "  model(x)    is inference\n"
        "\n"
        "  layer      class  fit       predict    model(x)   same input, other mode\n"
        "  net/shift  Shift  training  inference  inference  output differs by 1"
    )
    report.assert_outputs_differ()
    report.assert_inference_deterministic()
    report.assert_bare_call_is_inference()
    with pytest.raises(ModeError) as error:
        report.assert_same_outputs()
    assert text_of(error) == (
        "training changes the outputs of Sequential 'net'\n"
        "  output[0, 0] differs by 1 (1 in training, 0 in inference); 12 of 12 values differ\n"
        "  it starts at net/shift\n"
        "\n"
        "  layer      class  fit       predict    model(x)   same input, other mode\n"
        "  net/shift  Shift  training  inference  inference  output differs by 1"
    )
    assert error.value.report is report


def test_a_model_that_does_not_depend_on_the_mode_is_told_in_four_lines() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)], name="net")
    report = check_modes(model, ROWS)
    assert text_of(report) == (
        "Sequential 'net', 4 rows, KERAS\n"
        "  training    returns what inference returns\n"
        "  inference   is deterministic (3 runs)\n"
        "  model(x)    is inference"
    )
    report.assert_same_outputs()
    with pytest.raises(ModeError) as error:
        report.assert_outputs_differ()
    assert text_of(error) == (
        "training and inference return the same for Sequential 'net'\n  no layer of it depends on the mode"
    )


def test_an_augmentation_layer_makes_a_bare_call_something_else_than_inference() -> None:
    model = keras.Sequential([keras.Input((3,)), Brighten(name="light")], name="net")
    report = check_modes(model, ROWS)
    assert not report.bare_call_is_inference
    with pytest.raises(ModeError) as error:
        report.assert_bare_call_is_inference()
    assert text_of(error) == (
        "a bare call of Sequential 'net' is not inference\n"
        "  output[0, 0] differs by 5 (5 in model(x), 0 in inference); 12 of 12 values differ\n"
        "  model(x) runs net/light in training mode: write `model(x, training=False)`\n"
        "\n"
        "  layer      class     fit       predict    model(x)  same input, other mode\n"
        "  net/light  Brighten  training  inference  training  output differs by 5"
    )
    report.assert_inference_deterministic()


def test_random_inference_names_the_layer() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.Dense(3), Noise(name="noise"), layers.Dense(2)], name="net")
    report = check_modes(model, ROWS)
    assert report.noise_layer == "net/noise"
    assert not report.layers, "noise in both modes is no dependence on the mode"
    assert report.training_difference is None, "both modes start from the same seeds"
    with pytest.raises(ModeError) as error:
        report.assert_inference_deterministic()
    lines = text_of(error).splitlines()
    assert lines[0] == "inference of Sequential 'net' is not deterministic"
    assert lines[2] == (
        "  it starts at net/noise: it draws random numbers in inference too: let it do so only `if training`"
    )


@pytest.mark.skipif(BACKEND == "jax", reason="predict on JAX does not carry the states of an RNN")
def test_a_stateful_rnn_is_told_as_state_and_not_as_randomness() -> None:
    cell = layers.LSTM(2, stateful=True, name="memory")
    model = keras.Sequential([keras.Input((3, 1), batch_size=4), cell], name="net")
    report = check_modes(model, ROWS[:, :, None])
    assert not report.layers
    with pytest.raises(ModeError) as error:
        report.assert_inference_deterministic()
    assert text_of(error).splitlines()[2] == (
        "  it starts at net/memory: inference changes net/memory/rnn_state, and predict carries it on from batch to "
        "batch and from call to call: call `reset_states()` of that layer between sequences, or build it without "
        "`stateful=True`"
    )


# Which layer


def test_statistics_that_training_moves_are_listed() -> None:
    model = keras.Sequential([keras.Input((3,)), layers.BatchNormalization(name="norm")], name="net")
    report = check_modes(model, ROWS)
    (layer,) = report.layers
    assert [path.rsplit("/", 1)[-1] for path in layer.state] == ["moving_mean", "moving_variance"]
    assert {change.path.rsplit("/", 1)[-1]: change.moved_by for change in report.state} == {
        "moving_mean": ("training",),
        "moving_variance": ("training",),
    }
    assert "  state       training changes " in str(report)


class TestAveragesThatLag:
    """Moving averages on their way from where they start are told; such that never moved, or have arrived, are not."""

    NOTE = (
        "The averages of net/norm are not settled, so predict differs from training: they have gone {} of the way from "
        "0 and 1, where they start, to the mean and variance of this batch, with which training normalizes. At "
        "momentum={} that takes about {} training steps. Train longer, or set a lower `momentum`."
    )

    @pytest.mark.parametrize(
        ("momentum", "steps", "told"),
        [
            pytest.param(0.99, 0, None, id="never trained"),
            pytest.param(0.99, 3, ("3%", "0.99", "300"), id="three steps"),
            pytest.param(0.9, 10, ("65%", "0.9", "30"), id="on their way"),
            pytest.param(0.5, 2, ("75%", "0.5", "5"), id="soon there"),
            pytest.param(0.9, 60, None, id="settled"),
            pytest.param(0.5, 5, None, id="settled soon"),
        ],
    )
    def test_steps(self, momentum: float, steps: int, told: tuple[str, str, str] | None) -> None:
        norm = layers.BatchNormalization(momentum=momentum, name="norm")
        model = keras.Sequential([keras.Input((3,)), norm, layers.Dense(1)], name="net")
        x = self.data()
        for _ in range(steps):
            model(x, training=True)
        found = notes(check_modes(model, x)).get("averages-not-settled")
        assert found == (None if told is None else self.NOTE.format(*told))

    def test_of_other_data_nothing_is_said(self) -> None:
        norm = layers.BatchNormalization(name="norm")
        x = self.data()
        for _ in range(3):
            norm(x, training=True)
        assert not check_modes(norm, 50 - 10 * x**3).notes

    def test_of_a_model_from_disk(self, tmp_path: Path) -> None:
        model = keras.Sequential([keras.Input((3,)), layers.BatchNormalization(name="norm")], name="net")
        model(self.data(), training=True)
        model.save(tmp_path / "model.keras")
        restored = keras.saving.load_model(tmp_path / "model.keras")
        assert "averages-not-settled" in notes(check_modes(restored, self.data()))

    def data(self) -> Any:
        return np.random.default_rng(0).normal(3, 2, (64, 3)).astype("float32")


def test_dropout_that_is_left_on_would_move_statistics_too() -> None:
    inner = [layers.Dropout(0.5), layers.BatchNormalization(name="norm")]
    model = keras.Sequential([keras.Input((3,)), *inner], name="net")
    warning = "and so does model(x, training=True), as for Monte-Carlo dropout: set `trainable = False`"
    assert warning in str(check_modes(model, ROWS))
    inner[1].trainable = False
    assert warning not in str(check_modes(model, ROWS))


def test_frozen_batch_normalization_does_not_depend_on_the_mode() -> None:
    norm = layers.BatchNormalization()
    norm.trainable = False
    check_modes(keras.Sequential([keras.Input((3,)), norm]), ROWS).assert_same_outputs()
    assert not check_modes(keras.Sequential([keras.Input((3,)), norm]), ROWS).layers


def test_nested_models_are_entered_and_shared_layers_counted() -> None:
    drop = Shift(name="shared")
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(3), drop], name="encoder")
    a, b = keras.Input((3,)), keras.Input((3,))
    model = keras.Model([a, b], layers.Concatenate()([inner(a), inner(b)]), name="siamese")
    report = check_modes(model, [ROWS, ROWS])
    (layer,) = report.layers
    assert (layer.path, layer.calls) == ("siamese/encoder/shared", 2)
    assert report.origin == "siamese/encoder/shared"
    assert "siamese/encoder/shared (2 calls)" in str(report)


def test_the_first_layer_in_execution_order_is_the_origin() -> None:
    model = keras.Sequential(
        [keras.Input((3,)), layers.Dense(3), Shift(name="first"), layers.Dense(3), Shift(name="second")], name="net"
    )
    report = check_modes(model, ROWS)
    assert report.origin == "net/first"
    assert found(report) == ["net/first", "net/second"]


def test_a_layer_with_layers_inside_is_named_only_when_it_acts_itself() -> None:
    class Block(layers.Layer):
        def __init__(self, own: bool, **kwargs: Any) -> None:
            super().__init__(**kwargs)
            self.own = own
            self.dense = layers.Dense(3, name="dense")
            self.shift = Shift(name="shift")

        def call(self, x: Any, training: bool | None = None) -> Any:
            if training and self.own:
                x = x * 3.0
            return self.shift(self.dense(x), training=training)

    passing = keras.Sequential([keras.Input((3,)), Block(False, name="block")], name="net")
    acting = keras.Sequential([keras.Input((3,)), Block(True, name="block")], name="net")
    assert found(check_modes(passing, ROWS)) == ["net/block/shift"]
    assert found(check_modes(acting, ROWS)) == ["net/block/shift", "net/block"]


def test_a_wrapper_is_named_for_what_it_does_and_not_what_it_wraps() -> None:
    model = keras.Sequential(
        [keras.Input((3,)), layers.SpectralNormalization(layers.Dense(2), name="spectral")], name="net"
    )
    report = check_modes(model, ROWS)
    assert found(report) == ["net/spectral"]
    assert report.origin == "net/spectral"


def test_the_layers_in_a_wrapper_are_named_for_what_they_do() -> None:
    rnn = layers.Bidirectional(layers.LSTM(2, dropout=0.5, name="lstm"), name="both")
    report = check_modes(keras.Sequential([keras.Input((3, 1)), rnn], name="net"), ROWS[:, :, None])
    assert found(report) == ["net/both/forward_lstm", "net/both/backward_lstm"]


def test_a_model_that_acts_itself_is_named() -> None:
    class Net(keras.Model):
        def call(self, x: Any, training: bool | None = None) -> Any:
            return x * 2.0 if training else x

    report = check_modes(Net(name="net"), ROWS)
    (layer,) = report.layers
    assert (layer.path, layer.kind, layer.fit, layer.predict) == ("net", "Net", True, False)


@pytest.mark.parametrize("seed", range(8))
def test_a_flip_that_may_not_flip_is_found_all_the_same(seed: int) -> None:
    flip = layers.RandomFlip("horizontal", seed=seed, name="flip")
    report = check_modes(keras.Sequential([keras.Input((6, 6, 3)), flip], name="net"), IMAGES[:1], repeats=1)
    assert found(report) == ["net/flip"]


# Modes that do not arrive


class Deaf(keras.Model):
    def __init__(self, inner: Any) -> None:
        super().__init__(name="deaf")
        self.inner = inner

    def call(self, x: Any) -> Any:
        return self.inner(x)


class AnyKeyword(Deaf):
    def call(self, x: Any, **kwargs: Any) -> Any:
        return self.inner(x, **kwargs)


@pytest.mark.parametrize("kind", [Deaf, AnyKeyword])
def test_fit_does_not_train_a_model_whose_call_takes_no_training(kind: Callable[[Any], Any]) -> None:
    report = check_modes(kind(layers.Dropout(0.5, name="drop")), ROWS)
    assert [(layer.path, layer.fit) for layer in report.layers] == [("deaf/drop", False)]
    assert notes(report) == {
        "training-not-taken": f"fit never runs deaf/drop in training mode: {kind.__name__}.call has no parameter "
        "`training`, so Keras does not pass it. Write `def call(self, x, training=None)` and hand it on to the layers."
    }
    with pytest.raises(ModeError) as error:
        report.assert_outputs_differ()
    assert "fit runs these in inference mode: deaf/drop" in str(error.value)


def test_an_augmentation_in_such_a_model_makes_even_predict_random() -> None:
    report = check_modes(Deaf(layers.RandomFlip(name="flip")), IMAGES)
    assert not report.deterministic
    assert report.noise_layer == "deaf/flip"
    with pytest.raises(ModeError) as error:
        report.assert_inference_deterministic()
    assert "it starts at deaf/flip: predict runs it in training mode" in str(error.value)
    assert notes(report)["training-not-taken"].startswith("predict runs deaf/flip in training mode: Deaf.call has no")


def test_training_that_is_taken_and_not_handed_on_arrives_on_every_backend_but_jax() -> None:
    class Forgetful(Deaf):
        def call(self, x: Any, training: bool | None = None) -> Any:
            return self.inner(x)

    report = check_modes(Forgetful(Shift(name="shift")), ROWS)
    assert report.outputs_differ == (BACKEND != "jax")
    assert ("training-not-handed-on" in notes(report)) == (BACKEND == "jax")
    assert [layer.fit for layer in report.layers] == [BACKEND != "jax"]


def test_a_training_flag_written_into_the_graph_is_ignored() -> None:
    x = keras.Input((3,))
    model = keras.Model(x, Shift(name="always")(x, training=True), name="net")
    report = check_modes(model, ROWS)
    text = re.sub(r"Keras [\d.]+", "KERAS", notes(report)["baked-training-ignored"])
    assert text == (
        "`training=True`, written where the graph was built, is ignored by KERAS: predict runs net/always in inference "
        "mode. To keep it on, override `call` in a subclass: `def call(self, x, training=None): return "
        "super().call(x, training=True)`."
    )
    assert [(layer.predict, layer.bare) for layer in report.layers] == [(False, True)]


@pytest.mark.parametrize("frozen", [False, True])
def test_a_backbone_called_with_training_false_is_trained_all_the_same(frozen: bool) -> None:
    backbone = keras.Sequential([keras.Input((3,)), layers.BatchNormalization()], name="backbone")
    backbone.trainable = not frozen
    x = keras.Input((3,))
    report = check_modes(keras.Model(x, backbone(x, training=False), name="net"), ROWS)
    end = (
        "Nothing in it depends on the mode, so this changes no output."
        if frozen
        else "To keep its statistics fixed, set `backbone.trainable = False`."
    )
    text = re.sub(r"Keras [\d.]+", "KERAS", notes(report)["baked-training-ignored"])
    assert text == (
        "`training=False`, written where the graph was built, is ignored by KERAS: fit runs net/backbone in training "
        f"mode. {end}"
    )
    assert report.outputs_differ is not frozen


def test_no_flag_is_told_where_none_was_written() -> None:
    x = keras.Input((6, 6, 3))
    model = keras.Model(x, layers.BatchNormalization()(layers.RandomFlip()(x)))
    assert not check_modes(model, IMAGES).notes


class TestBakedFlags:
    """A note only on what somebody wrote: Keras notes the default of a layer's `call` in the graph as well."""

    @pytest.mark.parametrize(
        "made",
        [
            lambda x: layers.Dropout(0.3)(x),
            lambda x: layers.GaussianNoise(0.3)(x),
            lambda x: layers.SpatialDropout1D(0.3)(layers.Reshape((3, 1))(x)),
            lambda x: layers.LSTM(2, dropout=0.5)(layers.Reshape((3, 1))(x)),
            lambda x: layers.GRU(2, recurrent_dropout=0.5)(layers.Reshape((3, 1))(x)),
            lambda x: layers.Bidirectional(layers.LSTM(2, dropout=0.5))(layers.Reshape((3, 1))(x)),
            lambda x: layers.BatchNormalization()(x),
            lambda x: keras.Sequential([layers.Dense(2), layers.Dropout(0.5), layers.BatchNormalization()])(x),
        ],
    )
    def test_a_healthy_model_has_no_note(self, made: Callable[[Any], Any]) -> None:
        x = keras.Input((3,))
        assert not check_modes(keras.Model(x, made(x)), ROWS).notes

    def backbone(self, *inner: Any, name: str = "base") -> Any:
        return keras.Sequential([keras.Input((3,)), *inner], name=name)

    def test_only_the_written_one_is_told(self) -> None:
        x = keras.Input((3,))
        base = self.backbone(layers.BatchNormalization())
        model = keras.Model(x, layers.Dropout(0.5)(base(x, training=False)), name="net")
        (note,) = check_modes(model, ROWS).notes
        assert note.layer == "net/base"

    def test_what_has_no_statistics_is_not_told_to_freeze(self) -> None:
        x = keras.Input((3,))
        model = keras.Model(x, self.backbone(layers.Dropout(0.5, name="drop"))(x, training=False), name="net")
        (note,) = check_modes(model, ROWS).notes
        assert "trainable" not in note.text
        assert "super().call(x, training=False)" in note.text

    def test_freezing_does_not_switch_off_what_is_random(self) -> None:
        x = keras.Input((3,))
        base = self.backbone(layers.BatchNormalization(), layers.Dropout(0.5, name="drop"))
        (note,) = check_modes(keras.Model(x, base(x, training=False), name="net"), ROWS).notes
        assert note.text.endswith(
            "To keep its statistics fixed, set `base.trainable = False`. That does not switch off net/base/drop."
        )

    def test_many_layers_are_one_note(self) -> None:
        x = y = keras.Input((3,))
        for number in range(7):
            y = self.backbone(layers.BatchNormalization(), name=f"base{number}")(y, training=False)
        (note,) = check_modes(keras.Model(x, y, name="net"), ROWS).notes
        assert "net/base0, net/base1, net/base2, net/base3, 3 more in training mode" in note.text
        assert note.layer.count(",") == 6

    def test_a_long_table_is_cut(self) -> None:
        x = y = keras.Input((3,))
        for _ in range(40):
            y = layers.BatchNormalization()(y)
        report = check_modes(keras.Model(x, y), ROWS)
        assert len(report.layers) == 40
        assert "and 16 more: see `report.layers`" in str(report)
        assert len(str(report).splitlines()) < 40


def test_a_layer_that_only_one_mode_calls_is_noted() -> None:
    class Auxiliary(keras.Model):
        def __init__(self) -> None:
            super().__init__(name="net")
            self.main = layers.Dense(2, name="main")
            self.extra = layers.Dense(2, name="extra")

        def call(self, x: Any, training: bool | None = None) -> Any:
            if training:
                self.extra(x)
            return self.main(x)

    report = check_modes(Auxiliary(), ROWS)
    assert notes(report) == {"called-in-one-mode": "Auxiliary.call calls net/extra in training only."}
    report.assert_same_outputs()


# Inputs and outputs


def test_inputs_and_outputs_may_be_nested_and_the_worst_output_is_named() -> None:
    a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
    outputs = {"plain": layers.Add()([a, b]), "shifted": Shift()(a)}
    report = check_modes(keras.Model({"a": a, "b": b}, outputs), {"a": ROWS, "b": ROWS})
    assert report.training_difference is not None
    assert report.training_difference.output == "output['shifted']"


def test_a_layer_is_checked_like_a_model() -> None:
    report = check_modes(Shift(name="shift"), ROWS)
    assert found(report) == ["shift"]


def test_a_report_is_plain_data_too() -> None:
    x = keras.Input((3,))
    model = keras.Model(x, Shift(name="always")(x, training=True), name="net")
    report = check_modes(model, ROWS)
    data = json.loads(json.dumps(report.to_dict()))
    assert data["training_difference"] == {
        "output": "output",
        "index": [0, 0],
        "left": 1.0,
        "right": 0.0,
        "difference": 1.0,
        "differing": 12,
        "size": 12,
    }
    assert [layer["path"] for layer in data["layers"]] == ["net/always"]
    assert [note["code"] for note in data["notes"]] == ["baked-training-ignored"]


def small() -> Any:
    return keras.Sequential([keras.Input((3,)), layers.Dense(1)])


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        ((object(), ROWS), TypeError, "expected a Keras model or layer, got builtins.object"),
        ((Shift(), iter([ROWS])), TypeError, "check_modes takes one batch of inputs, got a list_iterator"),
        ((Exported(), ROWS), TypeError, "As a layer it runs by keras.layers.TFSMLayer(path, call_endpoint='serve')"),
        ((Shift(), None), TypeError, "check_modes takes one batch of inputs, got None"),
        ((small(), np.ones((2, 5))), ValueError, "check_modes: x has the shape (2, 5), and the model takes (None, 3)"),
        ((small(), np.array([["a"] * 3])), TypeError, "check_modes: x holds text, and the model takes float32"),
    ],
)
def test_what_cannot_be_checked_is_refused_by_name(arguments: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=re.escape(message)):
        check_modes(*arguments)


def test_no_run_is_refused() -> None:
    with pytest.raises(ValueError, match="repeats=0: at least one run is needed"):
        check_modes(Shift(), ROWS, repeats=0)


# Left as found


def everything() -> keras.Model:
    x = keras.Input((6, 6, 3))
    y = layers.RandomFlip(seed=1)(x)
    y = layers.BatchNormalization()(layers.Conv2D(2, 3, activity_regularizer="l2")(y))
    y = layers.GRU(2, dropout=0.5)(layers.Reshape((16, 2))(y))
    return keras.Model(x, layers.SpectralNormalization(layers.Dense(2))(layers.Dropout(0.5)(y)))


def test_weights_state_and_seeds_are_left_as_found() -> None:
    model = everything()
    model.compile(optimizer="sgd", loss="mse")
    model.fit(IMAGES, np.zeros((4, 2)), verbose=0)
    before = [np.array(variable.numpy()) for variable in model.variables]
    losses = len(model.losses)
    check_modes(model, IMAGES)
    for variable, value in zip(model.variables, before, strict=True):
        assert variable.numpy().tobytes() == value.tobytes(), variable.path
    assert len(model.losses) == losses


def draws() -> list[Any]:
    return [
        random.random(),
        float(np.random.random()),
        np.array(keras.ops.convert_to_numpy(keras.random.normal((2,)))).tolist(),
        np.array(keras.ops.convert_to_numpy(layers.Dropout(0.5)(np.ones((1, 20)), training=True))).tolist(),
    ]


def test_every_generator_goes_on_as_if_nothing_had_happened() -> None:
    # JAX has no global generator inside a model.
    noise = Noise() if BACKEND == "jax" else GlobalNoise()
    model = keras.Sequential([keras.Input((6, 6, 3)), noise, layers.Dropout(0.5), layers.RandomFlip()])
    keras.utils.set_random_seed(11)
    draws()
    expected = draws()
    keras.utils.set_random_seed(11)
    start = draws()
    check_modes(model, IMAGES)
    found = draws()
    keras.utils.set_random_seed(11)
    if draws() != start:  # Keras 3.3
        pytest.skip("set_random_seed of this Keras leaves the generator of keras.random alone: no draw comes again")
    assert found == expected


def test_a_model_that_raises_is_left_as_found_too() -> None:
    class Fails(layers.Layer):
        def call(self, x: Any, training: bool | None = None) -> Any:
            if training:
                raise RuntimeError("no training today")
            return x

    norm = layers.BatchNormalization()
    model = keras.Sequential([keras.Input((3,)), norm, Fails()])
    before = norm.moving_mean.numpy().tobytes()
    call = keras.layers.Layer.__mro__
    with pytest.raises(RuntimeError, match="no training today"):
        check_modes(model, ROWS)
    assert norm.moving_mean.numpy().tobytes() == before
    assert all("recorded" not in getattr(vars(base).get("__call__"), "__qualname__", "") for base in call)
    assert "noted" not in keras.random.SeedGenerator.next.__name__


def test_the_calls_of_a_check_are_nobodys_predict_calls() -> None:
    with watch_predicts() as watched:
        check_modes(keras.Sequential([keras.Input((3,)), layers.Dense(1)]), ROWS)
    assert watched.sites == []


@pytest.mark.skipif(BACKEND != "torch", reason="torch modules exist on torch only")
def test_buffers_and_modes_of_torch_modules_are_put_back() -> None:
    import torch

    wrapped = layers.TorchModuleWrapper(torch.nn.BatchNorm1d(3), name="wrapped")
    model = keras.Sequential([keras.Input((3,)), wrapped], name="net")
    model.eval()
    report = check_modes(model, ROWS)
    assert found(report) == ["net/wrapped"]
    assert {path.rsplit("/", 1)[-1] for path in report.layers[0].state} >= {"module.running_mean"}
    assert wrapped.module.running_mean.tolist() == [0.0, 0.0, 0.0]
    assert not any(module.training for module in model.modules())


# As a fixture


@pytest.mark.skipif(BACKEND != "tensorflow", reason="once is enough")
def test_the_fixture_fails_the_test_with_the_message(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import keras, numpy as np

        def test_dropout_is_off(mode_check):
            model = keras.Sequential([keras.Input((3,)), keras.layers.BatchNormalization(name="norm")], name="net")
            mode_check(model, np.ones((2, 3))).assert_same_outputs()
        """
    )
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*training changes the outputs of Sequential 'net'", "*it starts at net/norm"])
