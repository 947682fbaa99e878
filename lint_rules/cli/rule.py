"""`rule`: print the page of a rule, or the list of the rules of a family, or of all."""

from __future__ import annotations

import argparse
import sys

from lint_rules.cli.exit_codes import CLEAN
from lint_rules.cli.printing import write
from lint_rules.config.keys import check_selector
from pytest_keras_inference.vocabulary import TEXTS


def run(arguments: argparse.Namespace) -> int:
    """Print what is asked for; the exit code.

    Raises:
        SettingsError: no rule is called so.
    """
    from lint_rules.rules.pages import as_object, catalogue, codes_of, page

    selector = "ALL" if arguments.all else check_selector(arguments.code, "rule")
    codes = codes_of("" if selector == "ALL" else selector)
    single = codes == [selector]
    if arguments.output_format == "json":
        from lint_rules.output.json_text import to_json
        from lint_rules.output.links import rule_url

        rules = [{**as_object(code), "url": rule_url(TEXTS[code].name)} for code in codes]
        told = rules[0] if single else rules
        write(to_json(told, indent=2) + "\n", None, "json")
    elif single:
        from lint_rules.output.page import coloured
        from lint_rules.terminal import takes_colour

        text = page(selector)
        write(coloured(text) if takes_colour(sys.stdout, arguments.color) else text, None)
    else:
        write(catalogue(codes), None)
    return CLEAN
