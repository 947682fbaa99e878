"""Laws that hold for any program: code without Keras is silent, and no program makes the analysis fail."""

from __future__ import annotations

import ast
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import lint_rules
from lint_rules.findings.diagnostics import Confidence, Diagnostic
from lint_rules.rules.registry import RULES

ALL = tuple(rule.code for rule in RULES)
NAMES = ("model", "x", "tape", "f", "Agent", "agent", "self", "np", "keras", "tf", "loss")
METHODS = ("predict", "predict_on_batch", "fit", "act", "model", "gradient", "map", "numpy", "step", "compile", "call")
WITHOUT_KERAS = "import numpy as np\nfrom sklearn.svm import SVC\nmodel = SVC()\n"
WITH_KERAS = "import keras\nimport numpy as np\nimport tensorflow as tf\nmodel = keras.Sequential()\n"

names = st.sampled_from(NAMES)
atoms = st.one_of(names, st.sampled_from(["0", "1", "None", "'keras'", "[]", "()", "{}", "x[None]", "x[i:i+1]"]))


def _call(pair: tuple[str, str, list[str]]) -> str:
    owner, method, arguments = pair
    return f"{owner}.{method}({', '.join(arguments)})"


def _deeper(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.tuples(inner, st.sampled_from(METHODS), st.lists(inner, max_size=2)).map(_call),
        st.tuples(names, st.lists(inner, max_size=2)).map(lambda p: f"{p[0]}({', '.join(p[1])})"),
        inner.map(lambda e: f"[{e} for x in {e}]"),
        inner.map(lambda e: f"(lambda x: {e})"),
        inner.map(lambda e: f"({e})[0]"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} + {p[1]})"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]} if {p[1]} else x)"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]}, {p[1]}]"),
        inner.map(lambda e: f"(y := {e})"),
    )


expressions = st.recursive(atoms, _deeper, max_leaves=6)


def _indent(block: str) -> str:
    return "".join(f"    {line}\n" for line in block.splitlines())


def _statements(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    block = st.lists(inner, min_size=1, max_size=3).map("".join).map(_indent)
    headed = st.tuples(names, expressions, block)
    return st.one_of(
        headed.map(lambda p: f"for {p[0]} in {p[1]}:\n{p[2]}"),
        headed.map(lambda p: f"while {p[1]}:\n{p[2]}"),
        headed.map(lambda p: f"if {p[1]}:\n{p[2]}else:\n{p[2]}"),
        headed.map(lambda p: f"with tf.GradientTape() as {p[0]}:\n{p[2]}"),
        headed.map(lambda p: f"def {p[0]}(x, model=None):\n{p[2]}    return {p[1]}\n"),
        headed.map(lambda p: f"@tf.function\ndef {p[0]}(x):\n{p[2]}"),
        headed.map(lambda p: f"class {p[0]}(keras.Model):\n    def call(self, x):\n{_indent(p[2])}"),
        headed.map(lambda p: f"class {p[0]}({p[0]}):\n    model = {p[1]}\n    def act(self):\n{_indent(p[2])}"),
        headed.map(lambda p: f"try:\n{p[2]}except {p[0]}:\n    pass\nfinally:\n{p[2]}"),
    )


simple = st.one_of(
    expressions.map("{}\n".format),
    st.tuples(names, expressions).map(lambda p: f"{p[0]} = {p[1]}\n"),
    st.tuples(names, st.sampled_from(METHODS), expressions).map(lambda p: f"{p[0]}.{p[1]} = {p[2]}\n"),
    st.tuples(names, names, expressions).map(lambda p: f"{p[0]}, {p[1]} = {p[2]}\n"),
    st.tuples(names, expressions).map(lambda p: f"{p[0]} += {p[1]}\n"),
    st.tuples(names, expressions).map(lambda p: f"{p[0]}[0] = {p[1]}\n"),
    st.sampled_from(["from code import *\n", "import code as f\n", "from . import other as agent\n", "del x\n"]),
)
programs = st.lists(st.recursive(simple, _statements, max_leaves=8), min_size=1, max_size=5).map("".join)


def findings(files: dict[str, str]) -> list[Diagnostic]:
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8")
        return lint_rules.check_paths([folder], select=ALL)


def codes(files: dict[str, str]) -> list[str]:
    return [found.code for found in findings(files)]


def parses(program: str) -> bool:
    try:
        ast.parse(program)
    except SyntaxError:
        return False
    return True


slow = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)


@slow
@given(program=programs.filter(lambda text: "keras" not in text).filter(parses))
@example(program="for x in xs:\n    model.predict(x[None])\n")
def test_code_without_keras_is_silent(program: str) -> None:
    assert codes({"a.py": WITHOUT_KERAS + program.replace("tf.", "np.")}) == []


@slow
@given(program=programs.filter(lambda text: "keras" not in text).filter(parses))
@example(program="for x in xs:\n    agent.predict(x[None], verbose=0)\n")
def test_nothing_is_certain_where_no_code_makes_a_model(program: str) -> None:
    found = findings({"a.py": WITHOUT_KERAS + program.replace("tf.", "np."), "b.py": "import keras\n"})
    assert [diagnostic for diagnostic in found if diagnostic.confidence is Confidence.CERTAIN] == []


@slow
@given(program=programs.filter(parses), other=programs.filter(parses))
@example(program="class Agent(Agent):\n    model = Agent\n", other="from code import *\n")
@example(program="model = model.model = model\n", other="def f(x, model=f):\n    return f(f)\n")
def test_analysing_never_fails(program: str, other: str) -> None:
    found = codes({"code.py": WITH_KERAS + program, "other.py": WITH_KERAS + other})
    assert set(found) <= set(ALL)


@slow
@given(program=programs.filter(parses))
def test_the_same_program_gives_the_same_findings(program: str) -> None:
    files = {"code.py": WITH_KERAS + program}
    assert codes(files) == codes(files)


@pytest.mark.parametrize("receiver", ["model", "self.model", "agent.net", "models[0]"])
@pytest.mark.parametrize("loop", ["for x in xs", "while not done", "with tape"])
def test_names_alone_are_silent(receiver: str, loop: str) -> None:
    code = f"import keras\ndef run(self, model, agent, models, xs):\n    {loop}:\n        {receiver}.predict(x[None])\n"
    assert codes({"a.py": code}) == []
