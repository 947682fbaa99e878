"""Rules and their fixes, end to end: a program is checked, fixed until nothing is left to fix, and run both ways.

Every program makes its own models, so that the analysis sees them, and leaves what it computed in `result`.
"""

from __future__ import annotations

import ast
import textwrap
from pathlib import Path

import pytest
from program_runs import PRELUDE, Program, fixed, keras, np, run, same

pytestmark = pytest.mark.sampled(4)

BATCHED = [
    Program(
        "helper that is one expression",
        "KI201",
        """
        def embed(x):
            return model.predict(x[None])[0]

        result = [embed(x) for x in xs]
        """,
        calls=(6, 1),
        holds=("def embed(all_x):", "result = embed(xs)"),
    ),
    Program(
        "helper with statements, types and a docstring",
        "KI201",
        '''
        def classify(image: np.ndarray) -> int:
            """The class of an image."""
            scaled = image / 2.0  # as in training
            scaled = np.expand_dims(scaled, 0)

            scores = model.predict(scaled)
            best = int(np.argmax(scores))
            return best

        result = []
        for x in xs:
            result.append(classify(x))
        ''',
        calls=(6, 1),
        holds=(
            "def classify(images: list[np.ndarray]) -> list[int]:",
            "# as in training",
            "result.extend(classify(xs))",
        ),
    ),
    Program(
        "helper whose caller computes its argument",
        "KI201",
        """
        def score(x):
            return float(model.predict(x[None])[0, 0])

        result = [round(score(x * 2), 4) for x in xs if x[0] > 0]
        """,
        calls=(2, 1),
        holds=("score([x * 2 for x in xs if x[0] > 0])",),
    ),
    Program(
        "helper whose caller goes on with the result",
        "KI201",
        """
        def score(x):
            return model.predict(x[None])[0]

        result = []
        for x in xs[:4]:
            best = np.argmax(score(x))
            result.append((x.sum(), best))
        """,
        calls=(4, 1),
        holds=("for x, one_result in zip(xs[:4], score(xs[:4])):",),
    ),
    Program(
        "method that is a helper",
        "KI201",
        """
        class Ranker:
            def __init__(self):
                self.model = model

            def rank(self, image):
                image = image + 1
                return self.model.predict(image[None])[0]

            def all(self, images):
                return [self.rank(image) for image in images]

        result = Ranker().all(xs)
        """,
        calls=(6, 1),
        holds=("return self.rank(images)",),
    ),
    Program(
        "helper that leaves in branches, with an option",
        "KI201",
        """
        def label(x, least=0.6):
            scores = model.predict(x[None])[0]
            if scores.max() < least:
                if scores[0] > 0.5:
                    return "rather left"
                return None  # no telling
            sides = ["left", "right"]
            return sides[np.argmax(scores)]

        result = [str(label(x)) for x in xs]
        """,
        calls=(6, 1),
        holds=("def label(all_x, least=0.6):", "results.append(None)\n            continue  # no telling"),
    ),
    Program(
        "helper whose caller goes over what is gone after one pass",
        "KI201",
        """
        def side(x):
            return int(np.argmax(model.predict(x[None])[0]))

        def count(samples):
            sides = [0, 0]
            for sample in samples:
                sides[side(sample)] += 1
            return sides

        result = count(x * 2 for x in xs)
        """,
        calls=(6, 1),
        holds=("all_samples = list(samples)\n    for sample, one_result in zip(all_samples, side(all_samples)):",),
    ),
    Program(
        "helper that leaves before it predicts",
        "KI201",
        """
        def label(x):
            if x[0] > 0:
                return -1
            return int(np.argmax(model.predict(x[None])[0]))

        result = [label(x) for x in xs]
        """,
        safe=True,
        calls=(4, 0),
        holds=("model.predict_on_batch(x[None])",),
        left=1,
    ),
    Program(
        "helper that others call too",
        "KI201",
        """
        def embed(x):
            x = x * 2
            return model.predict(x[None])[0]

        class Store:
            def __init__(self):
                self.model = model

            def score(self, x):
                return float(self.model.predict(x[None])[0, 0])

            def all(self, found):
                return [self.score(x) for x in found]

            def one(self, x):
                return self.score(x)

        result = [embed(x) for x in xs], embed(xs[0]), Store().all(xs), Store().one(xs[1])
        """,
        calls=(14, 4),
        holds=("def embed(x):", "result = embed_all(xs), embed(xs[0])", "    def score_all(self, samples):"),
    ),
    Program(
        "helper that is given the model and a scale beside the sample",
        "KI201",
        """
        def score(net, x, scale, offset=0.0):
            centred = x - x.mean()
            return net.predict(centred[None])[0, 0] * scale + offset

        result = []
        for n, x in enumerate(xs):
            result.append((n, score(model, x / 2, 3, offset=1.0)))
        """,
        calls=(6, 1),
        holds=(
            "def score(net, all_x, scale, offset=0.0):",
            "score(model, [x / 2 for n, x in enumerate(xs)], 3, offset=1.0)",
        ),
    ),
    Program(
        "helper that is given the model, called in two places",
        "KI201",
        """
        def score(net, x):
            return float(net.predict(x[None])[0, 0])

        result = [score(model, x) for x in xs], [score(model, x) for x in xs[::-1] if x[0] > 0]
        """,
        holds=("score_all(model, xs)",),
    ),
    Program(
        "helper whose other argument changes in the loop",
        "KI201",
        """
        def score(x, weight):
            return float(model.predict(x[None])[0, 0]) * weight

        result, weight = [], 1.0
        for x in xs:
            result.append(score(x, weight))
            weight *= 0.5
        """,
        safe=True,
        calls=(6, 0),
        holds=("model.predict_on_batch(x[None])",),
        left=1,
    ),
    Program(
        "helper that adds to what else it is given",
        "KI201",
        """
        def score(x, total):
            total = total + 1.0
            return float(model.predict(x[None])[0, 0]) + total

        result = [score(x, 2.0) for x in xs]
        """,
        safe=True,
        calls=(6, 0),
        holds=("model.predict_on_batch(x[None])",),
        left=1,
    ),
    Program(
        "helper that keeps what it predicts",
        "KI201",
        """
        result = {}


        def handle(n: int, rows) -> None:
            x = rows[n] / 2
            scores = model.predict(x[None])[0]
            if scores[0] > 0.5:
                result[n] = "left"
                return
            result[n] = scores[1]

        for n in range(len(xs)):
            handle(n, xs)
        """,
        calls=(6, 1),
        holds=("def handle(ns: list[int], rows) -> None:", "\nhandle(range(len(xs)), xs)\n", "            continue\n"),
    ),
    Program(
        "helper that keeps what it predicts, with a loop that goes on",
        "KI201",
        """
        result = []


        def handle(x):
            result.append(model.predict(x[None])[0])

        for x in xs:
            handle(x)
            result.append(x)
        """,
        safe=True,
        calls=(6, 0),
        left=1,
    ),
    Program(
        "helper whose sample is read behind the loop",
        "KI201",
        """
        def embed(x):
            return model.predict(x[None])[0]

        result = []
        for x in xs:
            result.append(embed(x))
        result.append(x)
        """,
        calls=(6, 1),
        holds=("for x, one_result in zip(xs, embed(xs)):",),
    ),
    Program(
        "helper with keyword-only options that stay the same",
        "KI201",
        """
        def score(image, *, size, offset=0.0):
            return float(model.predict(image[None])[0, 0]) * size[0] + offset

        result = [score(x, offset=-2.0, size=(3, 4)) for x in xs]
        """,
        calls=(6, 1),
        holds=("def score(images, *, size, offset=0.0):", "result = score(xs, offset=-2.0, size=(3, 4))"),
    ),
    Program(
        "helper that is given its sample by keyword, called in two places",
        "KI201",
        """
        def embed(*, net, image):
            return net.predict(image[None])[0]

        result = []
        for x in xs:
            result.append(embed(image=x, net=model))
        result += [embed(net=model, image=x) for x in xs[::-1]]
        """,
        calls=(12, 2),
        holds=("def embed_all(*, net, images):", "embed_all(images=xs, net=model)"),
    ),
    Program(
        "helper whose keyword-only option changes in the loop",
        "KI201",
        """
        def score(image, *, offset):
            return float(model.predict(image[None])[0, 0]) + offset

        result = [score(x, offset=n) for n, x in enumerate(xs)]
        """,
        safe=True,
        calls=(6, 0),
        left=1,
    ),
    Program(
        "helper that returns several things without parentheses",
        "KI201",
        """
        def best(x):
            scores = model.predict(x[None])[0]
            if scores[0] > 0.5:
                return 0, scores[0]
            return 1, scores[1]

        def both(x):
            return x.sum(), model.predict(x[None])[0]

        result = []
        for x in xs:
            side, score = best(x)
            result.append((side, score))
        result = result, [both(x) for x in xs]
        """,
        calls=(12, 2),
        holds=("results.append((0, scores[0]))", "[(x.sum(), prediction) for x, prediction in zip("),
    ),
    Program(
        "helper that is mapped",
        "KI201",
        """
        def embed(x):
            return model.predict(x[None])[0]

        result = list(map(embed, xs)), sum(map(embed, (x * 2 for x in xs)))
        for row in map(embed, xs[:2]):
            result[0].append(row)
        """,
        calls=(14, 3),
        holds=("result = embed_all(xs), sum(embed_all((x * 2 for x in xs)))", "for row in embed_all(xs[:2]):"),
    ),
    Program(
        "helper that is mapped over what a loop leaves early",
        "KI201",
        """
        def embed(x):
            return model.predict(x[None])[0]

        for result in map(embed, xs):
            if result[0] > 0:
                break
        """,
        calls=(1, 0),
        left=1,
    ),
    Program(
        "rows of each prediction in a comprehension",
        "KI201",
        """
        result = [int(row.argmax()) for x in xs for row in model.predict(x[None])]
        result += [(n, a) for n, x in enumerate(xs) if n for a, b in model.predict(x[None]) if a < 1]
        """,
        calls=(11, 2),
        holds=("for row in model.predict(np.stack(xs))]", "for (n, x), (a, b) in zip([(n, x) for n, x in enum"),
    ),
    Program(
        "parts of each prediction in a comprehension",
        "KI201",
        "result = {(k, float(p)) for k, x in enumerate(xs) for p in model.predict(x[None])[0] if p > 0.3}\n"
        "result = sorted(result)",
        calls=(6, 1),
        holds=("for (k, x), prediction in zip(enumerate(xs), model.predict(np.stack(xs))) for p in prediction if",),
    ),
    Program(
        "samples that a comprehension chooses by their prediction",
        "KI201",
        """
        result = [x for x in xs if x[0] > -9 if model.predict(x[None])[0, 1] > 0.4 if x[1] > -9]
        result += [x for x in (each * 2 for each in xs) if model.predict(x[None])[0, 1] > 0.4]
        """,
        calls=(12, 2),
        holds=("if prediction[1] > 0.4 if x[1] > -9]",),
    ),
    Program(
        "replay of a memory",
        "KI201",
        """
        memory = [(x, n % 2, float(n), x + 1, n == 2) for n, x in enumerate(xs)]
        result = []
        for state, action, reward, after, done in memory[:4]:
            target = model.predict(state[None])[0]
            if done:
                target[action] = reward
            else:
                best = model.predict(after[None])[0]
                target[action] = reward + 0.9 * best.max()
            result.append(target)
        """,
        calls=(7, 2),
        holds=("np.stack([after for ",),
    ),
    Program(
        "replay of a memory in one expression",
        "KI201",
        """
        memory = [(x[None], n % 2, float(n), x[None] + 1, n == 2) for n, x in enumerate(xs)]
        result = []
        for state, action, reward, after, done in memory:
            target = model.predict(state)
            target[0][action] = reward if done else reward + 0.9 * np.amax(model.predict(after)[0])
            result.append(target[0])
        """,
        calls=(11, 2),
    ),
    Program(
        "pairs",
        "KI201",
        """
        many = xs[:3]
        result = {(i, j): model.predict((many[i] - xs[j])[None])[0] for i in range(len(many)) for j in range(len(xs))}
        """,
        calls=(18, 1),
    ),
    Program(
        "pairs of two inputs, some of them",
        "KI201",
        """
        one, two = keras.layers.Input((3,)), keras.layers.Input((3,))
        both = keras.Model([one, two], keras.layers.Dense(1)(keras.layers.concatenate([one, two])))
        left, right = xs[:2], xs[2:]
        assert len(left) < len(right)
        result = [float(both.predict([a[None], b[None]])[0, 0]) for a in left for b in right if a[0] < b[0]]
        """,
        holds=("np.stack([a for a in left for b in right if a[0] < b[0]])",),
    ),
    Program(
        "several outputs taken apart",
        "KI201",
        """
        entry = keras.layers.Input((3,))
        heads = keras.Model(entry, [keras.layers.Dense(1)(entry), keras.layers.Dense(2)(entry)])
        result = []
        for n, x in enumerate(xs):
            value, scores = heads.predict(x[None])
            result.append((n, value, scores[0]))
        """,
        calls=(6, 1),
        holds=("zip(*heads.predict(np.stack(xs)))",),
    ),
    Program(
        "several outputs of a helper's samples",
        "KI201",
        """
        entry = keras.layers.Input((3,))
        heads = keras.Model(entry, [keras.layers.Dense(1)(entry), keras.layers.Dense(2)(entry)])
        result = [heads.predict(x[None])[1][0] for x in xs]
        """,
        calls=(6, 1),
    ),
    Program(
        "a metric beside each prediction",
        "KI201",
        """
        labels = np.arange(6) % 2
        result = []
        for n in range(0, xs.shape[0]):
            row = xs[n]
            truth = labels[n : n + 1]
            row_input = np.expand_dims(row, 0)
            found = model.predict(row_input).argmax(axis=1)
            accuracy = keras.metrics.Accuracy()
            accuracy.update_state(truth, found)
            result.append(float(accuracy.result()))
        """,
        calls=(6, 1),
        holds=("kept.append(truth)",),
    ),
    Program(
        "windows",
        "KI201",
        """
        def scores(series, width):
            found = []
            for i in range(len(series) - width + 1):
                found.append(float(model.predict(series[i : i + width][None])[0, 0]))
            return found

        result = scores(xs.ravel(), 3)
        """,
        calls=(16, 1),
        holds=("np.stack([series[i : i + width] for i in range(len(series) - width + 1)])",),
    ),
    Program(
        "tiles",
        "KI201",
        """
        blur = keras.Sequential([keras.layers.Input((2, 2)), keras.layers.Dense(2)])

        def tiled(image, size):
            out = np.zeros_like(image)
            for i in range(0, image.shape[0], size):
                for j in range(0, image.shape[1], size):
                    patch = image[i : i + size, j : j + size]
                    out[i : i + size, j : j + size] = blur.predict(patch[None])[0]
            return out

        result = tiled(xs[:, :2].repeat(2, axis=1), 2)
        """,
        calls=(6, 1),
        holds=("predictions = iter(blur.predict(np.stack([", "= next(predictions)"),
    ),
    Program(
        "a generator over a list",
        "KI201",
        """
        def scores(found):
            for n in range(len(found)):
                yield n, model.predict(found[n][None])[0]

        result = list(scores(xs))
        """,
        calls=(6, 1),
    ),
    Program(
        "mapped lambda",
        "KI201",
        "result = list(map(lambda x: model.predict(x[None])[0], xs))",
        calls=(6, 1),
        holds=("result = list(model.predict(np.stack(xs)))",),
    ),
    Program(
        "mapped lambda that computes",
        "KI201",
        "result = list(map(lambda x: int(np.argmax(model.predict(x[None]))) + 1, xs))",
        calls=(6, 1),
    ),
    Program(
        "no known shape: the cheaper call, safely",
        "KI201",
        """
        result = []
        for x in xs:
            if x[0] > 0:
                result.append(model.predict(x[None], verbose=0)[0])
        """,
        safe=True,
        calls=(2, 0),
        holds=("model.predict_on_batch(x[None])[0]",),
        left=1,
    ),
]

