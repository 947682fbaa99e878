"""What the editor at the other end can do, as it said when it began."""

from __future__ import annotations

from lsprotocol import types

from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """The abilities that matter here; all are taken to be missing where the editor does not speak of them."""

    asks_for_diagnostics: bool = False
    """It asks for the findings of a text when it wants them (then none are sent unasked)."""
    refreshes: bool = False
    """It asks again when it is told that findings have changed."""
    answers_configuration: bool = False
    registers_configuration: bool = False
    registers_watched_files: bool = False
    shows_progress: bool = False
    versioned_edits: bool = False
    """It takes edits that name the version they are for."""
    disabled_actions: bool = False
    """It shows actions that cannot be taken, with the reason."""
    hovers_markdown: bool = True


def client_of(capabilities: types.ClientCapabilities) -> Client:
    """The abilities that an editor named."""
    workspace = capabilities.workspace or types.WorkspaceClientCapabilities()
    text = capabilities.text_document or types.TextDocumentClientCapabilities()
    window = capabilities.window or types.WindowClientCapabilities()
    watching, changing = workspace.did_change_watched_files, workspace.did_change_configuration
    formats = text.hover.content_format if text.hover else None
    return Client(
        asks_for_diagnostics=text.diagnostic is not None,
        refreshes=bool(workspace.diagnostics and workspace.diagnostics.refresh_support),
        answers_configuration=bool(workspace.configuration),
        registers_configuration=bool(changing and changing.dynamic_registration),
        registers_watched_files=bool(watching and watching.dynamic_registration),
        shows_progress=bool(window.work_done_progress),
        versioned_edits=bool(workspace.workspace_edit and workspace.workspace_edit.document_changes),
        disabled_actions=bool(text.code_action and text.code_action.disabled_support),
        hovers_markdown=formats is None or types.MarkupKind.Markdown in formats,
    )
