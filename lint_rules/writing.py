"""Writing files: as a whole or not at all, and never where a link leads unasked."""

from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from io import FileIO

TEMPORARY = ".keras-inference."
"""How the name of a file begins that is on its way to its place; it goes on with sixteen hexadecimal digits."""


class OwnerError(OSError):
    """A file can only be replaced by one of another owner."""


def write_whole(
    path: str, data: bytes, *, like: os.stat_result | None = None, mode: int = 0o666, durable: bool = True
) -> None:
    """Put a file in its place at once: a reader sees what was there before or all of the new file.

    It is made beside its place under a name that nothing has, and then renamed: where `path` is a link, the link gives
    way, and what it points to is left alone. `like` is a file whose mode and owner the new one gets, `mode` that of a
    new file, before the umask. What is not `durable` may be lost when the machine goes down.

    Raises:
        OwnerError: this user may not give the file the owner that it had.
        OSError: it cannot be written. In both cases nothing has changed, and nothing is left behind.
    """
    # The name is known before the file is there, so that no interrupt can leave it behind.
    name = os.path.join(os.path.dirname(path), f"{TEMPORARY}{os.urandom(8).hex()}.tmp")

    def exclusively(file: str, flags: int) -> int:
        # What gets the mode of another file is nobody else's to read until it has it.
        return os.open(file, flags, 0o600 if like is not None else mode)

    try:
        with open(name, "xb", opener=exclusively) as stream:
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
        if like is not None:
            _give(name, like)
        os.replace(name, path)
    except BaseException:
        # An interrupt may come after the file was moved to its place.
        with suppress(OSError):
            os.unlink(name)
        raise


def _give(path: str, like: os.stat_result) -> None:
    """Let a new file have the owner and the mode of another; the mode last, since a new owner resets parts of it."""
    own = os.stat(path)
    if (own.st_uid, own.st_gid) != (like.st_uid, like.st_gid):
        try:
            os.chown(path, like.st_uid, like.st_gid)
        except OSError as error:
            raise OwnerError(error.errno, error.strerror) from error
    os.chmod(path, stat.S_IMODE(like.st_mode))


def write_in_place(path: str, data: bytes, before: bytes) -> None:
    """Let a file that holds `before` hold `data`, under all of its names; what fails halfway is taken back.

    Raises:
        OSError: it cannot be written.
    """
    with open(path, "r+b", buffering=0) as stream:
        try:
            _fill(stream, data)
            os.fsync(stream.fileno())
        except BaseException:
            _fill(stream, before)
            raise


def _fill(stream: FileIO, data: bytes) -> None:
    stream.seek(0)
    left = memoryview(data)
    while left:
        left = left[stream.write(left) :]
    stream.truncate()


def write_report(path: str, data: bytes) -> None:
    """Write what the user named a file for: where a link leads, into a device or a pipe, or in the place of a file.

    Raises:
        OSError: it cannot be written. What was there is still whole, if it was a file.
    """
    try:
        target = os.path.realpath(path)
        found = os.stat(target) if os.path.lexists(target) else None
        if found is None or (stat.S_ISREG(found.st_mode) and found.st_nlink == 1):
            with suppress(OwnerError):
                write_whole(target, data, like=found, durable=False)
                return
    except ValueError:
        raise OSError(errno.EINVAL, "its name holds a character that no file name can hold", path) from None
    with open(path, "wb", buffering=0) as stream:
        left = memoryview(data)
        while left:
            left = left[stream.write(left) :]


def create(path: str, data: bytes) -> None:
    """Make a small file that is not there yet; what is there already, a link too, stays as it is.

    Raises:
        OSError: it cannot be written.
    """
    with suppress(FileExistsError), open(path, "xb", buffering=0) as stream:
        stream.write(data)


def read_regular(path: str, limit: int) -> tuple[bytes, os.stat_result] | None:
    """The bytes of a regular file and what it is; None for a link, a device, a pipe, a folder and what is larger.

    Raises:
        OSError: it is not there, or cannot be read.
    """
    if not stat.S_ISREG(os.lstat(path).st_mode):
        return None
    with open(path, "rb", opener=_without_waiting) as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > limit:
            return None
        return stream.read(limit), found


def _without_waiting(path: str, flags: int) -> int:
    """Open a file without following a link and without waiting for the other end of a pipe, where the system can."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def lies_within(path: str, folder: str) -> bool:
    """Whether a path leads into a folder, and no link stands on the way from that folder to it, its end included."""
    try:
        relative = os.path.relpath(path, folder)
        real, expected = os.path.realpath(path), os.path.join(os.path.realpath(folder), relative)
    except (OSError, ValueError):  # a NUL byte; another drive on Windows
        return False
    inside = relative.split(os.sep, 1)[0] != os.pardir and not os.path.islink(real)  # a link in a circle
    return inside and os.path.normcase(real) == os.path.normcase(os.path.normpath(expected))
