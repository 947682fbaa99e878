"""The one pipeline: discover -> triage -> load -> check -> suppress -> sort.

It reads top to bottom in that order. What costs time to import (the analysis, the rules, the findings) is imported
when the first file survives triage, because most runs end before.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from lint_rules.config import discovery
from lint_rules.config.discovery import File
from lint_rules.config.patterns import Patterns, below
from lint_rules.config.settings import Overrides, Settings, SettingsError, SettingsFinder, asked_for, selected
from lint_rules.findings.report import Outcome, Report
from lint_rules.run import left_out, triage
from lint_rules.source.files import OddFileError, read_source_bytes, working_folder
from lint_rules.source.words import names_in

if TYPE_CHECKING:
    from pathlib import Path

    from lint_rules.cache.facts import Facts
    from lint_rules.cache.kept import Cache
    from lint_rules.findings.diagnostics import Diagnostic, Edit, Location, Severity
    from lint_rules.findings.observations import Observations
    from lint_rules.findings.suppression import Suppressions
    from lint_rules.findings.view import View
    from lint_rules.rules.base import Finding, Rule
    from lint_rules.semantics.project.options import Options
    from lint_rules.semantics.project.project import Project, Traces
    from lint_rules.source.readings import Broken
    from lint_rules.source.text import Source


FEW_FILES = 20
"""So few files are read faster than what is kept of a large project."""

HELD_BYTES = 4_000_000
"""How much of what was read is kept until it is judged or proven; beyond that, files are read again."""

Progress = Callable[[str, int], None]
"""Told of every file before it is judged, with how many files of its project are still to be judged, it included."""


class Request(NamedTuple):
    """What to check. `paths` are files and folders; `listed` are files of a larger run, such as `--files-from` names.

    `stdin` is the text of one more file under the name that it should have. `fixes` tells whether fixes are wanted:
    they cost time. `noqa` False shows what comments silence, `baseline` False what the baseline knows. `observations`
    are what a test run saw. `workspace` are the folders that an editor works in, outside of which no code is read; None
    where no editor asks. `cache` tells whether to use and keep what runs learn of a project. `jobs` is how many
    processes judge, 0 for one a processor, None for as many as pay.
    """

    paths: tuple[str, ...] = ()
    listed: tuple[str, ...] = ()
    stdin: tuple[str, bytes] | None = None
    overrides: Overrides = Overrides()
    fixes: bool = False
    noqa: bool = True
    baseline: bool = True
    observations: Observations | None = None
    workspace: tuple[str, ...] | None = None
    cache: bool = False
    jobs: int | None = 1


def check(request: Request, progress: Progress | None = None) -> Report:
    """Run the pipeline.

    Raises:
        SettingsError: a path does not exist or the settings are wrong.
    """
    discovery.forget()
    finder = SettingsFinder(request.overrides)
    files = find_files(request, finder)
    return _report(request, files, split(request, files, finder), finder, progress)


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
def _report(
    request: Request,
    files: Sequence[File],
    parts: Sequence[Part],
    finder: SettingsFinder,
    progress: Progress | None = None,
) -> Report:
    outcomes = [outcome for part in parts for outcome in part.outcomes(progress)]
    report = Report(
        mistakes=tuple(sorted(finder.mistakes)),
        diagnostics=_sorted(found for outcome in outcomes for found in outcome.diagnostics),
        suppressed=_sorted(found for outcome in outcomes for found in outcome.suppressed),
        checked=len(files),
        failures=tuple(failure for outcome in outcomes for failure in outcome.failures),
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )
    report = _with_observed(report, request, files, finder)
    return _without_known(report, request, files, finder) if request.baseline else report


class Rerun:
    """A run that can be asked again after single files changed: the projects around them are read once."""

    def __init__(self, request: Request) -> None:
        discovery.forget()
        self._request = request
        self._finder = SettingsFinder(request.overrides)
        self._files = find_files(request, self._finder)
        self._parts = split(request, self._files, self._finder)

    def report(self, progress: Progress | None = None) -> Report:
        """As `check`; to be called once.

        Raises:
            SettingsError: a path does not exist or the settings are wrong.
        """
        return _report(self._request, self._files, self._parts, self._finder, progress)

    def judged(self, path: str, data: bytes) -> bool:
        """Whether `data` is known to be what the run judged last in a file."""
        return self._part_with(path).judged(path, data)

    def changed(self, path: str, data: bytes) -> tuple[Diagnostic, ...]:
        """What is to be shown of one file of the run if it held `data`; for later questions it does."""
        part = self._part_with(path)
        outcome = part.changed(path, data)
        request = self._request._replace(stdin=(path, data))
        report = Report(diagnostics=_sorted(outcome.diagnostics), suppressed=_sorted(outcome.suppressed))
        report = _with_observed(report, request, [File(path, named=True)], self._finder)
        if request.baseline:
            report = _without_known(report, request, [File(path, named=True)], self._finder)
        return report.diagnostics

    def may_change(self, path: str) -> bool:
        """Whether a file is to be changed where it really lies: in its project and not passed over there, or where the
        arguments name it. What a link leads to elsewhere was not asked for."""
        if any(discovery.means(named, path) for named in self._request.paths):
            return True
        target = os.path.realpath(path)
        inside = discovery.means(self._part_with(path).root, path)
        return inside and (target == path or not discovery.passed_over([target], self._finder.of_folder))

    def _part_with(self, path: str) -> Part:
        return next(part for part in self._parts if any(file.path == path for file in part.files))

    # For editors: any file, and the text that it is to have

    def hold(self, path: str, data: bytes | None) -> None:
        """Let a file hold these bytes for later questions, whatever is on disk; None: what is on disk now."""
        self._part_of(path).hold_text(path, data)

    def judge(self, path: str) -> Report:
        """What is to be shown of one file, as a run that names it would; a file that the settings exclude is clean.

        Raises:
            SettingsError: the settings are wrong.
        """
        part = self._part_of(path)
        settings = self._finder.of_folder(os.path.dirname(path))
        if Patterns(settings.exclude, part.root).match(path):
            return Report()
        part.files = [File(path, named=True)]
        request = self._request._replace(stdin=(path, part.read(path)))
        return _report(request, part.files, [part], self._finder)

    def _part_of(self, path: str) -> Part:
        """The project of a file, made when it is first asked about."""
        (new,) = split(self._request, [File(path, named=True)], self._finder)
        known = next((part for part in self._parts if part.root == new.root), None)
        if known is None:
            self._parts.append(new)
        return known or new


def _sorted(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(diagnostics, key=lambda diagnostic: diagnostic.sort_key))


# Discover


def find_files(request: Request, finder: SettingsFinder) -> list[File]:
    """Every file of the request whose settings are right, sorted by path; the mistakes in others go to the `finder`.

    Raises:
        SettingsError: a path does not exist, the settings of a folder that is named are wrong, or those of all files.
    """
    for path in map(os.path.abspath, request.paths):
        if os.path.isdir(path):
            finder.of_folder(path)
    files = {file.path: file for file in discovery.discover(request.paths, finder.or_mistake)}
    listed = discovery.discover(request.listed, finder.or_mistake)
    excluded = discovery.passed_over((file.path for file in listed if file.named), finder.or_mistake)
    for file in listed:
        if file.path not in excluded:
            files.setdefault(file.path, File(file.path))
    if request.stdin is not None:
        path = os.path.abspath(request.stdin[0])
        files[path] = File(path, named=True)
    return _with_settings(sorted(files.values()), finder)


def _with_settings(files: Sequence[File], finder: SettingsFinder) -> list[File]:
    """The files whose settings are right.

    Raises:
        SettingsError: those of none are.
    """
    mistakes = {file: finder.or_mistake(os.path.dirname(file.path)).mistake for file in files}
    finder.mistakes.update(mistake for mistake in mistakes.values() if mistake is not None)
    right = [file for file in files if mistakes[file] is None]
    if finder.mistakes and not right:
        raise SettingsError(min(finder.mistakes))
    return right


def split(request: Request, files: Sequence[File], finder: SettingsFinder) -> list[Part]:
    """The files by project; what lies below a folder that was asked for belongs to that folder's project."""
    folders = [path for path in map(os.path.abspath, request.paths) if os.path.isdir(path)]
    roots = {folder: discovery.project_root(folder, finder.or_mistake) for folder in folders}
    stdin = (os.path.abspath(request.stdin[0]), request.stdin[1]) if request.stdin is not None else None
    parts: dict[str, Part] = {}
    for file in files:
        above = [folder for folder in folders if below(file.path, folder)]
        marked = finder.or_mistake(os.path.dirname(file.path)).root
        if marked is None:
            marked = roots[max(above, key=len)] if above else discovery.marked_root(file.path, finder.or_mistake)
        root = marked or os.path.dirname(file.path)
        if request.workspace is not None:
            root = discovery.bounded(root, file.path, request.workspace)
        part = parts.get(root)
        if part is None:
            whole = any(root == folder or below(root, folder) for folder in folders)
            part = parts[root] = Part(
                root, finder, request.fixes, request.noqa, stdin, whole, request.cache, request.jobs
            )
        part.loose = part.loose or (marked is None and not part.whole)
        part.files.append(file)
    return list(parts.values())


