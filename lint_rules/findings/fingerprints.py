"""What a finding is known by when lines shift and files move: its rule and the text of its line."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic
    from lint_rules.findings.view import View


def fingerprint(found: Diagnostic, view: View) -> str:
    """32 hexadecimal digits from the rule and the line that the finding starts on, blanks aside."""
    line = "".join((view.line(found.location) or "").split())
    return hashlib.sha256(f"{found.code}\0{line}".encode(errors="surrogatepass")).hexdigest()[:32]


def numbered(diagnostics: Iterable[Diagnostic], view: View) -> list[str]:
    """A fingerprint for each finding, with a number that tells equal ones of one file apart: `...:1`, `...:2`."""
    counts: Counter[tuple[str, str]] = Counter()
    prints = []
    for found in diagnostics:
        own = fingerprint(found, view)
        counts[found.location.filename, own] += 1
        prints.append(f"{own}:{counts[found.location.filename, own]}")
    return prints
