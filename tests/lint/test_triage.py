"""What is told from the bytes of a file alone."""

from __future__ import annotations

import ast
import json
import py_compile
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_rules.rules import words
from lint_rules.rules.registry import RULES
from lint_rules.run.triage import ANY_RULE, IN_A_GRADIENT, TAKES_GRADIENT, facts_of, parses, speaks_of_keras
from lint_rules.source.words import names_in

WORDS = {"predict", "predict_on_batch"}


def test_the_first_search_looks_for_the_words_of_the_rules_and_no_others() -> None:
    assert all(rule.triggers for rule in RULES)
    assert frozenset[str]().union(*(rule.triggers for rule in RULES)) == ANY_RULE


def test_what_matters_only_where_gradients_are_taken_is_asked_for_by_no_other_rule() -> None:
    assert {rule.code for rule in RULES if rule.triggers & IN_A_GRADIENT} == {"KI103"}
    assert TAKES_GRADIENT == words.TAKES_GRADIENT


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("from keras import Model\nfrom keras.models import (Sequential, load_model)\n", False),
        ("from keras import \\\n    (Model)\n__all__ = ['Model']\n", False),
        ("from keras import (Model)\nModel ()\n", True),
        ("class Net(Model):\n    pass\n", True),
        ("model = reimport(x)\n", True),
    ],
)
def test_a_file_that_only_imports_and_names_holds_nothing(text: str, may: bool) -> None:
    assert facts_of(text.encode()).holds == may


@pytest.mark.parametrize(
    ("text", "inside", "takes"),
    [
        ("import numpy as np\nnp.load(x)\n", True, False),
        ("loss.backward()", False, True),
        ("tape.gradient(loss.numpy(), w)", True, True),
        ("np.gradients(x)", False, False),
    ],
)
def test_gradients_are_told_from_words(text: str, inside: bool, takes: bool) -> None:
    facts = facts_of(text.encode())
    assert (facts.in_a_gradient, facts.takes_gradient) == (inside, takes)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("m.predict(x)", {"predict"}),
        ("m.predict_on_batch(x); predict", {"predict", "predict_on_batch"}),
        ("predictor = _predict = predict2()", set()),
        ("", set()),
    ],
)
def test_words_are_whole_names(text: str, named: set[str]) -> None:
    assert names_in(text.encode()) & WORDS == named
    assert facts_of(text.encode()).holds == bool(named)


def test_a_word_behind_a_line_end_of_json_is_found() -> None:
    data = json.dumps({"source": "x\npredict(x)"}).encode()
    assert facts_of(data, notebook=True).holds
    assert not facts_of(data, notebook=False).holds
    assert "predict" in names_in(data, notebook=True)


@given(st.text(st.sampled_from("predict_onbach. \n(1"), max_size=60))
def test_every_name_that_the_parser_sees_is_found(text: str) -> None:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert names & WORDS <= names_in(text.encode())


@pytest.mark.parametrize("text", ["import keras", "from tensorflow import keras", "import tf_keras", "keras_cv = 1"])
def test_who_speaks_of_keras(text: str) -> None:
    assert speaks_of_keras(text.encode())


def test_who_does_not() -> None:
    assert not speaks_of_keras(b"import sklearn, torch\nmodel.predict(x)\n")


@pytest.mark.parametrize("data", [b"x = 1", b"# coding: latin-1\nx = '\xe9'", b"\xef\xbb\xbfx = 1", b"", b"'\\d'"])
def test_what_is_python(data: bytes) -> None:
    assert parses(data, "a.py")


@pytest.mark.parametrize("data", [b"def f(:", b"'\xe9'", b"x\0", b"print 1", b"(" * 500, b"# coding: klingon\n"])
def test_what_is_not(data: bytes) -> None:
    assert not parses(data, "a.py")


def test_bytes_that_are_no_text_are_not_python_even_in_a_comment() -> None:
    assert not parses(b"# caf\xe9\nx = 1\n", "a.py")
    assert parses(b"# coding: latin-1\n# caf\xe9\nx = 1\n", "a.py")


def test_a_file_that_python_has_compiled_is_not_compiled_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.py"
    path.write_text("x = 1\n")
    py_compile.compile(str(path), doraise=True, invalidation_mode=py_compile.PycInvalidationMode.TIMESTAMP)
    monkeypatch.setitem(sys.modules, "symtable", None)
    assert parses(b"what is on disk counts", str(path))
    for on_disk, text in ((False, "x = 1\n"), (True, "x = 11\n")):
        path.write_text(text)
        with pytest.raises(ImportError):
            parses(b"", str(path), on_disk)


def test_what_is_a_notebook() -> None:
    assert parses(b'{"cells": []}', "a.ipynb")
    assert not parses(b'{"cells": [', "a.ipynb")
    assert not parses(b'{"cells": [{"cell_type": "code", "source": "print 1"}]}', "a.ipynb")


def test_the_pictures_of_a_notebook_hold_no_words() -> None:
    shown = '{"cells": [{"outputs": [{"data": {"image/png": "/predict/", "text/plain": "evaluate"}}], "source": "%s"}]}'
    code = r"data = {\"image/png\": \"load_model\"}"
    words = names_in((shown % code).encode(), notebook=True)
    assert not words & {"predict"}
    assert words >= {"evaluate", "data", "load_model"}
