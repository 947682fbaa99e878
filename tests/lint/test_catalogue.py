"""The rules are the same everywhere: in the code, the texts, the changelog and the documentation's navigation."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from lint_rules.rules.pages import OWN_PAGES, catalogue, codes_of
from lint_rules.rules.registry import RULES
from pytest_keras_inference.vocabulary import TEXTS

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """The hook that makes the rule pages of the documentation."""
    spec = importlib.util.spec_from_file_location("rule_pages", ROOT / "docs" / "hooks" / "rule_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def navigation(hook: ModuleType) -> list[str]:
    """The codes of the rules that the documentation's navigation names, in order."""
    assert re.search(r"^  - Rules: rules/index\.md$", (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    config = SimpleNamespace(nav=[{"Home": "index.md"}, {"Rules": "rules/index.md"}])
    (index, *families) = hook.on_config(config).nav[1]["Rules"]
    assert index == "rules/index.md"
    code_of = {text.name: code for code, text in TEXTS.items()}
    return [code_of[name] for family in families for pages in family.values() for page in pages for name in page]


def test_every_rule_is_in_all_places(hook: ModuleType) -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    places = {
        "registry": {rule.code for rule in RULES},
        "changelog": set(re.findall(r"\bKI\d{3}\b", changelog)) - set(OWN_PAGES),
        "navigation": set(navigation(hook)) - set(OWN_PAGES),
        "rule --all": set(re.findall(r"^KI\d{3}", catalogue(codes_of()), re.MULTILINE)) - set(OWN_PAGES),
    }
    assert places == dict.fromkeys(places, set(TEXTS) - set(OWN_PAGES))


def test_the_navigation_is_in_order(hook: ModuleType) -> None:
    assert navigation(hook) == sorted(TEXTS)


def test_every_rule_has_a_family_and_a_page(hook: ModuleType) -> None:
    pages = dict(hook.generated(ROOT))
    assert {code[:3] for code in TEXTS} == set(hook.FAMILIES)
    for code, text in TEXTS.items():
        title, _, facts, *_ = pages[f"rules/{text.name}.md"].splitlines()
        assert title == f"# {text.name} ({code})"
        assert facts.startswith(f"**{text.severity}** · ")
        assert (
            f"| {code} | [{text.name}]({text.name}.md) | {text.severity} | {text.summary} |" in pages["rules/index.md"]
        )


@pytest.mark.parametrize(
    ("text", "source", "linked"),
    [
        ("see KI101.", "ci.md", "see [KI101](rules/predict-breaks-gradient.md)."),
        ("see KI101.", "rules/predict-under-tape.md", "see [KI101](predict-breaks-gradient.md)."),
        ("see KI101.", "plugin/gradient_check.md", "see [KI101](../rules/predict-breaks-gradient.md)."),
        ("this is KI101.", "rules/predict-breaks-gradient.md", "this is KI101."),
        ("| KI9 | KI999 |", "ci.md", "| KI9 | KI999 |"),
        ("# KI101\n`# noqa: KI101` [KI101](x.md)", "ci.md", "# KI101\n`# noqa: KI101` [KI101](x.md)"),
        ("```text\nKI101\n```", "ci.md", "```text\nKI101\n```"),
    ],
)
def test_codes_become_links_outside_code_and_links(hook: ModuleType, text: str, source: str, linked: str) -> None:
    assert hook.linked(text, source) == linked
