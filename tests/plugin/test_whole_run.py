"""The watch over a whole run: what it tells at the end, and what strict mode fails."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_keras_inference.report.record import TestRecord
from pytest_keras_inference.report.summary import RunSummary
from pytest_keras_inference.watching.growth import Growth

Section = Callable[[pytest.RunResult], str]

AGENT = """
class Agent:
    def __init__(self, model):
        self.model = model

    def act(self, state):
        return self.model.predict(state[None], verbose=0).argmax()
"""

EPISODE = """
import numpy as np
from agent import Agent


def test_episode(model):
    agent, state = Agent(model), np.zeros(3, "float32")
    for _ in range(4):
        state = state + 1 + agent.act(state)
"""

SAMPLES = """
from loops import samples


def test_samples(model):
    samples(model)
"""

LOOP = """
from loops import loop


def test_loop(model, x):
    loop(model, x)
"""

LOOPS = """
import numpy as np


def loop(model, x, times=4):
    for i in range(times):
        model.predict(x + i, verbose=0)


def samples(model):
    x = np.random.rand(4, 3).astype("float32")
    for i in range(4):
        model.predict(x[i : i + 1], verbose=0)


def same(model, x):
    for _ in range(4):
        model.predict(x, verbose=0)


def changing(model, x):
    for i in range(4):
        model.layers[0].bias.assign([i, i])
        model.predict(x, verbose=0)


def slow(model, x):
    model.predict(x, verbose=0)
"""
"""What the tests test: loops written in a test are that test's own business."""


@pytest.fixture
def low(with_model: pytest.Pytester) -> pytest.Pytester:
    """A folder in which three calls make a loop."""
    with_model.makeini("[pytest]\nkeras_inference_threshold = 3\npythonpath = .\n")
    with_model.makepyfile(agent=AGENT, loops=LOOPS)
    return with_model


def test_a_loop_of_dependent_calls_is_told_with_its_place_and_fix(low: pytest.Pytester, section: Section) -> None:
    low.makepyfile(EPISODE)
    result = low.runpytest()
    result.assert_outcomes(passed=1)
    assert section(result) == (
        "agent.py:6 predict: 4 calls of 1 row, T; predict_on_batch measured Nx faster here\n"
        "    KI202 predict-per-step: the same model, a few rows at a time\n"
        "    > return self.model.predict(state[None], verbose=0).argmax()\n"
        "    instead: model.predict_on_batch(x), or model(x, training=False); "
        "one call for all samples if they do not depend on each other"
    )


def test_slices_of_one_array_are_told_as_samples_that_one_call_takes(low: pytest.Pytester, section: Section) -> None:
    low.makepyfile(test_samples=SAMPLES)
    assert section(low.runpytest()) == (
        "loops.py:12 predict: 4 calls of 1 row, T; predict_on_batch measured Nx faster here\n"
        "    KI201 predict-per-sample: every input was cut from one array\n"
        "    > model.predict(x[i : i + 1], verbose=0)\n"
        "    instead: one call for all samples: model.predict(x, batch_size=...)"
    )


def test_source_that_would_act_on_the_terminal_is_shown_escaped(low: pytest.Pytester, section: Section) -> None:
    low.makepyfile(test_samples=SAMPLES, loops=LOOPS.replace("1], verbose=0)", "1], verbose='\x1b[2J\u202e' and 0)"))
    assert "\n    > model.predict(x[i : i + 1], verbose='\\x1b[2J\\u202e' and 0)\n" in section(low.runpytest())
    result = low.runpytest("--keras-inference=strict")
    assert "\x1b" not in result.stdout.str()
    assert "verbose='\\x1b[2J\\u202e' and 0)" in result.stdout.str()


def test_the_same_input_and_output_again_and_again(low: pytest.Pytester, section: Section) -> None:
    low.makepyfile(
        test_same="""
        from loops import same


        def test_same(model, x):
            same(model, x)
        """
    )
    assert section(low.runpytest()) == (
        "loops.py:17 predict: 4 calls of 1 row, T\n"
        "    KI204 loop-invariant-predict: every call had the same input and gave the same output\n"
        "    > model.predict(x, verbose=0)\n"
        "    instead: predict once before the loop"
    )


