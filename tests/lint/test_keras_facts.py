"""What the rule pages say of Keras, measured on the installed Keras 3 (TensorFlow backend).

docs/keras-facts.md gives the figures. A test here that fails after an upgrade means a rule page has become wrong.
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.sampled(3)

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
keras = pytest.importorskip("keras", minversion="3.0")
tf = pytest.importorskip("tensorflow")
if keras.backend.backend() != "tensorflow":
    pytest.skip("measured on the TensorFlow backend", allow_module_level=True)

import numpy as np  # noqa: E402

layers = keras.layers
BEFORE_3_16 = tuple(int(part) for part in keras.__version__.split(".")[:2]) < (3, 16)

rng = np.random.default_rng(0)
X = rng.random((32, 6)).astype("float32")
Y = rng.random((32, 1)).astype("float32")
IMAGES = rng.random((8, 8, 8, 3)).astype("float32")


@pytest.fixture(autouse=True)
def _same_seed() -> None:
    keras.utils.set_random_seed(0)


def spread(predict: Callable[[], Any], calls: int = 6) -> float:
    """The largest standard deviation of any output over repeated calls."""
    return float(np.stack([np.array(predict()) for _ in range(calls)]).std(axis=0).max())


def fit(model: Any) -> None:
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)


def moving_mean(layer: Any) -> np.ndarray:
    return np.array(layer.moving_mean.numpy())


def moved_by_fit(layer: Any, model: Any) -> bool:
    """Whether one `fit` of `model` moves the moving mean of `layer`, which exists after a prediction."""
    model.predict(X, verbose=0)
    before = moving_mean(layer)
    fit(model)
    return not np.array_equal(before, moving_mean(layer))


def dense(width: int = 6) -> Any:
    return keras.Sequential([keras.Input((width,)), layers.Dense(1)])


class Normalised(keras.Model):
    """BatchNormalization and Dropout; the subclasses differ in the signature of `call` only."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = layers.BatchNormalization()
        self.drop = layers.Dropout(0.5)
        self.out = layers.Dense(1)


class WithoutTraining(Normalised):
    def call(self, x: Any) -> Any:
        return self.out(self.drop(self.norm(x)))


class WithKwargs(Normalised):
    def call(self, x: Any, **kwargs: Any) -> Any:
        return self.out(self.drop(self.norm(x, **kwargs), **kwargs))


class NotForwarding(Normalised):
    def call(self, x: Any, training: bool | None = None) -> Any:
        return self.out(self.drop(self.norm(x)))


class Forwarding(Normalised):
    def call(self, x: Any, training: bool | None = None) -> Any:
        return self.out(self.drop(self.norm(x, training=training), training=training))


class Augmented(keras.Model):
    def __init__(self, first: Any, second: Any) -> None:
        super().__init__()
        self.first, self.second = first, second

    def call(self, x: Any) -> Any:
        return self.second(self.first(x))


class TestPredictOnBatch:
    def test_equals_predict_for_a_numpy_batch_and_is_numpy(self) -> None:
        model = keras.Sequential([keras.Input((6,)), layers.Dense(3), layers.BatchNormalization(), layers.Dropout(0.5)])
        once = model.predict_on_batch(X)
        assert type(once) is np.ndarray
        np.testing.assert_allclose(once, model.predict(X, verbose=0), rtol=1e-6)

    def test_honours_predict_step_which_a_direct_call_skips(self) -> None:
        class Shifted(Augmented):
            def predict_step(self, data: Any) -> Any:
                return super().predict_step(data) + 100

        model = Shifted(layers.Dense(3), layers.Dense(1))
        np.testing.assert_allclose(model.predict_on_batch(X), model.predict(X, verbose=0), rtol=1e-6)
        np.testing.assert_allclose(model.predict_on_batch(X) - np.array(model(X)), 100, rtol=1e-4)

    def test_returns_numpy_for_every_output(self) -> None:
        x = keras.Input((6,), name="a")
        model = keras.Model({"a": x}, [layers.Dense(1)(x), layers.Dense(2)(x)])
        assert [type(output) for output in model.predict_on_batch({"a": X})] == [np.ndarray, np.ndarray]


