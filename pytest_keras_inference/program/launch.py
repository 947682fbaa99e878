"""Starts Python with a program, as the user would, and with the watch in it.

The program is not run by this package: Python itself runs it, so that everything about it is what it would be, from
`__main__` to the exit code. Where nothing is to be decided afterwards, this process becomes that Python.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from pytest_keras_inference.program.options import Options, into

STARTUP = str(Path(__file__).with_name("startup"))
_FORWARDED = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")


class CannotStartError(Exception):
    """Python cannot be started with a watch in it; the message says why, and what to do."""


def become(program: Sequence[str], options: Options, flags: Sequence[str] = ()) -> int:
    """Turn this process into `python FLAGS PROGRAM...`, watched; returns its exit code only where processes cannot do
    that, on Windows.

    Raises CannotStartError.
    """
    if os.name != "nt":
        command, environment = _prepared(program, options, flags)
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(command[0], command, environment)
    return start(program, options, flags)


def start(program: Sequence[str], options: Options, flags: Sequence[str] = ()) -> int:
    """Run `python FLAGS PROGRAM...`, watched, in a process of its own, and wait; the exit code, -N for a signal N.

    It shares the terminal, so that Ctrl-C reaches it without help; other signals are handed on.

    Raises CannotStartError.
    """
    command, environment = _prepared(program, options, flags)
    child = subprocess.Popen(command, env=environment)

    def hand_on(number: int, frame: FrameType | None) -> None:
        if child.poll() is None:
            child.send_signal(number)

    before = {signal.SIGINT: signal.signal(signal.SIGINT, lambda number, frame: None)}
    for name in _FORWARDED:
        number = getattr(signal, name, None)
        if number is not None:
            before[number] = signal.signal(number, hand_on)
    try:
        return child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def interpreter_flags(given: Sequence[str]) -> list[str]:
    """The options of Python itself that this process was started with (`-X dev`, `-u`); `given` are the arguments of
    the command, which stand behind them."""
    words = sys.orig_argv[1 : len(sys.orig_argv) - len(given)]
    if words and words[-1] == sys.argv[0]:
        return words[:-1]  # python FLAGS /path/of/the/command
    if len(words) > 1 and words[-2].startswith("-") and words[-2].endswith("m"):
        kept = words[-2][:-1]  # python FLAGS -m package, or -Xm
        return [*words[:-2], *([kept] if kept != "-" else [])]
    return words[:-1]


def _prepared(program: Sequence[str], options: Options, flags: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    if not sys.executable:
        raise CannotStartError("this Python does not know where its executable is; start it by its path")
    if any(_is_isolated(flag) for flag in flags):
        raise CannotStartError(
            f"python {' '.join(flags)}: -E, -I and -S let no watch into the program; leave them out here"
        )
    environment = dict(os.environ)
    into(environment, options, STARTUP)
    return [sys.executable, *flags, *program], environment


def _is_isolated(flag: str) -> bool:
    return flag.startswith("-") and not flag.startswith(("--", "-X", "-W")) and any(one in flag for one in "EIS")
