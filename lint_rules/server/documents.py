"""What the editor has open: texts that are not saved yet, and the notebooks that some of them are cells of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from lint_rules.commands.judged import encoded
from lint_rules.records import dataclass


@dataclass(frozen=True, slots=True)
class Document:
    """One text of the editor. `code` is False for what a notebook holds besides Python, `whole` True for all Python of
    a notebook."""

    uri: str
    version: int
    text: str
    code: bool = True
    whole: bool = False


@dataclass(frozen=True)
class OpenFile:
    """A file as the editor holds it: one document of a Python file, all cells of a notebook in their order."""

    path: str
    documents: tuple[Document, ...]

    @property
    def is_notebook(self) -> bool:
        return self.path.endswith(".ipynb")

    @property
    def in_cells(self) -> bool:
        """Whether it is a notebook whose cells are documents of their own, and not one text of all of them."""
        return self.is_notebook and not (len(self.documents) == 1 and self.documents[0].whole)

    @cached_property
    def text(self) -> str:
        """What the file would hold; of a notebook as JSON, without outputs."""
        if not self.is_notebook:
            return self.documents[0].text
        cells = [_cell(document) for document in self.documents]
        return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})

    @cached_property
    def data(self) -> bytes:
        """The bytes of the file if it were saved now."""
        return encoded(Path(self.path), self.text)

    def document(self, cell: int | None) -> Document:
        """The document of a cell, counted from 1 over all cells."""
        return self.documents[(cell or 1) - 1]

    def cell_of(self, uri: str) -> int | None:
        """The number of the cell that a document is; None in a Python file."""
        if not self.is_notebook:
            return None
        return next((number for number, cell in enumerate(self.documents, start=1) if cell.uri == uri), 0)


def _cell(document: Document) -> dict[str, object]:
    if not document.code:
        return {"cell_type": "markdown", "metadata": {}, "source": ""}
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": document.text,
    }


class Documents:
    """The texts of the editor by address, and which notebook each cell belongs to."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}
        self._cells: dict[str, tuple[str, ...]] = {}
        self._paths: dict[str, str] = {}

    def put(self, document: Document) -> None:
        """A text was opened or changed."""
        self._documents[document.uri] = document

    def open_file(self, uri: str, path: str) -> None:
        """A Python file was opened: its text is put under the same address."""
        self._cells[uri] = (uri,)
        self._paths[uri] = path

    def arrange(self, uri: str, path: str, cells: Sequence[str]) -> None:
        """A notebook has these cells now, in this order, text cells included."""
        self._cells[uri] = tuple(cells)
        self._paths[uri] = path

    def path(self, uri: str) -> str | None:
        """The path of an open file or notebook."""
        return self._paths.get(uri)

    def get(self, uri: str) -> Document | None:
        """A text that is open."""
        return self._documents.get(uri)

    def close(self, uri: str) -> str | None:
        """A file or notebook was closed; its path."""
        for cell in self._cells.pop(uri, ()):
            self._documents.pop(cell, None)
        return self._paths.pop(uri, None)

    def holds(self, path: str) -> bool:
        """Whether a file is open."""
        return path in self._paths.values()

    def owner(self, uri: str) -> str | None:
        """The address of the file or notebook that a text belongs to."""
        if uri in self._cells:
            return uri
        return next((owner for owner, cells in self._cells.items() if uri in cells), None)

    def file(self, uri: str) -> OpenFile | None:
        """The file or notebook that a text belongs to, as it is now."""
        owner = self.owner(uri)
        if owner is None or not self._cells[owner]:
            return None
        texts = (self._documents.get(cell) or Document(cell, 0, "", code=False) for cell in self._cells[owner])
        return OpenFile(self._paths[owner], tuple(texts))
