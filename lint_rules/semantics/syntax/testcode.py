"""Is this code a test: what a test runner runs?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lint_rules.regex import lazy_pattern

if TYPE_CHECKING:
    import ast
    from pathlib import Path

    from lint_rules.semantics.syntax.module_index import Function, Module

# What a runner collects, and what only its files import. A script that merely tests a model holds neither.
_COLLECTED = lazy_pattern(
    r"^(?:async[ \t]+)?def[ \t]+test[ \t]*\([ \t]*\)"
    r"|^class[ \t]+Test|\bTestCase\b"
    r"|^[ \t]*(?:import|from)[ \t]+(?:pytest|unittest)\b",
    re.MULTILINE,
)
_FUNCTION = lazy_pattern(r"^(?:async[ \t]+)?def[ \t]+(test_\w*)[ \t]*\(", re.MULTILINE)


def is_named_as_test(path: Path) -> bool:
    """Whether a runner looks into a file, by its name: `test_*.py`, `*_test.py`, `conftest.py`."""
    name = path.name
    return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


def is_test_file(path: Path, text: str) -> bool:
    """Whether a runner finds tests (or fixtures) in a file: many a script is called `test_model.py`."""
    if path.name == "conftest.py" or not is_named_as_test(path):
        return path.name == "conftest.py"
    return _COLLECTED.search(text) is not None or any(
        not _is_called_with_arguments(name, text) for name in _FUNCTION.findall(text)
    )


def _is_called_with_arguments(name: str, text: str) -> bool:
    """Whether a file calls a function of its own with arguments, which is no test then: a runner has none to give."""
    return re.search(rf"(?<!def )\b{name}[ \t]*\([ \t]*[^)\s]", text) is not None


def is_test(module: Module, node: ast.AST) -> bool:
    """Whether a node is in a test file, or in a function named `test_*` of another, which a runner may be told to run.

    Runners collect functions and methods, not what is defined within them: there the outer name counts.
    """
    if is_test_file(module.path, module.text):
        return True
    function = module.function_of(node)
    while function is not None and function.owner is None:
        outer = function.scope.parent.function if function.scope.parent is not None else None
        if outer is None:
            break
        function = outer
    return function is not None and is_test_function(function)


def is_test_function(function: Function) -> bool:
    """Whether a runner takes a function for a test: by its name, unless the module itself calls it with arguments."""
    return function.name.startswith("test_") and not _is_called_with_arguments(function.name, function.module.text)
