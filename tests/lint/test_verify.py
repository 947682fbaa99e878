"""What decides whether a fix is verified: rows, printed and written results, lines that a fix touches, the copy."""

from __future__ import annotations

import importlib
import math
import os
import pickle
import socket
import sys
from array import array
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

from lint_rules.commands import together
from lint_rules.commands.verify.attempts import Attempts
from lint_rules.commands.verify.contents import told
from lint_rules.commands.verify.outcome import changed_line, failure, other_results
from lint_rules.commands.verify.predictions import Leeway, are_shared, unlike
from lint_rules.commands.verify.project_copy import CopyError, copy_project, root_of
from lint_rules.commands.verify.records import Record, SiteRecord, read_records
from lint_rules.commands.verify.stretches import Stretch, groups, lines_between, stretches_of, weaker
from lint_rules.commands.verify.trial import Trial, Workshop
from lint_rules.commands.verify.verdicts import Verdict
from lint_rules.findings.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    Edit,
    Fix,
    Location,
    Position,
    Severity,
    chained,
)
from lint_rules.fixes.apply.apply import FixedFile
from lint_rules.fixes.apply.files import FileError, FileText, read_file, write_file
from lint_rules.run.request import Request
from lint_rules.run.session import Rerun
from pytest_keras_inference.recording.moved import lead_to_the_copy


def site(
    *rows: float, calls: int = 1, type_: str = "ndarray", form: str = "float32 [1]", failed: int = 0
) -> SiteRecord:
    """The calls of one line, which gave rows of one value each."""
    return SiteRecord(calls, 0.1, failed, 0, [array("d", [row]) for row in rows], {type_}, {form})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(site(1, 2, 3, calls=3), site(1, 2, 3), id="one call for three"),
        pytest.param(site(1, 2), site(1.00001, 2), id="rounding"),
        pytest.param(site(0.0, 2), site(1e-6, 2), id="rounding near zero"),
        pytest.param(site(math.nan), site(math.nan), id="no number both times"),
        pytest.param(site(1, 2, 1, 2, 1, 2, calls=3), site(1, 2), id="predicted once, before the loop"),
        pytest.param(site(1, 3, calls=2), site(1, 2, 3), id="one call also for what a branch left out"),
        pytest.param(site(), site(), id="an empty batch"),
    ],
)
def test_the_same_predictions(before: SiteRecord, after: SiteRecord) -> None:
    assert unlike(before, after) is None


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (site(1, 2, 3), site(1, 5, 3), "1 of 3 rows differs by up to 3 (row 1 first)"),
        (site(1, 2, 3), site(1, 3, 2), "2 of 3 rows differ by up to 1 (row 1 first)"),
        (site(1, 2, 3), site(1, 2), "3 rows were predicted, and 2 are"),
        (site(1, 2, 3, 4), site(1, 2), "4 rows were predicted, and 2 are"),
        (site(1, 2), site(), "2 rows were predicted, and 0 are"),
        (site(1, 3, calls=2), site(3, 2, 1), "2 rows were predicted, and 3 are"),
        (site(1), site(math.nan), "1 of 1 row differs by up to inf (row 0 first)"),
        (site(1), site(1, type_="EagerTensor"), "the result was ndarray and is EagerTensor"),
        (site(1), site(1, form="float64 [1]"), "the output was float32 [1] and is float64 [1]"),
        (site(1), site(1, failed=1), "the call fails"),
    ],
)
def test_other_predictions(before: SiteRecord, after: SiteRecord, reason: str) -> None:
    assert unlike(before, after) == reason


def test_a_fix_may_predict_the_rows_of_each_shape_together() -> None:
    before = replace(site(1, 2, 3, 4, calls=4), shapes=[(5,), (7,), (5,), (7,)])
    together = replace(site(1, 3, 2, 4, calls=2), shapes=[(5,), (5,), (7,), (7,)])
    assert unlike(before, together, Leeway(by_shape=True)) is None
    assert unlike(before, together) == "2 of 4 rows differ by up to 1 (row 1 first)"
    swapped = replace(together, rows=site(3, 1, 2, 4).rows)
    assert unlike(before, swapped, Leeway(by_shape=True)) == "3 of 4 rows differ by up to 2 (row 0 first)"


