"""Options of `check` that exclude each other are told, with both names and the way out; all others go together."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from itertools import combinations
from pathlib import Path

import pytest

from lint_rules.cli import main
from lint_rules.commands.exclusive import EXCLUSIONS, conflict
from lint_rules.config.keys import FORMATS

WRONG = "import keras\n\nm = keras.Sequential()\ny = m.predict(x, training=False)\n"

OPTIONS: Mapping[str, list[str]] = {
    name: name.split()
    for name in (
        "--watch",
        "--diff",
        "--fix",
        "--add-noqa",
        "--add-ignore",
        "--write-baseline",
        "--show-files",
        "--show-settings",
        "--statistics",
        "--ignore-noqa",
        "--unsafe-fixes",
        "--exit-zero",
        "--no-progress",
        "--force-exclude",
        *(f"--output-format {name}" for name in FORMATS),
        "-",
    )
} | {
    "--output-file": ["--output-file", "report.txt"],
    "--stdin-filename": ["--stdin-filename", "b.py"],
    "--baseline": ["--baseline", "known.json"],
    "--since": ["--since", "HEAD"],
    "--verify": ["--fix", "--verify", "true"],
    "--fail-on": ["--fail-on", "error"],
    "--summary-file": ["--summary-file", "summary.md"],
    "--select": ["--select", "KI4"],
    "--exclude": ["--exclude", "other"],
    "--jobs": ["--jobs", "1"],
    "--file-timeout": ["--file-timeout", "60"],
    "--cache-dir": ["--cache-dir", "kept"],
}
"""Every option that changes what `check` does, as it is written."""

KEEPS = {"--add-noqa", "--add-ignore", "--write-baseline"}
FOR_ONE_RUN = {"--diff", *KEEPS, "--show-files", "--show-settings"}
CHECKS = {"--fix", *KEEPS, "--diff", "--statistics"}
NO_REPORT = {"--statistics", "--output-file", "--summary-file", "-", "--stdin-filename"}
NO_NUMBERS = ("concise", "jsonl", "sarif", "github", "gitlab", "junit", "markdown")
EXCLUDED: Mapping[str, set[str]] = {
    "--watch": FOR_ONE_RUN,
    "--diff": {"--watch", *KEEPS, "--statistics", "--summary-file", "--show-files", "--show-settings"},
    "--fix": {*KEEPS, "--show-files", "--show-settings"},
    "--add-noqa": {"--add-ignore", "--ignore-noqa", "--write-baseline", *NO_REPORT},
    "--add-ignore": {"--ignore-noqa", "--write-baseline", *NO_REPORT},
    "--write-baseline": {"--since", *NO_REPORT},
    "--show-files": {*CHECKS, "--summary-file", "--show-settings"},
    "--show-settings": {*CHECKS, "--summary-file"},
    "--fail-on": {"--exit-zero"},
    "--verify": {"--watch", *KEEPS, "--show-files", "--show-settings", "-", "--stdin-filename"},
    "--statistics": {f"--output-format {name}" for name in NO_NUMBERS},
}
"""Written down a second time on purpose: what the table of the command says is what is meant."""


def excluded_pairs() -> set[frozenset[str]]:
    return {frozenset({option, other}) for option, others in EXCLUDED.items() for other in others}


def all_pairs() -> Iterator[tuple[str, str]]:
    for one, other in combinations(OPTIONS, 2):
        if one.split()[0] != other.split()[0]:  # an option that is given twice
            yield one, other


def test_the_table_is_what_is_meant() -> None:
    table = {frozenset({row.option, other}) for row in EXCLUSIONS for other in row.others}
    assert table == excluded_pairs()
    assert {name for pair in table for name in pair} <= OPTIONS.keys()


@pytest.mark.parametrize(("one", "other"), list(all_pairs()), ids=str)
def test_every_pair(one: str, other: str) -> None:
    message = conflict([one, other])
    assert message == conflict([other, one])
    assert (message is not None) == ({one, other} in excluded_pairs())
    if message is not None:
        first, _, rest = message.partition(": ")
        second = rest[: len(one if first == other else other)]
        assert {first, second} == {one, other}
        assert message.endswith(f"omit {second} or {first}")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, str]]:
    """A folder with something to fix; what is in its files now."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(WRONG.encode()), encoding="utf-8"))
    Path("a.py").write_text(WRONG, encoding="utf-8")
    return lambda: {path.name: path.read_text("utf-8") for path in sorted(tmp_path.iterdir()) if path.is_file()}


@pytest.mark.parametrize(("one", "other"), sorted(map(sorted, excluded_pairs())), ids=str)
def test_an_excluded_pair_ends_with_2_and_nothing_is_touched(
    project: Callable[[], dict[str, str]], capsys: pytest.CaptureFixture[str], one: str, other: str
) -> None:
    before = project()
    assert main(["check", *OPTIONS[one], *OPTIONS[other]]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("keras-inference: error: ")
    assert one in err
    assert other in err
    assert project() == before


@pytest.mark.parametrize(
    ("one", "other"),
    [pair for pair in all_pairs() if set(pair) not in excluded_pairs() and "--watch" not in pair],
    ids=str,
)
def test_an_allowed_pair_runs(
    project: Callable[[], dict[str, str]], capsys: pytest.CaptureFixture[str], one: str, other: str
) -> None:
    Path("known.json").write_text('{"version": 1, "findings": []}', encoding="utf-8")
    if "--since" in (one, other):
        for command in ("init -q", "-c user.name=a -c user.email=a@b.c commit -q --allow-empty -m m"):
            subprocess.run(["git", *command.split()], check=True)
    code = main(["check", "--no-cache", *OPTIONS[one], *OPTIONS[other]])
    assert code in (0, 1), capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--fix"], ["--unsafe-fixes"], ["--output-format", "json"], ["--exit-zero"]])
def test_a_diff_changes_nothing(project: Callable[[], dict[str, str]], more: list[str]) -> None:
    before = project()
    assert main(["check", "--no-cache", "--diff", *more]) == (0 if "--exit-zero" in more else 1)
    assert project() == before


def test_a_name_for_standard_input_that_is_not_read(
    project: Callable[[], dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--stdin-filename", "b.py", "a.py"]) == 2
    assert capsys.readouterr().err == (
        "keras-inference: error: --stdin-filename b.py: names the text of standard input, and only a.py is to be read; "
        "write - to read standard input too, or omit --stdin-filename\n"
    )


@pytest.mark.parametrize("option", ["--fix", "--diff"])
def test_fixing_files_and_standard_input_at_once(
    project: Callable[[], dict[str, str]], capsys: pytest.CaptureFixture[str], option: str
) -> None:
    before = project()
    assert main(["check", option, "--stdin-filename", "b.py", "-", "a.py"]) == 2
    assert "files or standard input, not both at once; omit - or the paths" in capsys.readouterr().err
    assert project() == before
