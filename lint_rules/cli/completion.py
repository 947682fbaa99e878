"""`completion`: a script by which a shell completes the command, made from its parser."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from lint_rules.cli.exit_codes import CLEAN
from lint_rules.cli.parser import make_parser
from lint_rules.config.keys import SettingsError
from lint_rules.streams import write_stdout

_MISSING = (
    "completion: needs shtab, which is not installed here; "
    'install the extra: pip install "pytest-keras-inference[completion]"'
)
FILES, FOLDERS = ("PATH", "FILE", "NAME"), ("FOLDER",)
"""How arguments are called that are files or folders."""


def run(arguments: argparse.Namespace) -> int:
    """Print the script; the exit code.

    Raises:
        SettingsError: shtab is not installed.
    """
    try:
        import shtab
    except ImportError as error:
        if error.name != "shtab":
            raise
        raise SettingsError(_MISSING) from error
    parser = make_parser()
    for action in _actions(parser):
        if action.metavar in FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif action.metavar in FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
    write_stdout(shtab.complete(parser, shell=arguments.shell))
    return CLEAN


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """The arguments of a parser and of those of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _actions(inner)
