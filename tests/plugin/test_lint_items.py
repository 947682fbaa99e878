"""`--keras-lint`: Python files as test items, judged by one run of the command in a process of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_keras_inference.session import lint_run

ROOT = Path(__file__).resolve().parents[2]
BAD = "import keras\nm = keras.Sequential([keras.layers.Dense(1)])\nfor x in data:\n    y = m.predict(x[None])\n"
TEST = "def test_own():\n    pass\n"


@pytest.fixture
def files(pytester: pytest.Pytester) -> Callable[[dict[str, str]], None]:
    """Writes files by their paths."""

    def write(texts: dict[str, str]) -> None:
        for name, text in texts.items():
            path = pytester.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def asked(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[list[str]]]:
    """The command is noted each time it runs; the names of the files that each run was asked about."""
    log = pytester.path.parent / f"{pytester.path.name}.log"
    program = pytester.path.parent / f"{pytester.path.name}-command.py"
    program.write_text(
        "import io, runpy, sys\n"
        "data = sys.stdin.buffer.read()\n"
        f"open({str(log)!r}, 'ab').write(data + b'\\n')\n"
        "sys.stdin = io.TextIOWrapper(io.BytesIO(data))\n"
        f"runpy.run_path({str(lint_run.PROGRAM)!r}, run_name='__main__')\n",
        encoding="utf-8",
    )
    monkeypatch.setattr(lint_run, "COMMAND", (sys.executable, "-P", str(program)))

    def read() -> list[list[str]]:
        lines = log.read_text("utf-8").splitlines() if log.exists() else []
        return [
            [Path(path).relative_to(pytester.path).as_posix() for path in line.split("\0") if path] for line in lines
        ]

    return read


def test_one_item_a_file_and_findings_are_the_failure(
    pytester: pytest.Pytester, asked: Callable[[], list[list[str]]]
) -> None:
    pytester.makepyfile(bad=BAD, good="", test_own=TEST)
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
            "bad.py:4:9: KI201 predict-per-sample: predict() runs once per sample of `for x in data`*",
            "    bad.py:3: in this loop: for x in data",
            "=*",
        ],
        consecutive=True,
    )
    assert asked() == [["bad.py", "good.py", "test_own.py"]]


def test_without_the_option_there_are_no_items(pytester: pytest.Pytester, asked: Callable[[], list[list[str]]]) -> None:
    pytester.makepyfile(bad=BAD, test_own=TEST)
    pytester.runpytest().assert_outcomes(passed=1)
    assert asked() == []


def test_files_outside_testpaths_are_linted_too(
    pytester: pytest.Pytester, files: Callable[[dict[str, str]], None], asked: Callable[[], list[list[str]]]
) -> None:
    pytester.makeini("[pytest]\ntestpaths = tests\n")
    files({"tests/test_own.py": TEST, "src/agent/bad.py": BAD, "build/bad.py": BAD, ".hidden/bad.py": BAD})
    files({"env/lib/bad.py": BAD, "env/pyvenv.cfg": ""})
    pytester.runpytest("--keras-lint").assert_outcomes(passed=2, failed=1)
    assert asked() == [["tests/test_own.py", "src/agent/bad.py"]]


def test_named_folders_are_all_that_is_linted(
    pytester: pytest.Pytester, files: Callable[[dict[str, str]], None], asked: Callable[[], list[list[str]]]
) -> None:
    files({"src/one.py": "", "other/two.py": ""})
    pytester.runpytest("--keras-lint", "src").assert_outcomes(passed=1)
    assert asked() == [["src/one.py"]]


@pytest.mark.parametrize(
    ("options", "files_asked"),
    [
        (["-m", "keras_lint"], [["bad.py", "good.py", "test_own.py"]]),
        (["-k", "good and keras-lint"], [["good.py"]]),
        (["-m", "not keras_lint"], []),
        (["--co"], []),
    ],
    ids=str,
)
def test_only_what_is_selected_is_linted(
    pytester: pytest.Pytester,
    asked: Callable[[], list[list[str]]],
    options: list[str],
    files_asked: list[list[str]],
) -> None:
    pytester.makepyfile(bad=BAD, good="", test_own=TEST)
    pytester.runpytest("--keras-lint", *options)
    assert asked() == files_asked


def test_all_of_them_are_counted(pytester: pytest.Pytester, files: Callable[[dict[str, str]], None]) -> None:
    pytester.makeini("[pytest]\ntestpaths = tests\n")
    files({"tests/test_own.py": TEST, "src/one.py": "", "src/two.py": ""})
    pytester.runpytest("--keras-lint", "--co", "-q").stdout.fnmatch_lines(["4 tests collected in *"])


def test_nothing_that_is_linted_is_imported_nor_a_package_above_it(
    pytester: pytest.Pytester, files: Callable[[dict[str, str]], None]
) -> None:
    explodes = "raise RuntimeError('imported')\n"
    files({"pkg/__init__.py": explodes, "pkg/sub/__init__.py": explodes, "pkg/sub/agent.py": explodes})
    pytester.runpytest("--keras-lint", "pkg").assert_outcomes(passed=3)
    pytester.runpytest("--keras-lint").assert_outcomes(passed=3)


def test_the_settings_of_the_linter_hold(pytester: pytest.Pytester, files: Callable[[dict[str, str]], None]) -> None:
    files({"old/bad.py": BAD, "bad.py": BAD, "told.py": BAD.replace("[None])", "[None])  # noqa: KI201")})
    files({"pyproject.toml": '[tool.keras-inference]\nexclude = ["old"]\nignore = ["KI202"]\n'})
    result = pytester.runpytest("--keras-lint", "-q")
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["FAILED bad.py::keras-lint*"])


def test_what_is_shown_as_information_fails_nobody(
    pytester: pytest.Pytester, files: Callable[[dict[str, str]], None]
) -> None:
    batches = BAD.replace("for x in data:", "for i in range(0, 900, 32):").replace("x[None]", "data[i : i + 32]")
    files({"batches.py": batches, "pyproject.toml": '[tool.keras-inference]\nseverity = "info"\n'})
    pytester.runpytest("--keras-lint").assert_outcomes(passed=1)


def test_wrong_settings_are_the_failure_of_every_item(
    pytester: pytest.Pytester, files: Callable[[dict[str, str]], None]
) -> None:
    files({"one.py": BAD, "two.py": BAD, "pyproject.toml": '[tool.keras-inference]\nseverity = "loud"\n'})
    result = pytester.runpytest("--keras-lint")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["keras-inference: error: *pyproject.toml*severity*loud*"])


def test_wrong_settings_of_a_folder_are_the_failure_of_what_is_in_it(
    pytester: pytest.Pytester, files: Callable[[dict[str, str]], None]
) -> None:
    files({"one.py": "", "old/two.py": "", "old/pyproject.toml": '[tool.keras-inference]\nseverity = "loud"\n'})
    result = pytester.runpytest("--keras-lint", "-v")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["old/two.py::keras-lint FAILED*"])


def test_the_command_that_ends_without_a_word_is_told(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lint_run, "COMMAND", (sys.executable, "-c", "raise SystemExit(3)"))
    pytester.makepyfile(good="")
    result = pytester.runpytest("--keras-lint")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["the linter ended with exit code 3 and without a report"])


def test_names_that_are_no_plain_text_are_linted_and_shown_escaped(pytester: pytest.Pytester) -> None:
    for name in ("a\n::error::b.py", "c\x1b[2Jd.py", " e\u2028f.py", "::notice::g.py"):
        try:
            (pytester.path / name).write_text(BAD, encoding="utf-8")
        except OSError:
            pytest.skip("this file system has no such names")
    result = pytester.runpytest("--keras-lint", "-q")
    result.assert_outcomes(failed=4)
    lines = [line for line in result.stdout.lines if ":4:9: KI201 predict-per-sample" in line]
    places = {line.partition(":4:9: ")[0] for line in lines if not line.startswith("FAILED ")}
    assert places == {" e\\u2028f.py", "a\\n::error::b.py", "c\\x1b[2Jd.py", "\\x3a:notice::g.py"}
    assert not [line for line in result.outlines if line.lstrip().startswith("::") or not line.isprintable()]


def test_the_workers_of_xdist_share_one_run(pytester: pytest.Pytester, asked: Callable[[], list[list[str]]]) -> None:
    pytester.makepyfile(bad=BAD, one="x = 1\n", two="y = 2\n")
    pytester.makeconftest(
        f"from pytest_keras_inference.session import lint_run\nlint_run.COMMAND = {lint_run.COMMAND!r}\n"
    )
    result = pytester.runpytest_subprocess("-n", "2", "--keras-lint", "-v")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines_random(
        ["*PASSED one.py::keras-lint*", "*PASSED two.py::keras-lint*", "*FAILED bad.py::keras-lint*"]
    )
    assert asked() == [["bad.py", "conftest.py", "one.py", "two.py"]]


def test_a_project_may_have_a_package_lint_rules_of_its_own(
    pytester: pytest.Pytester, files: Callable[[dict[str, str]], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its tests use Keras and import that package, and its files are linted beside."""
    pytest.importorskip("keras")
    monkeypatch.setenv("PYTHONPATH", f".{os.pathsep}{ROOT}")
    files({"lint_rules/__init__.py": "RULES = ['theirs']\n", "agent.py": BAD})
    files({"test_own.py": "import keras, lint_rules\n\n\ndef test():\n    assert lint_rules.RULES == ['theirs']\n"})
    result = pytester.runpytest_subprocess("--keras-lint", "--keras-inference=strict")
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(["agent.py:4:9: KI201 predict-per-sample: predict() runs once per sample of *"])
