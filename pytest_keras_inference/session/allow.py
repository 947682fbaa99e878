"""What the user excuses, by the ini option `keras_inference_allow` and the marker, and what of it is still needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from pytest_keras_inference.vocabulary import TEXTS
from pytest_keras_inference.watching.findings import Finding

INI = "keras_inference_allow"
MARKER = "keras_inference"


@dataclass(frozen=True, slots=True)
class Allowance:
    """Excuses findings of `code` in files whose path relative to the root matches `pattern`.

    `where` names the line of the ini file or the marker that says so.
    """

    code: str
    pattern: str
    where: str

    def excuses(self, finding: Finding, root: Path) -> bool:
        """Whether it covers this finding."""
        if finding.code != self.code:
            return False
        path = Path(finding.site.filename)
        relative = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        return fnmatch(relative, self.pattern)


def from_ini(lines: Iterable[str]) -> list[Allowance]:
    """Reads `CODE [CODE ...]`, everywhere, and `path/glob.py: CODE [CODE ...]`, in those files; commas may separate.

    Raises pytest.UsageError for a code that does not exist.
    """
    allowances: list[Allowance] = []
    for line in lines:
        text = line.partition("#")[0].strip()
        if not text:
            continue
        pattern, colon, codes = text.rpartition(":")
        for code in _codes(codes, f"{INI} = {text}"):
            where = f"{INI} = {pattern.strip()}{colon}{' ' if colon else ''}{code}"
            allowances.append(Allowance(code, pattern.strip() or "*", where))
    return allowances


def from_markers(item: pytest.Item) -> list[Allowance]:
    """What `@pytest.mark.keras_inference(allow=[...])` on the test, its class or its module excuses.

    Raises pytest.UsageError for wrong arguments.
    """
    allowances: list[Allowance] = []
    for node, mark in item.iter_markers_with_node(MARKER):
        place = getattr(node, "originalname", None)
        where = node.nodeid if place is None or node is not item else node.nodeid.partition("[")[0]
        label = f"@pytest.mark.{MARKER} on {where}"
        allow: Any = mark.kwargs.get("allow")
        if mark.args or set(mark.kwargs) != {"allow"}:
            raise pytest.UsageError(f"{label}: it takes allow=[...] and nothing else")
        codes: Sequence[str] = allow.split(",") if isinstance(allow, str) else allow
        for code in _codes(" ".join(codes), label):
            allowances.append(Allowance(code, "*", f"{label}: allow {code}"))
    return allowances


def _codes(text: str, where: str) -> list[str]:
    codes = text.replace(",", " ").split()
    for code in codes:
        if code not in TEXTS:
            known = ", ".join(sorted(code for code in TEXTS if code.startswith(("KI1", "KI2"))))
            raise pytest.UsageError(f"{where}: there is no rule {code!r}; a run can find {known}")
    if not codes:
        raise pytest.UsageError(f"{where}: names no rule code")
    return codes
