"""The hooks on `keras.Model` and `tf_keras.Model`: they come and go without a trace, and never fail a user's test."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from pytest_keras_inference import fault
from pytest_keras_inference.watching import hooks
from pytest_keras_inference.watching.calls import SiteCalls


def listener(call: Any, model: Any, x: Any) -> None:
    """Hears every call and keeps nothing."""


def attributes(owner: type) -> dict[str, Any]:
    """A class's own attributes, for comparison before and after."""
    return dict(vars(owner))


class TestComingAndGoing:
    """While somebody listens the methods are wrapped; then the classes are what they were."""

    @pytest.mark.parametrize("package", ["keras", pytest.param("tf_keras", marks=pytest.mark.backend("tf_keras"))])
    def test_the_classes_are_put_back_exactly(self, keras_in_process: None, package: str) -> None:
        owner = pytest.importorskip(package).Model if package == "keras" else _tf_keras().Model
        before = attributes(owner)
        hooks.listen(listener)
        assert vars(owner)["predict"].__wrapped__ is before.get("predict", vars(owner)["predict"].__wrapped__)
        assert set(vars(owner)) - set(before) <= {
            *hooks.PREDICT_FAMILY,
            "__call__",
            "fit",
            "train_on_batch",
        }
        hooks.unlisten(listener)
        assert attributes(owner) == before

    @pytest.mark.backend("tensorflow")
    def test_the_tape_is_put_back_exactly(self, keras_in_process: None) -> None:
        import tensorflow as tf

        before = attributes(tf.GradientTape)
        hooks.listen(listener)
        assert vars(tf.GradientTape)["gradient"] is not before["gradient"]
        hooks.unlisten(listener)
        assert attributes(tf.GradientTape) == before

    def test_two_listeners_hear_every_call_once(self, keras_in_process: None) -> None:
        import keras
        import numpy as np

        heard: list[str] = []
        one: hooks.Listener = lambda call, model, x: heard.append("one")  # noqa: E731
        two: hooks.Listener = lambda call, model, x: heard.append("two")  # noqa: E731
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        hooks.listen(one)
        hooks.listen(two)
        model(np.ones((1, 3)))
        hooks.unlisten(one)
        model(np.ones((1, 3)))
        hooks.unlisten(two)
        model(np.ones((1, 3)))
        assert heard == ["one", "two", "two"]

    def test_a_wrapper_that_somebody_put_over_ours_stays(self, keras_in_process: None) -> None:
        import keras
        import numpy as np

        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        hooks.listen(listener)
        ours = keras.Model.predict_on_batch

        def theirs(self: Any, x: Any) -> Any:
            return ours(self, x)

        keras.Model.predict_on_batch = theirs
        try:
            hooks.unlisten(listener)
            assert keras.Model.predict_on_batch is theirs
            assert model.predict_on_batch(np.ones((1, 3))).shape == (1, 2)
        finally:
            del keras.Model.predict_on_batch

    def test_signatures_and_docs_are_those_of_keras(self, keras_in_process: None) -> None:
        import inspect

        import keras

        before = inspect.signature(keras.Model.predict), keras.Model.predict.__doc__
        hooks.listen(listener)
        assert (inspect.signature(keras.Model.predict), keras.Model.predict.__doc__) == before
        hooks.unlisten(listener)

    def test_a_watched_model_is_saved_and_loaded(self, keras_in_process: None, tmp_path: Any) -> None:
        import keras
        import numpy as np

        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        hooks.listen(listener)
        try:
            model.save(tmp_path / "model.keras")
            loaded = keras.models.load_model(tmp_path / "model.keras")
            here, there = (keras.ops.convert_to_numpy(one(np.ones((1, 3)))) for one in (model, loaded))
            np.testing.assert_allclose(there, here, rtol=1e-6)
        finally:
            hooks.unlisten(listener)


