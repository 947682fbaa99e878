"""Where the pages of the rules stand on the web."""

from __future__ import annotations

DOCS: str | None = None
"""The address of the documentation; None while it is not published: `keras-inference rule CODE` has every page."""


def rule_url(name: str) -> str | None:
    """The page of a rule, None where there is none."""
    return None if DOCS is None else f"{DOCS.rstrip('/')}/rules/{name}/"
