"""A run asked about a text that one of its files does not hold yet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path

from lint_rules.findings.diagnostics import Diagnostic
from lint_rules.run.session import Rerun
from lint_rules.source.text import UnreadableSource, encoding_of


def by_file(diagnostics: Iterable[Diagnostic]) -> Iterator[tuple[Path, list[Diagnostic]]]:
    """Sorted findings, file by file."""
    for filename, found in groupby(diagnostics, key=lambda each: each.location.filename):
        yield Path(filename), list(found)


class Judged:
    """Judges a changed text of one file as the run judged the file.

    The first answer is the run's own, unless the file holds another text by now than it did then.
    """

    def __init__(self, rerun: Rerun, path: Path, found: Sequence[Diagnostic]) -> None:
        self._rerun = rerun
        self._path = path
        self._found: Sequence[Diagnostic] | None = found

    def __call__(self, _path: Path, text: str) -> Sequence[Diagnostic]:
        data = encoded(self._path, text)
        found, self._found = self._found, None
        if found is not None and self._rerun.judged(str(self._path), data):
            return found
        return self._rerun.changed(str(self._path), data)


def encoded(path: Path, text: str) -> bytes:
    """The bytes of a text. The declaration of an encoding is in the text, so they must be in that encoding too."""
    return text.encode(_encoding(path, text.encode(errors="replace")), errors="replace")


def _encoding(path: Path, data: bytes) -> str:
    """The encoding that a text declares; UTF-8 where it cannot be told."""
    if path.suffix == ".ipynb":
        return "utf-8"
    try:
        return encoding_of(data)
    except UnreadableSource:
        return "utf-8"
