"""What only a run of the program can prove, and is offered under `--verify` alone: one call for each shape of samples
that may differ in that, each row where it was; and one call for all that a generator goes over."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from program_runs import run, same

from lint_rules.commands.judged import Judged
from lint_rules.findings.diagnostics import Diagnostic
from lint_rules.fixes.apply.apply import FixedFile, fix_text
from lint_rules.run.request import Request
from lint_rules.run.session import Rerun

pytestmark = pytest.mark.sampled(2)

MODEL = """\
import keras
import numpy as np

keras.utils.set_random_seed(7)
model = keras.Sequential([keras.Input((None,), dtype="int32"), keras.layers.Embedding(9, 4), keras.layers.LSTM(3)])
texts = ["ab", "abc", "b", "ca", "d", "abd", "dd"]
letters = "abcd"
"""
PROGRAMS = {
    "a loop that prepares each sample": """
        result = {}
        for text in texts:
            ids = np.array([[letters.index(letter) for letter in text]])
            scores = model.predict(ids, verbose=0)[0]
            result[text] = scores.max()
        """,
    "a comprehension over pairs": """
        series = [(len(text), np.arange(len(text))) for text in texts]
        result = [(length, model.predict(one[None])[0, 1]) for length, one in series]
        """,
    "a helper": """
        def embed(text):
            ids = [letters.index(letter) for letter in text]
            return model.predict(np.array([ids]))[0]


        result = [embed(text) for text in texts]
        """,
    "a helper with several callers": """
        def embed(text):
            ids = [letters.index(letter) for letter in text]
            return model.predict(np.array([ids]))[0]


        result = [embed(text) for text in texts]
        for text in texts[1:]:
            result.append(embed(text))
        result.append(embed("abcd"))
        """,
    "a generator": """
        def embedded(numbers):
            for number in numbers:
                x = np.full((1, 2), number)
                yield number, model.predict(x, verbose=0)[0, 1]


        result = list(embedded(number % 5 for number in range(7)))
        """,
    "a generator of nothing but predictions": """
        def embedded(rows):
            for row in rows:
                yield model.predict(row[None], verbose=0)[0, 1]


        result = list(embedded(np.full(2, number % 5) for number in range(7)))
        """,
    "a sample that is made in the call": """
        result = []
        for text in texts:
            result.append(model.predict(np.array([[letters.index(letter) for letter in text]]))[0])
        """,
}
CALLS = {
    "a helper with several callers": (14, 7),
    "a generator": (7, 1),
    "a generator of nothing but predictions": (7, 1),
}
"""Calls before and after; those of the others are 7, and 3 once there is one for each length."""


def judged(path: Path, code: str, *, proven: bool = True) -> tuple[FixedFile, tuple[Diagnostic, ...]]:
    """A program with all its fixes, and what was found in it."""
    path.write_text(code)
    rerun = Rerun(Request(paths=(str(path),), fixes=True, proven=proven))
    found = rerun.report().diagnostics
    return fix_text(path, code, Judged(rerun, path, found), unsafe=True, proven=proven), found


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_a_run_may_prove(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = MODEL + textwrap.dedent(PROGRAMS[name])
    fixed, found = judged(tmp_path / "program.py", code)
    assert {(each.code, each.fix.applicability) for each in found if each.fix} == {("KI201", "display")}
    assert fixed.remaining == ()
    one, before = run(code, monkeypatch)
    other, after = run(fixed.after, monkeypatch)
    assert (before, after) == CALLS.get(name, (7, 3))
    same(one["result"], other["result"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_without_a_run_of_the_program_the_loop_stays(name: str, tmp_path: Path) -> None:
    """The call becomes the cheaper one; what only a run can prove is not even told."""
    fixed, found = judged(tmp_path / "program.py", MODEL + textwrap.dedent(PROGRAMS[name]), proven=False)
    assert "display" not in {each.fix.applicability for each in found if each.fix}
    assert "model.predict(" not in fixed.after


LEFT = {
    "two inputs": "result = [model.predict([np.arange(len(t))[None], np.arange(3)[None]])[0] for t in texts]",
    "what may not run": """
        for text in texts:
            if any(model.predict(np.arange(len(text))[None])[0, 0] > 0 for _ in range(2)):
                print(text)
        """,
    "a model from a call": """
        def get():
            return model

        result = [get().predict(np.array([[letters.index(letter) for letter in text]]))[0] for text in texts]
        """,
}


@pytest.mark.parametrize("name", LEFT)
def test_what_is_left(name: str, tmp_path: Path) -> None:
    fixed, _ = judged(tmp_path / "program.py", MODEL + textwrap.dedent(LEFT[name]))
    assert "by_shape" not in fixed.after