class Part:
    """The files of one project that are to be checked, and the project around them, seen only when it is needed.

    `whole` tells that all of the project is to be checked, `loose` that nothing says that the files have one.
    """

    def __init__(
        self,
        root: str,
        finder: SettingsFinder,
        fixes: bool = False,
        noqa: bool = True,
        stdin: tuple[str, bytes] | None = None,
        whole: bool = False,
        keep: bool = False,
        jobs: int | None = 1,
    ) -> None:
        self.root = root
        self.loose = False
        self.whole = whole
        self.files: list[File] = []
        self.notes: list[str] = []
        self._finder = finder
        self._fixes = fixes
        self._noqa = noqa
        self._stdin = stdin
        self._keep = keep
        self._jobs = jobs
        self._keys: dict[Settings, str] = {}
        self._bytes: dict[str, bytes] = {}
        self._changed: dict[str, bytes] = {}
        self._held = 0
        self._sources: dict[str, Source] = {}
        self._fingerprints: dict[str, int] = {}
        self._project: Project | None = None
        self._keras: bool | None = None
        self._rules: dict[Settings, tuple[Rule, ...]] = {}

    # Triage

    def outcomes(self, progress: Progress | None = None) -> Iterator[Outcome]:
        """Triage every file, then check those that are left, in order."""
        candidates: list[File] = []
        others: list[File] = []
        plain: list[File] = []
        for file in self.files:
            try:
                facts = self._facts(file.path)
            except OSError as error:
                yield self._unreadable(file, f"cannot be read: {error.strerror or error}")
                continue
            self._keras = self._keras or facts.keras or None
            if facts.holds or (facts.noqa and self._runs(self._settings(file.path), file.path, "KI001")):
                candidates.append(file)
            elif file.named or self._keras:
                plain.append(file)
            else:
                others.append(file)
        if candidates and not self._relevant():
            # Nothing here is about Keras; what was asked for by name is still told when it cannot be read at all.
            plain += [file for file in candidates if file.named]
            candidates = []
        elif others and self._relevant():
            plain += others
        yield from self._checked(sorted(candidates), progress)
        # Last, because the files that were analysed on the way are known to be Python.
        for file in sorted(plain):
            yield self._proven(file)
            self._bytes.pop(file.path, None)
        self._save()

    def _facts(self, path: str) -> Facts:
        """What the bytes of a file show; what was known of a file that has not changed spares reading it.

        Raises:
            OSError: the file cannot be read.
        """
        cache = self._cache_at_hand()
        known = cache.facts(path) if cache is not None else None
        if known is None:
            from lint_rules.cache.facts import Facts

            data = self.read(path)
            holds = triage.may_hold_a_finding(data, path.endswith(".ipynb"))
            known = Facts(holds, triage.speaks_of_keras(data), b"noqa" in data)
            self._hold(path, data)
            if cache is not None:
                cache.note(path, known)
        return known

    def _checked(self, candidates: Sequence[File], progress: Progress | None) -> Iterator[Outcome]:
        """The outcome of each file: the one that is kept of an earlier run if it still holds."""
        cache = self.cache if candidates and self._relevant() else None
        if cache is not None:
            cache.survey(sorted({*(file.path for file in self.files), *self._listing()}))
        kept: dict[File, Outcome] = {}
        if cache is not None:
            known = ((file, cache.outcome(file.path, self._key(file))) for file in candidates)
            kept = {file: outcome for file, outcome in known if outcome is not None}
        unproven: list[tuple[File, Traces | None]] = []
        judged = self._judged([file for file in candidates if file not in kept])
        for number, file in enumerate(candidates):
            if progress is not None:
                progress(file.path, len(candidates) - number)
            if file in kept:
                yield kept[file]
                continue
            outcome, traces = next(judged)
            if outcome.unproven:
                unproven.append((file, traces))
            else:
                self._remember(file, outcome, traces)
                yield outcome
        judged.close()
        for file, traces in unproven:
            outcome = self._proven(file)
            self._remember(file, outcome, traces)
            yield outcome

    def _remember(self, file: File, outcome: Outcome, traces: Traces | None) -> None:
        """Keep an outcome for later runs, if it will be the same then."""
        cache = self.cache
        if cache is not None and not outcome.failures and not outcome.passing:
            cache.keep(file.path, self._key(file), outcome, traces)

    def _save(self) -> None:
        """Write what was learnt."""
        cache, project = self._cache_at_hand(), self._project
        if cache is not None:
            cache.save(project.files if project is not None else (), project.mentions_made if project else None)

    def _judged(self, files: Sequence[File]) -> Generator[tuple[Outcome, Traces | None], None, None]:
        """The outcome of each file, and what it rests on; in several processes where that pays or is asked for."""
        from lint_rules.run.workers import how_many, in_workers

        workers = how_many(len(files), self._jobs)
        if workers > 1:
            # What every process needs is made once.
            self.project().mentions  # noqa: B018
        yield from in_workers(self._traced, files, workers)

    def _traced(self, file: File) -> tuple[Outcome, Traces | None]:
        before = self._project.traces if self._project is not None else None
        outcome = self._analysed(file, prove=False)
        traces = self._project.traces if self._project is not None else None
        self._bytes.pop(file.path, None)
        self._sources.pop(file.path, None)
        return outcome, traces if traces is not before else None

    def _cache_at_hand(self) -> Cache | None:
        """The cache where it is in use already, or spares reading more than it costs to read."""
        many = len(self.files) > FEW_FILES
        return self.cache if many or "cache" in self.__dict__ else None

    @cached_property
    def cache(self) -> Cache | None:
        """What earlier runs have kept of this project; None where nothing is to be kept."""
        if self._stdin is not None or self._changed or not self._keep:
            return None
        from lint_rules.cache.folder import digest, folder_of, refusal
        from lint_rules.cache.kept import Cache
        from lint_rules.source.pins import texts_that_pin

        settings = self._finder.of_folder(self.root)
        try:
            refused = refusal(self.root, settings.cache_dir, asked=self._finder.override.cache_dir is not None)
        except RuntimeError:  # the user whose folder it would be in has no home
            return None
        if refused is not None:
            self.notes.append(refused)
            return None
        # What says which files there are, and what is shown of the findings, is no matter of all answers.
        told = (
            settings.model_factories,
            settings.model_attributes,
            settings.not_models,
            settings.step_functions,
            settings.traced_decorators,
            settings.keras_version,
            settings.backend,
        )
        place = folder_of(self.root, settings.cache_dir)
        return Cache(self.root, place, digest(repr((told, texts_that_pin(self.root))).encode()))

    def _key(self, file: File) -> str:
        """The rules and settings that a file is judged by."""
        from lint_rules.cache.folder import digest

        settings = self._settings(file.path)
        known = self._keys.get(settings)
        if known is None:
            inner = os.path.relpath(settings.root, self.root) if settings.root is not None else None
            plain = settings._replace(root=inner, file=None, baseline=None, cache_dir=None)
            known = self._keys[settings] = digest(repr((plain, self._fixes, self._noqa)).encode())[:12]
        return known

    def _hold(self, path: str, data: bytes) -> None:
        """Keep the bytes of a file that will be looked at again, as long as that costs no memory to speak of."""
        self._held += len(data)
        if self._held <= HELD_BYTES:
            self._bytes[path] = data

    def read(self, path: str) -> bytes:
        """The bytes of a file; standard input's under its name."""
        if path in self._changed:
            return self._changed[path]
        if path in self._bytes:
            return self._bytes[path]
        if self._stdin is not None and path == self._stdin[0]:
            return self._stdin[1]
        return read_source_bytes(path)

    def _proven(self, file: File) -> Outcome:
        """The outcome of a file without candidates: it is Python, or what is wrong with it."""
        try:
            return Outcome() if self._parses(file) else self._check(file)
        except Exception:
            return Outcome(failures=(_failure("the reader", file.path),))

    def _parses(self, file: File) -> bool:
        """Whether a file without candidates is Python at all."""
        path = file.path
        cache = self._cache_at_hand() if path not in self._changed else None
        facts = cache.facts(path) if cache is not None else None
        if facts is not None and facts.parses is not None:
            return facts.parses
        if self._project is not None and self._project.has_parsed(path):
            return True
        on_disk = path not in self._changed and (self._stdin is None or path != self._stdin[0])
        try:
            parses = triage.parses(self.read(path), path, on_disk)
        except OSError:  # it has gone meanwhile, or cannot be read any more
            return False
        if cache is not None and facts is not None:
            cache.note(path, facts._replace(parses=parses))
        return parses

    def _relevant(self) -> bool:
        """Whether anything in the project speaks of Keras, or the settings tell of models that nobody sees."""
        if self._keras is None:
            settings = self._finder.of_folder(self.root)
            self._keras = bool(settings.model_factories or settings.model_attributes) or (
                not self.whole and any(self._speaks_of_keras(path) for path in self._listing())
            )
        return self._keras

    def _speaks_of_keras(self, path: str) -> bool:
        try:
            return triage.speaks_of_keras(self.read(path))
        except OSError:
            return False

    def _listing(self) -> Iterator[str]:
        """All files of the project, whichever of them are checked."""
        if self.loose:
            from lint_rules.config.loose import surroundings

            files = [file.path for file in self.files]
            yield from surroundings(self.root, files, self._finder.or_mistake, self.read)
            return
        for folder, found in discovery.folders(self.root, self._finder.or_mistake):
            mistake = self._finder.or_mistake(folder).mistake if found else None
            if mistake is not None:
                self._finder.mistakes.add(mistake)
            yield from found

    def _settings(self, path: str) -> Settings:
        return self._finder.of_folder(os.path.dirname(path))

    # Load

    def _source(self, path: Path) -> Source:
        """The text of a file; what is being checked is not read twice."""
        from lint_rules.source.reader import read_source
        from lint_rules.source.text import UnreadableSource

        name = str(path)
        source = self._sources.get(name)
        if source is None:
            try:
                source = read_source(path, self.read(name))
            except OSError as error:
                raise UnreadableSource(f"cannot be read: {error.strerror or error}") from error
        return source

    def project(self) -> Project:
        """The project in view of the rules, made when the first file needs it."""
        if self._project is None:
            from pathlib import Path

            from lint_rules.semantics.project.project import Project

            names = {file.path for file in self.files}
            names.update(self._listing())
            names.update(self._changed)
            known = self.cache.known_mentions() if self.cache is not None else None
            project = Project(
                Path(self.root), [Path(name) for name in sorted(names)], self._source, self._options(), known
            )
            # What is not on disk as it is judged here may mention any word.
            aside = {*self._changed, *([self._stdin[0]] if self._stdin is not None else [])}
            for name in sorted(aside & names):
                project = project.edited(Path(name))
            self._project = project
        return self._project

    def _options(self) -> Options:
        """What the settings tell about code that the analysis cannot see."""
        from lint_rules.semantics.project.options import Options

        settings = self._finder.of_folder(self.root)
        return Options(
            model_factories=settings.model_factories,
            model_attributes=settings.model_attributes,
            not_models=settings.not_models,
            step_functions=settings.step_functions,
            traced_decorators=settings.traced_decorators,
            keras_version=settings.keras_version,
            backend=settings.backend,
        )

    # Check

    def changed(self, path: str, data: bytes) -> Outcome:
        """The outcome of one file with another text; what was read of the others is kept."""
        from lint_rules.budget import watched

        self.hold_text(path, data)
        with watched():
            return self._check(File(path, named=True))

    def judged(self, path: str, data: bytes) -> bool:
        """Whether a file is known to have held `data` when it was judged last, here and not by an earlier run."""
        return self._fingerprints.get(path) == _fingerprint(data)

    def hold_text(self, path: str, data: bytes | None) -> None:
        """Let a file hold other bytes from now on; None takes them back."""
        from pathlib import Path

        if data is not None:
            self._changed[path] = data
        else:
            self._changed.pop(path, None)
        self._bytes.pop(path, None)
        self._sources.pop(path, None)
        self._keras = self._keras or None
        if self._project is not None:
            self._project = self._project.edited(Path(path))

    def _check(self, file: File) -> Outcome:
        """Everything that is wrong in one file."""
        return self._analysed(file, prove=True)

    def _analysed(self, file: File, prove: bool) -> Outcome:
        """The same; without `prove` the outcome of a file in which no rule can find anything says that it is unproven.

        What only has to be proven to be Python is best proven last: other files may have been analysed with it.
        """
        from pathlib import Path

        from lint_rules.budget import SECONDS_PER_FILE, BudgetExceeded, budget
        from lint_rules.source.text import UnreadableSource

        try:
            data = self.read(file.path)
            self._fingerprints[file.path] = _fingerprint(data)
            words = names_in(data, file.path.endswith(".ipynb"))
            rules = self._rules_for(file, words)
            if not rules and not self._has_idle_noqa(file, data) and (not prove or self._parses(file)):
                return Outcome(unproven=not prove)
            with budget(SECONDS_PER_FILE):
                source = self._source(Path(file.path))
                self._sources[file.path] = source
                return self._judge(file, source, words, rules, prove)
        except OSError as error:
            return self._unreadable(file, f"cannot be read: {error.strerror or error}")._replace(passing=True)
        except BudgetExceeded:
            self._project = None
            message = f"not analysed: it takes more than {SECONDS_PER_FILE:.0f} s"
            return self._unreadable(file, message)._replace(passing=True)
        except UnreadableSource as error:
            return self._unreadable(file, error.message, error.row, error.column)
        except SyntaxError as error:
            row, column = max(error.lineno or 1, 1), max(error.offset or 1, 1)
            return self._unreadable(file, left_out.syntax_error(error.msg), row, column)
        except (RecursionError, MemoryError):
            self._project = None
            return self._unreadable(file, "not analysed: it nests too deeply")._replace(passing=True)
        except ValueError as error:
            return self._unreadable(file, f"syntax error: {error}")
        except Exception:
            self._project = None
            return Outcome(failures=(_failure("the analysis", file.path),))

    def _judge(self, file: File, source: Source, words: frozenset[str], rules: Sequence[Rule], prove: bool) -> Outcome:
        """Run the rules, then keep what is to be shown."""
        from pathlib import Path

        from lint_rules.findings.suppression import find_suppressions, mentions_noqa
        from lint_rules.source.parsing import read

        settings = self._settings(file.path)
        findings: list[Finding] = []
        failures: list[str] = []
        broken: Sequence[Broken] = ()
        if rules:
            project = self.project()
            project.begin()
            rules = self._at_a_glance(file, source.text, words, rules)
        idle = self._runs(settings, file.path, "KI001")
        if rules:
            module = project.module(Path(file.path))
            broken = module.broken
        elif not prove and not idle and not source.skipped:
            return Outcome(unproven=True)
        elif not self._parses(file):
            broken = read(source).broken
        for rule in rules:
            try:
                findings += rule.check(module, project)
            except RecursionError:
                raise
            except Exception:
                failures.append(_failure(rule.code, file.path))
        shown = [finding for finding in findings if _is_shown(finding.diagnostic, settings)]
        if broken:
            shown, idle = left_out.apart(shown, source, broken), False
        diagnostics = [self._with_fix(finding, failures) for finding in compete(shown)]
        if broken:
            diagnostics = left_out.without_reach(diagnostics, source, broken)
        diagnostics += self._left_out(file, source, broken)
        if not self._noqa or not (diagnostics or idle):
            return Outcome(tuple(diagnostics), (), tuple(failures))
        code = read(source).code if broken and mentions_noqa(source.unparsed or source.text) else source.text
        suppressions = find_suppressions(code)
        silenced = {index for index, found in enumerate(diagnostics) if _is_silenced(found, source, suppressions)}
        places = [diagnostics[index].location for index in silenced]
        kept = [_apart(found, places) for index, found in enumerate(diagnostics) if index not in silenced]
        if idle:
            unused = _unused(file.path, source, suppressions, self._codes(settings, file.path))
            kept += [self._with_fix(finding, failures) for finding in unused]
        return Outcome(tuple(kept), tuple(diagnostics[index] for index in sorted(silenced)), tuple(failures))

    def _with_fix(self, finding: Finding, failures: list[str]) -> Diagnostic:
        """The diagnostic, with its fix where fixes are wanted; a rewrite that fails costs the fix, not the finding."""
        found = finding.diagnostic
        if not self._fixes or finding.fix is None:
            return found
        from dataclasses import replace

        try:
            return replace(found, fix=finding.fix())
        except RecursionError:
            return found
        except Exception:
            failures.append(_failure(f"the fix of {found.code}", found.location.filename))
            return found

    def _rules_for(self, file: File, words: frozenset[str]) -> list[Rule]:
        """The rules that run on a file, of whose words it has one, and that can find something that is shown."""
        settings = self._settings(file.path)
        return [
            rule
            for rule in self._selected(settings)
            if not (rule.triggers and rule.triggers.isdisjoint(words))
            and (rule.worst or rule.severity).rank >= _least_shown(settings, rule.code).rank
            and not _ignored_here(settings, file.path, rule.code)
        ]

    def _at_a_glance(self, file: File, text: str, words: frozenset[str], rules: Sequence[Rule]) -> list[Rule]:
        """Those of the rules that may find something in a text."""
        from pathlib import Path

        from lint_rules.rules.base import Glance
        from lint_rules.semantics.syntax.testcode import is_test_file

        settings, project, path = self._settings(file.path), self.project(), Path(file.path)
        return [
            rule
            for rule in rules
            if not (rule.spares_tests and is_test_file(path, text))
            and rule.may_find(Glance(text, words, path, project, _least_shown(settings, rule.code)))
        ]

    def _selected(self, settings: Settings) -> tuple[Rule, ...]:
        """The rules that the settings select."""
        known = self._rules.get(settings)
        if known is None:
            from lint_rules.rules.registry import RULES

            known = self._rules[settings] = tuple(rule for rule in RULES if selected(settings, rule.code, rule.default))
        return known

    def _codes(self, settings: Settings, path: str) -> frozenset[str]:
        """The codes of the rules that run on a file."""
        rules = self._selected(settings)
        return frozenset(rule.code for rule in rules if not _ignored_here(settings, path, rule.code))

    def _has_idle_noqa(self, file: File, data: bytes) -> bool:
        """Whether a file without candidates may hold a comment that is to be reported as unused."""
        return b"noqa" in data and self._runs(self._settings(file.path), file.path, "KI001")

    def _runs(self, settings: Settings, path: str, code: str) -> bool:
        """Whether one of the engine's own rules (KI000, KI001) runs on a file."""
        return selected(settings, code) and not _ignored_here(settings, path, code)

    def _left_out(self, file: File, source: Source, broken: Sequence[Broken]) -> Sequence[Diagnostic]:
        """KI000 for what of a file was not read, while the rest was judged; as an information, if that is shown."""
        from lint_rules.findings.diagnostics import Severity

        if not broken and not source.skipped:
            return ()
        told = left_out.statements(source, broken) if broken else left_out.cells(source.skipped)
        partly = bool(broken or source.text.strip())
        severity = Severity.INFO if partly else Severity.ERROR
        if severity.rank < _least_shown(self._settings(file.path), "KI000").rank:
            return ()
        return self._unreadable(file, *told, severity=severity).diagnostics

    def _unreadable(
        self,
        file: File,
        message: str,
        row: int = 1,
        column: int = 1,
        cell: int | None = None,
        severity: Severity | None = None,
    ) -> Outcome:
        """KI000 for a file that cannot be judged, or not all of it, unless the settings ignore that."""
        from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Position, Severity

        if not self._runs(self._settings(file.path), file.path, "KI000"):
            return Outcome()
        place = Location(file.path, Position(row, column), Position(row, column + 1), cell)
        severity = severity or Severity.ERROR
        found = Diagnostic("KI000", "unreadable-file", message, severity, Confidence.CERTAIN, place, noqa_row=row)
        return Outcome((found,))


