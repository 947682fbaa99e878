"""The command `keras-inference`: arguments in, exit code out; nothing else.

Imports are lazy throughout: a run that ends with a clean file should cost little more than starting Python.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NoReturn, TextIO

from lint_rules.config.settings import CONFIDENCES, SEVERITIES, Overrides, Selection, SettingsError, check_selector
from lint_rules.output import FORMATS, render_empty
from lint_rules.source.files import REPORT_BYTES, read_bytes
from lint_rules.streams import StreamError, read_stdin, tell, write_stderr, write_stdout
from lint_rules.terminal import shown_diff
from lint_rules.writing import write_report
from pytest_keras_inference.printable import printable

if TYPE_CHECKING:
    from lint_rules.commands.fixing import Fixing
    from lint_rules.findings.report import Report
    from lint_rules.fixes.apply.apply import FixedFile
    from lint_rules.run.request import Request
    from lint_rules.run.session import Rerun

CLEAN, FINDINGS, ERROR = 0, 1, 2
INTERRUPTED = 130
STDIN = "<stdin>"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; 0 is clean, 1 is findings, 2 is a usage or internal error."""
    try:
        arguments = _parsed(argv)
        code: int = arguments.run(arguments)
        write_stdout("")
    except (SettingsError, StreamError) as error:
        tell(f"keras-inference: error: {error}")
        return ERROR
    except KeyboardInterrupt:
        tell("keras-inference: interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has what it wanted and has gone (`| head`): no error, as for ruff.
        return CLEAN
    except OSError as error:
        tell(f"keras-inference: error: {_refused(error)}")
        return ERROR
    except Exception:
        # Python would exit with 1, which means findings here.
        import traceback

        tell(traceback.format_exc().rstrip())
        tell("keras-inference: internal error, please report the lines above")
        return ERROR
    return code


def _refused(error: OSError) -> str:
    """What the operating system refused the command as a whole; what it refuses of single files is in the report."""
    try:
        os.getcwd()
    except OSError:
        return "the current folder is not there any more; change to one that is, or name absolute paths"
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{error.strerror or error}"


# Arguments


def _parsed(argv: Sequence[str] | None) -> argparse.Namespace:
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
    check.set_defaults(run=_check)
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
    add("--ignore-noqa", action="store_true", help="report what noqa comments silence")
    add = check.add_argument_group("how to report").add_argument
    add("--output-format", choices=FORMATS, default="text", help="(default: text)")
    add("--output-file", metavar="FILE", help="write the report to FILE")
    add("--observations", metavar="FILE", help="rank by what a test run saw: pytest --keras-inference-json=FILE")
    add("--statistics", action="store_true", help="count the findings of each rule instead (text or json)")
    add("--exit-zero", action="store_true", help="exit with 0 even when there are findings")
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
    rule.set_defaults(run=_rule)
    which = rule.add_mutually_exclusive_group(required=True)
    which.add_argument("code", nargs="?", metavar="CODE", help="the code or the name of a rule")
    which.add_argument("--all", action="store_true", help="one line for each rule")

    server = commands.add_parser(
        "server",
        help="serve editors",
        description="Speak the Language Server Protocol on standard input and output.",
        formatter_class=_Formatter,
    )
    server.set_defaults(run=_server)
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


def _split(values: list[str] | None) -> tuple[str, ...] | None:
    """The parts of repeated, comma-separated arguments; None when the option was not given."""
    if values is None:
        return None
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _rules(values: list[str] | None, option: str) -> tuple[str, ...] | None:
    parts = _split(values)
    return None if parts is None else tuple(check_selector(part, option) for part in parts)


def _overrides(arguments: argparse.Namespace) -> Overrides:
    """What the arguments set above the settings of the project.

    Raises:
        SettingsError: an unknown rule, or a pattern without one.
    """
    selection = Selection(
        _rules(arguments.select, "--select"),
        _rules(arguments.extend_select, "--extend-select") or (),
        _rules(arguments.ignore, "--ignore") or (),
    )
    return Overrides(
        selection=selection if selection != Selection() else None,
        per_file_ignores=_per_file(arguments.per_file_ignores or []),
        exclude=_split(arguments.exclude),
        extend_exclude=_split(arguments.extend_exclude) or (),
        min_confidence=arguments.min_confidence,
        severity=arguments.severity,
        baseline=os.path.abspath(arguments.baseline) if arguments.baseline else None,
        cache_dir=os.path.abspath(arguments.cache_dir) if arguments.cache_dir else None,
    )


def _per_file(values: list[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """`tests/*:KI201,KI202` as (pattern, selectors)."""
    pairs = []
    for value in values:
        pattern, colon, rules = value.rpartition(":")
        if not colon or not pattern or not rules:
            raise SettingsError(f'--per-file-ignores: "{value}" is not PATTERN:RULES; write "tests/*:KI201,KI202"')
        pairs.append((pattern, _rules([rules], "--per-file-ignores") or ()))
    return tuple(pairs)


def _request(arguments: argparse.Namespace) -> Request:
    from lint_rules.run.request import Request

    paths = [path for path in arguments.paths if path != "-"]
    from_stdin = "-" in arguments.paths or (arguments.stdin_filename is not None and not paths)
    stdin = None
    if arguments.stdin_filename is not None and not from_stdin:
        raise SettingsError(
            f"--stdin-filename {arguments.stdin_filename}: names the text of standard input, and only {paths[0]} is to "
            "be read; write - to read standard input too, or omit --stdin-filename"
        )
    if from_stdin:
        if arguments.files_from == "-":
            raise SettingsError("--files-from -: standard input is read as the text of a file already")
        stdin = (arguments.stdin_filename or STDIN, read_stdin())
    listed = _listed(arguments.files_from) if arguments.files_from else ()
    if not paths and not from_stdin and not arguments.files_from:
        paths = ["."]
    if arguments.force_exclude:
        listed += tuple(path for path in paths if not os.path.isdir(path))
        paths = [path for path in paths if os.path.isdir(path)]
    overrides = _overrides(arguments)
    observations = None
    if arguments.observations is not None:
        from lint_rules.findings.observations import read

        observations = read(arguments.observations)
    fixes = arguments.fix or arguments.diff or arguments.output_format in ("text", "json", "jsonl", "sarif")
    fixes = fixes and not (
        arguments.write_baseline
        or arguments.add_noqa
        or arguments.add_ignore
        or (arguments.statistics and not arguments.fix)
    )
    return Request(
        tuple(paths),
        listed,
        stdin,
        overrides,
        fixes,
        not arguments.ignore_noqa,
        not arguments.write_baseline,
        observations,
        cache=not arguments.no_cache,
        jobs=arguments.jobs,
    )


def _listed(name: str) -> tuple[str, ...]:
    """The paths that a file lists, one a line; blank lines and lines that start with # do not count.

    Where there is a NUL character, as `git ls-files -z` writes them, it ends a path, and everything else is part of it.
    """
    try:
        data = read_stdin() if name == "-" else read_bytes(name, REPORT_BYTES, pipes=True)
    except OSError as error:
        raise SettingsError(f"--files-from {name}: cannot be read: {error.strerror}") from error
    # Names of files are bytes, of which some are no UTF-8.
    text = data.decode("utf-8", "surrogateescape")
    if "\0" in text:
        return tuple(path for path in text.split("\0") if path)
    lines = text.splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


# Commands


def _check(arguments: argparse.Namespace) -> int:
    """`check`: run the pipeline and print the report."""
    from lint_rules.commands.exclusive import conflict

    wrong = conflict(_given(arguments))
    if wrong is not None:
        raise SettingsError(wrong)
    if arguments.watch:
        return _watch(arguments)
    request = _request(arguments)
    if arguments.show_files or arguments.show_settings:
        from lint_rules.commands.show import files, settings

        _write(settings(request) if arguments.show_settings else files(request), arguments.output_file)
        return CLEAN
    if (arguments.fix or arguments.diff) and request.stdin is not None and (request.paths or request.listed):
        raise SettingsError("--fix: fixes files or standard input, not both at once; omit - or the paths")
    rerun, report = _judged(request, arguments)
    if arguments.write_baseline:
        return _write_baseline(report, request)
    if arguments.add_noqa or arguments.add_ignore:
        return _add_comments(rerun, report, noqa=arguments.add_noqa)
    if (arguments.fix or arguments.diff) and request.stdin is not None:
        return _fix_stdin(rerun, report, request.stdin, arguments)
    if arguments.diff:
        return _diff(rerun, report, arguments)
    code, _ = _told(rerun, report, request, arguments)
    return code


def _given(arguments: argparse.Namespace) -> list[str]:
    """The options of a command line as `exclusive` speaks of them."""
    values = vars(arguments)
    given = [f"--{name.replace('_', '-')}" for name, value in values.items() if name != "paths" and value]
    stdin = ["-"] if "-" in arguments.paths else []
    return [*given, *stdin, f"--output-format {arguments.output_format}"]


def _judged(request: Request, arguments: argparse.Namespace) -> tuple[Rerun, Report]:
    """The run and its report, with a progress bar while it lasts."""
    from lint_rules.run.progress import Bar
    from lint_rules.run.session import Rerun

    with Bar(not arguments.no_progress) as progress:
        rerun = Rerun(request)
        return rerun, rerun.report(progress)


def _told(
    rerun: Rerun, report: Report, request: Request, arguments: argparse.Namespace
) -> tuple[int, tuple[FixedFile, ...]]:
    """Print the report, after `--fix` that of what is left; the exit code, and the files that were fixed."""
    fixed: tuple[FixedFile, ...] = ()
    if arguments.fix:
        fixing = _fix(rerun, report, arguments)
        fixed = fixing.changed
        if fixing.files:
            # A fix also moves what findings in other files speak of, and others may have changed files meanwhile.
            _, report = _judged(request, arguments)
    texts = {os.path.abspath(request.stdin[0]): request.stdin[1]} if request.stdin is not None else {}
    _write(_rendered(report, texts, arguments, sys.stdout), arguments.output_file, arguments.output_format)
    return _exit_code(report, bool(report.diagnostics), arguments), fixed


def _watch(arguments: argparse.Namespace) -> int:
    """`--watch`: the run again and again, until the user ends it with an interrupt."""
    if "-" in (*arguments.paths, arguments.files_from) or arguments.stdin_filename is not None:
        raise SettingsError("--watch: standard input does not change; name files or folders to watch")
    from lint_rules.commands.watch import watch

    def run() -> tuple[FixedFile, ...]:
        request = _request(arguments)
        rerun, report = _judged(request, arguments)
        _, fixed = _told(rerun, report, request, arguments)
        return fixed

    try:
        watch(lambda: _request(arguments), run)
    except KeyboardInterrupt:
        tell("")  # below the ^C that the terminal shows
        return INTERRUPTED


def _exit_code(report: Report, findings: bool, arguments: argparse.Namespace) -> int:
    """2 where something went wrong, which is told; else 1 for findings."""
    if _tell_errors(report):
        return ERROR
    return FINDINGS if findings and not arguments.exit_zero else CLEAN


def _tell_errors(report: Report) -> bool:
    """Tell the notes of a report, and what went wrong; whether anything did."""
    _tell_notes(report.notes)
    for mistake in report.mistakes:
        tell(f"keras-inference: error: {mistake.rstrip('.')}; the files that it holds for were not checked")
    for failure in report.failures:
        tell(f"keras-inference: internal error: {failure}")
    return bool(report.mistakes or report.failures)


def _fix(rerun: Rerun, report: Report, arguments: argparse.Namespace) -> Fixing:
    """`--fix`: what became of the files."""
    from lint_rules.commands.fixing import fix

    fixing = fix(rerun, report, unsafe=arguments.unsafe_fixes, write=True)
    _tell(fixing, "Fixed")
    return fixing


def _diff(rerun: Rerun, report: Report, arguments: argparse.Namespace) -> int:
    """`--diff`: what `--fix` would change."""
    from lint_rules.commands.fixing import fix

    fixing = fix(rerun, report, unsafe=arguments.unsafe_fixes, write=False)
    _write(fixing.diff(), arguments.output_file, "diff")
    _tell(fixing, "Would fix")
    return _exit_code(report, bool(fixing.changed), arguments)


def _fix_stdin(rerun: Rerun, report: Report, stdin: tuple[str, bytes], arguments: argparse.Namespace) -> int:
    """`--fix` and `--diff` on standard input: the fixed text, or the diff, goes to standard output; what is left is
    told on standard error."""
    from lint_rules.commands.fixing import fix_stdin

    fixed = fix_stdin(rerun, report, stdin, unsafe=arguments.unsafe_fixes)
    if arguments.diff:
        _write(fixed.fixing.diff(), arguments.output_file, "diff")
        _tell(fixed.fixing, "Would fix")
        return _exit_code(report, fixed.changed, arguments)
    write_stdout(fixed.data)
    _tell(fixed.fixing, "Fixed")
    left = report._replace(diagnostics=fixed.remaining)
    rendered = _rendered(left, {os.path.abspath(stdin[0]): fixed.data}, arguments, sys.stderr)
    if arguments.output_file is not None:
        _write(rendered, arguments.output_file, arguments.output_format)
    else:
        write_stderr(rendered)
    return _exit_code(left, bool(left.diagnostics), arguments)


def _tell(fixing: Fixing, verb: str) -> None:
    """What fixing came to, and what went otherwise than asked."""
    from lint_rules.output.summary import counted

    _tell_notes(fixing.notes)
    if fixing.changed:
        number, files = counted(fixing.changes, "finding"), counted(len(fixing.changed), "file")
        tell(f"{verb} {number} in {files}.")


def _tell_notes(notes: Iterable[str]) -> None:
    for note in notes:
        tell(f"keras-inference: {note}")


def _add_comments(rerun: Rerun, report: Report, *, noqa: bool) -> int:
    """`--add-noqa`, `--add-ignore`: one comment for each line with findings; an error where a file cannot have them."""
    from lint_rules.commands.fixing import add_comments
    from lint_rules.config import ruff_settings
    from lint_rules.findings.comments import Form
    from lint_rules.output.summary import counted

    added = add_comments(rerun, report, Form.NOQA if noqa else Form.IGNORE)
    wrong = _tell_errors(report)
    _tell_notes(added.notes)
    changed = counted(len(added.changed), "file")
    write_stdout(f"Added {counted(added.changes, 'comment')} in {changed}.\n")
    if noqa:
        _tell_notes(
            f"{path}: Ruff takes these comments for mistakes and removes them (RUF100, RUF102): write "
            f"`{ruff_settings.LINE}` below `[tool.ruff.lint]`, or use --add-ignore, whose comments it leaves alone"
            for path in ruff_settings.unaware(str(file.path) for file in added.changed)
        )
    return ERROR if wrong or added.failed else CLEAN


def _write_baseline(report: Report, request: Request) -> int:
    """`--write-baseline`: to the file that the arguments or the settings name, else to one in this folder."""
    from lint_rules.config.settings import SettingsFinder
    from lint_rules.findings import baseline
    from lint_rules.findings.view import View
    from lint_rules.output.summary import counted

    first = os.path.abspath(next(iter((*request.paths, *request.listed)), "."))
    folder = first if os.path.isdir(first) else os.path.dirname(first)
    settings = SettingsFinder(request.overrides).of_folder(folder)
    path = settings.baseline or os.path.abspath(baseline.DEFAULT_NAME)
    asked = request.overrides.baseline is not None
    baseline.write(path, report.diagnostics, View(), within=None if asked else settings.root or os.path.dirname(path))
    wrong = _tell_errors(report)
    name = printable(View().name(path))
    _write(f"Wrote {counted(len(report.diagnostics), 'finding')} to {name}.\n", None)
    return ERROR if wrong else CLEAN


def _rendered(report: Report, texts: dict[str, bytes], arguments: argparse.Namespace, stream: TextIO) -> str:
    """The report as it goes to a stream, unless it goes to a file."""
    if arguments.statistics:
        from lint_rules.output import statistics

        return statistics.render(report, as_json=arguments.output_format == "json")
    empty = render_empty(arguments.output_format, report)
    if empty is not None:
        return empty
    from lint_rules.findings.view import View
    from lint_rules.output import render
    from lint_rules.terminal import takes_colour

    colour = arguments.output_file is None and takes_colour(stream)
    return render(
        arguments.output_format, report, View(colour=colour, texts=texts, unsafe_fixes=arguments.unsafe_fixes)
    )


def _write(text: str, file: str | None, output_format: str = "text") -> None:
    """Print a report, or write it to a file; formats for machines are UTF-8 whatever the terminal speaks.

    What cannot be said so is escaped: a lone surrogate, as names of files hold, is written as JSON writes it.
    """
    if file is not None:
        try:
            write_report(file, text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise SettingsError(f"--output-file {file}: cannot be written: {error.strerror}") from error
        return
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        encoding = None if output_format in ("text", "concise") else "utf-8"
        reconfigure(encoding=encoding, errors="backslashreplace")
    write_stdout(shown_diff(text) if output_format == "diff" else text)


def _rule(arguments: argparse.Namespace) -> int:
    """`rule`: print a page, or the list of rules."""
    from lint_rules.rules.pages import catalogue, page
    from pytest_keras_inference.vocabulary import TEXTS

    if arguments.all:
        _write(catalogue(), None)
        return CLEAN
    code = check_selector(arguments.code, "rule")
    if code not in TEXTS:
        raise SettingsError(
            f'rule: "{arguments.code}" names more than one rule; `keras-inference rule --all` lists them'
        )
    _write(page(code), None)
    return CLEAN


def _server(_arguments: argparse.Namespace) -> NoReturn:
    """`server`: serve an editor until it has gone."""
    from lint_rules.server import serve

    serve()
