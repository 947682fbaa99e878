"""When a fix is called safe. The verdict stands beside each call of predict in a loop: `# safe` or `# unsafe`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

import lint_rules

Files = str | Mapping[str, str]

PRELUDE = """\
import keras
import numpy as np
import tensorflow as tf
model = keras.models.load_model("model.keras")
"""
_VERDICT = re.compile(r"# (safe|unsafe|no fix)$")


@pytest.fixture
def verdicts(project: Callable[[dict[str, str]], Path]) -> Callable[[Files], None]:
    """Compare the applicability of every fix of KI202 with the marks on the lines."""

    def compare(code: Files) -> None:
        files = {"code.py": code} if isinstance(code, str) else dict(code)
        root = project({name: PRELUDE + text for name, text in files.items()})
        wanted = {
            (name, row): mark[1]
            for name in files
            for row, line in enumerate((root / name).read_text().splitlines(), 1)
            if (mark := _VERDICT.search(line))
        }
        found = lint_rules.check_paths([root], select=["KI202"], fixes=True)
        told = {
            (str(Path(each.location.filename).relative_to(root)), each.location.start.row): (
                str(each.fix.applicability) if each.fix else "no fix"
            )
            for each in found
        }
        assert told == wanted

    return compare


LOOP = """\
def play(env, kernel):
    state = env.reset()
    while True:
        {before}
        action = {call}
        state = env.step(action)
"""


@pytest.mark.parametrize(
    ("before", "call"),
    [
        ("pass", "model.predict(state[None])  # safe"),
        ("pass", "model.predict(state[np.newaxis, :])  # safe"),
        ("pass", "model.predict(np.expand_dims(state, 0), verbose=0)  # safe"),
        ("pass", "model.predict(np.expand_dims(state, axis=0), batch_size=1)  # safe"),
        ("pass", "model.predict(np.expand_dims(state, axis=1))  # unsafe"),
        ("pass", "model.predict(np.array([state]))  # safe"),
        ("pass", "model.predict(np.asarray([state]) / 255.0)  # safe"),
        ("pass", "model.predict(np.array([state, state]))  # unsafe"),
        ("pass", "model.predict(state.reshape(1, -1))  # safe"),
        ("pass", "model.predict(state.reshape((1, 4)))  # safe"),
        ("pass", "model.predict(state.reshape(-1, 4))  # unsafe"),
        ("pass", "model.predict(np.reshape(state, [1, 4]).astype('float32'))  # safe"),
        ("pass", "model.predict(state)  # unsafe"),
        ("pass", "model.predict([state])  # no fix"),
        ("pass", "model.predict([state[None], np.ones((1, 2))])  # safe"),
        ("pass", "model.predict({'a': state[None], 'b': np.ones((1, 2))})  # safe"),
        ("pass", "model.predict([state[None], kernel])  # unsafe"),
        ("pass", "model.predict(tf.expand_dims(state, 0))  # unsafe"),
        ("pass", "model.predict(tf.data.Dataset.from_tensors(state))  # unsafe"),
        ("pass", "model.predict(state[None] * kernel)  # unsafe"),
        ("x = state[None]", "model.predict(x)  # safe"),
        ("x = state[None]; x /= 255.0", "model.predict(x)  # safe"),
        ("x = state[None]; x -= kernel", "model.predict(x)  # unsafe"),
        ("x = state[None] if kernel else np.zeros((1, 4))", "model.predict(x)  # safe"),
        ("x = state[None] if kernel else state", "model.predict(x)  # unsafe"),
        ("pass", "model.predict(state[None], callbacks=[kernel])  # no fix"),
        ("pass", "model.predict(state[None], steps=1)  # no fix"),
        ("pass", "model.predict(state[None], **kernel)  # no fix"),
    ],
)
def test_the_input_itself(verdicts: Callable[[Files], None], before: str, call: str) -> None:
    verdicts(LOOP.format(before=before, call=call))


def test_every_binding_that_reaches_the_call_counts(verdicts: Callable[[Files], None]) -> None:
    verdicts("""
def carried(env):
    state = np.reshape(env.reset(), [1, 4])
    while True:
        action = model.predict(state)  # safe
        state = np.reshape(env.step(action), [1, 4])

def carried_raw(env):
    state = np.reshape(env.reset(), [1, 4])
    while True:
        action = model.predict(state)  # unsafe
        state = env.step(action)

def handed_over(env):
    state = np.reshape(env.reset(), [1, 4])
    while True:
        action = model.predict(state)  # safe
        after = np.reshape(env.step(action), [1, 4])
        state = after
""")


def test_every_caller_counts(verdicts: Callable[[Files], None]) -> None:
    verdicts(
        {
            "one.py": """
def act(state):
    return model.predict(state)  # safe

def play(env):
    state = env.reset()
    while True:
        state = env.step(act(state[None]))
""",
            "two.py": """
def act_on(state):
    return model.predict(state)  # unsafe

def play(env):
    state = env.reset()
    while True:
        state = env.step(act_on(state[None]))
""",
            "elsewhere.py": """
from two import act_on

def evaluate(dataset):
    return act_on(dataset)
""",
        }
    )


def test_a_function_that_is_handed_on_has_callers_unseen(verdicts: Callable[[Files], None]) -> None:
    verdicts("""
