"""`with watch() as seen:` says of a part of a program what the fixtures say of a test."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import pytest_keras_inference
from pytest_keras_inference.program import cost
from pytest_keras_inference.watching import callsite
from pytest_keras_inference.watching.calls import Call
from pytest_keras_inference.watching.callsite import CallSite, Span
from pytest_keras_inference.watching.growth import Growth, steady_growth
from pytest_keras_inference.watching.loops import Loop, loop_around
from pytest_keras_inference.watching.tracing import Traces

HERE = Path(__file__).name
MB = 2**20


def line_of(mark: str) -> int:
    """The row of this file that ends with a comment."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    return next(row for row, line in enumerate(lines, 1) if line.endswith(f"# {mark}"))


@pytest.fixture(scope="module")
def keras():
    import os

    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    return pytest.importorskip("keras")


@pytest.fixture
def model(keras):
    inputs = keras.Input((3,))
    hidden = keras.layers.BatchNormalization(name="norm")(keras.layers.Dense(4, name="body")(inputs))
    outputs = [keras.layers.Dense(2, name=name)(hidden) for name in ("policy", "value")]
    return keras.Model(inputs, outputs, name="agent")


@pytest.fixture
def x():
    import numpy as np

    return np.random.default_rng(0).normal(size=(4, 3)).astype("float32")


class TestCalls:
    """Loops that predict, models made anew, calls in training mode."""

    def test_a_loop(self, model, x, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cost, "_SECONDS", float("inf"))  # measured however busy the machine is
        with pytest_keras_inference.watch(measure=True) as seen:
            for row in x[[0, 1, 2, 3] * 3]:
                model.predict(row[None], verbose=0)  # the loop
        (found,) = seen.misuse
        assert (found.code, found.calls, found.site.line) == ("KI201", 12, line_of("the loop"))
        assert seen.costs[found.site].on_batch < found.seconds
        text = str(seen)
        assert f"{HERE}:{found.site.line} predict: 12 calls of 1 row" in text
        assert "measured here: predict_on_batch" in text
        assert re.search(rf"in this loop: \S*{HERE}:{found.site.line - 1}, for row in x", text)
        assert seen.worst == "warning"

    def test_nothing_to_tell(self, model, x) -> None:
        with pytest_keras_inference.watch() as seen:
            for _ in range(2):
                model.predict(x, verbose=0)
            model(x, training=False)
        assert (seen.findings, seen.gradients, seen.worst) == ([], [], "")
        assert str(seen) == "nothing to tell: 3 calls of Keras models from 2 places"

    def test_nothing_is_seen_before_and_after(self, model, x) -> None:
        model.predict(x, verbose=0)
        with pytest_keras_inference.watch() as seen:
            pass
        model.predict(x, verbose=0)
        assert seen.sites == []

    def test_a_threshold_and_what_is_ignored(self, model, x) -> None:
        with pytest_keras_inference.watch(threshold=3) as three, pytest_keras_inference.watch() as ten:
            for row in x:
                model.predict_on_batch(row[None])
                model.predict(row[None], verbose=0)
        assert [one.code for one in three.findings] == ["KI201"]
        assert ten.findings == []
        with pytest_keras_inference.watch(threshold=3, ignore=["KI201"]) as seen:
            for row in x:
                model.predict(row[None], verbose=0)
        assert seen.findings == []

    def test_a_model_that_is_made_for_every_call(self, keras, model, x) -> None:
        with pytest_keras_inference.watch(threshold=3) as seen:
            for _ in range(3):
                copy = keras.models.clone_model(model)
                copy.set_weights(model.get_weights())
                copy.predict(x, verbose=0)
        (found,) = seen.findings
        assert found.code == "KI205"
        assert found.evidence == "3 models with the same weights were called here, each traced anew"

    def test_an_ensemble_is_none(self, keras, model, x) -> None:
        with pytest_keras_inference.watch(threshold=3) as seen:
            for _ in range(3):
                keras.models.clone_model(model).predict(x, verbose=0)
        assert seen.findings == []

    def test_training_mode_at_inference(self, keras, model, x) -> None:
        import tensorflow as tf

        dropout = keras.Sequential([keras.Input((3,)), keras.layers.Dropout(0.5)])
        with pytest_keras_inference.watch() as seen:
            model(x, training=True)  # changes its statistics
            model(x, training=False)
            dropout(x, training=True)  # Monte-Carlo dropout is meant
            with tf.GradientTape():
                model(x, training=True)
            tf.function(lambda x: model(x, training=True))(x)
        (found,) = seen.misuse
        assert (found.code, found.calls, found.site.line) == ("KI306", 1, line_of("changes its statistics"))
        assert "BatchNormalization" in str(seen)

    def test_training_mode_while_a_model_is_trained_may_be_meant(self, model, x) -> None:
        """A generator makes examples for its discriminator, step by step or beside a compiled step."""
        import tensorflow as tf

        def examples() -> None:
            model(x, training=True)

        def step() -> None:
            with tf.GradientTape():
                model(x, training=True)

        with pytest_keras_inference.watch() as eager:
            for work in (step, examples, step):
                work()
        with pytest_keras_inference.watch() as compiled:
            tf.function(step)()
            examples()
        with pytest_keras_inference.watch() as after:
            step()
            examples()
        assert [len(seen.findings) for seen in (eager, compiled, after)] == [0, 0, 1]


