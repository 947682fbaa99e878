"""`keras-inference run [options] SCRIPT [ARGS]`: options in, exit code out."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from pytest_keras_inference.printable import printable
from pytest_keras_inference.program.launch import CannotStartError, become, interpreter_flags, start
from pytest_keras_inference.program.options import Options
from pytest_keras_inference.vocabulary import TEXTS

USAGE = "keras-inference run [options] SCRIPT [ARGS]\n       keras-inference run [options] -m MODULE [ARGS]"
_SEVERITIES = ("error", "warning", "info")
_WITH_VALUE = ("--json", "--html", "--fail-on", "--ignore", "--limit-seconds")
_FOUND, _WRONG = 1, 2


def main(given: Sequence[str]) -> int:
    """Run the program that `given` names, as Python would run it; the exit code is its own, 1 where --fail-on says so,
    and 2 where it was not started."""
    ours, program = _parted(given)
    parser = _parser()
    arguments = parser.parse_args(ours)
    if not program or program == ["-m"]:
        parser.error("name a script, or a module behind -m")
    if not program[0].startswith("-") and not os.path.exists(program[0]):
        parser.error(f"{program[0]}: there is no such file")
    options = Options(
        json=_absolute(arguments.json),
        html=_absolute(arguments.html),
        ignore=",".join(arguments.ignore or ()),
        limit=str(arguments.limit_seconds or ""),
    )
    flags = interpreter_flags(["run", *given])
    try:
        if arguments.fail_on is None:
            return become(program, options, flags)
        return _judged(program, options, flags, arguments.fail_on)
    except CannotStartError as error:
        parser.error(str(error))


def _parted(given: Sequence[str]) -> tuple[list[str], list[str]]:
    """The options of this command, and the program with its arguments: what begins with a script, -m, -c or -."""
    position = 0
    while position < len(given):
        word = given[position]
        if word == "--":
            return list(given[:position]), list(given[position + 1 :])
        if not word.startswith("--") and word != "-h":
            break
        position += 2 if word in _WITH_VALUE else 1
    return list(given[:position]), list(given[position:])


def _judged(program: Sequence[str], options: Options, flags: Sequence[str], fail_on: str) -> int:
    """Run the program in a process of its own; fail if it succeeded and what was seen of it is that severe."""
    with tempfile.TemporaryDirectory(prefix="keras-inference-") as folder:
        outcome = Path(folder, "outcome")
        code = start(program, options._replace(outcome=str(outcome)), flags)
        worst = outcome.read_text("utf-8") if outcome.exists() else ""
    if code < 0:
        _end_by(-code)
    if code == 0 and worst and _SEVERITIES.index(worst) <= _SEVERITIES.index(fail_on):
        return _FOUND
    return code


def _end_by(number: int) -> None:
    """End as the program has: by a signal."""
    if os.name != "nt" and number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _absolute(name: str | None) -> str:
    return os.path.abspath(name) if name else ""


class _Parser(argparse.ArgumentParser):
    """Shows arguments, which may be names of files, as people may be shown them."""

    def error(self, message: str) -> NoReturn:
        super().exit(_WRONG, f"keras-inference run: error: {printable(message)}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="keras-inference run",
        usage=USAGE,
        description="Run a program as Python would, and tell at its end how it called Keras models: on standard error, "
        "and nothing where nothing is wrong.",
    )
    add = parser.add_argument
    add("--json", metavar="FILE", help="write what was seen, for `keras-inference check --observations FILE`")
    add("--html", metavar="FILE", help="write what was seen as one page")
    add("--fail-on", choices=_SEVERITIES, help="exit with 1 if the program succeeds and something so severe was seen")
    add("--ignore", action="append", type=_code, metavar="RULE", help="do not tell this rule; may be given again")
    add(
        "--limit-seconds",
        type=_seconds,
        metavar="N",
        help="interrupt the program, as Ctrl-C does, N seconds after it has imported Keras",
    )
    return parser


def _code(text: str) -> str:
    if text not in TEXTS:
        raise argparse.ArgumentTypeError(f"there is no rule {text!r}; `keras-inference rule --all` lists them")
    return text


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0")
    return value


def run() -> int:
    """`python -m pytest_keras_inference run ...`."""
    if sys.argv[1:2] != ["run"]:
        sys.stderr.write(f"usage: python -m pytest_keras_inference run ...\n{USAGE}\n")
        return _WRONG
    return main(sys.argv[2:])
