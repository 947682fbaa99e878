"""Which backend Keras runs on, where the code or the settings show it."""

from __future__ import annotations

import re

from lint_rules.semantics.modules import Module
from lint_rules.semantics.project import Project

BACKENDS = ("tensorflow", "jax", "torch")
_SET = re.compile(
    r"""KERAS_BACKEND["']?\s*\]?\s*[=,]\s*["'](tensorflow|jax|torch)["']|set_backend\(\s*["'](tensorflow|jax|torch)["']"""
)


def backend_of(project: Project, module: Module) -> str | None:
    """The backend a module runs on: tensorflow, jax or torch; None if nothing shows it.

    The setting decides, then `KERAS_BACKEND` or `set_backend` in the module, then what it imports.
    """
    if project.options.backend is not None:
        return project.options.backend
    key = ("backend", module.path)
    memo = project.memo
    if key not in memo:
        memo[key] = _read(module)
    return memo[key]  # type: ignore[return-value]


def _read(module: Module) -> str | None:
    found = _SET.search(module.text)
    if found:
        return found.group(1) or found.group(2)
    imported = {name for name in BACKENDS if re.search(rf"^\s*(?:import|from)\s+{name}\b", module.text, re.MULTILINE)}
    if "tensorflow" in imported or "keras" not in module.text:
        return "tensorflow" if "tensorflow" in imported else None
    return imported.pop() if len(imported) == 1 else None
