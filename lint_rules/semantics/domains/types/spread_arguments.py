"""What callers give beyond single parameters: `*args`, `**kwargs`, and calls that spread a list or a dict."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types.questions import Questions, Run
from lint_rules.semantics.domains.values import Basic, Collection, Values, union
from lint_rules.semantics.syntax.module_index import Function


def collected(inference: Questions, function: Function, node: ast.arg) -> Iterator[Values]:
    """What callers give `*args` or `**kwargs`."""
    arguments = function.node.args
    names = {parameter.arg for parameter in [*function.parameters, *arguments.kwonlyargs]}
    for edge in inference.runs(function):
        if node is arguments.vararg:
            items = tuple(inference.values(edge.module, item) for item in edge.rest(function) or ())
            yield (Collection(items, union(*items)),)
        elif isinstance(edge.node, ast.Call) and edge.handed is None:
            rest = [k for k in edge.node.keywords if k.arg is not None and k.arg not in names]
            held = [inference.values(edge.module, keyword.value) for keyword in rest]
            named = tuple((k.arg, values) for k, values in zip(rest, held, strict=True) if k.arg is not None)
            yield (Collection(None, union(*held), named),)
            for keyword in edge.node.keywords:
                if keyword.arg is None:
                    given = inference.values(edge.module, keyword.value)
                    yield tuple(value for value in given if isinstance(value, Collection))


def spread(inference: Questions, edge: Run, function: Function, node: ast.arg) -> Values:
    """What `f(*items)` and `f(**options)` give a parameter that no argument of the call names."""
    found: list[Values] = []
    positional = edge.spread(function, node)
    if positional is not None:
        items, index = positional
        given = inference.values(edge.module, items)
        found.append(inference.unpack(tuple(v for v in given if isinstance(v, Collection)), (index,)))
    for keyword in edge.node.keywords if isinstance(edge.node, ast.Call) and edge.handed is None else ():
        if keyword.arg is None:
            found.append(inference.item(inference.values(edge.module, keyword.value), node.arg))
    return tuple(value for value in union(*found) if value is not Basic.NONE)
