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

from lint_rules.config.keys import SETTINGS_NAMES, SettingsError
from lint_rules.server import actions
from lint_rules.server.addresses import UNTITLED, file_path
from lint_rules.server.client import Client, client_of
from lint_rules.server.client_settings import SECTION, overrides, section
from lint_rules.server.editing import Editing
from lint_rules.server.judge import SETTLE_SECONDS, Judge, Judgement
from lint_rules.server.messages import SOURCE, Speaker
from lint_rules.server.progress import Reading
from lint_rules.server.protocol import Protocol, Server
from lint_rules.server.reports import Report, Reports
from lint_rules.server.stream import Messages
from pytest_keras_inference.version import VERSION

P = ParamSpec("P")
T = TypeVar("T")

_PYTHON = [types.NotebookCellLanguage(language="python")]
_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[
        types.NotebookDocumentFilterWithCells(
            cells=_PYTHON, notebook=types.NotebookDocumentFilterScheme(scheme="file", pattern="**/*.ipynb")
        ),
        types.NotebookDocumentFilterWithCells(
            cells=_PYTHON, notebook=types.NotebookDocumentFilterScheme(scheme=UNTITLED.rstrip(":"))
        ),
    ],
    save=True,
)
_WATCHED = ("**/*.py", "**/*.ipynb", *(f"**/{name}" for name in SETTINGS_NAMES), "**/.gitignore")


