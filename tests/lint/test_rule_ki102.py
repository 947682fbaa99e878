"""KI102: the predict family in code that is traced into a graph. Missed alarms and false alarms side by side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules import check_source
from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


# Functions that are traced


@table(
    tf_function="""
        @tf.function
        def distil(x, y):
            return tf.reduce_mean((model.predict(x) - y) ** 2)  # KI102
        """,
    tf_function_with_a_signature="""
        @tf.function(input_signature=[spec], reduce_retracing=True)
        def serve(x):
            return model.predict(x)  # KI102
        """,
    tf_function_imported_as_function="""
        from tensorflow import function
        @function
        def serve(x):
            return model.predict_on_batch(x)  # KI102
        """,
    tf_function_of_a_method="""
        class Scorer:
            def __init__(self):
                self.net = keras.Sequential()
            @tf.function
            def score(self, x):
                return self.net.predict(x)  # KI102
        """,
    tf_function_under_another_decorator="""
        import functools
        @functools.lru_cache
        @tf.function
        def serve(x):
            return model.predict(x)  # KI102
        """,
    tf_function_of_a_bound_method="""
        class Scorer:
            def __init__(self):
                self.net = keras.Sequential()
                self.fast = tf.function(self.score)
            def score(self, x):
                return self.net.predict(x)  # KI102
        """,
    tf_function_around_a_lambda="""
        serve = tf.function(lambda x: model.predict(x))  # KI102
        """,
    helper_of_a_tf_function="""
        def teach(x):
            return model.predict(x)  # KI102
        @tf.function
        def step(x, y):
            return loss_fn(teach(x), y)
        """,
    helper_two_calls_deep="""
        def inner(x):
            return model.predict(x)  # KI102
        def outer(x):
            return inner(x)
        @tf.function
        def step(x):
            return outer(x)
        """,
    nested_function_of_a_tf_function="""
        @tf.function
        def step(x):
            def inner():
                return model.predict(x)  # KI102
            return inner()
        """,
    evaluate="""
        @tf.function
        def step(x, y):
            return model.evaluate(x, y)  # KI102
        """,
    jax_jit="""
        import jax
        @jax.jit
        def serve(x):
            return model.predict(x)  # KI102
        """,
    jax_jit_with_static_arguments="""
        import jax, functools
        @functools.partial(jax.jit, static_argnames="n")
        def serve(x, n):
            return model.predict(x)  # KI102
        """,
    jax_vmap="""
        import jax
        def one(x):
            return model.predict(x[None])  # KI102
        jax.vmap(one)(xs)
        """,
    jax_pmap_of_a_lambda="""
        import jax
        jax.pmap(lambda x: model.predict(x))(xs)  # KI102
        """,
    jax_scan="""
        import jax
        def body(carry, x):
            return carry, model.predict(x)  # KI102
        jax.lax.scan(body, 0, xs)
        """,
    vectorized_map="""
        tf.vectorized_map(lambda x: model.predict(x), xs)  # KI102
        """,
    tf_map_fn_in_a_graph="""
        @tf.function
        def step(xs):
            return tf.map_fn(lambda x: model.predict(x), xs)  # KI102
        """,
)
def test_missed_alarms_in_traced_functions(judge: Judge, code: str) -> None:
    judge(code)


@table(
    from_tensor_slices="""
        data = tf.data.Dataset.from_tensor_slices(xs).map(lambda x: model.predict(x))  # KI102
        """,
    by_name="""
        def encode(x, y):
            return model.predict(x), y  # KI102
        data = tf.data.Dataset.from_tensor_slices((xs, ys))
        data = data.map(encode, num_parallel_calls=tf.data.AUTOTUNE).batch(8)
        """,
    behind_other_steps="""
        def encode(x):
            return model.predict(x)  # KI102
        data = tf.data.TFRecordDataset(files).shuffle(100).batch(8).map(encode)
        """,
    image_dataset_from_directory="""
        data = keras.utils.image_dataset_from_directory("images")
        data = data.map(lambda x, y: (model.predict(x), y))  # KI102
        """,
    bound_method="""
        class Data:
            def __init__(self):
                self.encoder = keras.Sequential()
            def encode(self, x):
                return self.encoder.predict(x)  # KI102
            def load(self, files):
                return tf.data.Dataset.list_files(files).map(self.encode).batch(8)
        """,
    dataset_in_a_parameter="""
        def encode(x):
            return model.predict(x)  # KI102
        def prepare(ds):
            return ds.map(encode, num_parallel_calls=4)
        """,
    dataset_filter="""
        data = tf.data.Dataset.from_tensor_slices(xs)
        data = data.filter(lambda x: model.predict(x)[0] > 0.5)  # KI102
        """,
    flat_map="""
        data = tf.data.Dataset.from_tensor_slices(xs)
        data = data.flat_map(lambda x: model.predict(x))  # KI102
        """,
)
def test_missed_alarms_in_dataset_pipelines(judge: Judge, code: str) -> None:
    judge(code)


# Losses and metrics


@table(
    compiled_loss="""
        vgg = keras.applications.VGG16()
        def perceptual(y_true, y_pred):
            return tf.reduce_mean((vgg.predict(y_true) - vgg(y_pred)) ** 2)  # KI102
        model.compile(loss=perceptual, optimizer="adam")
        """,
    compiled_loss_in_a_list="""
        def perceptual(y_true, y_pred):
            return model.predict(y_true) - y_pred  # KI102
        net = keras.Sequential()
        net.compile("adam", loss=["mse", perceptual], loss_weights=[1, 2])
        """,
    compiled_loss_in_a_dict="""
        def perceptual(y_true, y_pred):
            return model.predict(y_true) - y_pred  # KI102
        net = keras.Sequential()
        net.compile("adam", loss={"out": perceptual})
        """,
    compiled_loss_given_positionally="""
        def perceptual(y_true, y_pred):
            return model.predict(y_true) - y_pred  # KI102
        net = keras.Sequential()
        net.compile("adam", perceptual)
        """,
    loss_made_by_a_function="""
        def make_loss(net):
            def loss(y_true, y_pred):
                return net.predict(y_true) - y_pred  # KI102
            return loss
        model.compile("adam", loss=make_loss(model))
        """,
    loss_made_by_a_method="""
        class Vae:
            def __init__(self):
                self.encoder = keras.Sequential()
                self.net = keras.Sequential()
                self.net.compile("adam", loss=self.make_loss())
            def make_loss(self):
                return lambda y_true, y_pred: y_pred - self.encoder.predict(y_true)  # KI102
        """,
    lambda_loss="""
        model.compile("adam", loss=lambda t, p: p - model.predict(t))  # KI102
        """,
    compiled_metric_in_a_dict="""
        def score(y_true, y_pred):
            return model.predict(y_true)  # KI102
        net = keras.Sequential()
        net.compile("adam", "mse", metrics={"out": score})
        """,
    compiled_metric="""
        def score(y_true, y_pred):
            return model.predict(y_true)  # KI102
        model.compile("adam", "mse", metrics=[score, "mae"])
        """,
    add_loss_of_a_function="""
        def penalty():
            return model.predict(x)  # KI102
        model.add_loss(penalty)
        """,
    loss_subclass="""
        class Perceptual(keras.losses.Loss):
            def call(self, y_true, y_pred):
                return model.predict(y_true) - y_pred  # KI102
        """,
    loss_subclass_of_tf_keras="""
        class Perceptual(tf.keras.losses.Loss):
            def __init__(self, vgg: keras.Model):
                super().__init__()
                self.vgg = vgg
            def call(self, y_true, y_pred):
                return self.features(y_true) - y_pred
            def features(self, y):
                return self.vgg.predict(y)  # KI102
        """,
    metric_subclass="""
        class Score(keras.metrics.Metric):
            def update_state(self, y_true, y_pred, sample_weight=None):
                self.total.assign_add(model.predict(y_true))  # KI102
        """,
    metric_subclass_of_a_finished_metric="""
        class Score(keras.metrics.Mean):
            def update_state(self, y_true, y_pred, sample_weight=None):
                super().update_state(model.predict(y_true))  # KI102
        """,
)
def test_missed_alarms_in_losses_and_metrics(judge: Judge, code: str) -> None:
    judge(code)


# What Keras traces by itself


@pytest.mark.parametrize("method", ["call", "train_step", "test_step", "predict_step", "compute_loss"])
def test_missed_alarms_in_methods_of_a_model(judge: Judge, method: str) -> None:
    judge(
        f"""
        class Distiller(keras.Model):
            def __init__(self, teacher: keras.Model):
                super().__init__()
                self.teacher = teacher
            def {method}(self, data):
                return self.teacher.predict(data)  # KI102
        """
    )


@table(
    call_of_a_layer="""
        class Block(keras.layers.Layer):
            def call(self, x):
                return model.predict(x)  # KI102
        """,
    helper_of_call="""
        class Net(keras.Model):
            def encode(self, x):
                return model.predict(x)  # KI102
            def call(self, x):
                return self.encode(x)
        """,
    train_step_of_a_sub_subclass="""
        class Base(keras.Model):
            pass
        class Gan(Base):
            def train_step(self, data):
                return {"loss": model.predict(data)}  # KI102
        """,
    predict_of_self_in_train_step="""
        class Gan(tf.keras.Model):
            def train_step(self, data):
                y = self.predict(data)  # KI102
                return {"loss": y}
        """,
    under_a_tape_in_train_step_off_the_path="""
        class Distiller(keras.Model):
            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    soft = model.predict(x)  # KI102
                    loss = loss_fn(soft, self(x, training=True))
                grads = tape.gradient(loss, self.trainable_variables)
                return {"loss": loss}
        """,
    lambda_layer="""
        out = keras.layers.Lambda(lambda x: model.predict(x))(inputs)  # KI102
        """,
    lambda_layer_of_a_function="""
        def features(x):
            return model.predict(x)  # KI102
        out = keras.layers.Lambda(features, name="features")(inputs)
        """,
    strategy_run="""
        strategy = tf.distribute.MirroredStrategy()
        def replica(x):
            return model.predict(x)  # KI102
        def step(x):
            return strategy.run(replica, args=(x,))
        """,
)
def test_missed_alarms_in_what_keras_traces(judge: Judge, code: str) -> None:
    judge(code)


# False alarms


@table(
    direct_call_in_a_tf_function="""
        @tf.function
        def step(x):
            return model(x, training=False)
        model.predict(x)  # ok
        """,
    result_handed_to_a_tf_function="""
        @tf.function
        def step(x, soft):
            return model(x) - soft
        step(x, model.predict(x))  # ok
        """,
    callback="""
        class Sample(keras.callbacks.Callback):
            def on_epoch_end(self, epoch, logs=None):
                print(self.model.predict(grid), model.predict(grid))  # ok
        """,
    lambda_callback="""
        keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: print(model.predict(grid)))  # ok
        """,
    py_function="""
        def score(x):
            return model.predict(x)  # ok
        @tf.function
        def step(x):
            return tf.py_function(score, [x], tf.float32)
        """,
    py_function_by_keyword="""
        def score(x):
            return model.predict(x)  # ok
        @tf.function
        def step(x):
            return tf.py_function(func=score, inp=[x], Tout=tf.float32)
        """,
    numpy_function_in_a_dataset="""
        data = tf.data.Dataset.from_tensor_slices(xs)
        data = data.map(lambda x: tf.numpy_function(lambda v: model.predict(v), [x], tf.float32))  # ok
        """,
    pure_callback="""
        import jax
        @jax.jit
        def serve(x):
            return jax.pure_callback(lambda v: model.predict(v), shape, x)  # ok
        """,
    eager_map_fn="""
        def score(x):
            return model.predict(x)  # ok
        tf.map_fn(score, xs)
        """,
    functions_that_run_eagerly="""
        tf.config.run_functions_eagerly(True)
        @tf.function
        def serve(x):
            return model.predict(x)  # ok
        """,
    compiled_to_run_eagerly="""
        def perceptual(y_true, y_pred):
            return model.predict(y_true) - y_pred  # ok
        model.compile("adam", loss=perceptual, run_eagerly=True)
        """,
    function_that_a_function_makes_and_nobody_compiles="""
        def make_scorer(scale):
            def score(x):
                return model.predict(x) * scale  # ok
            return score
        make_scorer(2)(x)
        """,
    filter_of_a_list="""
        print(list(filter(lambda x: model.predict(x)[0] > 0.5, xs)))  # ok
        """,
    train_step_of_a_plain_class="""
        class Agent:
            def train_step(self, x):
                return model.predict(x)  # ok
        """,
    call_of_a_plain_class="""
        class Scorer:
            def __call__(self, x):
                return model.predict(x)  # ok
            def call(self, x):
                return model.predict(x)  # ok
        """,
    other_method_of_a_model="""
        class Net(keras.Model):
            def report(self, x):
                return self.predict(x)  # ok
            def call(self, x):
                return x
        """,
    metric_result_computed_by_hand="""
        class Score:
            def update_state(self, x):
                return model.predict(x)  # ok
        """,
    generator_of_a_dataset="""
        def samples():
            yield model.predict(x)  # ok
        data = tf.data.Dataset.from_generator(samples, output_signature=spec)
        """,
    pandas_map="""
        frame["score"] = frame["x"].map(lambda x: len(x))
        model.predict(frame)  # ok
        """,
    other_run="""
        import subprocess
        def job(x):
            return model.predict(x)  # ok
        runner.run(job)
        """,
    summary_of_a_compiled_model="""
        def show():
            return model.predict(x)  # ok
        model.compile("adam", loss="mse")
        model.fit(x, y, callbacks=[show])
        """,
    input_pipeline_of_predict="""
        data = tf.data.Dataset.from_tensor_slices(xs).map(lambda x: x / 255)
        model.predict(data)  # ok
        """,
    keras_sequence="""
        class Feed(keras.utils.Sequence):
            def __getitem__(self, i):
                return model.predict(self.x[i])  # ok
        """,
)
def test_false_alarms(judge: Judge, code: str) -> None:
    judge(code, select=("KI101", "KI102"))


def test_the_message_quotes_what_keras_says(judge: Judge) -> None:
    (found,) = judge("@tf.function\ndef f(x):\n    return model.predict(x)  # KI102\n")
    assert "'SymbolicTensor' object has no attribute 'numpy'" in found.message
    assert found.message.endswith("Call the model: model(x, training=False).")
    assert found.severity is Severity.ERROR


def test_the_trace_leads_from_the_call_to_the_tracer(judge: Judge) -> None:
    (found,) = judge(
        {
            "teach.py": """
                import keras
                teacher = keras.models.load_model("teacher.keras")
                def soft(x):
                    return teacher.predict(x)  # KI102
                """,
            "train.py": """
                import tensorflow as tf
                from teach import soft
                @tf.function
                def step(x):
                    return soft(x)
                """,
        }
    )
    steps = [(step.location.filename.rpartition("/")[2], step.location.start.row) for step in found.trace]
    assert steps == [("train.py", 5), ("train.py", 3)]
    assert found.trace[-1].message == "traced as tf.function"


# A model that is built where it runs


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        ("", "net = keras.applications.VGG16(weights=None)"),
        ("", "net = keras.models.load_model('m.keras')"),
        ("", "net = keras.Sequential([keras.layers.Dense(1)])"),
        ("def make():\n    return keras.Sequential([keras.layers.Dense(1)])\n", "net = make()"),
        (
            "class Net(keras.Model):\n    def call(self, x):\n        return x\n",
            "net = Net()",
        ),
    ],
)
def test_a_model_built_in_traced_code_must_move_out_first(
    judge: Judge, tmp_path: Path, outside: str, inside: str
) -> None:
    code = f"{outside}\ndef loss(y, p):\n    {inside}\n    return tf.reduce_mean(net.predict(p))  # KI102\n"
    (found,) = judge({"code.py": f"{IMPORTS}{code}\nkeras.Sequential().compile(loss=loss)\n"})
    assert "build or load it once, outside, and call it here: model(x, training=False)" in found.message
    (fixable,) = check_source(
        f"{IMPORTS}{code}\nkeras.Sequential().compile(loss=loss)\n",
        str(tmp_path / "a.py"),
        fixes=True,
        select=["KI102"],
    )
    assert fixable.fix is None


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        ("model = keras.models.load_model('m.keras')", "net = model"),
        (
            "import functools\n\n@functools.cache\ndef make():\n    return keras.models.load_model('m.keras')",
            "net = make()",
        ),
        ("nets = [keras.models.load_model('m.keras')]", "net = nets[0]"),
    ],
)
def test_a_model_built_elsewhere_is_called_where_it_is(tmp_path: Path, outside: str, inside: str) -> None:
    code = f"{IMPORTS}{outside}\ndef loss(y, p):\n    {inside}\n    return tf.reduce_mean(net.predict(p))\n"
    (found,) = check_source(
        f"{code}\nkeras.Sequential().compile(loss=loss)\n", str(tmp_path / "code.py"), fixes=True, select=["KI102"]
    )
    assert found.fix is not None
    assert [edit.content for edit in found.fix.edits if "training" in edit.content] == [", training=False"]


IMPORTS = "import keras\nimport tensorflow as tf\n"
