"""What is open in the editor, as it tells of it: texts and notebooks that are opened, changed, saved and closed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from lsprotocol import types

from lint_rules.records import replace
from lint_rules.server.addresses import path_of
from lint_rules.server.changes import changed
from lint_rules.server.documents import Document, Documents
from lint_rules.server.judge import SETTLE_SECONDS, Judge
from lint_rules.server.protocol import Server


class Editing:
    """Keeps the texts of the editor, and lets the judge know which of them to look at.

    `folders` are those that the editor works in, `closed` is told of the path and the texts of what is not open any
    more. `watches` is set where the editor tells of files that change on disk.
    """

    def __init__(
        self,
        server: Server,
        judge: Judge,
        folders: Callable[[], tuple[str, ...]],
        closed: Callable[[str | None, Iterable[str]], None],
    ) -> None:
        self.documents = Documents()
        self.watches = False
        self._server = server
        self._judge = judge
        self._folders = folders
        self._closed_texts = closed

    def handlers(self) -> dict[str, Callable[..., Any]]:
        """What the editor tells, each with what is done then."""
        return {
            types.TEXT_DOCUMENT_DID_OPEN: self._did_open,
            types.TEXT_DOCUMENT_DID_CHANGE: self._did_change,
            types.TEXT_DOCUMENT_DID_SAVE: self._did_save,
            types.TEXT_DOCUMENT_DID_CLOSE: self._did_close,
            types.NOTEBOOK_DOCUMENT_DID_OPEN: self._notebook_did_open,
            types.NOTEBOOK_DOCUMENT_DID_CHANGE: self._notebook_did_change,
            types.NOTEBOOK_DOCUMENT_DID_SAVE: self._notebook_did_save,
            types.NOTEBOOK_DOCUMENT_DID_CLOSE: self._notebook_did_close,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES: self._did_change_watched_files,
        }

    # Python texts

    def _did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        path = path_of(item.uri, self._folders())
        if path is None or not (path.endswith(".py") or item.language_id == "python"):
            return
        if not path.endswith(".ipynb"):
            self.documents.put(Document(item.uri, item.version, item.text))
            self.documents.open_file(item.uri, path)
        elif item.language_id == "python" and not _is_json(item.text):
            # The Python of all cells as one text, as jupyterlab-lsp sends it: a notebook of one cell.
            self.documents.put(Document(item.uri, item.version, item.text, whole=True))
            self.documents.arrange(item.uri, path, [item.uri])
        self._changed(item.uri)

    def _did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self._edit(params.text_document, params.content_changes)
        self._changed(params.text_document.uri, SETTLE_SECONDS)

    def _did_save(self, params: types.DidSaveTextDocumentParams) -> None:
        self._saved(params.text_document.uri)

    def _did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self._closed(params.text_document.uri, [params.text_document.uri])

    # Notebooks

    def _notebook_did_open(self, params: types.DidOpenNotebookDocumentParams) -> None:
        path = self._notebook_path(params.notebook_document.uri)
        if path is None:
            return
        self._put_cells(params.cell_text_documents)
        self._arrange(params.notebook_document.uri, path)
        self._changed(params.notebook_document.uri)

    def _notebook_did_change(self, params: types.DidChangeNotebookDocumentParams) -> None:
        uri = params.notebook_document.uri
        path = self.documents.path(uri)
        cells = params.change.cells
        if path is None or cells is None:
            return
        if cells.structure is not None:
            self._put_cells(cells.structure.did_open or ())
            self._closed_texts(None, [cell.uri for cell in cells.structure.did_close or ()])
        for change in cells.text_content or ():
            self._edit(change.document, change.changes)
        self._arrange(uri, path)
        self._changed(uri, SETTLE_SECONDS)

    def _notebook_did_save(self, params: types.DidSaveNotebookDocumentParams) -> None:
        self._saved(params.notebook_document.uri)

    def _notebook_did_close(self, params: types.DidCloseNotebookDocumentParams) -> None:
        self._closed(params.notebook_document.uri, [cell.uri for cell in params.cell_text_documents])

    def _notebook_path(self, uri: str) -> str | None:
        path = path_of(uri, self._folders(), ".ipynb")
        return path if path is not None and path.endswith(".ipynb") else None

    def _put_cells(self, items: Iterable[types.TextDocumentItem]) -> None:
        for item in items:
            self.documents.put(Document(item.uri, item.version, item.text, item.language_id == "python"))

    def _arrange(self, uri: str, path: str) -> None:
        """Take the order of a notebook's cells from the protocol's own copy of the notebook."""
        notebook = self._server.workspace.get_notebook_document(notebook_uri=uri)
        self.documents.arrange(uri, path, [cell.document for cell in notebook.cells] if notebook else [])

    # Both

    def _edit(self, identifier: types.VersionedTextDocumentIdentifier, changes: Any) -> None:
        known = self.documents.get(identifier.uri)
        if known is not None:
            width = self._server.workspace.position_codec.client_num_units
            text = changed(known.text, changes, width)
            self.documents.put(replace(known, version=identifier.version, text=text))

    def _changed(self, uri: str, wait: float = 0.0) -> None:
        file = self.documents.file(uri)
        if file is not None:
            self._judge.update(file, wait)

    def _saved(self, uri: str) -> None:
        """Judge without waiting; an editor that watches no files may have saved settings."""
        if not self.watches:
            self._judge.forget()
        self._changed(uri)

    def _closed(self, uri: str, documents: list[str]) -> None:
        path = self.documents.close(uri)
        if path is None:
            return
        self._judge.close(path)
        self._closed_texts(path, documents)

    def _did_change_watched_files(self, _params: types.DidChangeWatchedFilesParams) -> None:
        self._judge.forget()


def _is_json(text: str) -> bool:
    """Whether a text is that of the notebook's file, and not the Python in it."""
    if not text.lstrip().startswith("{"):
        return False
    try:
        return "cells" in json.loads(text)
    except ValueError:
        return False