def _fingerprint(data: bytes) -> int:
    """What tells the text of a file from another; a byte-order mark is no part of the text."""
    return hash(data.removeprefix(b"\xef\xbb\xbf"))


def _ignored_here(settings: Settings, path: str, code: str) -> bool:
    """Whether per-file-ignores switch a rule off for a file."""
    patterns = [
        pattern
        for pattern, selectors in settings.per_file_ignores
        if any(selector == "ALL" or code.startswith(selector) for selector in selectors)
    ]
    return bool(patterns) and Patterns(patterns, settings.root or working_folder()).match(path)


def _is_shown(diagnostic: Diagnostic, settings: Settings) -> bool:
    """Whether a finding is sure and bad enough for the settings."""
    if settings.min_confidence == "certain" and diagnostic.confidence != "certain":
        return False
    return diagnostic.severity.rank >= _least_shown(settings, diagnostic.code).rank


def _least_shown(settings: Settings, code: str) -> Severity:
    """The least severity that is shown of a rule: a rule that is asked for by its code or name is shown in any case."""
    from lint_rules.findings.diagnostics import Severity

    return Severity.INFO if asked_for(settings, code) else Severity(settings.severity)


def compete(findings: Sequence[Finding]) -> list[Finding]:
    """One finding of a family (KI1, KI2, ...) for each call, the first code of it; KI1 silences KI2 and KI3 there.

    KI205 comes before its family: to make the model again costs more than any way to predict.
    What would not be shown does not compete. Findings without an anchor have no competitor; equal findings are one.
    """
    best: dict[object, Finding] = {}
    for finding in findings:
        found = finding.diagnostic
        if found.anchor is None:
            key: object = (found.code, found.location, found.message)
        else:
            key = (found.location.filename, found.location.cell, found.anchor, found.code[:3])
        other = best.get(key)
        if other is None or _place(found.code) < _place(other.diagnostic.code):
            best[key] = finding
    kept = []
    for key, finding in best.items():
        silenced = isinstance(key, tuple) and key[-1] in ("KI2", "KI3") and (*key[:-1], "KI1") in best
        if not silenced:
            kept.append(finding)
    return kept


