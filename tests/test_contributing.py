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
    assert {".ci/run", "lint_rules/codes.py", "lint_rules/fixes/", "tests/lint/test_rule_pages.py"} <= set(NAMED)


def test_the_variable_that_runs_every_layer_is_the_one_that_the_tests_read() -> None:
    (name,) = re.findall(r"`([A-Z_]+)=true \S*python -m pytest", TEXT)
    assert f'os.environ.get("{name}", "")' in (ROOT / "tests/plugin/test_modes_every_layer.py").read_text("utf-8")


def test_the_folders_are_those_of_the_linter() -> None:
    rows = re.findall(r"^\| `(\w+)/` \|", TEXT, re.MULTILINE)
    assert sorted(rows) == sorted(init.parent.name for init in (ROOT / "lint_rules").glob("*/__init__.py"))