def test_a_fix_may_promise_a_tensor() -> None:
    assert unlike(site(1), site(1, type_="EagerTensor"), Leeway(tensor=True)) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("loss 0.123456\n", "loss 0.123457\n"),
        ("mean 12.35\n", "mean 12.34\n"),
        ("done in 3.2s\n", "done in 0.1s\n"),
        ("12:01:33 start\n", "12:01:39 start\n"),
        ("begun 2026-11-27T23:59:58.132+01:00\n", "begun 2026-11-28T00:01:02.7+01:00\n"),
        ("elapsed: 3.2\n", "elapsed: 0.1\n"),
        ("16 rows/s\n", "800 rows/s\n"),
        ("1/1 ━━━━━━━━━━━━━━━━━━━━ 0s 30ms/step\nok\n", "ok\n"),
        ("[1.0000001 2.]\n", "[1. 2.]\n"),
        ("[(1, array([0.1234567 , 0.25      ]))]\n", "[(1, array([0.12345671, 0.25]))]\n"),
        ("[0.12345671 0.25\n 0.5]\n", "[0.1234567 0.25 0.5]\n"),
        ("== 3 passed in 0.21s ==\n", "== 3 passed in 4.90s ==\n"),
    ],
)
def test_texts_that_say_the_same(one: str, other: str) -> None:
    assert changed_line(one, one, other) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("best 17\n", "best 18\n"),
        ("loss 0.12\n", "loss 0.34\n"),
        ("a\nb\n", "b\na\n"),
        ("a\n", "a\nb\n"),
        ("cat 0.9\n", "dog 0.9\n"),
        ("3 passed\n", "2 passed, 1 failed\n"),
        ("found []\n", "found [3]\n"),
        ("found []\n", "lost []\n"),
        ("due 2026-11-27\n", "due 2026-11-28\n"),
        ("rows: 12\n", "rows: 13\n"),
        ("[0.12345671 0.25\n 0.5]\n", "[0.1234567 0.25 0.6]\n"),
        ("[0.25\n 0.5]\n", "[0.25 0.5 0.75]\n"),
    ],
)
def test_texts_that_do_not(one: str, other: str) -> None:
    assert changed_line(one, one, other) is not None


@pytest.mark.parametrize(
    ("before", "again", "after", "same"),
    [
        pytest.param("at 17\nbest 3\n", "at 18\nbest 3\n", "at 19\nbest 3\n", True, id="only what differs anyway"),
        pytest.param("at 17\nbest 3\n", "at 18\nbest 3\n", "at 19\nbest 4\n", False, id="another line"),
        pytest.param("run 17: 3 cats\n", "run 18: 3 cats\n", "run 19: 4 cats\n", False, id="a number beside"),
        pytest.param("run 17: 3 cats\n", "run 18: 3 cats\n", "run 19: 3 cats\n", True, id="the number itself"),
        pytest.param("id ab\nbest 3\n", "id cd\nbest 3\n", "id ef\nbest 4\n", False, id="below another word"),
        pytest.param("a\n", "a\nb\n", "c\n", True, id="never as many lines"),
    ],
)
def test_what_differs_anyway_is_left_out(before: str, again: str, after: str, same: bool) -> None:
    assert (changed_line(before, again, after) is None) == same


def as_bytes(write: Callable[[BytesIO], object]) -> bytes:
    stream = BytesIO()
    write(stream)
    return stream.getvalue()


NUDGE = np.float32(1e-7)
FLOATS = np.linspace(0.1, 0.9, 5, dtype="float32")
LABELS = np.arange(5)


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_pickles_are_compared_value_by_value(protocol: int) -> None:
    def same(one: object, other: object) -> bool:
        before, after = (told(pickle.dumps(value, protocol)) for value in (one, other))
        return changed_line(before, before, after) is None

    assert same({"a": FLOATS, "n": 3}, {"a": FLOATS + NUDGE, "n": 3})
    assert same([0.25, FLOATS[0]], [0.25 + 1e-9, FLOATS[0] + NUDGE])
    wide, mixed = FLOATS.astype("float64"), {"f8": LABELS}
    assert same([wide, FLOATS, wide * 2, -FLOATS], [wide + 1e-9, FLOATS + NUDGE, wide * 2, NUDGE - FLOATS])
    assert same({"a": FLOATS, "b": wide, **mixed}, {"a": FLOATS + NUDGE, "b": wide + 1e-9, **mixed})
    assert not same([wide, FLOATS], [wide, FLOATS + 0.01])
    assert not same({"a": FLOATS}, {"a": FLOATS + 0.01})
    assert not same({"a": FLOATS}, {"b": FLOATS})
    assert not same({"a": FLOATS, "n": 3}, {"a": FLOATS, "n": 4})
    assert not same(LABELS, LABELS + 1)
    assert not same(FLOATS, FLOATS.astype("float64"))
    assert not same(FLOATS, FLOATS[:4])


