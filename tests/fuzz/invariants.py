"""What holds for any program, whatever it says: each law takes files (name to text) and raises where it is broken."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from keras_programs import parses

from lint_rules.commands.fixing import fix
from lint_rules.config.settings import Overrides, Selection
from lint_rules.findings.diagnostics import Diagnostic, Location
from lint_rules.findings.report import Report
from lint_rules.rules.registry import RULES
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.run.session import Rerun

ALL = tuple(rule.code for rule in RULES)

Files = Mapping[str, str]


@contextmanager
def folder_of(files: Files) -> Iterator[Path]:
    """A folder that holds the files and nothing else, line ends as they are written."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            (Path(folder) / name).write_text(text, encoding="utf-8", newline="")
        yield Path(folder)


def request(path: Path) -> Request:
    """Every rule, with fixes."""
    return Request((str(path),), overrides=Overrides(selection=Selection(ALL)), fixes=True)


def findings(files: Files) -> tuple[Diagnostic, ...]:
    """All findings. They are sound, the same when asked again, and each file alone has those of the whole run."""
    with folder_of(files) as folder:
        report = check(request(folder))
        assert_sound(report, folder)
        assert check(request(folder)) == report
        for name in files:
            path = folder / name
            alone = check(request(path)).diagnostics
            assert alone == tuple(found for found in report.diagnostics if found.location.filename == str(path))
        return report.diagnostics


def assert_sound(report: Report, folder: Path) -> None:
    """No rule failed, and all that is told lies in the files that it speaks of."""
    assert not report.failures, report.failures[0]
    texts = {str(path): path.read_text(encoding="utf-8") for path in folder.iterdir()}
    lines = {name: text.split("\n") for name, text in texts.items()}
    for found in report.diagnostics:
        assert found.code in ALL, found
        _assert_within(found.location, lines)
        for step in found.trace:
            _assert_within(step.location, lines)
        for edit in found.fix.edits if found.fix is not None else ():
            _assert_within(Location(found.location.filename, edit.start, edit.end), lines, empty=True)


def _assert_within(place: Location, lines: Mapping[str, Sequence[str]], empty: bool = False) -> None:
    rows = lines[place.filename]
    assert place.start < place.end or (empty and place.start == place.end), place
    for position in (place.start, place.end):
        assert 1 <= position.row <= len(rows), place
        assert 1 <= position.column <= len(rows[position.row - 1]) + 1, place


def assert_fixable(files: Files) -> None:
    """All fixes at once leave files that parse, drop nothing, and leave nothing to fix."""
    with folder_of(files) as folder:
        rerun = Rerun(request(folder))
        first = fix(rerun, rerun.report(), unsafe=True, write=True)
        assert first.notes == []
        for name in files:
            assert parses((folder / name).read_text(encoding="utf-8")), first.diff()
        rerun = Rerun(request(folder))
        assert fix(rerun, rerun.report(), unsafe=True, write=True).diff() == ""
