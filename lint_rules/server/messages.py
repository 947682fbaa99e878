"""Findings in the words of the protocol: rows and columns from 0, columns in the units that the editor counts in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from lsprotocol import types

from lint_rules.findings.diagnostics import Diagnostic, Edit, Location, Position, Severity
from lint_rules.findings.view import View
from lint_rules.fixes.tree.text import lines_of, newline_of
from lint_rules.output.links import rule_url
from lint_rules.server.documents import Document, OpenFile
from lint_rules.source.reader import read_source

SOURCE = "keras-inference"
_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFO: types.DiagnosticSeverity.Information,
}


class Speaker:
    """Speaks of open files as they were judged; `units` counts a text as the editor does (UTF-16, as a rule)."""

    def __init__(self, files: Mapping[str, OpenFile], units: Callable[[str], int]) -> None:
        self._files = files
        self._units = units
        self._view = View()
        self._lines: dict[str, list[str]] = {}

    def not_checked(self, mistake: str) -> types.Diagnostic:
        """At the top of a file that was not judged: without it the file would seem to be clean."""
        return types.Diagnostic(
            range=types.Range(types.Position(0, 0), types.Position(0, 0)),
            message=f"Not checked, because of the settings: {mistake}",
            severity=types.DiagnosticSeverity.Error,
            source=SOURCE,
        )

    def diagnostic(self, found: Diagnostic) -> types.Diagnostic:
        """A finding, with the way into its loop, tape or trace as related information."""
        return types.Diagnostic(
            range=self.location(found.location).range,
            message=found.message,
            severity=_SEVERITIES[found.severity],
            code=found.code,
            code_description=types.CodeDescription(href=rule_url(found.name)),
            source=SOURCE,
            tags=[types.DiagnosticTag.Unnecessary] if found.code == "KI001" else None,
            related_information=[
                types.DiagnosticRelatedInformation(location=self.location(step.location), message=step.message)
                for step in found.trace
            ]
            or None,
        )

    def location(self, place: Location) -> types.Location:
        """A stretch of an open file, or of one on disk."""
        file = self._files.get(place.filename)
        if file is not None:
            document = file.document(place.cell)
            return types.Location(uri=document.uri, range=self.range(document, place.start, place.end))
        uri = Path(place.filename).as_uri()
        if place.cell is not None:
            # A notebook that is not open has the rows of its JSON text.
            row = self._view.file_row(place, place.start.row) - 1
            return types.Location(uri=uri, range=types.Range(types.Position(row, 0), types.Position(row, 0)))
        start, end = (
            self._position(self._view.line(place, where.row) or "", where) for where in (place.start, place.end)
        )
        return types.Location(uri=uri, range=types.Range(start, end))

    def range(self, document: Document, start: Position, end: Position) -> types.Range:
        """A stretch of an open text."""
        return types.Range(
            self._position(self._line(document, start), start), self._position(self._line(document, end), end)
        )

    def edits(self, file: OpenFile, edits: Iterable[Edit]) -> dict[str, list[types.TextEdit]]:
        """Edits of a file, and of others that change with it, by the document that they change, with the line ends of
        that document.

        Raises:
            UnreadableSource: a file that is not open cannot be read.
        """
        changes: dict[str, list[types.TextEdit]] = {}
        others: dict[str, Document] = {}
        for edit in edits:
            if edit.filename is None:
                document = file.document(edit.cell)
            else:
                document = others.setdefault(edit.filename, self._other(edit.filename))
            content = edit.content.replace("\r\n", "\n").replace("\n", newline_of(document.text))
            change = types.TextEdit(range=self.range(document, edit.start, edit.end), new_text=content)
            changes.setdefault(document.uri, []).append(change)
        return changes

    def _other(self, path: str) -> Document:
        """The text of another Python file: as it is open, or as it lies on disk."""
        if path in self._files:
            return self._files[path].document(None)
        return Document(Path(path).as_uri(), 0, read_source(Path(path)).text)

    def workspace_edit(
        self, file: OpenFile, changes: Mapping[str, list[types.TextEdit]], *, versioned: bool
    ) -> types.WorkspaceEdit:
        """Changes of one file, and of others that change with it. `versioned` tells an editor that can check it which
        text they are for; of a file that is not open that is the text on disk."""
        if not versioned:
            return types.WorkspaceEdit(changes=dict(changes))
        opened = (*self._files.values(), file)
        versions = {document.uri: document.version for each in opened for document in each.documents}
        return types.WorkspaceEdit(
            document_changes=[
                types.TextDocumentEdit(
                    text_document=types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=versions.get(uri)),
                    edits=edits,
                )
                for uri, edits in changes.items()
            ]
        )

    def _line(self, document: Document, where: Position) -> str:
        lines = self._lines.setdefault(document.uri, lines_of(document.text))
        return lines[where.row - 1] if where.row <= len(lines) else ""

    def _position(self, line: str, where: Position) -> types.Position:
        return types.Position(where.row - 1, self._units(line.rstrip("\r\n")[: where.column - 1]))
