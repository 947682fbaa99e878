"""The baseline: what it knows survives shifted lines and moved files, and what is new is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lint_rules.cli import main
from lint_rules.config.keys import SettingsError
from lint_rules.config.settings import Overrides
from lint_rules.findings import baseline
from lint_rules.findings.view import View
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request

Project = Callable[[dict[str, str]], Path]
HIT = "import keras\nm.predict(x)\n"

pytestmark = pytest.mark.usefixtures("plain_rules")


@pytest.fixture
def known(project: Project) -> Callable[[dict[str, str]], Path]:
    """Write files and a baseline of everything in them."""

    def write(files: dict[str, str]) -> Path:
        root = project(files)
        baseline.write(str(root / "known.json"), check(Request(paths=(".",), baseline=False)).diagnostics, View())
        return root

    return write


def rows(*paths: str) -> tuple[list[int], list[int]]:
    """(rows of new findings, rows of known ones)."""
    report = check(Request(paths=paths or (".",), overrides=Overrides(baseline=str(Path("known.json").absolute()))))
    new, old = ([found.location.start.row for found in found] for found in (report.diagnostics, report.known))
    return new, old


def test_what_is_known_is_not_told_again(known: Project) -> None:
    known({"a.py": HIT})
    assert rows() == ([], [2])


def test_shifted_and_reformatted_lines_are_the_same(known: Project, project: Project) -> None:
    known({"a.py": HIT})
    project({"a.py": "import keras\n\n\nif True:\n    m.predict( x )\n"})
    assert rows() == ([], [5])


def test_a_second_line_of_the_same_text_is_new(known: Project, project: Project) -> None:
    known({"a.py": HIT})
    project({"a.py": f"{HIT}m.predict(x)\n"})
    assert rows() == ([3], [2])


def test_another_line_and_another_rule_are_new(known: Project, project: Project) -> None:
    known({"a.py": HIT})
    project({"a.py": "import keras\nm.predict(y)\nm.eval(x)\n"})
    assert rows() == ([2, 3], [])


def test_a_moved_file_is_the_same_and_a_copied_one_is_new(known: Project, project: Project) -> None:
    root = known({"a.py": HIT})
    project({"pkg/b.py": HIT})
    assert rows() == ([2], [2])
    (root / "a.py").unlink()
    assert rows() == ([], [2])


def test_a_part_of_the_files_gives_what_the_whole_gives(known: Project, project: Project) -> None:
    known({"a.py": HIT, "b.py": HIT})
    assert rows("b.py") == ([], [2])


def test_the_file_is_the_same_whatever_the_lines(known: Project) -> None:
    root = known({"b.py": HIT, "a.py": HIT + "m.predict(x)\n"})
    first = (root / "known.json").read_text()
    known({"b.py": "\n\n" + HIT})
    assert (root / "known.json").read_text() == first
    document = json.loads(first)
    assert [(entry["file"], entry["code"], entry["line"]) for entry in document["findings"]] == [
        ("a.py", "KI201", "m.predict(x)"),
        ("a.py", "KI201", "m.predict(x)"),
        ("b.py", "KI201", "m.predict(x)"),
    ]
    assert list(root.glob("*.tmp")) == []


# From the command


def test_writing_and_using_it(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project({"a.py": HIT})
    assert main(["check", "--write-baseline", "--baseline", "ours.json"]) == 0
    assert main(["check", "--baseline", "ours.json"]) == 0
    assert capsys.readouterr().out == ("Wrote 1 finding to ours.json.\nNo findings in 1 file (1 in the baseline).\n")
    project({"a.py": f"{HIT}m.predict(y)\n"})
    assert main(["check", "--baseline", "ours.json", "--output-format", "concise"]) == 1
    assert capsys.readouterr().out == "a.py:3:1: KI201 predict is called\n"


def test_the_settings_name_it(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project({"pyproject.toml": "[tool.keras-inference]\nbaseline = 'known.json'\n", "pkg/a.py": HIT})
    assert main(["check", "--write-baseline", "pkg"]) == 0
    assert main(["check", "pkg"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "Wrote 1 finding to known.json."


def test_without_a_name_it_goes_into_this_folder(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    root = project({"a.py": HIT})
    assert main(["check", "--write-baseline"]) == 0
    assert capsys.readouterr().out == "Wrote 1 finding to keras-inference-baseline.json.\n"
    assert (root / "keras-inference-baseline.json").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "cannot be read: No such file or directory; `keras-inference check --write-baseline` makes one"),
        ("{", "not JSON: Expecting property name"),
        ("[]", "not a baseline of version 1; --write-baseline makes a new one"),
        ('{"version": 2, "findings": []}', "not a baseline of version 1; --write-baseline makes a new one"),
    ],
)
def test_a_baseline_that_is_none(project: Project, text: str | None, message: str) -> None:
    root = project({"a.py": HIT, **({} if text is None else {"known.json": text})})
    with pytest.raises(SettingsError) as caught:
        rows()
    assert str(caught.value).startswith(f"baseline {root / 'known.json'}: {message}")
