"""From the bytes of a file to its `Source`, whatever kind of file it is."""

from __future__ import annotations

from pathlib import Path

from lint_rules.source.files import read_source_bytes
from lint_rules.source.text import Source, UnreadableSource, read_python


def read_source(path: Path, data: bytes | None = None) -> Source:
    """Read a Python file or a notebook; `data` spares the reading where the bytes are at hand.

    Raises:
        UnreadableSource: the file cannot be read, decoded, or is no notebook.
    """
    if data is None:
        try:
            data = read_source_bytes(path)
        except OSError as error:
            raise UnreadableSource(f"cannot be read: {error.strerror or error}") from error
    if path.suffix == ".ipynb":
        from lint_rules.source.notebook import read_notebook

        return read_notebook(path, data)
    return read_python(path, data)
