"""`rule`: print the page of a rule, or the list of rules."""

from __future__ import annotations

import argparse

from lint_rules.cli.exit_codes import CLEAN
from lint_rules.cli.printing import write
from lint_rules.config.settings import SettingsError, check_selector


def run(arguments: argparse.Namespace) -> int:
    """Print what is asked for; the exit code."""
    from lint_rules.rules.pages import catalogue, page
    from pytest_keras_inference.vocabulary import TEXTS

    if arguments.all:
        write(catalogue(), None)
        return CLEAN
    code = check_selector(arguments.code, "rule")
    if code not in TEXTS:
        raise SettingsError(
            f'rule: "{arguments.code}" names more than one rule; `keras-inference rule --all` lists them'
        )
    write(page(code), None)
    return CLEAN