def test_arrays_are_compared_value_by_value() -> None:
    def same(one: bytes, other: bytes) -> bool:
        return changed_line(told(one), told(one), told(other)) is None

    def saved(array: object) -> bytes:
        return as_bytes(lambda stream: np.save(stream, array))

    def archived(**arrays: object) -> bytes:
        return as_bytes(lambda stream: np.savez_compressed(stream, **arrays))

    assert same(saved(FLOATS), saved(FLOATS + NUDGE))
    assert not same(saved(FLOATS), saved(FLOATS * 2))
    assert not same(saved(FLOATS), saved(FLOATS[None]))
    assert not same(saved(LABELS), saved(LABELS[::-1]))
    assert same(archived(a=FLOATS, b=LABELS), archived(a=FLOATS + NUDGE, b=LABELS))
    assert not same(archived(a=FLOATS), archived(b=FLOATS))
    assert told(b"\x93NUMPY\x01") != told(b"\x93NUMPY\x02")
    assert told(b"\x80\x04 no pickle\0") != told(b"\x80\x04 no pickle\1")


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    class Touching:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    assert "touch" in told(pickle.dumps(Touching()))
    assert not (tmp_path / "ran").exists()


def trial(code: int | None = 0, output: str = "", written: dict[str, str] | None = None, errors: str = "") -> Trial:
    return Trial(code, output, errors, 1.0, written or {}, Record({}, frozenset()), "/copy")


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (trial(), None),
        (trial(None), "the command ran out of time after 1 s; --verify-timeout sets another limit"),
        (trial(1, "FAILED tests/test_a.py::test_b - assert\n1 failed\n"), "tests/test_a.py::test_b failed"),
        (
            trial(1, errors="Traceback\nValueError: no rows\n"),
            "the command ended with exit code 1: ValueError: no rows",
        ),
        (trial(-9), "the command ended with exit code -9"),
    ],
)
def test_how_the_command_ended(after: Trial, reason: str | None) -> None:
    assert failure(trial(), after) == reason


@pytest.mark.parametrize(
    ("before", "again", "after", "reason"),
    [
        (trial(output="a"), trial(output="a"), trial(output="b"), "the command prints something else: 'b'"),
        (trial(output="a"), trial(output="c"), trial(output="b"), None),
        (trial(written={"o": "1"}), trial(written={"o": "1"}), trial(), "the command does not write o any more"),
        (trial(), trial(), trial(written={"o": "1"}), "the command writes o, which it did not"),
        (trial(), trial(written={"o": "1"}), trial(written={"o": "1"}), None),
        (
            trial(written={"o": "1"}),
            trial(written={"o": "1"}),
            trial(written={"o": "2"}),
            "the command writes something else to o",
        ),
        (trial(written={"o": "1"}), trial(written={"o": "3"}), trial(written={"o": "2"}), None),
        # named after the time, as logs are
        (trial(written={"o-1": "a"}), trial(written={"o-2": "a"}), trial(written={"o-3": "a"}), None),
        (
            trial(written={"o-1": "a"}),
            trial(written={"o-2": "a"}),
            trial(written={"o-3": "b"}),
            "the command writes something else to o-3",
        ),
        (
            trial(written={"o-1": "a"}),
            trial(written={"o-2": "a"}),
            trial(written={"o-3": "a", "o-4": "a"}),
            "the command writes o-3, which it did not",
        ),
        (
            trial(written={"o-1": "a"}),
            trial(written={"o-2": "a"}),
            trial(written={"p-3": "a"}),
            "the command writes p-3, which it did not",
        ),
        (trial(written={"ab": "a"}), trial(written={"cd": "a"}), trial(written={"ef": "b"}), None),
        (trial(written={"o": "\0ab"}), trial(written={"o": "\0ab"}), trial(written={"o": "\0ab"}), None),
    ],
)
def test_what_the_command_printed_and_wrote(before: Trial, again: Trial, after: Trial, reason: str | None) -> None:
    assert other_results(before, again, after) == reason


