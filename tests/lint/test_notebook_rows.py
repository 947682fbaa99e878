"""Where the lines of cells stand in the notebook's file."""

from __future__ import annotations

import json

import pytest

from lint_rules.source.notebook_rows import file_rows

CELLS = [
    {"cell_type": "markdown", "source": ["# Title\n", "import keras\n"]},
    {"cell_type": "code", "source": ["import keras\n", "print('ü')\n", "import keras"]},
    {"cell_type": "code", "source": ["m.predict(x)"], "outputs": [{"text": ["m.predict(y)"]}]},
    {"cell_type": "code", "source": ["m.predict(y)"]},
]


@pytest.mark.parametrize("ascii_only", [False, True])
def test_every_line_is_found_in_the_order_of_the_cells(ascii_only: bool) -> None:
    data = json.dumps({"cells": CELLS}, indent=1, ensure_ascii=ascii_only).encode()
    lines = data.decode().splitlines()
    shown = {key: lines[row - 1].strip().rstrip(",") for key, row in file_rows(data).items()}
    assert shown[2, 1] == shown[1, 2] == '"import keras\\n"'
    assert shown[2, 3] == '"import keras"'
    assert shown[3, 1] == '"m.predict(x)"'
    assert file_rows(data)[2, 1] > file_rows(data)[1, 2]


def test_one_string_is_one_row() -> None:
    data = json.dumps({"cells": [{"cell_type": "code", "source": "a\nb"}]}, indent=1).encode()
    assert file_rows(data) == {(1, 1): 5, (1, 2): 5}


@pytest.mark.parametrize("data", [b"{", b"[]", b"\xff", b"{}"])
def test_what_is_no_notebook_has_no_rows(data: bytes) -> None:
    assert file_rows(data) == {}
