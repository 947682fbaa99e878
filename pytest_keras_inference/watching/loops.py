"""The loop that makes a call repeat, from the calls that were on the stack when it ran."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pytest_keras_inference.watching.callsite import Span, short_path
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


def loop_around(spans: Iterable[Span]) -> Loop | None:
    """The innermost loop that one of the calls on a stack stands in, innermost call first; None without one."""
    for span in spans:
        linecache.checkcache(span.filename)
        tree = parsed("".join(linecache.getlines(span.filename)))
        loop = None if tree is None else _innermost(tree, span)
        if loop is not None:
            return Loop(span.filename, loop.lineno, _text(loop))
    return None


def _innermost(tree: ast.Module, span: Span) -> Any:
    """The loop around a call within the function that the call belongs to."""
    found: ast.AST | None = None
    inner: ast.AST | None = tree
    while inner is not None:
        if isinstance(inner, _SCOPES):
            found = None  # what runs in a function is repeated by those who call it
        elif _repeats(inner, span):
            found = inner
        inner = next((child for child in _statements(inner) if _covers(child, span)), None)
    return found


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that have places of their own, the nearest first."""
    for child in ast.iter_child_nodes(node):
        if hasattr(child, "lineno"):
            yield child
        else:
            yield from _statements(child)


def _covers(node: Any, span: Span) -> bool:
    """Whether a node has all of a call in it; where only lines are known, whether it has the first of them."""
    end = node.end_lineno or node.lineno
    if span.column is None or span.end_column is None or node.end_col_offset is None:
        return bool(node.lineno <= span.line <= end)
    starts = (node.lineno, node.col_offset) <= (span.line, span.column)
    return bool(starts and (span.end_line, span.end_column) <= (end, node.end_col_offset))


def _repeats(node: ast.AST, span: Span) -> bool:
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return any(_covers(part, span) for part in node.body)
    if isinstance(node, ast.While):
        return any(_covers(part, span) for part in (node.test, *node.body))
    return isinstance(node, _COMPREHENSIONS) and not _covers(node.generators[0].iter, span)


def _text(loop: Any) -> str:
    if isinstance(loop, ast.While):
        text = f"while {ast.unparse(loop.test)}"
    else:
        part = loop.generators[0] if isinstance(loop, _COMPREHENSIONS) else loop
        text = f"for {ast.unparse(part.target)} in {ast.unparse(part.iter)}"
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
