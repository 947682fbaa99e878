"""Is this code a test?"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from lint_rules.semantics.modules import Module


def is_test(module: Module, node: ast.AST) -> bool:
    """Whether a node is in a test file: `test_*.py`, `*_test.py`, `conftest.py`, or a function named `test_*`."""
    function = module.function_of(node)
    return is_named_as_test(module.path.name, () if function is None else (function.name,))


def is_named_as_test(file: str, functions: Iterable[str]) -> bool:
    """Whether a file of this name, or one of these functions around the code in question, is a test."""
    if file.startswith("test_") or file.endswith("_test.py") or file == "conftest.py":
        return True
    return any(function.startswith("test_") for function in functions)