def lose_value(tf, keras, model, x) -> None:
    """A step whose loss leaves the head `value` out."""
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(x, training=True)[0])
    gradients = tape.gradient(loss, model.trainable_variables)
    keras.optimizers.SGD().apply_gradients(zip(gradients, model.trainable_variables, strict=True))


class TestGradients:
    """What an optimizer is given, and why a gradient is missing."""

    def test_predict_under_the_tape(self, keras, model, x) -> None:
        import tensorflow as tf

        def step() -> None:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model.predict(x, verbose=0)[0])  # predict
            gradients = tape.gradient(loss, model.trainable_variables)
            keras.optimizers.SGD().apply_gradients(zip(gradients, model.trainable_variables, strict=True))  # applied

        with pytest_keras_inference.watch() as seen, pytest.raises(ValueError, match="No gradients provided"):
            step()
        (broken,) = seen.gradients
        assert (broken.status, broken.of, len(broken.paths), broken.severity) == ("none", 8, 8, "error")
        assert broken.site.line == line_of("applied")
        assert broken.cause is not None
        assert broken.cause.site is not None
        assert (broken.cause.code, broken.cause.site.line) == ("KI101", line_of("predict"))
        assert f"because of predict at {broken.cause.site.location}, see KI101 above" in str(seen)
        assert seen.worst == "error"

    def test_numpy_under_the_tape(self, keras, model, x) -> None:
        import tensorflow as tf

        def step() -> None:
            with tf.GradientTape() as tape:
                loss = tf.constant(model(x)[0].numpy().mean())  # numpy
            gradients = tape.gradient(loss, model.trainable_variables)
            keras.optimizers.SGD().apply(gradients, model.trainable_variables)

        with pytest_keras_inference.watch() as seen, pytest.raises(ValueError, match="No gradients provided"):
            step()
        (broken,) = seen.gradients
        assert broken.cause is not None
        assert broken.cause.site is not None
        assert (broken.cause.code, broken.cause.site.line) == ("KI103", line_of("numpy"))
        assert ".numpy() under the tape gives a NumPy value" in str(seen)

    def test_variables_that_the_loss_does_not_reach(self, keras, model, x) -> None:
        import tensorflow as tf

        optimizer = keras.optimizers.SGD()

        def step() -> None:
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(x, training=True)[0])
                print(loss.numpy())  # what is read beside the loss is no cause
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))

        with pytest_keras_inference.watch() as seen:
            for _ in range(3):
                with pytest.warns(UserWarning, match="Gradients do not exist"):
                    step()
        (broken,) = [one for one in seen.gradients if one.status == "none"]
        assert broken.paths == ("value/kernel", "value/bias")
        assert (broken.first_step, broken.steps, broken.severity) == (1, 3, "warning")
        assert "gradients of 2 of 8 variables are None since step 1 (value/kernel, value/bias)" in str(seen)
        assert broken.cause is not None
        assert broken.cause.what == "what is computed from layer 'value' (Dense) does not enter the loss"

    def test_what_follows_the_last_step_is_not_recorded_for_ever(self, keras, model, x) -> None:
        """A program that trains no more goes on as if it were not recorded."""
        import tensorflow as tf

        with pytest_keras_inference.watch() as seen:
            before = dict(vars(keras.layers.Layer))
            with pytest.warns(UserWarning, match="Gradients do not exist"):
                lose_value(tf, keras, model, x)
            assert dict(vars(keras.layers.Layer)) != before
            for _ in range(110):
                model(x[:1], training=False)
            assert dict(vars(keras.layers.Layer)) == before
        assert len(seen.gradients) == 1

    def test_the_first_step_is_not_enough_to_say_why(self, keras, model, x) -> None:
        """What happens under a tape is recorded in full at the step after the one that lost gradients."""
        import tensorflow as tf

        before = dict(vars(keras.layers.Layer))
        with pytest_keras_inference.watch() as seen, pytest.warns(UserWarning, match="Gradients do not exist"):
            lose_value(tf, keras, model, x)
        (broken,) = seen.gradients
        assert broken.cause is not None
        assert broken.cause.kind == "undecided"
        assert "watch_gradients" in broken.cause.instead
        assert dict(vars(keras.layers.Layer)) == before

    def test_a_gradient_that_is_always_zero_and_one_that_is_not(self, keras, x) -> None:
        import tensorflow as tf

        dead, alive = tf.Variable([1.0], name="dead"), tf.Variable([1.0], name="alive")
        optimizer = keras.optimizers.SGD()
        with pytest_keras_inference.watch() as seen:
            for step in range(5):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(tf.nn.relu(-dead) + alive * (step != 0))
                gradients = tape.gradient(loss, [dead, alive])
                optimizer.apply(gradients, [dead, alive])
        (broken,) = seen.gradients
        assert (broken.status, broken.looked, broken.severity) == ("zero", 3, "info")
        assert len(broken.paths) == 1

    def test_a_gradient_that_is_not_a_number(self, keras) -> None:
        import tensorflow as tf

        weight = tf.Variable([0.0])
        with pytest_keras_inference.watch() as seen:
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(tf.math.log(weight) * 0.0)
            keras.optimizers.SGD().apply(tape.gradient(loss, [weight]), [weight])
        (broken,) = seen.gradients
        assert "the gradient of the only variable is NaN at step 1" in str(broken)

    def test_fit_and_sound_steps_are_left_alone(self, keras, x) -> None:
        import tensorflow as tf

        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        model.compile("adam", "mse")
        with pytest_keras_inference.watch() as seen:
            model.fit(x, x[:, :1], epochs=2, verbose=0)
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(model(x, training=True))
            model.optimizer.apply(tape.gradient(loss, model.trainable_variables), model.trainable_variables)
        assert (seen.findings, seen.gradients) == ([], [])

    def test_everything_is_put_back(self, keras) -> None:
        import tensorflow as tf

        owners = (keras.optimizers.Optimizer, keras.Model, tf.GradientTape, type(tf.constant(1.0)).__mro__[1])
        before = [dict(vars(owner)) for owner in owners]
        with pytest_keras_inference.watch(), pytest_keras_inference.watch():
            assert [dict(vars(owner)) for owner in owners] != before
        assert [dict(vars(owner)) for owner in owners] == before


