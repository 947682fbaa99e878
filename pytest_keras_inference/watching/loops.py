"""The loop that makes a call repeat, from the lines that were on the stack when it ran."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pytest_keras_inference.watching.callsite import short_path
from pytest_keras_inference.watching.parsing import parsed

_LONGEST = 70
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop in the user's code: where it begins, and how it reads (`while not done`)."""

    filename: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{short_path(self.filename)}:{self.line}, {self.text}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, which JSON can carry."""
        return {"filename": self.filename, "row": self.line, "text": self.text}


def loop_around(lines: Iterable[tuple[str, int]]) -> Loop | None:
    """The innermost loop that one of these lines of a stack stands in, innermost line first; None without one."""
    for filename, line in lines:
        linecache.checkcache(filename)
        tree = parsed("".join(linecache.getlines(filename)))
        loop = None if tree is None else _innermost(tree, line)
        if loop is not None:
            return Loop(filename, loop.lineno, _text(loop))
    return None


def _innermost(tree: ast.Module, line: int) -> Any:
    """The loop around a line within the function that the line belongs to."""
    found: ast.AST | None = None
    inner: ast.AST | None = tree
    while inner is not None:
        if isinstance(inner, _SCOPES):
            found = None  # what runs in a function is repeated by those who call it
        elif _repeats(inner, line):
            found = inner
        inner = next((child for child in _statements(inner) if _covers(child, line)), None)
    return found


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that have lines of their own, the nearest first."""
    for child in ast.iter_child_nodes(node):
        if hasattr(child, "lineno"):
            yield child
        else:
            yield from _statements(child)


def _covers(node: Any, line: int) -> bool:
    return bool(node.lineno <= line <= (node.end_lineno or node.lineno))


def _repeats(node: ast.AST, line: int) -> bool:
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return any(_covers(part, line) for part in node.body)
    if isinstance(node, ast.While):
        return any(_covers(part, line) for part in (node.test, *node.body))
    return isinstance(node, _COMPREHENSIONS)


def _text(loop: Any) -> str:
    if isinstance(loop, ast.While):
        text = f"while {ast.unparse(loop.test)}"
    else:
        part = loop.generators[0] if isinstance(loop, _COMPREHENSIONS) else loop
        text = f"for {ast.unparse(part.target)} in {ast.unparse(part.iter)}"
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
