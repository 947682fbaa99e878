"""The LibCST node at a place of a file.

Only the top-level statement that holds the place is parsed by LibCST (`ast` tells where it stands), and the parse is
kept, since several findings tend to lie in one function. All offsets are those of the whole file.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import TypeAlias

import libcst as cst
from libcst._nodes.internal import CodegenState

from lint_rules.findings.diagnostics import Position
from lint_rules.fixes.tree.text import line_starts, offset_of
from lint_rules.records import dataclass

Span: TypeAlias = tuple[int, int]


class _Spans(CodegenState):
    """Notes where each node starts and ends while LibCST writes the code back."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.offset = 0
        self.full: dict[cst.CSTNode, Span] = {}
        self.inner: dict[cst.CSTNode, Span] = {}
        self.parents: dict[cst.CSTNode, cst.CSTNode] = {}
        self._open: list[tuple[cst.CSTNode, int]] = []

    def add_token(self, value: str) -> None:
        self.tokens.append(value)
        self.offset += len(value)

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.add_token(token)

    def before_codegen(self, node: cst.CSTNode) -> None:
        if self._open:
            self.parents[node] = self._open[-1][0]
        self._open.append((node, self.offset))

    def after_codegen(self, node: cst.CSTNode) -> None:
        self.full[node] = (self._open.pop()[1], self.offset)

    @contextmanager
    def record_syntactic_position(
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> Iterator[None]:
        start = self.offset
        yield
        first = self.inner.get(start_node, (start, 0))[0] if start_node is not None else start
        last = self.inner.get(end_node, (0, self.offset))[1] if end_node is not None else self.offset
        self.inner[node] = (first, last)


@dataclass(frozen=True, slots=True)
class _Parsed:
    module: cst.Module
    full: dict[cst.CSTNode, Span]
    inner: dict[cst.CSTNode, Span]
    parents: dict[cst.CSTNode, cst.CSTNode]
    comments: list[tuple[int, cst.Comment]]
    calls: dict[int, list[cst.Call]]


@lru_cache(maxsize=16)
def _parse(code: str) -> _Parsed | None:
    """The code with the place of every node; None where LibCST cannot read it or cannot write it back unchanged."""
    try:
        module = cst.parse_module(code)
    except (cst.ParserSyntaxError, RecursionError):
        return None
    spans = _Spans(module)
    module._codegen(spans)
    if "".join(spans.tokens) != code:
        return None
    comments = [(first, node) for node, (first, _) in spans.full.items() if isinstance(node, cst.Comment)]
    calls: dict[int, list[cst.Call]] = {}
    for node, full in spans.full.items():
        if isinstance(node, cst.Call):
            calls.setdefault((spans.inner.get(node) or full)[0], []).append(node)
    return _Parsed(module, spans.full, spans.inner, spans.parents, comments, calls)


@dataclass(frozen=True, slots=True)
class Tree:
    """One top-level statement of a file, parsed; `base` is the offset in `text` at which it starts.

    `like` is a text that has the same imports, functions and names: `text` itself, or what it was before a row was put
    into it.
    """

    text: str
    base: int
    parsed: _Parsed
    like: str

    def span(self, node: cst.CSTNode) -> Span:
        """Where the node stands, without its own parentheses and without white space around it."""
        start, end = self.parsed.inner.get(node) or self.parsed.full[node]
        return start + self.base, end + self.base

    def full_span(self, node: cst.CSTNode) -> Span:
        """Where the node stands, with its parentheses and what else it owns (the comma of an argument)."""
        start, end = self.parsed.full[node]
        return start + self.base, end + self.base

    def code(self, node: cst.CSTNode) -> str:
        """The text of the node, with its parentheses."""
        start, end = self.full_span(node)
        return self.text[start:end]

    def item(self, node: cst.CSTNode) -> str:
        """The text of the node where it is one of several, or what a comprehension goes over: there a tuple and a
        condition need the parentheses that `for x in a, b` does without."""
        bare = isinstance(node, (cst.Tuple, cst.IfExp, cst.Lambda, cst.NamedExpr)) and not node.lpar
        return f"({self.code(node)})" if bare else self.code(node)

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        return self.parsed.parents.get(node)

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """The nodes around `node`, from the inside out."""
        around = self.parent(node)
        while around is not None:
            yield around
            around = self.parent(around)

    def nodes(self) -> Iterator[cst.CSTNode]:
        """Every node of the statement, in no particular order."""
        return iter(self.parsed.full)

    def comments(self, start: int, end: int) -> list[str]:
        """The comments of the statement between two offsets."""
        return [node.value for first, node in self.parsed.comments if start <= first + self.base < end]

    def calls_at(self, start: int) -> list[cst.Call]:
        """The calls that start at an offset, without the parentheses around them."""
        return self.parsed.calls.get(start - self.base, [])

    def line_start(self, offset: int) -> int:
        """The offset at which the row of `offset` starts."""
        return max(start for start in (self.text.rfind("\n", 0, offset), self.text.rfind("\r", 0, offset))) + 1

    def indentation(self, offset: int) -> str:
        """The white space with which the row of `offset` starts."""
        start = self.line_start(offset)
        end = start
        while end < len(self.text) and self.text[end] in " \t\f":
            end += 1
        return self.text[start:end]


@lru_cache(maxsize=4)
def syntax_of(text: str) -> ast.Module | None:
    """The file as `ast` reads it; None where it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


@lru_cache(maxsize=4)
def _statement_rows(text: str) -> tuple[tuple[int, int], ...]:
    """First and last row of every top-level statement; statements that share a row are one."""
    module = syntax_of(text)
    rows: list[tuple[int, int]] = []
    for statement in module.body if module else ():
        first = min([statement.lineno, *(mark.lineno for mark in getattr(statement, "decorator_list", ()))])
        last = statement.end_lineno or statement.lineno
        if rows and first <= rows[-1][1]:
            rows[-1] = (rows[-1][0], last)
        else:
            rows.append((first, last))
    return tuple(rows)


def tree_at(text: str, position: Position) -> Tree | None:
    """The top-level statement that holds `position`; None where there is none, or where the file is no Python."""
    for first, last in _statement_rows(text):
        if first <= position.row <= last:
            starts = line_starts(text)
            parsed = _parse(text[starts[first - 1] : starts[last] if last < len(starts) else len(text)])
            return Tree(text, starts[first - 1], parsed, text) if parsed else None
    return None


def tree_with_row(before: str, text: str, row: int, position: Position) -> Tree | None:
    """The top-level statement of `text` that holds `position`, where `text` is `before` with changes in that statement
    and one more row at `row`, in it or right above: nothing else of it has to be read again."""
    starts = line_starts(text)
    if len(starts) != len(line_starts(before)) + 1:
        return None
    for first, last in _statement_rows(before):
        if first <= position.row - 1 <= last:
            begin = first + 1 if row == first else first
            parsed = _parse(text[starts[begin - 1] : starts[last + 1] if last + 1 < len(starts) else len(text)])
            return Tree(text, starts[begin - 1], parsed, before) if parsed else None
    return None


def whole_tree(text: str) -> Tree | None:
    """The whole file, parsed: for a rewrite that spans several top-level statements."""
    parsed = _parse(text)
    return Tree(text, 0, parsed, text) if parsed else None


def call_at(
    text: str,
    position: Position,
    *,
    end: Position | None = None,
    named: Collection[str] = (),
    whole: bool = False,
) -> tuple[Tree, cst.Call] | None:
    """The call that starts at `position`.

    Several calls can start at one place (`model.predict(x).numpy()`): `end` (exclusive) tells them apart, and so does
    `named`, the names the called attribute or function may have. Of those that are left the innermost is taken.
    With `whole` the tree is that of the whole file.
    """
    tree = whole_tree(text) if whole else tree_at(text, position)
    return call_in(tree, position, end=end, named=named) if tree is not None else None


def call_in(
    tree: Tree, position: Position, *, end: Position | None = None, named: Collection[str] = ()
) -> tuple[Tree, cst.Call] | None:
    """The call of a statement that starts at `position`, as `call_at` finds it."""
    try:
        start = offset_of(tree.text, position)
        stop = None if end is None else offset_of(tree.text, end)
    except ValueError:
        return None
    found = [
        node
        for node in tree.calls_at(start)
        if (stop is None or tree.span(node)[1] == stop) and (not named or called_name(node) in named)
    ]
    return (tree, min(found, key=lambda call: tree.span(call)[1])) if found else None


def called_name(call: cst.Call) -> str | None:
    """`predict` for `model.predict(x)`, `f` for `f(x)`, None for any other callee."""
    if isinstance(call.func, cst.Attribute):
        return call.func.attr.value
    return call.func.value if isinstance(call.func, cst.Name) else None


def statement_of(tree: Tree, node: cst.CSTNode) -> cst.SimpleStatementLine | cst.BaseCompoundStatement | None:
    """The innermost statement around `node` that has rows of its own."""
    for around in (node, *tree.ancestors(node)):
        if isinstance(around, (cst.SimpleStatementLine, cst.BaseCompoundStatement)):
            return around
    return None
