"""KI104: predict runs while a tape records, and its value is a constant there. Missed and false alarms side by side."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import lint_rules
from lint_rules.findings.diagnostics import Diagnostic, Severity

Judge = Callable[..., list[Diagnostic]]


def table(**cases: str) -> pytest.MarkDecorator:
    """One test a keyword, named after it."""
    return pytest.mark.parametrize("code", list(cases.values()), ids=[name.replace("_", "-") for name in cases])


@table(
    dqn_target="""
        target = keras.models.clone_model(model)
        def learn(s, s2, r):
            with tf.GradientTape() as tape:
                future = r + 0.99 * np.max(target.predict(s2), axis=1)  # KI104
                loss = loss_fn(future, model(s, training=True))
            return tape.gradient(loss, model.trainable_variables)
        """,
    dqn_target_on_attributes="""
        class Agent:
            def __init__(self):
                self.model = keras.Sequential()
                self.target_model = keras.Sequential()
            def learn(self, s, s2, r):
                with tf.GradientTape() as tape:
                    future = r + self.target_model.predict_on_batch(s2)  # KI104
                    loss = loss_fn(future, self.model(s))
                return tape.gradient(loss, self.model.trainable_variables)
        """,
    printed_only="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
            print(model.predict(x))  # KI104
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    value_thrown_away="""
        with tf.GradientTape() as tape:
            model.predict(x)  # KI104
            loss = loss_fn(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    helper_that_only_logs="""
        def log(x):
            print(model.predict(x))  # KI104
        with tf.GradientTape() as tape:
            log(x)
            loss = loss_fn(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    reaches_the_target_of_another_tape_only="""
        actor, critic = keras.Sequential(), keras.Sequential()
        with tf.GradientTape() as one:
            with tf.GradientTape() as two:
                value = critic.predict(s)  # KI101
                critic_loss = loss_fn(value)
                actor_loss = loss_fn(actor(s))
            grads = two.gradient(actor_loss, actor.trainable_variables)
        more = one.gradient(critic_loss, critic.trainable_variables)
        """,
)
def test_missed_alarms(judge: Judge, code: str) -> None:
    judge(code)


@table(
    outside_the_tape="""
        target = keras.models.clone_model(model)
        future = target.predict(s2)  # ok
        with tf.GradientTape() as tape:
            loss = loss_fn(future, model(s, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    recording_stopped="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model(x, training=True))
            with tape.stop_recording():
                print(model.predict(x))  # ok
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    breaks_the_gradient="""
        with tf.GradientTape() as tape:
            loss = loss_fn(y, model.predict(x))  # KI101
        grads = tape.gradient(loss, model.trainable_variables)
        """,
    traced_as_well="""
        target = keras.models.clone_model(model)
        @tf.function
        def learn(s, s2):
            with tf.GradientTape() as tape:
                future = target.predict(s2)  # KI102
                loss = loss_fn(future, model(s, training=True))
            return tape.gradient(loss, model.trainable_variables)
        """,
)
def test_false_alarms(judge: Judge, code: str) -> None:
    judge(code)


def test_it_is_shown_only_on_demand(judge: Judge, tmp_path: object) -> None:
    (found,) = judge(
        """
        with tf.GradientTape() as tape:
            print(model.predict(x))  # KI104
            loss = loss_fn(y, model(x, training=True))
        grads = tape.gradient(loss, model.trainable_variables)
        """
    )
    assert found.severity is Severity.INFO
    assert "KI104" not in {shown.code for shown in lint_rules.check_paths([str(tmp_path)])}
