"""What the fix of KI201 makes of a loop, and which loops it leaves: each iteration keeps what belongs to its sample.

That the results stay is tested by running programs: `test_fix_rules_execution.py`, `tests/fuzz/test_fixed_loops.py`.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from lint_rules import check_source
from lint_rules.fixes.apply.apply import fix_text

PRELUDE = """\
import cv2
import keras
import matplotlib.pyplot as plt
import numpy as np

model = keras.models.load_model("m.keras")


"""


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No project around the code."""
    monkeypatch.chdir(tmp_path)


def fixed(code: str, *select: str) -> str:
    """The code below the prelude after all fixes."""
    text = PRELUDE + textwrap.dedent(code).lstrip("\n")
    found = fix_text(
        Path("code.py"),
        text,
        lambda path, now: check_source(now, str(path), select=list(select or ("KI201", "KI403")), fixes=True),
        unsafe=True,
    )
    assert found.after.startswith(PRELUDE)
    return found.after.removeprefix(PRELUDE)


KEPT = {
    "by an attribute": ("found[path.stem] = model.predict(x)[0]", "path"),
    "by a method": ("y = model.predict(x)\n        found[path.with_suffix('')] = y[0]", "path"),
    "by an item": ("y = model.predict(x)\n        found[path[0]] = y[0]", "path"),
    "directly": ("y = model.predict(x)\n        found[path] = y[0]", "path"),
    "the shape of what was prepared": ("y = model.predict(x)\n        found[image.shape[1]] = y[0]", "image"),
    "in a condition": ("if model.predict(x)[0, 0] > 0.5:\n            found[path.name] = 1", "path"),
    "in a deeper block": (
        "y = model.predict(x)\n        for k in range(2):\n            found[path.name, k] = y[0, k]",
        "path",
    ),
    "two of them": ("y = model.predict(x)\n        found[path.name] = image.mean() * y[0]", "(image, path)"),
}


@pytest.mark.parametrize(("use", "kept"), list(KEPT.values()), ids=list(KEPT))
def test_what_is_read_after_the_call_is_kept_for_each_sample(use: str, kept: str) -> None:
    after = fixed(f"""
    def run(paths):
        found = {{}}
        for path in paths:
            image = np.load(path)
            x = image[None]
            {use.replace(chr(10), chr(10) + "    ")}
        return found
    """)
    assert f"kept.append({kept})\n" in after
    assert f"for {kept}, " in after
    assert " in zip(kept, predictions):\n" in after


COPIED = {
    "stored into": ("x[0] = np.load(path)", "np.copy(x)"),
    "copied into": ("np.copyto(x[0], np.load(path))", "np.copy(x)"),
    "an output": ("np.multiply(np.load(path), 2.0, out=x[0])", "np.copy(x)"),
    "an image buffer": ("cv2.resize(cv2.imread(path), (8, 1), dst=x)", "np.copy(x)"),
    "filled by a helper": ("fill(x, path)", "np.copy(x)"),
    "filled in a loop": ("for k in range(8):\n            x[0, k] = ord(path[k])", "np.copy(x)"),
}


@pytest.mark.parametrize(("write", "copied"), list(COPIED.values()), ids=list(COPIED))
def test_a_buffer_that_is_filled_again_is_copied(write: str, copied: str) -> None:
    after = fixed(f"""
    def fill(target, path):
        target[0] = np.load(path)


    def run(paths):
        x = np.zeros((1, 8))
        scores = []
        for path in paths:
            {write.replace(chr(10), chr(10) + "    ")}
            scores.append(model.predict(x)[0, 0])
        return scores
    """)
    assert f"inputs.append({copied})\n" in after
    assert "model.predict(np.concatenate(inputs))" in after


def test_an_array_of_the_iteration_is_not_copied() -> None:
    after = fixed("""
    def run(paths):
        scores = []
        for path in paths:
            x = np.zeros((1, 8))
            x[0] = np.load(path)
            scores.append(model.predict(x)[0, 0])
        return scores
    """)
    assert "inputs.append(x)\n" in after


