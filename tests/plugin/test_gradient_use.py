"""`check_gradients` on every backend: honest zeros are told as such, and a wrong argument is named with the way out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from pytest_keras_inference import GradientError, check_gradients

X = np.linspace(-1, 1, 24, dtype="float32").reshape(8, 3)
Y = np.ones((8, 1), "float32")


def net(*middle: Any, last: Any = None) -> Any:
    return keras.Sequential([keras.Input((3,)), *middle, last or layers.Dense(1)])


def causes(model: Any, x: Any, y: Any, **options: Any) -> dict[str, str]:
    """The kind of the cause of each failed gradient, by the last part of the variable's path."""
    with pytest.raises(GradientError) as error:
        check_gradients(model, x, y, **options)
    report = error.value.report
    assert not report.notes
    return {row.path.rsplit("/", 2)[-2] + "/" + row.path.rsplit("/", 1)[-1]: row.cause.kind for row in report.failures}


class TestMinimum:
    """Where the loss is at its minimum the gradient is zero, and nothing is broken."""

    @pytest.mark.parametrize("loss", ["mse", "log_cosh", "huber"])
    def test_no_path_is_called_broken(self, loss: str) -> None:
        model = net(last=layers.Dense(1, kernel_initializer="zeros", name="out"))
        assert causes(model, X, 0 * Y, loss=loss) == {"out/kernel": "minimum", "out/bias": "minimum"}

    def test_a_hinge_that_is_satisfied(self) -> None:
        model = net(last=layers.Dense(1, bias_initializer=lambda *_, **__: np.float32([9.0]), name="out"))
        found = causes(model, X, Y, loss=lambda y, out: keras.ops.maximum(1.0 - keras.ops.multiply(y, out), 0.0))
        assert set(found.values()) <= {"minimum", "clipped"}

    def test_another_target_passes(self) -> None:
        model = net(last=layers.Dense(1, kernel_initializer="zeros"))
        assert check_gradients(model, X, Y, loss="mse").ok

    def test_it_may_be_allowed(self) -> None:
        model = net(last=layers.Dense(1, kernel_initializer="zeros"))
        assert check_gradients(model, X, 0 * Y, loss="mse", allow_zero="*").ok


def far(sign: float) -> Callable[..., Any]:
    def initializer(shape: Any, dtype: Any = None) -> Any:
        return sign * 200.0 * np.ones(shape, "float32") * (np.arange(shape[-1]) == 0)

    return initializer


class TestFlat:
    """What has no derivative for these values is named, whatever pools or reduces before it."""

    def test_a_saturated_softmax(self) -> None:
        model = net(last=layers.Dense(3, activation="softmax", bias_initializer=far(1), name="out"))
        found = causes(model, X, None, loss=lambda out: keras.ops.mean(out[:, 0]), atol=1e-6)
        assert set(found.values()) == {"saturated"}

    def test_a_softmax_that_is_merely_sure_is_not(self) -> None:
        def sure(shape: Any, dtype: Any = None) -> Any:
            return np.float32([5.0, 0.0, 0.0])

        model = net(last=layers.Dense(3, activation="softmax", bias_initializer=sure))
        assert check_gradients(model, X, loss=lambda out: keras.ops.mean(out[:, 0])).ok

    @pytest.mark.parametrize(
        "pool", [layers.GlobalMaxPooling2D, layers.GlobalAveragePooling2D, lambda: layers.Lambda(reduced_by_max)]
    )
    def test_a_dead_relu_behind_a_pooling(self, pool: Callable[[], Any]) -> None:
        def dead(shape: Any, dtype: Any = None) -> Any:
            return -100 * np.ones(shape, "float32")

        relu = layers.Dense(3, activation="relu", bias_initializer=dead, name="dead")
        model = keras.Sequential([keras.Input((6, 6, 1)), layers.Conv2D(2, 3), pool(), relu, layers.Dense(1)])
        images = np.linspace(0, 1, 144, dtype="float32").reshape(4, 6, 6, 1)
        assert causes(model, images, np.ones((4, 1), "float32"), loss="mse")["dead/kernel"] == "dead-relu"

    def test_a_pooling_of_live_units_is_healthy(self) -> None:
        model = keras.Sequential(
            [keras.Input((6, 6, 1)), layers.Conv2D(2, 3), layers.GlobalMaxPooling2D(), layers.Dense(1)]
        )
        report = check_gradients(model, np.ones((4, 6, 6, 1), "float32"), np.ones((4, 1), "float32"), loss="mse")
        assert report.notes == ()


def reduced_by_max(x: Any) -> Any:
    return keras.ops.max(keras.ops.max(x, axis=1), axis=1)


