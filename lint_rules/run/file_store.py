"""The files of a project as a run sees them: as they are on disk, unless standard input or an editor says otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from lint_rules.source.files import read_source_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

    from lint_rules.source.text import Source

HELD_BYTES = 16_000_000
"""How much of what was read is kept until it is judged or proven; beyond that, files are read again."""


class FileStore:
    """Gives the bytes and the texts of files, and reads what is looked at twice only once."""

    def __init__(self, stdin: tuple[str, bytes] | None = None) -> None:
        self._stdin = dict([stdin] if stdin is not None else [])
        self._edited: dict[str, bytes] = {}
        self._read: dict[str, bytes] = {}
        self._sources: dict[str, Source] = {}
        self._judged: dict[str, int] = {}
        self._size = 0
        self._unsaved = {path: data for path, data in self._stdin.items() if not _is_on_disk(path, data)}

    # What is not as on disk

    @property
    def edited(self) -> AbstractSet[str]:
        """The files that hold other bytes than on disk since they were given them."""
        return self._edited.keys()

    @property
    def unsaved(self) -> Mapping[str, bytes]:
        """What standard input holds of a file, where that is not what is on disk."""
        return self._unsaved

    @property
    def aside(self) -> AbstractSet[str]:
        """The files that hold what is not on disk, standard input's among them."""
        return self._edited.keys() | self._unsaved.keys()

    def edit(self, path: str, data: bytes | None) -> None:
        """Let a file hold other bytes from now on; None takes them back."""
        if data is not None:
            self._edited[path] = data
        else:
            self._edited.pop(path, None)
        self.release(path)

    # Reading

    def read(self, path: str) -> bytes:
        """The bytes of a file.

        Raises:
            OSError: it cannot be read.
        """
        for known in (self._edited, self._read, self._stdin):
            if path in known:
                return known[path]
        return read_source_bytes(path)

    def keep(self, path: str, data: bytes) -> None:
        """Keep the bytes of a file that will be looked at again, as long as that costs no memory to speak of."""
        if path not in self._read and self._size + len(data) <= HELD_BYTES:
            self._size += len(data)
            self._read[path] = data

    def source(self, path: Path) -> Source:
        """The text of a file; that of the file that is being judged is not read twice.

        Raises:
            UnreadableSource: it cannot be read, or is no Python.
        """
        from lint_rules.source.reader import read_source
        from lint_rules.source.text import UnreadableSource

        name = str(path)
        source = self._sources.get(name)
        if source is None:
            try:
                source = read_source(path, self.read(name))
            except OSError as error:
                raise UnreadableSource(f"cannot be read: {error.strerror or error}") from error
        return source

    def source_to_judge(self, path: Path) -> Source:
        """The same, to be kept until it is released."""
        source = self._sources[str(path)] = self.source(path)
        return source

    def on_disk(self, path: Path) -> bytes:
        """The bytes of a file as they are on disk, whatever else it holds here.

        Raises:
            OSError: it cannot be read.
        """
        name = str(path)
        return self._read[name] if name in self._read and name not in self.aside else read_source_bytes(path)

    def release_text(self, path: str) -> None:
        """Keep no more of a file than its bytes."""
        self._sources.pop(path, None)

    def release(self, path: str) -> None:
        """Keep nothing more of a file."""
        self._size -= len(self._read.pop(path, b""))
        self.release_text(path)

    # What was judged

    def note_judged(self, path: str, data: bytes) -> None:
        """Remember that a file is judged as it holds `data`."""
        self._judged[path] = _fingerprint(data)

    def was_judged(self, path: str, data: bytes) -> bool:
        """Whether a file is known to have held `data` when it was judged last, here and not by an earlier run."""
        return self._judged.get(path) == _fingerprint(data)


def _is_on_disk(path: str, data: bytes) -> bool:
    try:
        return read_source_bytes(path) == data
    except OSError:
        return False


def _fingerprint(data: bytes) -> int:
    """What tells the text of a file from another; a byte-order mark is no part of the text."""
    return hash(data.removeprefix(b"\xef\xbb\xbf"))