class App:
    """One server for one editor. The protocol has a thread of its own; the main thread judges."""

    def __init__(self) -> None:
        self._judged: dict[str, Judgement] = {}
        self._reports = Reports()
        self._asked: list[str] = []
        self._readings: list[Reading] = []
        self._client = Client()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._goodbye = False
        self._judge = Judge(
            partial(self._in_loop, self._publish),
            partial(self._in_loop, self._tell),
            partial(self._in_loop, self._show_reading),
        )
        self._server = Server(SOURCE, VERSION, notebook_document_sync=_NOTEBOOKS, protocol_cls=Protocol)
        self._editing = Editing(self._server, self._judge, self._folders, self._closed)
        options = {
            types.TEXT_DOCUMENT_CODE_ACTION: types.CodeActionOptions(
                code_action_kinds=[types.CodeActionKind.QuickFix, actions.FIX_ALL]
            ),
            types.TEXT_DOCUMENT_DIAGNOSTIC: types.DiagnosticOptions(
                identifier=SOURCE, inter_file_dependencies=True, workspace_diagnostics=False
            ),
        }
        for method, handler in {**self._handlers(), **self._editing.handlers()}.items():
            self._server.feature(method, options.get(method))(partial(handler))

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
            types.WORKSPACE_DID_CHANGE_CONFIGURATION: self._configuration_changed,
            types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: self._folders_changed,
            types.SHUTDOWN: self._shutdown,
            types.TEXT_DOCUMENT_CODE_ACTION: _answered(self._code_action),
            types.TEXT_DOCUMENT_DIAGNOSTIC: _answered(self._diagnostic),
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
        """Show the findings of a file, document by document, unless it was closed since.

        An editor that asks for findings is only told where it should ask again; of the cells of a notebook no editor
        asks reliably.
        """
        file = judgement.file
        if not self._editing.documents.holds(file.path):
            return
        self._judged[file.path] = judgement
        found = self._found(judgement)
        if self._client.asks_for_diagnostics and not file.in_cells:
            others = [uri for uri in found if uri not in self._asked and self._reports.outdated(uri, found[uri])]
            if others and self._client.refreshes:
                self._server.workspace_diagnostic_refresh(None)
            return
        versions = {document.uri: document.version for document in file.documents}
        for uri, diagnostics in found.items():
            self._server.text_document_publish_diagnostics(
                types.PublishDiagnosticsParams(uri=uri, version=versions[uri], diagnostics=diagnostics)
            )

    def _found(self, judgement: Judgement) -> dict[str, list[types.Diagnostic]]:
        """What is to be shown in each document of a file."""
        file, speaker = judgement.file, self._speaker(judgement)
        found: dict[str, list[types.Diagnostic]] = {document.uri: [] for document in file.documents if document.code}
        for each in judgement.diagnostics:
            found.setdefault(file.document(each.location.cell).uri, []).append(speaker.diagnostic(each))
        if judgement.mistake and found:
            next(iter(found.values())).append(speaker.not_checked(judgement.mistake))
        return found

    def _tell(self, message: str, show: bool) -> None:
        """Show a message, or write it to the editor's log."""
        kind = types.MessageType.Error
        if show:
            self._server.window_show_message(types.ShowMessageParams(type=kind, message=message))
        else:
            self._server.window_log_message(types.LogMessageParams(type=kind, message=message))

    def _show_reading(self, begins: bool) -> None:
        """Show that a project is read for the first time, or that this is over."""
        if begins and self._client.shows_progress:
            self._readings.append(Reading(self._server, len(self._readings)))
        elif self._readings:
            self._readings[-1].end()

    def _speaker(self, judgement: Judgement) -> Speaker:
        """Speaks of the judged file as it was then, and of the other open files as they are now."""
        codec = self._server.workspace.position_codec
        files = {path: known.file for path, known in self._judged.items()}
        return Speaker({**files, judgement.file.path: judgement.file}, codec.client_num_units)

    # The editor, its folders and its settings

    def _initialize(self, params: types.InitializeParams) -> None:
        self._loop = asyncio.get_running_loop()
        self._client = client_of(params.capabilities)
        self._judge.keep_to(self._folders())
        self._configure(section(params.initialization_options))

    async def _initialized(self, _params: types.InitializedParams) -> None:
        wanted = []
        if self._client.registers_watched_files:
            self._editing.watches = True
            watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in _WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
            wanted.append(types.Registration("watched-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
        if self._client.registers_configuration:
            settings = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
            wanted.append(types.Registration("settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, settings))
        if wanted:
            self._server.client_register_capability(types.RegistrationParams(registrations=wanted))
        await self._ask_for_settings()

    async def _configuration_changed(self, params: types.DidChangeConfigurationParams) -> None:
        """The settings come along, or the editor is asked for them."""
        if not await self._ask_for_settings():
            self._configure(section(params.settings))

    async def _ask_for_settings(self) -> bool:
        """Whether the editor could be asked for its settings, which count from here on."""
        if not self._client.answers_configuration:
            return False
        items = [types.ConfigurationItem(section=SECTION)]
        (given,) = await self._server.workspace_configuration_async(types.ConfigurationParams(items=items))
        if given is not None:
            self._configure(given)
        return True

    def _configure(self, given: object) -> None:
        """Use the settings of the editor; wrong ones are told, and leave those that hold."""
        folders = self._folders()
        try:
            self._judge.lay_over(overrides(given, folders[0] if folders else None))
        except SettingsError as error:
            self._tell(f"keras-inference: {error}", True)

    def _folders_changed(self, _params: types.DidChangeWorkspaceFoldersParams) -> None:
        self._judge.keep_to(self._folders())

    def _folders(self) -> tuple[str, ...]:
        """The folders that the editor works in; none where it has single files open."""
        workspace = self._server.workspace
        uris = [*workspace.folders] or [workspace.root_uri or ""]
        return tuple(path for path in map(file_path, uris) if path is not None)

    def _shutdown(self, _params: None) -> None:
        self._goodbye = True

    def _closed(self, path: str | None, uris: Iterable[str]) -> None:
        """Nothing is to be shown in these documents any more; `path` is the file that was closed with them."""
        if path is not None:
            self._judged.pop(path, None)
        for uri in uris:
            self._reports.forget(uri)
            self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri=uri, diagnostics=[]))

    # What is asked

    async def _current(self, uri: str) -> Judgement | None:
        """The findings in a document as it is now, judged first where it has changed since."""
        file = self._editing.documents.file(uri)
        if file is None:
            return None
        known = self._judged.get(file.path)
        if known is not None and known.file == file:
            return known
        return await asyncio.wrap_future(self._judge.ask(file.path))

    async def _diagnostic(self, params: types.DocumentDiagnosticParams) -> Report:
        """The findings in a text. One that is being typed is left to rest first: the editor asks after every key, and
        takes the question back with the next one."""
        uri = params.text_document.uri
        if (file := self._editing.documents.file(uri)) is not None and file.in_cells:
            return self._reports.answer(uri, [], params.previous_result_id)
        self._asked.append(uri)
        try:
            if self._reports.was_told(uri) and not self._is_known(uri):
                await asyncio.sleep(SETTLE_SECONDS)
            judgement = await self._current(uri)
        finally:
            self._asked.remove(uri)
        found = [] if judgement is None else self._found(judgement).get(uri, [])
        return self._reports.answer(uri, found, params.previous_result_id)

    def _is_known(self, uri: str) -> bool:
        file = self._editing.documents.file(uri)
        return file is None or (file.path in self._judged and self._judged[file.path].file == file)

    async def _code_action(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        uri, asked = params.text_document.uri, params.context
        only = None if asked.only is None else [str(getattr(kind, "value", kind)) for kind in asked.only]
        judgement = await self._current(uri)
        if judgement is None:
            return []
        speaker, versioned = self._speaker(judgement), self._client.versioned_edits
        offered: list[types.CodeAction] = []
        if actions.wanted(types.CodeActionKind.QuickFix.value, only):
            for found, _ in actions.at(judgement, uri, speaker, params.range):
                offered += actions.quick_fixes(judgement, found, speaker, versioned=versioned)
        # Applying all fixes judges the file again and again: not for every move of the cursor.
        automatic = only is None and asked.trigger_kind == types.CodeActionTriggerKind.Automatic
        if actions.wanted(actions.FIX_ALL, only) and not automatic:
            offered += await self._fix_all(judgement.file.path)
        return offered

    async def _fix_all(self, path: str) -> list[types.CodeAction]:
        """The action that applies all safe fixes of a file; under wrong settings one that says why it cannot."""
        try:
            file, after = await asyncio.wrap_future(self._judge.fix(path))
        except SettingsError as error:
            return [actions.cannot_fix_all(str(error))] if self._client.disabled_actions else []
        speaker = self._speaker(Judgement(file))
        action = actions.fix_all(file, after, speaker, versioned=self._client.versioned_edits)
        return [action] if action is not None else []

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        uri = params.text_document.uri
        judgement = await self._current(uri)
        if judgement is None:
            return None
        place = types.Range(params.position, params.position)
        found = list(actions.at(judgement, uri, self._speaker(judgement), place))
        return actions.hover(found, self._client.hovers_markdown)


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
