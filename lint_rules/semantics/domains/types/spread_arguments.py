"""What callers give beyond single parameters: `*args`, `**kwargs`, and calls that spread a list or a dict."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types.questions import Questions
from lint_rules.semantics.domains.values import Basic, Collection, Values, union
from lint_rules.semantics.syntax.module_index import Function, Module


def collected(inference: Questions, function: Function, node: ast.arg) -> Iterator[Values]:
    """What callers give `*args` or `**kwargs`."""
    arguments = function.node.args
    names = {parameter.arg for parameter in [*function.parameters, *arguments.kwonlyargs]}
    for edge in inference.runs(function):
        if not isinstance(edge.node, ast.Call) or edge.handed is not None:
            continue
        if node is arguments.kwarg:
            rest = [k for k in edge.node.keywords if k.arg is not None and k.arg not in names]
            held = [inference.values(edge.module, keyword.value) for keyword in rest]
            named = tuple((k.arg, values) for k, values in zip(rest, held, strict=True) if k.arg is not None)
            yield (Collection(None, union(*held), named),)
            for keyword in edge.node.keywords:
                if keyword.arg is None:
                    given = inference.values(edge.module, keyword.value)
                    yield tuple(value for value in given if isinstance(value, Collection))
        else:
            given_rest = edge.node.args[max(len(function.parameters) - edge.skip, 0) :]
            if not any(isinstance(item, ast.Starred) for item in edge.node.args):
                items = tuple(inference.values(edge.module, item) for item in given_rest)
                yield (Collection(items, union(*items)),)


def spread(
    inference: Questions, module: Module, call: ast.Call, function: Function, node: ast.arg, skip: int
) -> Values:
    """What `f(*items)` and `f(**options)` give a parameter that no argument of the call names."""
    found: list[Values] = []
    stars = [index for index, item in enumerate(call.args) if isinstance(item, ast.Starred)]
    if len(stars) == 1 and node in function.parameters:
        index = function.parameters.index(node) - skip - stars[0]
        star = call.args[stars[0]]
        if index >= 0 and isinstance(star, ast.Starred):
            given = inference.values(module, star.value)
            found.append(inference.unpack(tuple(v for v in given if isinstance(v, Collection)), (index,)))
    for keyword in call.keywords:
        if keyword.arg is None:
            found.append(inference.item(inference.values(module, keyword.value), node.arg))
    return tuple(value for value in union(*found) if value is not Basic.NONE)
