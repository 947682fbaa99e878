"""What the source says where the run leaves no trace: which NumPy call stands before the line that uses its result."""

from __future__ import annotations

import ast
import functools
import linecache
from collections.abc import Iterator
from dataclasses import dataclass

from pytest_keras_inference.watching.callsite import CallSite
from pytest_keras_inference.watching.parsing import parsed

_MAKERS = frozenset(
    {"array", "zeros", "ones", "full", "arange", "linspace", "eye", "zeros_like", "ones_like", "random", "float32"}
)
"""NumPy calls that make arrays of their own rather than compute with a tensor."""


@dataclass(frozen=True)
class NumpyCall:
    """A call of a NumPy function in the user's code."""

    name: str
    site: CallSite


def numpy_call_near(site: CallSite, below: bool) -> NumpyCall | None:
    """The NumPy call that computes something in the function of `site`: the last one up to its line, or the first one
    from its line on if `below`."""
    source = _source(site.filename)
    if not source:
        return None
    calls = [call for call in _numpy_calls(site.filename, source) if _same_scope(source, call.site.line, site.line)]
    if below:
        return min((one for one in calls if one.site.line >= site.line), key=_line, default=None)
    return max((one for one in calls if one.site.line <= site.end_line), key=_line, default=None)


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
        if (root in modules and rest and rest.split(".")[0] not in _MAKERS) or (name in functions - _MAKERS):
            end = node.end_lineno or node.lineno
            yield NumpyCall(name, CallSite(filename, node.lineno, end, 0, 0, _scope_name(tree, node.lineno)))


def _same_scope(source: str, line: int, other: int) -> bool:
    tree = parsed(source)
    return tree is not None and _scope(tree, line) is _scope(tree, other)


def _scope(tree: ast.Module, line: int) -> ast.AST:
    inner: ast.AST = tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            inner = node  # ast.walk goes from outside to inside
    return inner


def _scope_name(tree: ast.Module, line: int) -> str:
    return str(getattr(_scope(tree, line), "name", "module level"))
