"""Judging one file: read it, ask the rules that may find something in it, keep what is to be shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lint_rules.findings.report import Failure, Outcome
from lint_rules.records import NamedTuple
from lint_rules.run import left_out, triage
from lint_rules.run.failures import failure
from lint_rules.run.left_out import unreadable
from lint_rules.run.ranking import rank
from lint_rules.run.silencing import silence, unused_suppressions, wrong_comments
from lint_rules.source.words import names_in

if TYPE_CHECKING:
    from lint_rules.findings.diagnostics import Diagnostic
    from lint_rules.findings.suppression import Suppressions
    from lint_rules.rules.base import Finding, Rule
    from lint_rules.run.file_facts import FileFacts
    from lint_rules.run.file_store import FileStore
    from lint_rules.run.project_view import ProjectView
    from lint_rules.run.selection import Candidate
    from lint_rules.source.reading import Broken
    from lint_rules.source.text import Source


LATE_FILES = 5
"""After so many files that took too long, others get a tenth of the time: what a run may lose to such files is bounded,
as what it may lose to one of them is."""


class FileJudge:
    """Judges the files of one project, one after the other.

    `fixes` tells whether fixes are wanted, `proven` whether those too that only a run of the program can decide on,
    `noqa` whether comments silence findings. `seconds` is how much processor time each file may take; None leaves that
    to us.
    """

    def __init__(
        self,
        store: FileStore,
        facts: FileFacts,
        view: ProjectView,
        *,
        fixes: bool,
        proven: bool,
        noqa: bool,
        seconds: float | None = None,
    ) -> None:
        self._store = store
        self._facts = facts
        self._view = view
        self._fixes = fixes
        self._proven = proven
        self._noqa = noqa
        self._asked_seconds = seconds
        self._late = 0

    def judge(self, candidate: Candidate, *, prove: bool) -> Outcome:
        """Everything that is wrong in one file.

        Without `prove` the outcome of a file in which no rule can find anything says that it is unproven. What only has
        to be proven to be Python is best proven last: other files may have been analysed with it.
        """
        from pathlib import Path

        from lint_rules.budget import BudgetExceeded, budget
        from lint_rules.source.text import UnreadableSource

        path, seconds = candidate.path, self._seconds()
        try:
            data = self._store.read(path)
            self._store.note_judged(path, data)
            words = names_in(data, path.endswith(".ipynb"))
            rules = candidate.triggered_by(words)
            comments = candidate.asks_about_comments and triage.may_name_rules(data)
            if not rules and not comments and (not prove or self._facts.parses(path)):
                return Outcome(unproven=not prove)
            with budget(seconds):
                source = self._store.source_to_judge(Path(path))
                return self._judge(candidate, source, words, rules, prove=prove, comments=comments)
        except OSError as error:
            return _cut_short(candidate, f"cannot be read: {error.strerror or error}")
        except BudgetExceeded:
            self._view.forget_answers()
            self._late += 1
            message = f"not analysed: it takes more than {seconds:.3g} s (--file-timeout gives it more)"
            return _cut_short(candidate, message)._replace(late=True)
        except UnreadableSource as error:
            return Outcome(unreadable(candidate, error.message, error.row, error.column))
        except SyntaxError as error:
            row, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
            return Outcome(unreadable(candidate, left_out.syntax_error(error.msg), row, column))
        except (RecursionError, MemoryError):
            self._view.drop()
            return _cut_short(candidate, "not analysed: it nests too deeply")
        except ValueError as error:
            return Outcome(unreadable(candidate, f"syntax error: {error}"))
        except Exception:
            self._view.drop()
            return Outcome(failures=(failure("the analysis", path),))

    def _seconds(self) -> float:
        """How much processor time the next file may take."""
        from lint_rules import budget

        if self._asked_seconds is not None:
            return self._asked_seconds
        return budget.SECONDS_PER_FILE if self._late < LATE_FILES else budget.SECONDS_PER_FILE / 10

    def _judge(
        self,
        candidate: Candidate,
        source: Source,
        words: frozenset[str],
        rules: Sequence[Rule],
        *,
        prove: bool,
        comments: bool,
    ) -> Outcome:
        """Run the rules, then keep what is to be shown; `comments` tells that some may name rules."""
        if rules:
            self._view.begin()
            rules = candidate.that_may_match(rules, source.text, words, self._view.project)
        if not (rules or prove or comments or source.skipped):
            return Outcome(unproven=True)
        found = self._found(candidate, source, rules)
        failures = list(found.failures)
        shown = candidate.to_show(found.findings)
        if found.broken:
            # What was not read may hold what a comment silences.
            shown = left_out.apart(shown, source, found.broken)
        diagnostics = [self._with_fix(candidate, finding, failures) for finding in rank(shown)]
        if found.broken:
            diagnostics = left_out.without_reach(diagnostics, source, found.broken)
        diagnostics += left_out.told(candidate, source, found.broken)
        if not self._noqa or not (diagnostics or comments):
            return Outcome(tuple(diagnostics), (), tuple(failures))
        suppressions = _suppressions(source, found.broken)
        kept, suppressed = silence(diagnostics, source, suppressions)
        if candidate.runs("KI001") and not found.broken:
            more = candidate.to_show(unused_suppressions(candidate.path, source, suppressions, candidate.codes))
            kept += tuple(self._with_fix(candidate, finding, failures) for finding in more)
        if candidate.runs("KI002"):
            wrong = candidate.to_show(wrong_comments(candidate.path, source, suppressions))
            kept += tuple(each.diagnostic for each in wrong)
        return Outcome(kept, suppressed, tuple(failures))

    def _found(self, candidate: Candidate, source: Source, rules: Sequence[Rule]) -> _Found:
        """What the rules find in a file. A rule that fails is told, and costs the others nothing."""
        from pathlib import Path

        from lint_rules.source.parsing import read

        if not rules:
            return _Found(broken=() if self._facts.parses(candidate.path) else read(source).broken)
        project = self._view.project()
        module = project.module(Path(candidate.path))
        findings: list[Finding] = []
        failures: list[Failure] = []
        for rule in rules:
            try:
                findings += rule.check(module, project)
            except RecursionError:
                raise
            except Exception:
                failures.append(failure(rule.code, candidate.path))
        return _Found(tuple(findings), module.broken, tuple(failures))

    def _with_fix(self, candidate: Candidate, finding: Finding, failures: list[Failure]) -> Diagnostic:
        """The diagnostic, with its fix where fixes are wanted; a rewrite that fails costs the fix, not the finding."""
        found = finding.diagnostic
        asked = (finding.proven if self._proven else None, finding.fix)
        offers = [offer for offer in asked if offer is not None]
        if not self._fixes or not offers:
            return found
        from lint_rules.records import replace

        try:
            fix = next((fix for offer in offers if (fix := offer()) is not None), None)
            return replace(found, fix=candidate.offered(found.code, fix))
        except RecursionError:
            return found
        except Exception:
            failures.append(failure(f"the fix of {found.code}", found.location.filename))
            return found


class _Found(NamedTuple):
    """What the rules found in a file, which of its statements were not read, and which rules failed."""

    findings: tuple[Finding, ...] = ()
    broken: Sequence[Broken] = ()
    failures: tuple[Failure, ...] = ()


def _suppressions(source: Source, broken: Sequence[Broken]) -> Suppressions:
    """The comments of a file that silence something, also of statements that were left out."""
    from lint_rules.findings.comments import mentions_comments
    from lint_rules.findings.suppression import find_suppressions
    from lint_rules.source.parsing import read

    text = source.text
    if broken and mentions_comments(source.unparsed or source.text):
        text = read(source).code
    return find_suppressions(text, lambda row: source.locate(row)[0])


def _cut_short(candidate: Candidate, message: str) -> Outcome:
    """The outcome of a file that was not judged for want of time, memory or rights: it may be another the next time."""
    return Outcome(unreadable(candidate, message), passing=True)
