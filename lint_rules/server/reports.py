"""What has been said of each text, so that nothing is said twice."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeAlias

from lsprotocol import types

Report: TypeAlias = types.DocumentDiagnosticReport


class Reports:
    """The findings that an editor has asked for, by the address of the text, each under a name of its own."""

    def __init__(self) -> None:
        self._told: dict[str, str] = {}

    def answer(self, uri: str, found: Sequence[types.Diagnostic], known: str | None) -> Report:
        """The answer to an editor that has the report `known` of a text; one word where that still holds."""
        name = self._told[uri] = _name(found)
        if name == known:
            return types.RelatedUnchangedDocumentDiagnosticReport(result_id=name)
        return types.RelatedFullDocumentDiagnosticReport(items=list(found), result_id=name)

    def outdated(self, uri: str, found: Sequence[types.Diagnostic]) -> bool:
        """Whether an editor was told something else of a text; False where it has never asked."""
        return uri in self._told and self._told[uri] != _name(found)

    def was_told(self, uri: str) -> bool:
        """Whether an editor has asked for the findings of a text before."""
        return uri in self._told

    def forget(self, uri: str) -> None:
        """A text was closed."""
        self._told.pop(uri, None)


def _name(found: Sequence[types.Diagnostic]) -> str:
    return hashlib.blake2s(repr(found).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()
