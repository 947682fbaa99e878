"""Has what is open judged, one file after the other, a moment after the last change.

The judge works in the main thread, where the time limit of a file holds; the server tells it what changed from
another thread and stays free to answer while a file is judged.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lint_rules.commands.fixing import fix_held
from lint_rules.config.keys import SettingsError
from lint_rules.config.settings import Overrides
from lint_rules.findings.diagnostics import Diagnostic
from lint_rules.findings.report import Report
from lint_rules.records import dataclass
from lint_rules.run.request import Request
from lint_rules.run.session import Rerun
from lint_rules.server.documents import OpenFile

SETTLE_SECONDS = 0.3
"""How long a text must rest before it is judged: long enough that not every key costs a run."""
OTHERS_SECONDS = 1.0
"""How long after it the other open files, which may call what changed, are judged again."""


@dataclass(frozen=True)
class Judgement:
    """The findings in a file as the editor held it when it was judged."""

    file: OpenFile
    diagnostics: tuple[Diagnostic, ...] = ()
    mistake: str = ""
    """What is wrong with the settings, so that the file was not judged."""


class Judge:
    """Keeps what it has read of the projects, so that a change costs one file.

    `publish` is called with every new judgement, `tell` with what a person should know: a text, and whether the
    editor should show it (else it goes to its log), `reading` when the first reading of a project begins and ends. All
    are called in the thread that runs the judge.
    """

    def __init__(
        self,
        publish: Callable[[Judgement], None],
        tell: Callable[[str, bool], None],
        reading: Callable[[bool], None],
    ) -> None:
        self._publish = publish
        self._tell = tell
        self._reading = reading
        self._wake = threading.Condition()
        self._open: dict[str, OpenFile] = {}
        self._due: dict[str, float] = {}
        self._later: dict[str, float] = {}
        self._jobs: deque[tuple[Callable[[], Any], Future[Any]]] = deque()
        self._folders: tuple[str, ...] = ()
        self._overrides = Overrides()
        self._stale = True
        self._stopped = False
        self._busy = False
        # Only the thread that runs the judge touches these.
        self._rerun: Rerun | None = None
        self._held: dict[str, OpenFile] = {}
        self._told = ""
        self._read: set[tuple[str, ...]] = set()

    # From any thread

    def update(self, file: OpenFile, wait: float = 0.0) -> None:
        """A file was opened, or holds another text; judge it after `wait` seconds of rest, then the other open ones."""
        with self._wake:
            self._open[file.path] = file
            self._due[file.path] = time.monotonic() + wait
            self._revisit(file.path, wait + OTHERS_SECONDS)
            self._wake.notify()

    def close(self, path: str) -> None:
        """A file is not open any more: what is on disk holds again."""
        with self._wake:
            for known in (self._open, self._due, self._later):
                known.pop(path, None)
            self._revisit(path, OTHERS_SECONDS)
            self._wake.notify()

    def keep_to(self, folders: tuple[str, ...]) -> None:
        """The editor works in these folders: what lies around them is not read."""
        with self._wake:
            self._folders = folders
        self.forget()

    def lay_over(self, overrides: Overrides) -> None:
        """The editor has these settings, which count more than those of the projects."""
        with self._wake:
            self._overrides = overrides
        self.forget()

    def forget(self) -> None:
        """Files on disk or settings changed: read everything again."""
        with self._wake:
            self._stale = True
            now = time.monotonic()
            self._due.update(dict.fromkeys(self._open, now + SETTLE_SECONDS))
            self._wake.notify()

    def ask(self, path: str) -> Future[Judgement]:
        """The findings in an open file as it is now."""
        return self._job(lambda: self._judged(path))

    def fix(self, path: str) -> Future[tuple[OpenFile, str]]:
        """An open file, and its text with all safe fixes applied."""
        return self._job(lambda: self._fixed(path))

    def stop(self) -> None:
        """End `run`, even in the middle of a file."""
        import _thread

        with self._wake:
            self._stopped = True
            self._wake.notify()
            if self._busy:
                _thread.interrupt_main()

    def _revisit(self, changed: str, wait: float) -> None:
        when = time.monotonic() + wait
        self._later.update({path: when for path in self._open if path != changed})

    def _job(self, work: Callable[[], Any]) -> Future[Any]:
        future: Future[Any] = Future()
        with self._wake:
            self._jobs.append((work, future))
            self._wake.notify()
        return future

    # In the main thread

    def run(self) -> None:
        """Judge what is due until `stop` is called."""
        try:
            while (work := self._next()) is not None:
                work()
                with self._wake:
                    self._busy = False
        except KeyboardInterrupt:
            return

    def _next(self) -> Callable[[], None] | None:
        """What is to be done next, once there is something; None at the end."""
        with self._wake:
            while not self._stopped:
                if self._jobs:
                    work, future = self._jobs.popleft()
                    self._busy = True
                    return lambda: self._answer(work, future)
                waiting = self._due or self._later
                if not waiting:
                    self._wake.wait()
                    continue
                path = min(waiting, key=lambda known: waiting[known])
                rest = waiting[path] - time.monotonic()
                if rest > 0:
                    self._wake.wait(rest)
                    continue
                waiting.pop(path)
                self._later.pop(path, None)
                self._busy = True
                return lambda: self._show(path)
        return None

    def _answer(self, work: Callable[[], Any], future: Future[Any]) -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work())
        except Exception as error:
            future.set_exception(error)

    def _show(self, path: str) -> None:
        try:
            self._judged(path)
        except CancelledError:
            return
        except Exception:
            import traceback

            self._report(f"{path} could not be judged. Please report this:\n{traceback.format_exc().rstrip()}")

    def _report(self, failure: str) -> None:
        """An error of our own: a line of it for the editor's log, all of it for the error output."""
        print(f"keras-inference: internal error: {failure}", file=sys.stderr, flush=True)
        line = failure.partition("\n")[0].removesuffix(" Please report this:")
        self._tell(f"{line} Please report what the server wrote to its error output.", False)

    def _judged(self, path: str) -> Judgement:
        """Judge a file and publish what was found; wrong settings are told, and leave nothing to publish."""
        with self._wake:
            file = self._open.get(path)
        if file is None:
            raise CancelledError
        report, mistake = Report(), ""
        try:
            with self._shown_reading():
                rerun = self._current()
                file = self._held.get(path, file)
                report = rerun.judge(path)
        except SettingsError as error:
            mistake = str(error)
            if mistake != self._told:
                self._told = mistake
                self._tell(f"keras-inference: {mistake}", True)
        with self._wake:
            self._later.pop(path, None)
            if self._open.get(path) == file:
                self._due.pop(path, None)
        judgement = Judgement(file, report.diagnostics, mistake)
        self._publish(judgement)
        for failure in report.failures:
            self._report(failure)
        return judgement

    @contextmanager
    def _shown_reading(self) -> Iterator[None]:
        """Tell of the first look at what the editor works in, which reads all of the project around the file."""
        folders = self._folders
        if folders in self._read:
            yield
            return
        self._read.add(folders)
        self._reading(True)
        try:
            yield
        finally:
            self._reading(False)

    def _fixed(self, path: str) -> tuple[OpenFile, str]:
        rerun = self._current()
        if path not in self._held:
            raise CancelledError
        file = self._held[path]
        try:
            return file, fix_held(rerun, Path(path), file.text).after
        finally:
            rerun.hold(path, file.data)

    def _current(self) -> Rerun:
        """The session of runs, with every open text in its hands."""
        with self._wake:
            stale, self._stale = self._stale, False
            wanted, folders, overrides = dict(self._open), self._folders, self._overrides
        if stale or self._rerun is None:
            self._rerun = Rerun(Request(fixes=True, workspace=folders, overrides=overrides))
            self._held, self._told = {}, ""
        for path in [path for path in self._held if path not in wanted]:
            self._rerun.hold(path, None)
            del self._held[path]
        for path, file in wanted.items():
            if self._held.get(path) != file:
                self._rerun.hold(path, file.data)
                self._held[path] = file
        return self._rerun
