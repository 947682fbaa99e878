"""`run`: watches a program, which the part that reads code does not do."""

from __future__ import annotations

import argparse
from typing import NoReturn

from lint_rules.config.keys import SettingsError


def run(_arguments: argparse.Namespace) -> NoReturn:
    """The command's entry goes elsewhere before it comes here.

    Raises:
        SettingsError: always; it says how to call it.
    """
    raise SettingsError(
        "run: this is the part that reads code; write `keras-inference run` or `python -m pytest_keras_inference run`"
    )
