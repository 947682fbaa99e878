"""What the documentation looks like: on a telephone and a desktop, in the light and in the dark."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from site_browser import Visits, waited_for

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = {"telephone": 390, "desktop": 1400}
PALETTES = {"light": "default", "dark": "slate"}
LOOKED_AT = ["", "when-predict-pays/", "settings/", "ci/", "rules/", "rules/predict-per-sample/", "playground/"]
MEASURED = (Path(__file__).parent / "page_measures.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=[f"{width}-{palette}" for width in WIDTHS for palette in PALETTES])
def screen(request: pytest.FixtureRequest, server: Visits, browser: Any) -> Iterator[str]:
    """A screen of one width that prefers one palette."""
    width, palette = request.param.split("-")
    size = {"width": WIDTHS[width], "height": 844, "deviceScaleFactor": 1, "mobile": width == "telephone"}
    prefers = {"features": [{"name": "prefers-color-scheme", "value": palette}]}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", prefers)
    browser.get(server.address)
    browser.execute_script("localStorage.clear()")  # the palette that a page before has kept
    browser.refresh()
    yield request.param
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


@pytest.mark.sampled(4)
@pytest.mark.parametrize("page", LOOKED_AT)
def test_a_page_can_be_read_on_every_screen(
    page: str, screen: str, server: Visits, browser: Any, tmp_path: Path
) -> None:
    """Contrast, words and width are measured; `SCREENSHOTS=folder` keeps the pictures to be looked at."""
    browser.get(f"{server.address}/{page}")
    # A tab that is left while its Python loads may crash.
    waited_for(browser, "article:not(:has([data-state=loading])) h1")
    assert browser.execute_script("return document.body.dataset.mdColorScheme") == PALETTES[screen.partition("-")[2]]
    measured = browser.execute_script(MEASURED)
    assert measured["texts"] > 15
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
