"""The documentation site: built with warnings as errors, complete, and opened in a real browser."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest
from site_browser import Visits, complaints, waited_for

from lint_rules.output import links
from lint_rules.rules.pages import OWN_PAGES
from lint_rules.rules.registry import RULES
from pytest_keras_inference.vocabulary import TEXTS

pytestmark = pytest.mark.sampled(2)

ROOT = Path(__file__).resolve().parents[2]
CODES = sorted({*OWN_PAGES, *(rule.code for rule in RULES)})


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def test_every_rule_has_its_page_where_the_findings_say(site: Path) -> None:
    for code in CODES:
        page = site / links.rule_url(TEXTS[code].name).removeprefix(f"{links.DOCS}/") / "index.html"
        assert f"{TEXTS[code].name} ({code})" in text_of(page)


def test_the_navigation_names_every_rule_and_no_other(site: Path) -> None:
    places = re.findall(r'<a href="rules/([\w-]+)/" class="md-nav__link">', text_of(site / "index.html"))
    assert places == [TEXTS[code].name for code in CODES]


def test_the_list_of_rules_is_the_registry(site: Path) -> None:
    rows = re.findall(r"<td>(KI\d{3})</td>\s*<td>(?:<[^>]+>)?([\w-]+)", text_of(site / "rules" / "index.html"))
    assert rows == [(code, TEXTS[code].name) for code in CODES]


def test_every_page_of_the_sources_is_in_the_site(site: Path) -> None:
    docs = ROOT / "docs"
    sources = [path.relative_to(docs) for path in docs.rglob("*.md") if "node_modules" not in path.parts]
    places = {source: source.parent if source.stem == "index" else source.with_suffix("") for source in sources}
    assert [str(source) for source, place in places.items() if not (site / place / "index.html").exists()] == []
    assert not list(site.rglob("*.py"))


def test_every_page_says_where_it_is_written(site: Path) -> None:
    for page in site.rglob("index.html"):
        (address,) = re.findall(r'<a href="([^"]+)" title="Edit this page"', text_of(page))
        assert (ROOT / address.partition("/edit/main/")[2]).is_file(), (page, address)


def test_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    loads = re.compile(
        r"""<(?:script|img|iframe|source)[^>]*\ssrc="?([^"\s>]+)|<link(?![^>]*\srel="?canonical)[^>]*\shref="?([^"\s>]+)"""
    )
    for page in site.rglob("*.html"):
        targets = [html.unescape(first or second) for first, second in loads.findall(text_of(page))]
        assert targets
        assert [target for target in targets if re.match(r"\w+:|//", target) and not target.startswith("data:")] == []
    for style in site.rglob("*.css"):
        assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//[^)]*", text_of(style)) == []


# With a browser


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("", ["batched inference", "Where to go"]),
        ("rules/", ["KI101", "predict-breaks-gradient", "KI403"]),
        ("rules/predict-breaks-gradient/", ["predict-breaks-gradient (KI101)", "Use instead:", "Fix safety"]),
        ("settings/", ["model-factories", "traced-decorators"]),
        ("tutorial/", ["class Agent", "Keep it green"]),
    ],
)
def test_a_page_opens_without_complaints(page: str, words: list[str], server: Visits, browser: Any) -> None:
    browser.get(f"{server.address}/{page}")
    (article,) = waited_for(browser, "article")
    assert [word for word in words if word not in article.text] == []
    assert (complaints(browser), server.missing) == ([], [])


def test_the_charts_are_drawn(server: Visits, browser: Any) -> None:
    browser.get(f"{server.address}/when-predict-pays/")
    charts = waited_for(browser, "article img")
    assert [Path(chart.get_attribute("src")).name for chart in charts] == [
        *("mlp.svg", "cnn.svg", "lstm.svg"),
        *("mlp_gpu.svg", "cnn_gpu.svg", "lstm_gpu.svg"),
    ]
    assert all(int(chart.get_attribute("naturalWidth")) > 300 for chart in charts)
    assert (complaints(browser), server.missing) == ([], [])


def test_the_search_finds_a_rule_by_its_code(server: Visits, browser: Any) -> None:
    browser.get(f"{server.address}/?q=KI204")
    results = [link.get_attribute("href") for link in waited_for(browser, "a.md-search-result__link")]
    assert any("/rules/loop-invariant-predict/" in result for result in results)
    assert (complaints(browser), server.missing) == ([], [])


def test_a_finding_leads_from_the_list_to_its_page(server: Visits, browser: Any) -> None:
    browser.get(f"{server.address}/rules/")
    link = next(link for link in waited_for(browser, "article td a") if link.text == "predict-per-sample")
    link.click()
    (title,) = waited_for(browser, "article h1")
    assert title.text.startswith("predict-per-sample (KI201)")
