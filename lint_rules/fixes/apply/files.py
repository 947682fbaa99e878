"""The text of a file to be fixed, and writing it back: encoding, byte-order mark, line ends and mode are kept."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from lint_rules.records import dataclass
from lint_rules.source.files import read_source_bytes
from lint_rules.source.text import UnreadableSource, encoding_of
from lint_rules.writing import OwnerError, write_in_place, write_whole


class FileError(Exception):
    """A file that cannot be read or written back; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class FileText:
    """What a file held when it was read. `text` has the line ends of the file and no byte-order mark."""

    path: Path
    data: bytes
    text: str
    encoding: str
    bom: bytes

    def encoded(self, text: str) -> bytes:
        """The bytes of the file if it held `text`.

        Raises:
            FileError: the file's encoding cannot say it.
        """
        try:
            data = text.encode(self.encoding)
            kept = data.decode(self.encoding) == text
        except UnicodeError as error:
            reason = getattr(error, "reason", error)
            raise FileError(f"{self.path}: {self.encoding} cannot encode the fixed text: {reason}") from None
        if not kept:
            raise FileError(f"{self.path}: {self.encoding} cannot encode the fixed text without changing it")
        return self.bom + data


def read_file(path: Path) -> FileText:
    """Read a Python file in the encoding it declares, a notebook in UTF-8.

    Raises:
        FileError: the file cannot be read, or is not in its encoding.
    """
    try:
        data = read_source_bytes(path)
    except OSError as error:
        raise FileError(f"{path}: {error.strerror}") from None
    return text_of(path, data)


def text_of(path: Path, data: bytes) -> FileText:
    """What the bytes of a file say.

    Raises:
        FileError: they are not in the encoding of the file.
    """
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    encoding = "utf-8"
    try:
        if path.suffix != ".ipynb":
            encoding = encoding_of(data)
        text = data[len(bom) :].decode(encoding)
    except (UnreadableSource, UnicodeError) as error:
        raise FileError(f"{path}: not in its encoding: {error}") from None
    return FileText(path, data, text, encoding, bom)


def write_file(source: FileText, text: str) -> str | None:
    """Replace the file by one that holds `text`, at once: a reader sees the old file or the new one.

    A link stays a link: what it points to is replaced. Owner and mode are kept. A file of several names (hard links) is
    written in place, so that it stays one file, and so is one whose owner only the system may set; what the user should
    know of that is returned.

    Raises:
        FileError: the file is no longer what was read, or cannot be written.
    """
    data = source.encoded(text)
    target = os.path.realpath(source.path)
    try:
        if read_source_bytes(target) != source.data:
            raise FileError(f"{source.path}: changed on disk since it was read; left alone")
        found = os.stat(target)
        if found.st_nlink > 1:
            write_in_place(target, data, source.data)
            return f"{source.path}: has {found.st_nlink} names (hard links); the change is seen under all of them"
        try:
            write_whole(target, data, like=found)
        except OwnerError:
            write_in_place(target, data, source.data)
    except OSError as error:
        raise FileError(f"{source.path}: cannot be written: {error.strerror}") from None
    return None
