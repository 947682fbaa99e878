"""The baseline: findings that are known and not reported again, so that an old code base can start with new code.

An entry is known by its rule and the text of its line, so it survives shifted lines. One whose file is gone matches
the same line in any other file, so it survives a move. Each entry stands for one finding.
"""

from __future__ import annotations

import json
import os
import stat
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from lint_rules.config.keys import SettingsError
from lint_rules.findings.fingerprints import fingerprint
from lint_rules.records import NamedTuple
from lint_rules.regex import lazy_pattern
from lint_rules.source.files import REPORT_BYTES, OddFileError, read_bytes, read_start
from lint_rules.writing import OwnerError, lies_within, write_whole

if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic
    from lint_rules.findings.view import View

VERSION = 1
_START = 100
_OURS = lazy_pattern(rb'\s*(\{\s*"(version|findings)"\s*:|\Z)')
"""How a baseline starts, whatever became of the rest of it; an empty file is nobody's."""
DEFAULT_NAME = "keras-inference-baseline.json"


class Entry(NamedTuple):
    """One known finding: its file (relative to the folder of the baseline, with slashes) and its fingerprint."""

    file: str
    fingerprint: str


def write(path: str, diagnostics: Sequence[Diagnostic], view: View, within: str | None = None) -> None:
    """Write the baseline of a run; the same findings give the same bytes, whatever their lines.

    `within` is the folder of the project whose settings name the file: nothing outside of it is written for them.

    Raises:
        SettingsError: the file cannot be written, lies elsewhere, or is there already and no baseline.
    """
    try:
        found = _replaceable(path, within)
    except (OSError, ValueError) as error:
        raise SettingsError(f"--write-baseline {path}: cannot be written: {_reason(error)}") from error
    folder = os.path.dirname(os.path.abspath(path))
    entries = [
        {
            "file": os.path.relpath(found.location.filename, folder).replace(os.sep, "/"),
            "code": found.code,
            "line": (view.line(found.location) or "").strip()[:200],
            "fingerprint": fingerprint(found, view),
        }
        for found in diagnostics
    ]
    entries.sort(key=lambda entry: tuple(entry.values()))
    text = json.dumps({"version": VERSION, "findings": entries}, indent=1) + "\n"
    try:
        try:
            write_whole(path, text.encode(), like=found)
        except OwnerError:
            write_whole(path, text.encode())
    except OSError as error:
        raise SettingsError(f"--write-baseline {path}: cannot be written: {_reason(error)}") from error


def _replaceable(path: str, within: str | None) -> os.stat_result | None:
    """The file that a new baseline takes the place of, None where there is none.

    Raises:
        OSError: it cannot be looked at.
        SettingsError: it is not ours to replace.
    """
    where = f"--write-baseline {path}"
    if within is not None and not lies_within(path, within):
        raise SettingsError(
            f"{where}: leads out of the project {within}, or through a link; `--baseline FILE` may name any file"
        )
    if not os.path.lexists(path):
        return None
    found = os.lstat(path)
    if stat.S_ISLNK(found.st_mode):
        raise SettingsError(f"{where}: is a link, which is left alone; name the file that it leads to")
    if not stat.S_ISREG(found.st_mode):
        raise SettingsError(f"{where}: is no file; name another one")
    start = read_start(path, _START)
    if not _OURS.match(start):
        raise SettingsError(f"{where}: is there already and no baseline; delete it first, or name another file")
    return found


def _reason(error: OSError | ValueError) -> object:
    return getattr(error, "strerror", None) or error


def read(path: str) -> list[Entry]:
    """The entries of a baseline.

    Raises:
        SettingsError: the file is not there, or no baseline.
        OddFileError: it is no regular file, or too large.
    """
    try:
        document = json.loads(read_bytes(path, REPORT_BYTES))
    except OddFileError:
        raise
    except OSError as error:
        raise SettingsError(
            f"baseline {path}: cannot be read: {error.strerror}; `keras-inference check --write-baseline` makes one"
        ) from error
    except (ValueError, RecursionError) as error:
        raise SettingsError(
            f"baseline {path}: not JSON: {error}; --write-baseline makes a new one once it is deleted"
        ) from None
    try:
        return _entries(document)
    except (KeyError, TypeError):
        raise SettingsError(
            f"baseline {path}: not a baseline of version {VERSION}; --write-baseline makes a new one once it is deleted"
        ) from None


def _entries(document: Any) -> list[Entry]:
    if document["version"] != VERSION:
        raise KeyError("version")
    return [Entry(str(entry["file"]), str(entry["fingerprint"])) for entry in document["findings"]]


def divide(
    path: str, diagnostics: Sequence[Diagnostic], view: View
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """(new, known) findings of a run, both in order.

    Raises:
        SettingsError: the file is not there, or no baseline.
        OddFileError: it is no regular file, or too large.
    """
    return told_apart(read(path), os.path.dirname(os.path.abspath(path)), diagnostics, view)


def told_apart(
    entries: Iterable[Entry], folder: str, diagnostics: Sequence[Diagnostic], view: View
) -> tuple[tuple[Diagnostic, ...], tuple[Diagnostic, ...]]:
    """(new, known) findings, both in order, where `entries` are known; their files count from `folder`."""
    here: Counter[Entry] = Counter()
    moved: Counter[str] = Counter()
    for entry in entries:
        if os.path.exists(os.path.join(folder, entry.file)):
            here[Entry(os.path.normpath(os.path.join(folder, entry.file)), entry.fingerprint)] += 1
        else:
            moved[entry.fingerprint] += 1
    new, known = [], []
    for found in diagnostics:
        own = fingerprint(found, view)
        entry = Entry(os.path.normpath(found.location.filename), own)
        if here[entry] > 0:
            here[entry] -= 1
            known.append(found)
        elif moved[own] > 0:
            moved[own] -= 1
            known.append(found)
        else:
            new.append(found)
    return tuple(new), tuple(known)
