"""Loops in loops, and what pandas applies: all is predicted ahead, in one call, and results stay as they were.

Each program runs on a real Keras model before and after its fix; `result` is what it computes. What must not be
predicted ahead keeps its loop.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from program_runs import PRELUDE, fixed, run, same

pytest.importorskip("pandas")

MORE = (
    PRELUDE
    + """\
import pandas as pd

left, right = keras.Input((3,), name="left"), keras.Input((3,), name="right")
joined = keras.layers.Dense(1)(keras.layers.Concatenate()([left, right]))
pair = keras.Model({"left": left, "right": right}, joined)
listed = keras.Model([left, right], joined)
picture = np.random.default_rng(4).normal(size=(8, 6, 3)).astype("float32")
pixels = keras.Sequential([keras.Input((None, None, 3)), keras.layers.Conv2D(1, 3, padding="same")])
frame = pd.DataFrame(xs, columns=list("abc"), index=list("uvwxyz"))
columns = pd.DataFrame({"image": list(xs), "name": list("uvwxyz")})
"""
)
AHEAD = {
    "pairs in two loops": (
        36,
        """
        result = np.zeros((len(xs), len(xs)))
        for i, one in enumerate(xs):
            for j, other in enumerate(xs):
                result[i, j] = listed.predict([one[None], other[None]])[0, 0]
        """,
    ),
    "pairs from a generator": (
        36,
        """
        result = []
        for one in (x * 2 for x in xs):
            row = []
            for other in xs:
                row.append(listed.predict([one[None], other[None]])[0])
            result.append(row)
        """,
    ),
    "comprehensions in a comprehension": (
        36,
        """
        result = [[listed.predict([one[None], other[None]])[0, 0] for other in xs] for one in xs]
        """,
    ),
    "pairs with a condition": (
        30,
        """
        numbers = range(len(xs))
        result = [[listed.predict([xs[i][None], xs[j][None]])[0] for j in numbers if i != j] for i in numbers]
        """,
    ),
    "tiles": (
        12,
        """
        result = np.zeros((8, 6))
        for y in range(0, picture.shape[0], 2):
            for x in range(0, picture.shape[1], 2):
                tile = picture[y : y + 2, x : x + 2]
                result[y : y + 2, x : x + 2] = pixels.predict(tile[None])[0, :, :, 0]
        """,
    ),
    "samples that the outer loop prepares": (
        36,
        """
        result = []
        for one in xs:
            centred = one - one.mean()
            scaled = centred * 2
            for other in xs[::-1]:
                result.append((scaled, listed.predict([scaled[None], other[None]])[0]))
        """,
    ),
    "rows of what the outer loop cuts out": (
        12,
        """
        result = []
        for y in range(0, picture.shape[0], 2):
            strip = picture[y, :3]
            print(strip.shape)
            for pixel in strip:
                result.append(model.predict(pixel[None])[0])
        """,
    ),
    "a dict of lists": (
        6,
        """
        groups = {"first": xs[:4], "rest": xs[4:]}
        result = {}
        for name in ["first", "rest"]:
            result[name] = []
            for number in range(len(groups[name])):
                result[name].append(model.predict(groups[name][number][None])[0])
        """,
    ),
    "rows of a table": (
        6,
        """
        result = frame.apply(lambda row: float(model.predict(row.values[None])[0, 1]), axis=1)
        """,
    ),
    "rows that become rows": (
        6,
        """
        result = frame.apply(lambda row: pd.Series(model.predict(np.array([[row.a, row.b, row.c]]))[0]), axis=1)
        """,
    ),
    "elements of a column": (
        6,
        """
        columns["score"] = columns["image"].apply(lambda image: model.predict(image[None])[0, 1])
        result = columns["score"]
        """,
    ),
    "elements of a series": (
        6,
        """
        series = pd.Series(list(xs), name="images")
        result = series.map(lambda image: model.predict(np.expand_dims(image, 0))[0].argmax())
        """,
    ),
    "a loop that counts": (
        6,
        """
        result = []
        i = 0
        while i < len(xs):
            x = np.expand_dims(xs[i], 0)
            result.append((i, model.predict(x)[0]))
            i += 1
        result.append(i)
        """,
    ),
    "a loop that counts in twos, in another loop": (
        3,
        """
        result = {}
        for part, last in ((1, 6),):
            number, rest = part, last
            while number < rest:
                if number == 3:
                    print("half")
                result[part, number] = model.predict(xs[number : number + 1])[0, 1]
                number = number + 2
                assert number
        """,
    ),
    "the best of a list": (
        6,
        """
        result = max(list(xs), key=lambda x: model.predict(x[None])[0, 1])
        """,
    ),
    "the best of a generator, chosen in a condition": (
        6,
        """
        if min((x * 2 for x in xs), key=lambda x: (model.predict(x[None])[0, 1], x[0]), default=None)[0] > 0:
            result = "right"
        else:
            result = "left"
        """,
    ),
    "numbers in the order of their predictions": (
        6,
        """
        result = []
        for number in sorted(range(len(xs)), key=lambda n: model.predict(xs[n][None])[0, 1], reverse=True):
            result.append(number)
        """,
    ),
    "a list that is sorted where it is": (
        6,
        """
        result = [x[None] for x in xs]
        result.sort(key=lambda x: -model.predict(x.reshape(1, -1))[0, 1])
        """,
    ),
    "the best two": (
        6,
        """
        import heapq

        result = heapq.nlargest(2, list(xs), key=lambda x: model.predict(x[None])[0, 1])
        """,
    ),
}
APPLIED = {
    "a helper for keys": (
        12,
        """
        def score(x):
            return float(model.predict(x[None])[0, 1])


        result = [max(iter(xs), key=score), *sorted(list(xs), key=score, reverse=True)]
        """,
    ),
    "a helper for rows": (
        6,
        """
        def score(row):
            x = np.array([[row["a"], row["b"], row["c"]]])
            return model.predict(x)[0, 1]


        frame["score"] = frame.apply(score, axis=1)
        result = frame
        """,
    ),
    "a helper for elements": (
        12,
        """
        def best(image):
            image = image / 2
            return int(model.predict(image[None])[0].argmax())


        columns["best"] = columns["image"].map(best)
        result = (columns["best"], [best(image) for image in xs])
        """,
    ),
}
DICTS = {
    "named inputs in a loop": (
        6,
        """
        result = []
        for one, other in zip(xs, xs[::-1]):
            result.append(pair.predict({"left": one[None], "right": other[None]})[0, 0])
        """,
    ),
    "a named input that stays the same": (
        6,
        """
        result = [pair.predict({"left": x[None], "right": np.zeros((1, 3))})[0] for x in xs]
        """,
    ),
    "named inputs in a comprehension": (
        6,
        """
        result = [pair.predict({"left": x[None], "right": x[None] * 2})[0] for x in xs]
        """,
    ),
}
LEFT = {
    "a loop that ends early": """
        result = []
        for one in xs:
            for other in xs:
                score = listed.predict([one[None], other[None]])[0, 0]
                if score > 0:
                    break
                result.append(score)
    """,
    "an outer loop that trains": """
        listed.compile("sgd", "mse")
        result = []
        for epoch in range(2):
            loss = listed.fit([xs, xs], xs[:, :1], verbose=0)
            for x in xs:
                result.append(listed.predict([x[None], x[None]])[0])
    """,
    "inputs that the loops change": """
        state = xs.copy()
        result = []
        for step in range(3):
            for number in range(len(state)):
                state[number] = model.predict(state[number][None])[0, 0]
                result.append(state[number].copy())
    """,
    "an outer loop that draws the sample": """
        generator = np.random.default_rng(1)
        result = []
        for one in xs:
            drawn = one * generator.normal()
            for other in xs:
                result.append((drawn, listed.predict([drawn[None], other[None]])[0]))
    """,
    "an inner loop that draws the sample": """
        np.random.seed(1)
        result = []
        for one in xs:
            for number in range(2):
                drawn = one * np.random.normal()
                result.append((drawn, model.predict(drawn[None])[0]))
    """,
    "an outer loop that takes the sample away": """
        waiting = list(xs)
        result = []
        for number in range(3):
            taken = waiting.pop()
            for other in xs:
                result.append(listed.predict([taken[None], other[None]])[0])
    """,
    "an outer loop that makes the sample in two steps": """
        result = []
        for one in xs:
            scaled = one * 2
            scaled = scaled + 1
            for other in xs:
                result.append(listed.predict([scaled[None], other[None]])[0])
    """,
    "an inner iterator that is used up": """
        result = []
        for part in [iter(xs[:3]), iter(xs[3:])]:
            for x in part:
                result.append(model.predict(x[None])[0])
    """,
    "columns of a table": """
        result = frame.head(3).apply(lambda column: float(model.predict(column.values[None])[0, 1]))
    """,
    "a loop that counts and may end": """
        result, i = [], 0
        while i < len(xs):
            if xs[i][0] > 1:
                break
            result.append(model.predict(xs[i][None])[0])
            i += 1
    """,
    "a loop that counts at times": """
        result, i = [], 0
        while i < len(xs):
            score = model.predict(xs[i][None])[0, 0]
            i += 1
            if score > 0.5:
                i += 1
            result.append(score)
    """,
    "a loop that counts before it predicts": """
        result, i = [], -1
        while i < len(xs) - 1:
            i += 1
            result.append(model.predict(xs[i][None])[0])
    """,
    "a loop that counts up to what grows": """
        found = list(xs[:2])
        result, i = [], 0
        while i < len(found):
            result.append(model.predict(found[i][None])[0])
            if len(found) < 4:
                found.append(found[0] * 2)
            i += 1
    """,
    "the better of two": """
        result = max(xs[0], xs[1], key=lambda x: model.predict(x[None])[0, 1])
    """,
    "groups by prediction": """
        import itertools

        groups = itertools.groupby(list(xs), key=lambda x: int(model.predict(x[None])[0].argmax()))
        result = [side for side, _ in groups]
    """,
    "a choice that may not be made": """
        result = xs[0] if len(xs) > 2 else max(list(xs), key=lambda x: model.predict(x[None])[0, 1])
    """,
    "groups of a table": """
        result = frame.groupby([0, 0, 0, 1, 1, 1]).apply(lambda rows: model.predict(rows.values[:1])[0, 0])
    """,
    "a branch in what is applied": """
        result = frame.apply(lambda row: model.predict(row.values[None])[0, 1] if row.a > 0 else 0.0, axis=1)
    """,
}


def code(body: str) -> str:
    import textwrap

    return MORE + textwrap.dedent(body)


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", [*AHEAD, *DICTS])
def test_all_is_predicted_in_one_call(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, body = {**AHEAD, **DICTS}[name]
    program = code(body)
    after = fixed(tmp_path, program, "KI201", unsafe=True).after
    assert ("next(predictions)" in after) == (name in AHEAD)
    found, before = run(program, monkeypatch)
    kept, now = run(after, monkeypatch)
    assert (before, now) == (calls, 1)
    same(found["result"], kept["result"])


@pytest.mark.parametrize("name", APPLIED)
def test_a_helper_that_is_applied(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls, body = APPLIED[name]
    program = code(body)
    after = fixed(tmp_path, program, "KI201", unsafe=True).after
    assert "next(results)" in after
    found, before = run(program, monkeypatch)
    kept, now = run(after, monkeypatch)
    assert (before, now) == (calls, calls // 6)
    same(found["result"], kept["result"])


@pytest.mark.sampled(4)
@pytest.mark.parametrize("name", LEFT)
def test_what_is_not_predicted_ahead(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = code(LEFT[name])
    after = fixed(tmp_path, program, "KI201", unsafe=True).after
    assert "next(" not in after
    same(run(program, monkeypatch)[0]["result"], run(after, monkeypatch)[0]["result"])