class TestEqualCalls:
    """A listener that adds calls up is told of equal calls together, and comes to the same figures."""

    @staticmethod
    def program() -> None:
        """Calls that are equal, and calls that differ in each thing that is counted."""
        import threading

        import keras
        import numpy as np

        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="one")
        other = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="other")

        def call(rows: int = 1) -> None:
            model(np.ones((rows, 3), "float32"))

        for turn in range(70):
            call(1 + turn % 2)
            model(np.ones((2, 3), "float32"), training=turn % 3 == 0)
            other(np.ones((1, 3), "float32"))
        threads = [threading.Thread(target=lambda: [call() for _ in range(40)]) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for width in (3, 3, 4, 3, 4):
            try:
                model(np.ones((1, width), "float32"))
            except ValueError:
                assert width == 4
        inputs = keras.Input((3,))
        keras.Model(inputs, model(inputs))
        x, y = np.random.default_rng(0).random((12, 3), "float32"), np.ones((12, 2), "float32")
        model.compile(loss="mse", jit_compile=False)
        for turn in range(12):
            if turn == 8:
                model.compile(loss="mae", jit_compile=False)
            model.predict(x[: 1 + turn % 2] + turn, verbose=0)
            model.predict(x[turn : turn + 1], verbose=0)
            model.predict_on_batch(x[:1] + turn)
            model.test_on_batch(x[:3], y[:3])
            try:
                model.predict_on_batch(np.ones((1, 3 + turn // 11), "float32"))
            except Exception:
                assert turn == 11
        model.fit(x, y, validation_data=(x, y), epochs=2, verbose=0)
        if keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            for _ in range(5):
                with tf.GradientTape():
                    call()
                call()

    def counted(self, adds_up: bool) -> list[SiteCalls]:
        from pytest_keras_inference.watching.predict_watch import Tally

        tally = Tally()
        heard = 0

        def count(call: Any, model: Any, x: Any) -> None:
            nonlocal heard
            heard += 1
            tally.add(call)

        hooks.listen(count, adds_up=adds_up, whole=3)
        try:
            self.program()
        finally:
            hooks.unlisten(count)
        assert fault.trouble() is None
        found = tally.of("")
        assert (heard == sum(one.calls for one in found)) is not adds_up
        return [replace(one, seconds=0.0, first_seconds=0.0) for one in found]

    def test_both_ways_count_the_same(self, keras_in_process: None) -> None:
        """But for the rows of many calls whose inputs differ: they are an estimate."""
        together, one_by_one = self.counted(adds_up=True), self.counted(adds_up=False)
        assert [one.rows for one in together] == pytest.approx([one.rows for one in one_by_one], rel=0.2)
        assert [replace(one, rows=0) for one in together] == [replace(one, rows=0) for one in one_by_one]

    def test_of_many_calls_most_are_only_counted(self, keras_in_process: None) -> None:
        """Their number and place stay exact; a call that fails is told as one; what a model calls itself is no call."""
        import keras
        import numpy as np

        inner = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="inner")
        outer = keras.Sequential([keras.Input((3,)), inner], name="outer")
        x = np.ones((1, 3), "float32")
        heard: list[Any] = []

        def listen(call: Any, model: Any, x: Any) -> None:
            heard.append((call.model.split()[1], call.site.line, call.times, call.failed, call.seconds))

        def call(x: Any) -> None:
            with contextlib.suppress(ValueError):
                outer(x)

        def program() -> None:
            for _ in range(100):
                inner(x)
                outer(x)
            inner(x)
            for width in (3, 4):
                call(np.ones((1, width), "float32"))

        hooks.listen(listen, adds_up=True)
        try:
            program()
        finally:
            hooks.unlisten(listen)
        line = call.__code__.co_firstlineno
        counted: dict[tuple[str, int, bool], int] = {}
        for name, row, times, failed, seconds in heard:
            assert seconds > 0
            counted[name, row - line, failed] = counted.get((name, row - line, failed), 0) + times
        assert counted == {
            ("'inner'", 6, False): 100,
            ("'outer'", 7, False): 100,
            ("'inner'", 8, False): 1,
            ("'outer'", 2, False): 1,
            ("'outer'", 2, True): 1,
        }
        assert len(heard) < 20

    @pytest.mark.backend("tensorflow")
    def test_of_many_predicts_few_are_looked_at(self, keras_in_process: None, monkeypatch: pytest.MonkeyPatch) -> None:
        """The rows of each stay exact: an array tells its shape for nothing."""
        import keras
        import numpy as np

        from pytest_keras_inference.watching import observing

        looks: list[None] = []
        monkeypatch.setattr(observing, "probes_of", lambda _: (lambda: bool(looks.append(None)), lambda: False))
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        rows: list[int] = []

        def listen(call: Any, model: Any, x: Any) -> None:
            rows.extend([call.rows] * call.times)

        hooks.listen(listen, adds_up=True)
        try:
            for turn in range(120):
                model.predict(np.full((5 if turn > 40 and turn % 50 == 0 else 1, 3), turn, "float32"), verbose=0)
        finally:
            hooks.unlisten(listen)
        assert sorted(rows) == [1] * 118 + [5] * 2
        assert len(looks) < 40

    def test_a_model_is_not_kept(self, keras_in_process: None) -> None:
        import gc
        import weakref

        import keras
        import numpy as np

        hooks.listen(listener, adds_up=True)
        try:
            model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
            for _ in range(3):
                model(np.ones((1, 3)))
            kept = weakref.ref(model)
            del model
            gc.collect()
            assert kept() is None
        finally:
            hooks.unlisten(listener)


class TestFaultsOfOurOwn:
    """A hook that raises is switched off and told in one line; the user's calls go on."""

    def test_a_broken_listener_fails_no_call(self, keras_in_process: None) -> None:
        import keras
        import numpy as np

        def broken(call: Any, model: Any, x: Any) -> None:
            raise KeyError("ours")

        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        hooks.listen(broken)
        try:
            assert model.predict(np.ones((1, 3)), verbose=0).shape == (1, 2)
            reason = fault.trouble()
            assert reason is not None
            assert reason.startswith("KeyError: 'ours' at ")
            assert model.predict(np.ones((1, 3)), verbose=0).shape == (1, 2)
        finally:
            hooks.unlisten(broken)

    def test_the_next_listener_gives_the_hooks_another_chance(self, keras_in_process: None) -> None:
        hooks.listen(listener)
        fault.switch_off(RuntimeError("a fault"))
        hooks.unlisten(listener)
        assert fault.trouble() == "RuntimeError: a fault"
        hooks.listen(listener)
        assert fault.trouble() is None
        hooks.unlisten(listener)

    def test_an_input_that_answers_nothing_is_passed_on(self, keras_in_process: None) -> None:
        import keras
        import numpy as np

        class Odd:
            @property
            def shape(self) -> Any:
                raise RuntimeError("no shape today")

        class Takes(keras.Model):
            def call(self, x: Any) -> Any:
                return x

            def predict_on_batch(self, x: Any) -> Any:
                return super().predict_on_batch(np.ones((1, 3)))

        heard: list[Any] = []
        one: hooks.Listener = lambda call, model, x: heard.append(call)  # noqa: E731
        hooks.listen(one)
        try:
            assert Takes().predict_on_batch(Odd()).shape == (1, 3)
        finally:
            hooks.unlisten(one)
        assert fault.trouble() is None
        assert [call.rows for call in heard] == [1]

    def test_the_summary_says_so_in_one_line(
        self, with_model: pytest.Pytester, section: Callable[[pytest.RunResult], str]
    ) -> None:
        with_model.makepyfile(
            """
            from pytest_keras_inference.watching import callsite


            def test_one(model, x, monkeypatch):
                def broken(depth=1):
                    raise RuntimeError("a fault")
                monkeypatch.setattr(callsite, "find", broken)
                model.predict(x, verbose=0)
                model.predict(x, verbose=0)


            def test_two(model, x):
                model.predict(x, verbose=0)
            """
        )
        result = with_model.runpytest("--keras-inference=strict")
        result.assert_outcomes(passed=2)
        (line,) = section(result).splitlines()
        assert line.startswith("the watch switched itself off: RuntimeError: a fault at ")

    def test_a_fault_while_judging_fails_no_test(
        self, with_model: pytest.Pytester, section: Callable[[pytest.RunResult], str]
    ) -> None:
        with_model.makepyfile(
            """
            import pytest
            from pytest_keras_inference.session import wholerun


            @pytest.fixture(scope="session")
            def broken():
                def judge(sites, threshold):
                    raise ZeroDivisionError("a fault")

                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(wholerun, "judge", judge)
                    yield


            def test_one(model, x, broken):
                model.predict(x, verbose=0)


            def test_two():
                pass
            """
        )
        result = with_model.runpytest("--keras-inference=strict")
        result.assert_outcomes(passed=2)
        assert "the watch switched itself off: ZeroDivisionError: a fault at " in section(result)


@pytest.mark.backend("tf_keras")
class TestTfKeras:
    """tf_keras has Model classes of its own."""

    def test_calls_are_recorded_with_tape_and_trace(self, keras_in_process: None) -> None:
        import numpy as np
        import tensorflow as tf

        from pytest_keras_inference import watch_predicts

        tf_keras = _tf_keras()
        model = tf_keras.Sequential([tf_keras.layers.Dense(2, input_shape=(3,))], name="old")
        model.compile(loss="mse")
        x = np.ones((2, 3), "float32")
        with watch_predicts() as watch:
            model.predict(x, verbose=0)
            model.predict_on_batch(x)
            with tf.GradientTape():
                model(x)
            tf.function(model)(tf.constant(x))
            model.fit(x, x[:, :2], validation_data=(x, x[:, :2]), verbose=0)
        assert [(call.kind, call.rows, call.recording, call.tracing, call.inside) for call in watch.calls] == [
            ("predict", 2, False, False, None),
            ("predict_on_batch", 2, False, False, None),
            ("__call__", 2, True, False, None),
            ("__call__", 2, False, True, None),
            ("evaluate", 2, False, False, "fit"),
        ]

    def test_autograph_converts_the_users_call_as_without_us(self, keras_in_process: None) -> None:
        import tensorflow as tf

        tf_keras = _tf_keras()

        class Branches(tf_keras.Model):  # type: ignore[misc, name-defined]
            def call(self, x: Any) -> Any:
                if tf.reduce_sum(x) > 0:
                    return x
                return -x

        hooks.listen(listener)
        try:
            model = Branches()
            step = tf.function(lambda x: model(x))
            assert [float(step(tf.constant(value))) for value in (2.0, -3.0)] == [2.0, 3.0]
        finally:
            hooks.unlisten(listener)

    def test_building_a_functional_model_calls_nothing(self, keras_in_process: None) -> None:
        from pytest_keras_inference import watch_predicts

        tf_keras = _tf_keras()
        model = tf_keras.Sequential([tf_keras.layers.Dense(2, input_shape=(3,))])
        with watch_predicts() as watch:
            inputs = tf_keras.Input((3,))
            tf_keras.Model(inputs, model(inputs))
        assert watch.calls == []


def _tf_keras() -> Any:
    import tf_keras

    return tf_keras
