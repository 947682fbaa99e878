"""The one pipeline: find files -> candidates -> one run a project (triage, judge, prove) -> report.

It reads top to bottom in that order. What costs time to import (the analysis, the rules, the findings) is imported
when the first file survives triage, because most runs end before.
"""

from __future__ import annotations

import gc
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lint_rules.config import discovery
from lint_rules.config.discovery import File
from lint_rules.config.keys import SettingsError
from lint_rules.config.patterns import below
from lint_rules.config.settings import SettingsFinder
from lint_rules.findings.report import Outcome, Report
from lint_rules.run.failures import texts_of
from lint_rules.run.project_run import ProjectRun
from lint_rules.run.ranking import in_order
from lint_rules.run.request import Progress, Request
from lint_rules.run.selection import Candidate, candidates_of
from lint_rules.source.files import working_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.findings.view import View


def check(request: Request, progress: Progress | None = None) -> Report:
    """Run the pipeline.

    Raises:
        SettingsError: a path does not exist or the settings are wrong.
    """
    discovery.forget()
    finder = SettingsFinder(request.overrides)
    candidates = find_candidates(request, finder)
    return make_report(request, project_runs(request, candidates, finder), finder, progress)


# Find files


def find_candidates(request: Request, finder: SettingsFinder) -> list[Candidate]:
    """Every file of the request whose settings are right, sorted by path; the mistakes in others go to the `finder`.

    Raises:
        SettingsError: a path does not exist, the settings of a folder that is named are wrong, or those of all files.
    """
    found = candidates_of(_find_files(request, finder), finder)
    right = [candidate for candidate in found if candidate.settings.mistake is None]
    finder.mistakes.update(each.settings.mistake for each in found if each.settings.mistake is not None)
    if finder.mistakes and not right:
        raise SettingsError(min(finder.mistakes))
    return right


def _find_files(request: Request, finder: SettingsFinder) -> list[File]:
    for folder in request.folders:
        finder.of_folder(folder)
    files = {file.path: file for file in discovery.discover(request.paths, finder.or_mistake)}
    listed = discovery.discover(request.listed, finder.or_mistake)
    excluded = discovery.passed_over((file.path for file in listed if file.named), finder.or_mistake)
    for file in listed:
        if file.path not in excluded:
            files.setdefault(file.path, File(file.path))
    if request.text is not None:
        path, _ = request.text
        files[path] = File(path, named=True)
    return sorted(files.values())


# One run a project


def project_runs(request: Request, candidates: Sequence[Candidate], finder: SettingsFinder) -> list[ProjectRun]:
    """The files by project; what lies below a folder that was asked for belongs to that folder's project."""
    folders = request.folders
    roots = {folder: discovery.project_root(folder, finder.or_mistake) for folder in folders}
    inside: defaultdict[str, list[Candidate]] = defaultdict(list)
    unmarked: set[str] = set()
    for candidate in candidates:
        path = candidate.path
        marked = candidate.settings.root
        if marked is None:
            above = [folder for folder in folders if below(path, folder)]
            marked = roots[max(above, key=len)] if above else discovery.marked_root(path, finder.or_mistake)
        root = marked or os.path.dirname(path)
        if request.workspace is not None:
            root = discovery.bounded(root, path, request.workspace)
        if marked is None:
            unmarked.add(root)
        inside[root].append(candidate)
    runs = []
    for root, files in inside.items():
        whole = any(root == folder or below(root, folder) for folder in folders)
        runs.append(ProjectRun(root, files, request, finder, whole=whole, loose=root in unmarked and not whole))
    return runs


# Report


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Let Python's garbage collector rest: a run makes millions of nodes that it keeps to its end, and looking for
    garbage among them takes as long as the analysis. What is done with is freed without it."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


@_collector_paused()
def make_report(
    request: Request, runs: Sequence[ProjectRun], finder: SettingsFinder, progress: Progress | None = None
) -> Report:
    """What the runs come to.

    Raises:
        SettingsError: a baseline that the settings name is not there, or no baseline.
    """
    candidates = [candidate for run in runs for candidate in run.candidates]
    outcomes = [outcome for run in runs for outcome in run.outcomes(progress)]
    report = Report(
        mistakes=tuple(sorted(finder.mistakes)),
        diagnostics=in_order(found for outcome in outcomes for found in outcome.diagnostics),
        suppressed=in_order(found for outcome in outcomes for found in outcome.suppressed),
        checked=len(candidates),
        failures=texts_of(failure for outcome in outcomes for failure in outcome.failures),
        notes=(*dict.fromkeys(note for run in runs for note in run.notes), *_late(outcomes, request)),
    )
    return compared(report, request, candidates, finder)


def _late(outcomes: Sequence[Outcome], request: Request) -> Iterator[str]:
    """What is said of files that took too long, where there are several."""
    late = sum(outcome.late for outcome in outcomes)
    if late < 2:
        return
    from lint_rules import budget
    from lint_rules.run.judge_file import LATE_FILES

    seconds = budget.SECONDS_PER_FILE if request.seconds_per_file is None else request.seconds_per_file
    after = ""
    if request.seconds_per_file is None and late > LATE_FILES:
        after = f" (after {LATE_FILES} of them a file gets {seconds / 10:.3g} s)"
    yield (
        f"{late} files were not analysed, because each takes more than {seconds:.3g} s of processor time{after}: "
        f"--file-timeout {10 * seconds:.0f} gives each file more time, --extend-exclude leaves files out"
    )


def compared(report: Report, request: Request, candidates: Sequence[Candidate], finder: SettingsFinder) -> Report:
    """The report beside what a test run saw, what the baselines know and what an earlier commit has too.

    Raises:
        SettingsError: a baseline that the settings name is not there, or no baseline.
    """
    by_path = {candidate.path: candidate for candidate in candidates}
    if request.observations is not None:
        from lint_rules.run.observed_findings import with_observed

        here = working_folder()
        roots = (here, discovery.project_root(here, finder.or_mistake))
        report = with_observed(report, request.observations, request, by_path, roots, _view(request))
    if request.baseline and any(candidate.settings.baseline is not None for candidate in candidates):
        from lint_rules.run.known_findings import without_known

        report = without_known(report, by_path, _view(request))
    if request.earlier is not None:
        report = request.earlier(report, _view(request))
    return report


def _view(request: Request) -> View:
    """What shows the lines of the files of a run."""
    from lint_rules.findings.view import View

    return View(texts=dict([request.text] if request.text is not None else []))
