"""The folder of a cache: where it lies, and files that are whole or not there.

A file begins with the checksum of the rest, is written beside its place and then renamed; what does not agree with
its checksum is taken for absent. So runs side by side, a killed one, or a full disk cost the next run time, and
nothing else.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from lint_rules.config.discovery import INSTALLED
from lint_rules.source.files import CACHE_BYTES, read_bytes

NAME = ".keras_inference_cache"
_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of keras-inference.\n"
_SUM = 16
_LEFT_OVER_SECONDS = 3600


def folder_of(root: str, named: str | None) -> Path:
    """The folder that the settings or arguments name; else one in the project, for installed packages in the user's."""
    if named is not None:
        return Path(named)
    if set(Path(root).parts) & set(INSTALLED):
        return _users() / "keras-inference"
    return Path(root) / NAME


def _users() -> Path:
    """The folder for caches of this user, as the system has it."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def digest(data: bytes) -> str:
    """The content hash by which files are told apart."""
    return blake2b(data, digest_size=_SUM).hexdigest()


def read(path: Path) -> bytes | None:
    """What `write` has written, None if it is not there or not whole."""
    try:
        data = read_bytes(path, CACHE_BYTES)
    except OSError:
        return None
    body = data[_SUM:]
    return body if blake2b(body, digest_size=_SUM).digest() == data[:_SUM] else None


def write(path: Path, body: bytes) -> bool:
    """Put a file in its place as a whole; False where the folder cannot be written: a run without a cache goes on."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        _prepare(path.parent)
        part.write_bytes(blake2b(body, digest_size=_SUM).digest() + body)
        part.replace(path)
    except OSError:
        return False
    finally:
        with suppress(OSError):  # it is gone where all went well
            part.unlink()
    return True


def _prepare(folder: Path) -> None:
    """Make the folder, which git and backups leave alone."""
    if (folder / "CACHEDIR.TAG").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".gitignore").write_text("*\n")
    (folder / "CACHEDIR.TAG").write_text(_TAG)


def clean(folder: Path, stem: str, keep: set[str], now: float) -> None:
    """Delete what is no longer used of the files that begin with `stem`, and what killed runs left of any."""
    try:
        with os.scandir(folder) as scan:
            for entry in scan:
                old = entry.name.startswith(stem) and entry.name not in keep and not entry.name.endswith(".part")
                left = entry.name.endswith(".part") and now - entry.stat().st_mtime > _LEFT_OVER_SECONDS
                if old or left:
                    os.unlink(entry.path)
    except OSError:
        return
