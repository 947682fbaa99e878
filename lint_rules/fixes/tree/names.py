"""Names a piece of code reads, binds and changes; names that are still free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

import libcst as cst

from lint_rules.regex import lazy_pattern

# Of how many nodes it is remembered what they read and bind: every fix in a loop asks that of all its statements.
REMEMBERED = 2048

_BINDING: frozenset[type[cst.CSTNode]] = frozenset(
    {
        cst.AssignTarget,
        cst.AugAssign,
        cst.AnnAssign,
        cst.For,
        cst.CompFor,
        cst.NamedExpr,
        cst.AsName,
        cst.FunctionDef,
        cst.ClassDef,
        cst.ImportAlias,
        cst.Del,
    }
)
_WORD = lazy_pattern(r"[^\W\d]\w*")


@lru_cache(maxsize=64)
def words(text: str) -> frozenset[str]:
    """Every word of the text, comments and strings included."""
    return frozenset(_WORD.findall(text))


def fresh_name(text: str, *wanted: str) -> str:
    """The first of `wanted` that occurs nowhere in the text; else the first with the lowest number that is free."""
    for name in wanted:
        if name not in text or name not in words(text):
            return name
    taken, number = words(text), 2
    while f"{wanted[0]}_{number}" in taken:
        number += 1
    return f"{wanted[0]}_{number}"


def comprehension_names(node: cst.CSTNode) -> set[str]:
    """The names that comprehensions in a node bind, and that it has nowhere else."""
    found: set[str] = set()
    for inner in walk(node):
        if isinstance(inner, cst.BaseComp):
            own = {name for each in walk(inner) if isinstance(each, cst.CompFor) for name in target_paths(each.target)}
            found |= {name for name in own if _occurrences(inner, name) == _occurrences(node, name)}
    return found


def _occurrences(node: cst.CSTNode, name: str) -> int:
    return sum(isinstance(inner, cst.Name) and inner.value == name for inner in walk(node))


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and everything in it."""
    return iter(_nodes_in(node))


@lru_cache(REMEMBERED)
def _nodes_in(node: cst.CSTNode) -> tuple[cst.CSTNode, ...]:
    found: list[cst.CSTNode] = []
    waiting = [node]
    while waiting:
        here = waiting.pop()
        found.append(here)
        waiting.extend(reversed(here.children))
    return tuple(found)


def of_kinds(node: cst.CSTNode, kinds: frozenset[type[cst.CSTNode]]) -> Iterator[cst.CSTNode]:
    """The node and everything in it, as far as it is of some kinds: to ask each node for them one by one is dear."""
    return (inner for inner in walk(node) if type(inner) in kinds)


@lru_cache(REMEMBERED)
def kinds_in(node: cst.CSTNode) -> frozenset[type[cst.CSTNode]]:
    """The kinds of the node and of everything in it."""
    return frozenset(map(type, walk(node)))


def read_names(node: cst.CSTNode) -> set[str]:
    """Every name in the node that is not the name of an attribute or of a keyword argument."""
    found: set[str] = set()
    waiting: list[cst.CSTNode] = [node]
    while waiting:
        here = waiting.pop()
        match here:
            case cst.Name():
                found.add(here.value)
            case cst.Attribute():
                waiting.append(here.value)
            case cst.Arg():
                waiting.append(here.value)
            case _:
                waiting.extend(here.children)
    return found


def path_of(node: cst.CSTNode) -> str | None:
    """`self.model` for that chain of names; for an item or a call, the chain it hangs on; None for anything else."""
    match node:
        case cst.Name():
            return node.value
        case cst.Attribute():
            around = path_of(node.value)
            return around and (f"{around}.{node.attr.value}" if is_chain(node.value) else around)
        case cst.Subscript():
            return path_of(node.value)
        case cst.Call():
            return path_of(node.func)
    return None


def is_chain(node: cst.CSTNode) -> bool:
    """Whether the node is nothing but names joined by dots."""
    while isinstance(node, cst.Attribute):
        node = node.value
    return isinstance(node, cst.Name)


def read_paths(node: cst.CSTNode, hole: cst.CSTNode | None = None) -> set[str]:
    """Every chain of names in the node, as long as it goes: `self.model.predict`, `x`; those in `hole` are left out."""
    return set(_read(node, hole))


@lru_cache(REMEMBERED)
def _read(node: cst.CSTNode, hole: cst.CSTNode | None) -> frozenset[str]:
    found: set[str] = set()
    waiting: list[cst.CSTNode] = [node]
    while waiting:
        here = waiting.pop()
        if here is hole:
            continue
        match here:
            case cst.Name() | cst.Attribute() if is_chain(here):
                found.add(path_of(here) or "")
            case cst.Attribute():
                waiting.append(here.value)
            case cst.Arg():
                waiting.append(here.value)
            case _:
                waiting.extend(here.children)
    return frozenset(found)


def roots(paths: Iterable[str]) -> set[str]:
    """The names that chains of names start with: `path` of `path.stem`."""
    return {path.partition(".")[0] for path in paths}


def touches(paths: Iterable[str], changed: Iterable[str]) -> bool:
    """Whether one of `paths` is, holds or hangs on one of `changed`."""
    changed = set(changed)
    around = {outer for path in changed for outer in _outwards(path)}
    return any(path in around or not changed.isdisjoint(_outwards(path)) for path in paths)


def _outwards(path: str) -> Iterator[str]:
    """`a.b.c`, `a.b` and `a` for `a.b.c`."""
    while path:
        yield path
        path = path.rpartition(".")[0]


def target_paths(target: cst.CSTNode) -> set[str]:
    """What an assignment to `target` binds or changes; for an item, the chain it hangs on."""
    match target:
        case cst.Tuple() | cst.List():
            return {path for element in target.elements for path in target_paths(element.value)}
        case cst.StarredElement():
            return target_paths(target.value)
    path = path_of(target)
    return {path} if path else set()


def bound_paths(nodes: Iterable[cst.CSTNode]) -> set[str]:
    """What running the nodes binds or assigns into: `x` for `x = 1` and `x[0] = 1`, `x.a` for `x.a = 1`.

    What a comprehension or a nested function binds for itself is among them: too many is the careful answer.
    """
    return {path for node in nodes for path in _bound(node)}


@lru_cache(REMEMBERED)
def _bound(node: cst.CSTNode) -> frozenset[str]:
    found: set[str] = set()
    for inner in of_kinds(node, _BINDING):
        match inner:
            case cst.AssignTarget() | cst.AugAssign() | cst.AnnAssign() | cst.For() | cst.CompFor() | cst.NamedExpr():
                found |= target_paths(inner.target)
            case cst.AsName():
                found |= target_paths(inner.name)
            case cst.FunctionDef() | cst.ClassDef():
                found.add(inner.name.value)
            case cst.ImportAlias() if inner.asname is None:
                found.add(inner.evaluated_name.split(".")[0])
            case cst.Del():
                found |= target_paths(inner.target)
    return frozenset(found)