class TestKI101PredictBreaksGradient:
    @pytest.mark.parametrize("method", ["predict", "predict_on_batch"])
    def test_every_gradient_is_none(self, method: str) -> None:
        model = dense()
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.convert_to_tensor(getattr(model, method)(X)) ** 2)
        assert tape.gradient(loss, model.trainable_variables) == [None, None]

    def test_the_optimizer_says_that_no_gradients_were_provided(self) -> None:
        model = dense()
        with pytest.raises(ValueError, match="No gradients provided for any variable"):
            keras.optimizers.SGD().apply_gradients((None, variable) for variable in model.trainable_variables)

    def test_a_mixed_loss_silently_loses_the_predicted_term(self) -> None:
        model = dense()
        with tf.GradientTape(persistent=True) as tape:
            mixed = tf.reduce_mean(model(X) ** 2) + 3 * tf.reduce_mean(model.predict(X, verbose=0) ** 2)
            whole = tf.reduce_mean(model(X) ** 2) + 3 * tf.reduce_mean(model(X) ** 2)
        np.testing.assert_allclose(mixed, whole, rtol=1e-5)
        for variable in model.trainable_variables:
            np.testing.assert_allclose(tape.gradient(mixed, variable) / tape.gradient(whole, variable), 0.25, rtol=1e-4)


class TestKI102PredictInTracedCode:
    """The error texts that people search for.

    Inside `fit` the text depends on the batch: where its size is unknown while tracing (the rows are no multiple of the
    batch size) the data adapter fails on None; where it is known, predict fails later, and a model that has predicted
    before fails later still.
    """

    NUMPY = "'SymbolicTensor' object has no attribute 'numpy'"
    INT = r"int\(\) argument must be a string, a bytes-like object or a real number, not 'NoneType'"
    CROSS_REPLICA = "Method requires being in cross-replica context"

    @pytest.mark.parametrize("method", ["predict", "predict_on_batch"])
    def test_tf_function(self, method: str) -> None:
        model = dense()
        traced = tf.function(lambda x: getattr(model, method)(x))
        with pytest.raises(AttributeError, match=self.NUMPY):
            traced(tf.constant(X))

    def test_vectorized_map(self) -> None:
        model = dense()
        with pytest.raises(AttributeError, match=self.NUMPY):
            tf.vectorized_map(lambda x: model.predict(x[None], verbose=0), tf.constant(X))

    def test_call_of_another_model(self) -> None:
        inner = dense()

        class Outer(keras.Model):
            def call(self, x: Any) -> Any:
                return inner.predict(x, verbose=0)

        assert np.array(Outer()(X)).shape == (32, 1)
        with pytest.raises(AttributeError, match=self.NUMPY):
            Outer().predict(X, verbose=0)

    def test_compiled_loss(self) -> None:
        inner, model = dense(1), dense()
        model.compile("sgd", lambda y, p: tf.reduce_mean(inner.predict(p, verbose=0)))
        with pytest.raises(TypeError, match=self.INT):
            model.fit(X, Y, batch_size=5, verbose=0)

    @pytest.mark.parametrize(
        ("predicted_before", "error", "text"), [(False, RuntimeError, CROSS_REPLICA), (True, AttributeError, NUMPY)]
    )
    def test_compiled_loss_with_a_known_batch_size(
        self, predicted_before: bool, error: type[Exception], text: str
    ) -> None:
        inner, model = dense(1), dense()
        if predicted_before:
            inner.predict(Y, verbose=0)
        model.compile("sgd", lambda y, p: tf.reduce_mean(inner.predict(p, verbose=0)))
        with pytest.raises(error, match=text):
            model.fit(X, Y, batch_size=32, verbose=0)

    def test_compiled_metric(self) -> None:
        inner, model = dense(1), dense()
        model.compile("sgd", "mse", metrics=[lambda y, p: tf.reduce_mean(inner.predict(p, verbose=0))])
        with pytest.raises(TypeError, match=self.INT):
            model.fit(X, Y, batch_size=5, verbose=0)

    def test_train_step(self) -> None:
        class Stepping(Forwarding):
            def train_step(self, data: Any) -> dict[str, Any]:
                return {"loss": tf.reduce_mean(self.predict(data[0], verbose=0))}

        model = Stepping()
        model.compile("sgd", "mse")
        with pytest.raises(TypeError, match=self.INT):
            model.fit(X, Y, batch_size=5, verbose=0)
        with pytest.raises(RuntimeError, match=self.CROSS_REPLICA):
            model.fit(X, Y, batch_size=32, verbose=0)

    def test_an_eager_train_step_works_with_a_model_that_has_predicted_before(self) -> None:
        inner = dense()
        inner.predict(X, verbose=0)

        class Stepping(Forwarding):
            def train_step(self, data: Any) -> dict[str, Any]:
                return {"loss": tf.reduce_mean(inner.predict(data[0], verbose=0))}

        model = Stepping()
        model.compile("sgd", "mse", run_eagerly=True)
        assert np.isfinite(model.fit(X, Y, verbose=0).history["loss"][0])

    def test_predict_on_batch_in_train_step(self) -> None:
        class Stepping(Forwarding):
            def train_step(self, data: Any) -> dict[str, Any]:
                return {"loss": tf.reduce_mean(self.predict_on_batch(data[0]))}

        with pytest.raises(RuntimeError, match=self.CROSS_REPLICA):
            fit(Stepping())

    def test_dataset_map(self) -> None:
        model = dense()
        dataset = tf.data.Dataset.from_tensor_slices(X).batch(4)
        with pytest.raises(TypeError, match=self.INT):
            dataset.map(lambda x: model.predict(x, verbose=0))

    def test_strategy_run(self) -> None:
        model = dense()
        strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
        with pytest.raises(ValueError, match=r"should be called from outside of replica_fn"):
            strategy.run(lambda: model.predict(X, verbose=0))

    def test_lambda_layer_hides_the_cause(self) -> None:
        model = dense()
        with pytest.raises(NotImplementedError, match="could not automatically infer the shape of the Lambda's output"):
            layers.Lambda(lambda x: model.predict(x, verbose=0))(keras.Input((6,)))

    def test_py_function_and_eager_map_fn_work(self) -> None:
        model = dense()
        batches = tf.data.Dataset.from_tensor_slices(X).batch(8)
        wrapped = batches.map(lambda x: tf.py_function(lambda v: model.predict(v, verbose=0), [x], tf.float32))
        expected = model.predict(X, verbose=0)
        np.testing.assert_allclose(np.concatenate(list(wrapped.as_numpy_iterator())), expected, rtol=1e-5)
        mapped = tf.map_fn(lambda x: model.predict(x[None], verbose=0)[0], tf.constant(X[:2]))
        np.testing.assert_allclose(mapped, expected[:2], rtol=1e-5)


