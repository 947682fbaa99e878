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
        ("EVERYTHING=true", "tests/fuzz/test_everything_installed.py"),
        ("EXAMPLES=2000", "tests/fuzz/test_generated_programs.py"),
    ],
)
def test_a_variable_that_makes_tests_do_more_is_one_that_they_read(name: str, path: str) -> None:
    named = re.findall(r"`([A-Z_]+=\w+) \S*python -m pytest", TEXT)
    assert sorted(named) == ["EVERYTHING=true", "EVERY_LAYER=true", "EXAMPLES=2000"]
    assert name in named
    assert f'os.environ.get("{name.partition("=")[0]}", "' in (ROOT / path).read_text("utf-8")


def test_the_folders_are_those_of_the_linter() -> None:
    rows = re.findall(r"^\| `(\w+)/` \|", TEXT, re.MULTILINE)
    assert sorted(rows) == sorted(init.parent.name for init in (ROOT / "lint_rules").glob("*/__init__.py"))
