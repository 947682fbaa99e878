"""What literals, operators and comprehensions are, by the kind of expression."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from lint_rules.semantics.domains.types import mappings
from lint_rules.semantics.domains.types.questions import Questions
from lint_rules.semantics.domains.values import Basic, Collection, FunctionObject, Values, union
from lint_rules.semantics.syntax.module_index import Module

_MOST_ITEMS = 32
"""Of a longer list or dict that is written out the first items tell what they are."""


def constant(types: Questions, module: Module, node: ast.Constant) -> Iterator[Values]:
    if node.value is None:
        yield (Basic.NONE,)
    else:
        yield (Basic.TEXT if isinstance(node.value, str | bytes) else Basic.NUMBER,)


def sequence(types: Questions, module: Module, node: ast.List | ast.Tuple | ast.Set) -> Iterator[Values]:
    items = tuple(types.values(module, item) for item in node.elts[:_MOST_ITEMS])
    whole = len(items) == len(node.elts) and not any(isinstance(item, ast.Starred) for item in node.elts)
    yield (Collection(items if whole else None, union(*items)),)


def mapping(types: Questions, module: Module, node: ast.Dict) -> Iterator[Values]:
    values = [types.values(module, item) for item in node.values[:_MOST_ITEMS]]
    yield (Collection(None, union(*values), mappings.keyed(node.keys, values)),)


def comprehension(
    types: Questions, module: Module, node: ast.ListComp | ast.SetComp | ast.GeneratorExp
) -> Iterator[Values]:
    yield (Collection(None, types.values(module, node.elt)),)


def mapping_comprehension(types: Questions, module: Module, node: ast.DictComp) -> Iterator[Values]:
    yield (Collection(None, types.values(module, node.value)),)


def conditional(types: Questions, module: Module, node: ast.IfExp) -> Iterator[Values]:
    yield types.values(module, node.body)
    yield types.values(module, node.orelse)


def boolean(types: Questions, module: Module, node: ast.BoolOp) -> Iterator[Values]:
    for item in node.values:
        yield types.values(module, item)


def same(types: Questions, module: Module, node: ast.NamedExpr | ast.Await | ast.Starred) -> Iterator[Values]:
    yield types.values(module, node.value)


def binary(types: Questions, module: Module, node: ast.BinOp) -> Iterator[Values]:
    both = union(types.values(module, node.left), types.values(module, node.right))
    kept = [v for v in both if v in (Basic.ARRAY, Basic.TENSOR) or isinstance(v, Collection)]
    yield tuple(kept) or tuple(v for v in both if isinstance(v, Basic))


def unary(types: Questions, module: Module, node: ast.UnaryOp) -> Iterator[Values]:
    yield tuple(v for v in types.values(module, node.operand) if isinstance(v, Basic))


def comparison(types: Questions, module: Module, node: ast.Compare) -> Iterator[Values]:
    yield (Basic.NUMBER,)


def text(types: Questions, module: Module, node: ast.JoinedStr) -> Iterator[Values]:
    yield (Basic.TEXT,)


def function(types: Questions, module: Module, node: ast.Lambda) -> Iterator[Values]:
    yield (FunctionObject(module.functions[node]),)


TRANSFERS: Mapping[type[ast.AST], Callable[[Questions, Module, Any], Iterator[Values]]] = {
    ast.Constant: constant,
    ast.List: sequence,
    ast.Tuple: sequence,
    ast.Set: sequence,
    ast.Dict: mapping,
    ast.ListComp: comprehension,
    ast.SetComp: comprehension,
    ast.GeneratorExp: comprehension,
    ast.DictComp: mapping_comprehension,
    ast.IfExp: conditional,
    ast.BoolOp: boolean,
    ast.NamedExpr: same,
    ast.Await: same,
    ast.Starred: same,
    ast.BinOp: binary,
    ast.UnaryOp: unary,
    ast.Compare: comparison,
    ast.JoinedStr: text,
    ast.Lambda: function,
}
"""Every kind of expression that is not a name, an attribute, a call or a subscript."""
