"""The examples on the pages of KI301 to KI307: the first block is reported under the page's code, the one after
"Use instead:" under none of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

import lint_rules
from lint_rules.rules.base import Rule
from lint_rules.rules.registry import RULES

Write = Callable[[dict[str, str]], Path]
MODE_RULES = [rule for rule in RULES if rule.code.startswith("KI30")]
HEADINGS = ["What it does", "Why is this bad?", "Example", "When not to", "Fix safety"]


EVERY = [rule.code for rule in MODE_RULES]


def codes(folder: Path) -> set[str]:
    """The mode rules that report something, those that are info too: they are selected by their codes."""
    return {diagnostic.code for diagnostic in lint_rules.check_paths([folder], select=EVERY)}


def test_there_are_seven() -> None:
    assert [rule.code for rule in MODE_RULES] == [f"KI30{number}" for number in range(1, 8)]


@pytest.mark.parametrize("rule", MODE_RULES, ids=lambda rule: rule.code)
def test_the_examples_show_what_the_page_says(rule: Rule, project: Write) -> None:
    wrong, right = re.findall(r"```python\n(.*?)```", rule.page, re.DOTALL)[:2]
    assert "Use instead:" in rule.page.partition(wrong)[2].partition(right)[0]
    assert rule.code in codes(project({"example.py": wrong}))
    assert codes(project({"example.py": right})) == set()


@pytest.mark.parametrize("rule", MODE_RULES, ids=lambda rule: rule.code)
def test_the_page_has_its_headings(rule: Rule) -> None:
    found = re.findall(r"^## (.*)$", rule.page, re.MULTILINE)
    assert found[: len(HEADINGS)] == HEADINGS
    assert rule.page.startswith(f"# {rule.name} ({rule.code})\n")
