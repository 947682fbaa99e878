"""The arguments that the command takes, and its help."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Sequence

from lint_rules.cli import version
from lint_rules.cli.exit_codes import CLEAN, ERROR
from lint_rules.config.keys import CONFIDENCES, FAIL_ON, FORMATS, SEVERITIES, closest
from lint_rules.records import NamedTuple
from lint_rules.regex import lazy_pattern
from lint_rules.streams import write_stderr, write_stdout
from pytest_keras_inference.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

SHELLS = ("bash", "fish", "powershell", "tcsh", "zsh")
WHEN = ("auto", "always", "never")


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments; `--help`, `--version` and no arguments at all end here, once there is an answer."""
    given = sys.argv[1:] if argv is None else argv
    parser = make_parser(given[0] if given and given[0] in _COMMANDS else None)
    if not given:
        write_stderr(parser.format_help())
        raise SystemExit(ERROR)
    try:
        arguments, unknown = parser.parse_known_args(given)
    except SystemExit:
        write_stdout("")
        raise
    if unknown:
        arguments.parser.refuse(unknown)
    return arguments


def make_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser of the command with those of all its commands, or of one: each takes time to make."""
    parser = _Parser(
        prog="keras-inference",
        description="Find wrong uses of model(x) and model.predict(x) in Keras code.",
        formatter_class=_Formatter,
    )
    parser.add_argument(*version.OPTIONS, action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", prog="keras-inference")
    for name, command in _COMMANDS.items():
        if only not in (None, name):
            continue
        made = commands.add_parser(
            name,
            help=command.summary,
            description=command.description or f"{command.summary.capitalize()}.",
            formatter_class=_Formatter,
            add_help=command.module != _ELSEWHERE,
        )
        made.set_defaults(command=command.module, parser=made)
        command.add_arguments(made)
    return parser


def _add_rule(rule: argparse.ArgumentParser) -> None:
    which = rule.add_mutually_exclusive_group(required=True)
    which.add_argument("code", nargs="?", metavar="RULE", help="a code, the beginning of codes, or a name")
    which.add_argument("--all", action="store_true", help="one line for each rule")
    rule.add_argument("--output-format", choices=("text", "json"), default="text", help="(default: text)")
    rule.add_argument("--color", choices=WHEN, default="auto", help="colour the page (default: auto)")


def _add_config(config: argparse.ArgumentParser) -> None:
    config.add_argument("key", nargs="?", metavar="KEY", help="a key of [tool.keras-inference]")
    config.add_argument("--output-format", choices=("text", "json"), default="text", help="(default: text)")


def _add_clean(clean: argparse.ArgumentParser) -> None:
    clean.add_argument("paths", nargs="*", metavar="PATH", help="folders (default: .)")


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("program", nargs=argparse.REMAINDER)


def _add_merge(merge: argparse.ArgumentParser) -> None:
    merge.add_argument("files", nargs="+", metavar="FILE", help="reports that check --output-format sarif has made")
    merge.add_argument("-o", "--output-file", metavar="FILE", help="write the report to FILE")


def _add_completion(completion: argparse.ArgumentParser) -> None:
    completion.add_argument("shell", choices=SHELLS, help="the shell")


def _add_server(server: argparse.ArgumentParser) -> None:
    # Some editors add this to every server that they start; there is no other way to speak to this one.
    server.add_argument("--stdio", action="store_true", help=argparse.SUPPRESS)


def _add_check(check: argparse.ArgumentParser) -> None:
    """The arguments of `check`."""
    check.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: .), - for stdin")
    add = check.add_argument_group("what to check").add_argument
    add("--stdin-filename", metavar="NAME", help="read standard input as the text of this file")
    add("--files-from", metavar="FILE", help="check the files listed in FILE, one a line or ended by NUL (- for stdin)")
    add("--exclude", action="append", metavar="PATTERNS", help="skip these, instead of what the settings exclude")
    add("--extend-exclude", action="append", metavar="PATTERNS", help="skip these too")
    add("--force-exclude", action="store_true", help="skip what is excluded even where PATH names it")
    add("--show-files", action="store_true", help="list the files that would be checked, and exit")
    add = check.add_argument_group("what to report").add_argument
    add("--select", action="append", metavar="RULES", help="run these rules: codes, prefixes, names or ALL")
    add("--extend-select", action="append", metavar="RULES", help="run these rules too")
    add("--ignore", action="append", metavar="RULES", help="do not run these rules")
    add("--per-file-ignores", action="append", metavar="PATTERN:RULES", help="do not run these rules on these files")
    add("--min-confidence", choices=CONFIDENCES, help="how sure a finding must be (default: likely)")
    add("--severity", choices=SEVERITIES, help="the lowest severity that is shown (default: warning)")
    add("--since", metavar="REV", help="only what is new against this git commit; main... is where this branch left it")
    add("--ignore-noqa", action="store_true", help="report what noqa comments silence")
    add = check.add_argument_group("how to report").add_argument
    add("--output-format", choices=FORMATS, help="(default: text)")
    add("-o", "--output-file", metavar="FILE", help="write the report to FILE")
    add("--observations", metavar="FILE", help="rank by what keras-inference run --json FILE or a test run saw")
    add("--statistics", action="store_true", help="count the findings of each rule instead (text or json)")
    add("--fail-on", choices=FAIL_ON, help="the lowest severity that makes the exit code 1 (default: any)")
    add("-e", "--exit-zero", action="store_true", help="exit with 0 even when there are findings, as --fail-on never")
    add("--summary-file", metavar="FILE", help="add a summary in Markdown to FILE, such as $GITHUB_STEP_SUMMARY")
    add("-w", "--watch", action="store_true", help="check again whenever something changes, until Ctrl-C")
    add("--no-progress", action="store_true", help="no progress bar on the terminal")
    add("--color", choices=WHEN, default="auto", help="colour the report (default: auto)")

    add = check.add_argument_group("how to run").add_argument
    add(
        "-j", "--jobs", type=_jobs, metavar="N", help="judge in N processes, 0 for one a processor (default: what pays)"
    )
    add("--file-timeout", type=_seconds, metavar="N", help="seconds of processor time for one file (default: 20)")
    add("-n", "--no-cache", action="store_true", help="neither use nor keep what runs learn of the project")
    add("--cache-dir", metavar="FOLDER", help="keep it there, instead of in the project's .keras_inference_cache")
    add = check.add_argument_group("settings").add_argument
    add(
        "--config", action="append", metavar="FILE|KEY=VALUE", help="use these settings, or set one key over the others"
    )
    add("--isolated", action="store_true", help="use no file of settings")
    add("--show-settings", action="store_true", help="show the settings that hold for the first path, and exit")
    add = check.add_argument_group("what to change").add_argument
    add("--fix", action="store_true", help="apply the safe fixes, then report what is left")
    add("--unsafe-fixes", action="store_true", default=None, help="count those that may change behaviour as fixes too")
    add(
        "--no-unsafe-fixes", action="store_false", dest="unsafe_fixes", help="count them not, whatever the settings say"
    )
    add("--diff", action="store_true", help="show what --fix would change, and change nothing")
    add(
        "--verify",
        metavar="COMMAND",
        help="try each fix with this command, in a copy of the project, and keep only what changes no result",
    )
    add("--verify-timeout", type=_seconds, metavar="N", help="seconds for one run of that command")
    add("--add-noqa", action="store_true", help="write a noqa comment for each finding, and exit with 0")
    add("--add-ignore", action="store_true", help="the same as `# keras-inference: ignore[...]`, our own comment")
    add = check.add_argument_group("findings to keep").add_argument
    add("--baseline", metavar="FILE", help="do not report the findings that FILE knows")
    add("--write-baseline", action="store_true", help="write all findings to the baseline, and exit with 0")


class _Command(NamedTuple):
    """A command: the module that runs it, what help says of it, and what adds its arguments."""

    module: str
    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    description: str = ""


_ELSEWHERE = "elsewhere"
_COMMANDS = {
    "check": _Command("check", "check files and folders", _add_check),
    "rule": _Command("rule", "explain a rule", _add_rule, "Explain a rule, or list those of a family, or all."),
    "config": _Command(
        "config", "explain the keys of the settings", _add_config, "List the keys of the settings, or explain one."
    ),
    "clean": _Command(
        "clean", "delete what runs have kept", _add_clean, "Delete the caches of the projects in folders."
    ),
    "run": _Command(_ELSEWHERE, "run a program, and tell how it called models", _add_run),
    "merge-sarif": _Command("merge_sarif", "make one SARIF report of those of the parts of a run", _add_merge),
    "completion": _Command("completion", "print a script by which a shell completes this command", _add_completion),
    "server": _Command(
        "serve", "serve editors", _add_server, "Speak the Language Server Protocol on standard input and output."
    ),
}

_CHOICE = lazy_pattern(r"argument (?P<argument>.*?): invalid choice: '(?P<word>.*)' \(choose from (?P<known>.*)\)")


class _Parser(argparse.ArgumentParser):
    """Shows arguments, which may be names of files, as people may be shown them, and says what may be meant."""

    def __init__(self, *arguments: object, **options: object) -> None:
        # A beginning of an option would mean another one when there are more of them.
        super().__init__(*arguments, **{"allow_abbrev": False, **options})  # type: ignore[arg-type]

    def error(self, message: str) -> NoReturn:
        super().error(printable(message + _hint(message)))

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """End with an error that names arguments which are none, and the option that may be meant by the first."""
        options = [name for action in self._actions for name in action.option_strings if name.startswith("--")]
        first = next((word for word in unknown if word.startswith("-")), "")
        meant = closest(first.partition("=")[0], options).rstrip(".") if first.startswith("--") else ""
        self.error(f"unrecognized arguments: {' '.join(unknown)}{meant}")


def _hint(message: str) -> str:
    """What may be meant instead of a word that is none of the choices."""
    found = _CHOICE.search(message)
    if found is None:
        return ""
    if found["argument"] == "COMMAND" and (os.path.exists(found["word"]) or os.sep in found["word"]):
        return f'; did you mean "keras-inference check {found["word"]}"?'
    return closest(found["word"], re.findall(r"[\w-]+", found["known"])).rstrip(".")


class _Formatter(argparse.HelpFormatter):
    """argparse makes a formatter for every argument it is told of; looking up the terminal's width for each of them
    would import `shutil` and its compression modules."""

    def __init__(self, prog: str) -> None:
        width = os.environ.get("COLUMNS", "")
        super().__init__(prog, width=int(width) if width.isdigit() else 110)


class _Version(argparse.Action):
    """`--version` among other options."""

    def __call__(self, *_: object) -> None:
        version.tell_version()
        raise SystemExit(CLEAN)


def _jobs(value: str) -> int:
    number = int(value) if value.isdigit() else -1
    if not 0 <= number <= 256:
        raise argparse.ArgumentTypeError(f'"{value}" is not a number of processes; write 4, or 0 for one per CPU')
    return number


def _seconds(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number < float("inf"):
        raise argparse.ArgumentTypeError(f'"{value}" is not a number of seconds above 0')
    return number
