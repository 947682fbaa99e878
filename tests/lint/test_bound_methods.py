"""What a bound method that is handed on is written out as, and what stays as it is written."""

from __future__ import annotations

import ast

import pytest

from lint_rules.semantics.syntax.bound_methods import write_out

METHODS = frozenset({"predict"})


def written_out(code: str) -> str:
    tree = ast.parse(code)
    write_out(tree, code, METHODS)
    return ast.unparse(tree).replace("<", "").replace(">", "")


_LAMBDA = "lambda x, *more, **named: m.predict(x, *more, **named)"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("map(m.predict, xs)", f"map({_LAMBDA}, xs)"),
        ("run(f=m.predict)", f"run(f={_LAMBDA})"),
        ("fs = [m.predict]", f"fs = [{_LAMBDA}]"),
        ("def f():\n    return m.predict", f"def f():\n    return {_LAMBDA}"),
        ("self.infer = m.predict", f"self.infer = {_LAMBDA}"),
        ("run(x.predict)", "run(lambda x, *more, **named: x.predict(x, *more, **named))"),
        ("p = m.predict\np(1)", f"p = {_LAMBDA}\nm.predict(1)"),
        ("p = m.predict\ndef f():\n    p(1)", f"p = {_LAMBDA}\n\ndef f():\n    m.predict(1)"),
    ],
)
def test_written_out(code: str, expected: str) -> None:
    assert written_out(code) == expected


@pytest.mark.parametrize(
    "code",
    [
        "m.predict(1)",
        "self.predict = self.model.predict",
        "callable(m.fit)",
        "run(load('m').predict)",
        "m.predict.__doc__",
        "if m.predict is None:\n    pass",
    ],
)
def test_stays(code: str) -> None:
    assert written_out(code) == ast.unparse(ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "p = m.predict\nif a:\n    p = n.predict\np(1)",
        "m = load(1)\np = m.predict\nm = load(2)\np(1)",
        "p = m.predict\ndef f(p):\n    p(1)",
        "p = m.predict\ndef f(m):\n    p(1)",
        "def f():\n    global p\n    p = m.predict\n    p(1)",
    ],
)
def test_a_name_that_may_mean_something_else_is_called_as_it_is(code: str) -> None:
    assert "p(1)" in written_out(code)


def test_what_is_written_out_stands_where_the_method_is_named() -> None:
    tree = ast.parse("list(map(m.predict, xs))")
    write_out(tree, "list(map(m.predict, xs))", METHODS)
    call = next(n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute))
    assert (call.lineno, call.col_offset, call.end_col_offset) == (1, 9, 18)
