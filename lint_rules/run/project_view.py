"""The project as the rules see it, made when the first file needs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.config.settings import Settings
    from lint_rules.run.file_store import FileStore
    from lint_rules.run.project_cache import ProjectCache
    from lint_rules.semantics.project.options import Options
    from lint_rules.semantics.project.project import Project, Traces


class ProjectView:
    """Holds the project from one judged file to the next. `listing` gives the names of all its files."""

    def __init__(
        self,
        root: str,
        settings: Settings,
        store: FileStore,
        cache: ProjectCache,
        listing: Callable[[], Iterable[str]],
    ) -> None:
        self.made: Project | None = None
        self._root = root
        self._settings = settings
        self._store = store
        self._cache = cache
        self._listing = listing

    def project(self) -> Project:
        """The project, made if it is not yet."""
        if self.made is None:
            from pathlib import Path

            from lint_rules.semantics.project.project import Project

            names = {*self._listing(), *self._store.edited}
            known = self._cache.opened.known_mentions() if self._cache.opened is not None else None
            files = [Path(name) for name in sorted(names)]
            options = _options(self._settings)
            project = Project(Path(self._root), files, self._store.source, options, known, self._store.on_disk)
            # What is not on disk as it is judged here may mention any word.
            for name in sorted(self._store.aside & names):
                project = project.edited(Path(name))
            self.made = project
        return self.made

    def begin(self) -> None:
        """Judge another file now: what is looked at for it is traced anew."""
        if self.made is not None:
            self.made.begin()

    @property
    def traces(self) -> Traces | None:
        """What the questions about the file that was judged last looked at."""
        return self.made.traces if self.made is not None else None

    def has_parsed(self, path: str) -> bool:
        """Whether a file has been parsed as it is, so that it is Python."""
        return self.made is not None and self.made.has_parsed(path)

    def edit(self, path: str) -> None:
        """See the other text that a file holds now; what was read of the others is kept."""
        if self.made is not None:
            from pathlib import Path

            self.made = self.made.edited(Path(path))

    def forget_answers(self) -> None:
        """Keep what was read, and no answer: one was broken off, and may have left others half found out."""
        if self.made is not None:
            self.made.forget_answers()

    def drop(self) -> None:
        """Forget the project: an answer was broken off, and left nothing that later ones may rest on."""
        self.made = None


def _options(settings: Settings) -> Options:
    """What the settings tell about code that the analysis cannot see."""
    from lint_rules.semantics.project.options import Options

    return Options(
        model_factories=settings.model_factories,
        model_attributes=settings.model_attributes,
        not_models=settings.not_models,
        step_functions=settings.step_functions,
        traced_decorators=settings.traced_decorators,
        keras_version=settings.keras_version,
        backend=settings.backend,
    )
