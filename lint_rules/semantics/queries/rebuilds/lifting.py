"""Whether what makes a model could stand outside the function that it stands in."""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.values import FunctionObject
from lint_rules.semantics.flow.use_def import bindings_of
from lint_rules.semantics.knowledge.model_methods import LEAVES_MODEL
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Function, Module
from lint_rules.semantics.syntax.scopes import BindingKind, ScopeKind

_NOT_TO_MOVE = (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda, ast.comprehension, ast.Starred)


def constants_in(module: Module, made: ast.Call) -> dict[str, ast.Constant] | None:
    """The local names in a call that stand for constants; None where it reads anything else of its function.

    Without such names it reads nothing but names of the module, and would give the same in any function of it.
    """
    found: dict[str, ast.Constant] = {}
    for part in ast.walk(made):
        if isinstance(part, _NOT_TO_MOVE):
            return None
        if not isinstance(part, ast.Name):
            continue
        scope = module.scopes[part].find(part.id)
        if scope is None or scope.kind is ScopeKind.MODULE:
            continue
        bindings = scope.bindings[part.id]
        if len(bindings) != 1 or bindings[0].kind is not BindingKind.ASSIGN or bindings[0].path:
            return None
        if not isinstance(bindings[0].value, ast.Constant):
            return None
        found[part.id] = bindings[0].value
    return found


def is_left_as_it_is(module: Module, made: ast.Call) -> bool:
    """Whether the function that makes a model only runs it: no layer added, no weights set, no attribute stored."""
    parent = module.parents.get(made)
    if isinstance(parent, ast.Attribute):
        return parent.attr in LEAVES_MODEL
    if not isinstance(parent, ast.Assign) or len(parent.targets) != 1 or not isinstance(parent.targets[0], ast.Name):
        return False
    name = parent.targets[0]
    scope = module.scopes[name].find(name.id)
    if scope is None or scope.kind is not ScopeKind.FUNCTION:
        return False
    for node in ast.walk(scope.node):
        if isinstance(node, ast.Name) and node.id == name.id and isinstance(node.ctx, ast.Load):
            if any(binding.value is made for binding in bindings_of(module, node)) and not _only_runs(module, node):
                return False
    return True


def _only_runs(module: Module, name: ast.Name) -> bool:
    """Whether a use of a model calls it, hands it on as an argument, or reads what does not change it."""
    around = module.parents.get(name)
    if isinstance(around, ast.Attribute):
        return around.attr in LEAVES_MODEL and isinstance(around.ctx, ast.Load)
    return isinstance(around, ast.Call | ast.keyword)


def maker_to_keep(module: Module, made: ast.Call, project: Project) -> Function | None:
    """The one function of this module that a call runs, if what it gives could be kept by its arguments: a function of
    the module or a method, without decorators, that is given nothing but text and numbers."""
    inference = inference_of(project)
    values = inference.values(module, made.func)
    functions = [value.function for value in values if isinstance(value, FunctionObject)]
    if len(values) != 1 or len(functions) != 1:
        return None
    function = functions[0]
    node, owner = function.node, function.owner
    plain = isinstance(node, ast.FunctionDef) and function.module is module and not function.is_generator
    if not plain or function.decorators or any(keyword.arg is None for keyword in made.keywords):
        return None
    if owner is not None and (owner.node.decorator_list or inference.method(owner, "__eq__") is not None):
        return None  # two objects that are equal would share what is kept
    if (owner.node if owner is not None else node) not in module.tree.body:
        return None
    given = [*made.args, *(keyword.value for keyword in made.keywords)]
    return function if all(_is_plain_value(module, each) for each in given) else None


def _is_plain_value(module: Module, node: ast.expr) -> bool:
    """Whether an expression is text or a number: a constant, an f-string, or a name or default of one."""
    if isinstance(node, ast.Constant | ast.JoinedStr):
        return True
    if not isinstance(node, ast.Name):
        return False
    found = []
    for binding in bindings_of(module, node):
        value = binding.value
        if binding.kind is BindingKind.PARAMETER:
            value = _default(module.function_of(node), binding.node)
        elif binding.kind is not BindingKind.ASSIGN or binding.path:
            return False
        found.append(value)
    return bool(found) and all(isinstance(value, ast.Constant | ast.JoinedStr) for value in found)


def _default(function: Function | None, parameter: ast.AST) -> ast.expr | None:
    """What a parameter is where nothing is passed for it."""
    if function is None:
        return None
    given = function.node.args
    placed = [*given.posonlyargs, *given.args]
    defaults = dict(zip(reversed(placed), reversed(given.defaults), strict=False))
    by_name = zip(given.kwonlyargs, given.kw_defaults, strict=True)
    return next((value for each, value in (*defaults.items(), *by_name) if each is parameter), None)
