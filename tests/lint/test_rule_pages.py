"""Every rule page keeps its word: its example is found, what it says to use instead is not, no code is forgotten."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import lint_rules
from lint_rules.rules.base import Rule
from lint_rules.rules.pages import OWN_PAGES
from lint_rules.rules.registry import RULES
from pytest_keras_inference.vocabulary import TEXTS

ROOT = Path(__file__).parents[2]
ALL = tuple(rule.code for rule in RULES)
EVERY_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADINGS = ("## What it does", "## Why is this bad?", "## Example", "## Fix safety")


def wrong(rule: Rule) -> str:
    """The first example of the page."""
    return BLOCK.findall(rule.page.partition("## Example")[2])[0]


def right(rule: Rule) -> str:
    """The example below "Use instead:"."""
    return BLOCK.findall(rule.page.partition("Use instead:")[2])[0]


def codes_in(code: str, folder: Path) -> set[str]:
    """The codes that any rule reports in a piece of code."""
    (folder / "example.py").write_text(code, encoding="utf-8")
    return {found.code for found in lint_rules.check_paths([folder], select=ALL)}


@EVERY_RULE
def test_the_title_is_the_name_and_the_code(rule: Rule) -> None:
    assert rule.page.splitlines()[0] == f"# {rule.name} ({rule.code})"


@EVERY_RULE
def test_the_page_has_its_headings_in_order(rule: Rule) -> None:
    headings = [line for line in rule.page.splitlines() if line.startswith("## ")]
    assert [heading for heading in headings if heading in HEADINGS] == list(HEADINGS)
    assert set(headings) <= {*HEADINGS, "## When not to", "## Known problems", "## References"}


@EVERY_RULE
def test_the_example_is_found_and_nothing_else_in_it(rule: Rule, tmp_path: Path) -> None:
    assert codes_in(wrong(rule), tmp_path) == {rule.code}


@EVERY_RULE
def test_what_to_use_instead_is_not_found(rule: Rule, tmp_path: Path) -> None:
    ast.parse(right(rule))
    assert rule.code not in codes_in(right(rule), tmp_path)


@EVERY_RULE
def test_what_to_use_instead_is_no_other_mistake(rule: Rule, tmp_path: Path) -> None:
    severe = {found for found in codes_in(right(rule), tmp_path) if TEXTS[found].severity != "info"}
    assert severe == set()


@EVERY_RULE
def test_the_triggers_are_in_the_example(rule: Rule) -> None:
    words = set(re.findall(r"\w+", wrong(rule)))
    assert rule.triggers & words


def registered() -> list[str]:
    return [rule.code for rule in RULES]


def written() -> set[str]:
    folder = Path(lint_rules.__file__).parent / "rules"
    return {path.stem.upper() for path in folder.glob("ki*.py")}


def announced() -> set[str]:
    return set(re.findall(r"\bKI\d{3}\b", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))) - set(OWN_PAGES)


def test_codes_are_registered_once_and_in_order() -> None:
    assert registered() == sorted(set(registered()))


def test_every_rule_file_is_registered() -> None:
    assert set(registered()) == written()


def test_every_registered_rule_has_its_texts_and_is_in_the_changelog() -> None:
    assert set(registered()) - set(TEXTS) == set()
    assert set(registered()) - announced() == set()


def test_the_changelog_announces_the_rules_that_have_texts() -> None:
    assert announced() == set(TEXTS) - set(OWN_PAGES)


def test_every_rule_that_is_announced_is_registered() -> None:
    assert set(registered()) == set(TEXTS) - set(OWN_PAGES)
