"""Names a piece of code reads, binds and changes; names that are still free."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import libcst as cst

_WORD = re.compile(r"[^\W\d]\w*")


def words(text: str) -> frozenset[str]:
    """Every word of the text, comments and strings included."""
    return frozenset(_WORD.findall(text))


def fresh_name(text: str, *wanted: str) -> str:
    """The first of `wanted` that occurs nowhere in the text; else the first with the lowest number that is free."""
    taken = words(text)
    for name in wanted:
        if name not in taken:
            return name
    number = 2
    while f"{wanted[0]}_{number}" in taken:
        number += 1
    return f"{wanted[0]}_{number}"


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The node and everything in it."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        waiting.extend(reversed(here.children))


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
    return found


def roots(paths: Iterable[str]) -> set[str]:
    """The names that chains of names start with: `path` of `path.stem`."""
    return {path.partition(".")[0] for path in paths}


def touches(paths: Iterable[str], changed: Iterable[str]) -> bool:
    """Whether one of `paths` is, holds or hangs on one of `changed`."""
    changed = tuple(changed)
    return any(
        path == other or path.startswith(f"{other}.") or other.startswith(f"{path}.")
        for path in paths
        for other in changed
    )


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
    found: set[str] = set()
    for node in nodes:
        for inner in walk(node):
            match inner:
                case (
                    cst.AssignTarget() | cst.AugAssign() | cst.AnnAssign() | cst.For() | cst.CompFor() | cst.NamedExpr()
                ):
                    found |= target_paths(inner.target)
                case cst.AsName():
                    found |= target_paths(inner.name)
                case cst.FunctionDef() | cst.ClassDef():
                    found.add(inner.name.value)
                case cst.ImportAlias() if inner.asname is None:
                    found.add(inner.evaluated_name.split(".")[0])
                case cst.Del():
                    found |= target_paths(inner.target)
    return found
