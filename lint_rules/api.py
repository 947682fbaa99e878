"""The pipeline as functions, and as a session for many files, for tests, scripts and other tools."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lint_rules.config.keys import check_selector
from lint_rules.config.settings import Overrides, Selection
from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location
from lint_rules.records import dataclass
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request
from lint_rules.run.session import Rerun


def check_paths(
    paths: Iterable[str | os.PathLike[str]], *, select: Sequence[str] | None = None, fixes: bool = False
) -> list[Diagnostic]:
    """The findings in files and folders, sorted by file and place; settings are those of the nearest pyproject.toml.

    `select` are codes, prefixes or names instead of the selected rules; `fixes` computes the fix of each finding.

    Raises:
        SettingsError: a path does not exist, a rule is unknown, or the settings are wrong.
        RuntimeError: a rule failed; the message has the traceback.
    """
    return _findings(Request(paths=tuple(os.fspath(path) for path in paths), overrides=_overrides(select), fixes=fixes))


def check_source(
    text: str, filename: str = "<string>", *, select: Sequence[str] | None = None, fixes: bool = False
) -> list[Diagnostic]:
    """The findings in one text, judged as if it stood in `filename`, with the project around that file in view.

    Raises:
        SettingsError: a rule is unknown, or the settings are wrong.
        RuntimeError: a rule failed; the message has the traceback.
    """
    stdin = (filename, text.encode())
    return _findings(Request(stdin=stdin, overrides=_overrides(select), fixes=fixes))


@dataclass(frozen=True, slots=True)
class Receiver:
    """The object of a call `object.predict(...)` (or of another method of the family) that is a Keras model.

    `location` is where the object stands, `call` where the call does. `confidence` tells whether the code proves that
    it is one, `evidence` how.
    """

    location: Location
    call: Location
    method: str
    confidence: Confidence
    evidence: str


class Session:
    """Many files, one after the other: the projects around them are read once.

    A text stands for its file while a question is answered; without one, what is on disk does. `select` and `fixes` are
    as for `check_paths`.
    """

    def __init__(self, *, select: Sequence[str] | None = None, fixes: bool = False) -> None:
        self._rerun = Rerun(Request(overrides=_overrides(select), fixes=fixes))

    def findings(self, path: str | os.PathLike[str], text: str | None = None) -> list[Diagnostic]:
        """The findings in one file, with its project in view.

        Raises:
            SettingsError: the settings are wrong.
            RuntimeError: a rule failed; the message has the traceback.
        """
        with self._holding(path, text) as name:
            report = self._rerun.judge(name)
        if report.failures:
            raise RuntimeError(report.failures[0])
        return list(report.diagnostics)

    def fixed(self, path: str | os.PathLike[str], text: str, *, unsafe: bool = False) -> str:
        """The text of a file after its safe fixes, and the unsafe ones if asked, until none is left.

        Raises:
            SettingsError: the settings are wrong.
            RuntimeError: a rule failed; the message has the traceback.
        """
        from lint_rules.fixes.apply.apply import fix_text

        return fix_text(Path(path), text, self.findings, unsafe=unsafe).after

    def receivers(self, path: str | os.PathLike[str], text: str | None = None) -> list[Receiver]:
        """The Keras models that a file calls, in source order; nothing for a file that is not Python."""
        from lint_rules.budget import SECONDS_PER_FILE, BudgetExceeded, budget
        from lint_rules.semantics.queries.call_sites import call_sites
        from lint_rules.source.text import UnreadableSource

        with self._holding(path, text) as name:
            project = self._rerun.project(name)
            project.begin()
            try:
                with budget(SECONDS_PER_FILE):
                    module = project.module(Path(name))
                    sites = list(call_sites(module, project))
            except (BudgetExceeded, OSError, RecursionError, SyntaxError, UnreadableSource):
                return []
        return [
            Receiver(
                module.location(site.receiver_node),
                module.location(site.call),
                site.method,
                Confidence.CERTAIN if site.proven else Confidence.LIKELY,
                site.receiver.evidence,
            )
            for site in sites
        ]

    @contextmanager
    def _holding(self, path: str | os.PathLike[str], text: str | None) -> Iterator[str]:
        """The absolute name of a file, which holds a text meanwhile."""
        from lint_rules.commands.judged import encoded

        name = os.path.abspath(path)
        data = None if text is None else encoded(Path(name), text)
        if data is None or _is_on_disk(name, data):
            yield name
            return
        self._rerun.hold(name, data)
        try:
            yield name
        finally:
            self._rerun.hold(name, None)


def _is_on_disk(path: str, data: bytes) -> bool:
    """Whether a file holds these bytes."""
    try:
        return os.path.getsize(path) == len(data) and Path(path).read_bytes() == data
    except OSError:
        return False


def _overrides(select: Sequence[str] | None) -> Overrides:
    if select is None:
        return Overrides()
    return Overrides(selection=Selection(tuple(check_selector(selector, "select") for selector in select)))


def _findings(request: Request) -> list[Diagnostic]:
    report = check(request)
    if report.failures:
        raise RuntimeError(report.failures[0])
    return list(report.diagnostics)
