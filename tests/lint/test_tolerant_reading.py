"""A statement that does not parse costs that statement: the rest of the file is judged, and KI000 says what was not.

Where another Python is known to read it, it is read in this one's words; where nobody can read it, what stands for it
says nothing. Rows and columns are those of the file in any case.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_rules.cli import main
from lint_rules.config.settings import Overrides, Selection
from lint_rules.findings.diagnostics import Diagnostic
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.source.parsing import read
from lint_rules.source.reading import Reading
from lint_rules.source.text import Source
from lint_rules.source.tolerant import reading as tolerant

Write = Callable[..., Path]
VERSION = ".".join(map(str, sys.version_info[:2]))
UNKNOWN = "__left_out__"


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Files of a project, which is the current folder."""
    monkeypatch.chdir(tmp_path)

    def put(files: dict[str, str]) -> Path:
        (tmp_path / ".git").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return put


def found(*, severity: str = "warning", fixes: bool = False, select: tuple[str, ...] | None = None) -> list[Diagnostic]:
    selection = () if select is None else (Selection(select),)
    overrides = Overrides(*selection, severity=severity)
    report = check(Request(paths=(".",), overrides=overrides, fixes=fixes))
    assert report.failures == ()
    return list(report.diagnostics)


def codes(**options: object) -> list[tuple[str, str, int]]:
    places = [(each, each.location) for each in found(**options)]  # type: ignore[arg-type]
    return [(Path(place.filename).name, each.code, place.start.row) for each, place in places]


def reading(text: str, *, breaks: tuple[int, ...] = ()) -> Reading:
    source = Source(Path("a.py"), text)
    assert not breaks
    return read(source)


# What another Python reads, in this one's words

KEPT = "a = 1\nb = 2\n"


@pytest.mark.parametrize(
    ("written", "parsed", "reason"),
    [
        ("print x", "print(x)", "Python 2's print statement"),
        ('print "a", b,  # why', 'print("a", b,)  # why', "Python 2's print statement"),
        ("print'a'", "print('a')", "Python 2's print statement"),
        ("print >>f, x", "print >>f, x", None),
        (
            "print >>f, 'a' % x, y if x else `y`",
            "print(  f, 'a' % x, y if x else repr(y))",
            "Python 2's print statement",
        ),
        ("a = 1; print b; c = 2", "a = 1; print(b); c = 2", "Python 2's print statement"),
        ("if a: print b", "if a: print(b)", "Python 2's print statement"),
        ("exec code in scope", "exec(code in scope)", "Python 2's exec statement"),
        ('raise ValueError, "m"', 'raise ValueError( "m")', "Python 2's raise statement"),
        ("x = `a` + `b`", "x = repr(a) + repr(b)", "Python 2's backticks"),
        ("os.chmod(f, 0755)", "os.chmod(f, 0o755)", "Python 2's octal number"),
        ("x = 10L", "x = 10 ", "Python 2's long number"),
        ("x = 0xFFl", "x = 0xFF ", "Python 2's long number"),
        ("if a <> b: c()", "if a != b: c()", "Python 2's <> operator"),
        ("x = ur'\\d'", "x =  r'\\d'", "Python 2's ur'' string"),
        ("def f(a, (b, c)): return b", "def f(a, _b__c_): return b", "Python 2's tuple parameter"),
        ("f = lambda (a, b): a", "f = lambda _a__b_: a", "Python 2's tuple parameter"),
        ("for x in y f(x)", None, "invalid syntax"),
    ],
)
def test_a_statement_of_python_2_is_read_as_it_means(written: str, parsed: str | None, reason: str | None) -> None:
    got = reading(f"{KEPT}{written}\n")
    if reason is None:
        assert got.code.split("\n")[2] == parsed == written
        return
    (broken,) = got.broken
    assert (broken.row, broken.left_out) == (3, parsed is None)
    assert broken.reason == reason
    if parsed is not None:
        assert got.code.split("\n")[2] == parsed


def test_an_except_clause_of_python_2() -> None:
    text = "try:\n    f()\nexcept (IOError, OSError), e:\n    print(e)\nexcept ValueError,e:\n    pass\n"
    got = reading(text)
    assert got.code.split("\n")[2] == "except (IOError, OSError) as e:"
    assert got.code.split("\n")[4] == "except ValueError as e:"
    assert [broken.reason for broken in got.broken] == ["Python 2's except clause"] * 2


