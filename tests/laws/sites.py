"""What the transformations of the laws share: the places that they change, and the names that are free there."""

from __future__ import annotations

import builtins
import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache

import libcst as cst

Files = Mapping[str, str]
Transformer = Callable[[Files], dict[str, str]]
"""Gives the files of a program as they may be written as well; the same ones where it does not apply."""

PREDICTS = frozenset({"predict", "predict_on_batch", "predict_generator"})
_BLANK = (cst.SimpleWhitespace, cst.Newline)
_OPAQUE = (cst.Lambda, cst.CompFor, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp, cst.IfExp)
_LATER = (*_OPAQUE, cst.BooleanOperation, cst.NamedExpr, cst.Await, cst.Yield)


def each_module(change: Callable[[cst.Module], cst.Module]) -> Transformer:
    """A transformation of every module of a program by itself."""

    def transform(files: Files) -> dict[str, str]:
        return {n: change(cst.parse_module(text)).code if n.endswith(".py") else text for n, text in files.items()}

    return transform


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all in it but blanks, those of an expression in the order in which they are written."""
    waiting = [node]
    while waiting:
        item = waiting.pop()
        yield item
        waiting.extend(reversed(within(item)))


def within(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes right in a node. `CSTNode.children` gives the same, and builds the whole node again for it."""
    found: list[cst.CSTNode] = []
    for name in _fields(type(node)):
        value = getattr(node, name)
        parts = value if isinstance(value, list | tuple) else [value]
        found += [part for part in parts if isinstance(part, cst.CSTNode) and not isinstance(part, _BLANK)]
    return found


@cache
def _fields(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    return tuple(each.name for each in dataclasses.fields(kind))


def names_in(node: cst.CSTNode) -> list[cst.Name]:
    """The variables in a node: names that are neither attributes, keywords nor parts of an import."""
    found: list[cst.Name] = []

    def walk(item: cst.CSTNode) -> None:
        if isinstance(item, cst.Name):
            found.append(item)
        elif isinstance(item, cst.Attribute | cst.Arg):
            walk(item.value)
        elif not isinstance(item, cst.Import | cst.ImportFrom):
            for child in within(item):
                walk(child)

    walk(node)
    return found


def stored_in(node: cst.CSTNode) -> set[str]:
    """The variables that a node binds by assignments and loops, outside definitions in it."""
    found: set[str] = set()

    def target(item: cst.CSTNode) -> None:
        if isinstance(item, cst.Name):
            found.add(item.value)
        elif isinstance(item, cst.Tuple | cst.List):
            for element in item.elements:
                target(element.value)

    def walk(item: cst.CSTNode) -> None:
        if isinstance(item, cst.FunctionDef | cst.ClassDef):
            found.add(item.name.value)
            return
        if isinstance(item, cst.AssignTarget | cst.AnnAssign | cst.AugAssign | cst.For | cst.NamedExpr):
            target(item.target)
        elif isinstance(item, cst.AsName):
            target(item.name)
        for child in within(item):
            walk(child)

    walk(node)
    return found


def module_names(module: cst.Module) -> set[str]:
    """What a module imports or defines: names that a function can read without being handed them."""
    found: set[str] = set(dir(builtins))
    for node in children(module):
        if isinstance(node, cst.ImportAlias):
            found.add(imported_as(node))
    for statement in module.body:
        if isinstance(statement, cst.FunctionDef | cst.ClassDef):
            found.add(statement.name.value)
    return found


def imported_as(alias: cst.ImportAlias) -> str:
    """The variable that an import binds."""
    if alias.asname is not None:
        assert isinstance(alias.asname.name, cst.Name)
        return alias.asname.name.value
    node: cst.BaseExpression = alias.name
    while isinstance(node, cst.Attribute):
        node = node.value
    assert isinstance(node, cst.Name)
    return node.value


def locally_imported(module: cst.Module) -> set[str]:
    """The names that imports bind elsewhere than in the body of a module."""
    return {
        imported_as(node)
        for statement in module.body
        if not isinstance(statement, cst.SimpleStatementLine)
        for node in children(statement)
        if isinstance(node, cst.ImportAlias)
    }


def free_names(node: cst.CSTNode, module: cst.Module) -> list[str] | None:
    """The variables that a function needs in order to hold a node; None where it could not hold it."""
    if any(isinstance(item, cst.Lambda | cst.NamedExpr | cst.Await | cst.Yield) for item in children(node)):
        return None
    names = [name.value for name in names_in(node)]
    bound = {name.value for item in children(node) if isinstance(item, cst.CompFor) for name in names_in(item.target)}
    if {"super", "locals", "globals", "__class__"} & set(names) or locally_imported(module) & set(names):
        return None
    known = module_names(module)
    return [name for name in dict.fromkeys(names) if name not in known and name not in bound]


def bound_by_hand(module: cst.Module) -> set[str]:
    """The variables and parameters of a module that assignments and callers bind, and the attributes of `self`."""
    found = stored_in(module)
    for node in children(module):
        if isinstance(node, cst.Param):
            found.add(node.name.value)
        elif isinstance(node, cst.FunctionDef):
            found |= stored_in(node.body)
    defined = {n.name.value for n in children(module) if isinstance(n, cst.FunctionDef | cst.ClassDef)}
    attributes = {
        f"self.{node.target.attr.value}"
        for node in children(module)
        if isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Attribute)
    }
    return (found - defined - {"self", "cls"}) | attributes