class TestKI302MissingTrainingFalse:
    def test_a_bare_call_augments_and_predict_does_not(self) -> None:
        model = keras.Sequential([keras.Input((8, 8, 3)), layers.RandomFlip()])
        assert spread(lambda: model(IMAGES)) > 0.1
        assert spread(lambda: model(IMAGES, training=False)) < 1e-6
        assert spread(lambda: model.predict(IMAGES, verbose=0)) < 1e-6

    def test_without_such_a_layer_a_bare_call_is_inference(self) -> None:
        model = keras.Sequential([keras.Input((6,)), layers.BatchNormalization(), layers.Dropout(0.5)])
        np.testing.assert_allclose(model(X), model.predict(X, verbose=0), rtol=1e-6)

    def test_even_resizing_puts_a_batch_normalization_after_it_into_training_mode(self) -> None:
        """Its default training=True becomes the mode of every layer that follows and has no default of its own."""
        model = keras.Sequential([keras.Input((8, 8, 3)), layers.Resizing(8, 8), layers.BatchNormalization()])
        before = moving_mean(model.layers[-1])
        assert np.abs(np.array(model(IMAGES)) - model.predict(IMAGES, verbose=0)).max() > 0.1
        assert not np.array_equal(before, moving_mean(model.layers[-1]))

    def test_rescaling_does_not(self) -> None:
        model = keras.Sequential([keras.Input((8, 8, 3)), layers.Rescaling(1.0), layers.BatchNormalization()])
        np.testing.assert_allclose(model(IMAGES), model.predict(IMAGES, verbose=0), rtol=1e-6)

    def test_a_batch_normalization_before_it_stays_in_inference_mode(self) -> None:
        model = keras.Sequential([keras.Input((8, 8, 3)), layers.BatchNormalization(), layers.Resizing(8, 8)])
        np.testing.assert_allclose(model(IMAGES), model.predict(IMAGES, verbose=0), rtol=1e-6)


