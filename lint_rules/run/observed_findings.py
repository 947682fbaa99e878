"""What a test run saw, laid beside the findings of a run: what it measured at them, and what only it has found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from lint_rules.run.ranking import in_order, rank
from lint_rules.run.silencing import drop_overlapping_fix, is_silenced, silence, unused_suppressions

if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic
    from lint_rules.findings.observations import Observations
    from lint_rules.findings.report import Report
    from lint_rules.findings.suppression import Suppressions
    from lint_rules.findings.view import View
    from lint_rules.run.request import Request
    from lint_rules.run.selection import Candidate
    from lint_rules.source.text import Source


def with_observed(
    report: Report,
    observations: Observations,
    request: Request,
    candidates: Mapping[str, Candidate],
    roots: Sequence[str],
    view: View,
) -> Report:
    """The report with what a test run measured at its findings, and with the findings that only that run has.

    `candidates` are the checked files by path, `roots` folders that the tests may have run in.
    """
    from lint_rules.findings.observed import compare

    report, only = compare(report, observations, candidates.keys(), roots, view)
    for path, found in groupby(only, key=lambda found: found.location.filename):
        report = _joined(report, request, candidates[path], list(found), view)
    return report


def _joined(report: Report, request: Request, candidate: Candidate, more: Sequence[Diagnostic], view: View) -> Report:
    """The report with more findings of one file, which obey settings and comments as those of the rules do."""
    from pathlib import Path

    from lint_rules.findings.suppression import find_suppressions
    from lint_rules.rules.base import Finding
    from lint_rules.source.reader import read_source

    shown = candidate.to_show(Finding(found) for found in more if candidate.runs(found.code))
    found = [finding.diagnostic for finding in rank(shown)]
    if not request.noqa or not found:
        return report._replace(diagnostics=in_order((*report.diagnostics, *found)))
    path = candidate.path
    source = read_source(Path(path), view.texts.get(path))
    suppressions = find_suppressions(source.text, lambda row: source.locate(row)[0])
    kept, suppressed = silence(found, source, suppressions)
    places = [each.location for each in suppressed]
    others = [
        drop_overlapping_fix(each, places) if each.location.filename == path else each for each in report.diagnostics
    ]
    if any(each.code == "KI001" and each.location.filename == path for each in others):
        others = [each for each in others if each.code != "KI001" or each.location.filename != path]
        others += _still_unused(report, request, candidate, source, suppressions)
    return report._replace(
        diagnostics=in_order((*others, *kept)), suppressed=in_order((*report.suppressed, *suppressed))
    )


def _still_unused(
    report: Report, request: Request, candidate: Candidate, source: Source, suppressions: Suppressions
) -> Iterator[Diagnostic]:
    """KI001 for the comments of a file that silence none of the findings of the run either."""
    from lint_rules.records import replace

    for found in report.suppressed:
        if found.location.filename == candidate.path:
            is_silenced(found, source, suppressions)
    for finding in candidate.to_show(unused_suppressions(candidate.path, source, suppressions, candidate.codes)):
        fix = finding.fix() if request.fixes and finding.fix is not None else None
        yield replace(finding.diagnostic, fix=candidate.offered(finding.diagnostic.code, fix))