def test_what_was_seen_as_json(model, x, tmp_path: Path) -> None:
    with pytest_keras_inference.watch(threshold=3) as seen:
        for row in x:
            model.predict(row[None], verbose=0)
    data = json.loads(json.dumps(seen.to_dict(Path(__file__).parent)))
    (observed,) = data["observations"]
    assert (observed["path"], observed["loop"]["text"]) == (HERE, "for row in x")


class TestTheLoop:
    """Which loop the lines of a stack stand in."""

    SOURCE = """\
for a in range(3):
    def inner():
        call()
    inner()
while more():
    if True:
        call()
else:
    call()
found = [
    call(one)
    for one in rows
]
for b in call():
    pass
class Player:
    def act(self):
        for c in self.steps:
            with self.lock:
                call()
"""

    @pytest.mark.parametrize(
        ("line", "loop"),
        [
            (3, None),
            (4, (1, "for a in range(3)")),
            (5, (5, "while more()")),
            (7, (5, "while more()")),
            (9, None),
            (11, (10, "for one in rows")),
            (14, None),
            (20, (18, "for c in self.steps")),
        ],
    )
    def test_line(self, tmp_path: Path, line: int, loop: tuple[int, str] | None) -> None:
        path = tmp_path / "loops.py"
        path.write_text(self.SOURCE)
        name = str(path)
        assert loop_around([self.at(name, line)]) == (None if loop is None else Loop(name, *loop))

    @staticmethod
    def at(name: str, line: int) -> Span:
        """A call of which the line is known only."""
        return Span(name, line, None, line, None)

    @pytest.mark.parametrize(
        ("source", "text"),
        [
            ("found = [call() for one in range(2)]", "for one in range(2)"),
            ("found = {one: call() for one in range(2)}", "for one in range(2)"),
            ("found = list(call() for one in range(2))", "for one in range(2)"),
            ("for a in range(2): found = call([b for b in range(3)])", "for a in range(2)"),
            ("for a in range(2): found = [b for b in call()]", "for a in range(2)"),
            ("found = [one for one in call()]", None),
            ("found = call([one for one in range(3)])", None),
        ],
    )
    def test_of_several_on_a_line(self, tmp_path: Path, source: str, text: str | None) -> None:
        path = tmp_path / "loops.py"
        path.write_text(source)
        spans: list[Span] = []

        def call(*_: object) -> list[object]:
            spans[:] = callsite.stack(2).spans
            return []

        exec(compile(source, path, "exec"), {"call": call})
        loop = loop_around(span for span in spans if span.filename == str(path))
        assert (None if loop is None else loop.text) == text

    def test_the_innermost_of_a_stack(self, tmp_path: Path) -> None:
        path = tmp_path / "loops.py"
        path.write_text(self.SOURCE)
        at, name = self.at, str(path)
        assert loop_around([at(name, 3), at(name, 4)]) == Loop(name, 1, "for a in range(3)")
        assert loop_around([at("<string>", 1), at(str(tmp_path / "gone.py"), 1)]) is None


