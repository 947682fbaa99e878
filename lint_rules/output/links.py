"""Where the pages of the rules stand on the web."""

from __future__ import annotations

DOCS = "https://pytest-keras-inference.github.io/pytest-keras-inference"
"""The address of the documentation; `keras-inference rule CODE` prints the same pages."""


def rule_url(name: str) -> str:
    """The page of a rule."""
    return f"{DOCS}/rules/{name}/"
