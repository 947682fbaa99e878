"""What CONTRIBUTING.md names exists."""

from __future__ import annotations

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"(?<![\w*/.])(?:\.ci|lint_rules|pytest_keras_inference|tests)/[\w./]*(?![\w…])", TEXT)))


@pytest.mark.parametrize("path", NAMED)
def test_a_file_or_folder_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_files_of_many_kinds_are_named() -> None:
    assert {
        ".ci/run",
        "pytest_keras_inference/vocabulary.py",
        "lint_rules/fixes/",
        "tests/lint/test_rule_pages.py",
    } <= set(NAMED)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("EVERY_LAYER=true", "tests/plugin/test_modes_every_layer.py"),
        ("EVERY_TWIN=true", "tests/plugin/test_every_twin.py"),
        ("EVERY_WAY=true", "tests/plugin/ways.py"),
        ("EVERYTHING=true", "tests/sampling.py"),
        ("EVERY_PROGRAM=true", "tests/oracle/test_oracle.py"),
        ("EXAMPLES=2000", "tests/fuzz/test_generated_programs.py"),
    ],
)
def test_a_variable_that_makes_tests_do_more_is_one_that_they_read(name: str, path: str) -> None:
    named = re.findall(r"`([A-Z_]+=\w+) \S*python -m pytest", TEXT)
    assert sorted(named) == [
        "EVERYTHING=true",
        "EVERY_LAYER=true",
        "EVERY_PROGRAM=true",
        "EVERY_TWIN=true",
        "EVERY_WAY=true",
        "EXAMPLES=2000",
        "VERIFIED_PROGRAMS=500",
    ]
    assert name in named
    assert f'os.environ.get("{name.partition("=")[0]}", "' in (ROOT / path).read_text("utf-8")


def rows(head: str) -> list[str]:
    """The names in the first column of a table of the text."""
    (table,) = re.findall(rf"^\| {re.escape(head)} \|.*\n\|[-|]+\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    return sorted(name for row in table.splitlines() for name in re.findall(r"`([\w/]+)`", row.split("|")[1]))


@pytest.mark.parametrize("package", ["lint_rules", "pytest_keras_inference"])
def test_the_folders_are_those_of_the_packages(package: str) -> None:
    assert rows(f"folder of `{package}`") == sorted(
        f"{init.parent.name}/" for init in (ROOT / package).glob("*/__init__.py")
    )


def test_the_modules_of_a_run_are_there() -> None:
    named, there = set(rows("module of `run`")), {path.stem for path in (ROOT / "lint_rules/run").glob("*.py")}
    assert named <= there
    assert there - named == {"__init__", "failures", "progress", "triage", "workers"}  # what several of them use
