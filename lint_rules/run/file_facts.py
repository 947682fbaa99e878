"""What is known of a file before it is analysed: what its bytes show, and whether it is Python at all."""

from __future__ import annotations

from lint_rules.run import triage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.cache.facts import Facts
    from lint_rules.run.file_store import FileStore
    from lint_rules.run.project_cache import ProjectCache
    from lint_rules.run.project_view import ProjectView


class FileFacts:
    """The facts of the files of one project; what the cache knows of a file that has not changed spares reading it."""

    def __init__(self, store: FileStore, cache: ProjectCache, view: ProjectView) -> None:
        self._store = store
        self._cache = cache
        self._view = view

    def of(self, path: str) -> Facts:
        """What the bytes of a file show.

        Raises:
            OSError: the file cannot be read.
        """
        cache = self._cache.at_hand
        known = cache.facts(path) if cache is not None else None
        if known is None:
            data = self._store.read(path)
            known = triage.facts_of(data, path.endswith(".ipynb"))
            self._store.keep(path, data)
            if cache is not None:
                cache.note(path, known)
        return known

    def speak_of_keras(self, path: str) -> bool:
        """Whether a file of the project mentions Keras; one that cannot be read does not."""
        try:
            return triage.speaks_of_keras(self._store.read(path))
        except OSError:
            return False

    def parses(self, path: str) -> bool:
        """Whether a file is Python (or a notebook) at all. False may be a false alarm."""
        cache = self._cache.at_hand if path not in self._store.edited else None
        facts = cache.facts(path) if cache is not None else None
        if facts is not None and facts.parses is not None:
            return facts.parses
        if self._view.has_parsed(path):
            return True
        try:
            parses = triage.parses(self._store.read(path), path, on_disk=path not in self._store.aside)
        except OSError:  # it has gone meanwhile, or cannot be read any more
            return False
        if cache is not None and facts is not None:
            cache.note(path, facts._replace(parses=parses))
        return parses