def _place(code: str) -> tuple[bool, str]:
    """The place of a code in its family."""
    return (code != "KI205", code)


def _failure(code: str, path: str) -> str:
    """An error of our own, told so that it can be reported."""
    import traceback

    return f"{code} failed on {path}; the other rules and files were checked. Please report this:\n" + (
        traceback.format_exc().rstrip()
    )


# Observe


def _with_observed(report: Report, request: Request, files: Sequence[File], finder: SettingsFinder) -> Report:
    """The report with what a test run measured at its findings, and with the findings that only the run has."""
    if request.observations is None:
        return report
    from lint_rules.findings.observed import compare

    here = working_folder()
    roots = (here, discovery.project_root(here, finder.or_mistake))
    view = _view(request)
    report, only = compare(report, request.observations, {file.path for file in files}, roots, view)
    for path, found in groupby(only, key=lambda found: found.location.filename):
        report = _joined(report, request, path, list(found), finder.of_folder(os.path.dirname(path)), view)
    return report


def _joined(
    report: Report, request: Request, path: str, more: Sequence[Diagnostic], settings: Settings, view: View
) -> Report:
    """The report with more findings of one file, which obey settings and comments as those of the rules do."""
    from pathlib import Path

    from lint_rules.findings.suppression import find_suppressions
    from lint_rules.rules.base import Finding
    from lint_rules.source.reader import read_source

    shown = [
        Finding(found)
        for found in more
        if selected(settings, found.code)
        and not _ignored_here(settings, path, found.code)
        and _is_shown(found, settings)
    ]
    found = [finding.diagnostic for finding in compete(shown)]
    if not request.noqa or not found:
        return report._replace(diagnostics=_sorted((*report.diagnostics, *found)))
    source = read_source(Path(path), view.texts.get(path))
    suppressions = find_suppressions(source.text)
    silenced = [each for each in found if _is_silenced(each, source, suppressions)]
    kept = [each for each in found if each not in silenced]
    places = [each.location for each in silenced]
    others = [_apart(each, places) if each.location.filename == path else each for each in report.diagnostics]
    if any(each.code == "KI001" and each.location.filename == path for each in others):
        others = [each for each in others if each.code != "KI001" or each.location.filename != path]
        kept += _still_unused(report, request, path, source, suppressions, settings)
    return report._replace(diagnostics=_sorted((*others, *kept)), suppressed=_sorted((*report.suppressed, *silenced)))


