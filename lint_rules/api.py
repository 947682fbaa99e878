"""The pipeline as functions, for tests, editors and scripts."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from lint_rules.config.keys import check_selector
from lint_rules.config.settings import Overrides, Selection
from lint_rules.findings.diagnostics import Diagnostic
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request


def check_paths(
    paths: Iterable[str | os.PathLike[str]], *, select: Sequence[str] | None = None, fixes: bool = False
) -> list[Diagnostic]:
    """The findings in files and folders, sorted by file and place; settings are those of the nearest pyproject.toml.

    `select` are codes, prefixes or names instead of the selected rules; `fixes` computes the fix of each finding.

    Raises:
        SettingsError: a path does not exist, a rule is unknown, or the settings are wrong.
        RuntimeError: a rule failed; the message has the traceback.
    """
    return _findings(Request(paths=tuple(os.fspath(path) for path in paths), overrides=_overrides(select), fixes=fixes))


def check_source(
    text: str, filename: str = "<string>", *, select: Sequence[str] | None = None, fixes: bool = False
) -> list[Diagnostic]:
    """The findings in one text, judged as if it stood in `filename`, with the project around that file in view.

    Raises:
        SettingsError: a rule is unknown, or the settings are wrong.
        RuntimeError: a rule failed; the message has the traceback.
    """
    stdin = (filename, text.encode())
    return _findings(Request(stdin=stdin, overrides=_overrides(select), fixes=fixes))


def _overrides(select: Sequence[str] | None) -> Overrides:
    if select is None:
        return Overrides()
    return Overrides(selection=Selection(tuple(check_selector(selector, "select") for selector in select)))


def _findings(request: Request) -> list[Diagnostic]:
    report = check(request)
    if report.failures:
        raise RuntimeError(report.failures[0])
    return list(report.diagnostics)
