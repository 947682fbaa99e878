"""What several rules look for in the text of a file before it is parsed."""

from __future__ import annotations

import re

from lint_rules.rules.base import Glance

_CALL = re.compile(r"\.[\s\\]*(?:predict|evaluate|test_on_batch)\w*\s*\(")


def has_call_site(glance: Glance) -> bool:
    """Whether a method of the predict family is called on anything."""
    return _CALL.search(glance.text) is not None