def _still_unused(
    report: Report, request: Request, path: str, source: Source, suppressions: Suppressions, settings: Settings
) -> Iterator[Diagnostic]:
    """KI001 for the comments of a file that silence none of the findings of the run either."""
    from dataclasses import replace

    from lint_rules.rules.registry import RULES

    for found in report.suppressed:
        if found.location.filename == path:
            _is_silenced(found, source, suppressions)
    codes = [rule.code for rule in RULES if selected(settings, rule.code, rule.default)]
    enabled = frozenset(code for code in codes if not _ignored_here(settings, path, code))
    for finding in _unused(path, source, suppressions, enabled):
        fix = finding.fix() if request.fixes and finding.fix is not None else None
        yield replace(finding.diagnostic, fix=fix)


# Suppress


def _view(request: Request) -> View:
    """What shows the lines of the files of a run."""
    from lint_rules.findings.view import View

    return View(texts={os.path.abspath(request.stdin[0]): request.stdin[1]} if request.stdin else {})


def _without_known(report: Report, request: Request, files: Sequence[File], finder: SettingsFinder) -> Report:
    """The report with the findings that the baselines know taken from view; each file has the baseline of its settings.

    Raises:
        SettingsError: a baseline that the settings name is not there, or no baseline.
    """
    named = {file.path: finder.of_folder(os.path.dirname(file.path)).baseline for file in files}
    baselines = sorted({path for path in named.values() if path is not None})
    if not baselines:
        return report
    from lint_rules.findings import baseline

    view = _view(request)
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
    return report._replace(diagnostics=_sorted(new), known=_sorted(known), baselined=True, notes=tuple(notes))