@pytest.mark.skipif(not BEFORE_3_16, reason="Keras 3.16 honours a baked training flag")
class TestKI303BakedTrainingFlag:
    def monte_carlo(self) -> Any:
        x = keras.Input((6,))
        return keras.Model(x, layers.Dropout(0.5)(x, training=True))

    def test_monte_carlo_dropout_has_no_variance_in_predict(self) -> None:
        model = self.monte_carlo()
        assert spread(lambda: model.predict(X, verbose=0)) < 1e-6
        assert spread(lambda: model.predict_on_batch(X)) < 1e-6
        assert spread(lambda: model(X, training=False)) < 1e-6

    def test_a_bare_direct_call_still_honours_it(self) -> None:
        model = self.monte_carlo()
        assert spread(lambda: model(X)) > 0.1

    def test_fit_moves_a_batch_normalization_called_with_training_false(self) -> None:
        base = keras.Sequential([keras.Input((6,)), layers.BatchNormalization()])
        x = keras.Input((6,))
        model = keras.Model(x, layers.Dense(1)(base(x, training=False)))
        assert moved_by_fit(base.layers[0], model)


class TestWhatWorksInsteadOfABakedFlag:
    def test_a_dropout_subclass_stays_random(self) -> None:
        class MCDropout(layers.Dropout):
            def call(self, inputs: Any, training: bool | None = None) -> Any:
                return super().call(inputs, training=True)

        model = keras.Sequential([keras.Input((6,)), MCDropout(0.5)])
        assert spread(lambda: model.predict(X, verbose=0)) > 0.1

    @pytest.mark.parametrize("whole_base", [True, False])
    def test_trainable_false_freezes_batch_normalization(self, whole_base: bool) -> None:
        base = keras.Sequential([keras.Input((6,)), layers.BatchNormalization()])
        x = keras.Input((6,))
        model = keras.Model(x, layers.Dense(1)(base(x)))
        assert moved_by_fit(base.layers[0], model)
        (base if whole_base else base.layers[0]).trainable = False
        assert not moved_by_fit(base.layers[0], model)


class TestKI304SubclassCallWithoutTraining:
    @pytest.mark.parametrize(
        ("kind", "trains"), [(WithoutTraining, False), (WithKwargs, False), (NotForwarding, True), (Forwarding, True)]
    )
    def test_fit_trains_batch_normalization_only_when_call_names_training(
        self, kind: type[Normalised], trains: bool
    ) -> None:
        model = kind()
        assert moved_by_fit(model.norm, model) is trains

    @pytest.mark.parametrize("kind", [WithoutTraining, WithKwargs])
    def test_fit_never_switches_dropout_on(self, kind: type[Normalised]) -> None:
        seen: list[float] = []
        model = kind()
        model.compile(keras.optimizers.SGD(0.0), "mse")
        for _ in range(3):
            seen.append(model.fit(X, Y, batch_size=32, verbose=0).history["loss"][0])
        assert max(seen) - min(seen) < 1e-6

    def test_fit_switches_dropout_on_when_call_names_training(self) -> None:
        model = Forwarding()
        model.compile(keras.optimizers.SGD(0.0), "mse")
        seen = [model.fit(X, Y, batch_size=32, verbose=0).history["loss"][0] for _ in range(3)]
        assert max(seen) - min(seen) > 1e-3

    def test_a_direct_call_with_training_true_does_reach_the_layers(self) -> None:
        model = WithoutTraining()
        assert spread(lambda: model(X, training=True)) > 0.1

    def test_with_an_augmentation_layer_predict_is_random(self) -> None:
        model = Augmented(layers.RandomFlip(), layers.Flatten())
        assert spread(lambda: model.predict(IMAGES, verbose=0)) > 0.1

    def test_with_resizing_alone_predict_drops_out(self) -> None:
        model = Augmented(layers.Resizing(8, 8), layers.Dropout(0.5))
        assert spread(lambda: model.predict(IMAGES, verbose=0)) > 0.1

    def test_a_nested_layer_without_training_is_trained(self) -> None:
        class Block(layers.Layer):
            def __init__(self) -> None:
                super().__init__()
                self.norm = layers.BatchNormalization()

            def call(self, x: Any) -> Any:
                return self.norm(x)

        block = Block()
        assert moved_by_fit(block.norm, keras.Sequential([keras.Input((6,)), block, layers.Dense(1)]))


