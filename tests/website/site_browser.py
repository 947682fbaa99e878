"""What tests of the site ask of a browser."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import pytest


def needs(there: bool, what: str) -> None:
    """Skip, or fail in CI, where something is missing."""
    if not there:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{what}, which CI must have")
        pytest.skip(what)


@dataclass
class Visits:
    """A server of the site, with what was asked of it and not there."""

    address: str
    missing: list[str] = field(default_factory=list)


def complaints(browser: Any) -> list[str]:
    """What the browser's console holds since the last question: failed loads, errors of scripts."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def waited_for(browser: Any, selector: str) -> list[Any]:
    """The elements of a selector, once there are any.

    Raises:
        TimeoutException: none within 90 seconds.
    """
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    found = WebDriverWait(browser, 90).until(lambda b: b.find_elements(By.CSS_SELECTOR, selector))
    return list(found)
