"""Which files mention a word, asked of an index that keeps no word."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_rules.semantics.project.word_index import Mentions, words_of

NAMES = st.text("abcXYZ_09é", min_size=1, max_size=4).filter(str.isidentifier)
TEXTS = st.lists(st.lists(NAMES, max_size=12).map(" . ".join), max_size=8)


def index(texts: list[str], suffix: str = ".py") -> Mentions:
    held = {Path(f"{number}{suffix}"): text.encode() for number, text in enumerate(texts)}
    return Mentions(list(held), held.__getitem__)


@given(texts=TEXTS, name=NAMES)
def test_the_files_that_mention_a_word_are_those_that_hold_it_as_a_whole_word(texts: list[str], name: str) -> None:
    holding = [n for n, text in enumerate(texts) if re.search(rf"(?<!\w){name}(?!\w)", text)]
    assert index(texts).of(name) == holding
    assert index(texts).count(name) == len(holding)


def test_names_end_at_operators_quotes_and_line_ends() -> None:
    assert words_of(b"agent.act(state)[0]\r\n'model'") == {b"agent", b"act", b".act", b"state", b"0", b"model"}


@pytest.mark.parametrize("text", ["agent.act(x)", "agent . act", "agent.\\\n    act", "agent[0]\n  .act(x)"])
def test_a_name_behind_a_dot_is_known_as_an_attribute(text: str) -> None:
    assert index([text, "def act(x): pass\nact(x)"]).of(".act") == [0]


@pytest.mark.parametrize(
    "text",
    [
        "class A(Base): pass",
        "class A(m.Base, Other): pass",
        "class A(\n    Base,\n    metaclass=M,\n):\n    pass",
        "class A[T](Base[T]): pass",
        "class A(Base[dict[str, int]]): pass",
        "from m import Base as B\nclass A(B): pass",
        "B = m.Base\nclass A(B): pass",
        "B = Base  # the base\nclass A(B): pass",
    ],
)
def test_who_may_inherit_from_a_class(text: str) -> None:
    others = ["class Base: pass", "class A(Other):\n    x = Base()", "class Basement(X): pass"]
    assert index([text, *others]).of("(Base") == [0]


def test_a_notebook_may_inherit_too() -> None:
    text = r'{"source": ["from m import Base as B\n", "class A(B):\n", "    pass"]}'
    assert index([text], ".ipynb").of("(Base") == [0]


def test_the_first_word_of_a_line_of_a_notebook_is_found() -> None:
    assert index([r'{"source": ["x = 1\nagent.act(x)"]}'], ".ipynb").of("agent") == [0]


def test_a_file_that_cannot_be_read_mentions_nothing(tmp_path: Path) -> None:
    (tmp_path / "here.py").write_text("name = 1")
    assert Mentions([tmp_path / "gone.py", tmp_path / "here.py"]).of("name") == [1]
