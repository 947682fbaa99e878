"""Notebooks: what is fixed, and that nothing else of the file changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lint_rules.cli import main
from lint_rules.findings.diagnostics import Applicability, Edit, Fix, Position
from lint_rules.fixes.apply.cells import fix_in_cells

Project = Callable[[dict[str, str]], Path]

MODEL = 'import keras\nmodel = keras.models.load_model("model.keras")\n'
STEP = "state = env.reset()\nwhile True:\n    state = env.step(model.predict(state[None]))\n"


def notebook(*cells: str, **further: Any) -> str:
    """A notebook as Jupyter writes it, with outputs and metadata that hold the same words as the code."""
    written: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "execution_count": 1,
            "metadata": {"note": "model.predict(state[None])"},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": ["model.predict(state[None])\n", "é ü\n"]}],
            "source": cell.splitlines(keepends=True),
        }
        for cell in cells
    ]
    written.insert(1, {"cell_type": "markdown", "metadata": {}, "source": ["`model.predict(state[None])`"]})
    return json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, **further) + "\n"


@pytest.mark.parametrize(
    "layout",
    [{"indent": 1}, {"indent": 4}, {"indent": None}, {"indent": 1, "ensure_ascii": False}, {"separators": (",", ":")}],
    ids=["jupyter", "four blanks", "one row", "unicode", "compact"],
)
def test_only_the_edited_line_differs(project: Project, layout: dict[str, Any]) -> None:
    text = notebook(MODEL, STEP, "# the end\n", **layout)
    root = project({"a.ipynb": text})
    assert main(["check", "--fix", "--select", "KI202"]) == 0
    line = json.dumps(
        "    state = env.step(model.predict(state[None]))\n", ensure_ascii=layout.get("ensure_ascii", True)
    )
    assert text.count(line) == 1
    assert (root / "a.ipynb").read_text() == text.replace(line, line.replace("predict(", "predict_on_batch("))


def test_line_ends_and_mode_of_a_notebook_are_kept(project: Project) -> None:
    root = project({})
    data = notebook(MODEL, STEP, indent=1).replace("\n", "\r\n").encode()
    (root / "a.ipynb").write_bytes(data)
    (root / "a.ipynb").chmod(0o640)
    assert main(["check", "--fix", "--select", "KI202"]) == 0
    line = b"    state = env.step(model.predict(state[None]))"
    assert (root / "a.ipynb").read_bytes() == data.replace(line, line.replace(b"predict(", b"predict_on_batch("))
    assert (root / "a.ipynb").stat().st_mode & 0o777 == 0o640


def test_magics_and_cells_that_are_no_python_stay(project: Project) -> None:
    text = notebook(
        "%matplotlib inline\n!pip install keras\n" + MODEL, "%%bash\nls\n", "def broken(:\n", STEP, indent=1
    )
    root = project({"a.ipynb": text})
    main(["check", "--fix", "--select", "KI202"])
    assert (root / "a.ipynb").read_text() == text.replace(
        '"    state = env.step(model.predict(state[None]))\\n"',
        '"    state = env.step(model.predict_on_batch(state[None]))\\n"',
    )


def test_a_fix_that_would_change_code_around_a_magic_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """The loop would be cut in two around `%time`, of which the analysis saw a `pass`."""
    loop = "import numpy as np\nfound = []\nfor x in xs:\n    y = x + 1\n    %time z = y\n"
    loop += "    found.append((x, model.predict(y[None])[0]))\n"
    text = notebook(MODEL, loop, indent=1)
    root = project({"a.ipynb": text})
    assert main(["check", "--fix", "--unsafe-fixes", "--select", "KI201"]) == 1
    assert (root / "a.ipynb").read_text() == text
    assert "the fix of KI201 was not applied: a command of the notebook stands in" in capsys.readouterr().err


def test_a_second_run_changes_nothing(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    root = project({"a.ipynb": notebook(MODEL, STEP, indent=1)})
    main(["check", "--fix", "--select", "KI202"])
    once = (root / "a.ipynb").read_bytes()
    capsys.readouterr()
    assert main(["check", "--fix", "--select", "KI202"]) == 0
    assert (root / "a.ipynb").read_bytes() == once
    assert capsys.readouterr().err == ""


def test_a_diff_names_the_cell(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project({"a.ipynb": notebook(MODEL, STEP, indent=1)})
    assert main(["check", "--diff", "--select", "KI202"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("--- a.ipynb:cell 3\n+++ a.ipynb:cell 3\n@@ -1,3 +1,3 @@\n")
    assert "+    state = env.step(model.predict_on_batch(state[None]))\n" in out


# Edits of the joined module -> edits of cells

JOINED = "import keras\nx = 1\npass\ny = 2\n"
"""Two cells of two rows each; the first row of the second held `%time`, which the reader made `pass`."""


def locate(row: int) -> tuple[int | None, int]:
    return (1, row) if row <= 2 else (3, row - 2)


def fixed(*edits: Edit) -> tuple[Edit, ...] | None:
    fix = fix_in_cells(Fix(Applicability.SAFE, "m", edits), JOINED, locate)
    return fix.edits if fix is not None else None


def test_rows_count_within_the_cell() -> None:
    assert fixed(Edit(Position(4, 1), Position(4, 2), "z")) == (Edit(Position(2, 1), Position(2, 2), "z", 3),)


def test_what_goes_in_between_two_cells_ends_the_first() -> None:
    assert fixed(Edit(Position(3, 1), Position(3, 1), "import numpy\n")) == (
        Edit(Position(2, 6), Position(2, 6), "\nimport numpy", 1),
    )


def test_an_edit_that_spans_two_cells_is_refused() -> None:
    assert fixed(Edit(Position(2, 1), Position(4, 2), "z")) is None
    assert fixed(Edit(Position(4, 1), Position(4, 2), "z"), Edit(Position(1, 1), Position(3, 4), "z")) is None
