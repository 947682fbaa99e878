"""One run of the command in a copy of the project: how it ended, what it printed, wrote and predicted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from types import FrameType
from typing import Any, NoReturn

from lint_rules.commands.verify.contents import content
from lint_rules.commands.verify.project_copy import Stamp, copy_project, stamps
from lint_rules.commands.verify.records import Record, read_records
from lint_rules.records import dataclass
from pytest_keras_inference.recorded import MOVED, STARTUP, VARIABLE


@dataclass(frozen=True, slots=True)
class Trial:
    """What one run of the command came to.

    code: its exit code, None where it ran out of time
    output, errors: what it wrote to standard output and to standard error
    written: the files that it made or changed in the copy, by name: as text, or as a digest
    home: the copy that it ran in
    astray: files of the project itself that have changed meanwhile, as they do where the command knows their paths
    """

    code: int | None
    output: str
    errors: str
    seconds: float
    written: Mapping[str, str]
    record: Record
    home: str
    astray: tuple[str, ...] = ()


class Workshop:
    """Runs one command again and again, each time in a fresh copy of the project at the same place.

    command: a line for the shell; folder: where it runs; root: what is copied, which holds that folder
    """

    def __init__(self, command: str, *, root: str, folder: str, timeout: float | None) -> None:
        self.timeout = timeout
        self._command = command
        self._root = root
        self._folder = folder
        self._scratch = ""
        self._terminate: Any = None

    def __enter__(self) -> Workshop:
        if threading.current_thread() is threading.main_thread():
            self._terminate = signal.signal(signal.SIGTERM, _leave)
        self._scratch = os.path.realpath(tempfile.mkdtemp(prefix="keras-inference-verify-"))
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._scratch, ignore_errors=True)
        if self._terminate is not None:
            signal.signal(signal.SIGTERM, self._terminate)

    @property
    def home(self) -> str:
        """Where the copy stands: always at the same place, since programs print their paths."""
        return os.path.join(self._scratch, os.path.basename(self._root) or "project")

    def in_copy(self, path: str) -> str:
        """Where a file of the project stands in the copy."""
        return os.path.realpath(os.path.join(self.home, os.path.relpath(path, self._root)))

    def run(self, texts: Mapping[str, bytes]) -> Trial:
        """Run the command on the project with these texts in place of those of some of its files.

        Raises:
            CopyError: the project cannot be copied.
        """
        records = os.path.join(self._scratch, "records")
        for folder in (self.home, records):
            shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(records)
        copy_project(self._root, self.home, texts)
        before, beside = stamps(self.home), stamps(self._root)
        start = time.perf_counter()
        code, output, errors = self._execute(records)
        seconds = time.perf_counter() - start
        written = dict(_written(self.home, before))
        astray = tuple(sorted(name for name, stamp in stamps(self._root).items() if beside.get(name) != stamp))
        return Trial(code, output, errors, seconds, written, read_records(records), self.home, astray)

    def _execute(self, records: str) -> tuple[int | None, str, str]:
        """The exit code, and both outputs; nothing of the command is left running."""
        folder = os.path.join(self.home, os.path.relpath(self._folder, self._root))
        with (
            tempfile.TemporaryFile(dir=self._scratch) as output,
            tempfile.TemporaryFile(dir=self._scratch) as errors,
            subprocess.Popen(
                self._command,
                shell=True,
                cwd=folder,
                env=self._environment(records),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            ) as process,
        ):
            try:
                code: int | None = process.wait(self.timeout)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                _end(process)
            texts = []
            for stream in (output, errors):
                stream.seek(0)
                texts.append(stream.read().decode(errors="replace"))
        return code, texts[0], texts[1]

    def _environment(self, records: str) -> dict[str, str]:
        path = os.pathsep.join(filter(None, (STARTUP, os.environ.get("PYTHONPATH"))))
        return {
            "PYTHONHASHSEED": "0",
            **os.environ,
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1",
            VARIABLE: records,
            MOVED: f"{self._root}\n{self.home}\n",
        }


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM: the command is ended and the copy removed on the way out."""
    raise SystemExit(128 + number)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End what is left of a command: all processes of its group."""
    try:
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    except (ProcessLookupError, PermissionError):
        return


def _written(home: str, before: Mapping[str, Stamp]) -> Iterator[tuple[str, str]]:
    """The files that are new or others than before, and what they hold."""
    for name, stamp in stamps(home).items():
        if before.get(name) != stamp:
            yield name, content(os.path.join(home, name), stamp[0])
