"""The arguments that the command takes, and its help."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import NoReturn

from lint_rules.cli.exit_codes import CLEAN
from lint_rules.config.settings import CONFIDENCES, FAIL_ON, SEVERITIES
from lint_rules.output import FORMATS
from lint_rules.streams import write_stdout
from pytest_keras_inference.printable import printable


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """The arguments; `--help` and `--version` end here, once they have been written."""
    try:
        return _parser().parse_args(argv)
    except SystemExit:
        write_stdout("")
        raise


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="keras-inference",
        description="Find wrong uses of model(x) and model.predict(x) in Keras code.",
        formatter_class=_Formatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="show the version and exit")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", prog="keras-inference")

    check = commands.add_parser(
        "check", help="check files and folders", description="Check files and folders.", formatter_class=_Formatter
    )
    check.set_defaults(command="check")
    check.add_argument("paths", nargs="*", metavar="PATH", help="files and folders (default: .), - for stdin")
    add = check.add_argument_group("what to check").add_argument
    add("--stdin-filename", metavar="NAME", help="read standard input as the text of this file")
    add("--files-from", metavar="FILE", help="check the files listed in FILE, one a line or ended by NUL (- for stdin)")
    add("--exclude", action="append", metavar="PATTERNS", help="skip these, instead of what the settings exclude")
    add("--extend-exclude", action="append", metavar="PATTERNS", help="skip these too")
    add("--force-exclude", action="store_true", help="skip what is excluded even where PATH names it")
    add("--show-files", action="store_true", help="list the files that would be checked, and exit")
    add("--show-settings", action="store_true", help="show the settings that hold for the first path, and exit")
    add = check.add_argument_group("what to report").add_argument
    add("--select", action="append", metavar="RULES", help="run these rules: codes, prefixes, names or ALL")
    add("--extend-select", action="append", metavar="RULES", help="run these rules too")
    add("--ignore", action="append", metavar="RULES", help="do not run these rules")
    add("--per-file-ignores", action="append", metavar="PATTERN:RULES", help="do not run these rules on these files")
    add("--min-confidence", choices=CONFIDENCES, help="how sure a finding must be (default: likely)")
    add("--severity", choices=SEVERITIES, help="the lowest severity that is shown (default: warning)")
    add(
        "--since",
        metavar="REV",
        help="only what is new against this git commit; main... is where this branch left main",
    )
    add("--ignore-noqa", action="store_true", help="report what noqa comments silence")
    add = check.add_argument_group("how to report").add_argument
    add("--output-format", choices=FORMATS, default="text", help="(default: text)")
    add("--output-file", metavar="FILE", help="write the report to FILE")
    add(
        "--observations",
        metavar="FILE",
        help="rank by what keras-inference run --json FILE or a test run saw",
    )
    add("--statistics", action="store_true", help="count the findings of each rule instead (text or json)")
    add(
        "--fail-on",
        choices=FAIL_ON,
        help="the lowest severity that makes the exit code 1 (default: any)",
    )
    add("--exit-zero", action="store_true", help="exit with 0 even when there are findings, as --fail-on never")
    add("--summary-file", metavar="FILE", help="add a summary in Markdown to FILE, such as $GITHUB_STEP_SUMMARY")
    add("--watch", action="store_true", help="check again whenever something changes, until Ctrl-C")
    add("--no-progress", action="store_true", help="no progress bar on the terminal")

    add = check.add_argument_group("how to run").add_argument
    add("--jobs", type=_jobs, metavar="N", help="judge in N processes, 0 for one a processor (default: what pays)")
    add("--no-cache", action="store_true", help="neither use nor keep what runs learn of the project")
    add("--cache-dir", metavar="FOLDER", help="keep it there, instead of in the project's .keras_inference_cache")
    add = check.add_argument_group("what to change").add_argument
    add("--fix", action="store_true", help="apply the safe fixes, then report what is left")
    add("--unsafe-fixes", action="store_true", help="count those that may change behaviour as fixes too")
    add("--diff", action="store_true", help="show what --fix would change, and change nothing")
    add("--add-noqa", action="store_true", help="write a noqa comment for each finding, and exit with 0")
    add("--add-ignore", action="store_true", help="the same as `# keras-inference: ignore[...]`, our own comment")
    add = check.add_argument_group("findings to keep").add_argument
    add("--baseline", metavar="FILE", help="do not report the findings that FILE knows")
    add("--write-baseline", action="store_true", help="write all findings to the baseline, and exit with 0")

    rule = commands.add_parser(
        "rule", help="explain a rule", description="Explain a rule, or list them all.", formatter_class=_Formatter
    )
    rule.set_defaults(command="rule")
    which = rule.add_mutually_exclusive_group(required=True)
    which.add_argument("code", nargs="?", metavar="CODE", help="the code or the name of a rule")
    which.add_argument("--all", action="store_true", help="one line for each rule")

    run = commands.add_parser("run", help="run a program, and tell how it called models", add_help=False)
    run.set_defaults(command="elsewhere")
    run.add_argument("program", nargs=argparse.REMAINDER)
    merge = commands.add_parser(
        "merge-sarif",
        help="make one SARIF report of several",
        description="Make one SARIF report of those of several parts of a run.",
        formatter_class=_Formatter,
    )
    merge.set_defaults(command="merge_sarif")
    merge.add_argument("files", nargs="+", metavar="FILE", help="reports that check --output-format sarif has made")
    merge.add_argument("--output-file", metavar="FILE", help="write the report to FILE")

    server = commands.add_parser(
        "server",
        help="serve editors",
        description="Speak the Language Server Protocol on standard input and output.",
        formatter_class=_Formatter,
    )
    server.set_defaults(command="serve")
    # Some editors add this to every server that they start; there is no other way to speak to this one.
    server.add_argument("--stdio", action="store_true", help=argparse.SUPPRESS)
    return parser


class _Parser(argparse.ArgumentParser):
    """Shows arguments, which may be names of files, as people may be shown them."""

    def error(self, message: str) -> NoReturn:
        super().error(printable(message))


class _Formatter(argparse.HelpFormatter):
    """argparse makes a formatter for every argument it is told of; looking up the terminal's width for each of them
    would import `shutil` and its compression modules."""

    def __init__(self, prog: str) -> None:
        width = os.environ.get("COLUMNS", "")
        super().__init__(prog, width=int(width) if width.isdigit() else 110)


class _Version(argparse.Action):
    """`--version`, looked up only when asked for."""

    def __call__(self, *_: object) -> None:
        from pytest_keras_inference.version import VERSION

        write_stdout(f"keras-inference {VERSION}\n")
        raise SystemExit(CLEAN)


def _jobs(value: str) -> int:
    number = int(value) if value.isdigit() else -1
    if not 0 <= number <= 256:
        raise argparse.ArgumentTypeError(f'"{value}" is not a number of processes; write 4, or 0 for one per CPU')
    return number