@pytest.mark.parametrize("indent", ["\t", "        ", "\t  "])
def test_tabs_are_eight_columns_as_python_2_has_it(indent: str) -> None:
    text = f"def f(x):\n        y = x\n{indent}return model.predict(y)\n"
    if indent == "        ":
        assert reading(text).broken == ()
        return
    got = reading(text)
    (function,) = got.tree.body
    assert isinstance(function, ast.FunctionDef)
    assert [type(each) for each in function.body] == [ast.Assign, ast.Return]
    (call,) = [node for node in ast.walk(got.tree) if isinstance(node, ast.Call)]
    assert ast.get_source_segment(text, call) == "model.predict(y)"
    assert len(got.broken) == 1


def test_columns_are_those_of_the_file_whatever_was_put_in() -> None:
    text = KEPT + 'try:\n\tprint"é", `a`, f(x), 0777, g(y)\nexcept E,e: h(e)\n'
    tree = reading(text).tree
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    segments = {ast.get_source_segment(text, node) for node in calls}
    assert {"f(x)", "g(y)", "h(e)"} <= segments


# What nobody reads


@pytest.mark.parametrize(
    ("written", "stands_for_it"),
    [
        ("model = ", f"model = {UNKNOWN}(model)"),
        ("model = ???", f"model = {UNKNOWN}(model)"),
        ("x = f(a b)", f"x = {UNKNOWN}(x, f(*{UNKNOWN}, **{UNKNOWN}), a, b)"),
        ("self.x, y = a b", f"self.x = y = {UNKNOWN}(self.x, y, a, b)"),
        ("x[i] = a b", f"{UNKNOWN}(x, i, a, b)"),
        ("model.fit(x, y epochs=3)", f"{UNKNOWN}(model.fit(*{UNKNOWN}, **{UNKNOWN}), x, y)"),
        ("from a import (b, c d)", f"a = b = c = d = {UNKNOWN}"),
        ("<<<<<<< HEAD", f"{UNKNOWN}(HEAD)"),
        ("Your answer here.", f"{UNKNOWN}(Your, answer, here)"),
        ("return x y", f"return {UNKNOWN}(x, y)"),
        ("while x = 3:\n    f()", f"while {UNKNOWN}(x):\n f()"),
        ("for a b in c:\n    f()", f"for a, b in {UNKNOWN}(c):\n f()"),
        ("for a in range(3)\n    f()", "for a in range(3):\n f()"),
        ("def f(x, y=:\n    return x", f"def f(x, y, *{UNKNOWN}):\n return x"),
        ("if x:\n    f(\nelse:\n    g()", f"if x:\n {UNKNOWN}(f(*{UNKNOWN}, **{UNKNOWN}))\nelse:\n g()"),
        ("x = (1,\n     2\ny = 3", f"x = {UNKNOWN}(x)\n\ny = 3"),
        ("def f(x):\n    # YOUR CODE HERE\n", f"def f(x): {UNKNOWN}()\n    # YOUR CODE HERE\n"),
        ("try:\n    f()\nx = 3", f"if {UNKNOWN}():\n f()\nx = 3"),
        ("else:\n    f()", f"if {UNKNOWN}():\n f()"),
        ("x = 'a\ny = 3", f"x = {UNKNOWN}(x)\ny = 3"),
    ],
)
def test_what_stands_for_a_statement_knows_what_it_may_bind_and_call(written: str, stands_for_it: str) -> None:
    text = f"{KEPT}c = 3\nd = 4\n{written}\nlast = 5\n"
    got = reading(text)
    assert got.code == f"{KEPT}c = 3\nd = 4\n{stands_for_it}\nlast = 5\n"
    assert got.broken


def test_a_string_without_its_end_takes_the_rest() -> None:
    text = KEPT + 'x = """a\ny = 3\n'
    (broken,) = reading(text).broken
    assert (broken.row, broken.end_row) == (3, 4)


@pytest.mark.parametrize(
    "text", ["(", "def f(:\n    pass\n", 'print "x"\n', "This is\nno program\nat all.\n", "a = 1\nb = \n"]
)
def test_where_no_more_is_read_than_left_out_nothing_is(text: str) -> None:
    with pytest.raises(SyntaxError) as python:
        ast.parse(text)
    with pytest.raises(SyntaxError) as ours:
        reading(text)
    assert ours.value.msg == python.value.msg


def test_what_takes_too_long_is_refused_as_python_refuses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    text = KEPT * 5_000 + "print x\n"
    assert len(reading(text).broken) == 1
    monkeypatch.setattr(tolerant, "EFFORT", 0)
    with pytest.raises(SyntaxError, match="Missing parentheses"):
        reading(text)


def test_a_line_with_many_changes_keeps_its_columns() -> None:
    text = KEPT + "print'é';" * 300 + "f(`x`, 0777, g(y))\n"
    tree = reading(text).tree
    (call,) = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node) == "g(y)"]
    assert ast.get_source_segment(text, call) == "g(y)"


def test_a_text_that_parses_is_read_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lint_rules.source.tolerant.reading", None)
    got = reading("x = 1\n")
    assert (got.code, got.broken) == ("x = 1\n", ())


