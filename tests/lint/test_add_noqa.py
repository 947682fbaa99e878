"""Where `--add-noqa` puts its comments: on a row that may have one, and where it silences the finding."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from lint_rules.api import check_source
from lint_rules.findings.add_noqa import with_comments
from lint_rules.findings.comments import Form
from lint_rules.findings.diagnostics import Diagnostic, Edit
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.source.reader import read_source

pytestmark = pytest.mark.usefixtures("plain_rules")


def commented(text: str, name: str = "a.py", form: Form = Form.NOQA) -> str:
    """The text with all comments added, after a proof that they silence everything that can be."""
    planned = plan(text, name, form)
    lines = text.split("\n")
    for edit in (edit for found in planned if found.fix for edit in found.fix.edits):
        assert edit.cell is None
        row = edit.start.row - 1
        lines[row] = lines[row][: edit.start.column - 1] + edit.content + lines[row][edit.end.column - 1 :]
    return "\n".join(lines)


def plan(text: str, name: str = "a.py", form: Form = Form.NOQA) -> list[Diagnostic]:
    source = read_source(Path(name), text.encode())
    return with_comments(source, check(Request(stdin=(name, text.encode()))).diagnostics, form)


HEAD = "import keras\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("m.predict(x)\n", "m.predict(x)  # noqa: KI201\n"),
        ("m.predict(x)   \n", "m.predict(x)  # noqa: KI201\n"),
        ("m.predict(x)  # why\n", "m.predict(x)  # why  # noqa: KI201\n"),
        ("m.predict(x)  # noqa: E501 so\n", "m.predict(x)  # noqa: E501, KI201 so\n"),
        ("m.predict(l.eval())\n", "m.predict(l.eval())  # noqa: KI101, KI201\n"),
        ("m.predict(x); n.predict(x)\n", "m.predict(x); n.predict(x)  # noqa: KI201\n"),
        ("y = m.predict(\n    x,\n)\n", "y = m.predict(  # noqa: KI201\n    x,\n)\n"),
        ('m.predict("""\nx\n""")\n', 'm.predict("""\nx\n""")  # noqa: KI201\n'),
        ('m.predict(f"""\n{x}\n""")\n', 'm.predict(f"""\n{x}\n""")  # noqa: KI201\n'),
        ("m.predict \\\n    (x)\n", "m.predict \\\n    (x)  # noqa: KI201\n"),
        ("é = m.predict(x)\n", "é = m.predict(x)  # noqa: KI201\n"),
        (
            "m.predict(l.eval())  # keras-inference: ignore[KI201] so\n",
            "m.predict(l.eval())  # keras-inference: ignore[KI201, KI101] so\n",
        ),
        ("m.predict(x)  # ruff: ignore[E501]\n", "m.predict(x)  # ruff: ignore[E501]  # noqa: KI201\n"),
    ],
)
def test_the_place_of_a_comment(before: str, after: str) -> None:
    text = commented(HEAD + before)
    assert text == HEAD + after
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(HEAD + before))
    assert check_source(text, "a.py") == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("m.predict(x)\n", "m.predict(x)  # keras-inference: ignore[KI201]\n"),
        ("m.predict(x)  # noqa: E501 so\n", "m.predict(x)  # noqa: E501 so  # keras-inference: ignore[KI201]\n"),
        ("m.predict(l.eval())\n", "m.predict(l.eval())  # keras-inference: ignore[KI101, KI201]\n"),
        (
            "m.predict(x)  # keras-inference: ignore\n",
            "m.predict(x)  # keras-inference: ignore  # keras-inference: ignore[KI201]\n",
        ),
    ],
)
def test_the_comment_that_only_we_read(before: str, after: str) -> None:
    text = commented(HEAD + before, form=Form.IGNORE)
    assert text == HEAD + after
    assert [found.code for found in check_source(text, "a.py") if found.code != "KI002"] == []


def test_where_no_comment_can_stand_there_is_none() -> None:
    assert plan(HEAD + 'y = m.predict("""\n""") \\\n    .sum()\n') == []


def test_a_file_that_cannot_be_read_gets_none() -> None:
    assert (
        with_comments(read_source(Path("a.py"), b"def f(:\n"), check(Request(stdin=("a.py", b"def f(:\n"))).diagnostics)
        == []
    )


def test_in_a_notebook_a_comment_stands_in_its_cell() -> None:
    cells = ["import keras", "%time y = m.predict(x)", "z = 1\nm.predict(x)"]
    text = json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})
    edits = [edit for found in plan(text, "a.ipynb") if found.fix for edit in found.fix.edits]
    assert [(edit.cell, edit.start.row, edit.start.column, edit.content) for edit in edits] == [
        (2, 1, 23, "  # noqa: KI201"),
        (3, 2, 13, "  # noqa: KI201"),
    ]
    assert all(isinstance(edit, Edit) and edit.start == edit.end for edit in edits)
