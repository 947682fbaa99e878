"""The linter as the playground calls it, under Pyodide: a text in, JSON out."""

from __future__ import annotations

from lint_rules.config.settings import Overrides, Selection
from lint_rules.findings.view import View
from lint_rules.output.json_ import render
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request

NAME = "playground.py"


def findings(text: str, rule: str = "") -> str:
    """The findings in a text as `--output-format json` prints them, informations included.

    `rule` is the code of a rule that is to run besides the usual ones. Fixes are left out: they need LibCST, which is
    compiled code that this Python has not.
    """
    selection = Selection(extend_select=(rule,)) if rule else None
    overrides = Overrides(severity="info", selection=selection)
    report = check(Request(stdin=(NAME, text.encode("utf-8", "replace")), overrides=overrides))
    return render(report, View())
