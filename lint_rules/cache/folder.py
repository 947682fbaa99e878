"""The folder of a cache: where it lies, whether it is ours to write to, and files that are whole or not there.

A file begins with the seal of the rest, is written beside its place and then renamed; what does not agree with its seal
is taken for absent. So runs side by side, a killed one, a full disk or a forged file cost the next run time, and
nothing else. A folder is ours if it holds our tag; one that holds anything else is left alone.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

from lint_rules.cache import seal
from lint_rules.config.discovery import INSTALLED
from lint_rules.regex import lazy_pattern
from lint_rules.writing import TEMPORARY, create, lies_within, read_regular, write_whole

NAME = ".keras_inference_cache"
TAG = b"Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache of keras-inference.\n"
"""What a folder of ours holds as CACHEDIR.TAG, by which backups know it too."""
_IGNORED = b"*\n"
"""Its .gitignore: git leaves it alone."""
_LARGEST = 1 << 28
"""So many bytes a file of a cache may have; the largest project seen needs a tenth of that."""
_LEFT_OVER_SECONDS = 3600
_TEMPORARY = lazy_pattern(re.escape(TEMPORARY) + r"[0-9a-f]{16}\.tmp")


def folder_of(root: str, named: str | None) -> Path:
    """The folder that the settings or arguments name; else one in the project, for installed packages in the user's.

    Raises:
        RuntimeError: the user has no home.
    """
    if named is not None:
        return Path(named)
    return seal.users_folder() / "packages" if _is_installed(root) else Path(root) / NAME


def refusal(root: str, named: str | None, asked: bool) -> str | None:
    """Why there will be no cache, told to the user: its folder leads out of the project, or belongs to something else.

    `asked` tells that the command line names the folder, which then may lie anywhere.
    """
    folder = str(folder_of(root, named))
    if not asked and (named is not None or not _is_installed(root)) and not lies_within(folder, root):
        return (
            f"{folder}: not used as the cache, because it leads out of the project {root}, or through a link; "
            "--cache-dir FOLDER may name any folder"
        )
    with suppress(OSError):  # what cannot be looked into will not be written either: the run goes on without a cache
        if not _is_ours(folder):
            return (
                f"{folder}: not used as the cache, because it holds other files; "
                "name an empty or a new folder as cache-dir, or with --cache-dir"
            )
    return None


def _is_installed(root: str) -> bool:
    return not set(Path(root).parts).isdisjoint(INSTALLED)


def _is_ours(folder: str) -> bool:
    """Whether a folder holds our tag; or is not there, or empty but for what a killed run began.

    Raises:
        OSError: it cannot be looked into.
    """
    if not os.path.lexists(folder):
        return True
    tag = os.path.join(folder, "CACHEDIR.TAG")
    if os.path.lexists(tag):
        read = read_regular(tag, len(TAG))
        return read is not None and read[0] == TAG
    return all(map(_TEMPORARY.fullmatch, os.listdir(folder)))


def is_a_cache(folder: str) -> bool:
    """Whether a folder is there, no link, and holds our tag."""
    if os.path.islink(folder) or not os.path.isdir(folder):
        return False
    try:
        read = read_regular(os.path.join(folder, "CACHEDIR.TAG"), len(TAG))
    except OSError:
        return False
    return read is not None and read[0] == TAG


def digest(data: bytes) -> str:
    """The content hash by which files are told apart."""
    return blake2b(data, digest_size=16).hexdigest()


def read(path: Path) -> bytes | None:
    """What `write` has written, None if it is not there, not whole, or not written by this user."""
    try:
        found = read_regular(str(path), _LARGEST)
    except (OSError, ValueError):
        return None
    key = seal.key() if found is not None else None
    if found is None or key is None:
        return None
    sealed, body = found[0][: seal.SIZE], found[0][seal.SIZE :]
    return body if seal.seal(key, path.name, body) == sealed else None


def write(path: Path, body: bytes) -> bool:
    """Put a file in its place as a whole; False where that cannot be: a run without a cache goes on."""
    key = seal.key()
    if key is None or len(body) > _LARGEST - seal.SIZE:
        return False
    try:
        if not _prepare(path.parent):
            return False
        write_whole(str(path), seal.seal(key, path.name, body) + body, durable=False)
    except (OSError, ValueError):
        return False
    return True


def _prepare(folder: Path) -> bool:
    """Make the folder, if it is not there; False if it is not ours to write to."""
    folder.mkdir(parents=True, exist_ok=True)
    if not _is_ours(str(folder)):
        return False
    if not (folder / "CACHEDIR.TAG").exists():
        write_whole(str(folder / "CACHEDIR.TAG"), TAG, durable=False)
    create(str(folder / ".gitignore"), _IGNORED)
    return True


def clean(folder: Path, stem: str, keep: set[str], now: float) -> None:
    """Delete what is no longer used of the files of a project, and what killed runs left of any."""
    own = re.compile(re.escape(stem) + r"-(?:state\.json|[0-9a-f]{12}\.words)")
    try:
        with os.scandir(folder) as scan:
            for entry in scan:
                old = own.fullmatch(entry.name) is not None and entry.name not in keep
                left = _TEMPORARY.fullmatch(entry.name) is not None and _age(entry, now) > _LEFT_OVER_SECONDS
                if old or left:
                    os.unlink(entry.path)
    except OSError:
        return


def _age(entry: os.DirEntry[str], now: float) -> float:
    return now - entry.stat(follow_symlinks=False).st_mtime
