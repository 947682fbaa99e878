"""What a docstring says of a parameter, in the styles of Google, NumPy and Sphinx."""

from __future__ import annotations

import ast
import re

from lint_rules.semantics.syntax.module_index import Class, Function

_ENTRY = (
    r"^[ \t]*(?:[-*][ \t]+)?(?::(?:param|type)[ \t]+(?:[^:\n]*[ \t])?|@param[ \t]+)?"
    r"[`*]{{0,2}}{name}[`*]{{0,2}}[ \t]*[:(-]"
)
"""The line that begins what is said of a parameter."""
_NEXT = re.compile(r"^[ \t]*(?:[-*][ \t]+)?(?::\w|@\w|[`*]{0,2}\w+[`*]{0,2}[ \t]*(?:\([^)\n]*\))?[ \t]*:|-{3,}|$)")


def said_of_parameter(function: Function, name: str) -> str:
    """What the docstring of a function says of one of its parameters; of a constructor, that of the class as well."""
    owner = function.owner if function.name == "__init__" else None
    return "\n".join(_entry(text, name) for text in (_docstring(function), _docstring(owner)) if text)


def _docstring(documented: Function | Class | None) -> str:
    """The docstring of a function or class, "" without one."""
    node = documented.node if documented is not None else None
    return (ast.get_docstring(node) or "") if node is not None and not isinstance(node, ast.Lambda) else ""


def _entry(text: str, name: str) -> str:
    """The entries of one parameter, each up to the next entry or an empty line."""
    lines = text.split("\n")
    begins = re.compile(_ENTRY.format(name=re.escape(name)))
    found: list[str] = []
    for number, line in enumerate(lines):
        if begins.match(line):
            found.append(line)
            for further in lines[number + 1 :]:
                if _NEXT.match(further):
                    break
                found.append(further)
    return "\n".join(found)
