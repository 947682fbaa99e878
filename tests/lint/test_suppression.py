"""The comments for the linter: what each says, which findings it silences, what is told of one that does nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lint_rules.api import check_source
from lint_rules.config.settings import Overrides, Selection
from lint_rules.findings.comments import Comment, Form, find_comments, parse_comments
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
    (noqa,) = parse_comments(comment)
    assert (noqa.form, noqa.words) == (Form.NOQA, says)


@pytest.mark.parametrize(
    ("comment", "says"),
    [
        ("# keras-inference: noqa", None),
        ("# keras-inference:noqa: KI201, KI1", ("KI201", "KI1")),
        ("#keras-inference: NoQA", None),
    ],
)
def test_a_comment_for_the_file(comment: str, says: tuple[str, ...] | None) -> None:
    (noqa,) = parse_comments(comment)
    assert (noqa.form, noqa.words) == (Form.FILE_NOQA, says)


@pytest.mark.parametrize(
    ("comment", "form", "says"),
    [
        ("# keras-inference: ignore[KI201]", Form.IGNORE, ("KI201",)),
        ("#keras-inference:ignore [ki201 , KI1]: the input arrives live", Form.IGNORE, ("KI201", "KI1")),
        ("# keras-inference: ignore[Predict-Per-Sample, KI]", Form.IGNORE, ("predict-per-sample", "KI")),
        ("# keras-inference: ignore", Form.IGNORE, ()),
        ("# keras-inference: ignore[]", Form.IGNORE, ()),
        ("# keras-inference: file-ignore[KI201]", Form.FILE_IGNORE, ("KI201",)),
        ("# ruff: ignore[E501, KI403]", Form.RUFF_IGNORE, ("E501", "KI403")),
        ("# ruff: file-ignore[KI403]", Form.RUFF_FILE_IGNORE, ("KI403",)),
    ],
)
def test_a_comment_with_brackets(comment: str, form: Form, says: tuple[str, ...]) -> None:
    (found,) = parse_comments(comment)
    assert (found.form, found.words) == (form, says)


@pytest.mark.parametrize(
    "comment",
    [
        "# ruff: noqa",
        "# flake8: noqa",
        "# noqa: because",
        "# noqa:",
        "# noqaf",
        "# no qa",
        "# ruff: ignore",
        "# keras-inference: ignored",
        "# keras-inference is not ignore[KI201]",
    ],
)
def test_what_says_nothing_to_us(comment: str) -> None:
    assert list(parse_comments(comment)) == []


def test_the_place_of_a_comment_covers_its_codes() -> None:
    comments = list(find_comments("x = 1  # why  # noqa: KI201 so  # keras-inference: ignore[KI1, KI2 ] so\n"))
    assert comments == [
        Comment(Form.NOQA, 1, 15, 28, 28, ("KI201",), 1),
        Comment(Form.IGNORE, 1, 33, 69, 67, ("KI1", "KI2"), 1),
    ]


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


IGNORE = pytest.mark.parametrize("tool", ["keras-inference", "ruff"])


@IGNORE
def test_a_comment_with_brackets_at_the_end_of_a_line(tool: str) -> None:
    text = f"m.predict(x)  # {tool}: ignore[KI202]\nm.predict(x)  # {tool}: ignore[KI201]\nm.predict(x)\n"
    assert codes(text) == [("KI201", 1), ("KI201", 3)]


def test_a_rule_may_be_called_by_its_name() -> None:
    assert codes("m.predict(x)  # keras-inference: ignore[predict-per-sample]\n") == []


@IGNORE
@pytest.mark.parametrize(
    "lines",
    [
        ["{}", "m.predict(x)"],
        ["{}", "", "# and this is why", "m.predict(x)"],
        ["if x:", "    {}", "    m.predict(x)"],
        ["y = [", "    {}", "    m.predict(x),", "]"],
        ["{}", "y = [", "    m.predict(x),", "]"],
    ],
)
def test_on_a_line_of_its_own_it_speaks_of_the_code_below(tool: str, lines: list[str]) -> None:
    text = "\n".join(lines) + "\nm.predict(x)\n"
    assert codes(text.replace("{}", f"# {tool}: ignore[KI201]")) == [("KI201", len(lines) + 1)]


def test_at_the_end_of_a_cell_it_does_not_speak_of_the_next() -> None:
    cells = ["import keras\nm.predict(x)\n# keras-inference: ignore[KI201]", "m.predict(x)"]
    text = json.dumps({"cells": [{"cell_type": "code", "source": cell} for cell in cells]})
    assert [(found.code, found.location.cell) for found in check_source(text, "a.ipynb")] == [
        ("KI201", 1),
        ("KI201", 2),
    ]


def test_noqa_on_a_line_of_its_own_speaks_of_nothing() -> None:
    assert codes("# noqa: KI201\nm.predict(x)\n") == [("KI201", 2)]


# Files


@IGNORE
def test_a_comment_with_brackets_for_the_file(tool: str) -> None:
    assert codes(f"# {tool}: file-ignore[KI201]\nm.predict(x)\nloss.eval()\n") == [("KI101", 3)]


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


@IGNORE
def test_a_comment_with_brackets_that_silences_nothing_is_told(tool: str) -> None:
    comment = f"# {tool}: ignore[KI101]"
    assert unused(f"{comment}\nm.predict(x)\n", "KI") == [
        (1, 1, len(comment) + 1, f"`{comment}` silences nothing: remove it")
    ]


def test_what_is_not_ours_or_did_not_run_is_left_alone() -> None:
    assert unused("x = 1  # noqa\ny = 2  # noqa: E501\nz = 3  # noqa: KI101\n", "KI201") == []


def test_unused_comments_are_told_only_when_selected() -> None:
    assert codes("x = 1  # noqa: KI201\n") == []


# Wrong


def wrong(text: str) -> list[tuple[str, int, str]]:
    """What is told by default of the comments of a text."""
    found = check_source(HEAD + text)
    return [(each.code, each.location.start.row - 1, each.message) for each in found if each.code == "KI002"]


@pytest.mark.parametrize(
    ("comment", "told"),
    [
        ("# noqa: KI999", '`# noqa: KI999`: no rule is called "KI999"; did you mean "KI409"?'),
        ("# noqa: E501, KI2011", '`# noqa: E501, KI2011`: no rule is called "KI2011"; did you mean "KI201"?'),
        ("# ruff: ignore[KI88]", '`# ruff: ignore[KI88]`: no rule is called "KI88"; did you mean "KI408"?'),
        (
            "# keras-inference: ignore[predict-per-samples]",
            "`# keras-inference: ignore[predict-per-samples]`: no rule is called "
            '"predict-per-samples"; did you mean "predict-per-sample"?',
        ),
        (
            "# keras-inference: file-ignore[E501]",
            '`# keras-inference: file-ignore[E501]`: no rule is called "E501": `keras-inference rule --all` lists them',
        ),
        (
            "# keras-inference: ignore KI201",
            "`# keras-inference: ignore` names no rule and silences nothing: write `# keras-inference: ignore[KI201]`",
        ),
    ],
)
def test_a_comment_that_names_no_rule_is_told(comment: str, told: str) -> None:
    assert wrong(f"x = 1\ny = 2  {comment}\n") == [("KI002", 2, told)]


@pytest.mark.parametrize(
    "comment", ["# noqa", "# noqa: E501, K999", "# ruff: ignore[F401, unused-import]", "# noqa: KI2", "# noqa: because"]
)
def test_what_other_tools_read_is_not_told(comment: str) -> None:
    assert wrong(f"y = 2  {comment}\n") == []


def test_a_wrong_comment_is_told_unless_it_is_ignored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"{HEAD}x = 1  # noqa: KI999\n".encode()
    ignored = Overrides(selection=Selection(ignore=("KI002",)))
    assert check(Request(stdin=("a.py", text), overrides=ignored)).diagnostics == ()


# Marked, not dropped


def test_what_is_silenced_is_kept_for_those_who_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    text = f"{HEAD}m.predict(x)  # noqa\n".encode()
    report = check(Request(stdin=("a.py", text)))
    assert (report.diagnostics, [found.code for found in report.suppressed]) == ((), ["KI201"])
    assert [found.code for found in check(Request(stdin=("a.py", text), noqa=False)).diagnostics] == ["KI201"]
