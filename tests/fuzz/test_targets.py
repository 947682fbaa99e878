"""The fuzz targets over their seeds, and over inputs made of them; atheris goes further, guided by coverage."""

from __future__ import annotations

import re
import runpy
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from targets import TARGETS

HERE = Path(__file__).parent
SEEDS = {name: sorted((HERE / "seeds" / name).iterdir()) for name in TARGETS}
WORDS = [
    word.encode("latin-1").decode("unicode_escape").encode("latin-1")
    for word in re.findall(r'^"(.*)"$', (HERE / "words.dict").read_text("latin-1"), re.MULTILINE)
]

starts = st.integers(0, 500)


@st.composite
def inputs(draw: st.DrawFn, target: str) -> bytes:
    """A seed with words put in, stretches taken out, repeated or brought in from another seed, and bytes changed."""
    seeds = st.sampled_from(SEEDS[target]).map(Path.read_bytes)
    data = draw(seeds)
    for change in draw(st.lists(st.sampled_from(["word", "cut", "again", "byte", "join"]), max_size=6)):
        start, length = draw(starts) % (len(data) + 1), draw(st.integers(0, 40))
        before, stretch, after = data[:start], data[start : start + length], data[start + length :]
        if change == "word":
            data = before + draw(st.sampled_from(WORDS)) + stretch + after
        elif change == "cut":
            data = before + after
        elif change == "again":
            data = before + stretch * draw(st.integers(2, 5)) + after
        elif change == "byte":
            data = before + draw(st.binary(min_size=1, max_size=2)) + data[start + 1 :]
        else:
            other = draw(seeds)
            data = before + other[draw(starts) % (len(other) + 1) :]
    return data


@pytest.mark.parametrize(("target", "seed"), [(name, seed) for name in SEEDS for seed in SEEDS[name]])
def test_every_promise_holds_for_the_seeds(target: str, seed: Path) -> None:
    TARGETS[target](seed.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
@settings(max_examples=300)
@given(data=st.data())
def test_every_promise_holds_for_what_is_made_of_them(target: str, data: st.DataObject) -> None:
    TARGETS[target](data.draw(inputs(target)))


@pytest.mark.parametrize("target", TARGETS)
def test_the_seeds_are_of_both_kinds(target: str) -> None:
    """What a target only refuses says little about it."""
    from lint_rules.source.reader import read_source
    from lint_rules.source.text import UnreadableSource

    refused = 0
    for seed in SEEDS[target]:
        try:
            read_source(Path("a.ipynb" if target == "notebook" else "a.py"), seed.read_bytes())
        except UnreadableSource:
            refused += 1
    assert (refused > 0) == (target != "cells")
    assert len(SEEDS[target]) - refused >= 5


def test_without_atheris_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "atheris", None)
    with pytest.raises(SystemExit, match="pip install atheris"):
        runpy.run_path(str(HERE), run_name="__main__")
