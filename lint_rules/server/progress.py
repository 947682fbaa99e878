"""The progress of the first look at a project, which reads all of it."""

from __future__ import annotations

from lsprotocol import types
from pygls.lsp.server import LanguageServer

TITLE = "keras-inference: reading the project"


class Reading:
    """Shown from the moment that the editor has made room for it."""

    def __init__(self, server: LanguageServer, number: int) -> None:
        self._progress = server.work_done_progress
        self._token = f"keras-inference-reading-{number}"
        self._shown = self._over = False
        self._progress.create(self._token, self._begin)

    def _begin(self, _answer: object) -> None:
        self._shown = True
        self._progress.begin(self._token, types.WorkDoneProgressBegin(title=TITLE, cancellable=False))
        if self._over:
            self.end()

    def end(self) -> None:
        """The project has been read."""
        self._over = True
        if self._shown:
            self._progress.end(self._token, types.WorkDoneProgressEnd())
