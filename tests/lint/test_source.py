"""How the text of a Python file is read: encodings, byte-order marks, line ends, and what cannot be read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lint_rules.source.reader import read_source
from lint_rules.source.text import Cell, Source, UnreadableSource, read_python

PATH = Path("a.py")


def refusal(data: bytes) -> tuple[str, int, int]:
    with pytest.raises(UnreadableSource) as caught:
        read_python(PATH, data)
    return caught.value.message, caught.value.row, caught.value.column


def test_utf_8_is_the_default() -> None:
    assert read_python(PATH, "é = 1\n".encode()) == Source(PATH, "é = 1\n", "utf-8", "\n", False)


@pytest.mark.parametrize(
    ("data", "text", "encoding"),
    [
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n", "iso-8859-1"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n", None, "cp1252"),
        (b"x = 1\ny = 2\n# coding: latin-1\n", "x = 1\ny = 2\n# coding: latin-1\n", "utf-8"),
        (b"\r\r# coding: latin-1\r", "\n\n# coding: latin-1\n", "utf-8"),
        (b"\r# coding: latin-1\rx = '\xe9'\r", "\n# coding: latin-1\nx = 'é'\n", "iso-8859-1"),
    ],
    ids=["first line", "second line", "too late to count", "too late on an old Mac", "second line of an old Mac"],
)
def test_a_declared_encoding_is_followed(data: bytes, text: str | None, encoding: str) -> None:
    source = read_python(PATH, data)
    assert source.encoding == encoding
    assert source.text == (text if text is not None else data.decode(encoding))


def test_a_byte_order_mark_is_noted_and_is_not_text() -> None:
    source = read_python(PATH, b"\xef\xbb\xbfx = 1\n")
    assert (source.text, source.bom, source.encoding) == ("x = 1\n", True, "utf-8")


@pytest.mark.parametrize(
    ("data", "newline"),
    [(b"a\nb\n", "\n"), (b"a\r\nb\r\n", "\r\n"), (b"a\rb\r", "\r"), (b"a\r\nb\nc\r\n", "\r\n"), (b"", "\n")],
    ids=["unix", "windows", "old mac", "mixed", "empty"],
)
def test_line_ends_are_unified_and_the_usual_one_is_noted(data: bytes, newline: str) -> None:
    source = read_python(PATH, data)
    assert source.newline == newline
    assert "\r" not in source.text


def test_a_form_feed_ends_no_line() -> None:
    assert read_python(PATH, b"a = 1\n\x0cb = 2\n").text.count("\n") == 2


def test_bytes_that_are_not_utf_8_are_told_with_their_place() -> None:
    message, row, column = refusal("x = 1\ny = 'ü".encode() + b"\xe9'\n")
    assert message == (
        "byte 0xe9 is not utf-8: save the file as UTF-8, or name its encoding in the first line "
        "(# -*- coding: latin-1 -*-)"
    )
    assert (row, column) == (2, 7)


def test_a_nul_byte_is_told_with_its_place() -> None:
    assert refusal(b"a = 1\r\nb\0 = 2\r\n") == ("the file holds a NUL byte, which no Python text does", 2, 2)


def test_utf_16_is_told_as_such() -> None:
    assert refusal("x = 1\n".encode("utf-16"))[0] == (
        "the file is UTF-16, which Python does not read: save it as UTF-8"
    )


@pytest.mark.parametrize(
    "data",
    [
        b"# coding: klingon\n",
        b"\xef\xbb\xbf# coding: latin-1\n",
        b"# coding: undefined\n",
        b"# coding: rot13\n",
        b"# coding: utf-16\nx = 1\n",
        b"# coding: punycode\nx = 1\n",
    ],
)
def test_an_encoding_that_cannot_be_is_refused(data: bytes) -> None:
    assert refusal(data)[0].endswith((": name an encoding that Python knows, such as utf-8", "encoding such as utf-8"))


def test_bytes_that_an_unusual_encoding_does_not_have_are_told() -> None:
    assert refusal(b"# coding: idna\nx.xn--a-.y\n")[0].startswith("the file is not idna: ")


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableSource, match="No such file"):
        read_source(tmp_path / "gone.py")


@given(st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_rows_are_those_of_the_compiler(text: str) -> None:
    """What `ast` calls row n is line n of our text, whatever odd separators the file holds."""
    program = f"{text!a}\nlast = 1\n".replace("\\r\\n", "\r\n")
    source = read_python(PATH, program.encode())
    try:
        last = ast.parse(program.encode()).body[-1].lineno
    except SyntaxError:
        return
    assert source.text.split("\n")[last - 1] == "last = 1"


def test_rows_of_cells_are_found_both_ways() -> None:
    source = Source(PATH, "", cells=(Cell(2, 1, 3), Cell(5, 4, 2)))
    assert [source.locate(row) for row in (1, 3, 4, 5)] == [(2, 1), (2, 3), (5, 1), (5, 2)]
    assert [source.module_row(*source.locate(row)) for row in (1, 3, 4, 5)] == [1, 3, 4, 5]


def test_a_python_file_has_no_cells() -> None:
    source = Source(PATH, "")
    assert source.locate(7) == (None, 7)
    assert source.module_row(None, 7) == 7
