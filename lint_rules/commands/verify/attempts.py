"""Runs of the command with some of the fixes, each compared with the runs without any."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from lint_rules.commands.judged import by_file, encoded
from lint_rules.commands.together import fix_together
from lint_rules.commands.verify import outcome
from lint_rules.commands.verify.predictions import Leeway, are_shared, unlike
from lint_rules.commands.verify.records import Record, SiteRecord
from lint_rules.commands.verify.stretches import Group, Lines, lines_between
from lint_rules.commands.verify.trial import Trial, Workshop
from lint_rules.commands.verify.verdicts import Verdict
from lint_rules.findings.diagnostics import Applicability, Diagnostic, chained
from lint_rules.findings.report import Report
from lint_rules.fixes.apply.apply import FixedFile
from lint_rules.fixes.apply.files import FileText
from lint_rules.records import replace
from lint_rules.run.session import Rerun

Place: TypeAlias = tuple[str, int]
"""A file of the copy, and a line of it."""
SortKey: TypeAlias = tuple[str, int, int, int, str, str]
"""What tells the findings of a run apart."""


class Attempts:
    """Runs of the command with some of the fixes, each compared with the runs without any."""

    def __init__(
        self,
        rerun: Rerun,
        report: Report,
        sources: Mapping[str, FileText],
        workshop: Workshop,
        plain: tuple[Trial, Trial],
        *,
        unsafe: bool,
    ) -> None:
        self._rerun = rerun
        self._found = {str(path): found for path, found in by_file(report.diagnostics)}
        self._sources = sources
        self._workshop = workshop
        self._before, self._again = plain
        self._unsafe = unsafe

    def unverifiable(self, group: Group) -> str | None:
        """Why no run can tell anything of some fixes; None where one can."""
        here = self._sites(self._before.record, group, in_copy=True)
        if not any(site.calls > site.traced for site in here.values()):
            if self._sites(self._before.record, group, in_copy=False):
                return (
                    "the command runs this file where it lies, not its copy: it is installed for development; "
                    "set PYTHONPATH so that the project is found from its folder"
                )
            return "the command never ran this line"
        twice = self._sites(self._again.record, group, in_copy=True)
        for place, site in here.items():
            other = twice.get(place)
            if other is None or unlike(site, other) is not None:
                return "not verifiable: two runs without any fix predict different values; set all seeds in the program"
        return None

    def _sites(self, record: Record, group: Group, *, in_copy: bool) -> dict[Place, SiteRecord]:
        """The sites in the lines that a group of fixes touches, as the files were."""
        found: dict[Place, SiteRecord] = {}
        for stretch in group.stretches:
            path = self._in_copy(stretch.path) if in_copy else stretch.path
            found |= _within(record, path, stretch.rows)
        return found

    def fixed(self, chosen: Sequence[Group]) -> dict[str, FixedFile]:
        """The files with these fixes in them, and with those that they bring about."""
        paths = dict.fromkeys(path for group in chosen for path in group.paths)
        wanted = {each.sort_key: each for group in chosen for each in group.found}

        def keep(path: str, text: str, found: Sequence[Diagnostic]) -> list[Diagnostic]:
            lines = lines_between(self._sources[path].text, text)
            kept = _as_wanted(found, self._found.get(path, ()), wanted, lines)
            return [each for each in kept if each.fix is None or each.fix.elsewhere <= paths.keys()]

        sources = {path: self._sources[path] for path in paths}
        fixed = fix_together(self._rerun, self._found, sources, unsafe=self._unsafe, proven=True, keep=keep)
        for path, source in sources.items():
            self._rerun.changed(path, source.data)  # later questions are about the project as it is
        return fixed

    def verdicts(self, chosen: Sequence[Group]) -> list[Verdict]:
        """Run the command with these fixes, and judge each group by it."""
        fixed = self.fixed(chosen)
        texts = {path: encoded(Path(path), file.after) for path, file in fixed.items()}
        after = self._workshop.run({path: self._sources[path].bom + data for path, data in texts.items()})
        shared = outcome.failure(self._before, after) or self._lost_gradients(after)
        lines = {path: lines_between(self._sources[path].text, file.after) for path, file in fixed.items()}
        if shared:
            return [Verdict(group.found, shared) for group in chosen]
        own, matched = self._judged(chosen, lines, after)
        if not any(each.reason for each in own):
            elsewhere = outcome.other_results(self._before, self._again, after)
            elsewhere = elsewhere or self._elsewhere(chosen, lines, after, matched)
            if elsewhere is not None:
                return [Verdict(group.found, elsewhere) for group in chosen]
        return own

    def _lost_gradients(self, after: Trial) -> str | None:
        lost = after.record.without_gradient - self._before.record.without_gradient
        return f"the gradient of {min(lost)} becomes None" if lost else None

    def _judged(
        self, chosen: Sequence[Group], lines: Mapping[str, Lines], after: Trial
    ) -> tuple[list[Verdict], set[Place]]:
        """What the lines of each group of fixes predict, against what they predicted; and the lines that do so now."""
        verdicts = []
        seen: set[Place] = set()
        strays = self._strays(chosen, lines, after)
        for group in chosen:
            old, new = self._before_and_after(group, lines, after)
            leeway = _leeway(group)
            same, reason = _matched(old, new, leeway)
            if reason and strays:
                further, still = _matched(old, new | strays, leeway)
                if not still:
                    same, reason = further, ""
                    new |= {place: site for place, site in strays.items() if place in further}
            seen |= same
            verdicts.append(
                Verdict(group.found, reason, _figures(old.values()), _figures(new[place] for place in same))
            )
        for number, group in enumerate(chosen):
            _, new = self._before_and_after(group, lines, after)
            extra = [line for (_, line), site in new.items() if site.calls > site.traced and (_, line) not in seen]
            if extra and not verdicts[number].reason:
                reason = f"line {min(extra)} of the fixed file predicts what was not predicted"
                verdicts[number] = replace(verdicts[number], reason=reason)
        return verdicts, seen

    def _strays(self, chosen: Sequence[Group], lines: Mapping[str, Lines], after: Trial) -> dict[Place, SiteRecord]:
        """The sites in new lines away from what the fixes touched: a call that left two loops, one after the other."""
        found: dict[Place, SiteRecord] = {}
        for path, each in lines.items():
            there = set(each.same.values())
            for group in chosen:
                there.update(*(each.image(one.first, one.last) for one in group.stretches if one.path == path))
            rows = set(range(1, each.last)) - there
            copy = self._in_copy(path)
            found |= {(copy, row): site for row, site in after.record.of_file(copy).items() if row in rows}
        return found

    def _before_and_after(
        self, group: Group, lines: Mapping[str, Lines], after: Trial
    ) -> tuple[dict[Place, SiteRecord], dict[Place, SiteRecord]]:
        """The sites in the lines that a group of fixes touches."""
        new: dict[Place, SiteRecord] = {}
        for stretch in group.stretches:
            image = lines[stretch.path].image(stretch.first, stretch.last)
            new |= _within(after.record, self._in_copy(stretch.path), image)
        return self._sites(self._before.record, group, in_copy=True), new

    def _elsewhere(
        self, chosen: Sequence[Group], lines: Mapping[str, Lines], after: Trial, matched: set[Place]
    ) -> str | None:
        """What a line that no fix touches predicts otherwise than before; `matched` predict what fixed lines did."""
        touched: set[Place] = set()
        known = set(matched)
        for group in chosen:
            old, new = self._before_and_after(group, lines, after)
            touched |= old.keys()
            known |= new.keys()
        moved = {self._in_copy(path): each for path, each in lines.items()}
        for (path, line), site in self._before.record.sites.items():
            now = moved[path].same.get(line, line) if path in moved else line
            known.add((path, now))
            if (path, line) in touched or not _is_steady(site, self._again.record, path, line):
                continue
            other = after.record.sites.get((path, now))
            reason = "is not run any more" if other is None else unlike(site, other)
            if reason is not None:
                return self._told(path, line, reason)
        for (path, line), site in sorted(after.record.sites.items()):
            if (path, line) not in known and site.calls > site.traced and path not in self._unsteady_files():
                return self._told(path, line, "predicts what was not predicted")
        return None

    def _unsteady_files(self) -> set[str]:
        """The files of which other lines predict in each of the two runs without any fix."""
        places = set(self._before.record.sites) ^ set(self._again.record.sites)
        return {path for path, _ in places}

    def _told(self, path: str, line: int, reason: str) -> str:
        return f"{os.path.relpath(path, self._before.home)}:{line}, which no fix touches: {reason}"

    def _in_copy(self, path: str) -> str:
        return self._workshop.in_copy(path)


def _as_wanted(
    found: Sequence[Diagnostic], before: Sequence[Diagnostic], wanted: Mapping[SortKey, Diagnostic], lines: Lines
) -> list[Diagnostic]:
    """The findings of a text without those that are not wanted of the text before, each with the fix that is wanted:
    it may be a weaker one than that of the finding."""
    refused: set[tuple[str, int]] = set()
    weaker: dict[tuple[str, int], str] = {}
    for each in before:
        chosen = wanted.get(each.sort_key)
        rows = {(each.code, row) for row in lines.rows_now(each.location.start.row)}
        if chosen is None:
            refused |= rows
        elif chosen.fix is not None and chosen.fix != each.fix:
            weaker |= dict.fromkeys(rows, chosen.fix.message)
    kept = []
    for each in found:
        place = (each.code, each.location.start.row)
        if place in weaker and each.fix is not None:
            # Once the weaker fix is in, a stronger one may be all that is offered there: it is not wanted.
            each = replace(each, fix=chained(fix for fix in each.fix.chain if fix.message == weaker[place]))
        if place not in refused:
            kept.append(each)
    return kept


def _within(record: Record, path: str, lines: range) -> dict[Place, SiteRecord]:
    return {(path, line): site for line, site in record.of_file(path).items() if line in lines}


def _figures(sites: Iterable[SiteRecord]) -> tuple[int, float]:
    found = list(sites)
    return sum(site.calls for site in found), sum(site.seconds for site in found)


def _is_steady(site: SiteRecord, record: Record, path: str, line: int) -> bool:
    """Whether a second run of the program as it is has predicted the same at a line."""
    again = record.sites.get((path, line))
    return again is not None and site.calls > site.traced and unlike(site, again) is None


def _leeway(group: Group) -> Leeway:
    """What the fixes of a group say that they change."""
    fixes = [each.fix for each in group.found if each.fix is not None]
    return Leeway(
        tensor=any(each.code.startswith("KI1") for each in group.found),
        by_shape=any(fix.applicability is Applicability.DISPLAY for fix in fixes),
    )


def _matched(
    old: Mapping[Place, SiteRecord], new: Mapping[Place, SiteRecord], leeway: Leeway
) -> tuple[set[Place], str]:
    """The lines that predict what lines predicted before; and why one of those has no such line, empty if all have."""
    matched: set[Place] = set()
    for _, site in sorted(old.items()):
        if site.calls == site.traced:
            continue
        reasons = {place: unlike(site, each, leeway) for place, each in new.items()}
        same = {place for place, reason in reasons.items() if reason is None}
        if not same and are_shared(site, list(new.values())):
            same = set(new)
        if not same:
            return matched, _closest(site, new, reasons)
        matched |= same
    return matched, ""


def _closest(site: SiteRecord, new: Mapping[Place, SiteRecord], reasons: Mapping[Place, str | None]) -> str:
    """Of the reasons why no line predicts what one predicted, that of the line with as many rows."""
    if not new:
        return "nothing is predicted there any more"
    place = min(new, key=lambda each: abs(len(new[each].rows) - len(site.rows)))
    return reasons[place] or ""
