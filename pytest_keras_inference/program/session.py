"""One watched program, from its import of Keras to its end: measuring, the report, the files."""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType

from pytest_keras_inference.fault import guarded
from pytest_keras_inference.program.options import Options
from pytest_keras_inference.program.watch import ProgramWatch


class Session:
    """Watches this process until it ends, by itself, by an exception, by Ctrl-C or by SIGTERM."""

    def __init__(self, options: Options, root: str) -> None:
        self._options = options
        self._root = Path(root)
        self._watch = ProgramWatch(ignore=options.ignore.split(","))
        self._timer: threading.Timer | None = None
        self._before = threading.local()
        self._is_over = False
        self._is_fork = False

    def begin(self) -> None:
        """Watch from now on: Keras has been imported."""
        self._watch.start(measures=True)
        # Models are measured before the backends, which were imported earlier, take themselves apart.
        atexit.register(self._measure)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=self._fork, after_in_parent=self._goes_on, after_in_child=self._forked)
        if threading.current_thread() is threading.main_thread() and hasattr(signal, "SIGTERM"):
            if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                signal.signal(signal.SIGTERM, self._terminated)
        if self._options.limit:
            self._timer = threading.Timer(float(self._options.limit), _interrupt)
            self._timer.daemon = True
            self._timer.start()

    def end(self) -> None:
        """Tell what was seen. Once: a second call tells nothing."""
        if self._is_over or self._is_fork:
            return
        self._is_over = True
        self._stop()
        from pytest_keras_inference.program.text import report

        text = guarded(report, self._watch) or ""
        trouble = self._watch.trouble
        if trouble is not None and trouble not in text:
            text += f"keras-inference: the watch switched itself off: {trouble}\n"
        _say(text)
        self.write()

    def write(self) -> None:
        """The files that were asked for; one that cannot be written is told."""
        options = self._options
        data = self._watch.to_dict(self._root)
        if options.json:
            _write(options.json, json.dumps(data, indent=2) + "\n")
        if options.html:
            from pytest_keras_inference.report.html import page

            _write(options.html, page(data))
        if options.outcome:
            _write(options.outcome, self._watch.worst)

    def _stop(self) -> None:
        """The program is over: no more is to be seen, and nothing left to interrupt."""
        if self._timer is not None:
            self._timer.cancel()
        self._watch.stop()

    def _measure(self) -> None:
        if self._is_fork or self._is_over:
            return
        self._stop()
        with suppress(KeyboardInterrupt):  # who asks twice wants to go: the report does without these figures
            guarded(self._watch.measure)

    def _fork(self) -> None:
        """A SIGTERM that reaches a child before its handler is the default again would be lost: it has to wait."""
        self._before.mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})

    def _goes_on(self) -> None:
        """This process has forked."""
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before.mask)

    def _forked(self) -> None:
        """This process is a child: it is not what is watched."""
        self._is_fork = True
        if signal.getsignal(signal.SIGTERM) == self._terminated:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, self._before.mask)
        self._watch.stop()

    def _terminated(self, number: int, frame: FrameType | None) -> None:
        """SIGTERM: report, then end as it would have ended the program."""
        signal.signal(number, signal.SIG_DFL)
        guarded(self.end)
        os.kill(os.getpid(), number)


def _interrupt() -> None:
    """Ctrl-C for the main thread, also while it waits for the system."""
    main = threading.main_thread().ident
    if main is not None and hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main, signal.SIGINT)
    else:
        signal.raise_signal(signal.SIGINT)


def _say(text: str) -> None:
    """Write to the standard error that the program was started with, or nowhere if it is closed."""
    stream = sys.__stderr__
    if not text or stream is None:
        return
    try:
        stream.write(text)
        stream.flush()
    except RuntimeError:  # a signal has come while the program was writing there
        os.write(stream.fileno(), text.encode(errors="backslashreplace"))
    except (OSError, ValueError):
        return


def _write(name: str, text: str) -> None:
    try:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text, encoding="utf-8")
    except OSError as error:
        _say(f"keras-inference: cannot write {name}: {error.strerror}\n")