def _is_silenced(found: Diagnostic, source: Source, suppressions: Suppressions) -> bool:
    place = found.location
    rows = (found.noqa_row or place.start.row, place.start.row, place.end.row)
    return suppressions.silences(found.code, [source.module_row(place.cell, row) for row in rows])


def _apart(found: Diagnostic, silenced: Sequence[Location]) -> Diagnostic:
    """The finding, without its fix where that would change lines on which a comment silences another."""
    if found.fix is None or not any(_meet(edit, place) for edit in found.fix.edits for place in silenced):
        return found
    from dataclasses import replace

    return replace(found, fix=None)


def _meet(edit: Edit, place: Location) -> bool:
    """Whether an edit changes one of the rows of a place; what it puts in above or below leaves them alone."""
    if edit.cell != place.cell:
        return False
    last = edit.end.row - (edit.end.column == 1)
    return edit.start.row <= place.end.row and place.start.row <= last


def _unused(path: str, source: Source, suppressions: Suppressions, enabled: frozenset[str]) -> Iterator[Finding]:
    """KI001 for every comment that silences nothing, with the fix that takes it away."""
    from functools import partial

    from lint_rules.findings.diagnostics import Confidence, Diagnostic, Location, Position, Severity
    from lint_rules.findings.suppression import removal
    from lint_rules.rules.base import Finding

    for comment, codes in suppressions.unused(enabled):
        cell, row = source.locate(comment.row)
        place = Location(path, Position(row, comment.column), Position(row, comment.end_column), cell)
        what = "keras-inference: noqa" if comment.whole_file else "noqa"
        what = f"{what}: {', '.join(codes)}" if codes else what
        message = f"`# {what}` silences nothing: remove {'these codes' if len(codes) > 1 else 'it'}"
        yield Finding(
            Diagnostic("KI001", "unused-noqa", message, Severity.WARNING, Confidence.CERTAIN, place, noqa_row=row),
            partial(removal, source, comment, codes),
        )
