"""The documentation site: built with warnings as errors, complete, and looked at with a real browser.

Needs mkdocs-material (`pip install '.[docs]'`) and, for the browser's part, selenium and Chromium with its driver;
without them the tests are skipped, and fail where CI=true.
"""

from __future__ import annotations

import html
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lint_rules.output import links
from lint_rules.rules.pages import OWN_PAGES
from lint_rules.rules.registry import RULES
from pytest_keras_inference.vocabulary import TEXTS

ROOT = Path(__file__).resolve().parents[1]
CODES = sorted({*OWN_PAGES, *(rule.code for rule in RULES)})
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1400,900",
)


def needs(there: bool, what: str) -> None:
    """Skip, or fail in CI, where something is missing."""
    if not there:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{what}, which CI must have")
        pytest.skip(what)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the site, built now; a warning (a dead link, a page that the navigation forgot) fails."""
    needs(importlib.util.find_spec("material") is not None, "needs mkdocs-material: pip install '.[docs]'")
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        # Not --quiet: it hides warnings from --strict too.
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT), "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


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
    sources = [path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")]
    assert [str(source) for source in sources if not (site / source.with_suffix("") / "index.html").exists()] == [
        "index.md"
    ]
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


@dataclass
class Visits:
    """A server of the site, with what was asked of it and not there."""

    address: str
    missing: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def server(site: Path) -> Iterator[Visits]:
    """The site on a port of this machine."""

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            if len(args) > 1 and str(args[1]) == "404":
                visits.missing.append(str(args[0]))

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(site))) as http:
        visits = Visits(f"http://127.0.0.1:{http.server_port}")
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield visits
        http.shutdown()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A headless Chromium with a new profile that can reach nothing but this machine."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    driver = shutil.which("chromedriver")
    needs(bool(chromium and driver), "needs Chromium: apt-get install chromium chromium-driver")
    needs(importlib.util.find_spec("selenium") is not None, "needs selenium: pip install '.[test]'")
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = chromium or ""
    profile = tmp_path_factory.mktemp("browser")
    for flag in (*FLAGS, f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    chrome = Chrome(options, Service(driver))
    yield chrome
    chrome.quit()


def complaints(browser: Any) -> list[str]:
    """What the browser's console holds since the last question: failed loads, errors of scripts."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def waited_for(browser: Any, selector: str) -> list[Any]:
    """The elements of a selector, once there are any.

    Raises:
        TimeoutException: none within 20 seconds.
    """
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    found = WebDriverWait(browser, 20).until(lambda b: b.find_elements(By.CSS_SELECTOR, selector))
    return list(found)


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


# What it looks like

WIDTHS = {"telephone": 390, "desktop": 1400}
PALETTES = {"light": "default", "dark": "slate"}
LOOKED_AT = ["", "when-predict-pays/", "settings/", "ci/", "rules/", "rules/predict-per-sample/"]
MEASURED = (Path(__file__).parent / "page_measures.js").read_text(encoding="utf-8")


@pytest.fixture(params=[f"{width}-{palette}" for width in WIDTHS for palette in PALETTES])
def screen(request: pytest.FixtureRequest, browser: Any) -> Iterator[str]:
    """A screen of one width that prefers one palette."""
    width, palette = request.param.split("-")
    size = {"width": WIDTHS[width], "height": 844, "deviceScaleFactor": 1, "mobile": width == "telephone"}
    prefers = {"features": [{"name": "prefers-color-scheme", "value": palette}]}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", prefers)
    yield request.param
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.parametrize("page", LOOKED_AT)
def test_a_page_can_be_read_on_every_screen(
    page: str, screen: str, server: Visits, browser: Any, tmp_path: Path
) -> None:
    """Contrast, words and width are measured; `SCREENSHOTS=folder` keeps the pictures to be looked at."""
    browser.get(f"{server.address}/{page}")
    browser.execute_script("localStorage.clear()")  # the palette that a page before has kept
    browser.refresh()
    waited_for(browser, "article h1")
    assert browser.execute_script("return document.body.dataset.mdColorScheme") == PALETTES[screen.partition("-")[2]]
    measured = browser.execute_script(MEASURED)
    assert measured["texts"] > 20
    assert measured["faint"] == []
    assert measured["broken"] == []
    assert measured["wider"] == 0
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    picture = folder / f"{page.strip('/').replace('/', '-') or 'index'}-{screen}.png"
    browser.save_screenshot(str(picture))
    assert picture.stat().st_size > 10_000


def test_the_first_screen_shows_code_finding_and_fix(server: Visits, browser: Any) -> None:
    browser.get(server.address)
    blocks = waited_for(browser, "article .highlight")[:3]
    assert "model.predict(x)" in blocks[0].text
    assert "KI101 predict-breaks-gradient" in blocks[1].text
    assert "+        error = model(x, training=True) - y" in blocks[2].text
    end = browser.execute_script("return arguments[0].getBoundingClientRect().bottom", blocks[2])
    assert end <= 900


def test_pages_lead_to_the_next_and_the_one_before(server: Visits, browser: Any) -> None:
    browser.get(f"{server.address}/quick-start/")
    before, after = waited_for(browser, ".md-footer__link")
    assert [link.get_attribute("href").rstrip("/").rpartition("/")[2] for link in (before, after)] == [
        server.address.rpartition("/")[2],
        "tutorial",
    ]


def test_words_of_code_are_kept_whole() -> None:
    spec = importlib.util.spec_from_file_location("code_words", ROOT / "docs" / "hooks" / "code_words.py")
    assert spec is not None
    assert spec.loader is not None
    code_words = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(code_words)
    assert code_words.whole_words("<p><code>--min-confidence certain</code> a-b</p>") == (
        '<p><code><span class="word">--min-confidence</span> certain</code> a-b</p>'
    )
    same = f"<pre><code>a-b</code></pre><code>{'a-' * 20}</code><code>plain</code>"
    assert code_words.whole_words(same) == same