LEFT = {
    "a loop that always ends": """
        def run(folders):
            scores = []
            for folder in folders:
                for path in folder:
                    x = np.load(path)[None]
                    scores.append(model.predict(x)[0])
                    break
            return scores
        """,
    "a search": """
        def run(paths):
            for path in paths:
                x = np.load(path)[None]
                if model.predict(x)[0, 0] > 0.5:
                    return path
        """,
    "a search that goes on behind": """
        def run(paths):
            best = None
            for path in paths:
                x = np.load(path)[None]
                y = model.predict(x)
                if y[0, 0] > 0.5:
                    best = path
                    break
            return best
        """,
    "an exception of its own": """
        def run(paths, found):
            for path in paths:
                x = np.load(path)[None]
                if x.shape[1] != 8:
                    raise ValueError(path)
                found[path] = model.predict(x)[0]
        """,
    "a name that outlives skipped samples": """
        def run(paths, found):
            for path in paths:
                if path.endswith("txt"):
                    continue
                x = np.load(path)[None]
                found[path] = model.predict(x)[0]
            return found, path
        """,
    "output before and after": """
        def run(paths):
            for path in paths:
                print("reading", path)
                x = np.load(path)[None]
                print(model.predict(x)[0])
        """,
    "a current figure": """
        def run(paths):
            for n, path in enumerate(paths):
                plt.subplot(3, 3, n + 1)
                x = np.load(path)[None]
                plt.title(model.predict(x)[0, 0])
        """,
    "one list for both halves": """
        def run(paths):
            log = []
            for path in paths:
                log.append(path)
                x = np.load(path)[None]
                log.append(model.predict(x)[0])
            return log
        """,
    "a counter that both halves move": """
        def run(paths, found):
            count = 0
            for path in paths:
                x = np.load(path)[None] + count
                found[path] = model.predict(x)[0]
                count += 2
        """,
    "an attribute as loop variable": """
        class Run:
            def run(self, images, found):
                for self.image in images:
                    x = self.image[None]
                    found[self.image.name] = model.predict(x)[0]
        """,
    "code that runs later": """
        def run(paths, found):
            for path in paths:
                x = np.load(path)[None]
                name = lambda: path.stem
                y = model.predict(x)
                found[name()] = y[0]
        """,
    "a global that a function reads": """
        def title():
            return path.upper()


        found = {}
        for path in ["a", "b"]:
            x = np.load(path)[None]
            y = model.predict(x)
            found[title()] = y[0]
        """,
    "a buffer that is read again": """
        def run(paths, found):
            x = np.zeros((1, 8))
            for path in paths:
                x[0] = np.load(path)
                y = model.predict(x)
                found[path] = y[0, 0] + x.mean()
        """,
    "a list of inputs with a name": """
        def run(paths, scores):
            for path in paths:
                x = [np.load(path)[None], np.zeros((1, 2))]
                scores.append(model.predict(x)[0])
        """,
    "a dict of inputs of which not all are written out": """
        def run(rows, more):
            return [model.predict({"a": row[None], **more})[0] for row in rows]
        """,
    "inputs that a helper lists": """
        def inputs_of(row):
            return row[None], row[None] * 2


        def run(rows):
            return [model.predict(inputs_of(row))[0] for row in rows]
        """,
    "a name that a nested function reads": """
        def run(paths, found):
            def keep(y):
                found[path.stem] = y

            for path in paths:
                x = np.load(path)[None]
                keep(model.predict(x)[0])
        """,
    "a file that both halves write": """
        def run(paths, log):
            for path in paths:
                log.write(path)
                x = np.load(path)[None]
                log.write(str(model.predict(x)[0]))
        """,
    "a list with one text": """
        def run(texts):
            scores = []
            for text in texts:
                scores.append(model.predict([text])[0])
            return scores
        """,
    "a row that is emptied, and added to the others": """
        def run(rows):
            scores = []
            best = rows[0]
            for row in rows:
                scores.append(model.predict((row + best)[None])[0])
                row[:] = 0
            return scores
        """,
    "a row that is emptied, and that the loop around adds to the others": """
        def run(rows, others):
            scores = []
            for other in others:
                for row in rows[:]:
                    scores.append(model.predict((row + other)[None])[0])
                    row[:] = 0
            return scores
        """,
    "an iterator that the body moves on as well": """
        def run(rows):
            rows = iter(rows)
            scores = []
            for row in rows:
                scores.append(model.predict(row[None])[0])
                next(rows)
            return scores
        """,
    "a generator that may never end": """
        def run(source):
            for sample in source:
                x = np.asarray(sample)[None]
                yield model.predict(x)[0]
        """,
}


@pytest.mark.parametrize("code", list(LEFT.values()), ids=list(LEFT))
def test_loops_whose_results_would_change_are_left(code: str) -> None:
    after = fixed(code).replace("predict_on_batch", "predict")
    assert after == textwrap.dedent(code).lstrip("\n")


def test_what_another_function_reads_says_nothing_of_a_local_name() -> None:
    after = fixed("""
    path = "weights"


    def title():
        return path.upper()


    def run(paths, found):
        for path in paths:
            x = np.load(path)[None]
            found[path.stem] = model.predict(x)[0]
    """)
    assert "kept.append(path)" in after


def test_a_buffer_of_the_object_is_copied_as_it_is_returned() -> None:
    after = fixed("""
    class Reader:
        def __init__(self):
            self.x = np.zeros((1, 8))

        def read(self, path):
            self.x[0] = np.load(path)
            return self.x

        def run(self, paths):
            return {path.stem: model.predict(self.read(path))[0] for path in paths}
    """)
    assert "np.concatenate([np.copy(self.read(path)) for path in samples])" in after


def test_a_search_through_a_sequence_predicts_no_more_than_it_has() -> None:
    after = fixed("""
    def run(rows):
        for n in range(len(rows)):
            if model.predict(rows[n : n + 1])[0, 0] > 0.5:
                return n
    """)
    assert "predictions = model.predict(rows)\n" in after


def test_the_batch_size_of_the_call_is_kept() -> None:
    after = fixed("""
    def run(paths, size):
        scores = []
        for path in paths:
            x = np.load(path)[None]
            scores.append(model.predict(x, batch_size=size)[0])
        return scores
    """)
    assert "model.predict(np.concatenate(inputs), batch_size=size)" in after


NUMPY = {
    "in the expression": "scores.append(model.predict_on_batch(row[None]).numpy().squeeze())",
    "of an item": "scores.append(model.predict(row[None])[0].numpy())",
    "of the name": "y = model.predict(row[None])\n            scores.append(y.numpy()[0])",
    "of a part of the name": "y = model.predict(row[None])\n            scores.append(y[0].numpy())",
}


@pytest.mark.parametrize("use", list(NUMPY.values()), ids=list(NUMPY))
def test_no_numpy_is_left_on_what_is_numpy(use: str) -> None:
    after = fixed(f"""
    def run(rows):
        scores = []
        for row in list(rows):
            {use}
        return scores
    """)
    assert ".numpy()" not in after
    assert "model.predict(np.stack(list(" in after
