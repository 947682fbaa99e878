"""Which modules can matter to a module: those that it imports, and those that import it.

Questions about every call of a module are dear. Where what they look for needs a word (a tape, an augmentation layer),
they are asked only of modules near one that has it.
"""

from __future__ import annotations

import ast
from pathlib import Path

from lint_rules.semantics.modules import Module
from lint_rules.semantics.project import Project


def imports_of(project: Project, module: Module) -> frozenset[Path]:
    """The files of the project that a module imports."""
    key = ("imports", module.path)
    if key not in project.memo:
        found: set[Path | None] = set()
        for node in module.scopes:
            if isinstance(node, ast.Import):
                found.update(project.find_module(alias.name, module.path) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                name = node.module or ""
                found.add(project.find_module(name, module.path, node.level))
                for alias in node.names:
                    inner = f"{name}.{alias.name}" if name else alias.name
                    found.add(project.find_module(inner, module.path, node.level))
        project.memo[key] = frozenset(path for path in found if path is not None and path.suffix in (".py", ".ipynb"))
    return project.memo[key]  # type: ignore[return-value]


def imported_with(project: Project, word: str) -> frozenset[Path]:
    """The files that mention a word, and those that these import."""
    key = ("imported with", word)
    if key not in project.memo:
        found: set[Path] = set()
        for module in project.modules_mentioning(word):
            found |= {module.path, *imports_of(project, module)}
        project.memo[key] = frozenset(found)
    return project.memo[key]  # type: ignore[return-value]


def calls_near(project: Project, module: Module, names: frozenset[str]) -> bool:
    """Whether a module, or one that it imports, calls anything by one of some names."""
    if not names.isdisjoint(module.calls):
        return True
    near = (project.try_module(path) for path in sorted(imports_of(project, module)))
    return any(other is not None and not names.isdisjoint(other.calls) for other in near)
