"""`--show-files` and `--show-settings`: what a run would look at, and by which rules of the house."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lint_rules.config.settings import SettingsFinder, selected
from lint_rules.run.pipeline import find_candidates
from pytest_keras_inference.printable import printable

if TYPE_CHECKING:
    from lint_rules.run.request import Request


def files(request: Request) -> str:
    """Every file that would be checked, one a line, as an absolute path."""
    found = find_candidates(request, SettingsFinder(request.overrides))
    return "".join(f"{printable(candidate.path)}\n" for candidate in found)


def settings(request: Request) -> str:
    """The settings that hold for the first path, as they would stand in pyproject.toml, and the rules that run."""
    from lint_rules.rules.pages import OWN_PAGES
    from lint_rules.rules.registry import RULES

    first = next(iter((*request.paths, *request.listed, *([request.stdin[0]] if request.stdin else []))), ".")
    path = os.path.abspath(first)
    found = SettingsFinder(request.overrides).of_folder(path if os.path.isdir(path) else os.path.dirname(path))
    codes = [rule.code for rule in RULES if selected(found, rule.code, rule.default)]
    codes += [code for code in OWN_PAGES if selected(found, code)]
    lines = [
        f"# settings for {printable(path)}",
        f"# from {printable(found.file or 'no file: these are the defaults')}",
    ]
    lines.append(f"rules = {_toml(tuple(sorted(codes)))}")
    for pattern, ignored in found.per_file_ignores:
        lines.append(f"per-file-ignores.{_toml(pattern)} = {_toml(ignored)}")
    for selector, severity in found.rule_severity:
        lines.append(f"rule-severity.{selector} = {_toml(severity)}")
    for name in found._fields:
        if name not in ("root", "file", "selections", "per_file_ignores", "rule_severity"):
            lines.append(f"{name.replace('_', '-')} = {_toml(getattr(found, name))}")
    return "".join(f"{line}\n" for line in lines if not line.endswith("= None"))


def _toml(value: str | bool | tuple[str, ...] | None) -> str:
    """A value as TOML writes it; None stays None."""
    if value is None:
        return "None"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        from lint_rules.output.json_text import to_json

        return to_json(value)  # a basic string of TOML, but for what lies beyond 16 bits and acts: nobody writes that
    return f"[{', '.join(map(_toml, value))}]"