STEPS = [
    Program(
        "step loop",
        "KI202",
        """
        state = np.zeros((1, 3), "float32")
        result = []
        while len(result) < 4:
            probabilities = model.predict(state, verbose=0)
            result.append(probabilities)
            state = np.concatenate([state[:, 1:], probabilities[:, :1]], axis=1)
        """,
        safe=True,
        calls=(4, 0),
        holds=("model.predict_on_batch(state)",),
    ),
]


GRADIENTS = """
weights = model.trainable_variables
with tf.GradientTape() as tape:
    {loss}
gradients = tape.gradient(loss, weights)
missing = [gradient is None for gradient in gradients]
value = float(loss)
"""

BROKEN = [
    ("KI101", "loss = tf.reduce_mean(tf.square(model.predict(xs, verbose=0) - 0.5))"),
    ("KI101", "loss = tf.reduce_mean(tf.square(model.predict_on_batch(xs)))"),
    ("KI101", "p = model.predict(xs)\n    loss = tf.reduce_sum(p ** 2)"),
    ("KI103", "loss = tf.reduce_mean(np.square(model(xs, training=True)))"),
    ("KI103", "loss = tf.reduce_sum(np.mean(model(xs, training=True), axis=0) ** 2)"),
    ("KI103", "loss = tf.reduce_mean(tf.square(model(xs, training=True).numpy() - 0.5))"),
    ("KI103", "p = model(xs, training=True)\n    loss = tf.constant(0.0) + float(tf.reduce_sum(p ** 2))"),
    ("KI103", "loss = tf.constant(0.0) + np.square(model(xs, training=True)).mean(axis=0).sum()"),
    ("KI103", "error = np.abs(model(xs, training=True))\n    loss = tf.constant(0.0) + error.mean().item()"),
    ("KI103", "loss = tf.constant(0.0) + helper(model(xs, training=True))"),
    ("KI103", "loss = tf.constant(0.0) + helper(model(xs, training=True).numpy())"),
]

