"""The server: what the editor says goes to the judge, what the judge finds goes to the editor."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterable
from functools import partial, wraps
from typing import Any, NoReturn, ParamSpec, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcInternalError
from pygls.uris import to_fs_path

from lint_rules.config.settings import SettingsError
from lint_rules.server import actions
from lint_rules.server.addresses import is_below, local_file
from lint_rules.server.changes import changed
from lint_rules.server.documents import Document, Documents
from lint_rules.server.judge import SETTLE_SECONDS, Judge, Judgement
from lint_rules.server.messages import SOURCE, Speaker
from lint_rules.server.protocol import Protocol, Server
from lint_rules.server.stream import Messages
from pytest_keras_inference.version import VERSION

P = ParamSpec("P")
T = TypeVar("T")

_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(
            cells=[types.NotebookCellLanguage(language="python")],
            notebook=types.NotebookDocumentFilterScheme(scheme="file", pattern="**/*.ipynb"),
        )
    ],
    save=True,
)
_WATCHED = ("**/*.py", "**/*.ipynb", "**/pyproject.toml", "**/.gitignore")


class App:
    """One server for one editor. The protocol has a thread of its own; the main thread judges."""

    def __init__(self) -> None:
        self._documents = Documents()
        self._judged: dict[str, Judgement] = {}
        self._judge = Judge(partial(self._in_loop, self._publish), partial(self._in_loop, self._tell))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._goodbye = False
        self._watches = False
        self._server = Server(SOURCE, VERSION, notebook_document_sync=_NOTEBOOKS, protocol_cls=Protocol)
        options = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix, actions.FIX_ALL])
        for method, handler in self._handlers().items():
            given = options if method == types.TEXT_DOCUMENT_CODE_ACTION else None
            self._server.feature(method, given)(partial(handler))

    def run(self) -> NoReturn:
        """Serve until the editor has gone, then end the process: with 0 when it said so before, else with 1."""
        stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
        # What anything prints by mistake must not get between the messages.
        sys.stdout = sys.stderr

        def speak() -> None:
            try:
                self._server.start_io(Messages(stdin), stdout)
            finally:
                self._loop = None
                self._judge.stop()

        threading.Thread(target=speak, name="protocol", daemon=True).start()
        self._judge.run()
        sys.stderr.flush()
        # Nothing is left to be saved, and taking apart what was read of a large project takes seconds.
        os._exit(0 if self._goodbye else 1)

    def _handlers(self) -> dict[str, Callable[..., Any]]:
        return {
            types.INITIALIZE: self._initialize,
            types.INITIALIZED: self._initialized,
            types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: self._folders_changed,
            types.SHUTDOWN: self._shutdown,
            types.TEXT_DOCUMENT_DID_OPEN: self._did_open,
            types.TEXT_DOCUMENT_DID_CHANGE: self._did_change,
            types.TEXT_DOCUMENT_DID_SAVE: self._did_save,
            types.TEXT_DOCUMENT_DID_CLOSE: self._did_close,
            types.NOTEBOOK_DOCUMENT_DID_OPEN: self._notebook_did_open,
            types.NOTEBOOK_DOCUMENT_DID_CHANGE: self._notebook_did_change,
            types.NOTEBOOK_DOCUMENT_DID_SAVE: self._notebook_did_save,
            types.NOTEBOOK_DOCUMENT_DID_CLOSE: self._notebook_did_close,
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES: self._did_change_watched_files,
            types.TEXT_DOCUMENT_CODE_ACTION: _answered(self._code_action),
            types.TEXT_DOCUMENT_HOVER: _answered(self._hover),
        }

    # From the judge

    def _in_loop(self, function: Callable[..., None], *arguments: object) -> None:
        """Call a function in the server's thread; once that is gone there is nobody to tell."""
        loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(function, *arguments)
            except RuntimeError:
                return

    def _publish(self, judgement: Judgement) -> None:
        """Show the findings of a file, document by document, unless it was closed since."""
        file = judgement.file
        if not self._documents.holds(file.path):
            return
        self._judged[file.path] = judgement
        speaker = self._speaker(judgement)
        told: dict[str, list[types.Diagnostic]] = {document.uri: [] for document in file.documents if document.code}
        for found in judgement.diagnostics:
            told.setdefault(file.document(found.location.cell).uri, []).append(speaker.diagnostic(found))
        versions = {document.uri: document.version for document in file.documents}
        for uri, diagnostics in told.items():
            self._server.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri=uri, version=versions[uri], diagnostics=diagnostics)
            )

    def _tell(self, message: str, show: bool) -> None:
        """Show a message, or write it to the editor's log."""
        kind = types.MessageType.Error
        if show:
            self._server.window_show_message(types.ShowMessageParams(type=kind, message=message))
        else:
            self._server.window_log_message(types.LogMessageParams(type=kind, message=message))

    def _speaker(self, judgement: Judgement) -> Speaker:
        """Speaks of the judged file as it was then, and of the other open files as they are now."""
        codec = self._server.workspace.position_codec
        files = {path: known.file for path, known in self._judged.items()}
        return Speaker({**files, judgement.file.path: judgement.file}, codec.client_num_units)

    # Where

    def _initialize(self, _params: types.InitializeParams) -> None:
        self._loop = asyncio.get_running_loop()
        self._judge.keep_to(self._folders())

    def _folders_changed(self, _params: types.DidChangeWorkspaceFoldersParams) -> None:
        self._judge.keep_to(self._folders())

    def _folders(self) -> tuple[str, ...]:
        """The folders that the editor works in; none where it has single files open."""
        workspace = self._server.workspace
        uris = [*workspace.folders] or [workspace.root_uri or ""]
        return tuple(path for path in map(_path, uris) if path is not None)

    def _path_of(self, uri: str) -> str | None:
        """The path of a file of the workspace; None for what is left alone."""
        path = _path(uri)
        if path is None or not local_file(path):
            return None
        folders = self._folders()
        return path if not folders or any(is_below(path, folder) for folder in folders) else None

    # What is open

    def _initialized(self, _params: types.InitializedParams) -> None:
        workspace = self._server.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace else None
        if watching is None or not watching.dynamic_registration:
            return
        self._watches = True
        watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in _WATCHED]
        self._server.client_register_capability(
            types.RegistrationParams(
                registrations=[
                    types.Registration(
                        id="watched-files",
                        method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                        register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers),
                    )
                ]
            )
        )

    def _shutdown(self, _params: None) -> None:
        self._goodbye = True

    def _did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        item = params.text_document
        path = self._path_of(item.uri)
        # A notebook that the editor shows as plain text is JSON, not Python.
        if path is None or path.endswith(".ipynb") or not (path.endswith(".py") or item.language_id == "python"):
            return
        self._documents.put(Document(item.uri, item.version, item.text))
        self._documents.open_file(item.uri, path)
        self._changed(item.uri)

    def _did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        self._edit(params.text_document, params.content_changes)
        self._changed(params.text_document.uri, SETTLE_SECONDS)

    def _did_save(self, params: types.DidSaveTextDocumentParams) -> None:
        self._saved(params.text_document.uri)

    def _did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        self._closed(params.text_document.uri, [params.text_document.uri])

    def _notebook_did_open(self, params: types.DidOpenNotebookDocumentParams) -> None:
        path = self._path_of(params.notebook_document.uri)
        if path is None or not path.endswith(".ipynb"):
            return
        self._put_cells(params.cell_text_documents)
        self._arrange(params.notebook_document.uri, path)
        self._changed(params.notebook_document.uri)

    def _notebook_did_change(self, params: types.DidChangeNotebookDocumentParams) -> None:
        uri = params.notebook_document.uri
        path = self._path_of(uri)
        cells = params.change.cells
        if path is None or cells is None:
            return
        if cells.structure is not None:
            self._put_cells(cells.structure.did_open or ())
            self._clear(cell.uri for cell in cells.structure.did_close or ())
        for change in cells.text_content or ():
            self._edit(change.document, change.changes)
        self._arrange(uri, path)
        self._changed(uri, SETTLE_SECONDS)

    def _notebook_did_save(self, params: types.DidSaveNotebookDocumentParams) -> None:
        self._saved(params.notebook_document.uri)

    def _notebook_did_close(self, params: types.DidCloseNotebookDocumentParams) -> None:
        self._closed(params.notebook_document.uri, [cell.uri for cell in params.cell_text_documents])

    def _did_change_watched_files(self, _params: types.DidChangeWatchedFilesParams) -> None:
        self._judge.forget()

    def _put_cells(self, items: Any) -> None:
        for item in items:
            self._documents.put(Document(item.uri, item.version, item.text, item.language_id == "python"))

    def _arrange(self, uri: str, path: str) -> None:
        """Take the order of a notebook's cells from the protocol's own copy of the notebook."""
        notebook = self._server.workspace.get_notebook_document(notebook_uri=uri)
        self._documents.arrange(uri, path, [cell.document for cell in notebook.cells] if notebook else [])

    def _edit(self, identifier: types.VersionedTextDocumentIdentifier, changes: Any) -> None:
        known = self._documents.get(identifier.uri)
        if known is not None:
            width = self._server.workspace.position_codec.client_num_units
            text = changed(known.text, changes, width)
            self._documents.put(Document(known.uri, identifier.version, text, known.code))

    def _changed(self, uri: str, wait: float = 0.0) -> None:
        file = self._documents.file(uri)
        if file is not None:
            self._judge.update(file, wait)

    def _saved(self, uri: str) -> None:
        """Judge without waiting; an editor that watches no files may have saved settings."""
        if not self._watches:
            self._judge.forget()
        self._changed(uri)

    def _closed(self, uri: str, documents: list[str]) -> None:
        path = self._documents.close(uri)
        if path is None:
            return
        self._judged.pop(path, None)
        self._judge.close(path)
        self._clear(documents)

    def _clear(self, uris: Iterable[str]) -> None:
        """Nothing is to be shown in these documents any more."""
        for uri in uris:
            self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))

    # What is asked

    async def _current(self, uri: str) -> Judgement | None:
        """The findings in a document as it is now, judged first where it has changed since."""
        file = self._documents.file(uri)
        if file is None:
            return None
        known = self._judged.get(file.path)
        if known is not None and known.file == file:
            return known
        return await asyncio.wrap_future(self._judge.ask(file.path))

    async def _code_action(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, asked = params.text_document.uri, params.context
        only = None if asked.only is None else [str(getattr(kind, "value", kind)) for kind in asked.only]
        judgement = await self._current(uri)
        if judgement is None:
            return []
        speaker, versioned = self._speaker(judgement), self._versioned()
        offered: list[types.CodeAction] = []
        if actions.wanted(types.CodeActionKind.QuickFix.value, only):
            for found, _ in actions.at(judgement, uri, speaker, params.range):
                offered += actions.quick_fixes(judgement, found, speaker, versioned=versioned)
        # Applying all fixes runs the engine: not for every move of the cursor.
        automatic = only is None and asked.trigger_kind == types.CodeActionTriggerKind.Automatic
        if actions.wanted(actions.FIX_ALL, only) and not automatic:
            offered += await self._fix_all(judgement.file.path, versioned=versioned)
        return offered

    async def _fix_all(self, path: str, *, versioned: bool) -> list[types.CodeAction]:
        """The action that applies all safe fixes of a file; none under wrong settings, which are told elsewhere."""
        try:
            file, after = await asyncio.wrap_future(self._judge.fix(path))
        except SettingsError:
            return []
        action = actions.fix_all(file, after, self._speaker(Judgement(file)), versioned=versioned)
        return [action] if action is not None else []

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        judgement = await self._current(uri)
        if judgement is None:
            return None
        place = types.Range(params.position, params.position)
        found = list(actions.at(judgement, uri, self._speaker(judgement), place))
        return actions.hover(found, self._hovers_markdown())

    def _versioned(self) -> bool:
        """Whether the editor takes edits that name the version they are for."""
        workspace = self._server.client_capabilities.workspace
        edits = workspace.workspace_edit if workspace else None
        return bool(edits and edits.document_changes)

    def _hovers_markdown(self) -> bool:
        document = self._server.client_capabilities.text_document
        hovers = document.hover if document else None
        formats = hovers.content_format if hovers else None
        return formats is None or types.MarkupKind.Markdown in formats


def _answered(handler: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A handler whose own faults are answered in one line; what is to be reported goes to the error output."""

    @wraps(handler)
    async def answer(*arguments: P.args, **named: P.kwargs) -> T:
        try:
            return await handler(*arguments, **named)
        except Exception as error:
            import traceback

            traceback.print_exc()
            raise JsonRpcInternalError(f"internal error: {type(error).__name__}: {error}") from None

    return answer


def _path(uri: str) -> str | None:
    """The absolute path of a file or folder, None for what is on no disk of this machine."""
    if not uri.startswith("file:"):
        return None
    try:
        path: str | None = to_fs_path(uri.replace("file://localhost/", "file:///", 1))
    except ValueError:
        return None
    if not path or not os.path.isabs(path) or (path.startswith("//") and os.name == "posix"):
        return None
    return str(os.path.normpath(path))
