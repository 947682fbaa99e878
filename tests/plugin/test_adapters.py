"""What each backend answers to "does a tape record" and "is a graph traced"; private names that move fail here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_keras_inference.backends import probes


@pytest.mark.backend("tensorflow")
class TestTensorFlow:
    """A tape is known exactly, per thread."""

    @pytest.fixture
    def answers(self, keras_in_process: None) -> Callable[[], tuple[bool | None, bool | None]]:
        recording, tracing = probes("tensorflow")
        return lambda: (recording(), tracing())

    def test_eagerly(self, answers: Any) -> None:
        assert answers() == (False, False)

    def test_under_a_tape(self, answers: Any) -> None:
        import tensorflow as tf

        with tf.GradientTape() as tape:
            assert answers() == (True, False)
            with tape.stop_recording():
                assert answers() == (False, False)
        assert answers() == (False, False)

    def test_under_a_tape_that_watches_nothing(self, answers: Any) -> None:
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False):
            assert answers() == (True, False)

    def test_in_a_function(self, answers: Any) -> None:
        import tensorflow as tf

        seen: list[Any] = []

        @tf.function
        def step() -> None:
            seen.append(answers())
            with tf.GradientTape():
                seen.append(answers())
            tf.py_function(lambda: seen.append(answers()), [], [])

        step()
        assert seen == [(False, True), (True, True), (False, False)]

    def test_in_dataset_map(self, answers: Any) -> None:
        import tensorflow as tf

        seen: list[Any] = []

        def each(x: Any) -> Any:
            seen.append(answers())
            return x

        tf.data.Dataset.range(2).map(each)
        assert seen == [(False, True)]


def test_an_unknown_backend_is_unknown_never_no() -> None:
    recording, tracing = probes("numpy")
    assert (recording(), tracing()) == (None, None)


@pytest.mark.backend("jax")
class TestJax:
    """The traces that the code runs in are known; differentiation is one of them."""

    WAYS: tuple[tuple[str, tuple[bool, bool], Callable[[Any, Any, Any], Any]], ...] = (
        ("eagerly", (False, False), lambda jax, f, x: f(x)),
        ("grad", (True, False), lambda jax, f, x: jax.grad(f)(x)),
        ("value_and_grad", (True, False), lambda jax, f, x: jax.value_and_grad(f)(x)),
        ("jvp", (True, False), lambda jax, f, x: jax.jvp(f, (x,), (x,))),
        ("jit", (False, True), lambda jax, f, x: jax.jit(f)(x)),
        ("jit of grad", (True, True), lambda jax, f, x: jax.jit(jax.grad(f))(x)),
        ("grad of jit", (True, True), lambda jax, f, x: jax.grad(jax.jit(f))(x)),
        ("vmap", (False, True), lambda jax, f, x: jax.vmap(f)(x[None])),
    )

    @pytest.mark.parametrize(("answer", "run"), [pytest.param(*way[1:], id=way[0]) for way in WAYS])
    def test_answers(self, answer: tuple[bool, bool], run: Callable[[Any, Any, Any], Any]) -> None:
        import jax

        from pytest_keras_inference.backends import jax as adapter

        seen = []

        def f(x: Any) -> Any:
            seen.append((adapter.is_recording(), adapter.is_tracing()))
            return (x * x).sum()

        run(jax, f, jax.numpy.ones(3))
        assert seen == [answer]
        assert (adapter.is_recording(), adapter.is_tracing()) == (False, False)

    def test_a_release_that_moved_the_trace_is_unknown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from pytest_keras_inference.backends import jax as adapter

        monkeypatch.setattr(adapter, "_context", None)
        assert (adapter.is_recording(), adapter.is_tracing()) == (None, None)


@pytest.mark.backend("torch")
class TestTorch:
    """Gradients are recorded by default, which proves nothing; that they are not is known."""

    def test_grad_mode_proves_nothing(self) -> None:
        import torch

        from pytest_keras_inference.backends import torch as adapter

        assert adapter.is_recording() is None
        with torch.no_grad():
            assert adapter.is_recording() is False
        with torch.inference_mode():
            assert adapter.is_recording() is False

    def test_tracing(self) -> None:
        import torch

        from pytest_keras_inference.backends import torch as adapter

        seen = []

        def f(x: Any) -> Any:
            seen.append(adapter.is_tracing())
            return x * 2

        f(torch.ones(1))
        torch.jit.trace(f, torch.ones(1), check_trace=False)
        assert seen == [False, True]


EPISODES = """
    import numpy as np


    def play(model):
        for i in range(4):
            model.predict(np.full((1, 3), i, "float32"), verbose=0)
"""

WATCHED = """
    import keras
    import numpy as np
    import pytest
    from episodes import play

    @pytest.fixture(scope="module")
    def model():
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)], name="policy")
        model.compile(loss="mse")
        return model


    def test_fit_is_free(model, predict_watch):
        x, y = np.ones((2, 3), "float32"), np.ones((2, 2), "float32")
        with predict_watch.at_most(calls=0):
            model.fit(x, y, validation_data=(x, y), epochs=4, verbose=0)


    def test_loop(model):
        play(model)
"""


def test_the_watch_of_a_run(pytester: pytest.Pytester, keras_in_process: None, section: Any) -> None:
    """On every backend a loop is told, and what `fit` does is not."""
    pytester.makeini("[pytest]\nkeras_inference_threshold = 3\n")
    pytester.makepyfile(episodes=EPISODES, test_watched=WATCHED)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=2)
    # what the loop would gain is too near to what is worth telling on some backends to expect it
    assert section(result).replace("; predict_on_batch measured Nx faster here", "") == (
        "episodes.py:6 predict: 4 calls of 1 row, T\n"
        "    KI202 predict-per-step: the same model, a few rows at a time\n"
        '    > model.predict(np.full((1, 3), i, "float32"), verbose=0)\n'
        "    instead: model.predict_on_batch(x), or model(x, training=False); one call for all samples if they do "
        "not depend on each other"
    )
