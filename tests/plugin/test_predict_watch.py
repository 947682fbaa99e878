"""The `predict_watch` fixture, the `predict_budget` marker and `watch_predicts`: what is recorded, what fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

Message = Callable[[pytest.RunResult], str]


@pytest.fixture
def model(keras_in_process: None) -> Any:
    import keras

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="policy")
    model.compile(loss="mse")
    return model


@pytest.fixture
def watch(keras_in_process: None) -> Any:
    from pytest_keras_inference import watch_predicts

    with watch_predicts() as watch:
        yield watch


def ones(rows: int, columns: int = 3) -> Any:
    import numpy as np

    return np.ones((rows, columns), "float32")


class TestWhatIsRecorded:
    """One `Call` a call of the user's."""

    def test_place_rows_batch_size_and_model(self, model: Any, watch: Any) -> None:
        model.predict(
            ones(70),
            batch_size=35,
            verbose=0,
        )
        (call,) = watch.calls
        assert call.kind == "predict"
        assert call.model == "Sequential 'policy'"
        assert (call.rows, call.batch_size) == (70, 35)
        assert call.site.filename == __file__
        assert call.site.function == "TestWhatIsRecorded.test_place_rows_batch_size_and_model"
        assert call.site.code.splitlines()[0] == "model.predict("
        assert call.site.end_line == call.site.line + 4
        assert call.thread == threading.main_thread().name
        assert 0 < call.seconds < 60
        assert not call.failed

    def test_every_way_of_calling(self, model: Any, watch: Any) -> None:
        x, y = ones(2), ones(2, 2)
        model.predict(x, verbose=0)
        model.predict_on_batch(x)
        model.evaluate(x, y, verbose=0)
        model.test_on_batch(x, y)
        model(x)
        assert [call.kind for call in watch.calls] == [
            "predict",
            "predict_on_batch",
            "evaluate",
            "test_on_batch",
            "__call__",
        ]
        assert [call.rows for call in watch.calls] == [2] * 5
        assert watch.count() == 4
        assert watch.count("__call__") == 1

    def test_a_batch_size_given_by_position(self, model: Any, watch: Any) -> None:
        model.predict(ones(4), 2, 0)
        model.evaluate(ones(4), ones(4, 2), 3, 0)
        assert [call.batch_size for call in watch.calls] == [2, 3]

    @pytest.mark.backend("tensorflow")
    def test_rows_of_a_dataset_are_read_from_the_output(self, model: Any, watch: Any) -> None:
        import tensorflow as tf

        model.predict(tf.data.Dataset.from_tensor_slices(ones(5)).batch(2), verbose=0)
        assert [call.rows for call in watch.calls] == [5]

    def test_rows_of_several_inputs(self, watch: Any) -> None:
        import keras

        a, b = keras.Input((3,), name="a"), keras.Input((3,), name="b")
        model = keras.Model([a, b], keras.layers.Add()([a, b]))
        model.predict({"a": ones(6), "b": ones(6)}, verbose=0)
        model.predict([ones(7), ones(7)], verbose=0)
        assert [call.rows for call in watch.calls] == [6, 7]

    def test_the_first_call_of_a_model_is_kept_apart(self, model: Any, watch: Any) -> None:
        for _ in range(3):
            model.predict(ones(1), verbose=0)
        assert [call.first for call in watch.calls] == [True, False, False]
        (site,) = watch.sites
        assert site.first_calls == 1
        assert site.typical_seconds == pytest.approx(sum(call.seconds for call in watch.calls[1:]) / 2)

    @pytest.mark.backend("tensorflow")
    def test_a_tape_and_a_trace(self, model: Any, watch: Any) -> None:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            model(ones(1))
            with tape.stop_recording():
                model.predict(ones(1), verbose=0)
        tf.function(lambda x: model(x))(tf.ones((1, 3)))
        assert [(call.recording, call.tracing) for call in watch.calls] == [
            (True, False),
            (False, False),
            (False, True),
        ]

    def test_calls_that_fit_makes(self, model: Any, watch: Any) -> None:
        import keras

        class Predicts(keras.callbacks.Callback):
            def on_epoch_end(self, epoch: int, logs: object = None) -> None:
                self.model.predict(ones(1), verbose=0)

        model.fit(ones(2), ones(2, 2), validation_data=(ones(2), ones(2, 2)), verbose=0, callbacks=[Predicts()])
        assert {(call.kind, call.inside) for call in watch.calls} == {("evaluate", "fit"), ("predict", "fit")}
        assert watch.count() == 0
        assert watch.findings() == []

    def test_building_a_functional_model_calls_nothing(self, model: Any, watch: Any) -> None:
        import keras

        inputs = keras.Input((3,))
        keras.Model(inputs, model(inputs))
        assert watch.calls == []

    def test_only_the_outermost_direct_call(self, model: Any, watch: Any) -> None:
        import keras

        inputs = keras.Input((3,))
        outer = keras.Model(inputs, model(inputs))
        outer(ones(1))
        assert [call.model for call in watch.calls] == [f"Functional {outer.name!r}"]

    def test_an_override_that_calls_super_is_seen_once(self, watch: Any) -> None:
        import keras

        class Chunked(keras.Sequential):
            def predict(self, x: Any, **kwargs: Any) -> Any:
                return super().predict(x, verbose=0)

        Chunked([keras.Input((3,)), keras.layers.Dense(2)]).predict(ones(1))
        (call,) = watch.calls
        assert call.site.code == "return super().predict(x, verbose=0)"

    def test_a_call_that_raises_raises_the_same_and_is_kept(self, model: Any, watch: Any) -> None:
        with pytest.raises(ValueError, match="incompatible"):
            model.predict(ones(1, 5), verbose=0)
        assert [call.failed for call in watch.calls] == [True]

    def test_other_threads(self, model: Any, watch: Any) -> None:
        thread = threading.Thread(target=lambda: model.predict(ones(1), verbose=0), name="server")
        thread.start()
        thread.join()
        assert [(call.thread, call.site.filename) for call in watch.calls] == [("server", __file__)]

    @pytest.mark.backend("tensorflow")
    def test_the_line_behind_autograph(self, model: Any, watch: Any) -> None:
        import tensorflow as tf

        @tf.function
        def step(x: Any) -> Any:
            if tf.reduce_sum(x) > 0:
                y = model(x)  # this line
            else:
                y = model(-x)
            return y

        step(tf.ones((1, 3)))
        assert [call.site.code for call in watch.calls] == ["y = model(x)  # this line", "y = model(-x)"]
        assert {call.site.filename for call in watch.calls} == {__file__}


