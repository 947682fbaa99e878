"""Which backend Keras runs on, where the code or the settings show it."""

from __future__ import annotations

import re

from lint_rules.regex import lazy_pattern
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Module

BACKENDS = ("tensorflow", "jax", "torch")
_SET = lazy_pattern(
    r"""(?:KERAS_BACKEND["']?\s*\]?|environ\[\w+\])\s*[=,]\s*["'](tensorflow|jax|torch)["']|set_backend\(\s*["'](tensorflow|jax|torch)["']"""
)
_IMPORTED = lazy_pattern(rf"^[ \t]*(?:import|from)\s+({'|'.join(BACKENDS)})\b", re.MULTILINE)


def backend_of(project: Project, module: Module) -> str | None:
    """The backend a module runs on: tensorflow, jax or torch; None if nothing shows it."""
    return project.memo.ask(("backend", module.path), lambda: backend_in(project, module.text), None)


def backend_in(project: Project, text: str) -> str | None:
    """The same for the text of a module.

    The setting decides, then `KERAS_BACKEND` or `set_backend` in the text, then what it imports.
    """
    if project.options.backend is not None:
        return project.options.backend
    found = _SET.search(text) if "KERAS_BACKEND" in text or "set_backend" in text else None
    if found:
        return found.group(1) or found.group(2)
    imported = set(_IMPORTED.findall(text))
    if "tensorflow" in imported or "keras" not in text:
        return "tensorflow" if "tensorflow" in imported else None
    return imported.pop() if len(imported) == 1 else None
