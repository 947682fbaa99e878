"""Checking the files of one project: triage, then judge what is left, then prove that the rest is Python."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from functools import cached_property

from lint_rules.config import discovery
from lint_rules.findings.report import Outcome
from lint_rules.records import NamedTuple
from lint_rules.run.file_facts import FileFacts
from lint_rules.run.file_store import FileStore
from lint_rules.run.project_cache import ProjectCache
from lint_rules.run.project_view import ProjectView

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.cache.facts import Facts
    from lint_rules.config.settings import SettingsFinder
    from lint_rules.run.judge_file import FileJudge
    from lint_rules.run.request import Progress, Request
    from lint_rules.run.selection import Candidate
    from lint_rules.semantics.project.project import Project, Traces


class ProjectRun:
    """The files of one project that are to be checked, and the project around them, seen only when it is needed.

    `whole` tells that all of the project is to be checked, `loose` that nothing says that the files have one.
    """

    def __init__(
        self,
        root: str,
        candidates: Sequence[Candidate],
        request: Request,
        finder: SettingsFinder,
        *,
        whole: bool,
        loose: bool,
    ) -> None:
        self.root = root
        self.candidates = list(candidates)
        self._request = request
        self._finder = finder
        self._whole = whole
        self._loose = loose
        self._settings = finder.or_mistake(root)
        self._store = FileStore(request.text)
        self._cache = ProjectCache(root, self._settings, request, self._store, len(candidates))
        self._view = ProjectView(root, self._settings, self._store, self._cache, self._paths)
        self._facts = FileFacts(self._store, self._cache, self._view)
        self._keras: bool | None = None

    @property
    def notes(self) -> list[str]:
        """What the reader is to know of the run."""
        return [self._cache.refused] if self._cache.refused is not None else []

    @property
    def project(self) -> Project:
        """The project, made if it is not yet."""
        return self._view.project()

    def outcomes(self, progress: Progress | None = None) -> Iterator[Outcome]:
        """What comes of every file."""
        triaged = self._triage()
        yield from triaged.unreadable
        yield from self._checked(triaged.suspects, progress)
        # Last, because the files that were analysed on the way are known to be Python.
        for candidate in triaged.plain:
            yield self._proven(candidate)
            self._store.release(candidate.path)
        self._cache.save(self._view.made)

    # Triage

    def _triage(self) -> _Triaged:
        """Tell the files that may hold a finding from those that only have to be Python."""
        looked: list[tuple[Candidate, Facts]] = []
        unreadable: list[Outcome] = []
        for candidate in self.candidates:
            try:
                facts = self._facts.of(candidate.path)
            except OSError as error:
                from lint_rules.run import left_out

                message = f"cannot be read: {error.strerror or error}"
                unreadable.append(Outcome(left_out.unreadable(candidate, message)))
                continue
            self._keras = self._keras or facts.keras or None
            looked.append((candidate, facts))
        gradients = not self._whole or any(facts.takes_gradient for _, facts in looked)
        suspects = [candidate for candidate, facts in looked if _is_suspect(candidate, facts, gradients)]
        # What was asked for by name is still told when it cannot be read at all.
        wanted = [candidate for candidate, _ in looked if candidate.file.named]
        if (suspects or len(wanted) < len(looked)) and self._is_about_keras():
            wanted = [candidate for candidate, _ in looked]
        else:
            suspects = []
        plain = {*wanted}.difference(suspects)
        return _Triaged(_sorted(suspects), _sorted(plain), unreadable)

    def _is_about_keras(self) -> bool:
        """Whether anything in the project speaks of Keras, or the settings tell of models that nobody sees."""
        if self._keras is None:
            told = self._settings.model_factories or self._settings.model_attributes
            self._keras = bool(told) or (
                not self._whole and any(self._facts.speak_of_keras(path) for path in self._listing())
            )
        return self._keras

    def _listing(self) -> Iterator[str]:
        """All files of the project, whichever of them are checked."""
        if self._loose:
            from lint_rules.config.loose import surroundings

            files = [candidate.path for candidate in self.candidates]
            yield from surroundings(self.root, files, self._finder.or_mistake, self._store.read)
            return
        for folder, found in discovery.folders(self.root, self._finder.or_mistake):
            mistake = self._finder.or_mistake(folder).mistake if found else None
            if mistake is not None:
                self._finder.mistakes.add(mistake)
            yield from found

    def _paths(self) -> set[str]:
        """The same, and the checked ones that no walk meets."""
        return {*(candidate.path for candidate in self.candidates), *self._listing()}

    # Judging

    def _checked(self, suspects: Sequence[Candidate], progress: Progress | None) -> Iterator[Outcome]:
        """The outcome of each file: the one that is kept of an earlier run if it still holds."""
        kept = self._kept(suspects)
        unproven: list[tuple[Candidate, Traces | None]] = []
        judged = self._judged([candidate for candidate in suspects if candidate.path not in kept])
        for number, candidate in enumerate(suspects):
            if progress is not None:
                progress(candidate.path, len(suspects) - number)
            if candidate.path in kept:
                yield kept[candidate.path]
                continue
            outcome, traces = next(judged)
            if outcome.unproven:
                unproven.append((candidate, traces))
            else:
                self._cache.remember(candidate, outcome, traces)
                yield outcome
        judged.close()
        for candidate, traces in unproven:
            outcome = self._proven(candidate)
            self._store.release(candidate.path)
            self._cache.remember(candidate, outcome, traces)
            yield outcome

    def _kept(self, suspects: Sequence[Candidate]) -> dict[str, Outcome]:
        """The outcomes of an earlier run that still hold, by path."""
        cache = self._cache.opened if suspects else None
        if cache is None:
            return {}
        cache.survey(sorted(self._paths()))
        known = ((candidate.path, self._cache.outcome(candidate)) for candidate in suspects)
        return {path: outcome for path, outcome in known if outcome is not None}

    def _judged(self, suspects: Sequence[Candidate]) -> Generator[tuple[Outcome, Traces | None], None, None]:
        """The outcome of each file, and what it rests on; in several processes where that pays or is asked for."""
        from lint_rules.run.workers import how_many, in_workers

        workers = how_many(len(suspects), self._request.jobs)
        if workers > 1:
            # What every process needs is made once.
            self._view.project().mentions  # noqa: B018
        # Numbers are what goes to another process: it has the candidates already.
        yield from in_workers(lambda number: self._traced(suspects[number]), range(len(suspects)), workers)

    def _traced(self, candidate: Candidate) -> tuple[Outcome, Traces | None]:
        """The outcome of a file, and what the questions about it looked at if there were any."""
        before = self._view.traces
        outcome = self._judge.judge(candidate, prove=False)
        traces = self._view.traces
        if outcome.unproven:
            self._store.release_text(candidate.path)
        else:
            self._store.release(candidate.path)
        return outcome, traces if traces is not before else None

    def _proven(self, candidate: Candidate) -> Outcome:
        """The outcome of a plain file: it is Python, or what is wrong with it."""
        try:
            return Outcome() if self._facts.parses(candidate.path) else self._judge.judge(candidate, prove=True)
        except Exception:
            from lint_rules.run.failures import failure

            return Outcome(failures=(failure("the reader", candidate.path),))

    @cached_property
    def _judge(self) -> FileJudge:
        """Imported when there is something to judge: most runs end before."""
        from lint_rules.run.judge_file import FileJudge

        request = self._request
        return FileJudge(
            self._store,
            self._facts,
            self._view,
            fixes=request.fixes,
            proven=request.proven,
            noqa=request.noqa,
            seconds=request.seconds_per_file,
        )

    # For whoever asks again

    def changed(self, candidate: Candidate, data: bytes) -> Outcome:
        """The outcome of one file with another text; what was read of the others is kept."""
        from lint_rules.budget import watched

        self.hold(candidate.path, data)
        with watched():
            return self._judge.judge(candidate, prove=True)

    def hold(self, path: str, data: bytes | None) -> None:
        """Let a file hold other bytes from now on; None takes them back."""
        self._store.edit(path, data)
        self._keras = self._keras or None
        self._view.edit(path)

    def was_judged(self, path: str, data: bytes) -> bool:
        """Whether a file is known to have held `data` when it was judged last, here and not by an earlier run."""
        return self._store.was_judged(path, data)

    def read(self, path: str) -> bytes:
        """The bytes of a file as the run sees it.

        Raises:
            OSError: the file cannot be read.
        """
        return self._store.read(path)


class _Triaged(NamedTuple):
    """The files that may hold a finding, those that only have to be Python, and what became of those not read."""

    suspects: list[Candidate]
    plain: list[Candidate]
    unreadable: list[Outcome]


def _is_suspect(candidate: Candidate, facts: Facts, gradients: bool) -> bool:
    """Whether a file may hold a finding, in a project that takes gradients or takes none."""
    return facts.holds or (facts.in_a_gradient and gradients) or (facts.comments and candidate.asks_about_comments)


def _sorted(candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda candidate: candidate.file)
