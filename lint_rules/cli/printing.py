"""How a report leaves the command: rendered for a stream or a file, and written there."""

from __future__ import annotations

import argparse
import sys

from lint_rules.config.ignores import repository_root
from lint_rules.config.keys import SettingsError
from lint_rules.output import render_empty
from lint_rules.source.files import working_folder
from lint_rules.streams import write_stdout
from lint_rules.terminal import shown_diff, takes_colour, takes_links, width_of
from lint_rules.writing import write_report

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

    from lint_rules.findings.report import Report


def rendered(report: Report, texts: dict[str, bytes], arguments: argparse.Namespace, stream: TextIO) -> str:
    """The report as it goes to a stream, unless it goes to a file."""
    if arguments.statistics:
        from lint_rules.output import statistics

        return statistics.render(report, as_json=arguments.output_format == "json")
    width = width_of(stream) if arguments.output_file is None else None
    empty = render_empty("text" if width and arguments.output_format == "concise" else arguments.output_format, report)
    if empty is not None:
        return empty
    from lint_rules.findings.view import View
    from lint_rules.output import render

    colour = arguments.output_file is None and takes_colour(stream, arguments.color)
    root = repository_root(working_folder())
    links = colour and takes_links(stream)
    view = View(root=root, colour=colour, width=width, links=links, texts=texts, unsafe_fixes=arguments.unsafe_fixes)
    return render(arguments.output_format, report, view)


def add_summary(report: Report, texts: dict[str, bytes], arguments: argparse.Namespace) -> None:
    """`--summary-file`: add what the run came to to a file that others add to as well.

    Raises:
        SettingsError: the file cannot be written.
    """
    from lint_rules.findings.view import View
    from lint_rules.output import render

    view = View(root=repository_root(working_folder()), texts=texts, unsafe_fixes=arguments.unsafe_fixes)
    data = render("markdown", report, view).encode("utf-8", "backslashreplace")
    try:
        with open(arguments.summary_file, "ab") as stream:
            stream.write(data)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SettingsError(f"--summary-file {arguments.summary_file}: cannot be written: {reason}") from error


def write(text: str, file: str | None, output_format: str = "text", *, colour: bool = False) -> None:
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
    write_stdout(shown_diff(text, colour) if output_format == "diff" else text)