class TestKeras2:
    def test_fit_trains_a_subclass_whose_call_takes_no_training(self) -> None:
        tf_keras = pytest.importorskip("tf_keras")

        class Bare(tf_keras.Model):
            def __init__(self) -> None:
                super().__init__()
                self.norm = tf_keras.layers.BatchNormalization()
                self.out = tf_keras.layers.Dense(1)

            def call(self, x: Any) -> Any:
                return self.out(self.norm(x))

        model = Bare()
        assert moved_by_fit(model.norm, model)

    def test_predict_and_fit_honour_a_baked_flag(self) -> None:
        tf_keras = pytest.importorskip("tf_keras")
        x = tf_keras.Input((6,))
        dropping = tf_keras.Model(x, tf_keras.layers.Dropout(0.5)(x, training=True))
        assert spread(lambda: dropping.predict(X, verbose=0)) > 0.1
        norm = tf_keras.layers.BatchNormalization()
        frozen = tf_keras.Model(x, tf_keras.layers.Dense(1)(norm(x, training=False)))
        assert not moved_by_fit(norm, frozen)


class TestKI305TrainingNotForwarded:
    def test_on_tensorflow_the_call_context_forwards_it(self) -> None:
        model = NotForwarding()
        assert spread(lambda: model(X, training=True)) > 0.1
        assert spread(lambda: model.predict(X, verbose=0)) < 1e-6

    @pytest.mark.parametrize(
        ("backend", "trained"),
        [
            pytest.param(
                "jax",
                {"Forwarding": True, "NotForwarding": False, "Bare": False, "ToBlock": True, "NotToBlock": False},
                marks=pytest.mark.backend("jax"),
            ),
            pytest.param(
                "torch",
                {"Forwarding": True, "NotForwarding": True, "Bare": False, "ToBlock": True, "NotToBlock": True},
                marks=pytest.mark.backend("torch"),
            ),
        ],
    )
    def test_on_jax_fit_loses_what_the_model_does_not_forward(self, backend: str, trained: dict[str, bool]) -> None:
        """Even a block whose own `call` names no training has to be given it."""
        code = """
            import json, keras, numpy as np
            L = keras.layers
            class Block(L.Layer):
                def __init__(self):
                    super().__init__()
                    self.norm = L.BatchNormalization()
                def call(self, x):
                    return self.norm(x)
            class Base(keras.Model):
                def __init__(self):
                    super().__init__()
                    self.norm, self.block, self.out = L.BatchNormalization(), Block(), L.Dense(1)
            class Forwarding(Base):
                def call(self, x, training=None):
                    return self.out(self.norm(x, training=training))
            class NotForwarding(Base):
                def call(self, x, training=None):
                    return self.out(self.norm(x))
            class Bare(Base):
                def call(self, x):
                    return self.out(self.norm(x))
            class ToBlock(Base):
                def call(self, x, training=None):
                    return self.out(self.block(x, training=training))
            class NotToBlock(Base):
                def call(self, x, training=None):
                    return self.out(self.block(x))
            x, y = np.random.rand(32, 6).astype("float32"), np.random.rand(32, 1).astype("float32")
            trained = {}
            for kind in Forwarding, NotForwarding, Bare, ToBlock, NotToBlock:
                model = kind()
                model.compile("sgd", "mse")
                model.fit(x, y, verbose=0)
                norm = model.block.norm if "Block" in kind.__name__ else model.norm
                trained[kind.__name__] = bool(keras.ops.convert_to_numpy(norm.moving_mean).any())
            print(json.dumps(trained))
        """
        environment = {**os.environ, "KERAS_BACKEND": backend}
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code)], env=environment, capture_output=True, text=True, check=True
        )
        assert json.loads(done.stdout.splitlines()[-1]) == trained


class TestKI307CallMethodBypassed:
    def test_call_does_not_build(self) -> None:
        with pytest.raises(AttributeError, match="must build the layer"):
            layers.Dense(2).call(X)


class TestKI401InvalidPredictArgument:
    @pytest.mark.parametrize("name", ["training", "workers", "use_multiprocessing", "max_queue_size"])
    def test_predict_refuses(self, name: str) -> None:
        with pytest.raises(TypeError, match=rf"predict\(\) got an unexpected keyword argument '{name}'"):
            dense().predict(X, **{name: 1})

    @pytest.mark.parametrize("name", ["verbose", "batch_size"])
    def test_predict_on_batch_refuses(self, name: str) -> None:
        with pytest.raises(TypeError, match=rf"predict_on_batch\(\) got an unexpected keyword argument '{name}'"):
            dense().predict_on_batch(X, **{name: 1})

    def test_labels_given_positionally_become_the_batch_size(self) -> None:
        assert list(inspect.signature(keras.Model.predict).parameters)[:3] == ["self", "x", "batch_size"]
        with pytest.raises(ValueError, match="truth value of an array with more than one element is ambiguous"):
            dense().predict(X, Y, verbose=0)


