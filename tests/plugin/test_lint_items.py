"""`--keras-lint`: Python files as test items. The linter itself is stood in for: it has its own tests."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

import lint_rules
from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Position, Severity, TraceStep


@pytest.fixture
def linter(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """A linter that finds predict on line 2 of every file whose name has `bad` in it; gives the files it was asked."""
    asked: list[Path] = []

    def check_paths(paths: Iterable[Path]) -> list[Diagnostic]:
        found: list[Diagnostic] = []
        for path in paths:
            asked.append(path)
            here = Location(str(path), Position(2, 5), Position(2, 20))
            for severity in (Severity.WARNING, Severity.INFO):
                if "bad" in path.name:
                    found.append(
                        Diagnostic(
                            "KI202",
                            "predict-per-step",
                            f"predict() runs once per step ({severity.value})",
                            severity,
                            Confidence.CERTAIN,
                            here,
                            (TraceStep(Location(str(path), Position(1, 1), Position(1, 9)), "in this loop"),),
                        )
                    )
        return found

    monkeypatch.setattr(lint_rules, "check_paths", check_paths, raising=False)
    return asked


def test_one_item_a_file_and_findings_are_the_failure(pytester: pytest.Pytester, linter: list[Path]) -> None:
    pytester.makepyfile(bad="for x in y:\n    m.predict(x)\n", good="", test_own="def test_own():\n    pass\n")
    result = pytester.runpytest("--keras-lint", "-v")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines_random(
        [
            "bad.py::keras-lint FAILED*",
            "good.py::keras-lint PASSED*",
            "test_own.py::keras-lint PASSED*",
            "test_own.py::test_own PASSED*",
        ]
    )
    result.stdout.fnmatch_lines(
        [
            "_* keras-lint: bad.py _*",
            "bad.py:2:5: KI202 predict-per-step: predict() runs once per step (warning)",
            "    bad.py:1: in this loop",
            "=*",
        ],
        consecutive=True,
    )


def test_without_the_option_there_are_no_items(pytester: pytest.Pytester, linter: list[Path]) -> None:
    pytester.makepyfile(bad="", test_own="def test_own():\n    pass\n")
    pytester.runpytest().assert_outcomes(passed=1)
    assert linter == []


def test_files_outside_testpaths_are_linted_too(pytester: pytest.Pytester, linter: list[Path]) -> None:
    pytester.makeini("[pytest]\ntestpaths = tests\n")
    for name in ("tests/test_own.py", "src/agent/bad.py", "build/bad.py", ".hidden/bad.py", "env/lib/bad.py"):
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    (pytester.path / "env" / "pyvenv.cfg").write_text("", encoding="utf-8")
    pytester.runpytest("--keras-lint").assert_outcomes(passed=1, failed=1)
    assert [path.relative_to(pytester.path).as_posix() for path in linter] == ["tests/test_own.py", "src/agent/bad.py"]


def test_named_folders_are_all_that_is_linted(pytester: pytest.Pytester, linter: list[Path]) -> None:
    for name in ("src/one.py", "other/two.py"):
        path = pytester.path / name
        path.parent.mkdir()
        path.write_text("", encoding="utf-8")
    pytester.runpytest("--keras-lint", "src").assert_outcomes(passed=1)
    assert [path.name for path in linter] == ["one.py"]


def test_the_marker_selects_them(pytester: pytest.Pytester, linter: list[Path]) -> None:
    pytester.makepyfile(test_own="def test_own():\n    pass\n")
    pytester.runpytest("--keras-lint", "-m", "keras_lint").assert_outcomes(passed=1, deselected=1)


def test_a_linted_file_is_never_imported(pytester: pytest.Pytester, linter: list[Path]) -> None:
    pytester.makepyfile(explodes="raise RuntimeError")
    pytester.runpytest("--keras-lint").assert_outcomes(passed=1)


def test_xdist_spreads_them(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(one="x = 1\n", two="y = 2\n")
    pytester.makeconftest("import lint_rules\nlint_rules.check_paths = lambda paths: []\n")
    result = pytester.runpytest_subprocess("-n", "2", "--keras-lint", "-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines_random(["*PASSED one.py::keras-lint*", "*PASSED two.py::keras-lint*"])
