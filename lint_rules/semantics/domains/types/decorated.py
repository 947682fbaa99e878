"""What a decorator is given: the functions and classes that it stands above.

`@register("cnn")` hands the function below to what `register("cnn")` returns, which may keep it in a registry.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lint_rules.semantics.domains.types.questions import Questions
from lint_rules.semantics.domains.values import ClassObject, FunctionObject, Values, union
from lint_rules.semantics.flow import limits
from lint_rules.semantics.project.prefilter import decorated_with
from lint_rules.semantics.syntax.module_index import Class, Function, Module, last_name


def given(inference: Questions, function: Function) -> Values:
    """The functions and classes that a function decorates, itself or as what another function returns."""
    maker = _maker(function)
    name = maker.name if maker is not None else None
    if name is None or name.startswith("_") or inference.project.how_many_mention(name) > limits.MANY_MODULES:
        return ()
    modules = inference.looking_through(decorated_with(inference.project, name))
    return union(
        *(
            (FunctionObject(below) if isinstance(below, Function) else ClassObject(below),)
            for module in modules
            for decorator, below in _decorators(module).get(name, ())
            if _is(inference, module, decorator, function)
        )
    )


def _maker(function: Function) -> Function | None:
    """The function by whose name a decorator is written: the one that returns it, or the decorator itself."""
    if isinstance(function.node, ast.Lambda):
        return None
    parent = function.scope.parent
    outer = parent.function if parent is not None and function.owner is None else None
    if outer is None:
        return function
    returns_it = any(isinstance(node, ast.Name) and node.id == function.name for node in outer.returns)
    return outer if returns_it else None


def _decorators(module: Module) -> dict[str | None, list[tuple[ast.expr, Function | Class]]]:
    """The decorators of a module by the last part of their name, with what they stand above."""

    def found() -> dict[str | None, list[tuple[ast.expr, Function | Class]]]:
        table: dict[str | None, list[tuple[ast.expr, Function | Class]]] = {}
        for decorator, below in _all(module):
            table.setdefault(last_name(decorator), []).append((decorator, below))
        return table

    return module.once("decorators", found)


def _all(module: Module) -> Iterator[tuple[ast.expr, Function | Class]]:
    for function in module.functions.values():
        yield from ((decorator, function) for decorator in function.decorators)
    for cls in module.classes.values():
        yield from ((decorator, cls) for decorator in cls.node.decorator_list)


def _is(inference: Questions, module: Module, decorator: ast.expr, function: Function) -> bool:
    return any(
        isinstance(value, FunctionObject) and value.function is function
        for value in inference.values(module, decorator)
    )
