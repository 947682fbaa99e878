"""What a piece of code changes in place, and in which order it must run: what a rewrite may not move code across.

Syntax is all there is to go by here, so the careful answer is given: a call whose value nobody takes is made for what
it does, to its object and to what it is given.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache

import libcst as cst

from lint_rules.fixes.tree.locate import Tree, syntax_of
from lint_rules.fixes.tree.names import (
    REMEMBERED,
    bound_paths,
    is_chain,
    of_kinds,
    path_of,
    read_paths,
    roots,
    touches,
    walk,
)
from lint_rules.fixes.tree.text import line_starts, position_of
from lint_rules.records import NamedTuple
from lint_rules.semantics.knowledge.clocks import CLOCKS
from lint_rules.semantics.knowledge.library import (
    ARGUMENT_METHODS,
    ARRAY_VIEWS,
    MUTATORS,
    VIEW_FUNCTIONS,
    Written,
    written_by,
)

_CALLING: frozenset[type[cst.CSTNode]] = frozenset({cst.Call, cst.Expr})
_MUTATING: frozenset[type[cst.CSTNode]] = _CALLING.union((cst.AssignTarget, cst.For, cst.Del, cst.AugAssign))
_READS_ON = frozenset({"input", "next", "read", "readline", "recv"})
# What draws on a current figure that is nowhere named.
_CURRENT_FIGURE = frozenset({"matplotlib.pyplot", "pylab"})
_HARMLESS = frozenset({"print", "display", "input", "next"})


@lru_cache(maxsize=4)
def imports_of(text: str) -> dict[str, str]:
    """What the file imports, by the name it gives it: `np` for `numpy`, `copyto` for `numpy.copyto`."""
    found: dict[str, str] = {}
    module = syntax_of(text)
    for node in ast.walk(module) if module else ():
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                found[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
    return found


@lru_cache(maxsize=4)
def changes_in(text: str) -> Changes:
    """The one that answers for a file: every fix in a loop asks the same of all its statements."""
    return Changes(text)


class Changes:
    """The questions about code of one file."""

    def __init__(self, text: str) -> None:
        self._imports = imports_of(text)
        self._mutated: dict[tuple[cst.CSTNode, bool], frozenset[str]] = {}
        self._in_order: dict[cst.CSTNode, frozenset[str]] = {}

    def changed(self, nodes: Iterable[cst.CSTNode], *, guessed: bool = True) -> set[str]:
        """What running the nodes binds, assigns into or changes in place."""
        nodes = list(nodes)
        return bound_paths(nodes) | self.mutated(nodes, guessed=guessed)

    def mutated(self, nodes: Iterable[cst.CSTNode], *, guessed: bool = True) -> set[str]:
        """What running the nodes changes in place: items and attributes assigned, `+=` by anything but a number, what
        methods and functions write, and, if `guessed`, what a call is given whose value nobody takes."""
        found: set[str] = set()
        for node in nodes:
            known = self._mutated.get((node, guessed))
            if known is None:
                known = self._mutated[node, guessed] = frozenset(self._mutated_by(node, guessed))
            found |= known
        return found

    def _mutated_by(self, node: cst.CSTNode, guessed: bool) -> set[str]:
        found: set[str | None] = set()
        for inner in of_kinds(node, _MUTATING):
            match inner:
                case cst.AssignTarget(target=target) | cst.For(target=target) | cst.Del(target=target):
                    found |= {path_of(part) for part in _parts(target) if not isinstance(part, cst.Name)}
                case cst.AugAssign(target=target, value=value):
                    if not isinstance(target, cst.Name) or not isinstance(value, (cst.Integer, cst.Float)):
                        found.add(path_of(target))
                case cst.Call():
                    found |= {path_of(written) for written in self._written(inner)}
                case cst.Expr(value=cst.Call() as call) if guessed:
                    found |= {path_of(given) for given in self._given_away(call)}
        return {path for path in found if path}

    def ordered(self, nodes: Iterable[cst.CSTNode]) -> set[str]:
        """What the nodes do that must not change places with the same done elsewhere: output, draws, reads, clocks.

        Each is named by what does it: `print`, `plt`, `random`, a stream.
        """
        found: set[str] = set()
        for node in nodes:
            known = self._in_order.get(node)
            if known is None:
                known = self._in_order[node] = frozenset(self._ordered_by(node))
            found |= known
        return found

    def _ordered_by(self, node: cst.CSTNode) -> set[str]:
        found: set[str] = set()
        for inner in of_kinds(node, _CALLING):
            if isinstance(inner, cst.Call):
                found |= self._ordered_call(inner)
            elif isinstance(inner, cst.Expr) and isinstance(inner.value, cst.Call):
                path = path_of(inner.value.func)
                if path and is_chain(inner.value.func) and not self._is_mutator(inner.value):
                    found.add(path.partition(".")[0])
        return found

    def _ordered_call(self, call: cst.Call) -> set[str]:
        path = path_of(call.func)
        if not path or not is_chain(call.func):
            return set()
        names = self._canonical(path).split(".")
        root = path.partition(".")[0]
        if ".".join(names[:-1]) in _CURRENT_FIGURE:
            return {root}
        if "random" in names[:-1] or names[-1].startswith("rand") or root in ("rng", "random"):
            return {"random"}
        if (names[-1] in CLOCKS or names[-1] == "now") and not call.args:
            return {"clock"}
        if names[-1] in _READS_ON:
            return {root} if "." in path else {path_of(argument.value) or names[-1] for argument in call.args[:1]}
        return set()

    def _canonical(self, path: str) -> str:
        root, dot, rest = path.partition(".")
        return f"{self._imports.get(root, root)}{dot}{rest}"

    @staticmethod
    def _is_mutator(call: cst.Call) -> bool:
        return isinstance(call.func, cst.Attribute) and call.func.attr.value in MUTATORS

    def _written(self, call: cst.Call) -> Iterator[cst.BaseExpression]:
        """What a call is known to write: the object of a method that changes it, the output of a function."""
        path = path_of(call.func)
        positional = [argument.value for argument in call.args if argument.keyword is None and not argument.star]
        keywords = {argument.keyword.value: argument.value for argument in call.args if argument.keyword is not None}
        written: list[Written] = []
        if path == "next":
            yield from positional[:1]  # the iterator has moved on
        if path and is_chain(call.func) and path.partition(".")[0] in self._imports:
            written += written_by(self._canonical(path), len(positional), frozenset(keywords))
        elif isinstance(call.func, cst.Attribute):
            method = call.func.attr.value
            if method in MUTATORS:
                yield call.func.value
            written += [ARGUMENT_METHODS[method]] if method in ARGUMENT_METHODS else []
        written += [Written(None, name) for name in ("out", "dst") if name in keywords]
        for one in written:
            if one.position is not None and one.position < len(positional):
                yield positional[one.position]
            elif one.keyword in keywords:
                yield keywords[one.keyword]

    def _given_away(self, call: cst.Call) -> Iterator[cst.BaseExpression]:
        """What a call whose value nobody takes may change: its object and its arguments.

        A function of an imported module changes its arguments only where that is known; a method that changes its
        object leaves what it is given as it is.
        """
        path = path_of(call.func)
        root = path.partition(".")[0] if path else ""
        if self._is_mutator(call) or root in _HARMLESS:
            return
        if isinstance(call.func, cst.Attribute):
            if root in self._imports:
                return
            yield call.func.value
        for argument in call.args:
            if not isinstance(argument.value, cst.Call):
                yield argument.value

    def written_through(self, before: Iterable[cst.CSTNode], late: Iterable[cst.CSTNode]) -> set[str]:
        """What `late` may change in place by way of the names that `before` binds: `rows` of `row = rows[i]`."""
        mutated = roots(self.mutated(late))
        views = _views(before) if mutated else {}
        found: set[str] = set()
        waiting = mutated & set(views)
        while waiting:
            seen = views[waiting.pop()] - found
            found |= seen
            waiting |= roots(seen) & set(views)
        return found

    def shared(self, before: Iterable[cst.CSTNode], fresh: set[str], known: frozenset[str]) -> set[str]:
        """The names that may stand for an object from outside of the iteration that `before` changes in place.

        `fresh` are the names that the iteration is given anew, by the loop itself; `known` are such objects.
        """
        rows = list(before)
        found = {path for path in self.mutated(rows) if path.partition(".")[0] not in fresh | _bound_always(rows)}
        views = _views(rows)
        mutated = roots(self.mutated(rows))
        # A view of an outer object that is written writes the object.
        for name, seen in views.items():
            if name in mutated:
                found |= {path for path in seen if path.partition(".")[0] not in fresh | set(views)}
        found |= known
        size = -1
        while size != len(found):
            size = len(found)
            found |= {name for name, seen in views.items() if touches(seen, found)}
        return found


def _views(rows: Iterable[cst.CSTNode]) -> dict[str, set[str]]:
    """What the names that statements bind may share memory with."""
    views: dict[str, set[str]] = {}
    for target, value in _assignments(rows):
        for name in roots(bound_paths([target])):
            views.setdefault(name, set()).update(_may_be(value))
    return views


def _bound_always(rows: Iterable[cst.CSTNode]) -> set[str]:
    """The names that statements bind on their own level, under no condition."""
    simple = [row for row in rows if isinstance(row, cst.SimpleStatementLine)]
    return {name for target, _ in _assignments(simple) for name in bound_paths([target])}


def _assignments(rows: Iterable[cst.CSTNode]) -> Iterator[tuple[cst.AssignTarget, cst.BaseExpression]]:
    for row in rows:
        yield from _assigned_in(row)


@lru_cache(REMEMBERED)
def _assigned_in(row: cst.CSTNode) -> tuple[tuple[cst.AssignTarget, cst.BaseExpression], ...]:
    """The assignments to names that a statement holds."""
    return tuple(
        (target, node.value)
        for node in walk(row)
        if isinstance(node, cst.Assign)
        for target in node.targets
        if isinstance(target.target, (cst.Name, cst.Tuple, cst.List))
    )


@lru_cache(REMEMBERED)
def _may_be(value: cst.BaseExpression) -> AbstractSet[str]:
    """What an expression may share memory with: nothing that arithmetic or a copy has made anew."""
    match value:
        case cst.Name():
            return {value.value}
        case cst.Attribute() if is_chain(value):
            return {path_of(value) or ""}
        case cst.Attribute(value=owner) | cst.Subscript(value=owner):
            return _may_be(owner)
        case cst.Tuple(elements=elements) | cst.List(elements=elements):
            return {path for element in elements for path in _may_be(element.value)}
        case cst.IfExp(body=body, orelse=orelse):
            return _may_be(body) | _may_be(orelse)
        case cst.Call(func=cst.Attribute(value=owner, attr=cst.Name(value=name)), args=arguments):
            if isinstance(owner, cst.Name) and owner.value in ("np", "numpy"):
                first = arguments[:1] if name in VIEW_FUNCTIONS else ()
                return {path for argument in first for path in _may_be(argument.value)}
            if name in ("copy", "astype", "mean", "sum", "max", "min", "tolist", "tobytes"):
                return set()
            if name in ARRAY_VIEWS:
                return _may_be(owner)
            return read_paths(value)
        case cst.Call(func=cst.Name(value="list" | "dict" | "set" | "tuple" | "len" | "str" | "int" | "float")):
            return set()
        case cst.Call():
            return read_paths(value)
    return set()


def seen_by_functions(tree: Tree, node: cst.CSTNode) -> set[str]:
    """The names around a node that a function can see while it runs: what nested functions read, or any function where
    the node stands at module level, and names that are declared global."""
    function = next((around for around in tree.ancestors(node) if isinstance(around, cst.FunctionDef)), None)
    if function is None:
        return _free_names(tree.like, None)
    start, stop = tree.span(function)
    more = len(line_starts(tree.text)) - len(line_starts(tree.like))  # a row that was put into the function
    rows = position_of(tree.text, start).row, position_of(tree.text, stop).row - more
    return _free_names(tree.like, rows)


def _free_names(text: str, rows: tuple[int, int] | None) -> set[str]:
    """The names that functions read but do not bind, those that begin below the first of the rows and end by the last;
    and what a function that begins there declares global."""
    found: set[str] = set()
    for function in _functions_of(text):
        if rows is None or rows[0] <= function.first <= function.last <= rows[1]:
            found |= function.declared
            if rows is None or function.first != rows[0]:
                found |= function.free
    return found


class _FunctionNames(NamedTuple):
    """A function by its rows, with what it declares `global` or `nonlocal` and what it reads but does not bind."""

    first: int
    last: int
    declared: frozenset[str]
    free: frozenset[str]


@lru_cache(maxsize=4)
def _functions_of(text: str) -> tuple[_FunctionNames, ...]:
    """The functions of a file."""
    found: list[_FunctionNames] = []
    module = syntax_of(text)
    for function in ast.walk(module) if module else ():
        if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        inside = list(ast.walk(function))
        declared = {name for node in inside if isinstance(node, (ast.Global, ast.Nonlocal)) for name in node.names}
        names = [node for node in inside if isinstance(node, ast.Name)]
        own = {node.arg for node in inside if isinstance(node, ast.arg)}
        own |= {node.id for node in names if not isinstance(node.ctx, ast.Load)} - declared
        free = {node.id for node in names if isinstance(node.ctx, ast.Load)} - own
        last = function.end_lineno or function.lineno
        found.append(_FunctionNames(function.lineno, last, frozenset(declared), frozenset(free)))
    return tuple(found)


def _parts(target: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """The single targets of an assignment."""
    if isinstance(target, (cst.Tuple, cst.List)):
        for element in target.elements:
            yield from _parts(element.value)
    else:
        yield target
