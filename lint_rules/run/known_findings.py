"""What the baselines know already, taken from view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lint_rules.findings import baseline
from lint_rules.run.ranking import in_order
from lint_rules.source.files import OddFileError

if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic
    from lint_rules.findings.report import Report
    from lint_rules.findings.view import View
    from lint_rules.run.selection import Candidate


def without_known(report: Report, candidates: Mapping[str, Candidate], view: View) -> Report:
    """The report with the findings that the baselines know taken from view; each file has the baseline of its settings.

    `candidates` are the checked files by path.

    Raises:
        SettingsError: a baseline that the settings name is not there, or no baseline.
    """
    named = {path: candidate.settings.baseline for path, candidate in candidates.items()}
    baselines = sorted({path for path in named.values() if path is not None})
    new = [found for found in report.diagnostics if named[found.location.filename] is None]
    known: list[Diagnostic] = []
    notes = list(report.notes)
    for path in baselines:
        mine = [found for found in report.diagnostics if named[found.location.filename] == path]
        try:
            fresh, old = baseline.divide(path, mine, view)
        except OddFileError as error:
            notes.append(f"baseline {path}: not used, so nothing counts as known: {error.strerror}")
            fresh, old = tuple(mine), ()
        new += fresh
        known += old
    return report._replace(diagnostics=in_order(new), known=in_order(known), baselined=True, notes=tuple(notes))