def test_printing_a_watch_lists_places_figures_and_rules(with_model: pytest.Pytester) -> None:
    with_model.makepyfile(
        test_print="""
        def test_print(model, x, predict_watch):
            for i in range(2):
                model.predict(x + i, verbose=0)
            model(x)
            print(predict_watch)
            assert predict_watch.to_dict()["findings"][0]["code"] == "KI202"
        """
    )
    result = with_model.runpytest("-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "test_print.py 3 calls of Keras models from 2 places",
            "",
            "test_print.py:3 in test_print predict: 2 calls of 1 row, *s, the first *s, Sequential 'policy'",
            "    > model.predict(x + i, verbose=0)",
            "    KI202 predict-per-step: the same model, a few rows at a time",
            "    instead: model.predict_on_batch(x), or model(x, training=False); one call for all samples if they do*",
            "      depend on each other",
            "",
            "test_print.py:4 in test_print model(x): 1 call of 1 row, *s, Sequential 'policy'",
            "    > model(x)",
        ],
        consecutive=True,
    )


class TestBudgets:
    """`predict_watch.at_most` and `@pytest.mark.predict_budget` fail on the shape of the calls."""

    def test_at_most_shows_the_block_and_every_place(self, with_model: pytest.Pytester, message: Message) -> None:
        with_model.makepyfile(
            test_budget="""
            def test_budget(model, x, predict_watch):
                with predict_watch.at_most(calls=1):
                    for i in range(3):
                        model.predict(x + i, verbose=0)
                    model.predict_on_batch(x)
            """
        )
        result = with_model.runpytest()
        result.assert_outcomes(failed=1)
        assert message(result) == (
            "pytest_keras_inference.watching.predict_watch.PredictBudgetError: "
            "4 predict calls, at most 1 allowed (at_most(calls=1))\n"
            "\n"
            "test_budget.py:4 in test_budget predict: 3 calls of 1 row, T, the first T, Sequential 'policy'\n"
            "    > model.predict(x + i, verbose=0)\n"
            "    KI202 predict-per-step: the same model, a few rows at a time\n"
            "    instead: model.predict_on_batch(x), or model(x, training=False); one call for all samples if they do "
            "not\n"
            "      depend on each other\n"
            "\n"
            "test_budget.py:5 in test_budget predict_on_batch: 1 call of 1 row, T, Sequential 'policy'\n"
            "    > model.predict_on_batch(x)"
        )
        result.stdout.fnmatch_lines([">*with predict_watch.at_most(calls=1):", "test_budget.py:2: PredictBudgetError"])
        result.stdout.no_fnmatch_line("*pytest_keras_inference/watching/predict_watch.py*")

    def test_the_marker_counts_the_call_of_the_test_alone(self, with_model: pytest.Pytester) -> None:
        with_model.makepyfile(
            test_marked="""
            import pytest


            @pytest.fixture
            def warm(model, x):
                for i in range(5):
                    model.predict(x, verbose=0)


            @pytest.mark.predict_budget(calls=1)
            def test_within(warm, model, x):
                model.predict(x, verbose=0)


            @pytest.mark.predict_budget(calls=1, min_rows=32)
            def test_beyond(warm, model, x):
                model.predict(x, verbose=0)
                model.predict(x, verbose=0)
            """
        )
        result = with_model.runpytest()
        result.assert_outcomes(passed=1, failed=1)
        result.stdout.fnmatch_lines(
            [
                "_* test_beyond _*",
                "2 predict calls, at most 1 allowed; calls with 1 row, at least 32 wanted "
                "(@pytest.mark.predict_budget(calls=1, min_rows=32))",
                "",
                "test_marked.py:17 in test_beyond predict: 1 call of 1 row, *s, Sequential 'policy'",
                "    > model.predict(x, verbose=0)",
                "",
                "test_marked.py:18 in test_beyond predict: 1 call of 1 row, *s, Sequential 'policy'",
            ],
            consecutive=True,
        )

    def test_what_fit_and_direct_calls_do_is_free(self, with_model: pytest.Pytester) -> None:
        with_model.makepyfile(
            """
            def test_free(model, x, predict_watch):
                with predict_watch.at_most(calls=0):
                    model.fit(x, x[:, :2], validation_data=(x, x[:, :2]), verbose=0)
                    model(x)
            """
        )
        with_model.runpytest().assert_outcomes(passed=1)

    def test_a_failure_in_the_block_is_not_covered_up(self, with_model: pytest.Pytester) -> None:
        with_model.makepyfile(
            """
            def test_fails(model, x, predict_watch):
                with predict_watch.at_most(calls=0):
                    model.predict(x, verbose=0)
                    assert x.sum() == 4, "the user's own"
            """
        )
        with_model.runpytest().stdout.fnmatch_lines(["E*AssertionError: the user's own"])

    @pytest.mark.parametrize("arguments", ["", "1", "seconds=1"])
    def test_a_marker_with_wrong_arguments(self, pytester: pytest.Pytester, arguments: str) -> None:
        pytester.makepyfile(f"import pytest\n@pytest.mark.predict_budget({arguments})\ndef test_one():\n    pass\n")
        result = pytester.runpytest()
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["@pytest.mark.predict_budget takes calls=..., min_rows=... or both"])

    def test_at_most_without_a_limit(self, watch: Any) -> None:
        with pytest.raises(TypeError, match=r"at_most\(\) needs calls=\.\.\., min_rows=\.\.\. or both"):
            watch.at_most()