HELPER = """
def distances(p):
    return np.linalg.norm(p - 0.5, axis=1)


def helper(p):
    each = distances(p)
    return each.mean()


"""

VALUES = [
    Program(
        "a whole data set in one direct call",
        "KI206",
        """
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
        digits = keras.Sequential([keras.layers.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(2)])
        result = np.asarray(digits(x_test, training=False))
        """,
        calls=(0, 1),
        holds=("digits.predict(x_test)",),
    ),
    Program(
        "a whole data set in predict_on_batch",
        "KI206",
        """
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
        digits = keras.Sequential([keras.layers.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(2)])
        result = digits.predict_on_batch(x_test)
        """,
        calls=(0, 1),
        holds=("result = digits.predict(x_test)",),
    ),
    Program(
        "labels given to predict",
        "KI401",
        """
        ys = np.zeros(6)
        try:
            result = model.predict(xs, ys)
        except ValueError:
            result = model.predict(xs)
        """,
        safe=True,
        holds=("result = model.predict(xs)\nexcept",),
    ),
    Program(
        "the same input in every round",
        "KI204",
        """
        result = []
        data = np.ones((4, 3))
        for scale in (1.0, 2.0, 3.0):
            result.append(model.predict(data, verbose=0) * scale)
        """,
        calls=(3, 1),
    ),
    Program(
        "batches of a data set",
        "KI203",
        """
        batches = tf.data.Dataset.from_tensor_slices(xs).batch(2)
        parts = []
        for batch in batches:
            parts.append(model.predict(batch, verbose=0))
        result = np.concatenate(parts)
        """,
        calls=(3, 1),
        holds=("result = model.predict(batches, verbose=0)",),
    ),
    Program(
        "slices that are looked at one by one",
        "KI203",
        """
        result = []
        for i in range(0, len(xs), 2):
            scores = model.predict(xs[i : i + 2], verbose=0)
            result.append((i, scores.max(axis=1)))
        """,
        safe=True,
        calls=(3, 0),
        holds=("scores = model.predict_on_batch(xs[i : i + 2])",),
    ),
    Program(
        "slices predicted one by one",
        "KI203",
        """
        parts = []
        for start in range(0, len(xs), 2):
            parts.append(model.predict(xs[start : start + 2], verbose=0))
        result = np.concatenate(parts)
        """,
        calls=(3, 1),
        holds=("result = model.predict(xs, batch_size=2, verbose=0)",),
    ),
]


