"""`# noqa`: what a comment says, which findings it silences, and what is told of one that silences nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from lint_rules.api import check_source
from lint_rules.findings.suppression import Noqa, find_suppressions, parse_comment
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request

pytestmark = pytest.mark.usefixtures("plain_rules")

HEAD = "import keras\n"


def codes(text: str) -> list[tuple[str, int]]:
    """(code, row) of each finding; rows count behind the import."""
    return [(found.code, found.location.start.row - 1) for found in check_source(HEAD + text)]


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("# noqa", None),
        ("#noqa", None),
        ("# NOQA", None),
        ("# noqa - live input", None),
        ("# noqa: KI201", ("KI201",)),
        ("# noqa:KI201,KI202", ("KI201", "KI202")),
        ("# noqa : ki201 KI202", ("KI201", "KI202")),
        ("# noqa: E501, KI201 the input arrives live", ("E501", "KI201")),
        ("# noqa: KI2", ("KI2",)),
        ("# type: ignore # noqa: KI201", ("KI201",)),
    ],
)
def test_a_comment_for_its_line(comment: str, says: tuple[str, ...] | None) -> None:
    noqa = parse_comment(comment)
    assert noqa is not None
    assert (noqa.codes, noqa.whole_file) == (says, False)


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("# keras-inference: noqa", None),
        ("# keras-inference:noqa: KI201, KI1", ("KI201", "KI1")),
        ("#keras-inference: NoQA", None),
    ],
)
def test_a_comment_for_the_file(comment: str, says: tuple[str, ...] | None) -> None:
    noqa = parse_comment(comment)
    assert noqa is not None
    assert (noqa.codes, noqa.whole_file) == (says, True)


@pytest.mark.parametrize(
    "comment", ["# ruff: noqa", "# flake8: noqa", "# noqa: because", "# noqa:", "# noqaf", "# no qa"]
)
def test_what_says_nothing_to_us(comment: str) -> None:
    assert parse_comment(comment) is None


def test_the_place_of_a_comment_covers_its_codes() -> None:
    comments = find_suppressions("x = 1  # why  # noqa: KI201 so\n").comments
    assert comments == (Noqa(1, 15, 28, ("KI201",), False),)


# Lines


def test_only_the_line_and_only_the_codes() -> None:
    assert codes("m.predict(x)  # noqa: KI202\nm.predict(x)  # noqa: KI2\nm.predict(x)  # noqa\nm.predict(x)\n") == [
        ("KI201", 1),
        ("KI201", 4),
    ]


@pytest.mark.parametrize("row", [1, 2, 4])
def test_any_of_the_first_line_of_the_statement_and_the_ends_of_the_finding(row: int) -> None:
    lines = ["y = [", "    m.predict(", "        x,", "    )", "]"]
    lines[row - 1] += "  # noqa: KI201"
    assert codes("\n".join(lines) + "\n") == []


def test_the_words_in_a_string_are_no_comment() -> None:
    assert codes('m.predict("# noqa")\nm.predict("""\n# keras-inference: noqa\n""")\n') == [("KI201", 1), ("KI201", 2)]


# Files


def test_the_whole_file() -> None:
    assert codes("m.predict(x)\n\n# keras-inference: noqa\n") == []


def test_some_codes_in_the_whole_file() -> None:
    assert codes("# keras-inference: noqa: KI201\nm.predict(x)\nloss.eval()\n") == [("KI101", 3)]


# Unused


def unused(text: str, *select: str) -> list[tuple[int, int, int, str]]:
    found = check_source(HEAD + text, select=["KI001", *select])
    return [
        (each.location.start.row - 1, each.location.start.column, each.location.end.column, each.message)
        for each in found
        if each.code == "KI001"
    ]


def test_a_comment_that_silences_nothing_is_told_with_its_place() -> None:
    assert unused("x = 1  # noqa: KI201\nm.predict(x)  # noqa: KI201\n", "KI201") == [
        (1, 8, 21, "`# noqa: KI201` silences nothing: remove it")
    ]


def test_only_the_codes_that_silence_nothing_are_told() -> None:
    assert unused("m.predict(x)  # noqa: KI201, KI101, KI202\n", "KI") == [
        (1, 15, 42, "`# noqa: KI101, KI202` silences nothing: remove these codes")
    ]


def test_a_file_comment_that_silences_nothing_is_told() -> None:
    assert unused("# keras-inference: noqa\n# keras-inference: noqa: KI101\n", "KI") == [
        (1, 1, 24, "`# keras-inference: noqa` silences nothing: remove it"),
        (2, 1, 31, "`# keras-inference: noqa: KI101` silences nothing: remove it"),
    ]


def test_what_is_not_ours_or_did_not_run_is_left_alone() -> None:
    assert unused("x = 1  # noqa\ny = 2  # noqa: E501\nz = 3  # noqa: KI101\n", "KI201") == []


def test_unused_comments_are_told_only_when_selected() -> None:
    assert codes("x = 1  # noqa: KI201\n") == []


# Marked, not dropped


def test_what_is_silenced_is_kept_for_those_who_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"{HEAD}m.predict(x)  # noqa\n".encode()
    report = check(Request(stdin=("a.py", text)))
    assert (report.diagnostics, [found.code for found in report.suppressed]) == ((), ["KI201"])
    assert [found.code for found in check(Request(stdin=("a.py", text), noqa=False)).diagnostics] == ["KI201"]
