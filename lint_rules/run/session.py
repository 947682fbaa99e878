"""A run that can be asked again after single files changed: for fixing, and for editors."""

from __future__ import annotations

import os

from lint_rules.config import discovery
from lint_rules.config.discovery import File
from lint_rules.config.keys import SettingsError
from lint_rules.config.patterns import Patterns
from lint_rules.config.settings import SettingsFinder
from lint_rules.findings.report import Report
from lint_rules.run.pipeline import compared, find_candidates, make_report, project_runs
from lint_rules.run.ranking import in_order
from lint_rules.run.selection import Candidate, candidates_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic
    from lint_rules.run.project_run import ProjectRun
    from lint_rules.run.request import Progress, Request
    from lint_rules.semantics.project.project import Project


class Rerun:
    """A run that can be asked again after single files changed: the projects around them are read once."""

    def __init__(self, request: Request) -> None:
        discovery.forget()
        self._request = request
        self._finder = SettingsFinder(request.overrides)
        self._runs = project_runs(request, find_candidates(request, self._finder), self._finder)

    def report(self, progress: Progress | None = None) -> Report:
        """As `check`; to be called once.

        Raises:
            SettingsError: a path does not exist or the settings are wrong.
        """
        return make_report(self._request, self._runs, self._finder, progress)

    # For fixing: the files of the run

    def covers(self, path: str) -> bool:
        """Whether a file is one of the run."""
        return any(candidate.path == path for run in self._runs for candidate in run.candidates)

    def judged(self, path: str, data: bytes) -> bool:
        """Whether `data` is known to be what the run judged last in a file."""
        run, _ = self._with(path)
        return run.was_judged(path, data)

    def changed(self, path: str, data: bytes) -> tuple[Diagnostic, ...]:
        """What is to be shown of one file of the run if it held `data`; for later questions it does."""
        run, candidate = self._with(path)
        outcome = run.changed(candidate, data)
        report = Report(diagnostics=in_order(outcome.diagnostics), suppressed=in_order(outcome.suppressed))
        request = self._request._replace(stdin=(path, data))
        return compared(report, request, [candidate], self._finder).diagnostics

    def may_change(self, path: str) -> bool:
        """Whether a file is to be changed where it really lies: in its project and not passed over there, or where the
        arguments name it. What a link leads to elsewhere was not asked for."""
        if any(discovery.means(named, path) for named in self._request.paths):
            return True
        target = os.path.realpath(path)
        run, _ = self._with(path)
        inside = discovery.means(run.root, path)
        return inside and (target == path or not discovery.passed_over([target], self._finder.of_folder))

    def _with(self, path: str) -> tuple[ProjectRun, Candidate]:
        """A file of the run, and the run of its project."""
        return next((run, candidate) for run in self._runs for candidate in run.candidates if candidate.path == path)

    # For editors: any file, and the text that it is to have

    def hold(self, path: str, data: bytes | None) -> None:
        """Let a file hold these bytes for later questions, whatever is on disk; None: what is on disk now."""
        self._run_of(self._candidate(path)).hold(path, data)

    def judge(self, path: str) -> Report:
        """What is to be shown of one file, as a run that names it would; a file that the settings exclude is clean.

        Raises:
            SettingsError: the settings are wrong.
        """
        candidate = self._candidate(path)
        if candidate.settings.mistake is not None:
            raise SettingsError(candidate.settings.mistake)
        run = self._run_of(candidate)
        if Patterns(candidate.settings.exclude, run.root).match(path):
            return Report()
        run.candidates = [candidate]
        request = self._request._replace(stdin=(path, run.read(path)))
        return make_report(request, [run], self._finder)

    def project(self, path: str) -> Project:
        """The project of a file, as the rules see it."""
        return self._run_of(self._candidate(path)).project

    def _candidate(self, path: str) -> Candidate:
        (candidate,) = candidates_of([File(path, named=True)], self._finder)
        return candidate

    def _run_of(self, candidate: Candidate) -> ProjectRun:
        """The run of a file's project, made when something of it is first asked about."""
        (new,) = project_runs(self._request, [candidate], self._finder)
        known = next((run for run in self._runs if run.root == new.root), None)
        if known is None:
            self._runs.append(new)
        return known or new