def test_the_same_input_to_a_model_that_changes_is_not_called_invariant(low: pytest.Pytester, section: Section) -> None:
    low.makepyfile(
        test_changing="""
        from loops import changing


        def test_changing(model, x):
            changing(model, x)
        """
    )
    assert "KI202 predict-per-step" in section(low.runpytest())


def test_predict_whose_gradient_a_tape_is_asked_for(low: pytest.Pytester, section: Section) -> None:
    low.makepyfile(
        test_tape="""
        import tensorflow as tf


        def test_mixed_loss(model, x):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model(x, training=True)) + model.predict(x, verbose=0).sum()
            assert None not in tape.gradient(loss, model.trainable_variables)
        """
    )
    result = low.runpytest()
    result.assert_outcomes(passed=1)
    assert section(result) == (
        "test_tape.py:6 predict: 1 call of 1 row, T\n"
        "    KI101 predict-breaks-gradient: predict ran while a tape recorded, and the tape was asked for gradients "
        "through it\n"
        "    > loss = tf.reduce_sum(model(x, training=True)) + model.predict(x, verbose=0).sum()\n"
        "    instead: call the model: model(x, training=True) for its weights, model(x, training=False) for its input"
    )


def test_predict_between_an_actor_and_its_loss(low: pytest.Pytester, section: Section) -> None:
    low.makepyfile(
        """
        import keras
        import tensorflow as tf


        def test_actor(model, x):
            actor = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3)])
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum(model.predict(actor(x), verbose=0))
            assert tape.gradient(loss, actor.trainable_variables) == [None, None]
        """
    )
    assert "KI101" in section(low.runpytest())


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            """
            x = tf.constant(x)
            with tf.GradientTape() as tape:
                tape.watch(x)
                score = model.predict(x, verbose=0).sum() + tf.reduce_sum(x)
            assert tape.gradient(score, x) is not None
            """,
            id="saliency, the input is the source",
        ),
        pytest.param(
            """
            with tf.GradientTape(persistent=True) as tape:
                out = model(x) * model.predict(x, verbose=0)
            tape.jacobian(out, model.trainable_variables)
            """,
            id="jacobian of a persistent tape",
        ),
        pytest.param(
            """
            with tf.GradientTape() as outer:
                with tf.GradientTape() as inner:
                    out = model(x) * model.predict(x, verbose=0)
                slopes = inner.gradient(out, model.trainable_variables)
                loss = tf.reduce_sum(slopes[0])
            outer.gradient(loss, model.trainable_variables)
            """,
            id="nested tapes",
        ),
        pytest.param(
            """
            with tf.GradientTape() as tape:
                out = model(x) * model.predict(x, verbose=0)
            tape.gradient(out, {"weights": [model.trainable_variables[0].value]})
            """,
            id="nested sources, the TensorFlow variable itself",
        ),
    ],
)
def test_every_way_of_asking_a_tape(low: pytest.Pytester, section: Section, body: str) -> None:
    low.makepyfile(
        "import tensorflow as tf\n\n\ndef test_asks(model, x):\n" + textwrap.indent(textwrap.dedent(body), "    ")
    )
    result = low.runpytest()
    result.assert_outcomes(passed=1)
    assert "KI101 predict-breaks-gradient" in section(result)


def test_predict_in_traced_code_explains_the_failure_it_causes(low: pytest.Pytester) -> None:
    low.makepyfile(
        test_traced="""
        import tensorflow as tf


        def test_traced(model, x):
            @tf.function
            def step(x):
                if tf.reduce_sum(x) > 0:
                    return model.predict(x)
                return x

            step(tf.constant(x))
        """
    )
    result = low.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- keras inference -*",
            "test_traced.py:8 predict: 1 call of 1 row, *s",
            "    KI102 predict-in-traced-code: predict was called while a graph was traced, and raised",
            "    > return model.predict(x)",
            "    instead: call the model: model(x, training=...)",
        ],
        consecutive=True,
    )


def test_what_a_check_has_said_in_the_failure_is_not_said_twice(low: pytest.Pytester) -> None:
    low.makepyfile(
        test_said="""
        import tensorflow as tf


        def test_step(model, x, gradient_check):
            with gradient_check.watch():
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(model.predict(x, verbose=0))
                tape.gradient(loss, model.trainable_variables)
        """
    )
    result = low.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *KI101*", "E *test_said.py:7 in test_step"])
    result.stdout.no_fnmatch_line("-* keras inference -*")


