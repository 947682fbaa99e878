"""Another commit of a repository as files: what `git` has of it, asked through its command.

https://git-scm.com/docs/git-ls-tree and https://git-scm.com/docs/git-cat-file
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping

from lint_rules.records import NamedTuple

_FILES = ("100644", "100755")
"""The modes of regular files; links and the commits of submodules are none."""


class GitError(Exception):
    """git is not there, or refuses; the message is what it says."""


class Blob(NamedTuple):
    """A file of a commit: its path from the top of the repository, with slashes, and the name of its contents."""

    path: str
    name: str


def commit_of(top: str, revision: str) -> str:
    """The commit that a revision means; `main...` means where the current commit left main.

    Raises:
        GitError: there is no such commit, or no common one.
    """
    if revision.endswith("..."):
        return _asked(top, "merge-base", "--", revision.removesuffix("..."), "HEAD").decode().strip()
    return (
        _asked(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    )


def files_of(top: str, commit: str) -> Iterator[Blob]:
    """The regular files of a commit.

    Raises:
        GitError: git refuses.
    """
    for entry in _asked(top, "ls-tree", "-r", "-z", "--full-tree", commit).split(b"\0"):
        about, _, path = entry.partition(b"\t")
        mode, _, name = about.decode().rpartition(" ")
        if path and mode.split(" ")[0] in _FILES:
            yield Blob(os.fsdecode(path), name)


def write_files(top: str, blobs: Iterable[Blob], folder: str, instead: Callable[[str], bytes | None]) -> None:
    """Write files of a commit below a folder; `instead` may give other contents for a path.

    Raises:
        GitError: git refuses.
        OSError: a file cannot be written.
    """
    wanted = list(blobs)
    given: Mapping[str, bytes] = {blob.path: data for blob in wanted if (data := instead(blob.path)) is not None}
    asked = [blob for blob in wanted if blob.path not in given]
    contents = _contents(top, [blob.name for blob in asked])
    for path, data in (*given.items(), *((blob.path, data) for blob, data in zip(asked, contents, strict=True))):
        target = os.path.join(folder, *path.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as stream:
            stream.write(data)


def _contents(top: str, names: list[str]) -> Iterator[bytes]:
    """What the blobs of these names hold, in order."""
    answer = _asked(top, "cat-file", "--batch", given="".join(f"{name}\n" for name in names).encode())
    at = 0
    for name in names:
        end = answer.index(b"\n", at)
        header = answer[at:end].split(b" ")
        if len(header) != 3:
            raise GitError(f"git does not have {name}: {answer[at:end].decode(errors='replace')}")
        size = int(header[2])
        yield answer[end + 1 : end + 1 + size]
        at = end + 1 + size + 1


def _asked(top: str, *arguments: str, given: bytes = b"") -> bytes:
    """What a git command says."""
    try:
        done = subprocess.run(["git", "-C", top, *arguments], input=given, capture_output=True, check=False)
    except OSError as error:
        raise GitError(f"git cannot be run: {error.strerror}") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise GitError(said or "there is no such commit here")
    return done.stdout
