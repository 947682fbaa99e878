"""Is this code a test?"""

from __future__ import annotations

import ast
from pathlib import Path

from lint_rules.semantics.syntax.module_index import Module


def is_test_file(path: Path) -> bool:
    """Whether a file is a test by its name: `test_*.py`, `*_test.py`, `conftest.py`."""
    name = path.name
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


def is_test(module: Module, node: ast.AST) -> bool:
    """Whether a node is in a test file, or a function named `test_*`."""
    if is_test_file(module.path):
        return True
    function = module.function_of(node)
    return function is not None and function.name.startswith("test_")
