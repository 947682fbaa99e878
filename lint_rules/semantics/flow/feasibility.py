"""Is a branch taken? What the tests around a node say where the value of what they ask is known.

`def values(x, target=False)` with `if target: return target_model.predict(x)`: a caller that says nothing of `target`
does not run that call.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

from lint_rules.semantics.calls.edges import Edge
from lint_rules.semantics.flow.use_def import bindings_of, is_cut_off, left_open, tests_of
from lint_rules.semantics.syntax.module_index import Function, Module
from lint_rules.semantics.syntax.scopes import BindingKind

UNKNOWN = object()

Known = Callable[[ast.Name], object]
"""Gives the value of a name, UNKNOWN where the code does not show it."""


def asked_parameters(module: Module, function: Function) -> dict[ast.Name, ast.arg]:
    """The names in the tests of a function's `if` statements that are parameters of it."""

    def found() -> dict[ast.Name, ast.arg]:
        names = (node for test in tests_of(module, function) for node in ast.walk(test) if isinstance(node, ast.Name))
        parameters = ((name, parameter_of(module, function, name)) for name in names)
        return {name: parameter for name, parameter in parameters if parameter is not None}

    return module.once(("asked parameters", function), found)


def parameter_of(module: Module, function: Function, name: ast.Name) -> ast.arg | None:
    """The parameter of a function that a name in it is, None for anything else."""
    bindings = bindings_of(module, name)
    if len(bindings) != 1 or bindings[0].scope.function is not function:
        return None
    parameter = bindings[0].node if bindings[0].kind is BindingKind.PARAMETER else None
    return parameter if isinstance(parameter, ast.arg) else None


def left_open_by(module: Module, node: ast.expr, known: Known) -> frozenset[int] | None:
    """The blocks of a node's unit that the tests of `if` let run; None where nothing of what they ask is known."""
    return left_open(module, node, lambda test: _truth(test, known))


def is_passed_over(module: Module, node: ast.expr, known: Known) -> bool:
    """Whether an expression around a node evaluates another part: `other if target else node`."""
    for child, parent in module.ancestors(node):
        if isinstance(child, ast.stmt | ast.Lambda):
            break
        if isinstance(parent, ast.IfExp) and child is not parent.test:
            truth = _truth(parent.test, known)
            if truth is not None and truth is not (child is parent.body):
                return True
    return False


def returns_left_open(function: Function, edge: Edge) -> list[ast.expr]:
    """What a function may return where an edge runs it: not what a test keeps from it that asks for a constant.

    `build(path)` of `def build(path, whole=True)` gives what stands under `if whole`, or before it in `a if whole`.
    """
    module, returns, known = function.module, function.returns, _known_at(function, edge)
    if len(returns) > 1:
        blocks = left_open_by(module, returns[0], known)
        returns = [node for node in returns if not is_cut_off(module, node, blocks)] or returns
    return [_taken(node, known) for node in returns]


def bound_left_open(function: Function, edge: Edge) -> list[ast.expr]:
    """The same, with what a returned name is bound to in its place where a test keeps another binding from it.

    `net = Wrapper(net)` under `if wrapped`, and then `return net`.
    """
    module, known = function.module, _known_at(function, edge)
    found: list[ast.expr] = []
    for node in returns_left_open(function, edge):
        bindings = bindings_of(module, node) if isinstance(node, ast.Name) else []
        blocks = left_open_by(module, node, known) if len(bindings) > 1 else None
        left = [it for it in bindings if it.value is None or not is_cut_off(module, it.value, blocks)]
        values = [binding.value for binding in left if binding.kind is BindingKind.ASSIGN and not binding.path]
        whole = [value for value in values if isinstance(value, ast.Call | ast.Name | ast.Attribute)]
        found += whole if 0 < len(whole) == len(left) < len(bindings) else [node]
    return found


def _known_at(function: Function, edge: Edge) -> Known:
    """The constants that the parameters of a function have where an edge runs it."""

    def known(name: ast.Name) -> object:
        parameter = parameter_of(function.module, function, name)
        return _constant_for(edge, function, parameter) if parameter is not None else UNKNOWN

    return known


def _taken(node: ast.expr, known: Known) -> ast.expr:
    """What a conditional expression gives where its test is known; any other expression itself."""
    while isinstance(node, ast.IfExp) and (truth := _truth(node.test, known)) is not None:
        node = node.body if truth else node.orelse
    return node


def _constant_for(edge: Edge, function: Function, parameter: ast.arg) -> object:
    """The constant that an edge passes for a parameter, or leaves to its default."""
    given = edge.argument(function, parameter)
    if given is None and edge.is_plain():
        given = function.default_of(parameter)
    return given.value if isinstance(given, ast.Constant) else UNKNOWN


def _truth(test: ast.expr, known: Known) -> bool | None:
    """What a test says: `flag`, `not flag`, `flag is None`, `mode == "train"`; None where it is not known."""
    if isinstance(test, ast.Name):
        value = known(test)
        return None if value is UNKNOWN else bool(value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        truth = _truth(test.operand, known)
        return None if truth is None else not truth
    if isinstance(test, ast.BoolOp):
        parts = {_truth(part, known) for part in test.values}
        deciding = isinstance(test.op, ast.Or)
        return deciding if deciding in parts else None if None in parts else not deciding
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.left, ast.Name):
        other, value = test.comparators[0], known(test.left)
        if value is UNKNOWN or not isinstance(other, ast.Constant):
            return None
        same = value == other.value and type(value) is type(other.value)
        if isinstance(test.ops[0], ast.Is | ast.Eq):
            return same
        if isinstance(test.ops[0], ast.IsNot | ast.NotEq):
            return not same
    return None