# What is judged

AGENT = """\
from keras.models import load_model


class Agent:
    def __init__(self):
        self.model = load_model("m.h5")

    def act(self, state):
        return self.model.predict(state)
"""
TRAIN = """\
from agent import Agent

agent = Agent()
state = env.reset()
for t in xrange(1000):
    state, reward, done, info = env.step(agent.act(state))
    {}
"""


@pytest.mark.parametrize("statement", ["print reward", "reward = ", "exec code", "x = `reward`", "f(("])
def test_a_caller_counts_whatever_else_is_in_its_file(write: Write, statement: str) -> None:
    write({"agent.py": AGENT, "train.py": TRAIN.format(statement)})
    assert codes() == [("agent.py", "KI202", 9)]
    (told,) = [each for each in found(severity="info") if each.code == "KI000"]
    assert (Path(told.location.filename).name, told.severity) == ("train.py", "info")
    assert (told.location.start.row, told.location.start.column) == (7, 5)


def test_what_was_not_read_may_have_changed_what_a_finding_rests_on(write: Write) -> None:
    text = (
        'import keras\nimport numpy as np\n\nmodel = keras.models.load_model("m.keras")\nx = np.random.rand(100, 8)\n'
        "for k in range(10):\n    print(k, model.predict(x)[:, k].mean())\n    {}\n"
    )
    for statement in ("unrelated = 3", "unrelated = a b", "print k"):
        write({"a.py": text.format(statement)})
        assert codes() == [("a.py", "KI204", 7)], statement
    for statement in ("x = a b", "x[k] = a b", "x.fill(k k)", "model.fit(x, y epochs=1)", "model = a b"):
        write({"a.py": text.format(statement)})
        assert "KI204" not in [code for _, code, _ in codes()], statement


def test_nothing_is_found_in_what_was_not_read(write: Write) -> None:
    text = 'import keras\nm = keras.models.load_model("m")\nfor x in data:\n    y = m.predict(x  x.shape)\n    z = x\n'
    write({"a.py": text})
    assert codes() == []


def test_comments_silence_in_a_file_with_a_broken_statement(write: Write) -> None:
    write({"agent.py": AGENT.replace("(state)\n", "(state)  # noqa: KI202\n"), "train.py": TRAIN.format("print t")})
    assert codes() == []
    loop = (
        "import keras\nm = keras.models.load_model('m')\nx = 'a\nfor a in b:\n    m.predict(a[None])  # noqa: KI201\n"
    )
    write({"agent.py": "", "train.py": loop})
    assert codes(select=("KI001", "KI2")) == []
    write({"train.py": loop.replace("  # noqa: KI201", "")})
    assert codes() == [("train.py", "KI201", 5)]


# How it is told


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("print x", f"line 3 does not parse with Python {VERSION} (Python 2's print statement?)"),
        ("x = ", f"line 3 does not parse with Python {VERSION} (invalid syntax)"),
        (
            "print x\nprint y",
            f"line 3 and 1 more statement do not parse with Python {VERSION} (Python 2's print statement?)",
        ),
        (
            "print x\ny =\nz =",
            f"line 3 and 2 more statements do not parse with Python {VERSION} (Python 2's print statement?)",
        ),
    ],
)
def test_it_is_an_information_that_says_where_and_why(write: Write, broken: str, message: str) -> None:
    write({"a.py": f"import keras\nmodel = 1\n{broken}\na = 1\nb = 2\n"})
    assert codes() == []
    (told,) = found(severity="info")
    assert (told.code, told.severity) == ("KI000", "info")
    assert told.message == f"{message.format(f'Python {VERSION}')}: the rest of the file was judged"
    (told,) = found(select=("KI000",))
    assert told.severity == "info"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads it")
@pytest.mark.parametrize(
    "statement", ["def f[T](x: T): pass", "class C[T]: pass", "type X[T] = list[T]", "x = f'{d['a']}'"]
)
def test_what_a_newer_python_reads_is_told_as_such(write: Write, statement: str) -> None:
    write({"a.py": f"import keras\nmodel = 1\n{statement}\na = 1\n"})
    (told,) = found(severity="info")
    assert told.message.startswith(f"line 3 needs a newer Python than {VERSION} (")
    write({"a.py": f"# keras model\n{statement}\n"})
    (told,) = found()
    assert (told.severity, "Python 2" in told.message) == ("error", False)
    assert told.message.endswith(f"(this needs a newer Python than {VERSION})")


def test_a_file_of_which_nothing_is_read_is_an_error(write: Write) -> None:
    write({"a.py": "# keras model\nprint 'x'\n"})
    (told,) = found()
    assert (told.code, told.severity) == ("KI000", "error")
    assert told.message.endswith("(is this Python 2?)")


