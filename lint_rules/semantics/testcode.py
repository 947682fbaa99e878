"""Is this code a test?"""

from __future__ import annotations

import ast

from lint_rules.semantics.modules import Module


def is_test(module: Module, node: ast.AST) -> bool:
    """Whether a node is in a test file: `test_*.py`, `*_test.py`, `conftest.py`, or a function named `test_*`."""
    name = module.path.name
    if name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py":
        return True
    function = module.function_of(node)
    return function is not None and function.name.startswith("test_")
