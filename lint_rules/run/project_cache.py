"""What earlier runs have kept of one project, opened when something first asks for it."""

from __future__ import annotations

import os
from functools import cached_property

from lint_rules.config.settings import Settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.cache.kept import Cache
    from lint_rules.findings.report import Outcome
    from lint_rules.run.file_store import FileStore
    from lint_rules.run.request import Request
    from lint_rules.run.selection import Candidate
    from lint_rules.semantics.project.project import Project, Traces

FEW_FILES = 20
"""So few files are read faster than what is kept of a large project."""


class ProjectCache:
    """The cache of one project. There is none where none is asked for, or where an editor holds other texts.

    Where standard input holds another text than the disk, what earlier runs have kept serves, and nothing is added.

    `settings` are those of the project's folder, `count` is how many files are checked.
    """

    def __init__(self, root: str, settings: Settings, request: Request, store: FileStore, count: int) -> None:
        self.refused: str | None = None
        self._root = root
        self._settings = settings
        self._request = request
        self._store = store
        self._many = count > FEW_FILES
        self._keys: dict[tuple[Settings, bool], str] = {}

    @cached_property
    def opened(self) -> Cache | None:
        """The cache; None where nothing is to be kept. Why it cannot be used stands in `refused`."""
        if self._store.edited or not self._request.cache:
            return None
        from lint_rules.cache.folder import digest, folder_of, refusal
        from lint_rules.cache.kept import Cache
        from lint_rules.source.pins import texts_that_pin

        settings = self._settings
        try:
            asked = self._request.overrides.cache_dir is not None
            self.refused = refusal(self._root, settings.cache_dir, asked=asked)
        except RuntimeError:  # the user whose folder it would be in has no home
            return None
        if self.refused is not None:
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
        place = folder_of(self._root, settings.cache_dir)
        common = digest(repr((told, texts_that_pin(self._root))).encode())
        return Cache(self._root, place, common, self._store.unsaved)

    @property
    def at_hand(self) -> Cache | None:
        """The cache where it is in use already, or spares reading more than it costs to read."""
        return self.opened if self._many or "opened" in self.__dict__ else None

    def outcome(self, candidate: Candidate) -> Outcome | None:
        """What came of a file earlier, if that still holds: what was asked for with fixes serves without them, and so
        does what was asked for without them where there is nothing to fix."""
        cache, wanted = self.opened, self._request.fixes
        if cache is None:
            return None
        found = cache.outcome(candidate.path, self._key(candidate, fixes=wanted))
        if found is None:
            found = cache.outcome(candidate.path, self._key(candidate, fixes=not wanted))
            if found is not None and wanted and (found.diagnostics or found.suppressed):
                return None
        return found if wanted or found is None else found.without_fixes()

    def remember(self, candidate: Candidate, outcome: Outcome, traces: Traces | None) -> None:
        """Keep an outcome for later runs, if it will be the same then."""
        if self.opened is not None and not outcome.failures and not outcome.passing:
            self.opened.keep(candidate.path, self._key(candidate, fixes=self._request.fixes), outcome, traces)

    def save(self, project: Project | None) -> None:
        """Write what was learnt."""
        if self.at_hand is not None and not self._store.unsaved:
            self.at_hand.save(
                project.files if project is not None else (), project.mentions_made if project is not None else None
            )

    def _key(self, candidate: Candidate, *, fixes: bool) -> str:
        """The rules and settings that a file is judged by."""
        from lint_rules.cache.folder import digest

        settings = candidate.settings
        known = self._keys.get((settings, fixes))
        if known is None:
            inner = os.path.relpath(settings.root, self._root) if settings.root is not None else None
            # What is about a whole run has no say in what is found in a file.
            plain = settings._replace(
                root=inner, file=None, baseline=None, cache_dir=None, output_format="", fail_on=None, unsafe_fixes=False
            )
            text = repr((plain, fixes, fixes and self._request.proven, self._request.noqa))
            known = self._keys[settings, fixes] = digest(text.encode())[:12]
        return known
