"""`check`: run the pipeline and print the report, or change what was found."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Iterable

from lint_rules.cli.asked import request_of, settle
from lint_rules.cli.exit_codes import CLEAN, ERROR, FINDINGS, INTERRUPTED
from lint_rules.cli.printing import add_summary, rendered, write
from lint_rules.config.keys import SettingsError
from lint_rules.streams import tell, write_stderr, write_stdout
from lint_rules.terminal import takes_colour
from pytest_keras_inference.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.commands.fixing import Fixing
    from lint_rules.findings.report import Report
    from lint_rules.fixes.apply.apply import FixedFile
    from lint_rules.run.request import Request
    from lint_rules.run.session import Rerun


def run(arguments: argparse.Namespace) -> int:
    """`check`: run the pipeline and print the report."""
    from lint_rules.commands.exclusive import conflict

    wrong = conflict(_given(arguments))
    if wrong is not None:
        raise SettingsError(wrong)
    settle(arguments)
    if arguments.watch or arguments.fix or arguments.diff:
        gc.enable()
    if arguments.watch:
        return _watch(arguments)
    request = request_of(arguments)
    if arguments.show_files or arguments.show_settings:
        from lint_rules.commands.show import files, settings

        write(settings(request) if arguments.show_settings else files(request), arguments.output_file)
        return CLEAN
    if arguments.verify is not None and not (arguments.fix or arguments.diff):
        raise SettingsError("--verify: tries fixes; give --fix, or --diff to see what it would keep")
    if arguments.verify_timeout is not None and arguments.verify is None:
        raise SettingsError("--verify-timeout: is for --verify COMMAND, which is not given")
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
    form = [f"--output-format {arguments.output_format}"] if arguments.output_format else []
    return [*given, *stdin, *form]


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
    if request.folders and not report.checked and not report.mistakes:
        where = ", ".join(map(printable, request.paths))
        tell(f"keras-inference: warning: there are no Python files or notebooks to check in {where}")
    texts = {os.path.abspath(request.stdin[0]): request.stdin[1]} if request.stdin is not None else {}
    write(rendered(report, texts, arguments, sys.stdout), arguments.output_file, arguments.output_format)
    if arguments.summary_file is not None:
        add_summary(report, texts, arguments)
    return _exit_code(report, _is_failure(report, arguments), arguments), fixed


def _watch(arguments: argparse.Namespace) -> int:
    """`--watch`: the run again and again, until the user ends it with an interrupt."""
    if "-" in (*arguments.paths, arguments.files_from) or arguments.stdin_filename is not None:
        raise SettingsError("--watch: standard input does not change; name files or folders to watch")
    from lint_rules.commands.watch import watch

    def once() -> tuple[FixedFile, ...]:
        request = request_of(arguments)
        rerun, report = _judged(request, arguments)
        _, fixed = _told(rerun, report, request, arguments)
        return fixed

    try:
        watch(lambda: request_of(arguments), once)
    except KeyboardInterrupt:
        tell("")  # below the ^C that the terminal shows
        return INTERRUPTED


def _exit_code(report: Report, findings: bool, arguments: argparse.Namespace) -> int:
    """2 where something went wrong, which is told; else 1 for findings."""
    if _tell_errors(report):
        return ERROR
    return FINDINGS if findings and arguments.fail_on != "never" else CLEAN


def _is_failure(report: Report, arguments: argparse.Namespace) -> bool:
    """Whether one of the findings is bad enough for the exit code."""
    if arguments.fail_on is None:
        return bool(report.diagnostics)
    if arguments.fail_on == "never" or not report.diagnostics:
        return False
    from lint_rules.findings.diagnostics import Severity

    return any(found.severity.rank >= Severity(arguments.fail_on).rank for found in report.diagnostics)


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

    if arguments.verify is not None:
        fixing = _verified(rerun, report, arguments, write=True)
    else:
        fixing = fix(rerun, report, unsafe=arguments.unsafe_fixes, write=True)
    _tell(fixing, "Fixed")
    return fixing


def _verified(rerun: Rerun, report: Report, arguments: argparse.Namespace, *, write: bool) -> Fixing:
    """`--verify COMMAND`: the fixes that hold in the program at hand; each fix that was tried is told of."""
    from lint_rules.commands.fixing import Fixing
    from lint_rules.commands.together import write_together
    from lint_rules.commands.verify.project_copy import CopyError
    from lint_rules.commands.verify.verification import CommandFailedError, verify

    try:
        verified = verify(
            rerun,
            report,
            arguments.verify,
            unsafe=arguments.unsafe_fixes,
            timeout=arguments.verify_timeout,
            folder=os.getcwd(),
        )
    except (CopyError, CommandFailedError) as error:
        raise SettingsError(str(error)) from None
    for verdict in verified.verdicts:
        tell(printable(str(verdict)))
    return Fixing(write_together(verified.fixing.files)) if write else verified.fixing


def _diff(rerun: Rerun, report: Report, arguments: argparse.Namespace) -> int:
    """`--diff`: what `--fix` would change."""
    from lint_rules.commands.fixing import fix

    if arguments.verify is not None:
        fixing = _verified(rerun, report, arguments, write=False)
    else:
        fixing = fix(rerun, report, unsafe=arguments.unsafe_fixes, write=False)
    write(fixing.diff(), arguments.output_file, "diff", colour=takes_colour(sys.stdout, arguments.color))
    _tell(fixing, "Would fix")
    return _exit_code(report, bool(fixing.changed), arguments)


def _fix_stdin(rerun: Rerun, report: Report, stdin: tuple[str, bytes], arguments: argparse.Namespace) -> int:
    """`--fix` and `--diff` on standard input: the fixed text, or the diff, goes to standard output; what is left is
    told on standard error."""
    from lint_rules.commands.fixing import fix_stdin

    fixed = fix_stdin(rerun, report, stdin, unsafe=arguments.unsafe_fixes)
    if arguments.diff:
        write(fixed.fixing.diff(), arguments.output_file, "diff", colour=takes_colour(sys.stdout, arguments.color))
        _tell(fixed.fixing, "Would fix")
        return _exit_code(report, fixed.changed, arguments)
    write_stdout(fixed.data)
    _tell(fixed.fixing, "Fixed")
    left = report._replace(diagnostics=fixed.remaining)
    shown = rendered(left, {os.path.abspath(stdin[0]): fixed.data}, arguments, sys.stderr)
    if arguments.output_file is not None:
        write(shown, arguments.output_file, arguments.output_format)
    else:
        write_stderr(shown)
    return _exit_code(left, _is_failure(left, arguments), arguments)


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
    write(f"Wrote {counted(len(report.diagnostics), 'finding')} to {name}.\n", None)
    return ERROR if wrong else CLEAN