def test_monte_carlo_dropout_that_moves_statistics(low: pytest.Pytester, section: Section) -> None:
    """Told where one input is drawn for several times; a frozen layer, other inputs or no Dropout are left alone, and
    so is what a test does itself."""
    low.makepyfile(
        uncertain="""
        def draw(net, x):
            return [net(x, training=True) for _ in range(3)]


        def settle(net, batches):
            for x in batches:
                net(x, training=True)
        """,
        test_draws="""
        import keras
        import uncertain
        from keras import layers


        def net(*, rate=0.5, frozen=False):
            norm = layers.BatchNormalization(trainable=not frozen)
            drop = [layers.Dropout(rate)] if rate else []
            return keras.Sequential([keras.Input((3,)), norm, *drop], name="net")


        def test_told(x):
            uncertain.draw(net(), x)


        def test_left_alone(x):
            uncertain.draw(net(frozen=True), x)
            uncertain.draw(net(rate=0), x)
            uncertain.settle(net(), [x, x + 1, x + 2])
            own = net()
            own(x, training=True)
            own(x, training=True)
        """,
    )
    result = low.runpytest("--keras-inference=strict")
    result.assert_outcomes(passed=2)
    assert section(result) == (
        "uncertain.py:2 model(x): 3 calls of 1 row, T\n"
        "    KI306 training-true-at-inference: training=True draws several outputs for one input "
        "(Monte-Carlo dropout), and each call changes the statistics of BatchNormalization too\n"
        "    > return [net(x, training=True) for _ in range(3)]\n"
        "    instead: freeze what learns statistics before: for each BatchNormalization layer, layer.trainable = False"
    )


