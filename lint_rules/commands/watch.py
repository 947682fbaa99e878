"""`--watch`: the run again, whenever something that it looks at has changed.

A run looks at more than it judges: calls are followed through the whole project, so all of the project is watched,
without what git ignores and the settings exclude.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from lint_rules.config import discovery, ignores
from lint_rules.config.keys import SETTINGS_NAMES, SettingsError
from lint_rules.config.patterns import below
from lint_rules.config.settings import SettingsFinder
from lint_rules.output.summary import counted
from lint_rules.records import NamedTuple
from lint_rules.run.pipeline import find_candidates, project_runs
from lint_rules.run.request import Request
from lint_rules.streams import tell
from lint_rules.terminal import is_screen

if TYPE_CHECKING:
    from lint_rules.fixes.apply.apply import FixedFile

RECURSIVE = sys.platform in ("darwin", "win32")
"""Whether the system itself watches what lies below a folder. Linux wants to be told of every folder, and looking for
them in virtual environments and data sets takes longer than the run."""

QUIET_MS = 50
"""How long nothing may happen before what did counts as one change: editors and git touch many files at once."""

Changes = Generator[set[tuple[Any, str]], None, None]
"""What watchfiles yields: what happened to which path."""

CLEAR = "\x1b[2J\x1b[H"

_MISSING = (
    "--watch: needs watchfiles, which is not installed here; "
    'install the extra: pip install "pytest-keras-inference[watch]"'
)


class Places(NamedTuple):
    """What a run looks at, by real paths. `tops` are the outermost of the `folders`, but for those that are watched
    for their .gitignore only; `judged` is how many of the files are reported on."""

    tops: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    judged: int = 0

    def read(self, path: str) -> bool:
        """Whether a run reads what is at this path."""
        folder, name = os.path.split(path)
        return path in self.files or (name in (*SETTINGS_NAMES, ".gitignore") and folder in self.folders)

    def depend_on(self, path: str) -> bool:
        """Whether there may be more or less to look at since something came or went at a path."""
        return path.endswith(discovery.SUFFIXES) or os.path.isdir(path)


def find_places(request: Request) -> Places:
    """What a run looks at now.

    Raises:
        SettingsError: a path does not exist or the settings are wrong.
    """
    discovery.forget()
    finder = SettingsFinder(request.overrides)
    judged = find_candidates(request, finder)
    starts = {run.root for run in project_runs(request, judged, finder)}
    starts.update(request.folders)
    files = {file.path for file in judged}
    real: dict[str, str] = {}
    for start in sorted(starts):
        if start not in real:
            top = os.path.realpath(start)
            for folder, found in discovery.folders(start, finder.or_mistake):
                real[folder] = top + folder[len(start) :]
                files.update(found)
    for folder in {os.path.dirname(file.path) for file in judged} - real.keys():
        real[folder] = os.path.realpath(folder)
    for folder in tuple(real):
        baseline = finder.or_mistake(folder).baseline
        if baseline is not None:
            files.add(baseline)
    if request.overrides.config is not None:
        files.add(request.overrides.config)
    above = {outer for start in starts for outer in ignores.above(start) or ()}
    return Places(
        tops=frozenset(_outermost(real.values())),
        folders=frozenset(real.values()).union(map(os.path.realpath, above)),
        files=frozenset(os.path.join(real.get(folder, folder), name) for folder, name in map(os.path.split, files)),
        judged=len(judged),
    )


def _outermost(folders: Iterable[str]) -> Iterator[str]:
    """The folders that lie below no other of them."""
    last = None
    for folder in sorted(folders, key=lambda folder: folder.split(os.sep)):
        if last is None or not (folder == last or below(folder, last)):
            last = folder
            yield folder


def watch(request: Callable[[], Request], run: Callable[[], Sequence[FixedFile]]) -> NoReturn:
    """Run, and again after every change, until the user interrupts.

    `request` tells what is to be checked; `run` checks it, prints the report and returns the files that it fixed. An
    error of the first run ends the watch. Later ones are shown, because settings are broken while they are edited.

    Raises:
        SettingsError: watchfiles is not installed, the first run cannot be made, or its folders cannot be watched.
        KeyboardInterrupt: the watch is over.
    """
    watcher = _Watcher(request)
    watcher.follow()  # once more: a folder may have come before the one above it was watched
    _clear_screen()
    fixed = run()
    while True:
        sys.stdout.flush()
        now, files = time.strftime("%H:%M:%S"), counted(watcher.places.judged, "file")
        tell(f"Checked at {now}. Watching {files}; Ctrl-C ends.")
        watcher.wait(fixed)
        _clear_screen()
        fixed = ()
        try:
            watcher.follow()
            fixed = run()
        except SettingsError as error:
            tell(f"keras-inference: error: {error}")


def _clear_screen() -> None:
    """Empty the terminal, if there is one; what has scrolled out of it stays."""
    if is_screen(sys.stdout):
        print(CLEAR, end="", flush=True)


class _Watcher:
    """Knows when what a run looks at has changed; `places` are those that are watched."""

    def __init__(self, request: Callable[[], Request]) -> None:
        self._request = request
        self.places = find_places(request())
        self._changes = _changes(self.places)
        self._stale = False

    def follow(self) -> None:
        """Watch what a run would look at now: whatever changes from here on ends the next `wait`.

        Raises:
            SettingsError: what a run would look at cannot be told, or not be watched.
        """
        found = find_places(self._request())
        while self._stale or found.folders != self.places.folders:
            changes = _changes(found)
            self._changes.close()
            self._changes, self.places, self._stale = changes, found, False
            found = find_places(self._request())
        self.places = found

    def wait(self, fixed: Sequence[FixedFile]) -> None:
        """Return when something has changed since `follow`, other than what the run itself has `fixed`.

        Raises:
            SettingsError: the folders cannot be watched any more.
        """
        while True:
            try:
                changes = next(self._changes)
            except RuntimeError:
                # watchfiles gives up when it meets a name that is no text.
                self._changes = _changes(self.places)
                return
            moved = {path for kind, path in changes if kind.name != "modified"}
            if not self.places.folders.isdisjoint(moved):
                # A folder that is back is another one to the system, which no longer watches what is there.
                self._stale = True
                return
            if any(self.places.read(path) and not _is_as_fixed(path, fixed) for _, path in changes):
                return
            if any(map(self.places.depend_on, moved)) and self._find_others():
                return

    def _find_others(self) -> bool:
        """Whether a run would look at other files or folders than those that are watched."""
        try:
            return find_places(self._request()) != self.places
        except SettingsError:
            return True


def _changes(places: Places) -> Changes:
    """The changes in these folders from now on, and an empty set now and then.

    Raises:
        SettingsError: watchfiles is not installed, or the system cannot watch the folders.
    """
    try:
        from watchfiles import watch
    except ImportError as error:
        if (error.name or "").partition(".")[0] != "watchfiles":
            raise
        raise SettingsError(_MISSING) from error
    folders = [folder for folder in (places.tops if RECURSIVE else places.folders) if _can_be_watched(folder)]
    changes: Changes = watch(
        *folders,
        recursive=RECURSIVE,
        watch_filter=None,
        step=QUIET_MS,
        rust_timeout=QUIET_MS,
        yield_on_timeout=True,
    )
    try:
        next(changes)  # the watch begins here
    except (OSError, RuntimeError) as error:
        number = counted(len(folders), "folder")
        raise SettingsError(
            f"--watch: the system does not watch {number}: {error}; "
            "extend-exclude in the settings leaves folders out, WATCHFILES_FORCE_POLLING=1 does without the system"
        ) from error
    return changes


def _can_be_watched(folder: str) -> bool:
    """Whether a folder is there still, under a name that can be told to watchfiles, which knows UTF-8 only."""
    return os.path.isdir(folder) and folder == folder.encode(errors="replace").decode()


def _is_as_fixed(path: str, fixed: Sequence[FixedFile]) -> bool:
    """Whether a file still is as the run has left it, so that there is nothing new to tell of it."""
    from lint_rules.fixes.apply.files import FileError, read_file

    for file in fixed:
        if os.path.realpath(file.path) == path:
            try:
                return read_file(file.path).text == file.after
            except FileError:
                return False
    return False