class TestKI402RemovedPredictApi:
    @pytest.mark.parametrize(
        "name", ["predict_classes", "predict_proba", "predict_generator", "evaluate_generator", "fit_generator", "eval"]
    )
    def test_the_model_has_lost(self, name: str) -> None:
        with pytest.raises(AttributeError, match=f"'Sequential' object has no attribute '{name}'"):
            getattr(dense(), name)

    @pytest.mark.parametrize("name", ["set_learning_phase", "learning_phase", "learning_phase_scope"])
    def test_the_backend_has_lost(self, name: str) -> None:
        assert not hasattr(keras.backend, name)
        assert not hasattr(tf.keras.backend, name)


class TestKI403NumpyOnPredict:
    @pytest.mark.parametrize("method", ["predict", "predict_on_batch"])
    def test_numpy_arrays_have_no_numpy(self, method: str) -> None:
        with pytest.raises(AttributeError, match=r"'numpy.ndarray' object has no attribute 'numpy'"):
            getattr(dense(), method)(X).numpy()


class TestKI404MissingBatchDimension:
    def test_one_sample_lacks_its_first_axis(self) -> None:
        with pytest.raises(ValueError, match=r"Expected shape \(None, 6\), but input has incompatible shape \(6,\)"):
            dense().predict(X[0], verbose=0)

    def test_a_list_of_lists_is_no_batch(self) -> None:
        with pytest.raises(ValueError, match="Unrecognized data type"):
            dense().predict([[1.0] * 6], verbose=0)


class TestKI405PredictOnShuffledData:
    @pytest.mark.parametrize(
        "name", ["image_dataset_from_directory", "text_dataset_from_directory", "audio_dataset_from_directory"]
    )
    def test_datasets_from_directories_shuffle_by_default(self, name: str) -> None:
        assert inspect.signature(getattr(keras.utils, name)).parameters["shuffle"].default is True

    def test_timeseries_datasets_do_not(self) -> None:
        assert inspect.signature(keras.utils.timeseries_dataset_from_array).parameters["shuffle"].default is False

    @pytest.mark.parametrize("name", ["flow", "flow_from_directory", "flow_from_dataframe"])
    def test_generators_shuffle_by_default(self, name: str) -> None:
        generator = tf.keras.preprocessing.image.ImageDataGenerator
        assert inspect.signature(getattr(generator, name)).parameters["shuffle"].default is True

    def test_every_pass_over_a_directory_has_another_order(self, tmp_path: Path) -> None:
        for name in ("a", "b"):
            (tmp_path / name).mkdir()
            for number in range(12):
                picture = tf.io.encode_png(np.full((8, 8, 3), number, "uint8"))
                (tmp_path / name / f"{number:02}.png").write_bytes(picture.numpy())
        options: dict[str, Any] = {"image_size": (8, 8), "batch_size": 24, "verbose": False}
        shuffled = keras.utils.image_dataset_from_directory(tmp_path, **options)
        ordered = keras.utils.image_dataset_from_directory(tmp_path, shuffle=False, **options)

        def labels(dataset: Any) -> list[int]:
            return [int(label) for _, batch in dataset for label in batch.numpy()]

        assert labels(shuffled) != labels(shuffled)
        assert labels(ordered) == labels(ordered) == [0] * 12 + [1] * 12

    @pytest.mark.parametrize(
        ("options", "same"), [({}, False), ({"seed": 1}, False), ({"reshuffle_each_iteration": False}, True)]
    )
    def test_dataset_shuffle_reshuffles_unless_told_not_to(self, options: dict[str, Any], same: bool) -> None:
        dataset = tf.data.Dataset.range(50).shuffle(50, **options)
        assert (list(dataset.as_numpy_iterator()) == list(dataset.as_numpy_iterator())) is same


class TestKI406PredictStepsTruncates:
    def test_floor_division_drops_the_last_rows_without_a_word(self) -> None:
        assert dense().predict(X[:10], batch_size=4, steps=10 // 4, verbose=0).shape == (8, 1)
