"""The seal of a cache: only what this user has written counts.

A cache lies in the project, and a project may come from anybody. So each file is sealed with a key that lies in the
user's own folder for caches: what a repository brings along, or another user has written, has no such seal and is taken
for absent. Where a cache travels between machines, as in CI, the key travels with it, or is told in the environment.
"""

from __future__ import annotations

import os
import stat
import sys
from hashlib import blake2b
from pathlib import Path

from lint_rules.writing import read_regular, write_whole

VARIABLE = "KERAS_INFERENCE_CACHE_KEY"
SIZE = 16
_KEY_SIZE = 32


def users_folder() -> Path:
    """Our folder among the caches of this user, as the system has it.

    Raises:
        RuntimeError: the user has no home.
    """
    return _caches() / "keras-inference"


def _caches() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    named = os.environ.get("XDG_CACHE_HOME", "")
    # A relative path, as the XDG standard has it, does not count: it would be another folder in every project.
    return Path(named) if os.path.isabs(named) else Path.home() / ".cache"


def key() -> bytes | None:
    """The key of this user, made when it is first asked for; None where there is none and none can be made."""
    told = os.environ.get(VARIABLE)
    if told:
        return blake2b(os.fsencode(told), digest_size=_KEY_SIZE).digest()
    try:
        path = users_folder() / "key"
        return _kept(path) or _made(path)
    except (OSError, RuntimeError, ValueError):
        return None


def _kept(path: Path) -> bytes | None:
    """The key in a file; None where there is none yet, or one of ours that others may have read or that is not whole.

    Raises:
        OSError: something stands there that is not ours.
    """
    try:
        read = read_regular(str(path), _KEY_SIZE)
    except FileNotFoundError:
        return None
    if read is None:
        raise FileExistsError(path)
    data, found = read
    if sys.platform != "win32":
        if found.st_uid != os.geteuid():
            raise PermissionError(path)
        if stat.S_IMODE(found.st_mode) & 0o077:
            return None
    return data if len(data) == _KEY_SIZE else None


def _made(path: Path) -> bytes | None:
    """A new key; that of a run beside this one, if it was the last to write."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(str(path), os.urandom(_KEY_SIZE), mode=0o600)
    return _kept(path)


def seal(key: bytes, name: str, body: bytes) -> bytes:
    """What proves that the holder of the key wrote this text into a file of this name."""
    sealing = blake2b(os.fsencode(name) + b"\0", digest_size=SIZE, key=key)
    sealing.update(body)
    return sealing.digest()
