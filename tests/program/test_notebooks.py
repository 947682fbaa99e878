"""`%load_ext pytest_keras_inference`: notebooks executed by a real kernel, and IPython in a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.sampled(4)

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "program" / "cells.md"
Outputs = list[dict[str, Any]]
Execute = Callable[..., list[Outputs]]

MODEL = "import keras\nmodel = keras.Model()\nrows = list(range(12))"
LOOP = "for row in rows:\n    model.predict([row])"


def executed(programs, cells: tuple[str, ...], kernel: str = "python3") -> list[Outputs]:
    """What the cells of a notebook put out, run in the folder and the environment of the programs."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = nbclient.NotebookClient(
        notebook,
        timeout=300,
        kernel_name=kernel,
        allow_errors=True,
        resources={"metadata": {"path": str(programs.folder)}},
    )
    client.execute(env=programs.environment)
    return [cell.outputs for cell in notebook.cells]


@pytest.fixture
def execute(small) -> Execute:
    """Executes cells after `%load_ext`, on a Keras that is there at once; gives what they put out."""

    def run(*cells: str) -> list[Outputs]:
        return executed(small, ("%load_ext pytest_keras_inference", *cells))[1:]

    return run


def notes(outputs: Outputs) -> list[str]:
    """The notes of a cell, as text, with their times as `T`."""
    shown = [output["data"]["text/plain"] for output in outputs if output["output_type"] == "display_data"]
    return [re.sub(r"[0-9][0-9,.]* m?s\b", "T", text) for text in shown]


NOTE = """\
keras-inference: KI202 predict-per-step, In[3], line 2: 12 calls of 1 row, T: the same model, a few rows at a time, in \
this loop: In[3], line 1, for row in rows
    instead: model.predict_on_batch(x), or model(x, training=False); one call for all samples if they do not depend on \
each other"""


class TestNotes:
    """One short note under a cell that misuses a model, and nothing under the others."""

    def test_a_loop(self, execute: Execute) -> None:
        model, loop, fine, again = execute(MODEL, LOOP, "model.predict([1])", "print('x')")
        assert notes(loop) == [NOTE]
        assert (model, notes(fine), [output["output_type"] for output in again]) == ([], [], ["stream"])
        (output,) = loop
        html = output["data"]["text/html"]
        assert html.startswith('<div class="keras-inference"')
        assert "<strong>KI202 predict-per-step</strong> <code>In[3], line 2</code>" in html

    def test_a_cell_that_imports_keras_and_misuses_it(self, execute: Execute) -> None:
        (only,) = execute(f"{MODEL}\n{LOOP}")
        assert ["KI202" in note for note in notes(only)] == [True]

    def test_a_function_of_another_cell_and_of_a_file(self, small, execute: Execute) -> None:
        small.write("agent.py", "def act(model, row):\n    return model.predict([row])\n")
        cells = execute(
            MODEL,
            "def act(row):\n    model.predict([row])",
            "for row in rows:\n    act(row)",
            "import agent\nfor row in rows:\n    agent.act(model, row)",
        )
        assert "KI202 predict-per-step, In[3], line 2" in notes(cells[2])[0]
        assert "in this loop: In[4], line 1, for row in rows" in notes(cells[2])[0]
        assert "KI202 predict-per-step, agent.py:2" in notes(cells[3])[0]

    def test_after_an_error(self, execute: Execute) -> None:
        _, failed = execute(MODEL, f"{LOOP}\n1 / 0")
        assert [output["output_type"] for output in failed] == ["error", "display_data"]

    def test_off_and_on(self, execute: Execute) -> None:
        off, *cells = execute("%keras_inference off", MODEL, LOOP, "%keras_inference on", LOOP)
        assert off == []
        assert [len(notes(cell)) for cell in cells] == [0, 0, 0, 1]

    def test_a_wrong_word(self, execute: Execute) -> None:
        ((output,),) = execute("%keras_inference stop")
        assert output["text"] == "usage: %keras_inference on, or %keras_inference off\n"

    def test_unloaded(self, execute: Execute) -> None:
        cells = execute("%unload_ext pytest_keras_inference", MODEL, LOOP, "%load_ext pytest_keras_inference", LOOP)
        assert [len(notes(cell)) for cell in cells] == [0, 0, 0, 0, 1]

    def test_what_is_shown_is_escaped(self, small, execute: Execute) -> None:
        small.write("<b>.py", "def act(model, row):\n    return model.predict([row])\n")
        _, loop = execute(MODEL, "act = __import__('<b>').act\nfor row in rows:\n    act(model, row)")
        (output,) = loop
        assert "<code>&lt;b&gt;.py:2</code>" in output["data"]["text/html"]


