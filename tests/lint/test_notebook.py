"""A notebook is one module: its code cells in order, rows and columns as they are in the cell."""

from __future__ import annotations

import ast
import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_rules.source.notebook import read_notebook
from lint_rules.source.text import Source, UnreadableSource

PATH = Path("a.ipynb")


def notebook(*cells: str | dict[str, Any], **metadata: Any) -> bytes:
    made = [
        cell if isinstance(cell, dict) else {"cell_type": "code", "source": cell.splitlines(keepends=True)}
        for cell in cells
    ]
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


def read(*cells: str | dict[str, Any], **metadata: Any) -> Source:
    return read_notebook(PATH, notebook(*cells, **metadata))


def as_python(cell: str) -> str:
    """One cell as the module has it, without the line end that closes it."""
    source = read(cell)
    assert not source.skipped
    return source.text.removesuffix("\n")


def test_code_cells_follow_one_another_and_others_only_count() -> None:
    source = read(
        {"cell_type": "markdown", "source": "# T"}, "a = 1\nb = 2", {"cell_type": "raw", "source": "x"}, "c = 3"
    )
    assert source.text == "a = 1\nb = 2\nc = 3\n"
    assert [source.locate(row) for row in (1, 2, 3)] == [(2, 1), (2, 2), (4, 1)]


def test_a_source_may_be_one_string_and_an_old_notebook_has_worksheets() -> None:
    new = {"cells": [{"cell_type": "code", "source": "a = 1\nb = 2"}]}
    old = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1\n", "b = 2"]}]}]}
    for document in (new, old):
        assert read_notebook(PATH, json.dumps(document).encode()).text == "a = 1\nb = 2\n"


@pytest.mark.parametrize(
    ("cell", "python"),
    [
        ("%matplotlib inline\nx = 1", "pass\nx = 1"),
        ("!pip install keras\nx = 1", "pass\nx = 1"),
        ("if fresh:\n    !rm -r out\n    x = 1", "if fresh:\n    pass\n    x = 1"),
        ("model.predict?\n?model\nmodel??\nx = 1", "pass\npass\npass\nx = 1"),
        ("files = !ls *.npy\nx = 1", "files = None\nx = 1"),
        ("a, b = %precision 3\nx = 1", "a, b = None\nx = 1"),
        ("!pip install a \\\n    b \\\n    c\nx = 1", "pass\n\n\nx = 1"),
        ("%time y = model.predict(x)", "pass; y = model.predict(x)"),
        ("    \n%time for x in y: print(x)", "    \npass"),
        ("%timeit model.predict(x)", "pass"),
        ("%%time\ny = model.predict(x)", "pass\ny = model.predict(x)"),
        ("\n%%capture out\ny = 1", "\npass\ny = 1"),
        ("%%timeit\nmodel.predict(x)", "\n"),
        ("%%bash\nfor f in *; do echo $f; done", "\n"),
        ("%%writefile a.py\nimport keras", "\n"),
        ("pip install keras==3.1\ncd ../data\nls ./x *.npy\nx = 1", "pass\npass\npass\nx = 1"),
    ],
)
def test_what_is_no_python_is_made_harmless_row_by_row(cell: str, python: str) -> None:
    assert as_python(cell) == python


@pytest.mark.parametrize(
    "cell",
    [
        "x = (a\n% b)",
        'text = """\n%matplotlib inline\n!ls\n"""',
        "text = '''it\\'s\n?\n'''",
        "x = a \\\n% b",
        "print('really?')",
        "x = 1  # why?",
        "x = [\n    a\n    != b,\n]",
        "await model",
        "cd = 1\nls -cd\nrun (x)\ncat.run",
        'art = """' + "\\" * 80 + "\n!ls\n" + "\\" * 82 + '"""',
    ],
)
def test_python_that_looks_like_a_magic_stays(cell: str) -> None:
    assert as_python(cell) == cell
    assert as_python(f"%matplotlib inline\n{cell}") == f"pass\n{cell}"


def test_columns_stay_where_time_is_taken_off_a_statement() -> None:
    call = ast.walk(ast.parse(as_python("%time y = model.predict(x)")))
    assert [node.col_offset for node in call if isinstance(node, ast.Call)] == [10]


def test_a_cell_may_start_indented_as_in_ipython() -> None:
    source = read("a = 1", "  b = 2\n  !ls\n\n  for c in b:\n    d")
    assert source.skipped == ()
    assert source.text == "a = 1\nif True:\n  b = 2\n  pass\n\n  for c in b:\n    d\n"
    assert [source.locate(row) for row in (1, 3, 7)] == [(1, 1), (2, 1), (2, 5)]
    assert source.module_row(2, 5) == 7


def test_a_cell_that_is_no_python_is_left_out_and_told() -> None:
    source = read("a = 1", "for x in y\n    f(x)", "b = 2")
    assert source.text == "a = 1\n\n\nb = 2\n"
    assert [(error.cell, error.row, error.message) for error in source.skipped] == [(2, 1, "expected ':'")]
    assert source.locate(4) == (3, 1)


@pytest.mark.parametrize("metadata", [{"kernelspec": {"language": "R"}}, {"language_info": {"name": "julia"}}])
def test_a_notebook_in_another_language_has_no_text(metadata: dict[str, Any]) -> None:
    assert read("x <- 1", **metadata).text == ""


def test_a_cell_in_another_language_has_no_text() -> None:
    other = {"cell_type": "code", "source": "SELECT 1", "metadata": {"vscode": {"languageId": "sql"}}}
    assert read(other, "x = 1").text == "x = 1\n"


@pytest.mark.parametrize(
    ("data", "message", "row"),
    [
        (b'{"cells": [', "the notebook is not JSON: Expecting value", 1),
        (b'{\n"cells": [}', "the notebook is not JSON: Expecting value", 2),
        (b"[]", "the file is JSON, but no notebook: it has no cells", 1),
        (b"{}", "the file is JSON, but no notebook: it has no cells", 1),
        (b'{"cells": 3}', "the file is JSON, but no notebook: it has no cells", 1),
        (b'{\n"cells": "\xff"}', "the notebook is not UTF-8: byte 0xff", 2),
        (b"[" * 100_000, "the notebook is not JSON that can be read: it nests too deeply", 1),
    ],
)
def test_a_broken_notebook_is_told(data: bytes, message: str, row: int) -> None:
    with pytest.raises(UnreadableSource) as caught:
        read_notebook(PATH, data)
    assert (caught.value.message.split(" (")[0], caught.value.row) == (message, row)


@given(st.lists(st.text(st.sampled_from("ab=1 %!?()\"'\\\n#%"), max_size=30), max_size=4))
def test_every_notebook_gives_python_with_a_row_for_each_of_its_rows(cells: list[str]) -> None:
    source = read(*cells)
    with warnings.catch_warnings():
        # A cell may hold an invalid escape.
        warnings.simplefilter("ignore")
        ast.parse(source.text)
    filled = [(number, cell) for number, cell in enumerate(cells, start=1) if cell.strip()]
    rows = [(number, row) for number, cell in filled for row in range(1, cell.count("\n") + 2)]
    places = [source.module_row(*row) for row in rows]
    assert [source.locate(place) for place in places] == rows
    assert places == sorted(set(places))
    others = {line for row, line in enumerate(source.text.split("\n")[:-1], start=1) if row not in places}
    assert others <= {"if True:"}
