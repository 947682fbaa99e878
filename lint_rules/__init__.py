"""Reads code: finds wrong uses of `model(x)` and `model.predict(x)`.

Public API, imported when used: `check_paths`, `check_source`, `Session`, `Receiver`, `Diagnostic`, `Rule`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lint_rules.api import Receiver, Session, check_paths, check_source
    from lint_rules.findings.diagnostics import Diagnostic
    from lint_rules.rules.base import Rule

__all__ = ["Diagnostic", "Receiver", "Rule", "Session", "check_paths", "check_source"]

_HOMES = {
    "Diagnostic": "lint_rules.findings.diagnostics",
    "Receiver": "lint_rules.api",
    "Rule": "lint_rules.rules.base",
    "Session": "lint_rules.api",
    "check_paths": "lint_rules.api",
    "check_source": "lint_rules.api",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
