"""`--since`: only the findings that are new against a commit, with the whole project in view, then and now.

The files with findings are judged once more as they were in that commit, in the project as it was. A finding is known
if its rule spoke of the same line then; so a loop that a change writes into `train.py` is told at the call in
`agent.py`, which has not changed. The rules and settings are those of today on both sides: what is new is new code.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from lint_rules.config.discovery import PACKAGING, SUFFIXES
from lint_rules.config.ignores import repository_root
from lint_rules.config.keys import SETTINGS_NAMES, SettingsError
from lint_rules.config.patterns import below
from lint_rules.findings.baseline import Entry, told_apart
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.source.files import SETTINGS_BYTES, read_bytes, working_folder
from lint_rules.source.git_tree import Blob, GitError, commit_of, files_of, write_files
from lint_rules.source.pins import may_pin
from pytest_keras_inference.printable import printable

if TYPE_CHECKING:
    from lint_rules.findings.report import Report
    from lint_rules.findings.view import View


class Since:
    """What was found in a commit, asked file by file when something is found there now."""

    def __init__(self, revision: str, request: Request) -> None:
        """`request` is what is asked for now.

        Raises:
            SettingsError: this is no git work tree, there is no git, or no such commit.
        """
        top = repository_root(working_folder())
        if top is None:
            raise SettingsError(f"--since {revision}: {working_folder()} is in no git work tree")
        self._top = top
        self._request = request
        self._revision = revision
        try:
            commit = commit_of(top, revision)
            self._blobs = {blob.path: blob for blob in files_of(top, commit) if _matters(blob.path)}
        except GitError as error:
            raise SettingsError(
                f"--since {revision}: {error}; a clone of full depth has every commit (fetch-depth: 0)"
            ) from None
        self._judged: set[str] = set()
        self._entries: list[Entry] = []

    def __call__(self, report: Report, view: View) -> Report:
        """The report with the findings of that commit taken from view.

        Raises:
            SettingsError: the files of the commit cannot be had.
        """
        self._judge(self._wanted(found.location.filename for found in report.diagnostics))
        new, known = told_apart(self._entries, self._top, report.diagnostics, view)
        known_as = "known before" if report.known else f"already in {printable(self._revision)}"
        return report._replace(diagnostics=new, known=(*report.known, *known), known_as=known_as, baselined=True)

    def _wanted(self, files: Iterable[str]) -> set[str]:
        """The files of the commit that may know findings in these: they themselves, and what has gone since."""
        inside = {file for file in files if below(file, self._top)}
        here = {os.path.relpath(file, self._top).replace(os.sep, "/") for file in inside}
        if not here:
            return set()
        gone = {path for path in self._blobs if path.endswith(SUFFIXES) and not os.path.lexists(self._now(path))}
        return (here & self._blobs.keys() | gone) - self._judged

    def _now(self, path: str) -> str:
        return os.path.join(self._top, *path.split("/"))

    def _judge(self, paths: set[str]) -> None:
        """Find what there was in these files."""
        if not paths:
            return
        self._judged |= paths
        with TemporaryDirectory(prefix="keras-inference-") as folder:
            top = os.path.realpath(folder)
            try:
                write_files(self._top, self._of_then(), top, self._of_now)
                for path in self._new_settings():
                    write_files(self._top, [Blob(path, "")], top, self._of_now)
                os.makedirs(os.path.join(top, ".git"))  # the border of the project, as it is now
            except (GitError, OSError) as error:
                raise SettingsError(
                    f"--since {self._revision}: the files of the commit cannot be had: {error}"
                ) from None
            listed = tuple(os.path.join(top, *path.split("/")) for path in sorted(paths))
            asked = self._request._replace(
                paths=(), listed=listed, stdin=None, fixes=False, baseline=False, observations=None, cache=False
            )
            self._entries += _entries(asked, top)

    def _of_then(self) -> Iterator[Blob]:
        """What is written of the commit; settings only where there are some now."""
        for blob in self._blobs.values():
            if not _holds_settings(blob.path) or os.path.isfile(self._now(blob.path)):
                yield blob

    def _of_now(self, path: str) -> bytes | None:
        """The contents of settings, which are those of today."""
        return read_bytes(self._now(path), SETTINGS_BYTES) if _holds_settings(path) else None

    def _new_settings(self) -> Iterator[str]:
        """The settings that the commit does not have, in the folders of its files and above them."""
        folders = {""}
        for path in self._blobs:
            while "/" in path:
                path = path.rpartition("/")[0]
                folders.add(path)
        for folder in sorted(folders):
            for name in SETTINGS_NAMES:
                path = f"{folder}/{name}" if folder else name
                if path not in self._blobs and os.path.isfile(self._now(path)):
                    yield path


def _matters(path: str) -> bool:
    """Whether a file has a say in what is found: code, settings, and what tells of the project."""
    name = path.rpartition("/")[2]
    return path.endswith(SUFFIXES) or name in (*SETTINGS_NAMES, *PACKAGING, ".gitignore") or may_pin(name)


def _holds_settings(path: str) -> bool:
    return path.rpartition("/")[2] in SETTINGS_NAMES


def _entries(request: Request, top: str) -> Sequence[Entry]:
    """What is found in a tree, as a baseline knows it."""
    from lint_rules.findings.fingerprints import fingerprint
    from lint_rules.findings.view import View

    view = View(cwd=top)
    return [
        Entry(os.path.relpath(found.location.filename, top).replace(os.sep, "/"), fingerprint(found, view))
        for found in check(request).diagnostics
    ]