def found(row: int, *edits: tuple[int, int, str]) -> Diagnostic:
    place = Location("a.py", Position(row, 1), Position(row, 9))
    changes = tuple(Edit(Position(first, 1), Position(last, 9), text) for first, last, text in edits)
    fix = Fix(Applicability.UNSAFE, "", changes)
    return Diagnostic("KI201", "n", "m", Severity.WARNING, Confidence.CERTAIN, place, anchor=place.start, fix=fix)


def test_an_import_is_no_line_that_a_fix_touches() -> None:
    assert stretches_of(found(9, (1, 1, "import numpy as np\n"), (8, 10, "x"))) == [Stretch("a.py", 8, 10)]


def test_a_row_of_which_only_the_end_is_named_is_not_touched() -> None:
    row = found(4)
    assert row.fix is not None
    fix = replace(
        row.fix, edits=(Edit(Position(4, 1), Position(5, 1), "x\n"), Edit(Position(6, 1), Position(6, 1), "y\n"))
    )
    assert stretches_of(replace(row, fix=fix)) == [Stretch("a.py", 4, 6)]
    assert stretches_of(replace(row, fix=replace(fix, edits=fix.edits[:1]))) == [Stretch("a.py", 4, 4)]


def test_fixes_that_meet_are_tried_together() -> None:
    one, other, apart = found(5, (4, 6, "x")), found(6, (6, 7, "y")), found(9, (9, 9, "z"))
    assert [group.found for group in groups([apart, other, one])] == [(one, other), (apart,)]


def test_fixes_that_meet_in_another_file_are_tried_together() -> None:
    one, other, apart = found(5, (4, 6, "x")), found(15, (15, 15, "y")), found(9, (9, 9, "z"))
    both = [reaching(each, Edit(Position(3, 1), Position(3, 2), "w", filename="b.py")) for each in (one, other)]
    assert [group.found for group in groups([*both, apart])] == [(apart,), tuple(both)]
    assert groups(both)[0].stretches == (Stretch("a.py", 4, 6), Stretch("a.py", 15, 15), Stretch("b.py", 3, 3))


def reaching(found: Diagnostic, edit: Edit) -> Diagnostic:
    assert found.fix is not None
    return replace(found, fix=replace(found.fix, edits=(*found.fix.edits, edit)))