# Fixes


def test_no_fix_touches_a_file_with_a_broken_statement(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    good = 'import keras\nm = keras.models.load_model("m")\nprint(m.predict(x).numpy())\n'
    root = write({"a.py": good})
    assert [each.fix is not None for each in found(fixes=True)] == [True]
    broken = good + "print m\n"
    write({"a.py": broken})
    assert [(each.code, each.fix) for each in found(fixes=True)] == [("KI403", None)]
    assert main(["check", "--fix", "--unsafe-fixes", "."]) == 1
    assert (root / "a.py").read_text(encoding="utf-8") == broken
    capsys.readouterr()


def test_a_comment_that_silences_can_be_added(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    broken = 'import keras\nm = keras.models.load_model("m")\nprint m.predict(x).numpy()\nprint m\n'
    root = write({"a.py": broken})
    assert codes() == [("a.py", "KI403", 3)]
    main(["check", "--add-noqa", "."])
    assert (root / "a.py").read_text(encoding="utf-8") == broken.replace("numpy()\n", "numpy()  # noqa: KI403\n")
    assert codes() == []
    capsys.readouterr()


# Notebooks


def notebook(*cells: str) -> str:
    made = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": cell} for cell in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_a_broken_statement_of_a_cell_costs_neither_its_cell_nor_another(write: Write) -> None:
    first = "import keras\nm = keras.models.load_model('m')\nunits = ____ ____\n"
    second = "%matplotlib inline\nfor x in data:\n    y = m.predict(x[None])\n    print y\n"
    third = "f(\n"
    last = "for x in data:\n    z = m.predict(x[None])\n"
    write({"a.ipynb": notebook(first, second, third, last)})
    assert [(each.code, each.location.cell, each.location.start.row) for each in found()] == [
        ("KI201", 2, 3),
        ("KI201", 4, 2),
    ]
    told = found(severity="info")[0]
    assert (told.code, told.location.cell, told.location.start.row, told.location.start.column) == ("KI000", 1, 3, 1)
    assert told.message == (
        f"line 3 of cell 1 and 2 more statements do not parse with Python {VERSION} (invalid syntax): "
        "the rest of the notebook was judged"
    )


def test_a_cell_that_parses_is_fixed_and_the_others_stay(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    cells = [
        "import keras\nm = keras.models.load_model('m')\n",
        "print m.predict(x).numpy()\n",
        "y = m.predict(x).numpy()\n",
    ]
    root = write({"a.ipynb": notebook(*cells)})
    assert [each.fix is not None for each in found(fixes=True)] == [False, True]
    main(["check", "--fix", "."])
    cells[2] = "y = m.predict(x)\n"
    assert (root / "a.ipynb").read_text(encoding="utf-8") == notebook(*cells)
    capsys.readouterr()


# Any program

STATEMENTS = ["a = 1", "b = f(a)", "for c in d:\n    g(c)", "def h(x):\n    return x", "if a:\n    b()\nelse:\n    c()"]
GARBAGE = [
    "x = ",
    "print y",
    "f(",
    "a b c",
    "def (:",
    "for x y:",
    "x = 'a",
    "]",
    "?",
    "except E, e:",
    "1 = = 2",
]


@given(st.lists(st.sampled_from(STATEMENTS), min_size=4, max_size=8), st.sampled_from(GARBAGE), st.data())
def test_what_is_around_a_broken_statement_is_read_as_if_it_were_not_there(
    statements: list[str], garbage: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(statements)))
    rows = [*statements[:place], garbage, *statements[place:]]
    got = reading("\n".join(rows) + "\n")
    whole = ast.parse("\n".join([*statements[:place], "pass", *statements[place:]]) + "\n")
    hole = sum(statement.count("\n") + 1 for statement in statements[:place]) + 1
    kept = [ast.dump(node, include_attributes=True) for node in whole.body if node.lineno != hole]
    read_too = [ast.dump(node, include_attributes=True) for node in got.tree.body if node.lineno != hole]
    assert read_too == kept
    assert {broken.row for broken in got.broken} == {hole}


@given(st.text(st.sampled_from("ab =:(),'\"\\\n\t[]#`printexcpfo"), max_size=80))
def test_any_text_is_read_or_refused_and_keeps_its_rows(text: str) -> None:
    text = f"a = 1\nb = 2\nc = 3\n{text}\n"
    try:
        got = reading(text)
    except (SyntaxError, ValueError):
        return
    assert got.code.count("\n") == text.count("\n")
    lines = [line.encode() for line in text.split("\n")]
    for node in ast.walk(got.tree):
        if hasattr(node, "lineno"):
            assert 0 <= node.col_offset <= len(lines[node.lineno - 1])