@pytest.mark.parametrize("program", [*BATCHED, *STEPS, *VALUES], ids=lambda program: f"{program.rule} {program.name}")
def test_the_fixed_program_computes_the_same(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + textwrap.dedent(program.code).lstrip("\n")
    result = fixed(tmp_path, code, program.rule, unsafe=not program.safe)
    assert [each.code for each in result.applied][:1] == [program.rule]
    assert len(result.remaining) == program.left, result.after
    ast.parse(result.after)
    for text in program.holds:
        assert text in result.after, result.after
    assert not fixed(tmp_path, result.after, program.rule, unsafe=not program.safe).changed
    before, calls = run(code, monkeypatch)
    after, fewer = run(result.after, monkeypatch)
    same(before["result"], after["result"])
    if program.calls is not None:
        assert (calls, fewer) == program.calls


@pytest.mark.parametrize(("rule", "loss"), BROKEN)
def test_gradients_are_there_after_the_fix(
    rule: str, loss: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = PRELUDE + (HELPER if "helper" in loss else "") + GRADIENTS.format(loss=loss)
    result = fixed(tmp_path, code, rule, unsafe=True)
    assert {each.code for each in result.applied} == {rule}
    assert not result.remaining, result.after
    assert not fixed(tmp_path, code, rule, unsafe=False).changed
    before, _ = run(code, monkeypatch)
    after, _ = run(result.after, monkeypatch)
    assert before["missing"] == [True, True]
    assert after["missing"] == [False, False]
    assert before["value"] == pytest.approx(after["value"], rel=1e-4)


def test_one_sample_gets_its_batch_axis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + textwrap.dedent("""
        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
        digits = keras.Sequential([keras.layers.Input((28, 28)), keras.layers.Flatten(), keras.layers.Dense(2)])
        result = digits.predict(x_test[0], verbose=0)
    """)
    result = fixed(tmp_path, code, "KI404", unsafe=True)
    assert "digits.predict(x_test[0:1], verbose=0)" in result.after
    assert run(result.after, monkeypatch)[0]["result"].shape == (1, 2)
    with pytest.raises(ValueError, match=r"incompatible|shape"):
        run(code, monkeypatch)


def test_a_list_of_samples_becomes_an_array(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + "result = model.predict([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], verbose=0)\n"
    result = fixed(tmp_path, code, "KI404", unsafe=True)
    assert "model.predict(np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]), verbose=0)" in result.after
    assert run(result.after, monkeypatch)[0]["result"].shape == (2, 2)
    with pytest.raises(ValueError, match=r"Unrecognized data type|expects 1 input"):
        run(code, monkeypatch)


def test_predictions_stand_beside_their_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, level in (("dark", 20), ("light", 235)):
        (tmp_path / "images" / name).mkdir(parents=True)
        for number in range(12):
            image = np.full((4, 4, 3), level + number, "uint8")
            keras.utils.save_img(str(tmp_path / "images" / name / f"{number}.png"), image, scale=False)
    code = textwrap.dedent(f"""
        import keras
        import numpy as np

        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.layers.Input((4, 4, 3)), keras.layers.GlobalAveragePooling2D()])
        images = keras.utils.image_dataset_from_directory(
            {str(tmp_path / "images")!r}, image_size=(4, 4), batch_size=6
        )
        light = model.predict(images)[:, 0] > 128
        labels = np.concatenate([label for _, label in images])
        result = np.mean(light == labels)
    """)
    result = fixed(tmp_path, code, "KI405", unsafe=True)
    assert "image_size=(4, 4), batch_size=6, shuffle=False" in result.after
    assert not result.remaining
    assert run(code, monkeypatch)[0]["result"] < 1.0
    assert run(result.after, monkeypatch)[0]["result"] == 1.0


@pytest.mark.parametrize(
    ("steps", "left"), [("steps=len(data) // 4", ""), ("batch_size=4, steps=len(data) // 4", "batch_size=4")]
)
def test_the_last_batch_comes_back_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, steps: str, left: str) -> None:
    code = PRELUDE + f"data = np.zeros((10, 3))\nresult = model.predict(data, {steps}, verbose=0)\n"
    result = fixed(tmp_path, code, "KI406", unsafe=True)
    assert f"model.predict(data, {left}{', ' if left else ''}verbose=0)" in result.after
    assert not result.remaining
    assert run(result.after, monkeypatch)[0]["result"].shape == (10, 2)
    if left:
        assert run(code, monkeypatch)[0]["result"].shape == (8, 2)


def test_outputs_are_kept_without_their_graph(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import os

        os.environ["KERAS_BACKEND"] = "torch"
        import keras

        model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)])


        def collect(batches):
            kept = []
            for batch in batches:
                # the scores of one batch
                kept.append(model(batch, training=False))
            return kept
    """)
    result = fixed(tmp_path, code, "KI407", unsafe=True)
    assert not result.remaining
    assert "import torch\n" in result.after
    assert (
        "        # the scores of one batch\n"
        "        with torch.no_grad():\n"
        "            kept.append(model(batch, training=False))\n"
    ) in result.after


@pytest.mark.parametrize(
    ("rule", "line", "then", "error"),
    [
        ("KI403", "result = model.predict(xs, verbose=0).numpy()", "model.predict(xs, verbose=0)", AttributeError),
        ("KI401", "result = model.predict(xs, training=False)", "model.predict(xs)", TypeError),
        ("KI401", "result = model.predict(xs, workers=4, verbose=0)", "model.predict(xs, verbose=0)", TypeError),
        ("KI401", "result = model.predict_on_batch(xs, verbose=0)", "model.predict_on_batch(xs)", TypeError),
        (
            "KI402",
            "result = model.predict_generator(feed(), steps=1)",
            "model.predict(feed(), steps=1)",
            AttributeError,
        ),
    ],
)
def test_what_raised_computes_after_a_safe_fix(
    rule: str, line: str, then: str, error: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = f"{PRELUDE}\n\ndef feed():\n    yield (xs,)\n\n\n"
    code = f"{start}{line}\n"
    result = fixed(tmp_path, code, rule, unsafe=False)
    assert result.after == f"{start}result = {then}\n"
    assert not result.remaining
    with pytest.raises(error):
        run(code, monkeypatch)
    expected, _ = run(f"{PRELUDE}result = model.predict(xs)\n", monkeypatch)
    same(expected["result"], run(result.after, monkeypatch)[0]["result"])


CLASSES = [
    ("softmax", 'keras.layers.Dense(3, activation="softmax")', "np.argmax(net.predict(xs), axis=-1)", [0, 1, 2]),
    ("sigmoid", 'keras.layers.Dense(1, activation="sigmoid")', '(net.predict(xs) > 0.5).astype("int32")', [0, 1]),
    ("activation layer", 'keras.layers.Dense(3), keras.layers.Activation("softmax")', "np.argmax(net", [0, 1, 2]),
]


@pytest.mark.parametrize(("name", "layers", "then", "classes"), CLASSES)
def test_classes_follow_the_last_activation(
    name: str, layers: str, then: str, classes: list[int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = f"{PRELUDE}net = keras.Sequential([keras.layers.Input((3,)), {layers}])\nresult = net.predict_classes(xs)\n"
    result = fixed(tmp_path, code, "KI402", unsafe=True)
    assert f"result = {then}" in result.after
    assert not fixed(tmp_path, code, "KI402", unsafe=False).changed
    assert set(np.unique(run(result.after, monkeypatch)[0]["result"])) <= set(classes)
    with pytest.raises(AttributeError):
        run(code, monkeypatch)


@pytest.mark.parametrize(
    "layers",
    [
        "keras.layers.Dense(3)",
        'keras.layers.Dense(3, activation="sigmoid")',
        'keras.layers.Dense(3, activation="softmax"), keras.layers.Lambda(lambda x: -x)',
    ],
)
def test_no_class_without_a_telling_activation(layers: str, tmp_path: Path) -> None:
    code = f"{PRELUDE}net = keras.Sequential([keras.layers.Input((3,)), {layers}])\nresult = net.predict_classes(xs)\n"
    result = fixed(tmp_path, code, "KI402", unsafe=True)
    assert not result.changed
    assert len(result.remaining) == 1


def test_a_bare_call_of_an_augmenting_model_gives_what_predict_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = PRELUDE + textwrap.dedent("""
        images = np.random.default_rng(0).normal(size=(8, 4, 4, 1)).astype("float32")
        net = keras.Sequential(
            [
                keras.layers.Input((4, 4, 1)),
                keras.layers.RandomFlip("horizontal", seed=1),
                keras.layers.Flatten(),
                keras.layers.Dense(2),
            ]
        )
        scores = np.asarray(net(images))
        result = bool(np.allclose(scores, net.predict(images, verbose=0), atol=1e-5))
    """)
    assert not fixed(tmp_path, code, "KI302", unsafe=False).changed
    result = fixed(tmp_path, code, "KI302", unsafe=True)
    assert "scores = np.asarray(net(images, training=False))" in result.after
    assert not result.remaining
    assert run(code, monkeypatch)[0]["result"] is False
    assert run(result.after, monkeypatch)[0]["result"] is True


def test_no_flag_for_a_model_whose_call_takes_none(tmp_path: Path) -> None:
    code = PRELUDE + textwrap.dedent("""
        class Net(keras.Model):
            def __init__(self):
                super().__init__()
                self.flip = keras.layers.RandomFlip()
                self.dense = keras.layers.Dense(2)

            def call(self, inputs):
                return self.dense(self.flip(inputs))


        net = Net()
        scores = np.asarray(net(np.zeros((1, 4, 4, 1))))
    """)
    assert not fixed(tmp_path, code, "KI302", unsafe=True).changed


def test_a_training_step_trains_its_normalization(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + textwrap.dedent("""
        net = keras.Sequential([keras.layers.Input((3,)), keras.layers.BatchNormalization(), keras.layers.Dense(1)])
        optimizer = keras.optimizers.SGD()
        before = net.layers[0].moving_mean.numpy()
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(net(xs) ** 2)
        gradients = tape.gradient(loss, net.trainable_variables)
        optimizer.apply_gradients(zip(gradients, net.trainable_variables))
        result = bool(np.any(before != net.layers[0].moving_mean.numpy()))
    """)
    result = fixed(tmp_path, code, "KI301", unsafe=True)
    assert "tf.reduce_mean(net(xs, training=True) ** 2)" in result.after
    assert not result.remaining
    assert run(code, monkeypatch)[0]["result"] is False
    assert run(result.after, monkeypatch)[0]["result"] is True


SUBCLASS = """
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.norm = keras.layers.BatchNormalization()
        self.dense = keras.layers.Dense(1)

    def call(self, {inputs}):
        # scaled first
        x = self.norm({inputs})
        return self.dense(x)