class TestMemory:
    """Growth is told where memory grows much, and all the time."""

    @pytest.mark.parametrize(
        ("looks", "growth"),
        [
            ([(n, n * 10 * MB) for n in range(20)], Growth(150 * MB, 15)),
            ([(n, n * MB) for n in range(20)], None),  # little
            ([(n, (500 if n > 10 else 0) * MB) for n in range(20)], None),  # once
            ([(n, n * 50 * MB) for n in range(5)], None),  # too few looks
            ([(n, -n * 10 * MB) for n in range(20)], None),
        ],
    )
    def test_looks(self, looks: list[tuple[int, int]], growth: Growth | None) -> None:
        assert steady_growth(looks) == growth

    def test_the_text(self) -> None:
        text = "memory +310 MB over 12,000 calls (26 KB a call), in every quarter of them"
        assert str(Growth(310 * MB, 12000)) == text


class TestRetracing:
    """Traces beyond the first of a model are told from the third on, with the place that caused the last."""

    @pytest.fixture
    def traces(self) -> Traces:
        return Traces()

    def test_a_model_whose_function_is_traced_for_each_shape(self, traces: Traces) -> None:
        model = traced_model()
        for count in (1, 2, 3):
            self.trace(traces, model, count)
        assert traces.retracings() == []
        self.trace(traces, model, 4)
        assert [str(one) for one in traces.retracings()] == [
            "serve.py:4: 3 retracings of predict (inputs of 4 shapes), Model 'm'"
        ]

    def test_a_function_made_anew_for_each_call(self, traces: Traces) -> None:
        for _ in range(4):
            self.trace(traces, traced_model(), 1)
        assert [one.times for one in traces.retracings()] == [3]

    def test_what_was_traced_before_it_forgot_does_not_count(self, traces: Traces) -> None:
        model = traced_model()
        self.trace(traces, model, 5)
        traces.forget()
        self.trace(traces, model, 6)
        assert traces.retracings() == []
        assert [one.times for one in traces.retracings(1)] == [1]

    def trace(self, traces: Traces, model: Any, count: int) -> None:
        import numpy as np

        model.predict_function.count = count
        site = CallSite("serve.py", count, count, 1, 9, "serve")
        call = Call("predict", site, "Model 'm'", 1, 1, None, 0.1, False, False, False, None, "MainThread")
        traces.look(call, model, np.zeros((count, 2)))


def traced_model() -> Any:
    class Function:
        count = 0

        def experimental_get_tracing_count(self) -> int:
            return self.count

    class Traced:
        predict_function = Function()

    return Traced()
