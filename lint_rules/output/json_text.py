"""JSON that can be shown: what would act on a terminal, or speak to a CI service, stands escaped in it.

Readers of the JSON get every string as it is.
"""

from __future__ import annotations

import json
import re

from lint_rules.regex import lazy_pattern
from pytest_keras_inference.printable import ACTIVE, IN_LINE

_ACTIVE = lazy_pattern(f"(?!\n)[{ACTIVE}]|{'|'.join(map(re.escape, IN_LINE))}")
"""Line ends are those of the layout: `json` has escaped the others."""


def to_json(value: object, *, indent: int | None = None) -> str:
    """The value as JSON, letters of all languages as they are."""
    return _ACTIVE.sub(_escaped, json.dumps(value, indent=indent, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    """The first character as JSON escapes it: beyond the first 65,536 characters that takes two escapes."""
    first, rest = found[0][0], found[0][1:]
    units = first.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)) + rest