class TestHalf:
    """float16 loses small gradients."""

    def model(self, policy: str) -> Any:
        hidden = layers.Dense(8, activation="relu", dtype=policy, name="half", kernel_initializer="ones")
        return net(hidden, last=layers.Dense(1, dtype="float32", name="out"))

    @staticmethod
    def tiny(y: Any, out: Any) -> Any:
        return keras.ops.mean(keras.ops.square(keras.ops.subtract(out, y))) * 1e-10

    def test_underflow_is_named(self) -> None:
        found = causes(self.model("mixed_float16"), X, 5 * Y, loss=self.tiny)
        assert found == {"half/kernel": "float16-underflow", "half/bias": "float16-underflow"}

    @pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
    def test_other_policies_do_not_lose_them(self, policy: str) -> None:
        assert check_gradients(self.model(policy), X, 5 * Y, loss=self.tiny).ok


class Batches(keras.utils.PyDataset):
    """One batch after the other, as fit takes them."""

    def __len__(self) -> int:
        return 1

    def __getitem__(self, index: int) -> Any:
        return X, Y


class TestArguments:
    """What cannot be checked is refused by name."""

    @pytest.mark.parametrize(
        ("options", "kind", "told"),
        [
            ({"x": iter([X])}, TypeError, "check_gradients takes one batch of inputs, got a list_iterator as x"),
            ({"x": (row for row in X)}, TypeError, "got a generator as x: pass arrays, or one batch of it"),
            ({"x": Batches()}, TypeError, "got a Batches as x: pass arrays, or one batch of it"),
            ({"x": None}, TypeError, "got None as x"),
            ({"x": "photo.png"}, TypeError, "got 'photo.png' as x"),
            ({"x": X[:0]}, ValueError, "x has no rows"),
            ({"x": X[:, :2]}, ValueError, r"x has the shape \(8, 2\), and the model takes \(None, 3\)"),
            ({"x": np.array([["a", "b", "c"]])}, TypeError, "x holds text, and the model takes float32: pass numbers"),
            ({"y": Y[:3]}, ValueError, "y has 3 rows and the outputs have 8"),
            ({"loss": 0.5}, TypeError, "loss=0.5: give the name of a Keras loss"),
            ({"loss": "msee"}, ValueError, "loss='msee': Keras has no loss of that name"),
            ({"loss": lambda y, out: None}, ValueError, "loss: the function returned None"),
            ({"allow_none": ("nothere",)}, ValueError, "allow_none: 'nothere' matches no variable; the paths are"),
            ({"allow_zero": "hiden/*"}, ValueError, r"allow_zero: 'hiden/\*' matches no variable"),
            ({"allow_zero": 3}, TypeError, "allow_zero=3: give the path of a variable, a shell pattern, or a list"),
            ({"loss": keras.losses.Huber}, TypeError, r"loss is the class Huber: make a loss of it, Huber\(\)"),
            ({"sources": []}, ValueError, "sources is empty"),
            ({"sources": ["dense/kernel"]}, TypeError, "sources: 'dense/kernel' is no variable: take them from"),
        ],
    )
    def test_is_named(self, options: dict[str, Any], kind: type[Exception], told: str) -> None:
        arguments = {"x": X, "y": Y, "loss": "mse"} | options
        with pytest.raises(kind, match=told):
            check_gradients(net(layers.Dense(2)), arguments.pop("x"), arguments.pop("y"), **arguments)

    def test_other_rows_are_told_of_a_function_too(self) -> None:
        """Its error stays: it may have failed for a reason of its own."""

        class OwnError(Exception):
            pass

        def loss(y: Any, out: Any) -> Any:
            raise OwnError

        for y, notes in ((Y[:3], ["y has 3 rows and the outputs have 8: one target for each"]), (Y, [])):
            with pytest.raises(OwnError) as error:
                check_gradients(net(), X, y, loss=loss)
            told = getattr(error.value, "__notes__", [])  # JAX says there that it filters the traceback
            assert [note for note in told if note.startswith("y has")] == notes

    @pytest.mark.parametrize("constant", [0.5, 3, np.float32(1.0)])
    def test_a_loss_that_is_a_number_is_a_broken_path(self, constant: Any) -> None:
        with pytest.raises(GradientError, match=r"the loss function returned \w+\.\w+, a constant") as error:
            check_gradients(net(), X, Y, loss=lambda y, out: constant)
        (cause,) = error.value.report.causes
        assert (cause.code, cause.site is not None and cause.site.filename) == ("KI103", __file__)

    @pytest.mark.parametrize("allowed", ["dense*", ["*/kernel", "*/bias"], ("*",)])
    def test_a_pattern_that_matches_is_no_mistake(self, allowed: Any) -> None:
        assert check_gradients(net(), X, Y, loss="mse", allow_none=allowed if allowed != "dense*" else "*dense*").ok
