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
}
APPLIED = {
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