def is_inference(call: cst.CSTNode, bound: set[str]) -> bool:
    """Whether a call may run a model: `m.predict(x)`, or `m(x)` of a variable or of an attribute of `self`."""
    if not isinstance(call, cst.Call):
        return False
    function = call.func
    if isinstance(function, cst.Name):
        return function.value in bound
    return isinstance(function, cst.Attribute) and (function.attr.value in PREDICTS or code(function) in bound)


def picked(
    statement: cst.CSTNode, pick: Callable[[cst.CSTNode], cst.BaseExpression | None]
) -> list[cst.BaseExpression]:
    """The expressions of a statement that `pick` names, of those that may be evaluated before all else in it."""
    found: list[cst.BaseExpression] = []
    wanted: set[int] = set()
    calls = 0

    def walk(node: cst.CSTNode) -> None:
        nonlocal calls
        if id(node) in wanted and calls == 0:
            found.append(node)  # type: ignore[arg-type]
            calls += sum(isinstance(item, cst.Call) for item in children(node))
            return
        if isinstance(node, _LATER):
            calls += 1
            return
        chosen = pick(node)
        if chosen is not None:
            wanted.add(id(chosen))
        for child in within(node):
            walk(child)
        calls += isinstance(node, cst.Call)

    walk(statement)
    return found


def with_heading(module: cst.Module, text: str) -> cst.Module:
    """A module with more statements at its top, behind its docstring and what it imports from the future."""
    if not text:
        return module
    at = 0
    for number, statement in enumerate(module.body):
        part = statement.body[0] if isinstance(statement, cst.SimpleStatementLine) else None
        if number == 0 and isinstance(part, cst.Expr) and isinstance(part.value, cst.SimpleString):
            at = 1
        if isinstance(part, cst.ImportFrom) and isinstance(part.module, cst.Name) and part.module.value == "__future__":
            at = number + 1
    return module.with_changes(body=[*module.body[:at], *cst.parse_module(text).body, *module.body[at:]])


def code(node: cst.CSTNode) -> str:
    """A node as it is written; what may go without brackets as the only argument of a call in some."""
    if isinstance(node, cst.GeneratorExp) and not node.lpar:
        node = node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return cst.Module([]).code_for_node(node)


def words_elsewhere(files: Files) -> set[str]:
    """The words of strings, comments and settings, in which a name may be meant."""
    found: set[str] = set()
    for name, text in files.items():
        if not name.endswith(".py"):
            found.update(re.findall(r"\w+", text))
            continue
        for node in children(cst.parse_module(text)):
            if isinstance(node, cst.SimpleString | cst.Comment | cst.FormattedStringText):
                found.update(re.findall(r"\w+", node.value))
    return found
