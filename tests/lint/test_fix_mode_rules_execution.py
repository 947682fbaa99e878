"""Fixes that move a model, a flag or a call which Keras no longer has: programs that are checked, fixed and run."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from program_runs import PRELUDE, fixed, keras, run, same

SAVED = """\
import keras
import numpy as np

xs = np.random.default_rng(3).normal(size=(6, 3)).astype("float32")
PATH = {path!r}
"""

MADE_AGAIN = {
    "in the loop": (
        """
        result = []
        for x in (xs, xs + 1):
            model = keras.models.load_model(PATH)
            result.append(model.predict(x))
        """,
        "model = keras.models.load_model(PATH)\nfor x in (xs, xs + 1):\n",
    ),
    "in a helper": (
        """
        def score(x):
            model = keras.models.load_model(PATH, compile=False)
            return model.predict(x)


        result = [score(x) for x in (xs, xs + 1)]
        """,
        "@functools.cache\ndef model_for_score():\n    return keras.models.load_model(PATH, compile=False)\n\n\ndef",
    ),
    "with an option that has a name": (
        """
        def score(x):
            full = False
            model = keras.models.load_model(PATH, compile=full)
            return model.predict(x)


        result = [score(x) for x in (xs, xs + 1)]
        """,
        "    return keras.models.load_model(PATH, compile=False)\n",
    ),
    "in a loader": (
        """
        def load():
            return keras.models.load_model(PATH)


        def score(x):
            model = load()
            return model.predict(x)


        result = []
        for x in (xs, xs + 1):
            result.append(score(x))
        """,
        "@functools.cache\ndef load():\n",
    ),
}


@pytest.mark.parametrize(("code", "holds"), list(MADE_AGAIN.values()), ids=list(MADE_AGAIN))
def test_a_model_is_made_once(code: str, holds: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = str(tmp_path / "m.keras")
    keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(2)]).save(path)
    before = SAVED.format(path=path) + textwrap.dedent(code)
    after = fixed(tmp_path, before, "KI205", unsafe=True)
    assert holds in after.after, after.after
    assert not after.remaining
    assert not fixed(tmp_path, before, "KI205", unsafe=False).changed
    loads = 0
    load_model = keras.models.load_model

    def counted(*args: object, **kwargs: object) -> object:
        nonlocal loads
        loads += 1
        return load_model(*args, **kwargs)

    monkeypatch.setattr(keras.models, "load_model", counted)
    same(run(before, monkeypatch)[0]["result"], run(after.after, monkeypatch)[0]["result"])
    assert loads == 2 + 1


REMOVED = {
    "the learning phase": "keras.backend.set_learning_phase(0)\nresult = model.predict(xs)",
    "eval() of torch": "model.eval()\nresult = np.asarray(model(xs))",
    "eval() in a block of its own": "if len(xs):\n    model.eval()\nresult = model.predict(xs)",
    "eval() beside another statement": "n = 2; model.eval()\nmodel.eval(); m = 3\nresult = model.predict(xs[:n])",
}


@pytest.mark.parametrize("code", list(REMOVED.values()), ids=list(REMOVED))
def test_what_keras_no_longer_has_is_left_out(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"{PRELUDE}{code}\n"
    after = fixed(tmp_path, code, "KI402", unsafe=True)
    assert not after.remaining
    assert not fixed(tmp_path, code, "KI402", unsafe=False).changed
    with pytest.raises(AttributeError):
        run(code, monkeypatch)
    scope = run(after.after, monkeypatch)[0]
    same(scope["result"], scope["model"].predict(scope["xs"][: len(scope["result"])], verbose=0))


NOT_LEFT_OUT = {
    "a phase that says training": "keras.backend.set_learning_phase(1)",
    "a phase that is no constant": "keras.backend.set_learning_phase(phase)",
    "an import that fails by itself": "from keras.backend import set_learning_phase\nset_learning_phase(0)",
    "an error that is expected": "try:\n    model.eval()\nexcept AttributeError:\n    pass",
    "a value that is used": "net = model.eval()",
}


@pytest.mark.parametrize("code", list(NOT_LEFT_OUT.values()), ids=list(NOT_LEFT_OUT))
def test_what_may_be_needed_stays(code: str, tmp_path: Path) -> None:
    after = fixed(tmp_path, f"{PRELUDE}phase = len(xs)\n{code}\n", "KI402", unsafe=True)
    assert not after.changed
    assert [found.code for found in after.remaining] == ["KI402"]
