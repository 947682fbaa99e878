"""All fixes of a file, until nothing changes; what happens to the file on disk."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from lint_rules.findings.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    Edit,
    Fix,
    Location,
    Position,
    Severity,
)
from lint_rules.fixes.apply import files
from lint_rules.fixes.apply.apply import fix_file, fix_files, fix_text
from lint_rules.fixes.apply.notebook_text import cell_sources
from lint_rules.fixes.tree.text import position_of

Check = Callable[[Path, str], Sequence[Diagnostic]]


def diagnostic(edits: tuple[Edit, ...], applicability: Applicability = Applicability.SAFE) -> Diagnostic:
    first = edits[0]
    return Diagnostic(
        "KI401",
        "invalid-predict-argument",
        "message",
        Severity.ERROR,
        Confidence.CERTAIN,
        Location("m.py", first.start, first.end, first.cell),
        fix=Fix(applicability, "rewrite", edits),
    )


def replacing(pattern: str, content: str, applicability: Applicability = Applicability.SAFE) -> Check:
    """A check that finds every match of the pattern and would put `content` in its place."""

    def check(path: Path, text: str) -> list[Diagnostic]:
        cells = {None: text}
        if path.suffix == ".ipynb":
            cells = {cell.number: cell.text for cell in cell_sources(text) if cell.code}
        return [
            diagnostic(
                (Edit(position_of(code, match.start()), position_of(code, match.end()), content, number),),
                applicability,
            )
            for number, code in cells.items()
            for match in re.finditer(pattern, code)
        ]

    return check


def test_every_fix_is_applied_in_one_go() -> None:
    fixed = fix_text(Path("m.py"), "a = 1\nb = 1\n", replacing("1", "2"))
    assert fixed.after == "a = 2\nb = 2\n"
    assert len(fixed.applied) == 2
    assert fixed.remaining == ()


def test_what_a_fix_uncovers_is_fixed_in_the_next_round() -> None:
    assert fix_text(Path("m.py"), "a = f(f(f(1)))\n", replacing(r"f\((\w)\)", "1")).after == "a = 1\n"


def test_a_second_run_changes_nothing() -> None:
    check = replacing("1", "2")
    once = fix_text(Path("m.py"), "a = 1\n", check)
    again = fix_text(Path("m.py"), once.after, check)
    assert not again.changed
    assert again.applied == ()


def test_overlapping_fixes_take_turns() -> None:
    def check(path: Path, text: str) -> list[Diagnostic]:
        found = []
        if "abc" in text:
            found.append(diagnostic((Edit(Position(1, 5), Position(1, 8), "xc"),)))
            found.append(diagnostic((Edit(Position(1, 6), Position(1, 8), "lost"),)))
        if "xc" in text:
            found.append(diagnostic((Edit(Position(1, 5), Position(1, 7), "done"),)))
        return found

    fixed = fix_text(Path("m.py"), "v = abc\n", check)
    assert fixed.after == "v = done\n"
    assert len(fixed.applied) == 2


def test_a_fix_claims_all_between_its_edits() -> None:
    def check(path: Path, text: str) -> list[Diagnostic]:
        found = []
        if "old" in text:
            outer = (Edit(Position(1, 1), Position(1, 4), "new"), Edit(Position(3, 1), Position(3, 4), "new"))
            found = [diagnostic(outer), diagnostic((Edit(Position(2, 1), Position(2, 4), "new"),))]
        return found[:1] if text.count("old") == 3 else found[1:]

    fixed = fix_text(Path("m.py"), "old\nold\nold\n", check)
    assert fixed.after == "new\nnew\nnew\n"


def test_two_fixes_that_need_one_import_share_it() -> None:
    added = Edit(Position(1, 1), Position(1, 1), "import numpy as np\n")

    def check(path: Path, text: str) -> list[Diagnostic]:
        if "np" in text:
            return []
        return [diagnostic((added, Edit(Position(row, 5), Position(row, 6), "np.e"))) for row in (1, 2)]

    assert fix_text(Path("m.py"), "a = 1\nb = 2\n", check).after == "import numpy as np\na = np.e\nb = np.e\n"


@pytest.mark.parametrize(
    ("applicability", "unsafe", "changes"),
    [
        (Applicability.SAFE, False, True),
        (Applicability.UNSAFE, False, False),
        (Applicability.UNSAFE, True, True),
        (Applicability.DISPLAY, True, False),
    ],
)
def test_only_what_was_asked_for_is_applied(applicability: Applicability, unsafe: bool, changes: bool) -> None:
    fixed = fix_text(Path("m.py"), "a = 1\n", replacing("1", "2", applicability), unsafe=unsafe)
    assert fixed.changed is changes
    assert len(fixed.remaining) == (not changes)


def test_a_fix_that_breaks_the_syntax_is_dropped_and_the_others_go_on() -> None:
    def check(path: Path, text: str) -> list[Diagnostic]:
        return [*replacing("1", "2")(path, text), *replacing("3", "(")(path, text)]

    fixed = fix_text(Path("m.py"), "a = 1\nb = 3\nc = 1\n", check)
    assert fixed.after == "a = 2\nb = 3\nc = 2\n"
    assert [dropped.reason for dropped in fixed.dropped] == ["the code would not parse after it"]


def test_edits_outside_the_file_are_dropped() -> None:
    fixed = fix_text(Path("m.py"), "a\n", lambda path, text: [diagnostic((Edit(Position(9, 1), Position(9, 2), ""),))])
    assert not fixed.changed
    assert fixed.dropped[0].reason.startswith("the edits do not fit the file")


def test_fixes_that_undo_each_other_end() -> None:
    def check(path: Path, text: str) -> list[Diagnostic]:
        return list(replacing("1", "2")(path, text) or replacing("2", "1")(path, text))

    assert fix_text(Path("m.py"), "a = 1\n", check).after == "a = 2\n"


@pytest.mark.parametrize(
    ("data", "after"),
    [
        (b"a = 1\r\nb = 3\r\n", b"a = 2\r\n# \r\nb = 3\r\n"),
        (b"\xef\xbb\xbfa = 1\n", b"\xef\xbb\xbfa = 2\n# \n"),
        (b"# -*- coding: latin-1 -*-\na = 1\n# \xe9\n", b"# -*- coding: latin-1 -*-\na = 2\n# \n# \xe9\n"),
        (b"a = 1\n\x0cb = 3", b"a = 2\n# \n\x0cb = 3"),
    ],
    ids=["line ends", "byte-order mark", "encoding", "form feed"],
)
def test_what_is_not_edited_stays_byte_for_byte(tmp_path: Path, data: bytes, after: bytes) -> None:
    path = tmp_path / "m.py"
    path.write_bytes(data)
    assert fix_file(path, replacing(r"= 1", "= 2\n# ")).problem is None
    assert path.read_bytes() == after


def test_the_mode_is_kept_and_nothing_else_is_left_in_the_folder(tmp_path: Path) -> None:
    path = tmp_path / "run.py"
    path.write_text("a = 1\n")
    path.chmod(0o750)
    fix_file(path, replacing("1", "2"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert os.listdir(tmp_path) == ["run.py"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.py").write_text("a = 1\n")
    link = tmp_path / "link.py"
    link.symlink_to("real.py")
    fix_file(link, replacing("1", "2"))
    assert link.is_symlink()
    assert (tmp_path / "real.py").read_text() == "a = 2\n"


def test_a_file_that_changed_meanwhile_is_left_alone_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text("a = 1\n")

    def check(path: Path, text: str) -> Sequence[Diagnostic]:
        path.write_text("a = 1  # mine\n")
        return replacing("1", "2")(path, text)

    fixed = fix_file(path, check)
    assert fixed.problem == f"{path}: changed on disk since it was read; left alone"
    assert path.read_text() == "a = 1  # mine\n"
    assert not fixed.changed
    assert fixed.applied == ()


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "m.py"
    path.write_text("a = 1\n")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", fail)
    assert fix_file(path, replacing("1", "2")).problem == f"{path}: cannot be written: No space left on device"
    assert path.read_text() == "a = 1\n"
    assert os.listdir(tmp_path) == ["m.py"]


@pytest.mark.parametrize("data", [b"# coding: nonsense\n", b"a = '\xff'\n"])
def test_a_file_not_in_its_encoding_is_reported(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "m.py"
    path.write_bytes(data)
    fixed = fix_file(path, replacing("a", "b"))
    assert fixed.problem is not None
    assert "not in its encoding" in fixed.problem
    assert path.read_bytes() == data


def test_an_encoding_that_would_write_something_else_leaves_the_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_bytes(data := b"# coding: idna\nName = 1\n")
    fixed = fix_file(path, replacing("= 1", "= 'ß'"))
    assert fixed.problem is not None
    assert fixed.problem.endswith("idna cannot encode the fixed text without changing it")
    assert path.read_bytes() == data


def test_the_diff_is_unified_and_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "m.py"
    path.write_text("a = 1\nb = 3\nc = 1")
    (fixed,) = fix_files([path], replacing("1", "2"), write=False)
    assert fixed.diff() == (
        f"--- {path}\n+++ {path}\n@@ -1,3 +1,3 @@\n-a = 1\n+a = 2\n b = 3\n"
        "-c = 1\n\\ No newline at end of file\n+c = 2\n\\ No newline at end of file\n"
    )
    assert path.read_text() == "a = 1\nb = 3\nc = 1"


NOTEBOOK = """{
 "cells": [
  {
   "cell_type": "markdown", "metadata": {}, "source": ["1 text"]
  },
  {
   "cell_type": "code",
   "execution_count": 1,
   "metadata": {"x": 1.50},
   "outputs": [{"output_type": "stream", "text": ["1\\n", "caf\\u00e9"]}],
   "source": [
    "%matplotlib inline\\n",
    "a = 1\\n",
    "b = \\"3\\"\\n",
    "c = 1"
   ]
  },
  {"cell_type": "code", "source": "d = 1\\ne = '\\u00e9\\/'\\n", "outputs": []},
  {"cell_type": "code", "source": [], "outputs": []}
 ],
 "metadata": {"source": "1"}, "nbformat": 4, "nbformat_minor": 5
}
"""


@pytest.mark.parametrize(
    ("pattern", "content", "lines"),
    [
        ("= 1", "= 2", {'"a = 1\\n"': '"a = 2\\n"', '"c = 1"': '"c = 2"', '"d = 1\\n': '"d = 2\\n'}),
        (
            "(?<=a )= 1\n",
            "= 2\nf = '\"'\n",
            {'"a = 1\\n",': '"a = 2\\n",\n    "f = \'\\"\'\\n",'},
        ),
        ("a = 1\n", "", {'    "a = 1\\n",\n': ""}),
        ("\nc = 1", "", {'"b = \\"3\\"\\n",\n    "c = 1"': '"b = \\"3\\""'}),
        (r"(?<=c = 1)$", "\nimport os", {'"c = 1"': '"c = 1\\n",\n    "import os"', '"d = 1\\n': '"d = 1\\n'}),
    ],
    ids=["in place", "a line more", "a line less", "the last line gone", "a line behind the last"],
)
def test_a_notebook_changes_in_its_edited_lines_only(
    tmp_path: Path, pattern: str, content: str, lines: dict[str, str]
) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(NOTEBOOK)
    fixed = fix_file(path, replacing(pattern, content))
    expected = NOTEBOOK
    for before, after in lines.items():
        assert expected.count(before) == 1
        expected = expected.replace(before, after)
    assert fixed.problem is None
    assert path.read_text() == expected
    json.loads(path.read_text())


@pytest.mark.parametrize(
    "cells",
    [
        '[1, null, {"cell_type": "code", "source": "a = 1"}]',
        '[{"cell_type": "code", "source": [1, null]}, {"cell_type": "code", "source": "a = 1"}]',
        '[{"cell_type": "code", "source": "b = 1", "source": ["a = 1"]}]',
    ],
    ids=["no cells", "no text", "two sources"],
)
def test_what_is_odd_in_a_notebook_stays_and_the_rest_is_fixed(tmp_path: Path, cells: str) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(before := f'{{"cells": {cells}, "metadata": {{}}}}')
    fixed = fix_file(path, replacing("a = 1", "a = 2"))
    assert fixed.problem is None
    assert path.read_text() == before.replace("a = 1", "a = 2")


def test_the_diff_of_a_notebook_goes_by_cell(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(NOTEBOOK)
    (fixed,) = fix_files([path], replacing("d = 1", "d = 2"), write=False)
    assert fixed.diff() == (f"--- {path}:cell 3\n+++ {path}:cell 3\n@@ -1,2 +1,2 @@\n-d = 1\n+d = 2\n e = 'é/'\n")


def test_a_fix_that_breaks_a_cell_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(NOTEBOOK)
    fixed = fix_file(path, replacing("a = 1", "a = ("))
    assert [dropped.reason for dropped in fixed.dropped] == ["the code would not parse after it"]
    assert path.read_text() == NOTEBOOK