def test_files_that_are_written_together_are_all_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt between two files leaves each as it was; so does one that cannot be written."""
    paths = [tmp_path / "a.py", tmp_path / "b.py"]
    for path in paths:
        path.write_text("old")
    files = [FixedFile(path, "old", "new") for path in paths]
    for error in (KeyboardInterrupt(), FileError("no room")):

        def stopped(source: FileText, text: str, error: BaseException = error) -> str | None:
            note = write_file(source, text)
            if source.path == paths[1]:
                raise error
            return note

        monkeypatch.setattr(together, "write_file", stopped)
        with suppress(KeyboardInterrupt):
            together.write_together(files)
        assert [path.read_text() for path in paths] == ["old", "old"]
    monkeypatch.undo()
    together.write_together(files)
    assert [path.read_text() for path in paths] == ["new", "new"]


@pytest.mark.parametrize(
    ("before", "after", "gain"),
    [
        ((12_000, 137.26), (12, 37.64), "12,000 calls -> 12; 137 s -> 37.6 s"),
        ((1, 5.25), (1, 0.0432), "1 call -> 1; 5.2 s -> 0.043 s"),
        ((3, 0.0004), (0, 0.0), "3 calls -> 0; 0.001 s -> 0 s"),
    ],
)
def test_what_was_gained(before: tuple[int, float], after: tuple[int, float], gain: str) -> None:
    assert str(Verdict((found(3),), "", before, after)) == f"a.py:3: KI201 verified: {gain}"


def test_what_a_weaker_fix_gained_is_told_with_the_reason_of_the_first() -> None:
    told = str(Verdict((found(3),), "", (9, 0.5), (9, 0.1), "2 of 9 rows differ by up to 1 (row 4 first)"))
    assert told == (
        "a.py:3: KI201 verified: 9 calls -> 9; 0.5 s -> 0.1 s "
        "(a weaker fix; of the first: 2 of 9 rows differ by up to 1 (row 4 first))"
    )


def test_weaker_fixes_are_tried_where_there_are_any() -> None:
    one, other, lone = found(5, (4, 8, "x")), found(8, (8, 8, "y")), found(9, (8, 9, "z"))
    group = groups([falling_back(one, (5, 5, "p")), falling_back(other, (8, 8, "q"), (8, 8, "r")), lone])[0]
    first, second = weaker(group)
    assert [[each.fix.edits[0].content for each in part.found if each.fix] for part in (first, second)] == [
        ["p"],
        ["q", "z"],
    ]
    assert weaker(first) == []
    assert [[each.fix.edits[0].content for each in part.found if each.fix] for part in weaker(second)] == [["r", "z"]]


def test_only_the_fix_that_is_tried_is_made(tmp_path: Path) -> None:
    """Once `predict_on_batch` is in, one call for all is offered there again."""
    path = tmp_path / "rank.py"
    path.write_text(
        "import keras\nimport numpy as np\n\nmodel = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])\n"
        "images = np.ones((9, 3))\nscores = [model.predict(image[None])[0] for image in images]\n"
    )
    rerun = Rerun(Request(paths=(str(path),), fixes=True, proven=True))
    with Workshop("true", root=str(tmp_path), folder=str(tmp_path), timeout=None) as workshop:
        report, plain = rerun.report(), (trial(), trial())
        attempts = Attempts(rerun, report, {str(path): read_file(path)}, workshop, plain, unsafe=True)
        best = groups(report.diagnostics)
        last = [attempts.fixed(tried)[str(path)].after.splitlines()[-1] for tried in (best, weaker(best[0]))]
    assert last == [
        "scores = list(model.predict(np.stack(images)))",
        "scores = [model.predict_on_batch(image[None])[0] for image in images]",
    ]


def falling_back(each: Diagnostic, *edits: tuple[int, int, str]) -> Diagnostic:
    """The finding with further fixes of one edit each, the next weaker one first."""
    weaker_ones = [found(each.location.start.row, edit).fix for edit in edits]
    return replace(each, fix=chained(fix for fix in (each.fix, *weaker_ones) if fix is not None))


def test_a_copy_and_its_original_share_what_was_predicted() -> None:
    before = site(1, 2, 3, 2, calls=4)
    assert are_shared(before, [site(1, 3), site(2, 2)])
    assert not are_shared(before, [site(3, 1), site(2, 2)])
    assert not are_shared(before, [site(1, 3), site(2)])
    assert not are_shared(before, [site(1, 3), site(2, 2, form="float64 [1]")])


def test_where_lines_have_gone() -> None:
    lines = lines_between("a\nb\nc\nd\ne\n", "new\na\nB\nBB\nd\ne\n")
    assert [lines.same.get(line) for line in range(1, 6)] == [2, None, None, 5, 6]
    assert list(lines.image(2, 3)) == [3, 4]
    assert list(lines.image(4, 4)) == [3, 4, 5]  # what stands before it now may be the fix's
    assert list(lines.image(5, 5)) == [6]


def test_the_copy_holds_the_project_and_no_way_back(tmp_path: Path) -> None:
    project, copy = tmp_path / "project", tmp_path / "copy"
    for name in ("pkg", ".git", "__pycache__", ".venv/bin"):
        (project / name).mkdir(parents=True)
    (project / "pkg/a.py").write_text("old\n")
    (project / "pkg/run.sh").write_text("#!/bin/sh\n")
    (project / "pkg/run.sh").chmod(0o755)
    (project / "pkg/link.py").symlink_to("a.py")
    (project / ".venv/pyvenv.cfg").write_text("")
    with socket.socket(socket.AF_UNIX) as odd:
        odd.bind(os.path.relpath(project / "odd"))
        copy_project(str(project), str(copy), {str(project / "pkg/a.py"): b"new\n"})
    assert sorted(path.name for path in copy.iterdir()) == [".venv", "pkg"]
    assert (copy / "pkg/link.py").read_text() == (copy / "pkg/a.py").read_text() == "new\n"
    assert os.readlink(copy / ".venv") == str(project / ".venv")
    assert os.access(copy / "pkg/run.sh", os.X_OK)
    assert (project / "pkg/a.py").read_text() == "old\n"


def test_links_lead_where_they_did_but_never_back_into_the_project(tmp_path: Path) -> None:
    project, copy, beside = tmp_path / "project", tmp_path / "elsewhere" / "copy", tmp_path / "beside"
    for folder in (project / "data", project / "pkg", beside, copy.parent):
        folder.mkdir(parents=True)
    (project / "near").symlink_to("data")
    (project / "pkg" / "absolute").symlink_to(project / "data")
    (project / "pkg" / "out").symlink_to("../../beside")
    (project / "far").symlink_to(beside)
    (project / "broken").symlink_to("nowhere")
    copy_project(str(project), str(copy), {})
    leads = {name: os.readlink(copy / name) for name in ("near", "pkg/absolute", "pkg/out", "far", "broken")}
    assert leads == {
        "near": "data",
        "pkg/absolute": str(copy / "data"),
        "pkg/out": str(beside),
        "far": str(beside),
        "broken": "nowhere",
    }


class EditableFinder:
    """What setuptools puts into `sys.meta_path` for a package that is installed for development."""

    __module__ = "__editable___finder"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        folder = self.folder / name
        if path is not None or not folder.is_dir():
            return None
        return spec_from_file_location(name, folder / "__init__.py", submodule_search_locations=[str(folder)])


def test_what_is_installed_for_development_is_imported_from_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for home in ("project", "copy"):
        for package in ("found_by_finder", "src/found_on_path"):
            (tmp_path / home / package).mkdir(parents=True)
            (tmp_path / home / package / "__init__.py").write_text("from .part import HOME\n")
            (tmp_path / home / package / "part.py").write_text(f"HOME = {home!r}\n")
    project = tmp_path / "project"
    monkeypatch.setattr(sys, "path", [*sys.path, str(project / "src")])
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, EditableFinder(project)])
    lead_to_the_copy(str(project), str(tmp_path / "copy"))
    for package in ("found_by_finder", "found_on_path"):
        assert importlib.import_module(package).HOME == "copy"
        for name in (package, f"{package}.part"):
            monkeypatch.delitem(sys.modules, name)


@pytest.mark.skipif(os.name == "nt", reason="a command of the shell")
def test_what_a_command_writes_to_the_project_itself_is_noticed(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for command, written, astray in (
        ("echo 1 > out.txt", ["out.txt"], ()),
        (f"echo 1 > {project}/out.txt", [], ("out.txt",)),
    ):
        with Workshop(command, root=str(project), folder=str(project), timeout=None) as workshop:
            trial = workshop.run({})
        assert (list(trial.written), trial.astray) == (written, astray)


def test_a_text_put_in_place_of_a_link_stays_in_the_copy(tmp_path: Path) -> None:
    project, outside = tmp_path / "project", tmp_path / "outside.py"
    project.mkdir()
    outside.write_text("theirs\n")
    (project / "a.py").symlink_to(outside)
    copy_project(str(project), str(tmp_path / "copy"), {str(project / "a.py"): b"new\n"})
    assert outside.read_text() == "theirs\n"
    assert (tmp_path / "copy/a.py").read_text() == "new\n"


def test_a_home_is_not_copied(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    with pytest.raises(CopyError, match="run it in the folder of the project"):
        root_of([str(tmp_path / "a" / "a.py")], str(tmp_path / "b"))
    assert root_of([str(tmp_path / "a" / "x" / "a.py")], str(tmp_path / "a")) == str(tmp_path / "a")


def test_records_of_processes_that_were_killed(tmp_path: Path) -> None:
    """Two outputs of one call make one row each; a line or a value that is cut off is not read."""
    call = (
        '{"file": "/a.py", "line": 3, "kind": "predict", "seconds": 0.5, "failed": false, "type": "list", '
        '"input": [3], "outputs": [{"dtype": "float32", "shape": [2], "rows": 2}, '
        '{"dtype": "float32", "shape": [1], "rows": 2}]}'
    )
    (tmp_path / "1-1.jsonl").write_text(f'{call}\n{{"without_gradient": ["w"]}}\n{call[:40]}')
    (tmp_path / "1-1.f64").write_bytes(array("d", [1, 2, 3, 4, 5, 6]).tobytes() + b"\0\0\0")
    record = read_records(str(tmp_path))
    assert record.without_gradient == {"w"}
    ((place, calls),) = record.sites.items()
    assert place == (os.path.realpath("/a.py"), 3)
    assert (calls.calls, calls.seconds) == (1, 0.5)
    assert [list(row) for row in calls.rows] == [[1, 2, 5], [3, 4, 6]]
    assert calls.shapes == [(3,), (3,)]