def act(state):
    return model.predict(state)  # unsafe

def play(env, register):
    register(act)
    state = env.reset()
    while True:
        state = env.step(act(state[None]))
""")


def test_what_helpers_return_counts(verdicts: Callable[[Files], None]) -> None:
    verdicts("""
class Game:
    def reset(self):
        return self.frame()

    def frame(self):
        return np.expand_dims(self.memory, axis=0)

    def step(self, action):
        return self.frame(), 1.0

    def odd(self, action):
        if action:
            return self.memory
        return self.frame()

def play():
    game = Game()
    state = game.reset()
    while True:
        action = model.predict(state)  # safe
        state, reward = game.step(action)

def play_odd():
    game = Game()
    state = game.reset()
    while True:
        action = model.predict(state)  # unsafe
        state = game.odd(action)
""")


def test_what_a_model_predicted_has_the_rows_of_its_input(verdicts: Callable[[Files], None]) -> None:
    verdicts("""
def decode():
    token, h, c = np.array([[1]]), np.zeros((1, 8)), np.zeros((1, 8))
    while True:
        out, h, c = model.predict([token, h, c])  # safe
        token = np.array([[np.argmax(out)]])

def decode_list():
    token = np.array([[1]])
    states = keras.models.load_model("encoder.keras").predict(token)
    while True:
        out, h, c = model.predict([token] + states)  # safe
        token, states = np.array([[np.argmax(out)]]), [h, c]
""")


def test_slices_are_batches_where_they_are_of_arrays_and_short(verdicts: Callable[[Files], None]) -> None:
    verdicts("""
def walk_forward(n):
    series = np.zeros((100, 4))
    for i in range(n):
        series[i + 1] = model.predict(series[i : i + 1])  # safe

def in_pieces(n, step):
    series = np.zeros((100000, 4))
    for i in range(n):
        series[i : i + step] = model.predict(series[i : i + step])  # unsafe

def in_small_pieces(n):
    series = np.zeros((100, 4))
    for i in range(n):
        series[i : i + 8] = model.predict(series[i : i + 8])  # safe

def in_pieces_row_by_row(n):
    series = np.zeros((100, 4))
    for i in range(n):
        series[i : i + 8] = model.predict(series[i : i + 8], batch_size=1)  # unsafe

def walk_list(n):
    series = [0.0]
    for i in range(n):
        series.append(model.predict(series[i : i + 1]))  # no fix
""")


def test_a_likely_model_gets_no_safe_fix(verdicts: Callable[[Files], None]) -> None:
    verdicts("""
def play(env, agent):
    agent.compile(loss="mse", optimizer="adam")
    agent.fit(env.history, env.returns)
    state = env.reset()
    while True:
        state = env.step(agent.predict(state[None]))  # unsafe
""")


def test_a_model_with_a_predict_on_batch_of_its_own_gets_no_safe_fix(verdicts: Callable[[Files], None]) -> None:
    verdicts("""
class Own(keras.Model):
    def predict_on_batch(self, x):
        return super().predict_on_batch(x) * 2

def play(env):
    own = Own()
    state = env.reset()
    while True:
        state = env.step(own.predict(state[None]))  # unsafe
""")


MEMORY = """
import random
from collections import deque

class Agent:
    def __init__(self):
        self.memory = deque(maxlen=100)
        self.model = keras.models.load_model("agent.keras")

    def remember(self, state, action):
        self.memory.append((state, action))

    def replay(self):
        for state, action in random.sample(self.memory, 8):
            target = self.model.predict(state)  # {verdict}
            self.model.fit(state, target)
{further}
def train(env):
    agent = Agent()
    state = np.reshape(env.reset(), [1, 4])
    while True:
        agent.remember({state}, 1)
        agent.replay()
"""


@pytest.mark.parametrize(
    ("state", "further", "verdict"),
    [
        ("state", "", "safe"),
        ("env.state", "", "unsafe"),
        ("state", "\n    def load(self, known):\n        self.memory = known\n", "unsafe"),
        ("state", "\n    def load(self, known):\n        self.memory.extend(known)\n", "unsafe"),
        ("state", "\n    def load(self, known):\n        known.fill(self.memory)\n", "unsafe"),
    ],
)
def test_a_replay_memory_gives_what_was_put_in(
    verdicts: Callable[[Files], None], state: str, further: str, verdict: str
) -> None:
    verdicts(MEMORY.format(state=state, further=further, verdict=verdict))


@pytest.mark.parametrize(
    ("inputs", "verdict"),
    [
        ("[line, line.upper()]", "no fix"),
        ("[input()]", "no fix"),
        ("[line]", "no fix"),
        ("[str(line)]", "no fix"),
        ("[[float(line), 0.25]]", "no fix"),
        ("[float(line)]", "no fix"),
        ("np.array([line])", "safe"),
        ("np.array([[float(line), 0.25]])", "safe"),
        ("[np.array([[float(line)]])]", "safe"),
    ],
)
def test_predict_on_batch_takes_no_lists_of_texts_or_numbers(
    verdicts: Callable[[Files], None], inputs: str, verdict: str
) -> None:
    verdicts(f"""
def listen():
    while True:
        line = input()
        print(line, model.predict({inputs}))  # {verdict}
""")
