"""Which fixes hold on the program at hand: tried in a copy of the project, and kept only if nothing else changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lint_rules.commands.fixing import Fixing
from lint_rules.commands.verify.attempts import Attempts
from lint_rules.commands.verify.project_copy import root_of
from lint_rules.commands.verify.stretches import Group, groups, weaker
from lint_rules.commands.verify.trial import Trial, Workshop
from lint_rules.commands.verify.verdicts import Verdict
from lint_rules.findings.report import Report
from lint_rules.findings.view import View
from lint_rules.fixes.apply.apply import FixedFile, applied_by
from lint_rules.fixes.apply.files import FileError, FileText, read_file
from lint_rules.fixes.apply.spanning import files_of
from lint_rules.records import dataclass, field, replace
from lint_rules.run.session import Rerun

TIMES_LONGER, AT_LEAST = 5.0, 60.0
"""How long a run with fixes may take: so many times the first run, and at least so many seconds."""


class CommandFailedError(Exception):
    """The command cannot be used to verify anything; the message says why, and what it wrote."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What verifying came to: the files as they are to be, and a verdict for each group of fixes."""

    fixing: Fixing = field(default_factory=Fixing)
    verdicts: tuple[Verdict, ...] = ()


def verify(rerun: Rerun, report: Report, command: str, *, unsafe: bool, timeout: float | None, folder: str) -> Verified:
    """Try the fixes of a report with a command that exercises the code; no file of the project is changed.

    The command runs in a copy of the project: twice as it is, then with all fixes, and with one group of fixes after
    the other where something has changed. Of what does not hold the next weaker fix is tried. `timeout` is for one run,
    in seconds; `folder` is where the command runs.

    Raises:
        CommandFailedError: the command fails before any fix, runs out of time, or changes files of the project itself.
        CopyError: the project cannot be copied.
    """
    allowed = applied_by(unsafe, proven=True)
    wanted = [each for each in report.diagnostics if each.fix is not None and each.fix.applicability in allowed]
    paths = sorted({path for each in wanted for path in files_of(each)})
    sources, problems = _sources(rerun, paths)
    if not sources:
        return Verified(Fixing(tuple(problems)))
    root = root_of(sorted(sources), folder)
    with Workshop(command, root=root, folder=folder, timeout=timeout) as workshop:
        before, again = _plain_run(workshop, root), _plain_run(workshop, root)
        if timeout is None:
            workshop.timeout = max(AT_LEAST, TIMES_LONGER * before.seconds)
        attempts = Attempts(rerun, report, sources, workshop, (before, again), unsafe=unsafe)
        asked = groups(each for each in wanted if files_of(each) <= sources.keys())
        kept, verdicts = _search(asked, attempts)
    fixed = [each for each in attempts.fixed(kept).values() if each.changed]
    return Verified(Fixing((*fixed, *problems)), tuple(verdicts))


def _sources(rerun: Rerun, paths: Iterable[str]) -> tuple[dict[str, FileText], list[FixedFile]]:
    """The files to be fixed, and those that must be left alone."""
    sources: dict[str, FileText] = {}
    problems = []
    for path in paths:
        name = Path(View().name(path))
        if not rerun.covers(path):
            continue
        if not rerun.may_change(path):
            problems.append(FixedFile(name, "", "", problem=f"{name}: leads out of the project; left alone"))
            continue
        try:
            sources[path] = read_file(Path(path))
        except FileError as error:
            problems.append(FixedFile(name, "", "", problem=str(error)))
    return sources, problems


def _plain_run(workshop: Workshop, root: str) -> Trial:
    """Run the command on the project as it is."""
    trial = workshop.run({})
    if trial.code != 0:
        late = f"ran out of time after {trial.seconds:.3g} s (--verify-timeout)"
        how = late if trial.code is None else f"ended with exit code {trial.code}"
        written = "\n".join(text.rstrip() for text in (trial.output, trial.errors) if text.strip())
        raise CommandFailedError(
            f"--verify: the command {how} before anything was fixed, and must succeed first. It ran in a copy of "
            f"{root}; what lies beside that folder is found by absolute paths only.\n{written}"
        )
    if trial.astray:
        more = f" and {len(trial.astray) - 1} more" if len(trial.astray) > 1 else ""
        raise CommandFailedError(
            f"--verify: {trial.astray[0]}{more} changed in {root} itself while the command ran in a copy of it. Where "
            "the command names files of the project by absolute paths, every trial would write to them: let it name "
            "them from the folder in which it runs, or from that of the program. Nothing was fixed."
        )
    return trial


def _search(asked: Sequence[Group], attempts: Attempts) -> tuple[list[Group], list[Verdict]]:
    """The groups that hold together, and what is to be said of all."""
    hopeful: dict[Group, str] = {}
    said: list[Verdict] = []
    for group in asked:
        reason = attempts.unverifiable(group)
        if reason is None:
            hopeful[group] = ""
        else:
            said.append(Verdict(group.found, reason))
    kept: list[Group] = []
    while hopeful:
        verdicts: dict[Group, Verdict] = {}
        _settle(list(hopeful), kept, attempts, verdicts)
        further: dict[Group, str] = {}
        for group, verdict in verdicts.items():
            # What is told is why the best fix does not hold, whatever becomes of the weaker ones.
            first = hopeful[group] or verdict.reason
            instead = weaker(group) if verdict.reason else []
            further |= dict.fromkeys(instead, first)
            if not verdict.reason:
                said.append(replace(verdict, instead_of=first))
            elif not instead:
                said.append(replace(verdict, reason=first))
        hopeful = further
    return kept, sorted(said, key=lambda verdict: verdict.found[0].sort_key)


def _settle(groups: Sequence[Group], kept: list[Group], attempts: Attempts, verdicts: dict[Group, Verdict]) -> None:
    """Try some groups beside those that are kept, and keep those that hold.

    Where something is wrong, the groups of which that can be told are tried one by one, after the others; else one half
    after the other, so that a few fixes that do not hold cost few runs among many that do.
    """
    tried = attempts.verdicts([*kept, *groups])
    mine = tried[len(kept) :]
    wrong = [group for group, verdict in zip(groups, mine, strict=True) if verdict.reason]
    reason = next((verdict.reason for verdict in tried if verdict.reason), "")
    if not reason:
        kept += groups
        verdicts |= zip(groups, mine, strict=True)
    elif len(groups) == 1:
        verdicts[groups[0]] = mine[0] if mine[0].reason else Verdict(groups[0].found, reason)
    else:
        half = len(groups) // 2
        parts = [groups[:half], groups[half:]]
        if 0 < len(wrong) < len(groups):
            parts = [[group for group in groups if group not in wrong], *([group] for group in wrong)]
        for part in parts:
            _settle(part, kept, attempts, verdicts)