class TestPredictWatch:
    """`%%predict_watch` shows every place of a cell that called a model."""

    TABLE = """\
place  call  calls  rows  time  rule
In[3], line 3  predict  1  12  T
In[3], line 4  model(x)  1  12  T"""

    def test_a_table(self, execute: Execute) -> None:
        _, table = execute(MODEL, "%%predict_watch\n\nmodel.predict(rows)\nlen(model(rows))")
        heading, *rows = steady_lines(notes(table)[0])
        # Which of the two took longer is up to the machine.
        assert [heading, *sorted(rows)] == self.TABLE.splitlines()
        result = next(output for output in table if output["output_type"] == "execute_result")
        assert result["data"]["text/plain"] == "12"
        shown = next(output for output in table if output["output_type"] == "display_data")
        assert shown["data"]["text/html"].startswith('<table class="keras-inference">')

    def test_with_a_note_below(self, execute: Execute) -> None:
        _, table = execute(MODEL, f"%%predict_watch\n{LOOP}")
        assert "KI202 predict-per-step\nkeras-inference: KI202 predict-per-step, In[3], line 3" in notes(table)[0]

    def test_no_calls(self, execute: Execute) -> None:
        _, table = execute(MODEL, "%%predict_watch\n1")
        assert notes(table) == ["no calls of Keras models"]

    def test_an_error_is_shown_once_and_ends_the_notebook(self, execute: Execute) -> None:
        _, failed = execute(MODEL, "%%predict_watch\nmodel.predict(rows)\n1 / 0")
        errors = [output for output in failed if output["output_type"] == "error"]
        assert errors[0]["ename"] == "ZeroDivisionError"
        assert [output["traceback"] for output in errors[1:]] == [[]]
        assert len(notes(failed)) == 1

    def test_while_off(self, execute: Execute) -> None:
        *_, table, loop = execute("%keras_inference off", MODEL, "%%predict_watch\nmodel.predict(rows)", LOOP)
        assert "predict" in notes(table)[0]
        assert notes(loop) == []


def test_ipython_in_a_terminal(small) -> None:
    """A note is text there."""
    lines = f"%load_ext pytest_keras_inference\n{MODEL}\nfor row in rows: model.predict([row])\n\n"
    ended = small.plain("-m", "IPython", "--simple-prompt", "--no-banner", "--no-confirm-exit", stdin=lines.encode())
    assert "keras-inference: KI202 predict-per-step, In[5], line 1: 12 calls of 1 row" in ended.out.decode()


def test_the_page(programs) -> None:
    """On the Keras that is installed: its blocks of Python are cells, and the text below one is what is said of it."""
    programs.environment["KERAS_BACKEND"] = "tensorflow"
    blocks = re.findall(r"^```(python|text)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    cells = [text.rstrip("\n") for kind, text in blocks if kind == "python"]
    wanted: list[list[str]] = [[] for _ in cells]
    number = -1
    for kind, text in blocks:
        if kind == "python":
            number += 1
        else:
            wanted[number] = steady_lines(text)
    said = [steady_lines("\n".join(notes(outputs))) for outputs in executed(programs, tuple(cells))]
    assert said == wanted


def steady_lines(text: str) -> list[str]:
    """The lines of a text, with times as `T` and blanks between columns as two."""
    text = re.sub(r"[0-9][0-9,.]* m?s\b", "T", text)
    return [re.sub(" {2,}", "  ", line).rstrip() for line in text.splitlines()]


def test_loading_imports_no_keras(small) -> None:
    cells = executed(small, ("%load_ext pytest_keras_inference\nimport sys", "print('keras' in sys.modules)"))
    assert cells[1][0]["text"] == "False\n"