net = Net()
net.compile(optimizer="sgd", loss="mse")
net.fit(xs, xs[:, :1], verbose=0)
result = bool(np.any(net.norm.moving_mean.numpy() != 0.0))
"""


@pytest.mark.parametrize("inputs", ["x", "inputs"])
def test_fit_trains_what_call_passes_training_to(inputs: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + SUBCLASS.format(inputs=inputs)
    result = fixed(tmp_path, code, "KI304", unsafe=True)
    assert f"def call(self, {inputs}, training=None):\n        # scaled first\n" in result.after
    assert f"x = self.norm({inputs}, training=training)\n" in result.after
    assert "return self.dense(x)\n" in result.after
    assert not result.remaining
    assert run(code, monkeypatch)[0]["result"] is False
    assert run(result.after, monkeypatch)[0]["result"] is True


def test_training_is_passed_on_to_the_layers_that_need_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + textwrap.dedent("""
        class Block(keras.layers.Layer):
            def __init__(self):
                super().__init__()
                self.dense = keras.layers.Dense(2)
                self.drop = keras.layers.Dropout(0.5)

            def call(self, x, training=None):
                return self.drop(self.dense(x))


        result = Block()(xs, training=False).numpy()
    """)
    result = fixed(tmp_path, code, "KI305", unsafe=True)
    assert "return self.drop(self.dense(x), training=training)\n" in result.after
    assert not result.remaining
    same(run(code, monkeypatch)[0]["result"], run(result.after, monkeypatch)[0]["result"])


def test_training_mode_that_updates_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + textwrap.dedent("""
        net = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(2)])
        scores = net(xs, training=True).numpy()
        result = bool(np.allclose(scores, net.predict(xs, verbose=0), atol=1e-5))
    """)
    result = fixed(tmp_path, code, "KI306", unsafe=True)
    assert "scores = net(xs, training=False).numpy()" in result.after
    assert not result.remaining
    assert run(code, monkeypatch)[0]["result"] is False
    assert run(result.after, monkeypatch)[0]["result"] is True


def test_the_model_is_called_and_not_its_call_method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = PRELUDE + "result = model.call(tf.constant(xs)).numpy()\n"
    result = fixed(tmp_path, code, "KI307", unsafe=True)
    assert result.after == PRELUDE + "result = model(tf.constant(xs)).numpy()\n"
    same(run(code, monkeypatch)[0]["result"], run(result.after, monkeypatch)[0]["result"])
