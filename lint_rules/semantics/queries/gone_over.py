"""What a loop goes over: does it give the same elements when it is gone over again?

A list does, and an array; a generator and an open file do not. Where the code does not show what a name is, it may ask
the object for its length, its shape or an element, which only such things have.
"""

from __future__ import annotations

import ast

from lint_rules.semantics.calls.call_graph import inference_of
from lint_rules.semantics.domains.array_readings import array
from lint_rules.semantics.domains.arrays.value import ARRAYS, Kind
from lint_rules.semantics.domains.values import External
from lint_rules.semantics.flow.use_def import bindings_of, uses_of
from lint_rules.semantics.knowledge.array_calls import ARRAY_METHODS, LIBRARIES, NUMPY_ITERATORS, OF_ARRAYS
from lint_rules.semantics.knowledge.containers import ALL_ANEW, COPIES
from lint_rules.semantics.knowledge.model_methods import GIVES_NUMPY
from lint_rules.semantics.project.project import Project
from lint_rules.semantics.syntax.module_index import Class, Module, dotted
from lint_rules.semantics.syntax.scopes import Binding, BindingKind

_KEPT = frozenset({*ARRAYS, Kind.LIST, Kind.TUPLE, Kind.DICT})
_WRITTEN_OUT = (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.DictComp)


def gone_over(node: ast.AST) -> list[ast.expr]:
    """What a loop, a comprehension or a call of `map` goes over."""
    if isinstance(node, (ast.For, ast.AsyncFor)):
        return [node.iter]
    if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return [generator.iter for generator in node.generators]
    if isinstance(node, ast.Call):
        return [given for given in node.args if not isinstance(given, ast.Lambda)]
    return []


def repeatable(project: Project, module: Module, node: ast.AST) -> frozenset[str]:
    """The code of those parts of what a loop goes over that give the same elements whenever they are gone over."""
    parts = (part for source in gone_over(node) for part in ast.walk(source) if isinstance(part, ast.expr))
    return frozenset(module.code(part) for part in parts if _is_repeatable(project, module, part))


def _is_repeatable(project: Project, module: Module, node: ast.expr) -> bool:
    match node:
        case ast.Name() | ast.Attribute():
            return _is_kept(project, module, node, ())
        case ast.Call(func=ast.Attribute(attr=method)):
            return method in ALL_ANEW or (_is_of_a_library(project, module, node) and not _draws(project, module, node))
    return False


def _is_kept(project: Project, module: Module, node: ast.expr, seen: tuple[ast.expr, ...]) -> bool:
    """Whether what an expression makes, once, can be gone over again and again. `seen` led to it."""
    if node in seen:
        return True
    seen = (*seen, node)
    match node:
        case ast.Name():
            bound = bindings_of(module, node)
            return bool(bound) and all(_keeps(project, module, binding, seen) for binding in bound)
        case ast.Attribute():
            stores = [it for it in module.stores.get(node.attr, ()) if _is_same(module, node, it.target)]
            made = [it.value for it in stores if not it.path and it.kind is BindingKind.ASSIGN]
            kept = len(made) == len(stores) > 0 and all(it and _is_kept(project, module, it, seen) for it in made)
            others = (it for it in module.attributes.get(node.attr, ()) if _is_same(module, node, it))
            return kept or any(_is_asked(module, other) for other in others)
        case ast.Call(func=ast.Name(id=name)) if name in COPIES:
            return True
        case ast.Call():
            return _is_of_a_library(project, module, node)
        case ast.BinOp(left=left, right=right):
            return any(_is_kept(project, module, operand, seen) for operand in (left, right))
        case ast.UnaryOp(operand=operand):
            return _is_kept(project, module, operand, seen)
    return isinstance(node, _WRITTEN_OUT) or _is_slice(node)


def _keeps(project: Project, module: Module, binding: Binding, seen: tuple[ast.expr, ...]) -> bool:
    """Whether a name can be gone over again and again, as far as one of its bindings goes."""
    if binding.kind is BindingKind.AUGMENT:
        return True
    made = binding.value if binding.kind is BindingKind.ASSIGN and not binding.path else None
    kept = made is not None and _is_kept(project, module, made, seen)
    return kept or any(_is_asked(module, use) for use in uses_of(module, binding))


def _is_array(project: Project, module: Module, node: ast.expr) -> bool:
    """Whether an expression is an array, a table, a list or the like on every way, or something that walks through
    one: the domain tells no difference."""
    answer = array(project, module, node)
    return answer.complete and bool(answer.values) and all(value.kind in _KEPT for value in answer.values)


def _is_of_a_library(project: Project, module: Module, call: ast.Call) -> bool:
    """Whether a call gives an array or a table: one of a function of a library, or of a method of arrays."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in GIVES_NUMPY:
        return True
    names = _functions(project, module, call)
    if names and all(name.startswith("numpy.") for name in names):
        return all(name.rpartition(".")[2] not in NUMPY_ITERATORS for name in names)
    method = isinstance(call.func, ast.Attribute) and call.func.attr in ARRAY_METHODS
    return (method or bool(names)) and _is_array(project, module, call)


def _functions(project: Project, module: Module, call: ast.Call) -> list[str]:
    """The functions of array libraries that a call may be of, by their canonical names."""
    values = inference_of(project).values(module, call.func)
    return [it.name for it in values if isinstance(it, External) and it.name.partition(".")[0] in LIBRARIES]


def _draws(project: Project, module: Module, call: ast.Call) -> bool:
    """Whether a call may give something else each time, or is too dear to be made twice."""
    names = _functions(project, module, call)
    return not names or any(".random" in name or not name.startswith("numpy.") for name in names)


def _is_asked(module: Module, node: ast.expr) -> bool:
    """Whether the code takes the length, the shape or an element of what is named here."""
    match module.parents.get(node):
        case ast.Call(func=ast.Name(id="len")):
            return True
        case ast.Attribute(attr=name):
            return name in OF_ARRAYS
        case ast.Subscript(value=value):
            return value is node
    return False


def _is_slice(node: ast.expr) -> bool:
    if not isinstance(node, ast.Subscript):
        return False
    parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return any(isinstance(part, ast.Slice) for part in parts)


def _is_same(module: Module, node: ast.Attribute, other: ast.Attribute) -> bool:
    """Whether two places of a module name the same attribute of the same object: in the same class, by one name."""
    named = dotted(node)
    return named is not None and dotted(other) == named and _class_around(module, other) is _class_around(module, node)


def _class_around(module: Module, node: ast.expr) -> Class | None:
    function = module.function_of(node)
    return function.owner if function is not None else None
