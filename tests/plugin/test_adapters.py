"""What each backend answers to "does a tape record" and "is a graph traced"; private names that move fail here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pytest_keras_inference.backends import probes

InBackend = Callable[..., pytest.RunResult]


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
def test_jax(pytester: pytest.Pytester, in_backend: InBackend) -> None:
    pytester.makepyfile(
        """
        import jax
        import jax.numpy as jnp
        import pytest
        from pytest_keras_inference.backends import jax as adapter

        X = jnp.ones(3)


        def asked(transform):
            seen = []

            def f(x):
                seen.append((adapter.is_recording(), adapter.is_tracing()))
                return (x * x).sum()

            transform(f)
            return seen


        @pytest.mark.parametrize(
            ("transform", "answer"),
            [
                (lambda f: f(X), (False, False)),
                (lambda f: jax.grad(f)(X), (True, False)),
                (lambda f: jax.value_and_grad(f)(X), (True, False)),
                (lambda f: jax.jvp(f, (X,), (X,)), (True, False)),
                (lambda f: jax.jit(f)(X), (False, True)),
                (lambda f: jax.jit(jax.grad(f))(X), (True, True)),
                (lambda f: jax.grad(jax.jit(f))(X), (True, True)),
                (lambda f: jax.vmap(f)(X[None]), (False, True)),
            ],
        )
        def test_answers(transform, answer):
            assert asked(transform) == [answer]


        def test_outside_afterwards():
            assert (adapter.is_recording(), adapter.is_tracing()) == (False, False)


        def test_a_release_that_moved_the_trace_is_unknown(monkeypatch):
            monkeypatch.setattr(adapter, "_context", None)
            assert (adapter.is_recording(), adapter.is_tracing()) == (None, None)
        """
    )
    in_backend("jax").assert_outcomes(passed=10)


@pytest.mark.backend("torch")
def test_torch(pytester: pytest.Pytester, in_backend: InBackend) -> None:
    pytester.makepyfile(
        """
        import torch
        from pytest_keras_inference.backends import torch as adapter


        def test_grad_mode_proves_nothing():
            assert adapter.is_recording() is None
            with torch.no_grad():
                assert adapter.is_recording() is False
            with torch.inference_mode():
                assert adapter.is_recording() is False


        def test_tracing():
            seen = []

            def f(x):
                seen.append(adapter.is_tracing())
                return x * 2

            f(torch.ones(1))
            torch.jit.trace(f, torch.ones(1), check_trace=False)
            assert seen == [False, True]
        """
    )
    in_backend("torch").assert_outcomes(passed=2)


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


    def test_every_way_of_calling(model, predict_watch):
        x, y = np.ones((2, 3), "float32"), np.ones((2, 2), "float32")
        model.predict(x, verbose=0)
        model.predict_on_batch(x)
        model.evaluate(x, y, verbose=0)
        model.test_on_batch(x, y)
        model(x)
        kinds = ["predict", "predict_on_batch", "evaluate", "test_on_batch", "__call__"]
        assert [(call.kind, call.rows) for call in predict_watch.calls] == [(kind, 2) for kind in kinds]
        assert {call.site.filename for call in predict_watch.calls} == {__file__}


    def test_fit_is_free(model, predict_watch):
        x, y = np.ones((2, 3), "float32"), np.ones((2, 2), "float32")
        with predict_watch.at_most(calls=0):
            model.fit(x, y, validation_data=(x, y), epochs=4, verbose=0)


    def test_loop(model):
        play(model)
"""

JAX_ONLY = """
    def test_predict_under_grad(model, predict_watch):
        import jax

        def loss(w):
            y = model.predict(np.ones((1, 3), "float32"), verbose=0)
            return (w * y).sum()

        jax.grad(loss)(1.0)
        (call,) = predict_watch.calls
        assert call.recording is True
        (finding,) = predict_watch.findings()
        assert finding.code == "KI104"
"""


@pytest.mark.parametrize(
    ("backend", "extra", "passed"),
    [
        pytest.param("jax", JAX_ONLY, 4, marks=pytest.mark.backend("jax")),
        pytest.param("torch", "", 3, marks=pytest.mark.backend("torch")),
    ],
)
def test_the_watch_on_other_backends(
    pytester: pytest.Pytester, in_backend: InBackend, section: Any, backend: str, extra: str, passed: int
) -> None:
    pytester.makeini("[pytest]\nkeras_inference_threshold = 3\n")
    pytester.makepyfile(episodes=EPISODES, test_watched=WATCHED + extra)
    result = in_backend(backend)
    result.assert_outcomes(passed=passed)
    # what the loop would gain is too near to what is worth telling on these backends to expect it
    assert section(result).replace("; predict_on_batch measured Nx faster here", "") == (
        "episodes.py:6 predict: 4 calls of 1 row, T\n"
        "    KI202 predict-per-step: the same model, a few rows at a time\n"
        '    > model.predict(np.full((1, 3), i, "float32"), verbose=0)\n'
        "    instead: model.predict_on_batch(x), or model(x, training=False); one call for all samples if they do "
        "not depend on each other"
    )
