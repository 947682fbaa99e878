"""Which rules run on a file, and which of their findings are shown: what its settings say, asked once."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from lint_rules.config.patterns import Patterns
from lint_rules.config.settings import Settings, SettingsFinder, asked_for, may_fix, selected, severity_of, trusted
from lint_rules.source.files import working_folder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.config.discovery import File
    from lint_rules.findings.diagnostics import Diagnostic, Fix, Severity
    from lint_rules.rules.base import Finding, Rule
    from lint_rules.semantics.project.project import Project


class Candidate:
    """A file that is to be checked, with the settings and the rules that hold for it.

    The rules are imported when something first asks for them: most files have no word that any rule looks for.
    """

    def __init__(self, file: File, settings: Settings) -> None:
        self.file = file
        self.path = file.path
        self.settings = settings

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that run on the file, in the order of their codes."""
        from lint_rules.rules.registry import RULES

        return tuple(rule for rule in RULES if self._runs(rule.code, rule.default))

    @property
    def codes(self) -> frozenset[str]:
        """The codes of these rules."""
        return frozenset(rule.code for rule in self.rules)

    def runs(self, code: str) -> bool:
        """Whether a rule that is none of the catalogue's (KI000, KI001), or a finding of a test run, is wanted here."""
        return self._runs(code, default=True)

    @cached_property
    def asks_about_comments(self) -> bool:
        """Whether a comment that silences nothing, or names no rule, is to be told."""
        return self.runs("KI001") or self.runs("KI002")

    def _runs(self, code: str, default: bool) -> bool:
        return selected(self.settings, code, default) and not self._is_ignored(code)

    def _is_ignored(self, code: str) -> bool:
        """Whether per-file-ignores switch a rule off for the file."""
        return any(selector == "ALL" or code.startswith(selector) for selector in self._ignored)

    @cached_property
    def _ignored(self) -> tuple[str, ...]:
        """The selectors of the per-file-ignores that mean the file."""
        root = self.settings.root or working_folder()
        return tuple(
            selector
            for pattern, selectors in self.settings.per_file_ignores
            if Patterns([pattern], root).match(self.path)
            for selector in selectors
        )

    def triggered_by(self, words: frozenset[str]) -> list[Rule]:
        """The rules that have one of the words of the file, and can find something that is shown."""
        return [
            rule
            for rule in self.rules
            if not (rule.triggers and rule.triggers.isdisjoint(words))
            and self.grade(rule.code, rule.worst or rule.severity).rank >= self.least_shown(rule.code).rank
        ]

    def that_may_match(
        self, rules: Sequence[Rule], text: str, words: frozenset[str], project: Callable[[], Project]
    ) -> Sequence[Rule]:
        """Those of the rules that may find something in the text of the file, as far as shows before it is parsed."""
        from pathlib import Path

        from lint_rules.rules.base import Glance
        from lint_rules.semantics.syntax.testcode import is_test_file

        path = Path(self.path)
        return [
            rule
            for rule in rules
            if not (rule.spares_tests and is_test_file(path, text))
            and rule.may_find(Glance(text, words, path, self._least_told(rule.code), project))
        ]

    def grade(self, code: str, severity: Severity) -> Severity:
        """What the settings make of the severity of a finding.

        They grade the rule. What the rule itself takes less seriously than its other findings stays at most as serious.
        """
        from lint_rules.findings.diagnostics import Severity
        from pytest_keras_inference.vocabulary import TEXTS

        named = severity_of(self.settings, code)
        if named is None:
            return severity
        own, graded = Severity(TEXTS[code].severity), Severity(named)
        if severity.rank < own.rank:
            return min(severity, graded, key=lambda each: each.rank)
        if severity.rank > own.rank and graded.rank >= own.rank:
            return max(severity, graded, key=lambda each: each.rank)
        return graded

    def graded(self, found: Diagnostic) -> Diagnostic:
        """The finding with the severity that the settings give it."""
        severity = self.grade(found.code, found.severity) if self.settings.rule_severity else found.severity
        if severity is found.severity:
            return found
        from lint_rules.records import replace

        return replace(found, severity=severity)

    def to_show(self, findings: Iterable[Finding]) -> list[Finding]:
        """Those of the findings that are shown, with the severity that the settings give them."""
        from lint_rules.records import replace

        graded = [(finding, self.graded(finding.diagnostic)) for finding in findings]
        return [
            finding if found is finding.diagnostic else replace(finding, diagnostic=found)
            for finding, found in graded
            if self.shows(found)
        ]

    def offered(self, code: str, fix: Fix | None) -> Fix | None:
        """The fix of a rule as the settings have it: not at all, or as safe or unsafe as they call it."""
        from lint_rules.findings.diagnostics import Applicability, chained

        if fix is None or not may_fix(self.settings, code):
            return None
        trust = trusted(self.settings, code)
        if trust is None:
            return fix
        from lint_rules.records import replace

        given = Applicability.SAFE if trust else Applicability.UNSAFE
        return chained(
            each if each.applicability is Applicability.DISPLAY else replace(each, applicability=given)
            for each in fix.chain
        )

    def shows(self, found: Diagnostic) -> bool:
        """Whether a finding, graded, is sure and bad enough for the settings."""
        if self.settings.min_confidence == "certain" and found.confidence != "certain":
            return False
        return found.severity.rank >= self.least_shown(found.code).rank

    def _least_told(self, code: str) -> Severity:
        """The least severity of a rule's own that is shown once it is graded."""
        from lint_rules.findings.diagnostics import Severity

        least = self.least_shown(code)
        told = [each for each in Severity if self.grade(code, each).rank >= least.rank]
        return min(told, key=lambda each: each.rank, default=Severity.ERROR)

    def least_shown(self, code: str) -> Severity:
        """The least severity that is shown of a rule; one that is asked for by its code or name is always shown."""
        from lint_rules.findings.diagnostics import Severity

        return Severity.INFO if asked_for(self.settings, code) else Severity(self.settings.severity)


def candidates_of(files: Iterable[File], finder: SettingsFinder) -> list[Candidate]:
    """The files with what the settings say of each; where these are wrong, they carry their `mistake`."""
    return [Candidate(file, finder.or_mistake(os.path.dirname(file.path))) for file in files]
