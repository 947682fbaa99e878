"""What the source says where the run leaves no trace: which NumPy call stands before the line that uses its result."""

from __future__ import annotations

import ast
import functools
import linecache
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_keras_inference.watching.callsite import CallSite
from pytest_keras_inference.watching.parsing import parsed

_CONVERTERS = frozenset({"array", "float32"})
"""NumPy calls that take the values of a tensor, or of a list in the code."""
_MAKERS = _CONVERTERS | {"zeros", "ones", "full", "arange", "linspace", "eye", "zeros_like", "ones_like", "random"}
"""NumPy calls that make arrays of their own rather than compute with a tensor."""


@dataclass(frozen=True)
class NumpyCall:
    """A call of a NumPy function in the user's code."""

    name: str
    site: CallSite
    reads: frozenset[str] = frozenset()
    """The names in its arguments."""
    makes: bool = False
    """Whether it may as well make an array of its own."""


def numpy_call_near(site: CallSite, below: bool) -> NumpyCall | None:
    """The NumPy call that computes something in the function of `site`: the first one from its line on if `below`,
    else the one with which the values that the line reads left the tensors, or the last one before it."""
    source = _source(site.filename)
    if not source:
        return None
    calls = [call for call in _numpy_calls(site.filename, source) if _same_scope(source, call.site.line, site.line)]
    first = None if below else _first_of_chain(source, calls, site)
    if first is not None:
        return first
    calls = [one for one in calls if not one.makes]
    if below:
        return min((one for one in calls if one.site.line >= site.line), key=_line, default=None)
    return max((one for one in calls if one.site.line <= site.end_line), key=_line, default=None)


def _first_of_chain(source: str, calls: list[NumpyCall], site: CallSite) -> NumpyCall | None:
    """The first NumPy call on the way to what the line at `site` reads, from assignment to assignment."""
    tree = parsed(source)
    if tree is None:
        return None
    scope = _scope(tree, site.line)
    statements = [node for node in ast.walk(scope) if isinstance(node, ast.stmt) and not _has_body(node)]
    at_site = [node for node in statements if node.lineno <= site.line <= (node.end_lineno or node.lineno)]
    found: NumpyCall | None = None
    statement: ast.stmt | ast.Lambda | None = at_site[-1] if at_site else None
    if isinstance(scope, ast.Lambda):
        statement = scope
    while statement is not None:
        end = statement.end_lineno or statement.lineno
        inside = [one for one in calls if statement.lineno <= one.site.line <= end and (one.reads or not one.makes)]
        found = inside[-1] if inside else found
        names = inside[-1].reads if inside else _names(statement, ast.Load)
        before = [node for node in statements if node.lineno < statement.lineno and names & _names(node, ast.Store)]
        statement = max(before, key=lambda node: node.lineno, default=None)
    return found


def _has_body(node: ast.stmt) -> bool:
    return hasattr(node, "body")


def _names(node: ast.AST, context: type[ast.expr_context]) -> frozenset[str]:
    """The names that `node` reads or stores."""
    return frozenset(one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, context))


def _line(call: NumpyCall) -> int:
    return call.site.line


def receiver_call(site: CallSite | None, method: str) -> str | None:
    """`self.model(state` for a line that reads `self.model.predict(state, verbose=0)`; None if it cannot be read."""
    source = _source(site.filename) if site is not None else ""
    tree = parsed(source) if source else None
    if site is None or tree is None:
        return None
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == method
            and node.lineno <= site.line <= (node.end_lineno or node.lineno)
            and node.args
        ):
            return f"{ast.unparse(node.func.value)}({ast.unparse(_as_tensor(node.args[0]))}"
    return None


def _as_tensor(value: ast.expr) -> ast.expr:
    """`x` for `x.detach().cpu().numpy()`."""
    while isinstance(value, ast.Call) and not value.args and isinstance(value.func, ast.Attribute):
        if value.func.attr not in ("numpy", "detach", "cpu"):
            break
        value = value.func.value
    return value


def _source(filename: str) -> str:
    linecache.checkcache(filename)  # a notebook or a reloaded module may have changed since
    return "".join(linecache.getlines(filename))


@functools.lru_cache(maxsize=16)
def _numpy_calls(filename: str, source: str) -> tuple[NumpyCall, ...]:
    tree = parsed(source)
    return () if tree is None else tuple(_found(filename, tree))


def _found(filename: str, tree: ast.Module) -> Iterator[NumpyCall]:
    modules, functions = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == "numpy"}
        elif isinstance(node, ast.ImportFrom) and node.module == "numpy":
            functions |= {alias.asname or alias.name for alias in node.names}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = ast.unparse(node.func)
        root, _, rest = name.partition(".")
        called = re.split(r"\W", rest)[0] if root in modules else name if name in functions else ""
        if called and (called not in _MAKERS or called in _CONVERTERS):
            end = node.end_lineno or node.lineno
            site = CallSite(filename, node.lineno, end, 0, 0, _scope_name(tree, node.lineno))
            reads = frozenset[str]().union(*(_names(one, ast.Load) for one in (*node.args, *node.keywords)))
            yield NumpyCall(name, site, reads, called in _CONVERTERS)


def _same_scope(source: str, line: int, other: int) -> bool:
    tree = parsed(source)
    return tree is not None and _scope(tree, line) is _scope(tree, other)


def _scope(tree: ast.Module, line: int) -> ast.AST:
    """The function that a line is in; outside of functions a lambda, or else the module."""
    inner: ast.AST = tree
    for node in _functions(tree):
        if node.lineno <= line <= (node.end_lineno or 0) and (inner is tree or not isinstance(node, ast.Lambda)):
            inner = node
    return inner


@functools.lru_cache(maxsize=16)
def _functions(tree: ast.Module) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, ...]:
    """The functions of a module, the outer ones before those in them."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    return tuple(node for node in ast.walk(tree) if isinstance(node, kinds))


def _scope_name(tree: ast.Module, line: int) -> str:
    scope = _scope(tree, line)
    return "<lambda>" if isinstance(scope, ast.Lambda) else str(getattr(scope, "name", "module level"))
