"""Reading single files, whatever the file system holds: every file of a project is read through here.

A name in a repository can mean a pipe that nobody writes to, a device without an end, a circle of links, or a file
larger than the memory. Only regular files are read, and none beyond its limit; what cannot be read is an OSError.
"""

from __future__ import annotations

import errno
import os
import stat


class OddFileError(OSError):
    """What a name means is no regular file, or too large to be read."""


SOURCE_BYTES = 100_000_000
"""Python files and notebooks: GitHub takes no larger file, and nobody writes one."""
SETTINGS_BYTES = 10_000_000
"""Settings and lists of patterns."""
REPORT_BYTES = 200_000_000
"""What runs of tools have written: baselines, observations, lists of files."""
CACHE_BYTES = 1_000_000_000
"""What runs keep of a project; that of a hundred thousand files has some hundred million bytes."""

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_CHUNK = 1 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOCTTY", 0)
# Some regular files of /proc and /sys wait for news; and a file can become a pipe after it was looked at.
_NOT_WAITING = getattr(os, "O_NONBLOCK", 0)


def read_bytes(path: str | os.PathLike[str], limit: int, *, pipes: bool = False) -> bytes:
    """The bytes of a regular file; with `pipes` also what is written to a pipe, such as bash makes for `<(...)`.

    Raises:
        OSError: the file cannot be read, is of another kind, or has more than `limit` bytes; `strerror` says which.
    """
    data = _read(path, limit + 1, pipes)
    if len(data) > limit:
        raise OddFileError(errno.EFBIG, f"it is larger than {limit // 1_000_000} MB, the most that is read", str(path))
    return data


def read_source_bytes(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a Python file or a notebook; OSError as `read_bytes`."""
    return read_bytes(path, SOURCE_BYTES)


def read_start(path: str | os.PathLike[str], count: int) -> bytes:
    """The first `count` bytes of a regular file, fewer where it has no more.

    Raises:
        OSError: the file cannot be read, or is of another kind.
    """
    return _read(path, count, pipes=False)


def _read(path: str | os.PathLike[str], count: int, pipes: bool) -> bytes:
    try:
        # Looked at before it is opened, because opening a device can do something.
        _require_readable(os.stat(path).st_mode, path, pipes)
        descriptor = os.open(path, _FLAGS | _NOT_WAITING)
    except ValueError:
        raise OSError(errno.EINVAL, "its name holds a character that no file name can hold", str(path)) from None
    try:
        found = os.fstat(descriptor)
        _require_readable(found.st_mode, path, pipes)
        piped = stat.S_ISFIFO(found.st_mode)
        chunks: list[bytes] = []
        left = count
        while left > 0:
            wanted = min(left, max(_CHUNK, found.st_size + 1))
            chunk = _read_pipe(descriptor, wanted) if piped else os.read(descriptor, wanted)
            if not chunk:
                break
            chunks.append(chunk)
            left -= len(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)
    finally:
        os.close(descriptor)


def _require_readable(mode: int, path: str | os.PathLike[str], pipes: bool) -> None:
    """Raise OSError unless a file of this mode has an end."""
    if stat.S_ISREG(mode) or (pipes and stat.S_ISFIFO(mode)):
        return
    kind = next((name for holds, name in _KINDS if holds(mode)), "something else")
    raise OddFileError(errno.EINVAL, f"it is {kind}, no regular file", str(path))


def _read_pipe(descriptor: int, count: int) -> bytes:
    """What comes next out of a pipe; nothing once nobody writes to it any more, or if nobody ever did."""
    while True:
        try:
            return os.read(descriptor, count)
        except BlockingIOError:
            import select

            select.select([descriptor], [], [])


def working_folder() -> str:
    """The current folder; where it was deleted, a name below which nothing lies, so that no name is told from it."""
    try:
        return os.getcwd()
    except OSError:
        return os.devnull