class TestSilence:
    """Nothing is printed where nothing is wrong."""

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param("for i in range(2): model.predict(x + i, verbose=0)", id="below the threshold"),
            pytest.param("for i in range(4): model.predict(np.ones((32, 3)) + i, verbose=0)", id="full batches"),
            pytest.param("for i in range(4): model.predict_on_batch(x + i)", id="predict_on_batch"),
            pytest.param("for i in range(4): model(x + i, training=False)", id="direct calls"),
            pytest.param("model.fit(x, x[:, :2], validation_data=(x, x[:, :2]), epochs=4, verbose=0)", id="fit"),
            pytest.param("model.fit(x, x[:, :2], epochs=4, verbose=0, callbacks=[Predicts()])", id="callback"),
            pytest.param(
                "for i in range(4): new().predict(x + i, verbose=0)", id="another model each time, as in k-fold"
            ),
            pytest.param("for one in [new() for i in range(4)]: one.predict(x, verbose=0)", id="an ensemble"),
            pytest.param(
                "for i in range(4): keras.models.model_from_json(model.to_json()).predict(0 * x, verbose=0)",
                id="the same model made again: a search or a test of saving looks the same",
            ),
            pytest.param("model(np.ones((10_000, 3)), training=False)", id="one large direct call"),
            pytest.param("model.predict_on_batch(np.ones((10_000, 3)))", id="one large batch"),
        ],
    )
    def test_no_section(self, low: pytest.Pytester, section: Section, body: str) -> None:
        low.makepyfile(
            "import keras, numpy as np\n"
            "class Predicts(keras.callbacks.Callback):\n"
            "    def on_epoch_end(self, epoch, logs=None): self.model.predict(np.ones((1, 3)) + epoch, verbose=0)\n"
            "def new(): return keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])\n"
            f"def test_one(model, x):\n    {body}\n"
        )
        result = low.runpytest()
        result.assert_outcomes(passed=1)
        assert section(result) == ""
        assert "keras" not in result.stdout.lines[-2]

    def test_a_target_network_under_the_tape_is_a_constant(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(
            """
            import keras
            import tensorflow as tf


            def test_target(model, x):
                target = keras.models.clone_model(model)
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean((model(x, training=True) - target.predict(x, verbose=0)) ** 2)
                assert None not in tape.gradient(loss, model.trainable_variables)
            """
        )
        result = low.runpytest()
        result.assert_outcomes(passed=1)
        assert section(result) == ""

    def test_two_tapes_are_told_apart(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(
            """
            import keras
            import tensorflow as tf


            def test_gan(model, x):
                critic = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
                with tf.GradientTape() as critic_tape:
                    loss = tf.reduce_sum(critic(model.predict(x, verbose=0)))
                critic_tape.gradient(loss, critic.trainable_variables)
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(critic(model(x)))
                tape.gradient(loss, model.trainable_variables)
            """
        )
        assert section(low.runpytest()) == ""

    def test_off(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(LOOP)
        assert section(low.runpytest("--keras-inference=off")) == ""


def test_worst_time_comes_first_and_tests_are_added_up(low: pytest.Pytester, section: Section) -> None:
    low.makepyfile(
        test_many="""
        import pytest
        from loops import loop, slow


        def test_little(model, x):
            loop(model, x, 3)


        @pytest.mark.parametrize("n", range(3))
        def test_much(model, x, n):
            for i in range(4):
                slow(model, x + i)
        """
    )
    lines = section(low.runpytest()).splitlines()
    heads = [line for line in lines if " predict: " in line]
    assert heads == [
        "loops.py:27 predict: 12 calls of 1 row, T; predict_on_batch measured Nx faster here",
        "loops.py:6 predict: 3 calls of 1 row, T; predict_on_batch measured Nx faster here",
    ]


class TestMeasuring:
    """What a loop would gain is measured only where nobody can notice."""

    @pytest.mark.parametrize(
        "layer",
        [
            pytest.param("Counts()", id="a layer of the user's"),
            pytest.param("keras.layers.Lambda(lambda x: count() or x)", id="a function of the user's"),
        ],
    )
    def test_code_of_the_users_is_not_run_again(self, low: pytest.Pytester, section: Section, layer: str) -> None:
        low.makepyfile(
            f"""
            import keras
            from loops import loop

            calls = []


            def count():
                calls.append(1)


            class Counts(keras.layers.Layer):
                def call(self, x):
                    count()
                    return x


            def test_own(x):
                model = keras.Sequential([keras.Input((3,)), {layer}])
                model.compile(run_eagerly=True)
                calls.clear()
                loop(model, x)


            def test_afterwards():
                assert len(calls) == 4
            """
        )
        result = low.runpytest()
        result.assert_outcomes(passed=2)
        assert section(result).splitlines()[0].endswith(" predict: 4 calls of 1 row, T")

    def test_state_and_seeds_are_put_back(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(
            """
            import keras
            import numpy as np
            import pytest
            from loops import loop


            @pytest.fixture(scope="module")
            def rnn():
                layers = [keras.Input((2, 3), batch_size=1), keras.layers.LSTM(2, stateful=True, dropout=0.5)]
                return keras.Sequential(layers)


            def test_steps(rnn):
                loop(rnn, np.zeros((1, 2, 3), "float32"))
                test_steps.state = [variable.numpy() for variable in rnn.variables]


            def test_afterwards(rnn):
                for before, now in zip(test_steps.state, rnn.variables):
                    np.testing.assert_array_equal(before, now.numpy())
            """
        )
        result = low.runpytest()
        result.assert_outcomes(passed=2)
        assert "measured Nx faster here" in section(result)


class TestStrict:
    """--keras-inference=strict fails the test that misuses predict."""

    def test_the_failure_is_the_diagnosis_without_a_traceback(self, low: pytest.Pytester) -> None:
        low.makepyfile(test_strict=LOOP)
        result = low.runpytest("--keras-inference=strict")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            [
                "_* test_loop _*",
                "Keras inference is misused in this test (--keras-inference=strict)",
                "",
                "loops.py:6 predict: 4 calls of 1 row, *s; predict_on_batch measured *x faster here",
                "    KI202 predict-per-step: the same model, a few rows at a time",
                "    > model.predict(x + i, verbose=0)",
                "    instead: model.predict_on_batch(x), or model(x, training=False); *",
                "",
                'If this is meant: @pytest.mark.keras_inference(allow=["KI202"])',
            ],
            consecutive=True,
        )

    def test_what_a_failure_told_is_not_told_again_at_the_end(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(LOOP)
        assert section(low.runpytest("--keras-inference=strict")) == ""

    def test_calls_outside_tests_are_told_at_the_end(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(
            """
            import keras
            import numpy as np

            model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
            outputs = [model.predict(np.full((1, 3), i), verbose=0) for i in range(4)]


            def test_nothing():
                pass
            """
        )
        assert "predict: 4 calls of 1 row" in section(low.runpytest("--keras-inference=strict"))

    def test_the_ini_option_sets_it(self, low: pytest.Pytester) -> None:
        low.makeini("[pytest]\nkeras_inference = strict\nkeras_inference_threshold = 3\npythonpath = .\n")
        low.makepyfile(LOOP)
        low.runpytest().assert_outcomes(failed=1)

    def test_a_remark_fails_nothing(self, low: pytest.Pytester) -> None:
        low.makepyfile(
            """
            import tensorflow as tf


            def test_logging(model, x):
                with tf.GradientTape():
                    model.predict(x, verbose=0)
            """
        )
        low.runpytest("--keras-inference=strict").assert_outcomes(passed=1)

    def test_another_failure_keeps_its_own_message(self, low: pytest.Pytester) -> None:
        low.makepyfile(LOOP + "    assert x.sum() == 4\n")
        result = low.runpytest("--keras-inference=strict")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(["E*assert*3.0* == 4", "*- keras inference -*", "*KI202 predict-per-step*"])

    def test_what_a_fixture_does_on_its_way_out_is_an_error(self, low: pytest.Pytester) -> None:
        low.makepyfile(
            """
            import pytest
            from loops import loop


            @pytest.fixture
            def replay(model, x):
                yield
                loop(model, x)


            def test_nothing(replay):
                pass
            """
        )
        low.runpytest("--keras-inference=strict").assert_outcomes(passed=1, errors=1)


@pytest.mark.parametrize(
    ("ini", "told"),
    [
        ("keras_inference = loud", "keras_inference = loud: write off, report or strict"),
        ("keras_inference_threshold = many", "keras_inference_threshold = many: write a whole number, 2 or more"),
        ("keras_inference_threshold = 1", "keras_inference_threshold = 1: write a whole number, 2 or more"),
        ("keras_inference_allow = KI999", "keras_inference_allow = KI999: there is no rule 'KI999'; a run can find"),
    ],
)
def test_a_wrong_option_names_itself_and_the_way_out(pytester: pytest.Pytester, ini: str, told: str) -> None:
    pytester.makeini(f"[pytest]\n{ini}\n")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {told}*"])


def test_unittest_classes_are_watched_too(low: pytest.Pytester) -> None:
    low.makepyfile(
        """
        import unittest

        import keras
        import numpy as np
        from loops import loop


        class TestModel(unittest.TestCase):
            def test_loop(self):
                loop(keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]), np.ones((1, 3)))
        """
    )
    result = low.runpytest("--keras-inference=strict")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*KI202 predict-per-step*"])


def test_an_expected_failure_may_be_one_of_strict_mode(low: pytest.Pytester) -> None:
    low.makepyfile(LOOP.replace("def test", "import pytest\n\n\n@pytest.mark.xfail\ndef test"))
    low.runpytest("--keras-inference=strict").assert_outcomes(xfailed=1)


REPEATED = """
from hypothesis import given, settings, strategies as st
from loops import loop, samples, slow


def each(check):
    run = given(row=st.integers(0, 9))(lambda row: [check(row), None][1])
    return settings(max_examples=5, deadline=None, database=None)(run)


def test_own(model, x, subtests):
    {}
"""


class TestLoopsOfATest:
    """A test repeats a call in order to check it: what it is about is the code that it calls."""

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param("for i in range(4): model.predict(x + i, verbose=0)", id="inputs one after the other"),
            pytest.param("for _ in range(4): model.predict(x, verbose=0)", id="whether it is deterministic"),
            pytest.param("[model.predict(np.ones((4, 3))[i : i + 1], verbose=0) for i in range(4)]", id="slices"),
            pytest.param("for i in range(4): helper(model, x + i)", id="a helper of the test file"),
            pytest.param("for i in range(4): of_conftest(model, x + i)", id="a helper of a conftest"),
            pytest.param("prop(lambda row: model.predict(x + row, verbose=0))()", id="a property test"),
        ],
    )
    def test_is_not_judged(self, low: pytest.Pytester, section: Section, body: str) -> None:
        with Path(low.path, "conftest.py").open("a", encoding="utf-8") as conftest:
            conftest.write("\n\ndef of_conftest(model, x):\n    model.predict(x, verbose=0)\n")
        low.makepyfile(
            test_own="import numpy as np\n"
            "from hypothesis import given, settings, strategies as st\n"
            "from conftest import of_conftest\n\n"
            "prop = lambda check: settings(max_examples=5, deadline=None, database=None)(\n"
            "    given(row=st.integers(0, 9))(lambda row: [check(row), None][1]))\n\n"
            "def helper(model, x):\n    model.predict(x, verbose=0)\n\n"
            f"def test_own(model, x):\n    {body}\n"
        )
        result = low.runpytest("--keras-inference=strict")
        result.assert_outcomes(passed=1)
        assert section(result) == ""

    @pytest.mark.parametrize(
        "test",
        [
            pytest.param("for _ in range(4): slow(model, x)", id="whether it is deterministic"),
            pytest.param("each(lambda row: slow(model, x + row))()", id="a property test"),
            pytest.param(
                "for row in range(4):\n        with subtests.test(row=row): slow(model, x + row)",
                id="subtests",
            ),
        ],
    )
    def test_that_calls_what_predicts_once_is_not_judged(
        self, low: pytest.Pytester, section: Section, test: str
    ) -> None:
        low.makepyfile(REPEATED.format(test))
        result = low.runpytest("--keras-inference=strict")
        assert result.ret == pytest.ExitCode.OK
        assert section(result) == ""

    @pytest.mark.parametrize(
        ("test", "code"),
        [
            pytest.param("each(lambda row: loop(model, x + row))()", "KI202", id="in a property test"),
            pytest.param("with subtests.test(): samples(model)", "KI201", id="in a subtest"),
            pytest.param("for row in range(4): slow(model, x + row)", "KI202", id="an agent that the test steps"),
        ],
    )
    def test_what_is_tested_is(self, low: pytest.Pytester, section: Section, test: str, code: str) -> None:
        low.makepyfile(REPEATED.format(test))
        assert code in section(low.runpytest())

    def test_a_lost_gradient_is_told_wherever_it_is_written(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(
            """
            import tensorflow as tf


            def test_step(model, x):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_sum(model.predict(x, verbose=0))
                tape.gradient(loss, model.trainable_variables)
            """
        )
        assert "KI101" in section(low.runpytest())


class TestWhatCallsLeaveBehind:
    """Traces and memory are told with their figures, and fail nothing."""

    RETRACED = """
    import numpy as np


    def serve(model):
        for _ in range(5):
            model.compile("sgd", "mse")
            model.predict(np.zeros((32, 3), "float32"), verbose=0)
    """

    def test_retracing_is_told_with_its_place(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(
            serving=self.RETRACED, test_serving="from serving import serve\n\ndef test_it(model):\n    serve(model)\n"
        )
        result = low.runpytest("--keras-inference=strict", "--keras-inference-json=seen.json")
        result.assert_outcomes(passed=1)
        assert "serving.py:7: 4 retracings of predict, Sequential 'policy'" in section(result).splitlines()
        (one,) = json.loads((low.path / "seen.json").read_text())["retracings"]
        assert (one["call"], one["times"], one["site"]["line"]) == ("predict", 4, 7)
        assert one["test"] == "test_serving.py::test_it"

    def test_in_code_of_the_test_it_is_not(self, low: pytest.Pytester, section: Section) -> None:
        low.makepyfile(textwrap.dedent(self.RETRACED) + "\n\ndef test_it(model):\n    serve(model)\n")
        assert section(low.runpytest()) == ""

    def test_memory_is_told_with_the_test(self) -> None:
        growth = Growth(bytes=640 * 2**20, calls=10_240)
        summary = RunSummary([TestRecord("test_it.py::test_it", growth=growth)])
        assert summary.lines([]) == [
            "test_it.py::test_it: memory +640 MB over 10,240 calls (64 KB a call), in every quarter of them"
        ]
        assert TestRecord.from_dict(summary.records[0].to_dict()) == summary.records[0]
